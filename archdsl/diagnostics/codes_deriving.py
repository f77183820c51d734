"""E04: what of a network is frozen, and networks made of others."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

_TWO = "network pair {\n    input a[3, 8, 8]\n    input b[3, 8, 8]\n    add(a) -> add(b)\n}"
_FIXED = "network fixed {\n    input x[3, 16, 16]\n    conv(8, 3x3)\n}"
_OPEN = "network open {\n    input x[3, H = 16, W = 16]\n    conv(8, 3x3)\n}"


def _edited(edit: str, end: str = "relu") -> str:
    base = network("conv(8, 3x3) as a", "relu", end).replace("network n ", "network base ")
    return f"{base}network n = base() {{ {edit} }}\n"


DERIVING: tuple[Code, ...] = (
    Code(
        "E0442",
        "freezing within a part",
        "`freeze` and `unfreeze` stand in the body of a network, and their patterns are paths of it.",
        network("stage a { conv(8, 3x3)  freeze conv1 }"),
        network("stage a { conv(8, 3x3) }", "freeze a.conv1"),
    ),
    Code(
        "E0443",
        "a pattern that matches nothing",
        "A pattern of `freeze` or `unfreeze` is a path in the network, and means all that lies below "
        "it: `conv4`, `conv4[0].conv2`, with `*` for any part of a name and `[*]` for every copy, or "
        "`all`. Each must match something.",
        network("stage conv1 { conv(8, 3x3) }", "freeze conv2"),
        network("stage conv1 { conv(8, 3x3) }", "freeze conv1"),
    ),
    Code(
        "E0444",
        "a network of several inputs in a flow",
        "A network that is called like a block takes the flow in the place of its input, so it has one.",
        network("pair", before=_TWO),
        network("open", before=_OPEN),
    ),
    Code(
        "E0445",
        "a flow that does not fit a network's input",
        "Where a network is called like a block, the flow has as many dimensions as its input, and "
        "the same dtype. Fixed dimensions must agree; symbols become the sizes of the flow.",
        network("fixed", before=_FIXED),
        network("open", before=_OPEN),
    ),
    Code(
        "E0446",
        "an edit of what is not finished",
        "`replace`, `remove` and `insert after` edit a finished network, so they stand in the body "
        "of an instance.",
        network("conv(8, 3x3) as a", "replace a { conv(4, 3x3) }"),
        _edited("replace a { conv(4, 3x3) }"),
    ),
    Code(
        "E0447",
        "an edit at no part",
        "An edit is at the path of a stage, a copy, a label or a layer of the network as the edits "
        "before have left it.",
        _edited("remove b"),
        _edited("remove a"),
    ),
    Code(
        "E0448",
        "a part that is still named",
        "What is removed passes on what entered it. Where the text asks for its value by name, "
        "something else must be said there first. The same holds for values within a part that is "
        "replaced, unless what replaces it has a layer with the same label.",
        _edited("remove a", "add(a)"),
        _edited("replace a { conv(8, 1x1) }", "add(a)"),
    ),
    Code(
        "E0449",
        "a part that cannot be edited",
        "The uses of a share have the same weights, so no edit is at one of them or within. "
        "`insert after` needs a stage or a label, whose name says where.",
        _edited("insert after relu1 { conv(8, 3x3) }"),
        _edited("insert after a { conv(8, 3x3) }"),
    ),
)
