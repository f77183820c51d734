"""A spec says little more than its paper's table does."""

import dataclasses
from pathlib import Path

from archdsl.diagnostics.source import Source
from archdsl.elaborate.requires import names_asked
from archdsl.syntax import tree
from archdsl.syntax.format import format_file
from archdsl.syntax.parse import parse

ROOT = Path(__file__).parents[2]
TORCHVISIONS = {
    "alexnet": ["alexnet"],
    "densenet": ["densenet121", "densenet161", "densenet169", "densenet201"],
    "efficientnet": [f"efficientnet_b{n}" for n in range(8)],
    "fcn": ["fcn_resnet50", "fcn_resnet101"],
    "googlenet": ["googlenet"],
    "inception": ["inception_v3"],
    "mobilenet_v2": ["mobilenet_v2"],
    "mobilenet_v3": ["mobilenet_v3_large", "mobilenet_v3_small"],
    "resnet": ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"],
    "resnext": ["resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d"],
    "shufflenet_v2": [f"shufflenet_v2_x{scale}" for scale in ("0_5", "1_0", "1_5", "2_0")],
    "squeezenet": ["squeezenet1_0", "squeezenet1_1"],
    "vgg": [f"vgg{depth}{norm}" for depth in (11, 13, 16, 19) for norm in ("", "_bn")],
    "wide_resnet": ["wide_resnet50_2", "wide_resnet101_2"],
}
MOST_LINES = 540
"""torchvision spends 2,706 on the same networks, without comments, docstrings and weights."""


def file_at(path):
    return parse(Source(str(path), path.read_text(encoding="utf-8"))).value


def name_of(declaration):
    return getattr(getattr(declaration, "name", None), "name", None)


def asked_by(declaration):
    """The names that a declaration uses but for its expectations."""
    return names_asked(bare(declaration))


def bare(part):
    """A part of a text without expectations and docs; an instance that only expects has no body."""
    if isinstance(part, tuple):
        return tuple(bare(item) for item in part if not isinstance(item, tree.Expect))
    if not isinstance(part, tree.Tree):
        return part
    kept = {
        field.name: bare(getattr(part, field.name))
        for field in dataclasses.fields(part)
        if field.name not in ("span", "layout", "doc")
    }
    if isinstance(part, tree.InstanceDecl) and not kept["body"]:
        kept["body"] = None
    if any(field.name == "doc" for field in dataclasses.fields(part)):
        kept["doc"] = None
    return dataclasses.replace(part, **kept)


def lines_of(file, wanted):
    """Lines of what some declarations of a file need: formatted, no comments, no expectations.

    Also the names that they use and the file does not declare.
    """
    declared = {name_of(d): d for d in file.declarations if name_of(d) is not None}
    needed, waiting, others = set(), list(wanted), set()
    while waiting:
        name = waiting.pop()
        if name not in declared:
            others.add(name)
        elif name not in needed:
            needed.add(name)
            waiting.extend(asked_by(declared[name]))
    kept = [d for d in file.declarations if name_of(d) is None or name_of(d) in needed]
    text = format_file(bare(dataclasses.replace(file, declarations=tuple(kept))))
    lines = [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    return len(lines), others


def test_the_networks_that_torchvision_has():
    lengths, used = {}, set()
    for name, networks in TORCHVISIONS.items():
        path = ROOT / "specs" / f"{name}.arch"
        lengths[name], others = lines_of(file_at(path), networks)
        assert lengths[name] > len(networks), name
        used |= others
    library = {p: file_at(p) for p in sorted((ROOT / "archdsl" / "std").glob("*.arch"))}
    before = None
    while before != used:
        # What the library uses of its own is counted with it.
        before = set(used)
        for path, file in library.items():
            names = [name_of(d) for d in file.declarations if name_of(d) in used]
            lengths[path.name], others = lines_of(file, names)
            used |= others

    assert sum(lengths.values()) <= MOST_LINES, lengths
