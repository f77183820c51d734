"""What a text says of the sizes of inputs, as conditions: `where H % 32 == 0 and H >= 64`."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any

from archdsl.shapes.condition import AtLeast, Claim, Either, Equal
from archdsl.shapes.dim import Dim, Product
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.evaluate import Evaluator
from archdsl.values.operators import compare
from archdsl.values.scope import Scope

_CONTRARY = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class NoCondition(Exception):
    """An expression says of sizes what is no condition on them."""


def claims(
    evaluator: Evaluator, expression: tree.Expression, scope: Scope, reason: str
) -> tuple[Claim, ...]:
    """The conditions on sizes that an expression states, all of which must hold.

    Args:
        evaluator: What gives the sides of comparisons their values.
        expression: A condition: comparisons of sizes, joined by `and`, `or` and `not`.
        scope: The names it may use.
        reason: Who asks for it, in words.

    Raises:
        Failed: A part of it has no value; that has been reported.
        NoCondition: A comparison is none that sizes can be held against.
    """
    return _Reader(evaluator, scope, reason).read(expression)


class _Reader:
    def __init__(self, evaluator: Evaluator, scope: Scope, reason: str) -> None:
        self.evaluator = evaluator
        self.scope = scope
        self.reason = reason

    def read(self, expression: tree.Expression, *, contrary: bool = False) -> tuple[Claim, ...]:
        """The conditions of an expression, or of its contrary."""
        match expression:
            case tree.Not(operand):
                return self.read(operand, contrary=not contrary)
            case tree.Logical(operator, operands):
                parts = [self.read(operand, contrary=contrary) for operand in operands]
                if (operator == "and") != contrary:
                    return tuple([claim for part in parts for claim in part])
                return (Either(tuple(parts), self.reason),)
            case tree.Comparison():
                return self._comparison(expression, contrary)
        value = self.evaluator.boolean(expression, self.scope, "a condition must be")
        return () if value is not contrary else self._never()

    def _comparison(self, expression: tree.Comparison, contrary: bool) -> tuple[Claim, ...]:
        left = self.evaluator.value(expression.left, self.scope)
        right = self.evaluator.value(expression.right, self.scope)
        if not _is_sized(left) and not _is_sized(right):
            holds = compare(self.evaluator, expression, left, right)
            return () if holds is not contrary else self._never()
        if expression.operator == "in" and isinstance(right, tuple):
            sign = "!=" if contrary else "=="
            each = [self._compared(left, sign, item) for item in right]
            if contrary:
                return tuple([claim for group in each for claim in group])
            return (Either(tuple(each), self.reason),)
        if expression.within is not None or expression.operator not in _CONTRARY:
            raise NoCondition
        operator = _CONTRARY[expression.operator] if contrary else expression.operator
        if isinstance(left, tuple) and isinstance(right, tuple):
            return self._lists(left, operator, right)
        return self._compared(left, operator, right)

    def _lists(
        self, left: tuple[Any, ...], operator: str, right: tuple[Any, ...]
    ) -> tuple[Claim, ...]:
        """Lists that must be alike, item by item."""
        if operator != "==" or len(left) != len(right):
            raise NoCondition
        pairs = zip(left, right, strict=True)
        return tuple([claim for a, b in pairs for claim in self._compared(a, "==", b)])

    def _compared(self, left: Any, operator: str, right: Any) -> tuple[Claim, ...]:
        if not _is_length(left):
            if not _is_length(right):
                raise NoCondition
            mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
            return self._compared(right, mirrored.get(operator, operator), left)
        if not _is_length(right):
            if not isinstance(right, Fraction | float) or not number.is_number(right):
                raise NoCondition
            return self._with_fraction(left, operator, right)
        if operator == "==":
            return (Equal(left, right, self.reason),)
        if isinstance(left, Product) or isinstance(right, Product):
            if operator not in ("<=", ">="):
                raise NoCondition
            pair = (left, right) if operator == ">=" else (right, left)
            return (AtLeast(*pair, self.reason),)
        match operator:
            case ">=":
                return (AtLeast(left, right, self.reason),)
            case ">":
                return (AtLeast(left, right + 1, self.reason),)
            case "<=":
                return (AtLeast(right, left, self.reason),)
            case "<":
                return (AtLeast(right, left + 1, self.reason),)
        groups = (self._compared(left, ">", right), self._compared(left, "<", right))
        return (Either(groups, self.reason),)

    def _with_fraction(
        self, left: Any, operator: str, right: Fraction | float
    ) -> tuple[Claim, ...]:
        """A whole size against a number that is none."""
        match operator:
            case "==":
                return self._never()
            case "!=":
                return ()
            case ">" | ">=":
                return self._compared(left, ">=", ceil(right))
        return self._compared(left, "<=", floor(right))

    def _never(self) -> tuple[Claim, ...]:
        return (AtLeast(0, 1, self.reason),)


def _is_length(value: Any) -> bool:
    return type(value) is int or isinstance(value, Dim | Product)


def _is_sized(value: Any) -> bool:
    """Whether a size of the inputs is in a value."""
    if isinstance(value, tuple):
        return any(map(_is_sized, value))
    return isinstance(value, Dim | Product)
