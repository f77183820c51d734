"""Every mistake of a text in one run, each said once, where it is, with what mends it."""

import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.diagnostics.source import Source
from archdsl.syntax.lexer import tokenize
from archdsl.syntax.parse import parse, parse_expression
from archdsl.syntax.tables import MARKS, NONTERMINALS, TERMINALS, WORDS

ROOT = Path(__file__).parents[2]
SPECS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "specs").glob("*.arch"))]
SPECS += [
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "archdsl" / "std").glob("*.arch"))
]


def cases():
    """The texts of the syntax errors' cases."""
    for path in sorted((ROOT / "tests" / "cases" / "errors").glob("E0[12]*.txt")):
        content = path.read_text(encoding="utf-8")
        for piece in re.split(r"^=== .*\n", content, flags=re.MULTILINE)[1:]:
            yield piece.partition("--->\n")[0]


CASES = list(cases())


def found_in(text):
    """The findings of a text, whose spans lie in it; a text without any has a tree."""
    result = parse(Source("n.arch", text))
    found = result.report.sorted()
    assert (result.value is None) == bool(found)
    for each in found:
        for span in (each.span, *(label.span for label in each.labels)):
            assert 0 <= span.start <= span.end <= len(text)
    return found


def network(*lines):
    return "".join(f"{line}\n" for line in ("network n {", *lines, "}"))


# Every error in one run


def test_a_file_with_a_mistake_on_every_line(errors):
    text = network(
        "    input image[3, H = 32 W = 32]",
        "    conv(8, 3x3",
        "    stag conv2 { conv(16 3x3) }",
        "    add { conv(8, 3x3) | skip }",
        "    if 1 < 2: relu",
        "    x = conv(8, 3x3)",
        "    expect params = 0",
        "    conv(8, 3×3)",
        "    conv(8, 3x3) ->",
    )
    assert [found[:2] for found in errors(text)] == [
        (2, "E0204"),
        (3, "E0202"),
        (4, "E0206"),
        (4, "E0204"),
        (5, "E0203"),
        (6, "E0207"),
        (7, "E0207"),
        (8, "E0208"),
        (9, "E0106"),
        (10, "E0203"),
    ]


def test_reading_goes_on_at_the_next_statement(errors):
    text = network("    * * relu", "    stage a { conv(8 3x3) }", "    tanh tanh )", "    let x =")

    assert [found[:2] for found in errors(text)] == [
        (2, "E0201"),
        (3, "E0204"),
        (4, "E0202"),
        (5, "E0203"),
    ]


def test_reading_goes_on_at_the_next_path(errors):
    text = network("    add {", "        | conv(8 = = 3) relu", "        | conv(8 3x3)", "    }")

    assert [found[0] for found in errors(text)] == [3, 4]


def test_reading_goes_on_behind_the_brace_of_a_body(errors):
    text = network("    stage a {", "        * relu", "    }", "    conv(8 3x3)")

    assert [found[0] for found in errors(text)] == [3, 5]


def test_reading_goes_on_in_the_body_of_a_wrong_head(errors):
    text = network("    repeat 3 * * 4 {", "        conv(8 3x3)", "    }", "    conv(8 3x3)")

    assert [found[0] for found in errors(text)] == [2, 3, 5]


def test_what_is_wrong_beyond_the_grammar_is_found_too(errors):
    text = "block b(a: integer) { conv(8 3x3) }\nlet c = 99_999_999_999_999_999_999\nedition 1\n"

    assert [found[1] for found in errors(text)] == ["E0211", "E0204", "E0323", "E0210"]


def test_a_mistake_in_a_computed_part_is_shown_in_the_text():
    (found,) = found_in(network('    stage "conv{i +}" { relu }'))

    assert found.message == "a value is missing behind `+`"
    assert (found.span.line, found.span.column) == (2, 19)


