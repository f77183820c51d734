"""E08: what a text claims of its networks."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

EXPECTATIONS: tuple[Code, ...] = (
    Code(
        "E0801",
        "an expectation in a block",
        "Expectations speak of networks and stages. State it there, with the path of the part.",
        network("b", before="block b {\n    relu\n    expect params == 0\n}"),
        network("b", "expect params == 0", before="block b { relu }"),
    ),
    Code(
        "E0802",
        "an expectation that cannot be evaluated",
        "An expectation compares figures with values: `expect params == 25_557_032, macs ~ 4.1G`. "
        "`~` goes by the digits of a literal, or says its tolerance with `within`.",
        network("relu", "expect params ~ buffers"),
        network("relu", "expect params ~ buffers within 1%"),
    ),
    Code(
        "E0803",
        "an expectation that fails",
        "A figure is not what the text expects. Both are shown.",
        network("relu", "expect params == 1"),
        network("relu", "expect params == 0"),
    ),
    Code(
        "E0804",
        "an expectation that cannot be decided",
        "With `--strict` an expectation must be proven or refuted. What speaks of the sizes of the "
        "inputs, such as `expect H % 16 == 0`, cannot be where the legal sizes have no closed form, "
        "or where it compares them with a figure that grows with them.",
    ),
)
