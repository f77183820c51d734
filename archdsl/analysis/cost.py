"""What a network costs: the figures of the whole, of its parts and of its layers.

Parameters, buffers and bytes count every weight once, those of outputs that exist in training
only included. MACs, FLOPs and activations are those of one sample in inference: such outputs
are left out, and a shared layer counts at each use. A fused multiply-add is one MAC and two
FLOPs; the other operations are listed by kind. `memory.py`, `receptive_field.py` and `depth.py`
say what their figures are.

A part counts what lies under its path. The weights of a `share` lie where it is declared, so
they count there and in what stands around it, while its work counts in each part that uses it.
An `output` with a body of its own lies under its own name, not in the stage whose text it is in.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from archdsl.analysis.depth import depth
from archdsl.analysis.memory import Memory, alive, kept
from archdsl.analysis.receptive_field import fields
from archdsl.analysis.uses import FLOATING, Ordered, Use, Uses, Walk
from archdsl.graph.digest import Digest
from archdsl.graph.graph import Graph, Requirement
from archdsl.graph.node import Node
from archdsl.graph.region import Region, RegionKind
from archdsl.shapes.dim import symbol
from archdsl.shapes.formula import formula_of, largest
from archdsl.shapes.tensor import DTYPE_BYTES

DTYPES = ("float64", "float32", "float16", "bfloat16")
"""What floating tensors can be taken as."""

MULTIPLY_ADD = "multiply_add"
"""The kind of operation that MACs are: two FLOPs each."""


class LayerCost(NamedTuple):
    """What a layer costs for one sample, as if it alone had its weights."""

    params: int
    buffers: int
    weight_bytes: int
    macs: int
    flops: int
    activations: int
    other: Mapping[str, int]


def _cost_of(use: Use, dtype: str | None) -> LayerCost:
    if isinstance(use.layer, Digest):
        return LayerCost(*use.layer.figures, other={})
    params = buffers = size = 0
    for weight in use.weights():
        elements = weight.elements
        floating = weight.dtype in FLOATING
        size += elements * DTYPE_BYTES[dtype if dtype and floating else weight.dtype]
        if weight.trainable:
            params += elements
        elif floating:
            buffers += elements
    work = use.operations()
    return LayerCost(
        params,
        buffers,
        size,
        work.macs,
        2 * work.macs + sum(work.other.values()),
        use.outputs[0].elements * use.outputs[0].copies(1) if use.layer.counts_activations else 0,
        work.other,
    )


class Known:
    """What layers on operands of given types cost: of one graph, or of all that are alike."""

    def __init__(self) -> None:
        self.uses: Uses = {}
        self.costs: dict[Use, LayerCost] = {}


class Costing:
    """The figures of every node of a graph, and what is worked out when it is first asked for.

    `owns` says for each node whether it is the first with its weights.
    """

    def __init__(
        self,
        graph: Ordered,
        batch: int = 1,
        dtype: str | None = None,
        known: Known | None = None,
        *,
        requirements: Sequence[Requirement] | None = None,
    ) -> None:
        known = Known() if known is None else known
        self.graph = graph
        self.walk = Walk(graph, batch, dtype, known.uses, requirements=requirements)
        self.layers: list[LayerCost] = []
        self.owns: list[bool] = []
        costs = known.costs
        keys: set[str] = set()
        for node, use in zip(graph.order, self.walk.uses, strict=True):
            layer = costs.get(use)
            if layer is None:
                layer = costs[use] = _cost_of(use, dtype)
            self.layers.append(layer)
            self.owns.append(bool(layer.weight_bytes) and node.weights not in keys)
            keys.add(node.weights)

    @cached_property
    def alive(self) -> list[int]:
        """Bytes alive while each node runs in inference."""
        return alive(self.walk)

    @cached_property
    def kept(self) -> list[int]:
        """Bytes that each node is the first to keep for backward."""
        order = self.graph.order
        trains = [
            bool(layer.params) and not node.frozen
            for layer, node in zip(self.layers, order, strict=True)
        ]
        return kept(self.walk, trains)

    @cached_property
    def fields(self) -> list[tuple[int, ...] | None]:
        """The receptive field of each value."""
        return fields(self.walk)


class Figures:
    """The figures of a part of a network; those that ask for a walk of their own come when asked.

    `params` counts the elements of all trainable weights, `trainable_params` those that are
    not frozen, `buffers` floating statistics and constants. `activations` counts the output
    elements of convolutions, transposed convolutions and linear layers.
    """

    def __init__(
        self,
        costing: Costing,
        nodes: Sequence[int],
        prefix: str,
        ends: Sequence[int],
        leaving: int | None,
    ) -> None:
        """Add up some nodes.

        Args:
            costing: The figures of every node.
            nodes: The part's nodes, in execution order.
            prefix: The path under which its weights lie.
            ends: The values that leave the part in inference.
            leaving: The value whose receptive field is the part's, None for the last.
        """
        self._costing = costing
        self._nodes = nodes
        self._ends = ends
        self._leaving = leaving
        order = costing.graph.order
        params = trainable = buffers = size = macs = flops = activations = 0
        for index in nodes:
            layer = costing.layers[index]
            node = order[index]
            if costing.owns[index] and lies_under(node.weights, prefix):
                params += layer.params
                if not node.frozen:
                    trainable += layer.params
                buffers += layer.buffers
                size += layer.weight_bytes
            if not node.training_only:
                macs += layer.macs
                flops += layer.flops
                activations += layer.activations
        self.params = params
        self.trainable_params = trainable
        self.buffers = buffers
        self.macs = macs
        self.flops = flops
        self.activations = activations
        self.weight_bytes = size

    @cached_property
    def operations(self) -> Mapping[str, int]:
        """FLOPs by kind of operation; their sum is `flops`."""
        found = {MULTIPLY_ADD: 2 * self.macs}
        order = self._costing.graph.order
        for index in self._nodes:
            if not order[index].training_only:
                for kind, count in self._costing.layers[index].other.items():
                    found[kind] = found.get(kind, 0) + count
        return {kind: count for kind, count in found.items() if count}

    @cached_property
    def depth(self) -> int:
        """Weighted layers on the longest path through the part."""
        return depth(self._costing.walk, self._nodes, self._ends)

    @cached_property
    def receptive_field(self) -> tuple[int, ...] | None:
        """What an element of the value that leaves it sees of the input; None without spatial axes.

        Of a network, and of a part that ends without spatial axes, that of its last value
        that has some.
        """
        found = self._costing.fields
        if self._leaving is not None and found[self._leaving] is not None:
            return found[self._leaving]
        walk = self._costing.walk
        for index in reversed(self._nodes):
            if not walk.graph.order[index].training_only:
                for value in reversed(walk.made(index)):
                    if found[value] is not None:
                        return found[value]
        return None

    @cached_property
    def inference_peak(self) -> int:
        """The most bytes of activations alive at once; of a part while the part runs."""
        return largest(self.alive)  # type: ignore[no-any-return]

    @property
    def alive(self) -> tuple[Any, ...]:
        """Bytes of activations alive while each of its layers runs in inference."""
        alive = self._costing.alive
        return tuple([alive[index] for index in self._nodes])

    @cached_property
    def memory(self) -> Memory:
        """Bytes; the peak of a part is that of the whole network while the part runs."""
        kept = self._costing.kept
        saved = sum([kept[index] for index in self._nodes])
        return Memory(self.weight_bytes, self.inference_peak, saved)


class CostReport(Figures):
    """The figures of a network, and of its parts."""

    def __init__(
        self, graph: Graph, batch: int, dtype: str | None, *, symbolic: bool = False
    ) -> None:
        requirements = graph.requirements if symbolic else None
        costing = Costing(graph, batch, dtype, requirements=requirements)
        self.graph = graph
        self.batch = batch
        self.dtype = dtype
        super().__init__(costing, range(len(graph.order)), "", costing.walk.results, None)

    def __repr__(self) -> str:
        return f"<CostReport {self.graph.name}: {self.params:,} parameters, {self.macs:,} MACs>"

    def of_node(self, path: str) -> Figures:
        """The figures of a layer; its weights count at the first use of a share.

        Raises:
            KeyError: no layer has this path.
        """
        walk = self._costing.walk
        index = walk.position[path]
        made = walk.made(index)
        return Figures(self._costing, (index,), "", made, made[0])

    def signature(self, nodes: Iterable[Node]) -> tuple[Hashable, ...]:
        """A key that is equal for equal costs: each layer on its types, and which weights count.

        The rate of what drops makes no difference, unless it drops nothing or everything.
        """
        costing = self._costing
        uses, position = costing.walk.uses, costing.walk.position
        found: list[Hashable] = []
        for node in nodes:
            index = position[node.path]
            use, rate = uses[index], node.layer.rate
            drops = rate is not None and 0 < rate < 1
            key = (type(node.layer), use.operands) if drops else id(use)
            found.append((key, costing.owns[index], node.frozen))
        return tuple(found)

    def of_region(self, id: int) -> Figures:
        """The figures of a stage, block, copy or path; the network is region 0."""
        if id == 0:
            return self
        region = self.graph.regions[id]
        walk = self._costing.walk
        ends = [walk.first[walk.position[v.node]] + v.port for v in region.outputs]
        nodes = [walk.position[node.path] for node in nodes_of(region)]
        return Figures(self._costing, nodes, region.path, ends, ends[0] if ends else None)


def nodes_of(region: Region) -> Iterator[Node]:
    """The nodes that count in a region, in text order: those below it, but for outputs' own bodies."""
    stack: list[Iterator[Node | Region]] = [iter(region.members)]
    while stack:
        for member in stack[-1]:
            if isinstance(member, Node):
                yield member
            elif member.kind is not RegionKind.OUTPUT or lies_under(member.path, region.path):
                stack.append(iter(member.members))
                break
        else:
            stack.pop()


