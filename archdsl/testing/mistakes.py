"""Kinds of mistakes that are planted in good texts: of text, grammar, names, values and shapes."""

from __future__ import annotations

import re

from archdsl.testing.planting import Kind, Where

_NUMBER = r"(?<=conv\()(?P<x>\d+)\b(?=[,)])"
"""The output channels of a convolution."""

_IN_A_PATH = r"^ *\|(?: \w+:)? .*\bconv(?:_bn)?\("
"""A line that begins a path of a merge, up to the arguments of a convolution."""


def _swapped(match: re.Match[str]) -> str:
    """A word with two letters swapped."""
    word = match["x"]
    middle = max(1, len(word) // 2)
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]


def _other_digit(match: re.Match[str]) -> str:
    """A figure with another last digit."""
    figure = match["x"]
    return figure[:-1] + str((int(figure[-1]) + 3) % 10)


TEXT = (
    Kind("a stray sign", ("E0106", "E0207"), r"(?<=\w\))(?P<x>) *$", " $"),
    Kind("quotes of another kind", ("E0104",), r"\"(\w[\w ]*)\"", lambda m: f"'{m[1]}'"),
    Kind("a letter of another alphabet", ("E0106",), r"\bc(?P<x>o)nv\(", "о"),  # noqa: RUF001
    Kind("a text that is not closed", ("E0103",), r"\"[\w.,:\- ]+(?P<x>\")", "", Where.LINE),
    Kind("a number with a tail", ("E0105",), _NUMBER, lambda m: m["x"] + "ch"),
    Kind(
        "two underscores in a number",
        ("E0105",),
        r"(?<===) (?P<x>\d+_\d+)",
        lambda m: m["x"].replace("_", "__"),
        Where.LINE,
    ),
    Kind("a sign for times", ("E0106", "E0207"), r"\b\d(?P<x>x)\d\b", "×"),
)

GRAMMAR = (
    Kind(
        "a round bracket that is not closed",
        ("E0202", "E0203", "E0204"),
        r"^ .*\w(?P<x>\)) *$",
        "",
        Where.OPENER,
    ),
    Kind(
        "a square bracket that is not closed",
        ("E0202", "E0203", "E0204"),
        r"^ .*\w(?P<x>\]) *$",
        "",
        Where.OPENER,
    ),
    Kind("a brace that is not closed", ("E0202", "E0203"), r"^ +(?P<x>\}) *$", "", Where.OPENER),
    Kind(
        "a brace that is not opened",
        ("E0202", "E0203", "E0201"),
        r"^ +(?:stage|repeat|for|if) .*(?P<x>\{) *$",
        "",
        Where.STATEMENT,
    ),
    Kind("a bracket too many", ("E0202",), r"\w\)(?P<x>) *$", ")"),
    Kind("a bracket of another kind", ("E0202",), r"\w(?P<x>\)) *$", "]"),
    Kind("a comma left out", ("E0204",), r"\w(?P<x>, )(?=\w+=)", " "),
    Kind(
        "a misspelt word of the language",
        ("E0206",),
        r"^ *(?P<x>stage|repeat|network|block|expect|input|output)(?= \w)",
        _swapped,
    ),
    Kind("one sign for equal", ("E0208",), r"expect .*\w (?P<x>==) ", "="),
    Kind("a word of the language as a name", ("E0205",), r"\bas (?P<x>\w+)\b", "for"),
    Kind("signs for `and`", ("E0207",), r"\bif .* (?P<x>and) ", "&&"),
    Kind(
        "a colon before a brace",
        ("E0207", "E0201"),
        r"^ *(?:if|for|repeat) [^{\n]*\w(?P<x>) \{",
        ":",
    ),
    Kind("an operand left out", ("E0203", "E0201"), r"\w \*(?P<x> \w+)(?=[,)])", "", Where.LINE),
    Kind("an arrow too many", ("E0201", "E0203"), r" ->(?P<x>) ", " ->"),
    Kind(
        "an arrow at the end",
        ("E0201", "E0203"),
        r"^ +.*-> \w+(?:\(\))?(?P<x>) *$(?=\n *\})",
        " ->",
        Where.STATEMENT,
    ),
    Kind("a name left out", ("E0203", "E0201"), r"^ +stage (?P<x>\w+) ", "", Where.LINE),
)

