"""Arguments to fields: what a call gives, checked against a layer's signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from archdsl.layers import initialisation
from archdsl.layers.definition import (
    REQUIRED,
    Family,
    InitialiserValue,
    Kind,
    Layer,
    ParameterSpec,
    signature,
)
from archdsl.shapes.dim import Dim
from archdsl.values import number
from archdsl.values.calling import Signature
from archdsl.values.value import ListValue, describe, shown


class Unfit(Exception):
    """A value does not suit a parameter."""

    def __init__(self, code: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


@cache
def specs_of(definition: type[Layer]) -> Mapping[str, ParameterSpec]:
    """The parameters of a layer by name."""
    return {spec.name: spec for spec in signature(definition)}


@cache
def signature_of(definition: type[Layer]) -> Signature:
    """What a call of a layer may give; the named values of a merge stand before its own names."""
    specs = signature(definition)
    names = tuple([spec.name for spec in specs if not spec.variadic])
    merges = definition.family is Family.MERGE
    return Signature(
        definition.kind,
        names,
        () if merges else names,
        frozenset(spec.name for spec in specs if spec.default is REQUIRED and not spec.variadic),
        more=merges or len(names) < len(specs),
    )


def variadic_of(definition: type[Layer]) -> ParameterSpec:
    """The parameter that takes what follows the others."""
    return next(spec for spec in signature(definition) if spec.variadic)


def convert(spec: ParameterSpec, value: Any) -> Any:
    """A value as the field of a layer holds it.

    Raises:
        Unfit: the value is not of the parameter's kind, or out of its bounds.
    """
    if value is None and (spec.optional or spec.default is None):
        return None
    return _CONVERTERS[spec.kind](spec, value)


def whole(value: Any, name: str) -> int:
    """A value that must be a whole number of at most 2**63 - 1."""
    if type(value) is int:
        if abs(value) > number.MAX_INTEGER:
            message = f"`{name}` can be at most 2**63 - 1, and this is {number.shown(value)}"
            raise Unfit("E0306", message)
        return value
    if isinstance(value, Fraction | float):
        raise Unfit(
            "E0502",
            f"`{name}` must be a whole number, and this is {number.text(value)}",
            "round it with `//`, `round` or `ceil`",
        )
    if isinstance(value, Dim):
        raise Unfit(
            "E0515", f"`{name}` must be known whatever the input's size, and this is {value}"
        )
    raise Unfit("E0501", f"`{name}` must be a whole number, and this is {describe(value)}")


def _bound(spec: ParameterSpec, value: int) -> int:
    if spec.at_least is not None and value < spec.at_least:
        raise Unfit("E0503", f"`{spec.name}` must be at least {spec.at_least}, and this is {value}")
    return value


def _int(spec: ParameterSpec, value: Any) -> int:
    return _bound(spec, whole(value, spec.name))


def _float(spec: ParameterSpec, value: Any) -> float:
    if not number.is_number(value):
        raise Unfit("E0501", f"`{spec.name}` must be a number, and this is {describe(value)}")
    if spec.at_least is not None and value < spec.at_least:
        raise Unfit(
            "E0503",
            f"`{spec.name}` must be at least {spec.at_least}, and this is {number.text(value)}",
        )
    try:
        return float(value)
    except OverflowError:
        raise Unfit("E0306", f"`{spec.name}` is beyond what a 64-bit float holds") from None


def _bool(spec: ParameterSpec, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("E0501", f"`{spec.name}` must be true or false, and this is {describe(value)}")
    return value


def _string(spec: ParameterSpec, value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("E0501", f"`{spec.name}` must be a text, and this is {describe(value)}")
    if spec.choices and value not in spec.choices:
        choices = ", ".join(f'"{c}"' for c in spec.choices)
        raise Unfit("E0503", f'`{spec.name}` must be one of {choices}, and this is "{value}"')
    return value


def _side(spec: ParameterSpec, value: Any) -> Any:
    if isinstance(value, Dim):
        return value
    return _bound(spec, whole(value, spec.name))


def _size(spec: ParameterSpec, value: Any) -> Any:
    if type(value) is int or isinstance(value, Dim):
        return _side(spec, value)
    if isinstance(value, tuple) and value and not isinstance(value, ListValue):
        return tuple([_side(spec, side) for side in value])
    if number.is_number(value):
        return _int(spec, value)
    raise Unfit(
        "E0501",
        f"`{spec.name}` must be a size, and this is {describe(value)}",
        _size_help(value),
    )


def _size_help(value: Any) -> str:
    if isinstance(value, ListValue) and value:
        return f"a number for each axis is a tuple: {shown(tuple(value))}"
    return "one number for every axis, `3x3`, or a tuple such as (1, 3)"


_PADDINGS = ("same", "valid", "tf_same")


def _padding(spec: ParameterSpec, value: Any) -> Any:
    if isinstance(value, str):
        if value in _PADDINGS:
            return value
        raise Unfit(
            "E0503",
            f'`{spec.name}` must be same, valid, tf_same, a number or a tuple, and this is "{value}"',
        )
    return _size(spec, value)


def _list(spec: ParameterSpec, value: Any) -> Any:
    if not isinstance(value, tuple):
        raise Unfit("E0501", f"`{spec.name}` must be a list, and this is {describe(value)}")
    for item in value:
        if isinstance(item, tuple):
            _list(spec, item)
        elif not (isinstance(item, bool | str) or number.is_number(item)):
            raise Unfit(
                "E0501",
                f"`{spec.name}` must be a list of numbers or texts, and in it is {describe(item)}",
            )
    return value


def _axis(spec: ParameterSpec, value: Any) -> int:
    return whole(value, spec.name)


def _initialiser(spec: ParameterSpec, value: Any) -> InitialiserValue:
    if not isinstance(value, InitialiserValue):
        raise Unfit("E0501", f"`{spec.name}` must be an initialiser, and this is {describe(value)}")
    missing = initialisation.missing(value)
    if missing:
        needed = " and ".join(f"`{name}`" for name in missing)
        raise Unfit("E0506", f"`{value.name}` needs {needed}")
    return value


def _sides(spec: ParameterSpec, value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_sides(spec, side) for side in value])
    return _bound(spec, whole(value, spec.name))


def _factor(spec: ParameterSpec, value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_factor(spec, side) for side in value])
    if not number.is_number(value) or isinstance(value, float):
        raise Unfit(
            "E0501",
            f"`{spec.name}` is a whole number or a fraction such as 3/2, and this is {describe(value)}",
        )
    return value


_CONVERTERS: dict[Kind, Callable[[ParameterSpec, Any], Any]] = {
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.BOOL: _bool,
    Kind.STRING: _string,
    Kind.SIZE: _size,
    Kind.PADDING: _padding,
    Kind.LIST: _list,
    Kind.AXIS: _axis,
    Kind.INITIALISER: _initialiser,
    Kind.SIDES: _sides,
    Kind.FACTOR: _factor,
}
