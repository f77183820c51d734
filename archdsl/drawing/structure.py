"""Which regions are alike: a number for each region, equal for equal structure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Final

from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.graph.region import Region
from archdsl.layers.definition import Layer

_PLAIN: Final = (bool, int, str, type(None))


class Structure:
    """Where each region's nodes stand in the order, and a key that equal regions share.

    Two regions have one key when they instantiate the same declaration with the same whole
    numbers and words and hold the same layers, joined in the same way, on inputs of the same height
    and width; the channels that enter and the rates of dropping may differ. Linear in the size of the
    graph.
    """

    def __init__(self, graph: Graph) -> None:
        self.position = {node.path: i for i, node in enumerate(graph.order)}
        self.bounds: list[tuple[int, int]] = [(0, 0)] * len(graph.regions)
        self.keys: list[int] = [0] * len(graph.regions)
        self._known: dict[Hashable, int] = {}
        for region in reversed(graph.regions):
            self.bounds[region.id] = self._bounds(region)
            self.keys[region.id] = self._key(region)

    def holds(self, region: Region, path: str) -> bool:
        """Whether a node stands in a region, however deep."""
        start, stop = self.bounds[region.id]
        return start <= self.position[path] < stop

    def _bounds(self, region: Region) -> tuple[int, int]:
        start, stop = -1, -1
        for member in region.members:
            if isinstance(member, Node):
                first = self.position[member.path]
                last = first + 1
            else:
                first, last = self.bounds[member.id]
                if first == last:
                    continue
            if start < 0:
                start = first
            stop = last
        return (0, 0) if start < 0 else (start, stop)

    def _key(self, region: Region) -> int:
        start, stop = self.bounds[region.id]
        outside: dict[Port, int] = {v.source: -1 - i for i, v in enumerate(region.inputs)}
        position = self.position

        def operand(source: Port, here: int) -> tuple[int, int]:
            at = position[source.node]
            if start <= at < stop:
                return here - at, source.port
            return outside.get(source, -1 - len(outside)), 0

        parts: list[Hashable] = []
        for member in region.members:
            if isinstance(member, Node):
                here = position[member.path]
                operands = tuple([operand(source, here) for source in member.inputs])
                parts.append((layer_key(member.layer), operands, member.frozen))
            else:
                here, end = self.bounds[member.id]
                operands = (
                    tuple([operand(value.source, here) for value in member.inputs])
                    if here < end
                    else ()
                )
                parts.append((self.keys[member.id], operands, member.index is None and member.name))
        entering = tuple([(v.type.dims[1:], v.type.dtype, v.type.rank) for v in region.inputs])
        # The flow leaves by the last node; whether anything follows says nothing of the region.
        ends = [(stop - position[v.node], v.port) for v in region.outputs if start < stop]
        leaving = tuple([end for end in ends if end != (1, 0)])
        key = (
            region.kind,
            id(region.declaration) if region.declaration is not None else 0,
            tuple([(n, v) for n, v in region.arguments.items() if _is_plain(v)]),
            region.training_only,
            tuple(parts),
            entering,
            leaving,
        )
        return self._known.setdefault(key, len(self._known) + 1)


def layer_key(layer: Layer) -> Hashable:
    """A layer, or its text where a field cannot be hashed; the kind alone of one that drops."""
    if layer.rate is not None and 0 < layer.rate < 1:
        return type(layer)
    try:
        hash(layer)
    except TypeError:
        return repr(layer)
    return layer


def _is_plain(value: Any) -> bool:
    """Whether an argument is a whole number, a text or a tuple of these."""
    if isinstance(value, tuple):
        return all(_is_plain(v) for v in value)
    return isinstance(value, _PLAIN)


def runs(
    regions: Iterable[Region], structure: Structure, alone: frozenset[int]
) -> list[list[Region]]:
    """Neighbouring copies of a loop that are alike, together; those in `alone` stand alone."""
    groups: list[list[Region]] = []
    for region in regions:
        before = groups[-1][-1] if groups else None
        if (
            before is not None
            and structure.keys[before.id] == structure.keys[region.id]
            and before.id not in alone
            and region.id not in alone
        ):
            groups[-1].append(region)
        else:
            groups.append([region])
    return groups
