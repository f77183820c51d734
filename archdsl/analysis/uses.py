"""A graph by numbers: what the analyses walk, with equal uses of a layer asked once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

from archdsl.graph.graph import Output, Requirement
from archdsl.graph.node import Node, Value
from archdsl.layers.definition import Family, Layer, Operations, Saved, Weight, Window
from archdsl.shapes.condition import Equal
from archdsl.shapes.formula import formula_of
from archdsl.shapes.tensor import TensorType

FLOATING = frozenset({"float64", "float32", "float16", "bfloat16"})
"""The dtypes that gradients flow through, and that another dtype can stand in for."""


class Use:
    """A layer on operands of given types: what equal nodes have in common.

    `sizes` are the bytes of its outputs for a batch of samples; an unbatched one is there once.
    `declared` are the operands' types at the default sizes, which its weights are made for.
    """

    def __init__(
        self,
        layer: Layer,
        operands: tuple[TensorType, ...],
        outputs: tuple[TensorType, ...],
        batch: int,
        declared: tuple[TensorType, ...],
    ) -> None:
        self.layer = layer
        self.operands = operands
        self.outputs = outputs
        self.declared = declared
        self.sizes = tuple([t.bytes * t.copies(batch) for t in outputs])

    @property
    def _types(self) -> tuple[TensorType, ...]:
        """What a layer's costs are asked with: its operands, then its first output."""
        return (*self.operands, self.outputs[0])

    def weights(self) -> tuple[Weight, ...]:
        """Its parameters and buffers."""
        return self.layer.weights(*self.declared)

    def operations(self) -> Operations:
        """The work of one sample in inference, of all regions where it works on regions."""
        done = self.layer.operations(*self._types)
        copies = self.outputs[0].copies(1)
        if copies == 1:
            return done
        other = {kind: count * copies for kind, count in done.other.items()}
        return Operations(done.macs * copies, other)

    @cached_property
    def saved(self) -> Saved:
        """What backward keeps."""
        return self.layer.saved(*self._types)

    @cached_property
    def saved_frozen(self) -> Saved:
        """What backward keeps where the weights are frozen."""
        return self.layer.saved_frozen(*self._types)

    def saved_for(self, gradients: tuple[bool, ...]) -> Saved:
        """What backward keeps where only some operands need a gradient."""
        return self.layer.saved_for(gradients, *self._types)

    @cached_property
    def window(self) -> Window | None:
        """The window on the operands' spatial axes."""
        return self.layer.window(*self.operands)


class Ordered(Protocol):
    """What is walked: the nodes in execution order, the values that enter and those that leave."""

    @property
    def order(self) -> Sequence[Node]:
        """The nodes, operands before their uses."""

    @property
    def inputs(self) -> Sequence[Value]:
        """The values that are given."""

    @property
    def outputs(self) -> Sequence[Output]:
        """The values that leave."""


Uses = dict[tuple[Layer, tuple[TensorType, ...]], Use]
"""Layers on operands of given types, by both."""


class Walk:
    """The nodes of a graph in execution order, and their values by number.

    Node `i` is `graph.order[i]`. It is an instance of `uses[i]`, takes the values
    `operands[i]` and makes the values from `first[i]` on; `types` holds the type of each
    value, `sizes` its bytes for a batch, `makers` the node that makes it. With `dtype` every
    floating value has that dtype. `known` are the uses of other walks with the same batch and
    dtype. With `requirements`, those of the graph, every dimension that depends on the input's size
    is a formula, so that the figures are formulas too; what a layer asks to be a number is one.
    """

    def __init__(
        self,
        graph: Ordered,
        batch: int = 1,
        dtype: str | None = None,
        known: Uses | None = None,
        *,
        requirements: Sequence[Requirement] | None = None,
    ) -> None:
        self.graph = graph
        self.batch = batch
        self.uses: list[Use] = []
        self.operands: list[tuple[int, ...]] = []
        self.first: list[int] = []
        self.types: list[TensorType] = []
        self.sizes: list[int] = []
        self.makers: list[int] = []
        self.position: dict[str, int] = {}
        uses, operands, first, types = self.uses, self.operands, self.first, self.types
        makers, position = self.makers, self.position
        sizes = self.sizes
        known = {} if known is None else known
        symbolic = requirements is not None
        pins = _pins(requirements or ())
        plain: list[TensorType] = []
        for index, node in enumerate(graph.order):
            position[node.path] = index
            taken = tuple([first[position[p.node]] + p.port for p in node.inputs])
            entering = tuple([types[v] for v in taken])
            layer = node.layer
            leaving = _as(dtype, node.outputs)
            if symbolic:
                leaving = tuple([_over_sizes(t) for t in leaving])
            if layer.family is Family.INPUT:
                entering = leaving
            if node.path in pins:
                entering = tuple([_pinned(t, pins[node.path]) for t in entering])
            key = (layer, entering)
            use = known.get(key)
            if use is None:
                declared = tuple([plain[v] for v in taken]) if symbolic else entering
                use = known[key] = Use(layer, entering, leaving, batch, declared)
            uses.append(use)
            operands.append(taken)
            first.append(len(types))
            types.extend(use.outputs)
            if symbolic:
                plain.extend(node.outputs)
            sizes.extend(use.sizes)
            makers.extend([index] * len(use.outputs))

    def made(self, index: int) -> range:
        """The values that a node makes."""
        start = self.first[index]
        return range(start, start + len(self.uses[index].outputs))

    @cached_property
    def results(self) -> tuple[int, ...]:
        """The values that are outputs in inference."""
        return tuple(
            self.first[self.position[o.value.node]] + o.value.port
            for o in self.graph.outputs
            if not o.training_only
        )


def _as(dtype: str | None, types: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
    """The types with another dtype where they are floating."""
    if dtype is None:
        return types
    return tuple([replace(t, dtype=dtype) if t.dtype in FLOATING else t for t in types])


def _over_sizes(type: TensorType) -> TensorType:
    """A type whose dimensions are formulas where they depend on the input's size."""
    regions = None if type.regions is None else formula_of(type.regions)
    dims = tuple([formula_of(d) for d in type.dims])
    return TensorType(dims, type.dtype, type.batched, regions)


def _pins(requirements: Iterable[Requirement]) -> dict[str, dict[Any, int]]:
    """For each layer the lengths that it asks to be a number, which they are at all legal sizes."""
    found: dict[str, dict[Any, int]] = {}
    for requirement in requirements:
        condition = requirement.condition
        if requirement.node is not None and isinstance(condition, Equal):
            for length, number in (
                (condition.left, condition.right),
                (condition.right, condition.left),
            ):
                if isinstance(number, int):
                    found.setdefault(requirement.node, {})[formula_of(length)] = number
    return found


def _pinned(type: TensorType, pins: dict[Any, int]) -> TensorType:
    return type.with_dims(*[pins.get(d, d) for d in type.dims])
