"""The code in the documents does what it says: commands, Python and specifications.

Set-up commands (`git`, `cd`, those of `tools/`) are left out. The blocks of one document run in
order, in a folder that has the specs.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import archdsl
from archdsl.diagnostics.render import render
from archdsl.diagnostics.source import Source
from archdsl.syntax import tree
from archdsl.syntax.parse import parse

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "archdsl" / "reference" / "language.md",
]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SET_UP = re.compile(r"(git|cd|tools/\w+|\./tools/\w+|pip|python -m pip)\b")


def blocks(document, language):
    return [text for name, text in _BLOCK.findall(document.read_text("utf-8")) if name == language]


def commands(document):
    """The commands of a document's shell blocks, continued lines joined, comments dropped."""
    found = []
    for text in blocks(document, "sh"):
        for line in text.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words and not _SET_UP.match(line.removeprefix("$ ")):
                found.append(words)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "specs", folder / "specs")
    return folder


def run(words, folder):
    return subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands(document, folder):
    for words in commands(document):
        assert words[0] == "archc", f"not a command of ours: {words}"
        program = "import sys; from archdsl.cli.main import main; sys.exit(main())"
        ran = run([sys.executable, "-c", program, *words[1:]], folder)

        assert ran.returncode == 0, f"{shlex.join(words)}\n{ran.stderr}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_python(document, folder):
    program = "\n".join(blocks(document, "python"))
    if "compile(" in program:
        pytest.importorskip("torch")
        if "cuda" in program:
            program = program.replace('device="cuda"', 'device="cpu"')
    ran = run([sys.executable, "-W", "error", "-c", program], folder)

    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_specifications(document, folder):
    for number, text in enumerate(blocks(document, "arch")):
        path = folder / f"{document.stem}{number}.arch"
        path.write_text(text)
        result = parse(Source(str(path), text))
        assert isinstance(result.value, tree.File), render(result.report)
        checked = archdsl.check(path)
        assert not checked.report.diagnostics, render(checked.report)


def test_picture(golden):
    """The picture beside the README's first text is drawn from that text."""
    network = archdsl.loads(blocks(ROOT / "README.md", "arch")[0], "tiny", path="tiny.arch")

    golden(network.draw().svg, "svg")
    assert "tests/golden/test_docs_run/test_picture.svg" in (ROOT / "README.md").read_text("utf-8")


def test_blocks_of_unknown_languages_are_noticed():
    known = {"sh", "python", "arch", "text", "json", "toml"}
    for document in DOCUMENTS:
        assert {name for name, _ in _BLOCK.findall(document.read_text("utf-8"))} <= known


def test_set_up_is_told_from_commands(tmp_path):
    document = tmp_path / "d.md"
    document.write_text(
        "```sh\ngit clone x\ncd x\ntools/quickstart  # all\n$ archc check a \\\n    b\n```\n"
    )

    assert commands(document) == [["archc", "check", "a", "b"]]


def test_a_document_that_lies_fails(tmp_path, folder):
    document = tmp_path / "d.md"
    document.write_text("```sh\narchc check missing.arch\n```\n```python\nassert False\n```\n")

    with pytest.raises(AssertionError):
        test_commands(document, folder)
    with pytest.raises(AssertionError):
        test_python(document, folder)
