import sys

import pytest

from archdsl.cli import main as module
from archdsl.cli.main import COMMANDS, main

pytestmark = pytest.mark.usefixtures("here")


def test_help_lists_every_command(archc):
    ran = archc("--help")

    assert ran.status == 0
    assert ran.err == ""
    for name, (_, summary) in COMMANDS.items():
        assert f"  {name} " in ran.out
        assert summary in ran.out


def test_nothing_asked_shows_help_and_is_usage(archc):
    ran = archc()

    assert ran.status == 2
    assert ran.out.startswith("usage: archc COMMAND")


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version_names_torch_and_graphviz(archc, option):
    ran = archc(option)

    assert ran.status == 0
    assert ran.out.startswith("archc ")
    assert "torch" in ran.out
    assert "Graphviz" in ran.out


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(archc, name):
    ran = archc(name, "--help")

    assert ran.status == 0
    assert ran.out.startswith(f"usage: archc {name}")
    assert "--format" in ran.out
    assert ran.err == ""


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("chekc", "there is no command `chekc`; did you mean `check`?"),
        ("xyzzy", "there is no command `xyzzy`; `archc --help` lists the commands"),
        ("--verbose", "there is no option `--verbose`; `archc --help` lists the commands"),
        ("\x1b[2J", "there is no command `\\x1b[2J`; `archc --help` lists the commands"),
    ],
)
def test_an_unknown_command(archc, word, says):
    ran = archc(word)

    assert ran == (2, "", f"archc: {says}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_usage(archc, name):
    ran = archc(name, "x.arch", "--no-such-option")

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith("archc: ")
    assert f"`archc {name} --help`" in ran.err


def test_a_fault_of_ours_says_so_without_a_traceback(archc, tmp_path, monkeypatch):
    file = tmp_path / "n.arch"
    file.write_text("network n {\n    input image[3, H = 8, W = 8]\n    relu\n}\n")

    def fail(*_):
        raise RuntimeError("a bug\x1b[2J")

    monkeypatch.setattr("archdsl.elaborate.elaborate.freeze_regions", fail)
    ran = archc("check", file)

    assert ran.status == 70
    assert ran.out == ""
    lines = ran.err.splitlines()
    assert lines[0].startswith("archc: internal fault: this is a bug in archdsl")
    assert f"while it was working on {file}:1:" in lines[1]
    assert "RuntimeError a bug\\x1b[2J" in lines[2]
    assert "archc check" in lines[3]
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (KeyboardInterrupt(), 130, ""),
        (module.Terminated(), 143, ""),
        (MemoryError(), 3, "archc: out of memory\n"),
    ],
)
def test_what_ends_a_run_from_outside(archc, monkeypatch, error, status, says):
    def end(*_, **__):
        raise error

    monkeypatch.setattr("archdsl.workspace.elaborate", end)

    assert archc("check", "small.arch") == (status, "", says)


def test_the_words_default_to_the_process_own(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["archc", "--version"])

    assert main() == 0
    assert capsys.readouterr().out.startswith("archc ")
