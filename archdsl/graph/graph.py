"""The graph of a network: what every later phase reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics.source import Span
from archdsl.graph.node import Node, Port, Value
from archdsl.graph.region import Region, RegionKind
from archdsl.shapes.condition import Claim
from archdsl.syntax import tree

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True, slots=True)
class Output:
    """A named output; `training_only` ones are computed in training alone."""

    name: str
    value: Value
    training_only: bool = False


@dataclass(frozen=True, slots=True)
class InputSymbol:
    """A symbol of the inputs' sizes, its default, and where it is declared."""

    name: str
    default: int
    span: Span


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition on the sizes that a node asks for, or an input's `where` (`node` None)."""

    condition: Claim
    node: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Expected:
    """An expectation with the scope it speaks in: the region it stands in and its names.

    It is `inherited` from a template, or from an instance that is one; `edited` says that edits
    came behind it, so that it does not apply any more.
    """

    item: tree.Expectation
    region: int
    scope: Any
    inherited: bool = False
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor that a weights file must hold: its key in the network, its form, the layer's place."""

    key: str
    dims: tuple[int, ...]
    dtype: str
    span: Span


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A file of weights that a text names, loaded when a module is built.

    `written` is the path as the text has it, relative to the file `place` (None for a text
    without a place on disk), which may not leave `root`. `tensors` are what it must hold, by its
    own keys; `ignored` are the keys of parts that edits have replaced or removed.
    """

    written: str
    span: Span
    place: str | None
    root: str | None
    tensors: Mapping[str, Stored]
    ignored: frozenset[str]


@dataclass(frozen=True, eq=False)
class Graph:
    """A network, resolved.

    `order` holds every node in execution order: that of the text, an output with a body of its
    own behind the part it is written in. An operand always stands before its use. `nodes` is the
    same by path. `regions[0]` is the network. Inputs are nodes (`input.image`) too. The main
    output is the first of `outputs`.
    """

    name: str
    root: Region
    regions: tuple[Region, ...]
    order: tuple[Node, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Output, ...]
    symbols: Mapping[str, InputSymbol]
    requirements: tuple[Requirement, ...] = ()
    expectations: tuple[Expected, ...] = ()
    cite: tree.Cite | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    at: Mapping[str, int] = field(default_factory=dict)
    weights: tuple[WeightsFile, ...] = ()

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Every node by its path."""
        return {node.path: node for node in self.order}

    def type_of(self, port: Port) -> Any:
        """The type of a node's output."""
        return self.nodes[port.node].outputs[port.port]

    @cached_property
    def stages(self) -> Mapping[str, Region]:
        """The stages by path, nested ones too, in text order."""
        return {r.path: r for r in self.regions if r.kind is RegionKind.STAGE and r.use == 1}

    @cached_property
    def nx(self) -> networkx.MultiDiGraph[str]:
        """The network as a frozen multigraph: one `Node` on each node (attribute `node`), operand and port on each edge."""
        import networkx

        graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
        for node in self.order:
            graph.add_node(node.path, node=node)
            for operand, port in enumerate(node.inputs):
                graph.add_edge(port.node, node.path, operand=operand, port=port.port)
        return networkx.freeze(graph)

    def walk(self) -> Iterator[Region]:
        """The regions in preorder."""
        return iter(self.regions)
