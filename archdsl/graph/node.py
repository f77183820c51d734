"""Nodes: one use of a layer, with its place in the text and in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from archdsl.diagnostics.source import Span
from archdsl.layers import initialisation
from archdsl.layers.definition import InitialiserValue, Layer, Weight
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree


class Port(NamedTuple):
    """One output of a node: the path of the node and the output's position."""

    node: str
    port: int


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor in the graph: the output it is, its type, the names it was given with `as`.

    `asked` is where the text asked for it by name, None where it came with the flow.
    """

    source: Port
    type: TensorType
    names: tuple[str, ...] = ()
    asked: Span | None = field(default=None, compare=False, repr=False)

    @property
    def node(self) -> str:
        """The path of the node that makes it."""
        return self.source.node

    @property
    def port(self) -> int:
        """Which of the node's outputs it is."""
        return self.source.port


@dataclass(frozen=True, slots=True)
class CallSite:
    """A block call that led to a node: what was called, and where."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One use of a layer.

    `path` is unique (`conv2.0.conv1`; the second use of a share is `encode.conv1@2`; an
    input is `input.image`). `weights` is the state-dict prefix, the same for every use of a
    share. `inputs` are the operands in order, `outputs` their types. `region` is the id of
    the innermost region. `origin` is the chain of block calls, outermost first.
    `expressions` maps a layer's field to the expression the author wrote for it in the text
    of the region that holds the node (absent for defaults and for arguments filled in elsewhere).
    `initial` says how weights start that an `init` rule speaks of.
    """

    path: str
    weights: str
    label: str | None
    layer: Layer
    inputs: tuple[Port, ...]
    outputs: tuple[TensorType, ...]
    region: int
    span: Span
    origin: tuple[CallSite, ...] = ()
    expressions: Mapping[str, tree.Expression] = field(default_factory=dict)
    frozen: bool = False
    training_only: bool = False
    initial: Mapping[str, InitialiserValue] = field(default_factory=dict)

    def tensors(self, *types: TensorType) -> tuple[Weight, ...]:
        """The tensors it owns, each with how it starts; `types` are those of its operands."""
        return initialisation.started(self.layer, types, self.initial)

    @property
    def type(self) -> TensorType:
        """The type of the first output."""
        return self.outputs[0]
