"""The one table of diagnostic codes: what each means, a text that causes it, the mended text.

Families of a hundred by phase: E01 text, E02 grammar, E03 limits, E04 names and graph,
E05 values, E06 shapes, E07 imports, E08 expectations, E09 weights; W for warnings.
A code is never reused.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A diagnostic code as `archc explain` prints it.

    `wrong` and `right` are whole `.arch` files; where one file cannot show it
    (an import, a limit) `wrong` is empty and the explanation says how it arises.
    """

    code: str
    title: str
    explanation: str
    wrong: str = ""
    right: str = ""


_TEXT: tuple[Code, ...] = ()

_GRAMMAR: tuple[Code, ...] = ()

_LIMITS: tuple[Code, ...] = (
    Code(
        "E0301",
        "too many nodes",
        "A network may have 100,000 nodes; `--max-nodes` allows more, up to a million.",
        "network n {\n    input image[3, H = 32, W = 32]\n    repeat 1_000_000_000 { relu }\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    repeat 10 { relu }\n}\n",
    ),
    Code(
        "E0302",
        "blocks too deep",
        "Blocks may call each other, and themselves under an `if`, at most 64 deep.",
        "block b(n) { if n > 0 { b(n - 1) } }\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b(1000)\n}\n",
        "block b(n) { if n > 0 { b(n - 1) } }\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b(10)\n}\n",
    ),
    Code(
        "E0303",
        "a text that grows too much",
        "Beyond 10,000 nodes a text may grow to at most 200 times the steps it is written with, unless `--max-nodes` says that this is meant.",
        "let many = range(300)\nnetwork n {\n    input image[3, H = 32, W = 32]\n    for a in many { for b in many { relu } }\n}\n",
        "let many = range(3)\nnetwork n {\n    input image[3, H = 32, W = 32]\n    for a in many { for b in many { relu } }\n}\n",
    ),
    Code(
        "E0304",
        "too many declarations",
        "A file declares at most 10,000 names.",
    ),
    Code(
        "E0305",
        "a number that is too large",
        "Exact numbers have at most 4,096 bits above and below the line.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(9 ** 9 ** 9, 3x3)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(3 ** 2, 3x3)\n}\n",
    ),
    Code(
        "E0306",
        "an argument beyond 2**63 - 1",
        "Sizes and counts that a layer takes are at most 2**63 - 1.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(2 ** 64, 3x3)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(64, 3x3)\n}\n",
    ),
    Code(
        "E0307",
        "too many axes",
        "A value has at most 64 axes.",
    ),
    Code(
        "E0308",
        "too many elements",
        "A value has at most 2**63 - 1 elements.",
        "network n {\n    input image[4_000_000_000, 4_000_000_000]\n    relu\n}\n",
        "network n {\n    input image[4_000, 4_000]\n    relu\n}\n",
    ),
    Code(
        "E0309",
        "a file that is too large",
        "A `.arch` file has at most 4 MiB.",
    ),
    Code(
        "E0310",
        "an expression that takes too long",
        "One expression may take 100,000 steps, and a list have a million elements.",
        "let a = range(2_000_000)\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(len(a), 3x3)\n}\n",
        "let a = range(20)\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(len(a), 3x3)\n}\n",
    ),
    Code(
        "E0311",
        "functions too deep",
        "Functions may call each other at most 64 deep.",
        "def f(n) = f(n + 1)\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(f(1), 3x3)\n}\n",
        "def f(n) = n + 1\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(f(1), 3x3)\n}\n",
    ),
)

