"""What holds for each command alike: help, JSON, exit codes, streams."""

import json
from importlib import import_module

import pytest

from archdsl.cli.main import COMMANDS

TEXT = """\
network small(classes: int = 10, width: scale in [1, 2] = 1) {
    input image[3, H = 8, W = 8]
    conv(4 * width, 3x3) -> relu -> global_avg_pool -> linear(classes)
}
"""
BROKEN = "network broken {\n    input image[3]\n    cnov(4)\n}\n"

WORDS = {
    "check": ["check", "small.arch"],
    "cost": ["cost", "small.arch"],
    "draw": ["draw", "small.arch", "-o", "-"],
    "compile": ["compile", "small.arch"],
    "run": ["run", "small.arch"],
    "verify": ["verify", "small.arch"],
    "list": ["list", "small.arch"],
    "expand": ["expand", "small.arch"],
    "why": ["why", "small.arch", "params"],
    "scale": ["scale", "small.arch", "--budget", "macs=2x"],
    "fmt": ["fmt", "--check", "small.arch"],
    "explain": ["explain", "conv"],
    "new": ["new", "fresh.arch"],
}
ON_TARGETS = [name for name in COMMANDS if name not in ("explain", "new")]
NEEDS_TORCH = ("run", "verify")


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    (tmp_path / "small.arch").write_text(TEXT)
    (tmp_path / "broken.arch").write_text(BROKEN)
    (tmp_path / "syntax.arch").write_text("network {\n")
    monkeypatch.chdir(tmp_path)


def words_of(name):
    if name in NEEDS_TORCH:
        pytest.importorskip("torch")
    return WORDS[name]


def test_the_table_is_complete():
    assert set(WORDS) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_a_module_that_says_what_it_does(name):
    module = import_module(COMMANDS[name][0])

    assert module.__doc__
    assert module.configure.__doc__
    assert module.run.__doc__


@pytest.mark.parametrize("name", COMMANDS)
def test_success(archc, name):
    ran = archc(*words_of(name))

    assert ran.status == 0
    assert ran.err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_json_is_one_versioned_document(archc, name):
    ran = archc(*words_of(name), "--format", "json")

    assert ran.status == 0
    assert ran.err == ""
    assert json.loads(ran.out)["format_version"] == 1


@pytest.mark.parametrize("file", ["broken.arch", "syntax.arch"])
@pytest.mark.parametrize("name", [name for name in ON_TARGETS if name != "fmt"])
def test_a_diagnosed_text_is_exit_1_and_the_format_changes_nothing(archc, name, file):
    words = [file if word == "small.arch" else word for word in words_of(name)]
    as_text = archc(*words)
    as_json = archc(*words, "--format", "json")

    assert as_text.status == as_json.status == 1
    assert as_text.err == as_json.err
    assert as_text.err.startswith(f"{file}:")
    assert ": error[E" in as_text.err.splitlines()[0]
    found = json.loads(as_json.out)
    listed = [
        *found["diagnostics"],
        *(d for n in found["networks"] for d in n.get("diagnostics", [])),
    ]
    assert listed[0]["severity"] == "error"


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("name", ON_TARGETS)
def test_a_missing_file_is_exit_2(archc, name, format):
    words = ["missing.arch" if word == "small.arch" else word for word in words_of(name)]
    ran = archc(*words, "--format", format)

    assert ran == (2, "", "archc: missing.arch: there is no such file\n")


@pytest.mark.parametrize("name", ON_TARGETS)
def test_a_folder_without_specifications_is_exit_2(archc, name, tmp_path):
    (tmp_path / "empty").mkdir()
    words = ["empty" if word == "small.arch" else word for word in words_of(name)]
    ran = archc(*words)

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith("archc: ")
    assert "empty" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_format_is_exit_2(archc, name):
    ran = archc(*words_of(name), "--format", "yaml")

    assert ran.status == 2
    assert ran.out == ""
    assert "'yaml'" in ran.err