NAMES = (
    Kind(
        "a misspelt layer",
        ("E0401",),
        r"\b(?<!\")(?P<x>conv|max_pool|relu|linear|global_avg_pool|dropout|batch_norm|flatten)\b(?! *[={.])",
        _swapped,
    ),
    Kind(
        "a misspelt parameter",
        ("E0401",),
        r"^ .*(?<=[(,= ])(?P<x>width|classes|widths|stride|kernel)(?=[,)])",
        _swapped,
    ),
    Kind(
        "a misspelt argument",
        ("E0505",),
        r"[(, ](?P<x>stride|padding|bias|groups|eps|ceil_mode)(?==)",
        _swapped,
        Where.LINE,
    ),
    Kind(
        "an argument left out",
        ("E0506",),
        r"\b(?:linear|max_pool|avg_pool|adaptive_avg_pool)\((?P<x>[\w.]+)(?=\))",
        "",
        Where.LINE,
    ),
    Kind(
        "an argument given twice",
        ("E0507",),
        r"[(, ](?P<x>(?:stride|padding|bias|groups)=\w+)(?=[,)])",
        lambda m: f"{m['x']}, {m['x']}",
    ),
    Kind(
        "an argument too many",
        ("E0508",),
        r"\b(?P<x>relu|batch_norm|flatten)\b(?! *[=(])",
        lambda m: m["x"] + "(0, 1, 2, 3, 4, 5)",
    ),
    Kind(
        "a constant declared twice",
        ("E0402",),
        r"^(?P<x>let \w+ = .*[\w)]\n)",
        lambda m: m["x"] * 2,
        Where.LINE,
    ),
    Kind(
        "two stages of one name",
        ("E0405",),
        r"^ +stage (?P<name>\w+) \{.*\}\n +stage (?P<x>\w+) \{",
        lambda m: m["name"],
        Where.LINE,
    ),
    Kind(
        "an unknown value",
        ("E0401", "E0404"),
        r"\b(?:from|concat\(|crop\(|add\()(?P<x> ?[a-z]\w+)\b(?! *\{)",
        lambda m: m["x"] + "_x",
        Where.LINE,
    ),
    Kind(
        "an unknown path in an expectation",
        ("E0401", "E0404"),
        r"expect (?P<x>[a-z]\w+)\.(?:shape|params)",
        lambda m: m["x"] + "_x",
    ),
    Kind(
        "an unknown figure",
        ("E0401", "E0404", "E0505", "E0802"),
        r"expect (?P<x>params|macs|buffers|depth) ",
        _swapped,
    ),
    Kind(
        "a flow left behind",
        ("E0406",),
        r"^ +stage \w+ \{ .*\w\)?(?P<x>) -> (?:relu|dropout|norm)\b",
        " -> from input",
        Where.LINE,
    ),
    Kind(
        "more names than values",
        ("E0413",),
        r"(?<=\)) as (?P<x>[a-z]\w*)(?= *[}\n])",
        lambda m: m["x"] + ", more, most",
        Where.LINE,
    ),
    Kind(
        "a number that is called",
        ("E0409",),
        r"^ +(?P<x>relu)$",
        "let seven = 7 seven()",
        Where.LINE,
    ),
    Kind("an unknown template", ("E0401", "E0408"), r"^network \w+ = (?P<x>\w+)(?=\()", _swapped),
)

VALUES = (
    Kind("a text for a number", ("E0501",), _NUMBER, lambda m: f'"{m["x"]}"'),
    Kind("a fraction for a whole number", ("E0502",), _NUMBER, lambda m: m["x"] + " / 7"),
    Kind("a stride of zero", ("E0503",), r"stride=(?P<x>\d)", "0"),
    Kind("channels below zero", ("E0503",), _NUMBER, lambda m: "-" + m["x"]),
    Kind("a division by zero", ("E0504",), _NUMBER, lambda m: m["x"] + " // 0"),
    Kind(
        "a misspelt choice",
        ("E0401", "E0501", "E0512", "E0503"),
        r"padding=(?P<x>same|valid)\b",
        _swapped,
    ),
    Kind("a number for a truth", ("E0501",), r"bias=(?P<x>false|true)", "2"),
    Kind("an index beyond the list", ("E0511",), r"^ +(?!input).*\w\[(?P<x>i)\]", "99"),
    Kind(
        "a sum of a number and a text", ("E0510",), _NUMBER, lambda m: m["x"] + ' + "1"', Where.LINE
    ),
    Kind("a condition that is a number", ("E0509",), r"^ +if (?P<x>[^{\n]+) \{", "3"),
    Kind(
        "a comparison of a number and a text",
        ("E0510",),
        r"^ +if (?P<x>[^{\n]+) \{",
        'not ("a" < 3)',
        Where.LINE,
    ),
    Kind(
        "a requirement that does not hold",
        ("E0513",),
        r"^ +stage (?:head|classifier) \{(?P<x>)",
        ' require 2 < 1 "never"',
        Where.LINE,
    ),
    Kind("a kernel of zero", ("E0503",), r"\b(?:conv|max_pool)\([^()\n]*\b(?P<x>3x3)\b", "0x3"),
    Kind(
        "a number beyond any size",
        ("E0306", "E0323", "E0305", "E0308"),
        _NUMBER,
        lambda m: m["x"] + " * 10 ** 30",
        Where.LINE,
    ),
)

