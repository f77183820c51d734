"""The built-in functions of expressions."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from archdsl.shapes import dim as dims
from archdsl.shapes.dim import Dim
from archdsl.values import number
from archdsl.values.value import ListValue, describe


class ValueProblem(Exception):
    """A built-in function does not accept what it was given."""

    def __init__(self, message: str, code: str = "E0510") -> None:
        super().__init__(message)
        self.code = code


def _number(value: Any, name: str) -> Any:
    if not number.is_number(value):
        raise ValueProblem(f"`{name}` takes numbers, and here is {describe(value)}")
    return value


def _side(value: Any, name: str) -> Any:
    if type(value) is int or isinstance(value, Dim):
        return value
    raise ValueProblem(
        f"`{name}` compares a size with whole numbers, and here is {describe(value)}", "E0515"
    )


def _sequence(value: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        raise ValueProblem(f"`{name}` takes a list, and here is {describe(value)}")
    return value


def _count(arguments: tuple[Any, ...], name: str, least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise ValueProblem(
            f"`{name}` takes {wanted} arguments, and {len(arguments)} are given", "E0508"
        )


def _extreme(name: str, pick: Callable[..., Any], sizes: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(*arguments: Any) -> Any:
        values = _sequence(arguments[0], name) if len(arguments) == 1 else arguments
        if not values:
            raise ValueProblem(f"`{name}` of nothing has no value")
        if any(isinstance(v, Dim) for v in values):
            result = _side(values[0], name)
            for value in values[1:]:
                result = sizes(result, _side(value, name))
            return result
        return pick([_number(v, name) for v in values])

    extreme.__name__ = name
    return extreme


def _sum(*arguments: Any) -> Any:
    _count(arguments, "sum", 1, 1)
    items = _sequence(arguments[0], "sum")
    if set(map(type, items)) <= {int}:
        return number.bounded(sum(items))
    total: Any = 0
    for item in items:
        total = number.bounded(total + _number(item, "sum"))
    if isinstance(total, float):
        return number.from_float(total)
    return number.normal(Fraction(total))


def _len(*arguments: Any) -> Any:
    _count(arguments, "len", 1, 1)
    return len(_sequence(arguments[0], "len"))


def _range(*arguments: Any) -> Any:
    _count(arguments, "range", 1, 3)
    for argument in arguments:
        if type(argument) is not int:
            raise ValueProblem(
                f"`range` takes whole numbers, and here is {describe(argument)}", "E0502"
            )
    if len(arguments) == 3 and arguments[2] == 0:
        raise ValueProblem("the step of `range` must not be 0")
    span = range(*arguments)
    try:
        count = len(span)
    except OverflowError:
        count = 2**62
    if count > 1_000_000:
        raise ValueProblem(f"a list has at most 1,000,000 elements, and this {count:,}", "E0310")
    return ListValue(span)


def _zip(*arguments: Any) -> Any:
    _count(arguments, "zip", 1, 64)
    lists = [_sequence(a, "zip") for a in arguments]
    if len({len(items) for items in lists}) > 1:
        lengths = ", ".join(str(len(items)) for items in lists)
        raise ValueProblem(f"`zip` takes lists of one length, and these have {lengths}")
    return ListValue(tuple(zip(*lists, strict=True)))


def _enumerate(*arguments: Any) -> Any:
    _count(arguments, "enumerate", 1, 1)
    return ListValue(tuple(enumerate(_sequence(arguments[0], "enumerate"))))


def _reversed(*arguments: Any) -> Any:
    _count(arguments, "reversed", 1, 1)
    return ListValue(tuple(reversed(_sequence(arguments[0], "reversed"))))


def _rounding(
    name: str, exact: Callable[[Any], int], size: Callable[[Any], Any] | None = None
) -> Callable[..., Any]:
    def rounded(*arguments: Any) -> Any:
        _count(arguments, name, 1, 1)
        if size is not None and isinstance(arguments[0], Dim):
            return size(arguments[0])
        value = _number(arguments[0], name)
        return exact(value)

    rounded.__name__ = name
    return rounded


def _half_up(value: Any) -> int:
    return math.floor(Fraction(value) + Fraction(1, 2))


def _sqrt(*arguments: Any) -> Any:
    _count(arguments, "sqrt", 1, 1)
    value = _number(arguments[0], "sqrt")
    if value < 0:
        raise ValueProblem(f"the square root of {number.text(value)} has no value", "E0504")
    return number.from_float(math.sqrt(number.to_float(value)))


def _log2(*arguments: Any) -> Any:
    _count(arguments, "log2", 1, 1)
    value = _number(arguments[0], "log2")
    if value <= 0:
        raise ValueProblem(f"the logarithm of {number.text(value)} has no value", "E0504")
    if isinstance(value, Fraction):
        return number.from_float(math.log2(value.numerator) - math.log2(value.denominator))
    return number.from_float(math.log2(value))


def _abs(*arguments: Any) -> Any:
    _count(arguments, "abs", 1, 1)
    return abs(_number(arguments[0], "abs"))


def _make_divisible(*arguments: Any) -> Any:
    """The rounding rule of the MobileNet and EfficientNet code.

    The nearest multiple of the divisor, at least the divisor, never more than 10% below.
    """
    _count(arguments, "make_divisible", 2, 2)
    value, divisor = (_number(a, "make_divisible") for a in arguments)
    if type(divisor) is not int or divisor < 1:
        raise ValueProblem("the divisor of `make_divisible` must be a whole number of at least 1")
    exact = Fraction(value)
    result = max(divisor, math.floor(exact + Fraction(divisor, 2)) // divisor * divisor)
    return result + divisor if result < Fraction(9, 10) * exact else result


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": _extreme("min", min, dims.minimum),
    "max": _extreme("max", max, dims.maximum),
    "sum": _sum,
    "len": _len,
    "range": _range,
    "zip": _zip,
    "enumerate": _enumerate,
    "reversed": _reversed,
    "ceil": _rounding("ceil", math.ceil, lambda d: d),
    "floor": _rounding("floor", math.floor, lambda d: d),
    "round": _rounding("round", _half_up, lambda d: d),
    "int": _rounding("int", math.trunc, lambda d: d),
    "sqrt": _sqrt,
    "log2": _log2,
    "abs": _abs,
    "make_divisible": _make_divisible,
}
