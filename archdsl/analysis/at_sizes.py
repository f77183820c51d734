"""A network at given sizes: every rule run on whole numbers, which decides whether it is legal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archdsl.diagnostics.source import Span
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.layers.definition import Layer, Reject
from archdsl.shapes.condition import Claim, Condition
from archdsl.shapes.dim import Dim, substitute
from archdsl.shapes.tensor import TensorType


@dataclass(frozen=True, slots=True)
class Refusal:
    """What does not take some sizes: a layer with the weights that it has, or an input's `where`.

    `operands` are the types that the layer is given, `declared` those at the default sizes;
    `node` is None for a `where`, whose promise is `reason`.
    """

    node: Node | None
    span: Span
    operands: tuple[TensorType, ...] = ()
    declared: tuple[TensorType, ...] = ()
    reason: str = ""


def refusing(graph: Graph, sizes: Mapping[str, int], *, training: bool = False) -> Refusal | None:
    """The `where` that rules these sizes out, or the first layer that refuses its operands.

    Weights are those of the default sizes.

    Args:
        graph: The network.
        sizes: The symbols' sizes; those not given keep their defaults.
        training: Whether the outputs of training are computed too.
    """
    asked: dict[str, list[Claim]] = {}
    for requirement in graph.requirements:
        if requirement.node is None:
            if not requirement.condition.holds_at(sizes):
                return Refusal(None, requirement.span, reason=requirement.condition.reason)
            continue
        asked.setdefault(requirement.node, []).append(requirement.condition)
    types: dict[Port, TensorType] = {}
    known: dict[Any, tuple[TensorType, ...] | None] = {}
    for node in graph.order:
        if node.training_only and not training:
            continue
        if not node.inputs:
            types[Port(node.path, 0)] = _at(node.type, sizes)
            if not all(c.holds_at(sizes) for c in asked.get(node.path, ())):
                return Refusal(node, node.span, (types[Port(node.path, 0)],), (node.type,))
            continue
        operands = tuple([types[port] for port in node.inputs])
        declared = tuple([graph.type_of(port).concrete() for port in node.inputs])
        key = (node.layer, operands, declared)
        if key not in known:
            known[key] = _outputs(_sized(node.layer, sizes), operands, declared)
        outputs = known[key]
        # A layer that is made for one size asks for it where it was declared, not of a number.
        if outputs is None or not all(c.holds_at(sizes) for c in asked.get(node.path, ())):
            return Refusal(node, node.span, operands, declared)
        for number, output in enumerate(outputs):
            types[Port(node.path, number)] = output
    return None


def _sized(layer: Layer, sizes: Mapping[str, int]) -> Layer:
    """A layer with numbers for the sizes in its arguments, as in `reshape(64, H, W)`."""
    fields = {field.name: getattr(layer, field.name) for field in dataclasses.fields(layer)}
    named = {name: _numbers(value, sizes) for name, value in fields.items() if _has_size(value)}
    return dataclasses.replace(layer, **named) if named else layer


def _has_size(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(map(_has_size, value))
    return isinstance(value, Dim)


def _numbers(value: Any, sizes: Mapping[str, int]) -> Any:
    if isinstance(value, tuple):
        return tuple([_numbers(item, sizes) for item in value])
    return substitute(value, sizes) if isinstance(value, Dim) else value


def _outputs(
    layer: Layer, operands: tuple[TensorType, ...], declared: tuple[TensorType, ...]
) -> tuple[TensorType, ...] | None:
    """What a layer makes of operands; None where it refuses them or would need other weights."""
    try:
        if not _all_hold(layer.conditions(*operands)):
            return None
        outputs = layer.outputs(*operands)
        if layer.weights(*operands) != layer.weights(*declared):
            return None
    except Reject:
        return None
    return outputs if all(min(o.shape, default=1) >= 1 for o in outputs) else None


def _all_hold(conditions: Iterable[Condition]) -> bool:
    return all(condition.holds for condition in conditions)


def _at(type: TensorType, sizes: Mapping[str, int]) -> TensorType:
    return type.with_dims(*[substitute(d, sizes) for d in type.dims])
