"""Places in a text."""

import pytest

from archdsl.diagnostics.source import Source, Span

TEXT = "let a = 1\n\n  let b = 2\n"


@pytest.fixture
def source():
    return Source("n.arch", TEXT)


@pytest.mark.parametrize(
    ("offset", "place"),
    [(0, (1, 1)), (4, (1, 5)), (9, (1, 10)), (10, (2, 1)), (13, (3, 3)), (len(TEXT), (4, 1))],
)
def test_lines_and_columns_count_from_1(source, offset, place):
    assert source.position(offset) == place


def test_a_line_is_given_without_its_end(source):
    assert [source.line(n) for n in (1, 2, 3, 4)] == ["let a = 1", "", "  let b = 2", ""]


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r"])
def test_only_a_line_feed_ends_a_line(separator):
    assert Source("n", f"a{separator}b\nc").position(4) == (2, 1)


def test_an_empty_text_has_one_line():
    source = Source("n", "")

    assert source.position(0) == (1, 1)
    assert source.line(1) == ""


def test_a_span_knows_its_place_and_its_text(source):
    span = Span(source, 13, 16)

    assert (span.line, span.column, span.text) == (3, 3, "let")
    assert span.to(Span(source, 21, 22)).text == "let b = 2"


def test_sources_are_themselves_not_their_text():
    assert Source("n", "a") != Source("n", "a")


def test_offsets_are_found_quickly_in_a_long_text():
    source = Source("n", "x\n" * 200_000)

    assert [source.position(offset)[0] for offset in range(0, 400_000, 40_000)] == [
        1 + n * 20_000 for n in range(10)
    ]
