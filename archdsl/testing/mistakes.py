"""Kinds of mistakes that are planted in good texts: of text, grammar, names and values.

Those of shapes, claims, parts and sizes stand beside them.
"""

from __future__ import annotations

from archdsl.testing.mistakes_of_networks import CLAIMS, PARTS, SHAPES, SIZES
from archdsl.testing.planting import Kind, Where, swapped

_NUMBER = r"(?<=conv\()(?P<x>\d+)\b(?=[,)])"
"""The output channels of a convolution."""


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
        swapped,
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
        swapped,
    ),
    Kind(
        "a misspelt parameter",
        ("E0401",),
        r"^ .*(?<=[(,= ])(?P<x>width|classes|widths|stride|kernel)(?=[,)])",
        swapped,
    ),
    Kind(
        "a misspelt argument",
        ("E0505",),
        r"[(, ](?P<x>stride|padding|bias|groups|eps|ceil_mode)(?==)",
        swapped,
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
        swapped,
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
    Kind("an unknown template", ("E0401", "E0408"), r"^network \w+ = (?P<x>\w+)(?=\()", swapped),
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
        swapped,
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
    Kind("a misspelt import", ("E0704",), r"^from \"[^\"]*\" import (?P<x>[a-z]\w{3,})$", swapped),
    Kind(
        "an import made twice",
        ("E0402",),
        r"^from \"[^\"]*\" import (?P<x>[a-z]\w+)$",
        lambda m: f"{m['x']}, {m['x']}",
    ),
)

KINDS = (*TEXT, *GRAMMAR, *NAMES, *VALUES, *SHAPES, *IMPORTS, *CLAIMS, *PARTS, *SIZES)
"""Every kind of mistake."""
