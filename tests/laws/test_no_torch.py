"""What a command loads: torch only where modules are built, neither lark nor networkx to read a text."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from archdsl.cli.main import COMMANDS

SPEC = Path(__file__).parents[2] / "specs" / "lenet.arch"
SLIM = f"{SPEC.with_name('mobilenet_v1.arch')}::mobilenet_v1"

HEAVY = ("lark", "networkx", "torch", "numpy", "sympy", "rich")

PROBE = """
import json, sys
{before}
from archdsl.cli.main import main
status = main(sys.argv[1:])
print(json.dumps([status, [name for name in {heavy!r} if name in sys.modules]]), file=sys.stderr)
"""

LIGHT = {
    "help": ["--help"],
    "check": ["check", f"{SPEC}"],
    "check in processes": ["check", f"{SPEC}", f"{SPEC}", "-j", "2"],
    "cost": ["cost", f"{SPEC}::lenet5"],
    "draw": ["draw", f"{SPEC}::lenet5", "-o", "-"],
    "draw dot": ["draw", f"{SPEC}::lenet5", "-o", "-", "--to", "dot"],
    "compile": ["compile", f"{SPEC}::lenet5"],
    "compile flat": ["compile", f"{SPEC}::lenet5", "--style", "flat"],
    "list": ["list", f"{SPEC}"],
    "expand": ["expand", f"{SPEC}::lenet5"],
    "why": ["why", f"{SPEC}::lenet5", "macs"],
    "scale": ["scale", SLIM, "--budget", "macs=0.5x"],
    "fmt": ["fmt", "--check", f"{SPEC}"],
    "explain": ["explain", "conv"],
    "new": ["new", "FILE"],
}
HEAVIER = {
    "run": ["run", f"{SPEC}::lenet5"],
    "verify": ["verify", f"{SPEC}::lenet5"],
}


def loaded(words, folder, before=""):
    """Status of a command in a process of its own, and which of the heavy packages it loaded."""
    words = [str(folder / "new.arch") if word == "FILE" else word for word in words]
    probe = PROBE.format(before=before, heavy=HEAVY)
    ran = subprocess.run(
        [sys.executable, "-c", probe, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    status, names = json.loads(ran.stderr.splitlines()[-1])
    return status, names


def test_every_command_is_probed():
    assert {words[0] for words in (*LIGHT.values(), *HEAVIER.values())} == {"--help", *COMMANDS}


@pytest.mark.parametrize("words", LIGHT.values(), ids=LIGHT)
def test_nothing_heavy_is_loaded(words, tmp_path):
    assert loaded(words, tmp_path) == (0, [])


@pytest.mark.parametrize("words", HEAVIER.values(), ids=HEAVIER)
def test_what_builds_modules_loads_torch(words, tmp_path):
    pytest.importorskip("torch")
    status, names = loaded(words, tmp_path)

    assert status == 0
    assert "torch" in names


def test_the_probe_can_fail(tmp_path):
    assert loaded(["--help"], tmp_path, before="import networkx") == (0, ["networkx"])
    sneaky = "import archdsl.cli.explain as e; r = e.run; e.run = lambda *a: (__import__('lark'), r(*a))[1]"
    assert loaded(["explain", "conv"], tmp_path, before=sneaky) == (0, ["lark"])


def test_the_package_itself_loads_nothing_of_its_own():
    probe = (
        "import sys; before = set(sys.modules); import archdsl; archdsl.__version__; "
        "print([n for n in sys.modules if n.startswith('archdsl.')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )

    assert ran.stdout == "[]\n"