_NAMES: tuple[Code, ...] = (
    Code(
        "E0401",
        "an unknown name",
        "A name stands for what a declaration, a parameter or an `as` above gave it, or for a built-in layer or function. This one stands for nothing.",
        "network n {\n    input image[3, H = 32, W = 32]\n    cnov(8, 3x3)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\n",
    ),
    Code(
        "E0402",
        "a name declared twice",
        "Names at the top of a file are declared once.",
        "let width = 8\nlet width = 16\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(width, 3x3)\n}\n",
        "let width = 8\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(width, 3x3)\n}\n",
    ),
    Code(
        "E0403",
        "a name that hides another",
        "A name inside a body may not be one of an enclosing body or of the file, so that a reader never has to ask which is meant.",
        "let width = 8\nnetwork n {\n    input image[3, H = 32, W = 32]\n    let width = 16\n    conv(width, 3x3)\n}\n",
        "let width = 8\nnetwork n {\n    input image[3, H = 32, W = 32]\n    let wide = 16\n    conv(wide, 3x3)\n}\n",
    ),
    Code(
        "E0404",
        "a path that leads nowhere",
        "A path names stages, labels and copies from the inside out, as in `enc1.x` or `conv4[3].conv2`.",
        'network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) -> concat("enc1")\n}\n',
        "network n {\n    input image[3, H = 32, W = 32]\n    stage enc1 { conv(8, 3x3) }\n    conv(8, 3x3) -> concat(enc1)\n}\n",
    ),
    Code(
        "E0405",
        "two parts with one name",
        "State-dict keys follow from the names in the text, so two parts of one body cannot have the same.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) as a\n    conv(8, 3x3) as a\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) as a\n    conv(8, 3x3) as b\n}\n",
    ),
    Code(
        "E0406",
        "a flow that nothing uses",
        "`from` goes on from another value. The one left behind must be named, joined or made an output, or its layers would be for nothing.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) -> relu\n    from image -> conv(8, 3x3)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) -> relu as left\n    from image -> conv(8, 3x3) -> add(left)\n}\n",
    ),
    Code(
        "E0407",
        "nothing flows",
        "A network starts at its first `input`.",
        "network n {\n    conv(8, 3x3)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\n",
    ),
    Code(
        "E0408",
        "no such network",
        "The name after `::`, or what an instance calls, must be a network.",
        "block b { relu }\nnetwork n = b()\n",
        "network m {\n    input image[3, 8, 8]\n    relu\n}\nnetwork n = m()\n",
    ),
    Code(
        "E0409",
        "something that cannot be called",
        "A step is a layer, a block, a chain or a share; in an expression functions can be called too.",
        "let width = 8\nnetwork n {\n    input image[3, H = 32, W = 32]\n    width\n}\n",
        "let width = 8\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(width, 3x3)\n}\n",
    ),
    Code(
        "E0412",
        "a merge of both kinds",
        "A merge joins either named values, `add(c1)`, or paths, `add { | ... | ... }`.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) as c\n    add(c) { | conv(8, 3x3) | skip }\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) as c\n    add { | conv(8, 3x3) | from c }\n}\n",
    ),
    Code(
        "E0413",
        "more names than values",
        "`as a, b` binds the outputs of one step; there must be as many.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) as a, b\n    add(a)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) -> chunk(2) as a, b\n    from a -> add(b)\n}\n",
    ),
    Code(
        "E0414",
        "a stage's name that is no word",
        "A computed stage name becomes part of the weights' names, so it must be an identifier.",
        'network n {\n    input image[3, H = 32, W = 32]\n    stage "{1}" { conv(8, 3x3) }\n}\n',
        'network n {\n    input image[3, H = 32, W = 32]\n    stage "conv{1}" { conv(8, 3x3) }\n}\n',
    ),
    Code(
        "E0415",
        "a join that is none",
        "Paths in braces are joined by add, sub, mul, concat, max, mean or matmul.",
        "network n {\n    input image[3, H = 32, W = 32]\n    relu { | conv(8, 3x3) | skip }\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    add { | conv(3, 3x3) | skip }\n}\n",
    ),
    Code(
        "E0416",
        "no path to join",
        "Every path of the merge stands under a condition, and none holds.",
        "network n {\n    input image[3, H = 32, W = 32]\n    add { | when 1 > 2: conv(3, 3x3) }\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    add { | conv(3, 3x3) | when 1 > 2: skip }\n}\n",
    ),
    Code(
        "E0417",
        "an input in a part",
        "Inputs belong to a network, not to its stages or blocks.",
        "network n {\n    input image[3, H = 32, W = 32]\n    stage s { input second[3, 32, 32] }\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    input second[3, 32, 32]\n    from image -> add(second)\n}\n",
    ),
    Code(
        "E0418",
        "something made of itself",
        "A constant cannot be computed from itself, nor a network be an instance of itself.",
        "let a = b + 1\nlet b = a\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(a, 3x3)\n}\n",
        "let a = 8\nlet b = a\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(b, 3x3)\n}\n",
    ),
    Code(
        "E0419",
        "no such size",
        "A size given from outside (`--at H=320`) must be one that an input declares: `input image[3, H = 224, W = 224]`.",
    ),
    Code(
        "E0420",
        "a parameter that is bound",
        "An instance has given this parameter its value; only those it leaves open can be given from outside.",
    ),
    Code(
        "E0421",
        "a step in an instance",
        "An instance is a call of a network. Its body holds expectations and edits, not a flow.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\nnetwork m = n() { relu }\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\nnetwork m = n() { expect params == 224 }\n",
    ),
    Code(
        "E0490",
        "not supported yet",
        "The language has this construct, and this version of the compiler does not build it yet.",
        'network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\nnetwork m = n() { weights "w.safetensors" }\n',
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\nnetwork m = n()\n",
    ),
)

