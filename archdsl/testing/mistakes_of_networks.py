"""Kinds of mistakes that are planted in good texts: of shapes, claims, edits and rules, and sizes."""

from __future__ import annotations

import re

from archdsl.testing.planting import Kind, Where, swapped

_IN_A_PATH = r"^ *\|(?: \w+:)? .*\bconv(?:_bn)?\("
"""A line that begins a path of a merge, up to the arguments of a convolution."""


def _other_digit(match: re.Match[str]) -> str:
    """A figure with another last digit."""
    figure = match["x"]
    return figure[:-1] + str((int(figure[-1]) + 3) % 10)


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
    Kind("an unknown initialiser", ("E0401",), r"^ +init \w+ \{ weight = (?P<x>\w+)", swapped),
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
