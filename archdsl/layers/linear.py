"""Layers whose outputs see every feature: linear layers, tables of rows, distances to centres."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from archdsl.layers import linear_source as source
from archdsl.layers.axes import along, fixed_features
from archdsl.layers.definition import (
    Family,
    InitialiserValue,
    Kind,
    Layer,
    Operations,
    Reject,
    Rows,
    Saved,
    Weight,
    Window,
    parameter,
)
from archdsl.layers.sides import kept, require_float32
from archdsl.layers.torch_call import Operand, TorchCall, WeightOf
from archdsl.shapes.condition import Condition
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType


@dataclass(frozen=True)
class Linear(Layer):
    """A linear layer: every output is a weighted sum of all features, the last axis.

    `[..., features] -> [..., out]`, each position of the other axes by itself.

    Args:
        out: Outputs for each position.
        bias: Whether each output adds a weight of its own.
        init: How `weight` starts; PyTorch's Kaiming uniform if not given.

    MACs: features · out · positions.
    """

    kind = "linear"
    family = Family.LINEAR
    weighted = True
    counts_activations = True

    out: int = parameter(Kind.INT, at_least=1)
    bias: bool = parameter(Kind.BOOL, True)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def output(self, x: TensorType) -> TensorType:
        """[..., out]."""
        return TensorType((*x.dims[:-1], self.out), x.dtype, x.batched)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The features are those that the weights are made for."""
        require_float32("linear", x)
        return fixed_features(x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` [out, features], `bias` [out]."""
        weight = Weight("weight", (self.out, x.features), init=self.init)
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Features times output elements; a bias for each output element."""
        elements = y.elements
        return Operations(elements * x.features, {"bias": elements} if self.bias else {})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input."""
        return Saved(operands=(0,))

    def saved_frozen(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing: the gradient of the input asks for the weight alone."""
        return Saved()

    def window(self, x: TensorType) -> Window | None:
        """All of the last axis."""
        return along(x, -1)

    def module(self, x: TensorType) -> TorchCall:
        """`nn.Linear(features, out)`."""
        kwargs = {} if self.bias else {"bias": False}
        return TorchCall("torch.nn.Linear", (x.features, self.out), kwargs)

    def functional(self, x: TensorType) -> TorchCall:
        """`F.linear(x, weight, bias)`."""
        args: tuple[Any, ...] = (Operand(0), WeightOf("weight"))
        if self.bias:
            args = (*args, WeightOf("bias"))
        return TorchCall("torch.nn.functional.linear", args)

    def label(self, x: TensorType) -> str:
        """`linear, 1000`."""
        return f"linear, {self.out}"


@dataclass(frozen=True)
class Embedding(Layer):
    """A learnable row of a table for each whole number: a vector for each word of a vocabulary.

    `[...] -> [..., width]`, int64 or int32 in, float32 out; y = weight[x], where x is from 0 to
    count - 1.

    Args:
        count: Rows of the table: how many words there are.
        width: Features of each row.
        init: How `weight` starts; PyTorch's normal numbers if not given.

    MACs: none, a row is looked up.
    Source: Y. Bengio et al., 2003, "A neural probabilistic language model".
    """

    kind = "embedding"
    family = Family.LINEAR

    count: int = parameter(Kind.INT, at_least=1)
    width: int = parameter(Kind.INT, at_least=1)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def output(self, x: TensorType) -> TensorType:
        """[..., width]."""
        return replace(x, dims=(*x.dims, self.width), dtype="float32")

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The value holds whole numbers."""
        if x.dtype not in _INDICES:
            raise Reject(
                "E0601",
                f"`embedding` looks up int64 or int32 numbers, and the value is {x.dtype}",
                help="declare the input with its dtype: `input words[16]: int64`",
            )
        return iter(())

    def asks(self, x: TensorType) -> Mapping[int, Rows]:
        """There is a row for each number."""
        return {0: Rows(self.count)}

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` [count, width]."""
        return (Weight("weight", (self.count, self.width), init=self.init),)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The numbers."""
        return Saved(operands=(0,))

    def module(self, x: TensorType) -> TorchCall:
        """`nn.Embedding(count, width)`."""
        return TorchCall("torch.nn.Embedding", (self.count, self.width))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.embedding(x, weight)`."""
        return TorchCall("torch.nn.functional.embedding", (Operand(0), WeightOf("weight")))

    def label(self, x: TensorType) -> str:
        """`embedding, 10000×512`."""
        return f"embedding, {self.count}×{self.width}"


_INDICES = frozenset({"int64", "int32"})
"""The dtypes that PyTorch looks rows up by."""


@dataclass(frozen=True)
class Rbf(Layer):
    """Radial basis functions: how far the features are from fixed centres, squared.

    `[..., features] -> [..., n]` for n centres; y_i = Σ_j (x_j - c_ij)². The centres are a
    buffer: they are kept with the weights and are not trained.

    Args:
        centres: A list of centres; each a list of numbers, or a bitmap: a list of strings, row by
            row, in which `#` is 1 and `.` is -1.

    Source: Y. LeCun et al., 1998, "Gradient-based learning applied to document recognition",
    section II.B.
    """

    kind = "rbf"
    family = Family.LINEAR

    centres: tuple[tuple[Any, ...], ...] = parameter(Kind.LIST)

    def output(self, x: TensorType) -> TensorType:
        """[..., n]."""
        return TensorType((*x.dims[:-1], len(self.centres)), x.dtype, x.batched)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Centres are alike, as long as the features, and of numbers or of `#` and `.`."""
        require_float32("rbf", x)
        if not self.centres:
            raise Reject("E0621", "`centres` lists none", field="centres")
        for position, centre in enumerate(self.centres):
            problem = _problem(centre)
            if problem is not None:
                raise Reject("E0621", f"centre {position} of `centres` {problem}", field="centres")
            count = len(_numbers(centre))
            if count != x.features:
                raise Reject(
                    "E0621",
                    f"centre {position} of `centres` has {count} numbers, "
                    f"and the value has {x.features} features",
                    field="centres",
                )
        return fixed_features(x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`centres` [n, features], a buffer."""
        return (Weight("centres", (len(self.centres), x.features), trainable=False),)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """For each output a difference and a square of each feature, and their sum."""
        outputs, features = y.elements, x.features
        terms = outputs * features
        return Operations(other={"sub": terms, "mul": terms, "add": terms - outputs})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The differences, of which the squares are taken."""
        return kept(x, y.elements * x.features * DTYPE_BYTES[x.dtype])

    def window(self, x: TensorType) -> Window | None:
        """All of the last axis."""
        return along(x, -1)

    def module(self, x: TensorType) -> TorchCall:
        """`Rbf(centres)`, or `BitmapRbf(pictures)` where all of them are drawn."""
        if all(isinstance(centre[0], str) for centre in self.centres):
            return TorchCall(source.RBF_OF_BITMAPS, ([list(rows) for rows in self.centres],))
        return TorchCall(source.RBF_MODULE, ([_numbers(centre) for centre in self.centres],))

    def functional(self, x: TensorType) -> TorchCall:
        """`squared_distances(x, centres)`."""
        return TorchCall(source.RBF_FUNCTION, (Operand(0), WeightOf("centres")))

    def label(self, x: TensorType) -> str:
        """`rbf, 10`."""
        return f"rbf, {len(self.centres)}"


_MARKS = {"#": 1.0, ".": -1.0}


def _problem(centre: Any) -> str | None:
    """Why something is no centre, None where it is one."""
    if not isinstance(centre, tuple) or not centre:
        return "must be a list of numbers, or of strings of `#` and `.`"
    if all(isinstance(row, str) for row in centre):
        for row in centre:
            for mark in row:
                if mark not in _MARKS:
                    return f"has {mark!r} where only `#` (1) and `.` (-1) may stand"
        if len({len(row) for row in centre}) > 1:
            return "has rows of different lengths"
        return None
    for number in centre:
        if isinstance(number, bool) or not isinstance(number, int | float | Fraction):
            return "mixes numbers with other values"
        if not -_LARGEST <= number <= _LARGEST:
            return "has a number beyond what a float holds"
    return None


_LARGEST = 3.4028234663852886e38
"""The largest number of 32 bits."""


def _numbers(centre: tuple[Any, ...]) -> list[float]:
    """A centre as numbers."""
    if isinstance(centre[0], str):
        return [_MARKS[mark] for row in centre for mark in row]
    return [float(number) for number in centre]
