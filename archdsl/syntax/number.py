"""The exact value of a number as it is written."""

from __future__ import annotations

from fractions import Fraction

LARGEST = 2**63 - 1
_MOST_DIGITS = 400
_MAGNITUDES = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class TooLarge(ValueError):
    """The number is above 2**63 - 1, or its exponent is beyond any use."""


def last_digit(text: str) -> Fraction:
    """The value of the last digit a number is written with: `4.1G` has 0.1G, `100` has 1."""
    scale = _MAGNITUDES.get(text[-1:], 1)
    mantissa, _, exponent = (
        (text[:-1] if scale > 1 else text).replace("_", "").lower().partition("e")
    )
    _, _, decimals = mantissa.partition(".")
    return Fraction(scale) * Fraction(10) ** (int(exponent or 0) - len(decimals))


def exact(text: str) -> int | Fraction:
    """The value of `1_000`, `4.1G` or `1e-3`; a whole one is an integer.

    Raises:
        TooLarge: it is above 2**63 - 1.
    """
    scale = _MAGNITUDES.get(text[-1], 1)
    digits = text[:-1] if scale > 1 else text
    if digits.isdigit():
        value: int | Fraction = int(digits) * scale
    else:
        mantissa, _, exponent = digits.lower().partition("e")
        if exponent and (len(exponent) > 6 or abs(int(exponent)) > _MOST_DIGITS):
            raise TooLarge
        fraction = Fraction(mantissa.replace("_", "")) * Fraction(10) ** int(exponent or 0) * scale
        value = fraction.numerator if fraction.denominator == 1 else fraction
    if value > LARGEST:
        raise TooLarge
    return value
