"""A block call as one node: what comes out of it, and what it costs in all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from archdsl.layers.definition import Family, Layer, Operations, Saved
from archdsl.layers.torch_call import TorchCall
from archdsl.shapes.tensor import TensorType


class Undigested(Exception):
    """A digested block is asked for what only its nodes know: it has to be elaborated as it is.

    No failure of the text, so nothing that accepts those may catch it.
    """


class Sums(NamedTuple):
    """The figures of nodes that add up, as `analysis.cost` defines them."""

    params: int
    buffers: int
    weight_bytes: int
    macs: int
    flops: int
    activations: int


class Held(NamedTuple):
    """The most bytes that a block's own tensors take at once in inference.

    `first` while it still needs what entered it, which is not counted; `rest` from then on.
    """

    first: int
    rest: int


@dataclass(frozen=True, eq=False)
class Digest(Layer):
    """A block on a value of one type, digested: it stands for all of its nodes.

    Where only the figures of a whole network are wanted, equal block calls are elaborated and
    costed once, and every one of them is such a node. `figures` are those of its nodes together,
    `longest` the weighted layers on its longest path. The output has memory of its own.
    A digest is equal to itself alone.
    """

    kind = "block"
    family = Family.ACTIVATION

    entering: TensorType
    leaving: TensorType
    figures: Sums
    longest: int
    held: Held

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def output(self, x: TensorType) -> TensorType:
        """What leaves the block.

        Raises:
            Undigested: something else enters it than what it was elaborated on.
        """
        if x != self.entering:
            raise Undigested
        return self.leaving

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Nothing more than `figures` says."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing: what training keeps is asked of whole networks, node by node."""
        return Saved()

    def depth(self) -> int:
        """The weighted layers on its longest path."""
        return self.longest

    def functional(self, x: TensorType) -> TorchCall:
        """Never asked for: digests are not emitted."""
        raise NotImplementedError