SHAPES = (
    Kind(
        "groups that do not divide",
        ("E0604",),
        r"\bconv\(\d+, \dx\d(?P<x>)(?=\))",
        ", groups=17",
        Where.LINE,
    ),
    Kind(
        "a path of other channels",
        ("E0641",),
        _IN_A_PATH + r"(?P<x>[\w* ]+)(?=, \dx\d[^>\n]*$)",
        lambda m: m["x"] + " + 1",
        Where.JOIN,
        "add",
    ),
    Kind(
        "a stride forgotten in a path",
        ("E0641",),
        r"^ {4,}.*(?P<x>, stride=(?:stride|2))(?=\))",
        "",
        Where.JOIN,
    ),
    Kind(
        "a stride too many in a path",
        ("E0641",),
        _IN_A_PATH + r"[\w* ]+, \dx\d(?P<x>)(?=\))",
        ", stride=2",
        Where.JOIN,
    ),
    Kind(
        "a border forgotten in a path",
        ("E0641",),
        r"^ {4,}\|.*max_pool\(3x3, stride=1(?P<x>, padding=1)",
        "",
        Where.JOIN,
    ),
    Kind(
        "a convolution of a vector",
        ("E0600",),
        r"global_avg_pool(?: ->|\n) *(?P<x>)",
        "conv(8, 3x3) -> ",
        Where.LINE,
    ),
    Kind(
        "a pool of a vector", ("E0600",), r"(?<!_)flatten(?P<x>)", " -> max_pool(2x2)", Where.LINE
    ),
    Kind(
        "a kernel of other axes",
        ("E0602",),
        r"\bconv\([^()\n]*\b(?P<x>\dx\d)\b",
        lambda m: m["x"] + "x3",
        Where.LINE,
    ),
    Kind(
        "whole numbers for an image",
        ("E0601", "E0445"),
        r"^ +input image\[[^\]\n]*\](?P<x>)",
        ": int64",
        Where.AFTER,
    ),
    Kind(
        "a pool padded too much",
        ("E0606",),
        r"max_pool\((?P<x>3x3, stride=2)(?=\))",
        lambda m: m["x"] + ", padding=2",
        Where.LINE,
    ),
    Kind(
        "a window larger than the image",
        ("E0605",),
        r"\bconv\(\d+, (?P<x>\dx\d)(?=\))",
        "999x999, padding=valid, stride=1",
        Where.LINE,
    ),
    Kind(
        "an image too small",
        ("E0605",),
        r"^ +input image\[\w+, (?P<x>H = [^\]\n]*)\]",
        "H = 2, W = 2",
        Where.AFTER,
        only=r"padding=valid|\(2x2\)",
    ),
    Kind("a shape of other elements", ("E0631",), r"reshape\((?P<x>1)(?=,)", "7", Where.LINE),
    Kind(
        "a crop forgotten",
        ("E0641",),
        r"^(?P<x> +(?:if \w+ == valid \{ )?crop\(\w+\)(?: \})?)\n.*concat\(",
        "",
        Where.AFTER,
    ),
    Kind(
        "switches of another pool",
        ("E0650",),
        r"max_unpool\(\"enc\{(?P<x>5 - i)\}",
        "i + 1",
        Where.LINE,
    ),
    Kind("more parts than channels", ("E0633",), r"chunk\((?P<x>2)\)", "999"),
    Kind(
        "a sum of one value",
        ("E0637", "E0415"),
        r"global_avg_pool(?P<x>)(?= ->)",
        " -> add",
        Where.LINE,
    ),
    Kind(
        "an axis that is not there",
        ("E0608",),
        r"(?<= )flatten\b(?P<x>)(?! *\()",
        "(start=9)",
        Where.LINE,
    ),
    Kind(
        "a channel's size that depends on the image",
        ("E0515", "E0617"),
        r"^ +stage \w+ \{(?P<x>)$",
        " conv(H, 3x3)",
        Where.LINE,
    ),
)

