"""The built-in functions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.values.functions import FUNCTIONS


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("min(3, 1, 2)", 1),
        ("max([3, 1, 2])", 3),
        ("max(1.5, 1)", Fraction(3, 2)),
        ("sum([1, 2, 0.5])", Fraction(7, 2)),
        ("sum([])", 0),
        ("len([1, [2, 3]])", 2),
        ("len(3x3)", 2),
        ("range(3)", (0, 1, 2)),
        ("range(1, 4)", (1, 2, 3)),
        ("range(5, 0, -2)", (5, 3, 1)),
        ("zip([1, 2], [3, 4])", ((1, 3), (2, 4))),
        ('enumerate(["a"])', ((0, "a"),)),
        ("reversed([1, 2, 3])", (3, 2, 1)),
        ("ceil(25 * 2.2)", 55),
        ("ceil(1.01)", 2),
        ("ceil(-1.5)", -1),
        ("floor(-1.5)", -2),
        ("round(2.5)", 3),
        ("round(3.5)", 4),
        ("round(-2.5)", -2),
        ("round(0.49)", 0),
        ("int(-1.5)", -1),
        ("int(7 / 2)", 3),
        ("sqrt(16)", 4),
        ("sqrt(2)", 2**0.5),
        ("log2(8)", 3),
        ("log2(1 / 4)", -2),
        ("log2(1 / 2 ** 2000)", -2000),
        ("abs(-1.5)", Fraction(3, 2)),
        ("abs(3)", 3),
        ("make_divisible(32 * 1.1, 8)", 32),
        ("make_divisible(24 * 1.4, 8)", 32),
        ("make_divisible(3, 8)", 8),
        ("make_divisible(20, 8)", 24),
        ("make_divisible(11, 8)", 16),
    ],
)
def test_values(value, text, result):
    assert value(text) == result


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("min()", "E0510"),
        ("max([])", "E0510"),
        ("min(3)", "E0510"),
        ('max("a", 1)', "E0510"),
        ("sum(3)", "E0510"),
        ('sum(["a"])', "E0510"),
        ("sum([true])", "E0510"),
        ("sum([1], [2])", "E0508"),
        ("len(3)", "E0510"),
        ("range(1.5)", "E0502"),
        ("range(1, 5, 0)", "E0510"),
        ("range()", "E0508"),
        ("range(10 ** 7)", "E0310"),
        ("range(-10 ** 40, 10 ** 40)", "E0310"),
        ("zip([1], [1, 2])", "E0510"),
        ("zip()", "E0508"),
        ("enumerate(3)", "E0510"),
        ('ceil("a")', "E0510"),
        ("round()", "E0508"),
        ("sqrt(-1)", "E0504"),
        ("log2(0)", "E0504"),
        ("sqrt(10 ** 1000)", "E0305"),
        ("make_divisible(3, 0)", "E0510"),
        ("make_divisible(3, 1.5)", "E0510"),
        ("make_divisible(3)", "E0508"),
        ("abs([1])", "E0510"),
        ("abs(relu)", "E0510"),
        ("sqrt(x=4)", "E0505"),
    ],
)
def test_what_they_do_not_take(value, text, code):
    with pytest.raises(value.wrong, match=code):
        value(text)


@given(
    st.fractions(min_value=Fraction(1, 10), max_value=2000, max_denominator=100),
    st.integers(1, 64),
)
def test_make_divisible_is_a_multiple_never_much_below(number, divisor):
    result = FUNCTIONS["make_divisible"](number, divisor)

    assert result % divisor == 0
    assert result >= divisor
    assert result >= Fraction(9, 10) * number
    assert result - number <= divisor or result == divisor


@given(st.fractions(max_denominator=100))
def test_round_takes_halves_up(number):
    rounded = FUNCTIONS["round"](number)

    assert Fraction(-1, 2) < rounded - number <= Fraction(1, 2)


def test_a_sum_of_very_many_fractions_ends(value):
    with pytest.raises(value.wrong, match=r"E0305|E0310"):
        value("sum([1 / (2 * k + 1) for k in range(20_000)])")