def lies_under(key: str, path: str) -> bool:
    """Whether a key lies under a path."""
    return not path or key == path or key.startswith(f"{path}.")


def cost(graph: Graph, *, batch: int = 1, dtype: str | None = None) -> CostReport:
    """The figures of a network.

    Args:
        graph: The network.
        batch: Samples that memory is for; every other figure is for one.
        dtype: What floating tensors are taken as, for memory; as declared where it is not given.

    Raises:
        ValueError: an empty batch, or a dtype that is none of `DTYPES`.
    """
    if batch < 1:
        raise ValueError(f"a batch has at least one sample, and this is {batch}")
    if dtype is not None and dtype not in DTYPES:
        raise ValueError(f"dtype is one of {', '.join(DTYPES)}, not {dtype!r}")
    return CostReport(graph, batch, dtype)


def formulas(graph: Graph, *, dtype: str | None = None) -> CostReport:
    """The figures of a network over the symbols of its inputs: exact at every legal size.

    MACs, FLOPs and activations are formulas; memory is one over the number of samples too (see
    `samples_symbol`), and its peak the largest of several. What does not depend on the sizes is a number.

    Args:
        graph: The network.
        dtype: What floating tensors are taken as, for memory; as declared where it is not given.

    Raises:
        NoFormula: A layer's cost is no sum of products of sizes.
    """
    batch: Any = formula_of(symbol(samples_symbol(graph), 1))
    return CostReport(graph, batch, dtype, symbolic=True)


def samples_symbol(graph: Graph) -> str:
    """What the number of samples is called in formulas: `batch`, unless an input's size is."""
    name = "batch"
    while name in graph.symbols:
        name += "_"
    return name
