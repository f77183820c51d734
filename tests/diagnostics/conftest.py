"""Cases of wrong texts: files of `tests/cases/errors`, each with what a person is shown.

A file holds the cases of one code. `=== TITLE | OPTIONS` begins a case and its text, which is
checked as `n.arch` with these options of `archc check`, or given to the command that they begin
with (`run`); `--- NAME` begins another file of the case, and `--->` what is shown. A safetensors
file is written as what its header has, with `"dtype dims"` for a tensor, or as its bytes, `b"..."`. `--update-golden` writes what is shown.
"""

import ast
import json
import math
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


def safetensors(written):
    """The bytes of a safetensors file, as a case describes it."""
    described = ast.literal_eval(written)
    if isinstance(described, bytes):
        return described
    entries = {}
    end = 0
    for key, form in described.items():
        dtype, *dims = form.split()
        start, end = end, end + math.prod(map(int, dims)) * {"F32": 4, "F16": 2, "I64": 8}[dtype]
        shape = [int(d) for d in dims]
        entries[key] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    header = json.dumps(entries).encode()
    return len(header).to_bytes(8, "little") + header + bytes(end)


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
            if name.endswith(".safetensors"):
                target.write_bytes(safetensors(content))
            else:
                target.write_text(content, encoding="utf-8", newline="")
        named = case.options[:1] in (["run"], ["scale"])
        command = case.options if named else ["check", *case.options]
        main([*command, "n.arch"])
        return capsys.readouterr().err.replace(str(tmp_path), "ROOT")

    return run
