"""Exact numbers: how they are combined, rounded, bounded and written."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Any

MAX_INTEGER = 2**63 - 1
MAX_BITS = 4096


class TooLarge(Exception):
    """A result would exceed the bounds on exact numbers; raised before it is computed."""


class NoRoot(Exception):
    """A negative number to a power that is not whole."""


def normal(value: Fraction) -> int | Fraction:
    """A whole fraction as an int."""
    return value.numerator if value.denominator == 1 else value


def is_number(value: Any) -> bool:
    """Whether a value is a number; a boolean is not."""
    return isinstance(value, int | Fraction | float) and not isinstance(value, bool)


def bounded(value: Any) -> Any:
    """The value itself, if it is within 4,096 bits above and below the line."""
    if type(value) is int:
        if value.bit_length() > MAX_BITS:
            raise TooLarge
    elif type(value) is Fraction and (
        value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS
    ):
        raise TooLarge
    return value


def power(base: Any, exponent: Any) -> Any:
    """`base ** exponent`, exact for whole exponents; the size of the result is bounded first.

    Raises:
        TooLarge: it would exceed the bounds.
        ZeroDivisionError: zero to a negative power.
        NoRoot: a negative number to a power that is not whole.
    """
    if isinstance(exponent, int) and isinstance(base, int | Fraction):
        bits = max(abs(base.numerator).bit_length(), abs(base.denominator).bit_length())
        if bits <= 1:
            return normal(Fraction(base) ** (exponent if base != -1 else exponent % 2))
        if bits * abs(exponent) > MAX_BITS * 2:
            raise TooLarge
        return bounded(normal(Fraction(base) ** exponent))
    if base < 0:
        raise NoRoot
    try:
        return from_float(to_float(base) ** to_float(exponent))
    except OverflowError:
        raise TooLarge from None


def to_float(value: Any) -> float:
    """A number rounded to a float.

    Raises:
        TooLarge: no float is as large.
    """
    try:
        return float(value)
    except OverflowError:
        raise TooLarge from None


def from_float(value: float) -> int | float:
    """A float, as an int where it is whole.

    Raises:
        TooLarge: it is not finite.
    """
    if not isfinite(value):
        raise TooLarge
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def text(value: Any) -> str:
    """A number as a person writes it: `11/10` is `1.1`, `1/3` is `1/3`."""
    if type(value) is Fraction:
        denominator = value.denominator
        for prime in (2, 5):
            while denominator % prime == 0:
                denominator //= prime
        if denominator == 1:
            return format(float(value), ".15g")
        return f"{value.numerator}/{value.denominator}"
    return str(value)


def shown(value: int) -> str:
    """A whole number in groups of three digits; of a very long one how long it is."""
    return f"{value:,}" if value.bit_length() < 200 else f"one of {len(str(abs(value)))} digits"