_VALUES: tuple[Code, ...] = (
    Code(
        "E0501",
        "a value of another kind",
        "A parameter or operator takes a certain kind of value: a number, a text, a list, a size, a layer.",
        'network n {\n    input image[3, H = 32, W = 32]\n    conv("8", 3x3)\n}\n',
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\n",
    ),
    Code(
        "E0502",
        "a number that is not whole",
        "Numbers are exact, so `7 / 2` is 3.5 and no channel count. Say how to round.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(7 / 2, 3x3)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(7 // 2, 3x3)\n}\n",
    ),
    Code(
        "E0503",
        "a value out of bounds",
        "The argument has bounds of its own, whatever the input is.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(0, 3x3)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\n",
    ),
    Code(
        "E0504",
        "an operation without a value",
        "Division by zero and roots of negative numbers have no value.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8 // 0, 3x3)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8 // 1, 3x3)\n}\n",
    ),
    Code(
        "E0505",
        "an unknown argument",
        "The layer, block or function has no parameter of this name.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3, strides=2)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3, stride=2)\n}\n",
    ),
    Code(
        "E0506",
        "a missing argument",
        "A parameter without a default must be given.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\n",
    ),
    Code(
        "E0507",
        "an argument given twice",
        "One parameter takes one value in a call; positional arguments come first.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3, kernel=5x5)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, kernel=5x5)\n}\n",
    ),
    Code(
        "E0508",
        "too many arguments",
        "There are more arguments than parameters.",
        "network n {\n    input image[3, H = 32, W = 32]\n    relu(8)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    relu\n}\n",
    ),
    Code(
        "E0509",
        "a condition that is neither true nor false",
        "`if`, `when`, `and`, `or` and `not` take true or false; a number is neither.",
        "network n {\n    input image[3, H = 32, W = 32]\n    if 1 { conv(8, 3x3) }\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    if 1 == 1 { conv(8, 3x3) }\n}\n",
    ),
    Code(
        "E0510",
        "an operator on the wrong values",
        "Arithmetic and order are for numbers.",
        'network n {\n    input image[3, H = 32, W = 32]\n    conv(8 + "1", 3x3)\n}\n',
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8 + 1, 3x3)\n}\n",
    ),
    Code(
        "E0511",
        "beyond the end of a list",
        "An index lies within the list, and a pattern has as many names as the list has elements.",
        "let widths = [8, 16]\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(widths[2], 3x3)\n}\n",
        "let widths = [8, 16]\nnetwork n {\n    input image[3, H = 32, W = 32]\n    conv(widths[1], 3x3)\n}\n",
    ),
    Code(
        "E0512",
        "a value outside its domain",
        "The parameter declares which values it takes (`in [3, 5, 7]`, `in 0.25..1.4`).",
        "block b(kernel: int in [3, 5] = 3) { conv(8, kernel) }\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b(4)\n}\n",
        "block b(kernel: int in [3, 5] = 3) { conv(8, kernel) }\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b(5)\n}\n",
    ),
    Code(
        "E0513",
        "a requirement that does not hold",
        "A block or network states with `require` what its arguments must fulfil.",
        'block b(c) {\n    require c % 2 == 0 "channels are split in halves"\n    conv(c, 3x3)\n}\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b(7)\n}\n',
        'block b(c) {\n    require c % 2 == 0 "channels are split in halves"\n    conv(c, 3x3)\n}\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b(8)\n}\n',
    ),
    Code(
        "E0515",
        "a size of the input where a fixed number is needed",
        "The input's height and width decide shapes. Channels, counts and conditions must be the same for every size, because the graph is.",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(H, 3x3)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3)\n}\n",
    ),
    Code(
        "E0516",
        "a chain that cannot place its arguments",
        "The arguments of a chain's call go to the one member that still needs some; there must be exactly one, or none.",
        "let two = conv -> conv\nnetwork n {\n    input image[3, H = 32, W = 32]\n    two(8, 3x3)\n}\n",
        "let two = conv -> batch_norm\nnetwork n {\n    input image[3, H = 32, W = 32]\n    two(8, 3x3)\n}\n",
    ),
)

