"""Arithmetic is exact, comparisons do not surprise, logic takes true and false."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1", Fraction(1, 2)),
        ("7 / 2", Fraction(7, 2)),
        ("4 / 2", 2),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("7 % -3", -2),
        ("7.5 // 2", 3),
        ("7.5 % 2", Fraction(3, 2)),
        ("1.1", Fraction(11, 10)),
        ("0.1 + 0.2 == 0.3", True),
        ("3.0", 3),
        ("25 * 2.2", 55),
        ("1.2 ** 2", Fraction(36, 25)),
        ("4 ** 0.5", 2),
        ("2 ** 0.5", 2**0.5),
        ("0 ** 0", 1),
        ("(0 - 1) ** 10 ** 30", 1),
        ("1 ** 10 ** 30", 1),
        ("[1, 2] + [3]", (1, 2, 3)),
        ("[1, 2] * 2", (1, 2, 1, 2)),
        ("[1] * 0", ()),
        ("[1] * -3", ()),
    ],
)
def test_arithmetic(value, text, result):
    found = value(text)

    assert found == result
    assert type(found) is type(result) or isinstance(found, tuple)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 == 1.0", True),
        ("1 == true", False),
        ("0 == false", False),
        ("none == none", True),
        ("none == 0", False),
        ('"a" == "a"', True),
        ("[1, 2] == [1, 2]", True),
        ("[1, 2] == [1, 3]", False),
        ("[1] == [true]", False),
        ("3x3 == (3, 3)", True),
        ("1 != 2", True),
        ("1 < 2", True),
        ("2 <= 2", True),
        ("0.5 > 1 / 3", True),
        ("2 in [1, 2]", True),
        ("true in [1]", False),
        ("3 in range(3)", False),
        ("not 1 == 2", True),
        ("true and false", False),
        ("false or true", True),
        ("false and 1 / 0 == 1", False),
        ("true or 1 / 0 == 1", True),
        ("if 1 == 1 then 3 else 1 / 0", 3),
        ("4089 ~ 4.1K", True),
        ("100 ~ 90 within 12%", True),
    ],
)
def test_comparisons_and_logic(value, text, result):
    assert value(text) is result or value(text) == result


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("1 / 0", "E0504", "0"),
        ("1 // (2 - 2)", "E0504", "2 - 2"),
        ("1 % 0", "E0504", "0"),
        ("1.5 % 0", "E0504", "0"),
        ("0 ** -1", "E0504", "0 ** -1"),
        ("(-8) ** (1 / 3)", "E0504", "(-8) ** (1 / 3)"),
        ('1 + "a"', "E0510", '"a"'),
        ("true + 1", "E0510", "1"),
        ("1 + true", "E0510", "true"),
        ("[1] + 1", "E0510", "1"),
        ("[1] + (1, 2)", "E0510", "(1, 2)"),
        ("2 * [1]", "E0510", "[1]"),
        ("-true", "E0510", "-true"),
        ("-[1]", "E0510", "-[1]"),
        ('2 ** "a"', "E0510", '"a"'),
        ("[1] < [2]", "E0510", "[1]"),
        ("1 < none", "E0510", "none"),
        ("1 in 2", "E0501", "2"),
        ("not 1", "E0509", "1"),
        ("true and 1", "E0509", "1"),
        ("if 0 then 1 else 2", "E0509", "0"),
        ("9 ** 9 ** 9", "E0305", "9 ** 9 ** 9"),
        ("(2 ** 4000) * (2 ** 4000)", "E0305", "(2 ** 4000) * (2 ** 4000)"),
        ("2.5 ** 500.5 * 2.5 ** 500.5", "E0305", "2.5 ** 500.5 * 2.5 ** 500.5"),
        ("2.5 ** 1000.5", "E0305", "2.5 ** 1000.5"),
        ("2 ** 4000 * 2 ** 0.5", "E0305", "2 ** 4000 * 2 ** 0.5"),
    ],
)
def test_operations_without_a_value(value, text, code, place):
    with pytest.raises(value.wrong, match=code) as found:
        value(text)

    assert found.value.place == place


# Sizes


@pytest.mark.parametrize(
    ("text", "shown", "at_default"),
    [
        ("H + 1", "H + 1", 33),
        ("1 - H", "1 - H", -31),
        ("2 * H", "2*H", 64),
        ("H // 2", "floor(H/2)", 16),
        ("H % 5", "H - 5*floor(H/5)", 2),
        ("-H", "-H", -32),
        ("max(H, 40)", None, 40),
        ("min(H, W)", None, 24),
        ("ceil(H)", "H", 32),
    ],
)
def test_sizes_are_combined(value, text, shown, at_default):
    found = value(text)

    assert found.value == at_default
    assert shown is None or str(found) == shown


@pytest.mark.parametrize(
    "text",
    [
        "H * W",
        "H / 2",
        "H // 0",
        "H // W",
        "H * 1.5",
        "H + 1.5",
        "H + true",
        'H + "a"',
        "H ** 2",
        "2 ** H",
        "H > 3",
        "H == 32",
        "max(H, 1.5)",
        'max(H, "a")',
        "[1, 2][H]",
    ],
)
def test_what_a_size_of_the_input_cannot_do(value, text):
    with pytest.raises(value.wrong, match="E0515"):
        value(text)


def test_a_size_cannot_grow_without_bound(value):
    with pytest.raises(value.wrong, match="E0305"):
        value("H * 2 ** 4000 * 2 ** 4000")


# Laws

NUMBERS = st.fractions(max_denominator=50) | st.integers(-100, 100)


@given(a=NUMBERS, b=NUMBERS)
def test_exact_numbers_are_pythons(a, b):
    from archdsl.values.operators import _combine_numbers

    assert _combine_numbers("+", a, b) == a + b
    assert _combine_numbers("*", a, b) == a * b
    if b:
        assert _combine_numbers("/", a, b) == Fraction(a) / Fraction(b)
        quotient, rest = _combine_numbers("//", a, b), _combine_numbers("%", a, b)
        assert quotient * b + rest == a
        assert isinstance(quotient, int)


@given(a=NUMBERS)
def test_a_whole_number_is_an_int(a):
    from archdsl.values.operators import _combine_numbers

    found = _combine_numbers("+", a, 0)

    assert isinstance(found, int) is (found == int(found))
