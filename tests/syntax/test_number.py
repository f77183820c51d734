"""What a number as it is written says, exactly."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.syntax.number import LARGEST, TooLarge, exact


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("007", 7), ("1_000", 1000), ("60K", 60_000), ("4.1G", 4_100_000_000),
        ("1.1", Fraction(11, 10)), ("3.0", 3), ("1e3", 1000), ("1e-3", Fraction(1, 1000)),
        ("2.5e1", 25), ("0.39G", 390_000_000), ("1e-3K", 1), ("2T", 2 * 10**12),
        ("0.0001", Fraction(1, 10_000)), ("9_223_372_036_854_775_807", LARGEST),
    ],
)  # fmt: skip
def test_a_number_is_exact(text, value):
    found = exact(text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["9_223_372_036_854_775_808", "1e19", "1e400", "1e999999999", "9_300_000T", "9" * 255]
)
def test_a_number_beyond_the_limit_is_refused(text):
    with pytest.raises(TooLarge):
        exact(text)


def test_a_number_that_is_nearly_nothing_is_refused_where_nobody_can_mean_it():
    assert exact("1e-400") == Fraction(1, 10**400)
    with pytest.raises(TooLarge):
        exact("1e-401")


@given(st.integers(0, LARGEST))
def test_digits_say_what_they_say(number):
    assert exact(str(number)) == exact(f"{number:_}") == number


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_point_divides(whole, behind):
    assert exact(f"{whole}.{behind}") == Fraction(f"{whole}.{behind}")
