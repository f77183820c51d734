"""Calls laid side by side: what all of them write, with a hole for every value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archdsl.backend.signatures import arguments_of, is_literal
from archdsl.backend.template import Call, Differ, Hole, Operation, Slot
from archdsl.backend.units import Unit
from archdsl.layers.torch_call import Infix, TorchCall


def call_of(calls: Mapping[Unit, Any]) -> Call:
    """The call that instances have in common.

    Raises:
        Differ: they call different things, or not in the same way.
    """
    first = next(iter(calls.values()))
    if any(call.target != first.target for call in calls.values()):
        raise Differ
    arguments = {u: arguments_of(call) for u, call in calls.items()}
    shapes = {tuple((a.name, a.is_keyword) for a in found) for found in arguments.values()}
    if len(shapes) > 1:
        raise Differ
    slots = []
    for position, (name, is_keyword) in enumerate(shapes.pop()):
        values = {u: found[position].value for u, found in arguments.items()}
        default = next(iter(arguments.values()))[position].default
        slots.append(Slot(name, is_keyword, _pattern(values, name, default)))
    return Call(first.target, tuple(slots))


def _pattern(values: Mapping[Unit, Any], name: str | None, default: Any) -> Any:
    """What values have in common: a hole for literals, placeholders as they are."""
    first = next(iter(values.values()))
    if all(map(is_literal, values.values())):
        return Hole(name, values, default)
    if any(type(value) is not type(first) for value in values.values()):
        raise Differ
    if isinstance(first, list | tuple):
        if any(len(value) != len(first) for value in values.values()):
            raise Differ
        parts = [
            _pattern({u: value[i] for u, value in values.items()}, name, default)
            for i in range(len(first))
        ]
        return parts if isinstance(first, list) else tuple(parts)
    if isinstance(first, TorchCall):
        return call_of(values)
    if isinstance(first, Infix):
        if any(value.operator != first.operator for value in values.values()):
            raise Differ
        return Operation(
            first.operator,
            _pattern({u: value.left for u, value in values.items()}, None, default),
            _pattern({u: value.right for u, value in values.items()}, None, default),
        )
    if any(value != first for value in values.values()):
        raise Differ
    return first