def test_a_brace_that_is_left_open_is_the_one_that_is_shown(errors):
    text = network("    stage a {", "        relu", "    stage b {", "        tanh", "    }")
    text += "\n" + network("    relu ->")

    assert errors(text) == [
        (2, "E0202", "this `{` is never closed"),
        (10, "E0203", "a step is missing behind `->`"),
    ]


def test_one_brace_too_many_is_one_mistake(errors):
    text = network("    relu", "    }", "    tanh", "    conv(8, 3x3)") + "\n" + network("    relu")

    assert [found[:2] for found in errors(text)] == [(4, "E0215")]


def test_a_body_by_indentation_is_read_to_its_end(errors):
    text = network("    if a:", "        conv(8 3x3)", "        relu", "    else:", "        x = 3")

    assert [found[:2] for found in errors(text)] == [
        (2, "E0207"),
        (3, "E0204"),
        (5, "E0207"),
        (6, "E0207"),
    ]


def test_a_flood_of_errors_ends():
    found = found_in(network(*["    conv(8 3x3)"] * 10_000))

    assert 100 < len(found) <= 500
    assert {each.code for each in found} == {"E0204"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an expression is missing"),
        ("1 2", "`2` cannot stand behind `1`"),
        ("a b", "`b` cannot stand here"),
        ("(1", "this `(` is never closed"),
        ("1)", "this `)` closes nothing"),
        ("a +", "a value is missing behind `+`"),
        ("let a = 1", "`let` cannot stand here"),
        ("a = 1", "`=` gives a name to a value, and compares nothing"),
    ],
)
def test_an_expression_alone(text, message):
    result = parse_expression(Source("-D", text))

    assert result.value is None
    assert [each.message for each in result.report] == [message]


# What is said


@pytest.mark.parametrize("text", CASES, ids=range(len(CASES)))
def test_no_message_speaks_of_the_grammar(text):
    inner = {name for name in TERMINALS if len(name) > 2 and name != "NAME"} | {"ANON", "Token"}
    rules = {name for name in NONTERMINALS if "_" in name}
    for found in found_in(text):
        said = "\n".join([found.message, *found.notes, found.help or ""])
        assert not [name for name in inner if re.search(rf"\b{name}\b", said)]
        assert not [name for name in rules if name in said]
        assert "expected" not in said.lower()
        assert not found.message.endswith(".")


@pytest.mark.parametrize("text", CASES, ids=range(len(CASES)))
def test_edits_mend_what_they_stand_with(text):
    """With the edits of a finding made, it is gone, and at most one other has come to light."""
    before = found_in(text)
    for each in before:
        if each.edits:
            mended = text
            for edit in sorted(each.edits, key=lambda edit: -edit.span.start):
                start, end = edit.span.start, edit.span.end
                mended = mended[:start] + edit.replacement + mended[end:]
            after = found_in(mended)
            assert len(after) <= len(before)
            assert (each.code, each.message) not in [
                (other.code, other.message) for other in after if other.span.line == each.span.line
            ]


def test_most_mistakes_come_with_help():
    helped = Counter(found.help is not None for text in CASES for found in found_in(text)[:1])

    assert helped[True] > 8 * helped[False]


def test_messages_do_not_depend_on_the_hash_seed():
    program = (
        "import sys; from archdsl.diagnostics.render import render; "
        "from archdsl.diagnostics.source import Source; from archdsl.syntax.parse import parse; "
        "[sys.stdout.write(render(parse(Source('n', text)).report) + '\\n') "
        "for text in sys.stdin.read().split('\\0')]"
    )
    texts = "\0".join(CASES).encode()
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=texts,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(said) == 1


# One mistake, one message


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("expect depth == 2, def conv3.shape == [5]", "E0205"),
        ("conv(8, ] stride=2)", "E0202"),
        ("expect params == a.params[ , macs == 4", "E0203"),
    ],
)
def test_what_comes_of_a_mistake_on_its_line_is_not_told(errors, line, code):
    text = network(f"    {line}", "    conv(8 3x3)")

    assert [found[:2] for found in errors(text)] == [(2, code), (3, "E0204")]


