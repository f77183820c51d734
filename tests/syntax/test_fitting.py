"""Pieces of text, laid out to a width."""

import pytest

from archdsl.syntax.fitting import (
    EDGE,
    NEWLINE,
    SPACE,
    Fill,
    Group,
    Indented,
    Join,
    Remark,
    WhenBroken,
    flat,
    lay_out,
)


def listed(*items, forced=False):
    parts = [Join([item, ","]) for item in items[:-1]]
    inside = [EDGE, Fill([*parts, items[-1]]), WhenBroken(",")]
    return Group(Join(["[", Indented(Join(inside)), EDGE, "]"]), forced)


def test_a_group_is_on_one_line_where_it_fits():
    assert lay_out(listed("one", "two"), 10) == "[one, two]"


def test_a_group_that_does_not_fit_is_broken_and_filled():
    assert lay_out(listed("one", "two"), 9) == "[\n    one,\n    two,\n]"
    assert lay_out(listed("one", "two", "three"), 14) == "[\n    one, two,\n    three,\n]"


def test_what_follows_counts():
    piece = Join([listed("one", "two"), " {"])

    assert lay_out(piece, 12) == "[one, two] {"
    assert lay_out(piece, 11) == "[\n    one,\n    two,\n] {"


def test_what_follows_counts_up_to_where_a_line_may_end():
    body = Group(Join(["{", Indented(Join([SPACE, "a"])), SPACE, "}"]))
    piece = Join([listed("one", "two"), " ", body])

    assert lay_out(piece, 12) == "[one, two] {\n    a\n}"


def test_a_forced_group_is_broken_wherever_it_stands():
    assert lay_out(listed("one", forced=True), 80) == "[\n    one,\n]"


def test_a_broken_list_breaks_what_is_around_it():
    piece = listed("a", listed("one", forced=True))

    assert lay_out(piece, 80) == "[\n    a, [\n        one,\n    ],\n]"


def test_a_fill_stands_deeper_from_its_first_break_on():
    chain = Fill(["a", "-> b", "-> c", "-> d"], forced={2}, by=4)

    assert lay_out(chain, 80) == "a -> b\n    -> c -> d"
    assert lay_out(Fill(["aaaa", "-> b", "-> c"], (), 4), 9) == "aaaa -> b\n    -> c"


def test_a_remark_takes_no_room():
    piece = Join([listed("one", "two"), Remark("# " + "long " * 30), NEWLINE, "x"])

    assert lay_out(piece, 10) == "[one, two]  # " + "long " * 30 + "\nx"


def test_blank_lines_have_no_blanks():
    piece = Indented(Join(["a", NEWLINE, NEWLINE, "b"]))

    assert lay_out(piece, 80) == "a\n\n    b"


def test_flat_leaves_out_breaks_and_remarks():
    piece = Join([listed("one", "two", forced=True), Remark("# x"), NEWLINE])

    assert flat(piece) == "[one, two]"


@pytest.mark.parametrize("count", [1, 1_000, 20_000])
def test_time_is_in_proportion(count):
    """Nested and long pieces are looked at a bounded number of times: this would not end else."""
    piece = listed(*(["word"] * count))
    for _ in range(100):
        piece = listed(piece, "end")

    assert lay_out(piece, 40).count("word") == count
