from archdsl.backend.code import WIDTH, Group, flat, joined, lines


def call(*items):
    return Group("f(", items)


def test_what_fits_stays_on_one_line():
    assert list(lines(joined("x = ", call("1", call("2"))), "    ")) == ["    x = f(1, f(2))"]


def test_what_does_not_fit_is_hugged_by_its_brackets():
    made = list(lines(joined("x = ", call(*["a" * 20] * 4)), "    " * 4))

    assert made == [" " * 16 + "x = f(", " " * 20 + ", ".join(["a" * 20] * 4), " " * 16 + ")"] or (
        made[1].strip().endswith(",")
    )
    assert all(len(line) <= WIDTH for line in made)


def test_calls_in_calls_get_a_line_each():
    made = list(lines(call(*[call("b" * 30)] * 4), ""))

    assert made == ["f(", *["    f(" + "b" * 30 + "),"] * 4, ")"]


def test_the_comment_stands_on_the_first_line():
    assert list(lines(call("1"), "", comment="[3]")) == ["f(1)  # [3]"]
    assert next(lines(call(*["c" * 60] * 3), "", comment="[3]")) == "f(  # [3]"


def test_without_brackets_a_line_is_as_long_as_it_is():
    assert list(lines("d" * 200, "")) == ["d" * 200]
    assert flat(joined("a", Group("[", ("1", "2"), "]"))) == "a[1, 2]"
