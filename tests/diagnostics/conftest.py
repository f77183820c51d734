"""Cases of wrong texts: files of `tests/cases/errors`, each with what a person is shown.

A file holds the cases of one code. `=== TITLE | OPTIONS` begins a case and its text, which is
checked as `n.arch` with these options of `archc check`; `--- NAME` begins another file of the
case, and `--->` what is shown. `--update-golden` writes what is shown.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CASES = Path(__file__).parents[1] / "cases" / "errors"


@dataclass
class Case:
    code: str
    title: str
    options: list[str]
    files: dict[str, str] = field(default_factory=dict)
    shown: str = ""


def read(path):
    """The cases of a file."""
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        head = re.fullmatch(r"=== ([^|\n]+?)(?: \| (.+))?\n", line)
        if head:
            cases.append(Case(path.stem, head[1], (head[2] or "").split()))
            name = "n.arch"
            cases[-1].files[name] = ""
        elif line == "--->\n":
            name = None
        elif line.startswith("--- "):
            name = line[4:].strip()
            cases[-1].files[name] = ""
        elif name is None:
            cases[-1].shown += line
        else:
            cases[-1].files[name] += line
    return cases


def write(path, cases):
    """Writes cases as they are read."""
    text = ""
    for case in cases:
        text += f"=== {case.title}{' | ' if case.options else ''}{' '.join(case.options)}\n"
        for name, content in case.files.items():
            text += content if name == "n.arch" else f"--- {name}\n{content}"
        text += f"--->\n{case.shown}"
    path.write_text(text, encoding="utf-8", newline="\n")


@pytest.fixture
def shown(tmp_path, monkeypatch, capsys):
    """What `archc check` shows a person of a case."""
    from archdsl.cli.main import main

    def run(case):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "pyproject.toml").touch()
        for name, content in case.files.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8", newline="")
        main(["check", *case.options, "n.arch"])
        return capsys.readouterr().err.replace(str(tmp_path), "ROOT")

    return run
