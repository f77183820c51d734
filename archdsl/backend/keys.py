"""The keys of a network's state, in the order of its modules."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.graph.graph import Graph
from archdsl.layers.definition import Family, Layer, Weight
from archdsl.shapes.tensor import TensorType

_Tree = dict[str, "_Tree"]


def state_keys(graph: Graph) -> dict[str, tuple[int, ...]]:
    """Every tensor of the state with its dimensions.

    What lies below one module stands together; modules side by side stand in the order in which
    they are first used.
    """
    below: _Tree = {}
    tensors: dict[str, tuple[Weight, ...]] = {}
    known: dict[tuple[Layer, tuple[TensorType, ...]], tuple[Weight, ...] | None] = {}
    for node in graph.order:
        if node.layer.family is Family.INPUT or node.weights in tensors:
            continue
        key = (node.layer, tuple(map(graph.type_of, node.inputs)))
        if key not in known:
            layer, types = key
            known[key] = None if layer.module(*types) is None else layer.weights(*types)
        weights = known[key]
        if weights is None:
            continue
        tensors[node.weights] = weights
        place = below
        for name in node.weights.split("."):
            place = place.setdefault(name, {})
    return {
        f"{path}.{weight.name}": weight.dims
        for path in _paths(below, "")
        for weight in tensors.get(path, ())
    }


def _paths(below: _Tree, prefix: str) -> Iterator[str]:
    for name, inner in below.items():
        path = f"{prefix}{name}"
        yield path
        yield from _paths(inner, f"{path}.")
