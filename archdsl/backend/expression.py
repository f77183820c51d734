"""Small Python expressions over a constructor's arguments: written, and worked out to be checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from archdsl.values.number import MAX_BITS


class Unknown(Exception):
    """An expression has no value that Python would give exactly alike."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written down."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    """An argument, a local, or the number of a copy."""

    name: str


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands with `+ - * // % **` or a comparison between them."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and c`, or with `or`."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """`-a` or `not a`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Choice:
    """`then if condition else otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Function:
    """`min`, `max` or `abs` of whole numbers."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """A tuple, or a list, of expressions."""

    items: tuple[Expression, ...]
    is_list: bool = False


Expression: TypeAlias = Literal | Name | Binary | Logic | Unary | Choice | Function | Sequence

FUNCTIONS: Mapping[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs}

_CHOICE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _NEGATIVE, _POWER, _ATOM = range(10)

_LEVELS = {
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT, "**": _POWER,
    "==": _COMPARE, "!=": _COMPARE, "<": _COMPARE, "<=": _COMPARE, ">": _COMPARE, ">=": _COMPARE,
    "and": _AND, "or": _OR,
}  # fmt: skip


def evaluate(expression: Expression, names: Mapping[str, Any]) -> Any:
    """The value of an expression: whole numbers are computed with, everything else is handed on.

    Raises:
        Unknown: a name has no value, or Python's arithmetic could differ from the language's.
    """
    match expression:
        case Literal(value):
            return value
        case Name(name):
            if name not in names:
                raise Unknown(name)
            return names[name]
        case Binary(operator, left, right):
            return _combine(operator, evaluate(left, names), evaluate(right, names))
        case Logic(operator, operands):
            stop = operator == "or"
            return any(_truth(evaluate(o, names)) is stop for o in operands) is stop
        case Unary("not", operand):
            return not _truth(evaluate(operand, names))
        case Unary(_, operand):
            return -_whole(evaluate(operand, names))
        case Choice(condition, then, otherwise):
            chosen = then if _truth(evaluate(condition, names)) else otherwise
            return evaluate(chosen, names)
        case Function(name, arguments):
            return FUNCTIONS[name](*(_whole(evaluate(a, names)) for a in arguments))
        case Sequence(items, is_list):
            values = [evaluate(item, names) for item in items]
            return values if is_list else tuple(values)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise Unknown
    return value


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise Unknown
    return value


def _combine(operator: str, left: Any, right: Any) -> Any:
    if operator in ("==", "!="):
        if type(left) is not type(right):
            raise Unknown
        return (left == right) is (operator == "==")
    return _ARITHMETIC[operator](_whole(left), _whole(right))


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise Unknown
    return left // right


def _remainder(left: int, right: int) -> int:
    if right == 0:
        raise Unknown
    return left % right


def _power(left: int, right: int) -> int:
    if right < 0 or left.bit_length() * right > MAX_BITS:
        raise Unknown
    return int(left**right)


_ARITHMETIC: Mapping[str, Callable[[int, int], Any]] = {
    "+": int.__add__,
    "-": int.__sub__,
    "*": int.__mul__,
    "//": _divide,
    "%": _remainder,
    "**": _power,
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
}


def written(expression: Expression) -> str:
    """An expression as Python writes it, with the parentheses that it needs and no others."""
    return _written(expression, _CHOICE)


def _written(expression: Expression, least: int) -> str:
    """An expression where an operator around it binds at the level `least`."""
    text, level = _spelling(expression)
    return f"({text})" if level < least else text


def _spelling(expression: Expression) -> tuple[str, int]:
    match expression:
        case Literal(value):
            return literal(value), _NEGATIVE if _is_negative(value) else _ATOM
        case Name(name):
            return name, _ATOM
        case Binary("**", left, right):
            return f"{_written(left, _ATOM)} ** {_written(right, _NEGATIVE)}", _POWER
        case Binary(operator, left, right):
            level = _LEVELS[operator]
            chained = level if level != _COMPARE else level + 1
            return f"{_written(left, chained)} {operator} {_written(right, level + 1)}", level
        case Logic(operator, operands):
            level = _LEVELS[operator]
            return f" {operator} ".join(_written(o, level + 1) for o in operands), level
        case Unary("not", operand):
            return f"not {_written(operand, _NOT)}", _NOT
        case Unary(_, operand):
            return f"-{_written(operand, _NEGATIVE)}", _NEGATIVE
        case Choice(condition, then, otherwise):
            chosen, test = _written(then, _OR), _written(condition, _OR)
            return f"{chosen} if {test} else {_written(otherwise, _CHOICE)}", _CHOICE
        case Function(name, arguments):
            return f"{name}({', '.join(map(written, arguments))})", _ATOM
        case Sequence(items, is_list):
            inner = ", ".join(map(written, items))
            if is_list:
                return f"[{inner}]", _ATOM
            return f"({inner},)" if len(items) == 1 else f"({inner})", _ATOM


def _is_negative(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and repr(value)[0] == "-"


def literal(value: Any) -> str:
    """A value as Python writes it; texts in double quotes and in ASCII."""
    if isinstance(value, str):
        escaped = value.encode("unicode_escape").decode("ascii").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, float):
        text = repr(value)
        return text if text.strip("-0123456789.e+") == "" else f'float("{text}")'
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    assert value is None or isinstance(value, bool | int), value
    return repr(value)


def names_in(expression: Expression) -> Iterator[str]:
    """The names that an expression uses, from left to right, each as often as it stands there."""
    match expression:
        case Name(name):
            yield name
        case Binary(_, left, right):
            yield from names_in(left)
            yield from names_in(right)
        case Logic(_, parts) | Function(_, parts) | Sequence(parts, _):
            for part in parts:
                yield from names_in(part)
        case Unary(_, operand):
            yield from names_in(operand)
        case Choice(condition, then, otherwise):
            for part in (then, condition, otherwise):
                yield from names_in(part)


def substitute(expression: Expression, values: Mapping[str, Expression]) -> Expression:
    """An expression with expressions in place of names."""
    match expression:
        case Name(name):
            return values.get(name, expression)
        case Binary(operator, left, right):
            return Binary(operator, substitute(left, values), substitute(right, values))
        case Logic(operator, operands):
            return Logic(operator, tuple(substitute(o, values) for o in operands))
        case Unary(operator, operand):
            return Unary(operator, substitute(operand, values))
        case Choice(condition, then, otherwise):
            return Choice(*(substitute(e, values) for e in (condition, then, otherwise)))
        case Function(name, arguments):
            return Function(name, tuple(substitute(a, values) for a in arguments))
        case Sequence(items, is_list):
            return Sequence(tuple(substitute(i, values) for i in items), is_list)
    return expression


def negation(condition: Expression) -> Expression:
    """The opposite of a condition, without a double `not`."""
    if isinstance(condition, Unary) and condition.operator == "not":
        return condition.operand
    return Unary("not", condition)
