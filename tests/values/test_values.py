"""How values are described and written, numbers bounded, and approximations judged."""

from fractions import Fraction

import pytest

from archdsl.diagnostics.source import Source
from archdsl.syntax.parse import parse_expression
from archdsl.values import number
from archdsl.values.approximate import holds, unit_of
from archdsl.values.value import ListValue, describe, leaves, shown


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("true", "`true`"),
        ("none", "`none`"),
        ("1.5", "the number 1.5"),
        ("1 / 3", "the number 1/3"),
        ('"same"', 'the text "same"'),
        ("[]", "an empty list"),
        ("[1]", "a list of 1 element"),
        ("[1, 2]", "a list of 2 elements"),
        ("3x3", "the tuple (3, 3)"),
        ("(1,)", "the tuple (1,)"),
        ("H", "the size H"),
        ("relu", "the layer `relu`"),
        ("relu -> gelu", "a chain of layers"),
        ("skip", "`skip`"),
        ("sqrt", "the function `sqrt`"),
        ("max", "the function `max`"),
        ("make_divisible", "the function `make_divisible`"),
    ],
)
def test_descriptions(value, text, described):
    assert describe(value(text)) == described


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[1, [2.5, none]]", "[1, [2.5, none]]"),
        ("(1,)", "(1,)"),
        ('"a"', '"a"'),
        ("true", "true"),
        ("relu -> gelu", "relu -> gelu"),
        ("conv(8)", "conv"),
        ("H // 2", "floor(H/2)"),
    ],
)
def test_values_are_written(value, text, written):
    assert shown(value(text)) == written


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(11, 10), "1.1"), (Fraction(1, 3), "1/3"), (5, "5"), (2**0.5, "1.4142135623730951")],
)
def test_numbers_are_written_as_a_person_would(value, text):
    assert number.text(value) == text


def test_very_long_numbers_are_not_written_out():
    assert number.shown(12_345) == "12,345"
    assert number.shown(10**100) == "one of 101 digits"


def test_exact_numbers_are_bounded():
    assert number.bounded(2**4095) == 2**4095
    for value in (2**4096, -(2**4096), Fraction(1, 2**4096)):
        with pytest.raises(number.TooLarge):
            number.bounded(value)


@pytest.mark.parametrize(
    ("base", "exponent", "error"),
    [
        (9, 9**9, number.TooLarge),
        (Fraction(1, 3), 10**9, number.TooLarge),
        (2, -(10**9), number.TooLarge),
        (0, -1, ZeroDivisionError),
        (-2, Fraction(1, 2), number.NoRoot),
        (10.0, 400, number.TooLarge),
    ],
)
def test_powers_that_have_no_value(base, exponent, error):
    with pytest.raises(error):
        number.power(base, exponent)


def test_leaves_counts_lists_in_lists_no_further_than_asked():
    inner = ListValue([1] * 10)
    outer = ListValue([inner] * 10)

    assert leaves(outer, 1_000, 5) == 110
    assert leaves(outer, 50, 5) > 50
    assert leaves(ListValue([ListValue([ListValue()])]), 1_000, 2) is None


# Approximations


@pytest.mark.parametrize(
    ("literal", "unit"),
    [
        ("4.1G", 10**8),
        ("60K", 1000),
        ("0.39G", 10**7),
        ("25.5M", 10**5),
        ("100", 1),
        ("0.25", Fraction(1, 100)),
        ("1_000", 1),
        ("-2.5", Fraction(1, 10)),
    ],
)
def test_the_last_digit_of_a_literal(literal, unit):
    assert unit_of(parse_expression(Source("e", literal)).value) == unit


@pytest.mark.parametrize(
    ("left", "comparison", "result"),
    [
        (4_089_184_256, "x ~ 4.1G", True),
        (4_049_999_999, "x ~ 4.1G", False),
        (4_050_000_000, "x ~ 4.1G", True),
        (4_150_000_000, "x ~ 4.1G", False),
        (4_149_999_999, "x ~ 4.1G", True),
        (60_499, "x ~ 60K", True),
        (60_500, "x ~ 60K", False),
        (99, "x ~ 100 within 1%", True),
        (98, "x ~ 100 within 1%", False),
        (101, "x <= 100", False),
        (101, "x <= 100 within 1%", True),
        (102, "x <= 100 within 1%", False),
        (99, "x >= 100 within 1%", True),
        (98, "x >= 100 within 1%", False),
        (Fraction(1, 3), "x ~ 0.33", True),
    ],
)
def test_approximation(left, comparison, result):
    expression = parse_expression(Source("e", comparison)).value
    right = expression.right.value

    assert holds(expression, left, right) is result