IMPORTS = (
    Kind(
        "a file that is missing",
        ("E0701",),
        r"^from \"(?P<x>std|\./\w+\.arch)\"",
        "./no_such_file.arch",
    ),
    Kind(
        "an import beyond the root",
        ("E0702",),
        r"^from \"(?P<x>std|\./\w+\.arch)\"",
        "../../../x.arch",
    ),
    Kind("a misspelt import", ("E0704",), r"^from \"[^\"]*\" import (?P<x>[a-z]\w{3,})$", _swapped),
    Kind(
        "an import made twice",
        ("E0402",),
        r"^from \"[^\"]*\" import (?P<x>[a-z]\w+)$",
        lambda m: f"{m['x']}, {m['x']}",
    ),
)

CLAIMS = (
    Kind(
        "a wrong figure",
        ("E0803",),
        r"expect (?:params|macs|buffers) == (?P<x>[\d_]+\d)(?=,|$)",
        _other_digit,
        Where.LINE,
    ),
    Kind(
        "a wrong shape",
        ("E0803",),
        r"\.shape == \[(?P<x>\d+)(?=,)",
        lambda m: m["x"] + "1",
        Where.LINE,
    ),
    Kind("a wrong depth", ("E0803",), r"depth == (?P<x>\d+)", lambda m: m["x"] + "1", Where.LINE),
    Kind(
        "a figure of the paper misread",
        ("E0803",),
        r"(?<=~ )(?P<x>\d+\.\d+)(?=[KMG](?! within))",
        lambda m: m["x"] + "5",
        Where.LINE,
    ),
    Kind("wrong legal sizes", ("E0803",), r"^ +expect (?P<x>)", "H == 77, ", Where.LINE),
    Kind(
        "`~` without a literal",
        ("E0802",),
        r"expect \w+ (?P<x>==) [\d_]+\d(?=,|$)",
        "~ 1 +",
        Where.LINE,
    ),
)

PARTS = (
    Kind(
        "an edit at no part",
        ("E0447",),
        r"^ +(?:replace|remove) (?P<x>[\w.]+)",
        lambda m: m["x"] + "_x",
        Where.LINE,
    ),
    Kind(
        "a pattern that matches nothing",
        ("E0443", "E0447"),
        r"^ +freeze all except (?P<x>\w+)",
        lambda m: m["x"] + "_x",
        Where.LINE,
    ),
    Kind(
        "a rule for a layer that is not there",
        ("E0440",),
        r"^ +init (?P<x>conv) ",
        "conv_transpose_x",
        Where.LINE,
    ),
    Kind("a rule that speaks of nothing", ("E0440",), r"^ +init (?P<x>\w+) ", "prelu", Where.LINE),
    Kind("an unknown initialiser", ("E0401",), r"^ +init \w+ \{ weight = (?P<x>\w+)", _swapped),
    Kind("a weight that no layer has", ("E0441",), r"^ +init \w+ \{ (?P<x>weight) =", "wieght"),
    Kind(
        "a step in an instance",
        ("E0421",),
        r"^network \w+ = \w+\(.*\) \{(?P<x>)$",
        " relu",
        Where.LINE,
    ),
    Kind(
        "a coefficient that is none",
        ("E0430", "E0505"),
        r"^network \w+ = efficientnet_b0\((?P<x>width)(?==)",
        "girth",
        Where.LINE,
    ),
)

SIZES = (
    Kind(
        "a promise that the default breaks",
        ("E0642", "E0645"),
        r"^ +input image\[\w+, H = [^\]\n]*\](?P<x>)",
        " where H % 1000 == 999",
        Where.LINE,
    ),
    Kind(
        "a promise that a layer breaks",
        ("E0645",),
        r"^ +input image\[\w+, H = (?:side|224|227), W = (?:side|224|227)\](?P<x>)",
        " where H >= 1 and W == H",
        Where.AFTER,
        only=r"\bflatten\b",
    ),
    Kind(
        "structure that depends on a size",
        ("E0515",),
        r"^ +stage \w+ \{(?P<x>)$",
        " if H > 3 { relu }",
        Where.LINE,
    ),
    Kind(
        "a size of no input",
        ("E0419", "E0401"),
        r"^ +input image\[\w+, H = [^\]\n]*\](?P<x>)",
        " where Q > 3",
        Where.LINE,
    ),
)

KINDS = (*TEXT, *GRAMMAR, *NAMES, *VALUES, *SHAPES, *IMPORTS, *CLAIMS, *PARTS, *SIZES)
"""Every kind of mistake."""
