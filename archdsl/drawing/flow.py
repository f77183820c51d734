"""How the members of a region are joined: in a straight line, or by named values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from archdsl.diagnostics.source import Span
from archdsl.drawing.rates import Rates
from archdsl.drawing.structure import Structure
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.graph.region import Region, RegionKind
from archdsl.layers.definition import Family
from archdsl.shapes.tensor import TensorType

LOOPS: Final = frozenset({RegionKind.REPEAT, RegionKind.FOR})
CALLS: Final = frozenset({RegionKind.BLOCK, RegionKind.SHARE})


class Unit(NamedTuple):
    """A member of a region; a merge stands with the paths that lead into it."""

    member: Node | Region
    paths: tuple[Region, ...] = ()


def units_of(region: Region) -> list[Unit]:
    """The members of a region; chains and lone paths, which are only notation, give theirs."""
    found: list[Unit] = []
    paths: list[Region] = []
    for member in _members(region):
        if isinstance(member, Node):
            if paths and paths[0].merge == member.path:
                found.append(Unit(member, tuple(paths)))
                paths = []
                continue
            found.append(Unit(member))
        elif member.kind is RegionKind.PATH and member.merge is not None:
            paths.append(member)
        else:
            found.append(Unit(member))
    found.extend([Unit(path) for path in paths])
    return found


def _members(region: Region) -> Iterator[Node | Region]:
    stack = [iter(region.members)]
    while stack:
        for member in stack[-1]:
            if isinstance(member, Region) and (
                member.kind is RegionKind.CHAIN
                or (member.kind is RegionKind.PATH and member.merge is None)
            ):
                stack.append(iter(member.members))
                break
            yield member
        else:
            stack.pop()


def sole_call(region: Region) -> Region:
    """The block call that is all a copy, stage or path holds, else the region itself."""
    inner = region
    while inner.declaration is None and len(inner.members) == 1:
        member = inner.members[0]
        if isinstance(member, Node):
            return region
        inner = member
    return region if inner.declaration is None else inner


def _is_within(inner: Span, outer: Span) -> bool:
    return inner.source is outer.source and outer.start <= inner.start and inner.end <= outer.end


class Flows:
    """Questions about a graph's values."""

    def __init__(self, graph: Graph, structure: Structure) -> None:
        self.graph = graph
        self.structure = structure
        self.rates = Rates()
        counts = accumulate([int(node.layer.weighted) for node in graph.order], initial=0)
        self._weighted_before = list(counts)
        self._last_use: dict[Port, int] = {}
        for position, node in enumerate(graph.order):
            self._last_use.update(dict.fromkeys(node.inputs, position))
        self._last_use.update({o.value.source: len(graph.order) for o in graph.outputs})

    def type_of(self, port: Port) -> TensorType:
        """The type of a value."""
        node = self.graph.order[self.structure.position[port.node]]
        return node.outputs[port.port]

    def is_empty(self, region: Region) -> bool:
        """Whether a region holds no node, so that the flow passes as it is."""
        start, stop = self.structure.bounds[region.id]
        return start == stop

    def exit_of(self, region: Region) -> Port | None:
        """The value that leaves a region along the flow; None where the flow passes as it is."""
        if self.is_empty(region):
            return None
        if region.outputs:
            return region.outputs[0].source
        last = self.graph.order[self.structure.bounds[region.id][1] - 1]
        return Port(last.path, 0)

    def inputs_of(self, unit: Unit) -> list[Port]:
        """The values a unit takes from outside, each once, flow first."""
        member = unit.member
        if isinstance(member, Region):
            return [value.source for value in member.inputs]
        found: dict[Port, None] = {}
        for path in unit.paths:
            found.update({value.source: None for value in path.inputs})
        found.update(
            {
                source: None
                for source in member.inputs
                if not any(self.structure.holds(path, source.node) for path in unit.paths)
            }
        )
        return list(found)

    def is_tapped(self, copies: Sequence[Region]) -> bool:
        """Whether what follows a loop takes values from its copies, but for the last one's."""
        if not copies:
            return False
        stop = self.structure.bounds[copies[-1].id][1]
        given = [value.source for copy in copies for value in copy.outputs]
        end = self.exit_of(copies[-1])
        return any(self._last_use.get(port, 0) >= stop for port in given if port != end)

    def leaving(self, unit: Unit) -> Port | None:
        """The value that the flow goes on with; None where the unit leaves it as it is."""
        member = unit.member
        if isinstance(member, Node):
            return Port(member.path, 0)
        if member.kind is RegionKind.OUTPUT:
            return None
        return self.exit_of(member)

    def containers(self, output: Region) -> list[Region]:
        """The parts that an output's text stands in, outermost first, where it has been moved out.

        An output with a body lies under its own name, whatever part its text stands in.
        """
        if output.parent is None or len(output.inputs) != 1:
            return []
        regions = self.graph.regions
        at = self.structure.position[output.inputs[0].node]
        around: int | None = self.graph.order[at].region
        found: list[Region] = []
        while around is not None and around != output.parent:
            region = regions[around]
            if found or _is_within(output.span, region.span):
                found.append(region)
            around = region.parent
        return found[::-1] if around is not None else []

    def is_straight(self, units: Sequence[Unit], flow: Port | None) -> bool:
        """Whether every unit takes the value that the one before it gave, and nothing else."""
        before: Node | Region | None = None
        for position, unit in enumerate(units):
            member = unit.member
            inputs = self.inputs_of(unit)
            if isinstance(member, Region) and member.kind is RegionKind.OUTPUT:
                if inputs != [flow] and not self._leaves(before, inputs):
                    return False
                continue
            before = member
            if isinstance(member, Node) and member.layer.family is Family.INPUT:
                if position > 0 or flow is not None:
                    return False
            elif inputs != ([] if flow is None else [flow]) and (
                inputs or isinstance(member, Node) or not self.is_empty(member)
            ):
                return False
            if unit.paths and not self._is_plain_merge(unit, flow):
                return False
            leaving = self.leaving(unit)
            if leaving is not None:
                flow = leaving
        return True

    def _leaves(self, part: Node | Region | None, values: Sequence[Port]) -> bool:
        """Whether values come out of a part, from its end or from inside."""
        return isinstance(part, Region) and all(self.structure.holds(part, v.node) for v in values)

    def _is_plain_merge(self, unit: Unit, flow: Port | None) -> bool:
        """Whether the operands of a merge are its paths' values, in order."""
        assert isinstance(unit.member, Node)
        ends = [self.exit_of(path) or flow for path in unit.paths]
        return list(unit.member.inputs) == ends

    def weighted(self, region: Region) -> int:
        """How many convolutions, linear and recurrent layers a region holds."""
        start, stop = self.structure.bounds[region.id]
        return self._weighted_before[stop] - self._weighted_before[start]
