"""E05: values of expressions and arguments of calls."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

_HALVES = 'block b(c) {\n    require c % 2 == 0 "channels are split in halves"\n    conv(c, 3x3)\n}'

VALUES: tuple[Code, ...] = (
    Code(
        "E0501",
        "a value of another kind",
        "A parameter or operator takes a certain kind of value: a number, a text, a list, a size, "
        "a layer.",
        network('conv("8", 3x3)'),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0502",
        "a number that is not whole",
        "Numbers are exact, so `7 / 2` is 3.5 and no channel count. Say how to round.",
        network("conv(7 / 2, 3x3)"),
        network("conv(7 // 2, 3x3)"),
    ),
    Code(
        "E0503",
        "a value out of bounds",
        "The argument has bounds of its own, whatever the input is.",
        network("conv(0, 3x3)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0504",
        "an operation without a value",
        "Division by zero and roots of negative numbers have no value.",
        network("conv(8 // 0, 3x3)"),
        network("conv(8 // 1, 3x3)"),
    ),
    Code(
        "E0505",
        "an unknown argument",
        "The layer, block or function has no parameter of this name.",
        network("conv(8, 3x3, strides=2)"),
        network("conv(8, 3x3, stride=2)"),
    ),
    Code(
        "E0506",
        "a missing argument",
        "A parameter without a default must be given.",
        network("conv(8)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0507",
        "an argument given twice",
        "One parameter takes one value in a call; positional arguments come first.",
        network("conv(8, 3x3, kernel=5x5)"),
        network("conv(8, kernel=5x5)"),
    ),
    Code(
        "E0508",
        "too many arguments",
        "There are more arguments than parameters.",
        network("relu(8)"),
        network("relu"),
    ),
    Code(
        "E0509",
        "a condition that is neither true nor false",
        "`if`, `when`, `and`, `or` and `not` take true or false; a number is neither.",
        network("if 1 { conv(8, 3x3) }"),
        network("if 1 == 1 { conv(8, 3x3) }"),
    ),
    Code(
        "E0510",
        "an operator on the wrong values",
        "Arithmetic and order are for numbers.",
        network('conv(8 + "1", 3x3)'),
        network("conv(8 + 1, 3x3)"),
    ),
    Code(
        "E0511",
        "beyond the end of a list",
        "An index lies within the list, and a pattern has as many names as the list has elements.",
        network("conv(widths[2], 3x3)", before="let widths = [8, 16]"),
        network("conv(widths[1], 3x3)", before="let widths = [8, 16]"),
    ),
    Code(
        "E0512",
        "a value outside its domain",
        "The parameter declares which values it takes (`in [3, 5, 7]`, `in 0.25..1.4`).",
        network("b(4)", before="block b(kernel: int in [3, 5] = 3) { conv(8, kernel) }"),
        network("b(5)", before="block b(kernel: int in [3, 5] = 3) { conv(8, kernel) }"),
    ),
    Code(
        "E0513",
        "a requirement that does not hold",
        "A block or network states with `require` what its arguments must fulfil.",
        network("b(7)", before=_HALVES),
        network("b(8)", before=_HALVES),
    ),
    Code(
        "E0515",
        "a size of the input where a fixed number is needed",
        "The input's height and width decide shapes. Channels, counts and conditions must be the "
        "same for every size, because the graph is.",
        network("conv(H, 3x3)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0516",
        "a chain that cannot place its arguments",
        "The arguments of a chain's call go to the one member that still needs some; there must "
        "be exactly one, or none.",
        network("two(8, 3x3)", before="let two = conv -> conv"),
        network("two(8, 3x3)", before="let two = conv -> relu"),
    ),
)
