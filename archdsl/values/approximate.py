"""Order and approximation of numbers: `<= >= ~`, `within`, and the digits of a literal."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

from archdsl.syntax import tree
from archdsl.syntax.number import last_digit


def holds(expression: tree.Comparison, left: Any, right: Any) -> bool:
    """Whether `left operator right` is true.

    `~` behind a literal compares at the digits and the K, M, G it is written with, halves
    rounded up; `within p%` allows p percent of the right side, and moves a bound by as much.
    """
    a, b = Fraction(left), Fraction(right)
    slack = Fraction(0)
    if expression.within is not None:
        slack = abs(b) * Fraction(expression.within.value) / 100
    match expression.operator:
        case "<":
            return a < b
        case ">":
            return a > b
        case "<=":
            return a <= b + slack
        case ">=":
            return a >= b - slack
    if expression.within is not None:
        return abs(a - b) <= slack
    unit = unit_of(expression.right)
    return floor(a / unit + Fraction(1, 2)) * unit == b


def unit_of(literal: tree.Expression) -> Fraction:
    """The value of the last digit a literal is written with: `4.1G` has 0.1G, `100` has 1."""
    if isinstance(literal, tree.Negate):
        return unit_of(literal.operand)
    if not isinstance(literal, tree.Number):
        return Fraction(1)
    return last_digit(literal.text)
