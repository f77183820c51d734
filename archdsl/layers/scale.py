"""Layers that scale: all of a value by a constant, or each channel by a weight of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archdsl.layers import scale_source as source
from archdsl.layers.axes import fixed_channels
from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    Weight,
    parameter,
)
from archdsl.layers.sides import FLOATING, require_float32, shape_text
from archdsl.layers.torch_call import Operand, TorchCall, WeightOf
from archdsl.shapes.condition import Condition
from archdsl.shapes.tensor import TensorType


@dataclass(frozen=True)
class Scale(Layer):
    """A value times a constant.

    `[...] -> [...]`, y = factor · x; whole numbers become float32.

    Args:
        factor: The constant.

    Source: Y. LeCun et al., 1998, "Gradient-based learning applied to document recognition",
    appendix A, where tanh is scaled on both sides.
    """

    kind = "scale"
    family = Family.SCALE

    factor: float = parameter(Kind.FLOAT)

    def output(self, x: TensorType) -> TensorType:
        """As the input; float32 for whole numbers."""
        return x if x.dtype in FLOATING else TensorType(x.dims, "float32", x.batched)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """One product for each element."""
        return Operations(other={"scale": y.elements})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing."""
        return Saved()

    def functional(self, x: TensorType) -> TorchCall:
        """`x * factor`."""
        return TorchCall("*", (Operand(0), self.factor))

    def label(self, x: TensorType) -> str:
        """`scale, 1.7159`."""
        return f"scale, {self.factor:.6g}"


@dataclass(frozen=True)
class Affine(Layer):
    """A learnable weight and bias for each channel.

    `[C, H, W] -> [C, H, W]`, also `[C]`, `[C, L]` and `[C, D, H, W]`; y = weight[c] · x + bias[c].
    The weights start at 1, the biases at 0.

    Args:
        bias: Whether each channel adds a bias.

    Source: Y. LeCun et al., 1998, "Gradient-based learning applied to document recognition",
    section II.B: the trainable coefficient and bias of a subsampling layer.
    """

    kind = "affine"
    family = Family.SCALE

    bias: bool = parameter(Kind.BOOL, True)

    def output(self, x: TensorType) -> TensorType:
        """As the input."""
        return x

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The channels are those that the weights are made for."""
        require_float32("affine", x)
        if not 1 <= x.rank <= 4:
            raise Reject(
                "E0600",
                f"`affine` takes [C], [C, L], [C, H, W] or [C, D, H, W], "
                f"and this is {shape_text(x)}",
            )
        return fixed_channels(x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` [C], `bias` [C]."""
        weight = Weight("weight", (x.channels,))
        return (weight, Weight("bias", (x.channels,))) if self.bias else (weight,)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """A product for each element, and a sum where there are biases."""
        return Operations(other={"affine": (2 if self.bias else 1) * y.elements})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input."""
        return Saved(operands=(0,))

    def saved_frozen(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing: the gradient of the input asks for the weight alone."""
        return Saved()

    def module(self, x: TensorType) -> TorchCall:
        """`Affine2d(channels)`."""
        kwargs = {} if self.bias else {"bias": False}
        return TorchCall(source.affine_module(x.rank - 1), (x.channels,), kwargs)

    def functional(self, x: TensorType) -> TorchCall:
        """`affine2d(x, weight, bias)`."""
        args: tuple[Any, ...] = (Operand(0), WeightOf("weight"))
        if self.bias:
            args = (*args, WeightOf("bias"))
        return TorchCall(source.affine_function(x.rank - 1), args)
