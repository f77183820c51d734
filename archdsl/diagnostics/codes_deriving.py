"""E04: what of a network is frozen, and networks made of others."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

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
)
