"""Words, numbers and lines: where one token ends and the next begins."""

import pytest

from archdsl.diagnostics.source import Source
from archdsl.syntax.lexer import BAD, tokenize
from archdsl.syntax.tables import TERMINALS, WORDS


def tokens(text):
    """Each token's kind and spelling; BAD for what is none."""
    found = tokenize(Source("n.arch", text))
    names = ["BAD" if kind == BAD else TERMINALS[kind] for kind in found.kinds]
    spans = zip(found.starts, found.ends, strict=True)
    spelled = [text[start:end] for start, end in spans]
    assert names[-1] == "$END"
    return list(zip(names, spelled, strict=True))[:-1]


def kinds(text):
    return [kind for kind, _ in tokens(text)]


@pytest.mark.parametrize(
    "text",
    ["0", "1", "007", "1_000", "25_557_032", "4.1", "0.25", "1_0.2_5", "4.1G", "60K", "2T", "1e3",
     "1e-3", "1E+3", "2.5e-4", "1e3K"],
)  # fmt: skip
def test_a_number_is_one_token(text):
    assert tokens(text) == [("NUMBER", text)]


@pytest.mark.parametrize("text", ["3x3", "1x7", "3x3x3", "1x1x1x1", "11x11"])
def test_a_size_is_one_token(text):
    assert tokens(text) == [("SIZE", text)]


@pytest.mark.parametrize(
    "text",
    ["2x", "4.1g", "4.1GB", "1_", "1__0", "3x3x", "3X3", "3x3a", "0x1F", "1e", "2conv", "1.2.3",
     "4.1G2", "3x3.5", "1_000k", "6relu", "3.x"],
)  # fmt: skip
def test_a_number_ends_where_no_letter_digit_or_underscore_follows(text):
    assert tokens(text) == [("BAD", text)]


def test_a_range_is_two_numbers():
    assert tokens("0.25..1.4") == [("NUMBER", "0.25"), ("__ANON_0", ".."), ("NUMBER", "1.4")]
    assert kinds("1..n") == ["NUMBER", "__ANON_0", "NAME"]


def test_a_number_may_be_followed_by_a_sign():
    assert [text for _, text in tokens("3-1*2//4%5")] == [
        "3",
        "-",
        "1",
        "*",
        "2",
        "//",
        "4",
        "%",
        "5",
    ]


@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_word_of_the_language_is_one_only_as_a_whole(word):
    assert kinds(word) == [word.upper()]
    assert kinds(f"{word}s") == ["NAME"]
    assert kinds(f"_{word}") == ["NAME"]
    assert kinds(word.upper()) == ["NAME"]


def test_the_longest_sign_wins():
    assert [text for _, text in tokens("a->b")] == ["a", "->", "b"]
    assert [text for _, text in tokens("a**b")] == ["a", "**", "b"]
    assert [text for _, text in tokens("a<=b==c!=d")] == ["a", "<=", "b", "==", "c", "!=", "d"]
    assert [text for _, text in tokens("a--b")] == ["a", "-", "-", "b"]


def test_a_text_ends_with_its_quote_or_its_line():
    assert tokens('"a" "b"') == [("STRING", '"a"'), ("STRING", '"b"')]
    assert tokens('""') == [("STRING", '""')]
    assert tokens('"a # b"') == [("STRING", '"a # b"')]
    assert tokens('"a\nb') == [("BAD", '"a'), ("NAME", "b")]


def test_a_text_has_no_escapes():
    assert tokens('"a\\" b') == [("STRING", '"a\\"'), ("NAME", "b")]


def test_a_comment_is_no_token():
    found = tokenize(Source("n.arch", "a # one\n\n## two\nb"))

    assert [(r.text, r.before, r.alone, r.apart) for r in found.remarks] == [
        ("# one", 1, False, False),
        ("## two", 1, True, True),
    ]
    assert found.gaps == set()


def test_blank_lines_are_kept_in_mind():
    assert tokenize(Source("n.arch", "a\n\nb\nc\n\n\nd")).gaps == {1, 3}


@pytest.mark.parametrize("blank", ["\t", "\r\n", " \t\r\n "])
def test_blanks_are_spaces_tabs_and_line_ends(blank):
    assert kinds(f"a{blank}b") == ["NAME", "NAME"]


@pytest.mark.parametrize(
    "character", ["\x0b", "\x0c", "\xa0", "\u2028", "\x85", "\ufeff", "é", "×"]
)
def test_nothing_else_is_blank_or_of_a_word(character):
    assert kinds(f"a{character}b") == ["NAME", "BAD", "NAME"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("freeze conv*", ["FREEZE", "PATTERN"]),
        ("freeze conv2[*].bn1, head.*", ["FREEZE", "PATTERN", "COMMA", "PATTERN"]),
        ("unfreeze a, b except c[0]", ["UNFREEZE", "PATTERN", "COMMA", "PATTERN", "EXCEPT", "PATTERN"]),
        ("freeze a b", ["FREEZE", "PATTERN", "NAME"]),
        ("freeze a relu * 2", ["FREEZE", "PATTERN", "NAME", "STAR", "NUMBER"]),
        ("freeze all stage b", ["FREEZE", "PATTERN", "STAGE", "NAME"]),
        ("freeze input", ["FREEZE", "INPUT"]),
        ("f(freeze=a, b)", ["NAME", "LPAR", "FREEZE", "EQUAL", "NAME", "COMMA", "NAME", "RPAR"]),
        ("a.freeze b", ["NAME", "DOT", "FREEZE", "NAME"]),
        ("freeze # which\n conv*", ["FREEZE", "PATTERN"]),
    ],
)  # fmt: skip
def test_patterns_are_tokens_behind_freeze(text, expected):
    assert kinds(text) == expected


@pytest.mark.parametrize("unit", "KMGT")
def test_a_unit_apart_from_its_number_is_no_name(unit, errors):
    (found,) = errors(f"let a = 4.1 {unit}")
    assert found[:2] == (1, "E0105")


@pytest.mark.parametrize(
    "text", ["let a = 4.1\nlet G = 2", "let K = 3", "let a = K", "let a = [3, K]"]
)
def test_a_letter_elsewhere_is_a_name(text, errors):
    assert errors(text) == []


def test_a_unit_on_the_next_line_is_a_step(body, shown):
    assert shown(body("expect macs ~ 4.1\nG"))[-9:] == ", Step(G)]"[-9:]


def test_a_part_of_a_text_can_be_read_alone():
    found = tokenize(Source("n.arch", '"conv{i + 1}"'), 6, 11)

    assert [TERMINALS[kind] for kind in found.kinds] == ["NAME", "PLUS", "NUMBER", "$END"]
    assert (found.starts[0], found.ends[-1]) == (6, 11)
