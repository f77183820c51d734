"""From the author's expressions to Python's, where both mean the same whole numbers."""

from __future__ import annotations

from collections.abc import Callable

from archdsl.backend.expression import (
    FUNCTIONS,
    Binary,
    Choice,
    Expression,
    Function,
    Literal,
    Logic,
    Name,
    Sequence,
    Unary,
)
from archdsl.syntax import tree

Lookup = Callable[[str], Expression | None]
"""What a name of the text is in Python, None where it has no counterpart."""


class Untranslatable(Exception):
    """An expression has no counterpart in emitted code."""


def translate(
    expression: tree.Expression, lookup: Lookup, channels: Expression | None
) -> Expression | None:
    """An expression of the text in Python, None where there is no like.

    Args:
        expression: The author's expression.
        lookup: What names stand for.
        channels: What `input.channels` stands for.
    """
    try:
        return _Translation(lookup, channels).of(expression)
    except Untranslatable:
        return None


class _Translation:
    def __init__(self, lookup: Lookup, channels: Expression | None) -> None:
        self.lookup = lookup
        self.channels = channels

    def of(self, expression: tree.Expression) -> Expression:
        match expression:
            case tree.Name(name):
                return self._known(self.lookup(name))
            case tree.Number(value) if type(value) is int:
                return Literal(value)
            case tree.Constant(value):
                return Literal(value)
            case tree.SizeLiteral(sides):
                return Literal(collapsed(sides))
            case tree.TupleDisplay(items):
                return Sequence(tuple(map(self.of, items)))
            case tree.Attribute(tree.Name("input"), "channels"):
                return self._known(self.channels)
            case tree.Negate(operand):
                return Unary("-", self.of(operand))
            case tree.Not(operand):
                return Unary("not", self.of(operand))
            case tree.Arithmetic(operands, operators):
                return self._arithmetic(operands, operators)
            case tree.Power(base, exponent):
                return Binary("**", self.of(base), self.of(exponent))
            case tree.Comparison(operator, left, right, None) if operator not in ("~", "in"):
                return Binary(operator, self.of(left), self.of(right))
            case tree.Logical(operator, operands):
                return Logic(operator, tuple(map(self.of, operands)))
            case tree.Conditional(condition, then, otherwise):
                return Choice(self.of(condition), self.of(then), self.of(otherwise))
            case tree.Call(tree.Name(name), arguments) if name in FUNCTIONS and all(
                a.name is None for a in arguments
            ):
                self._unhidden(name)
                return Function(name, tuple(self.of(a.value) for a in arguments))
        raise Untranslatable

    def _arithmetic(
        self, operands: tuple[tree.Expression, ...], operators: tuple[str, ...]
    ) -> Expression:
        result = self.of(operands[0])
        for operator, operand in zip(operators, operands[1:], strict=True):
            if operator == "/":
                raise Untranslatable
            result = Binary(operator, result, self.of(operand))
        return result

    def _unhidden(self, name: str) -> None:
        if self.lookup(name) is not None:
            raise Untranslatable

    def _known(self, found: Expression | None) -> Expression:
        if found is None:
            raise Untranslatable
        return found


def collapsed(sides: tuple[int, ...]) -> int | tuple[int, ...]:
    """A size as PyTorch takes it: one number where all sides are equal."""
    return sides[0] if len(set(sides)) == 1 else sides


__all__ = ["Lookup", "Name", "collapsed", "translate"]
