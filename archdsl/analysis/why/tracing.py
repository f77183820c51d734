"""A layer's own rules, run on numbers with names: they say the formula of what they compute.

What enters is `C_in`, `H_in`, `W_in` (`C_in1`, `C_in2` of several operands), what leaves `C_out`,
`H_out`, `W_out`, an argument goes by its name. One that has a default of 0 or 1 stays a plain
number, so that what it multiplies or adds does not clutter the formula.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from archdsl.graph.graph import Graph
from archdsl.graph.node import Node
from archdsl.layers.definition import Kind, Layer, signature
from archdsl.shapes.tensor import TensorType
from archdsl.shapes.traced import leaf

_COUNTS = (Kind.INT, Kind.SIZE, Kind.PADDING, Kind.LIST, Kind.SIDES)
_LETTERS = (("",), ("C",), ("C", "L"), ("C", "H", "W"), ("C", "D", "H", "W"))


@dataclass(frozen=True, slots=True)
class Traced:
    """A node's layer with named arguments, the types of its operands, and those it makes of them.

    `leaving` is the type of its first output with names of its own. `sides` says of each name
    which side of which operand it is (-1 for what leaves), `fields` of which argument it is.
    """

    layer: Layer
    operands: tuple[TensorType, ...]
    outputs: tuple[TensorType, ...]
    leaving: TensorType
    sides: dict[str, tuple[int, int]]
    fields: dict[str, str]


def traced(graph: Graph, node: Node) -> Traced:
    """A node with names for its numbers, all at the sizes that the graph has."""
    fields: dict[str, str] = {}
    layer = _named_layer(node, fields)
    sides: dict[str, tuple[int, int]] = {}
    types = [graph.type_of(port) for port in node.inputs]
    operands = tuple(
        [
            _named_type(t, "in" if len(types) == 1 else f"in{k + 1}", k, sides)
            for k, t in enumerate(types)
        ]
    )
    outputs = layer.outputs(*operands)
    leaving = _named_type(node.type, "out", -1, sides)
    return Traced(layer, operands, outputs, leaving, sides, fields)


def letters(rank: int) -> tuple[str, ...]:
    """What the sides of a value are called, the batch left out."""
    return _LETTERS[rank] if rank < len(_LETTERS) else tuple([f"D{n + 1}" for n in range(rank)])


def _named_type(
    type: TensorType, end: str, operand: int, sides: dict[str, tuple[int, int]]
) -> TensorType:
    dims: list[int] = []
    for axis, (letter, side) in enumerate(zip(letters(type.rank), type.shape, strict=True)):
        name = f"{letter}_{end}"
        sides[name] = operand, axis
        dims.append(leaf(name, side))
    return type.concrete().with_dims(*dims)


def _named_layer(node: Node, fields: dict[str, str]) -> Layer:
    changed: dict[str, Any] = {}
    for spec in signature(type(node.layer)):
        value = getattr(node.layer, spec.name)
        if spec.kind not in _COUNTS or spec.second_of is not None:
            continue
        untold = value == spec.default

        def named(number: Any, name: str, spec_name: str = spec.name, plain: bool = untold) -> Any:
            if type(number) is not int or (plain and number in (0, 1)):
                return number
            fields[name] = spec_name
            return leaf(name, number)

        if isinstance(value, tuple):
            alike = len(set(value)) == 1
            changed[spec.name] = tuple(
                [
                    named(each, spec.name if alike else f"{spec.name}[{position}]")
                    for position, each in enumerate(value)
                ]
            )
        else:
            changed[spec.name] = named(value, spec.name)
    return replace(node.layer, **changed) if changed else node.layer
