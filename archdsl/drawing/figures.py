"""The figures that a drawing prints, from the cost analysis."""

from __future__ import annotations

from archdsl.analysis.cost import CostReport, cost
from archdsl.graph.graph import Graph


class CostFigures:
    """Parameters and MACs of a network and of each of its nodes."""

    def __init__(self, report: CostReport) -> None:
        self._report = report

    @classmethod
    def of(cls, graph: Graph) -> CostFigures:
        """The figures of a network."""
        return cls(cost(graph))

    @property
    def params(self) -> int:
        """Elements of all trainable weights, each once."""
        return self._report.params

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one sample."""
        return self._report.macs

    def of_node(self, path: str) -> tuple[int, int]:
        """Parameters and MACs of one node."""
        figures = self._report.of_node(path)
        return figures.params, figures.macs
