"""The canonical form: as reviewed, its own form, the same tree, with every comment."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.diagnostics.source import Source
from archdsl.syntax.format import WIDTH, format_file, unparse_expression
from archdsl.syntax.lexer import tokenize
from archdsl.syntax.parse import parse, parse_expression

ROOT = Path(__file__).parents[2]
CASES = sorted((ROOT / "tests" / "cases" / "format").glob("*.arch"))
OURS = sorted([*(ROOT / "specs").glob("*.arch"), *(ROOT / "archdsl" / "std").glob("*.arch")])
SEPARATOR = "=====\n"
WIDTHS = [1, 20, 40, WIDTH, 10_000]


def tree_of(text):
    result = parse(Source("n.arch", text))
    assert result.value is not None, [d.message for d in result.report]
    return result.value


def case(path):
    return path.read_text(encoding="utf-8").split(SEPARATOR)


def comments_of(text):
    return Counter(remark.text for remark in tokenize(Source("n.arch", text)).remarks)


def assert_is_a_form_of(text, width):
    """A text's form at a width is its own form, the same tree, and has the same comments."""
    tree = tree_of(text)
    form = format_file(tree, width)
    again = tree_of(form)

    assert again == tree
    assert comments_of(form) == comments_of(text)
    assert format_file(again, width) == form
    assert form == "" or (form.endswith("\n") and not form.startswith("\n"))
    assert not any(line != line.rstrip(" ") for line in form.split("\n"))
    return form


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_is_written_as_reviewed(path):
    given_text, expected = case(path)

    assert format_file(tree_of(given_text)) == expected


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_has_a_form_at_every_width(path, width):
    for text in case(path):
        assert_is_a_form_of(text, width)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_the_specs_and_the_library_are_in_their_form(path):
    text = path.read_text(encoding="utf-8")

    assert format_file(tree_of(text)) == text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_the_specs_have_a_form_at_every_width(path, width):
    assert_is_a_form_of(path.read_text(encoding="utf-8"), width)


@pytest.mark.parametrize("path", [*CASES, *OURS], ids=lambda path: path.stem)
def test_lines_end_at_the_width_where_they_can_be_broken(path):
    text = path.read_text(encoding="utf-8").split(SEPARATOR)[0]
    for line in format_file(tree_of(text)).split("\n"):
        unbreakable = max(map(len, line.split("  #")[0].split(" ")), default=0)
        assert len(line.split("#")[0]) <= WIDTH or unbreakable > 60


TEXTS = [text for path in CASES for text in case(path)]
TEXTS += [path.read_text(encoding="utf-8") for path in OURS]


@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False), st.sampled_from(WIDTHS))
def test_blanks_and_comments_anywhere_leave_the_tree_as_it_is(text, randomness, width):
    assert_is_a_form_of(sprinkled(text, randomness), width)


def sprinkled(text, randomness):
    """The text with line ends, blank lines and comments put between some of its tokens."""
    tokens = tokenize(Source("n.arch", text))
    share = randomness.choice([0.02, 0.1, 0.4, 0.9])
    remarks = randomness.choice([0.0, 0.3, 0.6])
    parts = []
    before = 0
    for number, (start, end) in enumerate(zip(tokens.starts, tokens.ends, strict=True)):
        gap = text[before:start]
        if randomness.random() < share:
            mark = randomness.choice(["#", "##"])
            gap += randomness.choice(
                [f" {mark} c{number}\n", f"\n{mark} c{number}\n", f"\n\n{mark} c{number}\n\n",
                 f" # c{number}\n# d{number}\n", f" # c{number}\n\n# d{number}\n"]
                if randomness.random() < remarks
                else ["\n", "\n\n", " \n  ", "\n\n\n"]
            )  # fmt: skip
        elif share > 0.3 and gap and not gap.strip() and randomness.random() < 0.7:
            gap = " "
        parts += (gap, text[start:end])
        before = end
    return "".join(parts)


def test_sprinkling_puts_in_comments_and_line_ends():
    """The property above looks at something."""
    found = Counter()
    for seed in range(50):
        text = sprinkled(TEXTS[-1], random.Random(seed))
        found["comments"] += comments_of(text).total() > comments_of(TEXTS[-1]).total()
        found["lines"] += text.count("\n") > TEXTS[-1].count("\n")
    assert min(found["comments"], found["lines"]) > 10


@pytest.mark.parametrize("text", ["", "\n\n", "  \t\n"])
def test_a_file_of_nothing_is_empty(text):
    assert format_file(tree_of(text)) == ""


def test_a_file_of_comments_keeps_them():
    assert format_file(tree_of("\n\n# a\n\n\n# b\n")) == "# a\n\n# b\n"


def test_a_comment_in_a_text_is_none():
    text = 'let a = "# no comment"\n'
    assert assert_is_a_form_of(text, WIDTH) == text


def test_deep_trees_have_a_form():
    for text in (
        "network n { " + "stage s { " * 190 + "}" * 191,
        "network n { " + "add { | stage s { " * 60 + "}" * 121,
        "let a = " + "[" * 190 + "]" * 190,
        "let a = " + "-" * 190 + "1",
        "let a = " + "if a then b else " * 190 + "c",
        "network n { " + "if a { b } else " * 190 + "{ c } }",
    ):
        assert_is_a_form_of(text, WIDTH)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv5.shape==[2048,7,\n 7]", "conv5.shape == [2048, 7, 7]"),
        ("macs~4.1G within 1%", "macs ~ 4.1G within 1%"),
        ("[ # a comment\n 1,\n]", "[1]"),
        ("conv -> # joined\n relu", "conv -> relu"),
        ("(1,)", "(1,)"),
        ("f(a,\n b,\n)", "f(a, b)"),
        ("(3).x", "(3).x"),
        ("(3x3).x", "(3x3).x"),
        ("- -a", "--a"),
        ("(-a) ** 2", "(-a) ** 2"),
        ("a ** (-2)", "a ** -2"),
        ("(a -> b)(c)", "(a -> b)(c)"),
        ("not (a in b)", "not a in b"),
        ("(not a) == b", "(not a) == b"),
        ("(a < b) == c", "(a < b) == c"),
    ],
)
def test_an_expression_on_one_line(text, expected):
    written = parse_expression(Source("n.arch", text)).value

    assert unparse_expression(written) == expected
    assert parse_expression(Source("n.arch", expected)).value == written