_SHAPES: tuple[Code, ...] = (
    Code(
        "E0640",
        "a size that a layer does not take",
        "At its default size (or the one given with `--at`) the input does not suit this layer.",
        "network n {\n    input image[3, H = 32, W = 32]\n    repeat 4 { max_pool(3x3, stride=2) }\n    conv(8, 5x5, padding=valid)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    repeat 2 { max_pool(3x3, stride=2) }\n    conv(8, 5x5, padding=valid)\n}\n",
    ),
    Code(
        "E0641",
        "paths that do not fit together",
        "A join takes values of equal shape (but for the axis of a `concat`). The notes show each path from where they part.",
        "network n {\n    input image[3, H = 32, W = 32]\n    add { | conv(3, 3x3, stride=2) | skip }\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    add { | conv(3, 3x3) | skip }\n}\n",
    ),
    Code(
        "E0642",
        "a size that `where` rules out",
        "An input promises its sizes with `where`; the size at hand is not among them.",
        "network n {\n    input image[3, H = 30, W = 30] where H % 4 == 0\n    relu\n}\n",
        "network n {\n    input image[3, H = 32, W = 32] where H % 4 == 0\n    relu\n}\n",
    ),
    Code(
        "E0643",
        "nothing is left",
        "A value has no elements: its window is larger than what it slides over.",
    ),
)

_IMPORTS: tuple[Code, ...] = (
    Code(
        "E0701",
        "an import that cannot be read",
        "The imported file does not exist or cannot be read.",
        'from "./missing.arch" import b\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b\n}\n',
        "block b { relu }\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b\n}\n",
    ),
    Code(
        "E0702",
        "an import that is refused",
        "Imports are relative paths that stay under the root: the nearest folder above the entry file with a `pyproject.toml`, `archdsl.toml` or `.git`.",
        'from "/etc/passwd" import b\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b\n}\n',
        "block b { relu }\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b\n}\n",
    ),
    Code(
        "E0703",
        "imports in a circle",
        "Files cannot import each other in a circle; move what both need into a third.",
    ),
    Code(
        "E0704",
        "a name the other file lacks",
        "The imported file declares no such name.",
        'from "std" import bottelneck\nnetwork n {\n    input image[3, H = 32, W = 32]\n    relu\n}\n',
        'from "std" import bottleneck\nnetwork n {\n    input image[3, H = 32, W = 32]\n    bottleneck(8)\n}\n',
    ),
    Code(
        "E0705",
        "too many imports",
        "At most 256 files, 32 deep, 16 MiB together.",
    ),
)

_EXPECTATIONS: tuple[Code, ...] = (
    Code(
        "E0801",
        "an expectation in a block",
        "Expectations speak of networks and stages. State it there, with the path of the part.",
        "block b { relu\n    expect params == 0 }\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b\n}\n",
        "block b { relu }\nnetwork n {\n    input image[3, H = 32, W = 32]\n    b\n    expect params == 0\n}\n",
    ),
    Code(
        "E0802",
        "an expectation that cannot be evaluated",
        "An expectation compares figures with values: `expect params == 25_557_032, macs ~ 4.1G`.",
        "network n {\n    input image[3, H = 32, W = 32]\n    relu\n    expect params + 1\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    relu\n    expect params == 0\n}\n",
    ),
    Code(
        "E0803",
        "an expectation that fails",
        "A figure is not what the text expects. Both are shown.",
        "network n {\n    input image[3, H = 32, W = 32]\n    relu\n    expect params == 1\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    relu\n    expect params == 0\n}\n",
    ),
)

_WARNINGS: tuple[Code, ...] = (
    Code(
        "W0401",
        "a named value that is never used",
        "The value is computed, named, and nothing uses it. It is emitted and counted, so that the figures say what runs.",
        "network n {\n    input image[3, H = 32, W = 32]\n    add { | conv(3, 3x3) | skip }\n    relu as spare\n    from image\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    add { | conv(3, 3x3) | skip }\n    relu\n}\n",
    ),
)

CODES: dict[str, Code] = {
    code.code: code
    for code in (
        *_TEXT,
        *_GRAMMAR,
        *_LIMITS,
        *_NAMES,
        *_VALUES,
        *_SHAPES,
        *_IMPORTS,
        *_EXPECTATIONS,
        *_WARNINGS,
    )
}
