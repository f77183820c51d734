"""E03: what a text asks for is too much."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

LIMITS: tuple[Code, ...] = (
    Code(
        "E0301",
        "too many nodes",
        "A network may have 100,000 nodes; `--max-nodes` allows more, up to a million.",
        network("repeat 1_000_000_000 { relu }"),
        network("repeat 10 { relu }"),
    ),
    Code(
        "E0302",
        "blocks too deep",
        "Blocks may call each other, and themselves under an `if`, at most 64 deep; "
        "so may instances of networks.",
        network("b(1000)", before="block b(times) { if times > 0 { b(times - 1) } }"),
        network("b(10)", before="block b(times) { if times > 0 { b(times - 1) } }"),
    ),
    Code(
        "E0303",
        "a text that grows too much",
        "Beyond 10,000 nodes a text may grow to at most 200 times the steps it is written with, "
        "unless `--max-nodes` says that this is meant.",
        network("repeat many { repeat many { relu } }", before="let many = 300"),
        network("repeat many { repeat many { relu } }", before="let many = 3"),
    ),
    Code(
        "E0304",
        "too many declarations",
        "A file declares at most 10,000 names.",
    ),
    Code(
        "E0305",
        "a number that is too large",
        "Exact numbers have at most 4,096 bits above and below the line; "
        "a rounded one is at most about 1.8e308.",
        network("conv(9 ** 9 ** 9, 3x3)"),
        network("conv(3 ** 2, 3x3)"),
    ),
    Code(
        "E0306",
        "an argument beyond 2**63 - 1",
        "Sizes and counts that a layer takes are at most 2**63 - 1.",
        network("conv(2 ** 64, 3x3)"),
        network("conv(2 ** 6, 3x3)"),
    ),
    Code(
        "E0307",
        "too many axes",
        "A value has at most 64 axes.",
        network("relu", image=", ".join(["1"] * 65)),
        network("relu", image=", ".join(["1"] * 64)),
    ),
    Code(
        "E0308",
        "too many elements",
        "A value has at most 2**63 - 1 elements.",
        network("relu", image="4_000_000_000, 4_000_000_000"),
        network("relu", image="4_000, 4_000"),
    ),
    Code(
        "E0309",
        "a file that is too large",
        "A `.arch` file has at most 4 MiB.",
    ),
    Code(
        "E0310",
        "an expression that takes too long",
        "One expression may take 100,000 steps, the expressions of a network some millions "
        "together, and a list have a million elements, those of its lists counted.",
        network("conv(len(a), 3x3)", before="let a = range(2_000_000)"),
        network("conv(len(a), 3x3)", before="let a = range(20)"),
    ),
    Code(
        "E0311",
        "functions too deep",
        "Functions may call each other at most 64 deep.",
        network("conv(f(1), 3x3)", before="def f(x) = f(x + 1)"),
        network("conv(f(1), 3x3)", before="def f(x) = x + 1"),
    ),
)
