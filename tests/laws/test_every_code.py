"""Every diagnostic code: raised somewhere, explained, shown right and wrong, and seen twice."""

import re
from pathlib import Path

import pytest

import archdsl
from archdsl.diagnostics.codes import CODES

ROOT = Path(__file__).parents[2]
WITH_EXAMPLE = [code for code in CODES.values() if code.wrong]


def written_in(folder, pattern, skip="codes*.py"):
    """The codes that a folder's sources mention."""
    return {
        code
        for path in folder.rglob("*.py")
        if not path.match(skip)
        for code in re.findall(pattern, path.read_text(encoding="utf-8"))
    }


def test_the_table_holds_every_code_that_is_raised_and_no_other():
    assert written_in(ROOT / "archdsl", r'"([EW]\d{4})"') == set(CODES)


def test_codes_are_sorted_and_of_a_known_family():
    assert list(CODES) == sorted(CODES)
    errors = {f"E0{n}" for n in range(1, 10)}
    assert {code[:3] for code in CODES} <= errors | {"W01", "W02", "W04", "W06"}


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_a_code_is_explained(code):
    assert code.title
    assert not code.title.endswith(".")
    assert not code.title[0].isupper()
    assert code.explanation.endswith((".", "?"))
    assert bool(code.wrong) == bool(code.right)


@pytest.fixture
def findings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def check(text):
        (tmp_path / "n.arch").write_text(text, encoding="utf-8")
        return [found.code for found in archdsl.check("n.arch").report.sorted()]

    return check


@pytest.mark.parametrize("code", WITH_EXAMPLE, ids=lambda code: code.code)
def test_the_wrong_example_fails_with_the_code_and_the_right_one_passes(findings, code):
    assert findings(code.wrong)[0] == code.code
    assert findings(code.right) == []


def test_every_code_has_two_golden_renderings():
    shown = r"(?:error|warning)\[([EW]\d{4})\]: "
    counts = dict.fromkeys(CODES, 0)
    for folder in (ROOT / "tests" / "golden", ROOT / "tests" / "cases"):
        for path in folder.rglob("*"):
            if path.is_file():
                for code in re.findall(shown, path.read_text(encoding="utf-8", errors="replace")):
                    counts[code] += 1

    assert {code: count for code, count in counts.items() if count < 2} == {}
