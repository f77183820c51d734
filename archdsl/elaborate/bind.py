"""Arguments to fields: what a call gives, checked against a layer's signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from archdsl.layers.definition import (
    REQUIRED,
    InitialiserValue,
    Kind,
    Layer,
    ParameterSpec,
    Reject,
    signature,
)
from archdsl.shapes.dim import Dim
from archdsl.values import number
from archdsl.values.value import describe


class Unfit(Exception):
    """A value does not suit a parameter."""

    def __init__(self, code: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


@cache
def names_of(definition: type[Layer]) -> tuple[str, ...]:
    """The parameters of a layer by name, in order."""
    return tuple(spec.name for spec in signature(definition))


@cache
def specs_of(definition: type[Layer]) -> Mapping[str, ParameterSpec]:
    """The parameters of a layer by name."""
    return {spec.name: spec for spec in signature(definition)}


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
            raise Unfit("E0306", f"`{name}` is {value:,}, and at most 2**63 - 1 is allowed" if
                        value.bit_length() < 200 else f"`{name}` is larger than 2**63 - 1")
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
    return float(value)


def _bool(spec: ParameterSpec, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("E0501", f"`{spec.name}` is true or false, and this is {describe(value)}")
    return value


def _string(spec: ParameterSpec, value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("E0501", f"`{spec.name}` is a text, and this is {describe(value)}")
    if spec.choices and value not in spec.choices:
        choices = ", ".join(f'"{c}"' for c in spec.choices)
        raise Unfit("E0503", f'`{spec.name}` is one of {choices}, and this is "{value}"')
    return value


def _side(spec: ParameterSpec, value: Any) -> Any:
    if isinstance(value, Dim):
        return value
    return _bound(spec, whole(value, spec.name))


def _size(spec: ParameterSpec, value: Any) -> Any:
    if type(value) is int or isinstance(value, Dim):
        return _side(spec, value)
    if isinstance(value, tuple) and value:
        return tuple([_side(spec, side) for side in value])
    if number.is_number(value):
        return _int(spec, value)
    raise Unfit(
        "E0501",
        f"`{spec.name}` is a size (a whole number, `3x3` or a tuple), and this is {describe(value)}",
    )


_PADDINGS = ("same", "valid", "tf_same")


def _padding(spec: ParameterSpec, value: Any) -> Any:
    if isinstance(value, str):
        if value in _PADDINGS:
            return value
        raise Unfit(
            "E0503",
            f'`{spec.name}` is same, valid, tf_same, a number or a tuple, and this is "{value}"',
        )
    return _size(spec, value)


def _list(spec: ParameterSpec, value: Any) -> Any:
    if not isinstance(value, tuple):
        raise Unfit("E0501", f"`{spec.name}` is a list, and this is {describe(value)}")
    return value


def _axis(spec: ParameterSpec, value: Any) -> int:
    return whole(value, spec.name)


def _initialiser(spec: ParameterSpec, value: Any) -> InitialiserValue:
    if not isinstance(value, InitialiserValue):
        raise Unfit("E0501", f"`{spec.name}` is an initialiser, and this is {describe(value)}")
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


def required(spec: ParameterSpec) -> bool:
    """Whether a parameter must be given."""
    return spec.default is REQUIRED and not spec.variadic


__all__ = ["Reject", "Unfit", "convert", "names_of", "required", "specs_of", "whole"]
