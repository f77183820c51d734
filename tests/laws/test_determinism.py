"""The same text gives the same bytes, whatever the hash seed, the locale, the folder or the clock."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SPECS = Path(__file__).parents[2] / "specs"

PROGRAM = """
import hashlib, json, sys
import archdsl
from archdsl.cli.main import main

def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()

made = {}
for file, name in (("lenet", "lenet5_1998"), ("resnet", "resnet18"), ("alexnet", "alexnet")):
    network = archdsl.load(f"{sys.argv[1]}/{file}.arch", name)
    for style in ("modules", "flat"):
        made[f"{name} {style}"] = digest(network.emit(style).text)
    for detail in ("stages", "blocks", "layers"):
        drawing = network.draw(detail)
        made[f"{name} svg {detail}"] = digest(drawing.svg)
        made[f"{name} dot {detail}"] = digest(drawing.dot)
    made[f"{name} graphviz"] = digest(network.draw("blocks", engine="graphviz").svg)
    made[f"{name} expand"] = digest(network.expand())
for name, text in json.loads(sys.argv[2]).items():
    try:
        archdsl.loads(text)
    except archdsl.DiagnosticError as error:
        made[f"diagnostics of {name}"] = str(error)
print(json.dumps(made))
"""

MISTAKES = {
    "characters": "network n {\n    input image[3] § $ \u201cx\u201d\n}\n",
    "grammar": "network n {\n    input image[3\n    repeat { relu\n block b(x,,) }\n",
    "names": "network n {\n    input image[3, H = 8, W = 8]\n    cnov(8, 3x3) -> relo\n    conv(8, 3x3, stirde=2)\n}\n",
    "join": "network n {\n    input image[3, H = 8, W = 8]\n    add { | conv(3, 3x3, stride=2) | skip }\n}\n",
}


def made(seed, folder, **environment):
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(SPECS), json.dumps(MISTAKES)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": str(seed), **environment},
    )
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def first():
    return made(0, SPECS)


def test_all_was_made(first):
    assert len(first) == 3 * 10 + len(MISTAKES)
    assert all(text.count(": error[E") for name, text in first.items() if "diagnostics" in name)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hash_seeds(first, seed, tmp_path):
    assert made(seed, tmp_path) == first


def test_locale_and_clock(first, tmp_path):
    environment = {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONUTF8": "0"}

    assert made(4, tmp_path, **environment) == first


def test_what_is_made_does_not_depend_on_what_was_made_before(archc, monkeypatch):
    monkeypatch.chdir(SPECS)
    alone = archc("compile", "resnet.arch::resnet50").out
    archc("check", ".")

    assert archc("compile", "resnet.arch::resnet50").out == alone
