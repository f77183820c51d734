"""What figures are asked of in an expectation: a network, a region, or a layer of a graph."""

from __future__ import annotations

from typing import Any, Self

from archdsl.analysis.cost import CostReport, Figures
from archdsl.elaborate.place import Place
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import ATTRIBUTES, attribute_of
from archdsl.graph.graph import Graph
from archdsl.graph.node import Value
from archdsl.shapes.dim import Dim, Product, default_of
from archdsl.shapes.tensor import TensorType
from archdsl.values.scope import MISSING
from archdsl.values.value import ListValue

FIGURES = (
    "params",
    "trainable_params",
    "buffers",
    "macs",
    "flops",
    "activations",
    "memory",
    "depth",
    "receptive_field",
)
QUANTITIES = frozenset((*FIGURES, *ATTRIBUTES))


class EqualAxes(int):
    """A receptive field that is the same on every axis: one number, also a list of them."""

    axes: ListValue

    def __new__(cls, axes: tuple[int, ...]) -> Self:
        """The number that all of some equal axes have."""
        number = super().__new__(cls, axes[0])
        number.axes = ListValue(axes)
        return number


class Part:
    """A region, or a layer, of a graph whose figures are known; the network is region 0.

    `left` is the type of what leaves it by its name, where nothing outside need use it.
    """

    __slots__ = ("graph", "left", "node", "region", "report")

    def __init__(
        self,
        graph: Graph,
        report: CostReport,
        region: int = 0,
        node: str | None = None,
        left: TensorType | None = None,
    ) -> None:
        self.graph = graph
        self.report = report
        self.region = region
        self.node = node
        self.left = left

    def at(self, place: Place) -> Part | None:
        """The part of the same graph that stands at a place, None where there is only a value."""
        if place.node is None and place.region is None:
            return None
        region = 0 if place.region is None else place.region.id
        left = place.value.type if isinstance(place.value, Value) else None
        return Part(self.graph, self.report, region, place.node, left)

    def below(self, name: str | int) -> Part | None:
        """The part below this one with a name, or the copy with a number."""
        if self.node is not None:
            return None
        around = self.graph.regions[self.region].path
        step = str(name) if isinstance(name, int) else attribute_name(name)
        return self.keyed(f"{around}.{step}" if around else step)

    def keyed(self, key: str) -> Part | None:
        """The part of the same graph with a path as it stands in keys, `conv2.0.conv1`."""
        for region in self.graph.regions:
            if region.path == key and region.name is not None and region.use == 1:
                return Part(self.graph, self.report, region.id)
        return Part(self.graph, self.report, node=key) if key in self.graph.nodes else None

    def figure(self, name: str) -> Any:
        """A quantity of the part, sizes over the symbols; MISSING where it has none of this name."""
        if name in ATTRIBUTES:
            type = self._type()
            return MISSING if type is None else attribute_of(type, name)
        found = getattr(self._figures(), name)
        if found is None:
            return MISSING
        if isinstance(found, tuple):
            return EqualAxes(found) if len(set(found)) == 1 else ListValue(found)
        return found

    def _figures(self) -> Figures:
        if self.node is not None:
            return self.report.of_node(self.node)
        return self.report.of_region(self.region)

    def _type(self) -> TensorType | None:
        """The type of the value that leaves the part; of a network its main output's."""
        if self.node is not None:
            return self.graph.nodes[self.node].type
        if self.region == 0:
            return self.graph.outputs[0].value.type if self.graph.outputs else None
        outputs = self.graph.regions[self.region].outputs
        return outputs[0].type if outputs else self.left


def concrete(value: Any) -> Any:
    """A size or a shape at the symbols' defaults; other values as they are."""
    if isinstance(value, Dim | Product):
        return default_of(value)
    if isinstance(value, tuple) and any(isinstance(d, Dim | Product) for d in value):
        return ListValue([concrete(d) for d in value])
    return value
