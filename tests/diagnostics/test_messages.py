"""What a person is shown, word for word, for every mistake of `tests/cases/errors`."""

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("cases", Path(__file__).parent / "conftest.py")
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)

FILES = sorted(cases.CASES.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_messages_are_as_reviewed(path, shown, request):
    found = cases.read(path)
    texts = [shown(case) for case in found]
    if request.config.getoption("--update-golden"):
        for case, text in zip(found, texts, strict=True):
            case.shown = text
        cases.write(path, found)
        return

    for case, text in zip(found, texts, strict=True):
        assert text == case.shown, case.title


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_case_shows_its_code_first(path):
    for case in cases.read(path):
        assert f"[{case.code}]: " in case.shown.split("\n", 1)[0], case.title
