"""Exact numbers: how they are combined, rounded, bounded and written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

MAX_INTEGER = 2**63 - 1
MAX_BITS = 4096


class TooLarge(Exception):
    """A result would exceed the bounds on exact numbers; raised before it is computed."""


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
    """`base ** exponent`, exact for whole exponents; the size of the result is bounded first."""
    if isinstance(exponent, int) and isinstance(base, int | Fraction):
        bits = max(
            abs(base.numerator).bit_length(), abs(base.denominator).bit_length()
        )
        if bits > 1 and bits * abs(exponent) > MAX_BITS * 2:
            raise TooLarge
        if base in (0, 1, -1) or bits <= 1:
            return normal(Fraction(base) ** (exponent if base != -1 else exponent % 2))
        return bounded(normal(Fraction(base) ** exponent))
    result = float(base) ** float(exponent)
    if isinstance(result, complex):
        raise ValueError("a root of a negative number")
    return from_float(result)


def from_float(value: float) -> int | float:
    """A float, as an int where it is whole."""
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
