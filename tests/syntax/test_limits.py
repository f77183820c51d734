"""How long a line, word, number or text may be, and how deep brackets and trees."""

import pytest

from archdsl.diagnostics.render import render
from archdsl.diagnostics.source import Source
from archdsl.syntax.parse import parse


def let(value):
    return f"let a = {value}\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (let("a" * 256), "E0322"),
        (let("1" * 256), "E0322"),
        (let(f'"{"a" * 15_999}"'), "E0322"),
        (let(f"f({' ' * 65_536})"), "E0321"),
        (let("[" * 201 + "]" * 201), "E0320"),
        ("(\n" * 100_000, "E0320"),
        (let("-" * 250 + "1"), "E0324"),
        (let("not " * 250 + "a"), "E0324"),
        (let("a" + ".b" * 250), "E0324"),
        (let("a" + "()" * 250), "E0324"),
        (let("a" + "[0]" * 250), "E0324"),
        (let("2 ** " * 250 + "2"), "E0324"),
        (let("if a then b else " * 250 + "c"), "E0324"),
        (let("[x for x in " * 150 + "-" * 90 + "1" + "]" * 150), "E0324"),
        ("network n { " + "if a { b } else " * 250 + "{ c } }", "E0324"),
        ("network n { " + "add { | stage s { " * 99 + "}" * 199, "E0324"),
        (f'network n {{ stage "{{{"-" * 250}1}}" {{ }} }}', "E0324"),
        (let("9_223_372_036_854_775_808"), "E0323"),
        (let("3x9_223_372_036_854_775_808".replace("_", "")), "E0323"),
    ],
)
def test_beyond_a_limit_there_is_one_error(text, code, errors):
    assert [found[1] for found in errors(text)] == [code]


@pytest.mark.parametrize(
    "text",
    [
        let("a" * 255),
        let("0" * 255),
        let(f'"{"a" * 15_998}"'),
        let("f(" + " " * 65_000 + ")"),
        let("[" * 190 + "]" * 190),
        let("f(" * 95 + ")" * 95),
        let("-" * 190 + "1"),
        let("a" + ".b" * 190),
        let(" +\n".join(["1"] * 20_000)),
        let(" and ".join(["a"] * 5_000)),
        let("a" + " -> a" * 5_000),
        let("[" + "1, " * 20_000 + "]"),
        let("9_223_372_036_854_775_807"),
        "# " + "a" * 60_000 + "\n",
        "network n { " + "stage s { " * 190 + "}" * 191,
        "network n {\n" + "relu\n" * 50_000 + "}",
    ],
)
def test_within_the_limits_there_is_none(text, errors):
    assert errors(text) == []


def test_lines_of_code_and_of_comments_are_measured_alike(golden):
    """Each line is shown where it begins, and clipped."""
    texts = [let(f"[{'1, ' * 30_000}]"), f"# {'a' * 70_000}\n{let(1)}"]
    golden("\n".join(render(parse(Source("n.arch", text)).report) for text in texts))