VOCABULARY = [*WORDS, *MARKS, "x", "relu", "3", "3x3", '"t"', "'", "&&", "2x", "×", ";", "@"]


def planted(text, randomness):
    """A text with one token left out, doubled, put in, replaced or swapped, and its line."""
    tokens = tokenize(Source("n.arch", text))
    number = randomness.randrange(len(tokens.kinds) - 2)
    start, end = tokens.starts[number], tokens.ends[number]
    then, last = tokens.starts[number + 1], tokens.ends[number + 1]
    word = randomness.choice(VOCABULARY)
    head, token, tail = text[:start], text[start:end], text[end:]
    wrong = randomness.choice(
        [
            head + tail,
            f"{head}{token} {token}{tail}",
            f"{head}{word} {token}{tail}",
            f"{head}{word}{tail}",
            head + text[then:last] + text[end:then] + token + text[last:],
        ]
    )
    return wrong, text.count("\n", 0, start) + 1


def test_a_planted_mistake_is_one_message_where_it_is():
    randomness = random.Random(7)
    counts = Counter()
    for _ in range(1_200):
        text, line = planted(randomness.choice(SPECS), randomness)
        found = found_in(text)
        if found:
            counts["wrong"] += 1
            counts["once"] += len(found) == 1
            counts["near"] += any(abs(each.span.line - line) <= 1 for each in found)
    print(counts)

    assert counts["wrong"] > 800
    assert counts["once"] >= 0.9 * counts["wrong"]
    assert counts["near"] >= 0.97 * counts["wrong"]


# Anything at all


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_ends_in_a_tree_or_an_error(text):
    found_in(text)


@given(st.lists(st.sampled_from([*VOCABULARY, "\n", " ", '"', "{", "}", "(", ")"]), max_size=40))
def test_any_tokens_end_in_a_tree_or_an_error(words):
    found_in(" ".join(words))
    found_in("".join(words))
    found_in(network(" ".join(words)))


@given(st.sampled_from(SPECS), st.data())
def test_any_prefix_of_a_spec_ends_in_a_tree_or_an_error(text, data):
    found_in(text[: data.draw(st.integers(0, len(text)))])


@given(st.sampled_from(SPECS), st.randoms(use_true_random=False), st.integers(1, 8))
def test_any_mistakes_in_a_spec_end_in_a_tree_or_an_error(text, randomness, count):
    for _ in range(count):
        text, _ = planted(text, randomness)
    found_in(text)


@given(st.lists(st.sampled_from("(){}[]|,\n"), max_size=60).map("".join))
def test_any_brackets_end_in_a_tree_or_an_error(text):
    found_in(text)
    found_in(f"network n {{ {text}")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000,
        ")\n" * 20_000,
        "}\n" * 20_000,
        "{}\n" * 20_000,
        "+ * - /\n" * 10_000,
        "@ $\n" * 20_000,
        "'\n" * 20_000,
        '"""\n' * 20_000,
        '"a\n' * 20_000,
        "/* a\n" * 20_000,
        "stag a\n" * 20_000,
        "if a:\n" * 20_000,
        "} else {\n" * 20_000,
        "let a = f(\n" * 150,
        "from x import y\n" * 20_000,
        'from "x" import (a, b)\n' * 5_000,
        "\u200b" * 50_000,
        "é\n" * 50_000,
        "\0" * 50_000,
        "a" * 1_000_000,
        "network n {\n" + 'stage "{a b}" { }\n' * 5_000,
        "network n {\n" + "stage a { " * 150 + "conv(1 2)\n" * 2_000,
        "let a = " + "(" * 150 + "1 2\n" * 5_000,
    ],
    ids=range(23),
)
def test_hostile_texts_end_with_few_errors(text):
    """Each of these would take minutes if any step of the recovery looked back at the whole."""
    assert 1 <= len(found_in(text)) <= 501
