"""Activations: functions of each element by itself, and softmax over one axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from archdsl.layers.axes import along, fixed_channels
from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    Weight,
    Window,
    parameter,
)
from archdsl.layers.sides import (
    FLOATING,
    axis_of,
    require_batch,
    require_dtype,
    require_float32,
    run_axis,
    shape_text,
)
from archdsl.layers.torch_call import Operand, TorchCall, WeightOf
from archdsl.shapes.condition import Condition
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType

_WHOLE = frozenset({"int64", "int32", "int16", "int8", "uint8"})

_INPUT = Saved(operands=(0,))
_OUTPUT = Saved(outputs=(0,))


class _Elementwise(Layer):
    """What functions of single elements have in common.

    `keeps` says whether backward needs the input or the output, `takes` the dtypes that PyTorch
    computes it for.
    """

    family = Family.ACTIVATION
    target: ClassVar[str]
    keeps: ClassVar[Saved] = _INPUT
    takes: ClassVar[frozenset[str]] = FLOATING

    def output(self, x: TensorType) -> TensorType:
        """As it came."""
        return x

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Of a dtype that PyTorch computes it for."""
        require_dtype(self.kind, x, self.takes)
        return iter(())

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """One for each element."""
        return Operations(other={self.kind: y.elements})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, or the output where the derivative follows from it."""
        return self.keeps

    def functional(self, x: TensorType) -> TorchCall:
        """`F.relu(x)`."""
        return TorchCall(self.target, (Operand(0),))


class _Promoting(_Elementwise):
    """Functions that give floats for whole numbers and truth values too."""

    takes = frozenset(DTYPE_BYTES)
    keeps = _OUTPUT

    def output(self, x: TensorType) -> TensorType:
        """As it came; float32 for whole numbers."""
        return x if x.dtype in FLOATING else TensorType(x.dims, "float32", x.batched)


@dataclass(frozen=True)
class Relu(_Elementwise):
    """The rectifier: max(x, 0).

    Operations: a comparison for each element.
    Source: V. Nair, G. Hinton, 2010.
    """

    kind = "relu"
    target = "torch.nn.functional.relu"
    keeps = _OUTPUT
    takes = FLOATING | _WHOLE


@dataclass(frozen=True)
class Relu6(_Elementwise):
    """The rectifier with a ceiling: min(max(x, 0), 6).

    Operations: one for each element.
    Source: A. Krizhevsky, 2010, "Convolutional deep belief networks on CIFAR-10".
    """

    kind = "relu6"
    target = "torch.nn.functional.relu6"
    takes = FLOATING | _WHOLE


@dataclass(frozen=True)
class LeakyRelu(_Elementwise):
    """A rectifier that lets some through: x for x > 0, slope · x below.

    Args:
        slope: What negative values are multiplied by.

    Operations: one for each element.
    Source: A. Maas et al., 2013.
    """

    kind = "leaky_relu"

    slope: float = parameter(Kind.FLOAT, 0.01)

    def functional(self, x: TensorType) -> TorchCall:
        """`F.leaky_relu(x, slope)`."""
        args = (Operand(0),) if self.slope == 0.01 else (Operand(0), self.slope)
        return TorchCall("torch.nn.functional.leaky_relu", args)


@dataclass(frozen=True)
class Prelu(_Elementwise):
    """A rectifier whose slope is learned: x for x > 0, weight · x below.

    Args:
        shared: Whether all channels have one slope; each has its own otherwise.

    The slopes start at 0.25.
    Operations: one for each element.
    Source: K. He et al., 2015, "Delving deep into rectifiers".
    """

    kind = "prelu"

    shared: bool = parameter(Kind.BOOL, True)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Channels with slopes of their own are known, and stand behind the batch."""
        require_float32("prelu", x)
        if self.shared:
            return iter(())
        require_batch("prelu", x)
        return fixed_channels(x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` [1] or [C]."""
        return (Weight("weight", (1 if self.shared else x.channels,)),)

    def module(self, x: TensorType) -> TorchCall:
        """`nn.PReLU()`, `nn.PReLU(channels)`."""
        return TorchCall("torch.nn.PReLU", () if self.shared else (x.channels,))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.prelu(x, weight)`."""
        return TorchCall("torch.nn.functional.prelu", (Operand(0), WeightOf("weight")))


@dataclass(frozen=True)
class Elu(_Elementwise):
    """The exponential linear unit: x for x > 0, exp(x) - 1 below.

    Operations: one for each element.
    Source: D. Clevert et al., 2015.
    """

    kind = "elu"
    target = "torch.nn.functional.elu"


@dataclass(frozen=True)
class Silu(_Elementwise):
    """The sigmoid linear unit, also called swish: x · sigmoid(x).

    Operations: one for each element.
    Source: D. Hendrycks, K. Gimpel, 2016; P. Ramachandran et al., 2017.
    """

    kind = "silu"
    target = "torch.nn.functional.silu"


@dataclass(frozen=True)
class Gelu(_Elementwise):
    """The Gaussian error linear unit: x · Φ(x), Φ the normal distribution function.

    Operations: one for each element.
    Source: D. Hendrycks, K. Gimpel, 2016.
    """

    kind = "gelu"
    target = "torch.nn.functional.gelu"


@dataclass(frozen=True)
class Mish(_Elementwise):
    """Mish: x · tanh(ln(1 + exp(x))).

    Operations: one for each element.
    Source: D. Misra, 2019.
    """

    kind = "mish"
    target = "torch.nn.functional.mish"


@dataclass(frozen=True)
class Sigmoid(_Promoting):
    """The logistic function: 1 / (1 + exp(-x)).

    Operations: one for each element.
    """

    kind = "sigmoid"
    target = "torch.sigmoid"


@dataclass(frozen=True)
class HardSigmoid(_Elementwise):
    """A sigmoid of straight lines: min(max(x + 3, 0), 6) / 6.

    Operations: one for each element.
    Source: A. Howard et al., 2019, "Searching for MobileNetV3".
    """

    kind = "hard_sigmoid"
    target = "torch.nn.functional.hardsigmoid"


@dataclass(frozen=True)
class HardSwish(_Elementwise):
    """A swish of straight lines: x · min(max(x + 3, 0), 6) / 6.

    Operations: one for each element.
    Source: A. Howard et al., 2019, "Searching for MobileNetV3".
    """

    kind = "hard_swish"
    target = "torch.nn.functional.hardswish"


@dataclass(frozen=True)
class Tanh(_Promoting):
    """The hyperbolic tangent.

    Operations: one for each element.
    """

    kind = "tanh"
    target = "torch.tanh"


@dataclass(frozen=True)
class Abs(_Elementwise):
    """The absolute value.

    Operations: one for each element.
    """

    kind = "abs"
    target = "torch.abs"
    takes = FLOATING | _WHOLE


class _OverAxis(_Elementwise):
    """What softmax and its logarithm have in common."""

    keeps = _OUTPUT

    axis: int | None

    def _axis(self, x: TensorType) -> int:
        if self.axis is None:
            if x.rank == 2:
                raise Reject(
                    "E0624",
                    f"`{self.kind}` of {shape_text(x)} could go over either axis",
                    help="name it: axis=-1 is the last, axis=0 the first",
                )
            return 0
        return axis_of(self.axis, x)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Of floating-point values; the axis exists, and is named where there are two."""
        require_dtype(self.kind, x)
        self._axis(x)
        return iter(())

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """An exponential, a sum and a division for each element."""
        return Operations(other={self.kind: 3 * y.elements})

    def window(self, x: TensorType) -> Window | None:
        """All of the axis."""
        return along(x, self._axis(x))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.softmax(x, dim=1)`, the batch counted."""
        return TorchCall(self.target, (Operand(0),), {"dim": run_axis(self._axis(x), x)})


@dataclass(frozen=True)
class Softmax(_OverAxis):
    """Positive values that sum to 1 along an axis: exp(x) / Σ exp(x).

    Args:
        axis: The axis of the sum; a value of two axes must name it.

    Operations: 3 for each element.
    """

    kind = "softmax"
    target = "torch.nn.functional.softmax"

    axis: int | None = parameter(Kind.AXIS, None, shown="0")


@dataclass(frozen=True)
class LogSoftmax(_OverAxis):
    """The logarithm of softmax: x - ln Σ exp(x).

    Args:
        axis: The axis of the sum; a value of two axes must name it.

    Operations: 3 for each element.
    """

    kind = "log_softmax"
    target = "torch.nn.functional.log_softmax"

    axis: int | None = parameter(Kind.AXIS, None, shown="0")
