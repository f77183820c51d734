"""A spec says little more than its paper's table does."""

from dataclasses import fields
from pathlib import Path

from archdsl.diagnostics.source import Source
from archdsl.syntax import tree
from archdsl.syntax.parse import parse

ROOT = Path(__file__).parents[2]
TORCHVISIONS = [
    "alexnet",
    "densenet",
    "efficientnet",
    "fcn",
    "googlenet",
    "inception",
    "mobilenet_v2",
    "mobilenet_v3",
    "resnet",
    "resnext",
    "shufflenet_v2",
    "squeezenet",
    "vgg",
    "wide_resnet",
]
MOST_LINES = 540
"""torchvision spends 2,706 on the same families, without comments, docstrings and weights."""


def lines_of(path):
    """Lines of a formatted file that are neither blank, nor comment, nor expectation."""
    source = Source(str(path), path.read_text(encoding="utf-8"))
    expected = set()
    stack = [parse(source).value]
    while stack:
        match stack.pop():
            case tree.Expect(span=span):
                last = source.text.count("\n", 0, span.end) + 1
                expected.update(range(span.line, last + 1))
            case tree.Tree() as part:
                stack.extend(getattr(part, field.name) for field in fields(part))
            case tuple() as parts:
                stack.extend(parts)
    return sum(
        1
        for number, line in enumerate(source.text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#") and number not in expected
    )


def test_the_families_that_torchvision_has():
    specs = [ROOT / "specs" / f"{name}.arch" for name in TORCHVISIONS]
    lengths = {
        path.name: lines_of(path)
        for path in (*specs, *ROOT.glob("archdsl/std/*.arch"))
        if path.exists()
    }

    assert sum(lengths.values()) <= MOST_LINES, lengths
