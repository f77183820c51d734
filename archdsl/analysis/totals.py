"""The figures of many networks of one text: equal blocks are elaborated and costed once.

A search over the parameters of a network asks for hundreds of variants that have most of their
blocks in common. `Totals` keeps what it has learnt of them: a block call is worked out the first
time that it is met, whichever network it stands in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archdsl.analysis.cost import Costing, Figures, Known
from archdsl.analysis.memory import held_apart
from archdsl.diagnostics.report import Result
from archdsl.elaborate.digests import Digests
from archdsl.elaborate.elaborate import elaborate
from archdsl.elaborate.limits import DEFAULT_LIMITS, Limits
from archdsl.graph.digest import Digest, Sums
from archdsl.graph.graph import Graph, Output
from archdsl.graph.node import Node, Value
from archdsl.values.value import Given, NetworkValue

_MOST = 200_000
"""Blocks and layers that are remembered at once."""


class Total(NamedTuple):
    """The figures of a whole network, as `analysis.cost` defines them; bytes are of one sample."""

    sums: Sums
    depth: int
    inference_peak: int

    @classmethod
    def of(cls, figures: Figures) -> Total:
        """The figures of a costed graph."""
        return cls(_sums(figures), figures.depth, figures.inference_peak)


def _sums(figures: Figures) -> Sums:
    return Sums(
        figures.params,
        figures.buffers,
        figures.weight_bytes,
        figures.macs,
        figures.flops,
        figures.activations,
    )


class _Apart(NamedTuple):
    """The nodes of one block, what enters it and what leaves it."""

    order: list[Node]
    inputs: tuple[Value, ...]
    outputs: tuple[Output, ...]


class Totals:
    """The figures of networks that have blocks in common."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self._forget()

    def _forget(self) -> None:
        self.known = Known()
        self.digests = Digests(self._digest)

    def of(
        self,
        network: NetworkValue,
        arguments: Mapping[str, Given],
        at: Mapping[str, int] | None = None,
    ) -> Result[Total]:
        """The figures of a network with arguments; none where it has errors, which are reported."""
        if len(self.digests.known) + len(self.known.uses) > _MOST:
            self._forget()
        found = elaborate(
            network, arguments=arguments, at=at, limits=self.limits, digests=self.digests
        )
        if found.value is None:
            found = elaborate(network, arguments=arguments, at=at, limits=self.limits)
        if found.value is None:
            return Result(None, found.report)
        return Result(Total.of(self._figures(found.value)), found.report)

    def _figures(self, graph: Graph | _Apart) -> Figures:
        costing = Costing(graph, known=self.known)
        return Figures(costing, range(len(graph.order)), "", costing.walk.results, None)

    def _digest(self, order: list[Node], entered: Value, left: Value) -> Digest | None:
        last = order[-1]
        if len(order) == 2 and isinstance(last.layer, Digest) and left.node == last.path:
            return last.layer
        if any(node.training_only for node in order):
            return None
        apart = _Apart(order, (entered,), (Output("output", left),))
        costing = Costing(apart, known=self.known)
        walk = costing.walk
        held = held_apart(walk, 0, walk.first[walk.position[left.node]] + left.port)
        if held is None:
            return None
        figures = Figures(costing, range(len(order)), "", walk.results, None)
        return Digest(entered.type, left.type, _sums(figures), figures.depth, held)
