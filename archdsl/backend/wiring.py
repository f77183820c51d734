"""Which call each operand of a unit comes from, the flow followed as the text writes it.

A module that hands its input on unchanged gives the very value it was given, and a branch that
is not taken leaves the value as it was. So a value alone does not say whether the text means it
before or after such a place. The flow does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeAlias

from archdsl.backend.units import Child, If, Item, Lane, Loop, Unit, Use
from archdsl.graph.node import Port


class Incoming(NamedTuple):
    """The input of a unit at a position."""

    position: int


class Result(NamedTuple):
    """One value that an item gives."""

    item: Item
    port: int


class After(NamedTuple):
    """The flow behind a branch; `source` is what it is in the instance at hand."""

    branch: If
    source: Source


Source: TypeAlias = Incoming | Result | After


def in_fact(source: Source) -> Incoming | Result:
    """What a source is in the instance at hand, whatever branches stand in between."""
    while isinstance(source, After):
        source = source.source
    return source


class Wiring:
    """The operands of every item of a unit, what flows behind its branches, and its outputs.

    `empty` are units that do nothing wherever they stand, and so are not called.
    """

    def __init__(self, unit: Unit, empty: Collection[Unit]) -> None:
        self.operands: dict[Item, tuple[Source, ...]] = {}
        self.behind: dict[If, Source] = {}
        self._empty = empty
        self._known: dict[Port, Source] = {
            port: Incoming(position) for position, port in enumerate(unit.inputs)
        }
        self._flows: dict[Lane, tuple[Port, Source]] = {}
        if unit.inputs:
            self._flows[unit.lane] = (unit.inputs[0], Incoming(0))
        self._run(unit.items)
        self.outputs = tuple(
            self._flowing(unit.lane, port) if position == 0 else self._known[port]
            for position, port in enumerate(unit.outputs)
        )

    def _run(self, items: Sequence[Item]) -> None:
        for item in items:
            match item:
                case Use():
                    self._use(item)
                case Child(unit=unit) if unit not in self._empty:
                    self._call(item, unit.inputs, unit.outputs)
                case Loop(copies=copies):
                    self._call(item, copies[0].unit.inputs, copies[-1].unit.outputs)
                case If():
                    self._branch(item)

    def _branch(self, branch: If) -> None:
        self._run(branch.items)
        if branch.training:
            return
        untaken = branch.otherwise if branch.arm is None else None
        flow = self._flow(untaken or branch.lane)
        if flow is not None:
            port, source = flow
            self.behind[branch] = source
            self._flows[branch.lane] = (port, After(branch, source))

    def _use(self, use: Use) -> None:
        node = use.node
        if use.paths:
            sources = [
                self._flowing(lane, port) for lane, port in zip(use.paths, node.inputs, strict=True)
            ]
        else:
            sources = [self._known[port] for port in node.inputs]
            sources[:1] = [self._flowing(use.lane, port) for port in node.inputs[:1]]
        self.operands[use] = tuple(sources)
        for port in range(len(node.outputs)):
            self._known[Port(node.path, port)] = Result(use, port)
        self._flows[use.lane] = (Port(node.path, 0), Result(use, 0))

    def _call(self, item: Item, inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> None:
        sources = [self._known[port] for port in inputs]
        sources[:1] = [self._flowing(item.lane, port) for port in inputs[:1]]
        self.operands[item] = tuple(sources)
        for position, port in enumerate(outputs):
            self._known.setdefault(port, Result(item, position))
        if outputs:
            self._flows[item.lane] = (outputs[0], Result(item, 0))

    def _flow(self, lane: Lane) -> tuple[Port, Source] | None:
        """What flows on a lane: on one that has not begun, what flows around it."""
        around: Lane | None = lane
        while around is not None:
            if around in self._flows:
                return self._flows[around]
            around = around.parent
        return None

    def _flowing(self, lane: Lane, port: Port) -> Source:
        """A value as the flow of a lane has it, else as it was made."""
        flow = self._flow(lane)
        return flow[1] if flow is not None and flow[0] == port else self._known[port]
