"""What hovering over a part of a drawing shows: its call, its shape and its figures."""

from __future__ import annotations

from itertools import accumulate
from typing import Protocol

from archdsl.drawing.flow import Flows, sole_call
from archdsl.drawing.items import Thing
from archdsl.drawing.labels import block_name, call_text, shape_text
from archdsl.drawing.text import plain
from archdsl.graph.node import Node
from archdsl.graph.region import Region
from archdsl.layers.definition import Family
from archdsl.values.value import shown


class Figures(Protocol):
    """The figures a drawing prints: totals, and those of each node."""

    @property
    def params(self) -> int:
        """Elements of all trainable weights, each once."""
        ...

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one sample."""
        ...

    def of_node(self, path: str) -> tuple[int, int]:
        """Parameters and MACs of one node."""
        ...


class Things:
    """Names the parts of one graph."""

    def __init__(self, flows: Flows, figures: Figures | None) -> None:
        self._flows = flows
        order = flows.graph.order
        found = [figures.of_node(n.path) if figures is not None else (0, 0) for n in order]
        self._has_figures = figures is not None
        self._params = list(accumulate([params for params, _ in found], initial=0))
        self._macs = list(accumulate([macs for _, macs in found], initial=0))
        self._frozen = list(accumulate([node.frozen for node in order], initial=0))
        self._trained = list(accumulate(map(self._trains, order), initial=0))

    def node(self, node: Node) -> Thing:
        """A layer: its call as it could be written, its shape, what it costs."""
        at = self._flows.structure.position[node.path]
        said = f"{node.path} = {call_text(node)}: {shape_text(node.type)}"
        tooltip = plain(said + self._cost(at, at + 1))
        return Thing(node.path, node.span.line, tooltip, self.is_frozen(at, at + 1))

    def region(self, region: Region, shape: str) -> Thing:
        """A region: the block it calls with its arguments, its shape, what it costs."""
        start, stop = self._flows.structure.bounds[region.id]
        path = region.path if region.use == 1 else f"{region.path}@{region.use}"
        called = sole_call(region)
        said = path
        if called.declaration is not None and called.parent is not None:
            given = [f"{name}={shown(value)}" for name, value in called.arguments.items()]
            said = f"{path} = {block_name(called)}({', '.join(given)})"
        tooltip = plain(f"{said}: {shape}{self._cost(start, stop)}")
        return Thing(path, region.span.line, tooltip, self.is_frozen(start, stop))

    def is_frozen(self, start: int, stop: int) -> bool:
        """Whether nodes have weights or statistics, all of which stay as they are in training."""
        some = self._frozen[stop] > self._frozen[start]
        return some and self._trained[stop] == self._trained[start]

    def _trains(self, node: Node) -> bool:
        if node.frozen or node.layer.family is Family.INPUT:
            return False
        types = tuple(map(self._flows.type_of, node.inputs))
        return node.layer.has_statistics or any(w.trainable for w in node.layer.weights(*types))

    def _cost(self, start: int, stop: int) -> str:
        frozen = "; frozen" if self.is_frozen(start, stop) else ""
        if not self._has_figures:
            return frozen
        params = self._params[stop] - self._params[start]
        macs = self._macs[stop] - self._macs[start]
        return f"; {params:,} parameters; {macs:,} MACs{frozen}"
