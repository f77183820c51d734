"""Which numbers an input may hold: rows that a table has, regions that lie in the image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from archdsl.graph.graph import Graph
from archdsl.graph.node import Port
from archdsl.layers.definition import Family, Regions, Rows
from archdsl.layers.sides import FLOATING

Values: TypeAlias = Rows | Regions


def legal_values(graph: Graph) -> Mapping[str, Values]:
    """For each input, by its node's path, what its values must be; none where any number will do.

    What a layer asks of whole numbers is asked of every input that they are made of: a slice of
    a sentence holds words as the sentence does. Of other numbers it is asked where they enter.
    """
    made_of: dict[Port, tuple[str, ...]] = {}
    asked: dict[str, Values] = {}
    for node in graph.order:
        if node.layer.family is Family.INPUT:
            made_of[Port(node.path, 0)] = (node.path,)
            continue
        types = [graph.type_of(port) for port in node.inputs]
        for operand, values in node.layer.asks(*types).items():
            for name in made_of.get(node.inputs[operand], ()):
                asked[name] = _both(asked.get(name), values)
        origins = [
            name
            for port, type in zip(node.inputs, types, strict=True)
            if type.dtype not in FLOATING
            for name in made_of.get(port, ())
        ]
        if origins:
            for port, type in enumerate(node.outputs):
                if type.dtype not in FLOATING:
                    made_of[Port(node.path, port)] = tuple(dict.fromkeys(origins))
    return asked


def _both(known: Values | None, values: Values) -> Values:
    """What two layers ask together."""
    if isinstance(known, Rows) and isinstance(values, Rows):
        return known.within(values)
    if isinstance(known, Regions) and isinstance(values, Regions):
        return known.within(values)
    return values
