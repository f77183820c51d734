"""Where values come from: the network's inputs."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.layers.definition import Family, Layer, Operations, Saved
from archdsl.layers.torch_call import Operand, TorchCall
from archdsl.shapes.tensor import TensorType


@dataclass(frozen=True)
class Input(Layer):
    """An input of the network; its type is what the text declares.

    It stands on the graph so that every value has a producer, and is never called.
    """

    kind = "input"
    family = Family.INPUT

    def output(self, x: TensorType) -> TensorType:
        """The declared type."""
        return x

    def operations(self, *types: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, *types: TensorType) -> Saved:
        """Nothing: whoever uses it says whether it is kept."""
        return Saved()

    def functional(self, x: TensorType) -> TorchCall:
        """The tensor that was given."""
        return TorchCall("+", (Operand(0),))
