"""The same text gives the same bytes, and a small change to it a small change to the picture."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import archdsl

ROOT = Path(__file__).parents[2]

PROGRAM = """
import archdsl
from hashlib import sha256
found = sha256()
for target, name in {targets!r}:
    network = archdsl.load(target, name)
    for detail in ("stages", "blocks", "layers"):
        for engine in ("regions", "graphviz"):
            drawing = network.draw(detail, engine=engine)
            found.update(drawing.svg.encode())
        found.update(drawing.dot.encode())
print(found.hexdigest())
"""
TARGETS = [
    (str(ROOT / "specs" / "resnet.arch"), "resnet18"),
    *[(str(ROOT / "tests" / "cases" / "drawing" / f"{n}.arch"), None) for n in ("unet", "heads")],
]


def test_bytes_do_not_depend_on_the_process_or_its_hash_seed():
    program = PROGRAM.format(targets=TARGETS)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "4711")
    ]
    found = {process.communicate()[0] for process in running}
    here = sha256()
    for target, name in TARGETS:
        network = archdsl.load(target, name)
        for detail in ("stages", "blocks", "layers"):
            for engine in ("regions", "graphviz"):
                drawing = network.draw(detail, engine=engine)
                here.update(drawing.svg.encode())
            here.update(drawing.dot.encode())
    assert found == {f"{here.hexdigest()}\n"}


def test_a_drawing_does_not_depend_on_the_one_before():
    first = archdsl.load(TARGETS[1][0])
    before = first.draw("layers").svg
    archdsl.load(TARGETS[2][0]).draw("layers", style="dark", engine="graphviz")
    assert archdsl.load(TARGETS[1][0]).draw("layers").svg == before
    assert first.draw("layers").svg == before


TEXT = """
    block unit(c, stride = 1) {{
        add {{ | conv(c, 3x3, stride=stride) -> relu -> conv(c, 3x3) | skip }}
    }}
    network net {{
        input image[8, H = 32, W = 32]
        stage one {{ conv(16, 3x3) -> relu }}
        for i in range(4) {{ stage "part{{i}}" {{ repeat 3 {{ unit(16) }}  }} }}
        stage head {{ global_avg_pool -> linear(10) {last} }}
    }}
"""


def places(picture):
    return {part.id: [shape.points for shape in part.shapes] for part in picture.parts}


def test_a_layer_added_at_the_end_moves_nothing_before_it(look):
    one = look(TEXT.format(last=""))
    other = look(TEXT.format(last="-> linear(10)"))
    before, after = places(one), places(other)
    behind = {"r-head", "n-output.output", "e-head.linear1-output.output"}
    assert set(before) - behind <= set(after)
    assert "n-head.linear2" in after
    for id in set(before) - behind:
        assert before[id] == after[id], id
