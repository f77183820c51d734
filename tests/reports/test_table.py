import csv
import io

import pytest

from archdsl.reports.table import Table, binary, columns


def test_columns_are_as_wide_as_their_widest_cell():
    text = columns([("name", "size"), ("a", "1,000"), ("longer", "1")], "lr")

    assert text == "name     size\na       1,000\nlonger      1\n"


def test_nothing_trails():
    assert columns([("a", ""), ("bb", "c")], "ll") == "a\nbb  c\n"


def test_wide_characters_take_two_columns():
    assert columns([("漢", "x"), ("ab", "y")], "ll") == "漢  x\nab  y\n"


def test_no_rows():
    assert columns([], "ll") == ""


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (102_441_032, "97.7 MiB"),
        (4 << 40, "4.0 TiB"),
    ],
)
def test_bytes_in_binary_units(size, text):
    assert binary(size) == text


TABLE = Table(("name", "size", "said"), [("a_b", 1234567, 'x, "y"'), ("_c", 8, "a|b\n`z`")])


def test_csv_is_read_back_as_it_was():
    rows = list(csv.reader(io.StringIO(TABLE.csv())))

    assert rows == [
        ["name", "size", "said"],
        ["a_b", "1234567", 'x, "y"'],
        ["_c", "8", "a|b\n`z`"],
    ]


def test_markdown_keeps_its_columns():
    assert TABLE.markdown() == (
        "| name | size | said |\n"
        "| --- | ---: | --- |\n"
        '| a_b | 1,234,567 | x, "y" |\n'
        "| \\_c | 8 | a\\|b\\\\x0a\\`z\\` |\n"
    )


def test_without_rows_there_is_a_head():
    assert Table(("a",), []).markdown() == "| a |\n| --- |\n"
