from archdsl.reports.table import columns


def test_columns_are_as_wide_as_their_widest_cell():
    text = columns([("name", "size"), ("a", "1,000"), ("longer", "1")], "lr")

    assert text == "name     size\na       1,000\nlonger      1\n"


def test_nothing_trails():
    assert columns([("a", ""), ("bb", "c")], "ll") == "a\nbb  c\n"


def test_wide_characters_take_two_columns():
    assert columns([("漢", "x"), ("ab", "y")], "ll") == "漢  x\nab  y\n"


def test_no_rows():
    assert columns([], "ll") == ""
