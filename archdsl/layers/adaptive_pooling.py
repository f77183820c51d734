"""Pooling into as many windows as asked for, whatever the size: a grid of them, or one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import ClassVar

from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Saved,
    Size,
    Window,
    parameter,
)
from archdsl.layers.pooling import INDEX_BYTES
from archdsl.layers.sides import (
    each,
    kept,
    positions,
    product,
    require_dtype,
    size_text,
    spatial_axes,
    written,
)
from archdsl.layers.torch_call import Operand, TorchCall
from archdsl.shapes.condition import Condition
from archdsl.shapes.formula import common_divisor
from archdsl.shapes.tensor import TensorType

_ADAPTIVE_AVG = (
    "",
    "torch.nn.functional.adaptive_avg_pool1d",
    "torch.nn.functional.adaptive_avg_pool2d",
    "torch.nn.functional.adaptive_avg_pool3d",
)
_ADAPTIVE_MAX = (
    "",
    "torch.nn.functional.adaptive_max_pool1d",
    "torch.nn.functional.adaptive_max_pool2d",
    "torch.nn.functional.adaptive_max_pool3d",
)


class _Global(Layer):
    """What pools over all positions have in common."""

    family = Family.POOLING
    reduction: ClassVar[str]

    keep: bool

    def output(self, x: TensorType) -> TensorType:
        """[C], or [C, 1, 1]."""
        axes = spatial_axes(self.kind, x)
        return x.with_dims(x.dims[0], *((1,) * axes if self.keep else ()))

    def window(self, x: TensorType) -> Window:
        """Everything."""
        return Window(whole=True)

    def functional(self, x: TensorType) -> TorchCall:
        """`x.mean((2, 3))`, `x.amax((2, 3))`."""
        first = 2 if x.batched else 1
        axes = tuple(range(first, first + len(x.dims) - 1))
        return TorchCall(self.reduction, (axes,), {"keepdim": True} if self.keep else {})


@dataclass(frozen=True)
class GlobalAvgPool(_Global):
    """The mean of each channel over all its positions.

    `[C, H, W] -> [C]`, with `keep` `[C, 1, 1]`; also `[C, L]` and `[C, D, H, W]`.

    Args:
        keep: Whether the spatial axes stay, with length 1.

    Operations: as many as there are positions, for each output element.
    Source: M. Lin et al., 2013, "Network in network", section 3.2.
    """

    kind = "global_avg_pool"
    reduction = ".mean"

    keep: bool = parameter(Kind.BOOL, False)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Of floating-point values."""
        require_dtype(self.kind, x)
        return iter(())

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """As many as there are positions, for each output element."""
        return Operations(other={"avg_pool": y.elements * positions(x)})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing: the gradient is the same everywhere."""
        return Saved()

    def label(self, x: TensorType) -> str:
        """`global avg pool`."""
        return "global avg pool"


@dataclass(frozen=True)
class GlobalMaxPool(_Global):
    """The largest value of each channel.

    `[C, H, W] -> [C]`, with `keep` `[C, 1, 1]`; also `[C, L]` and `[C, D, H, W]`. Where several
    are largest, the gradient is shared among them.

    Args:
        keep: Whether the spatial axes stay, with length 1.

    Operations: positions - 1 comparisons for each output element.
    """

    kind = "global_max_pool"
    reduction = ".amax"

    keep: bool = parameter(Kind.BOOL, False)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """A comparison less than there are positions, for each output element."""
        return Operations(other={"max_pool": y.elements * (positions(x) - 1)})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input and the output: the largest are found again by comparing."""
        return Saved((0,), (0,))

    def label(self, x: TensorType) -> str:
        """`global max pool`."""
        return "global max pool"


class _Adaptive(Layer):
    """What pools with a fixed number of windows have in common.

    Window i of m over n elements goes from floor(i n / m) to ceil((i + 1) n / m).
    """

    family = Family.POOLING
    short: ClassVar[str]
    targets: ClassVar[tuple[str, ...]]

    size: Size

    def _sizes(self, x: TensorType) -> tuple[int, ...]:
        return each(self.size, spatial_axes(self.kind, x), "size")

    def output(self, x: TensorType) -> TensorType:
        """[C, *size]."""
        return x.with_dims(x.dims[0], *self._sizes(x))

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Of floating-point values."""
        require_dtype(self.kind, x)
        return iter(())

    def _covered(self, x: TensorType) -> int:
        """The elements of all windows of all channels together.

        Neighbouring windows share an element wherever their border cuts one: over n elements m
        windows have n + m - gcd(n, m).
        """
        lengths = zip(x.shape[1:], self._sizes(x), strict=True)
        return x.channels * product([n + m - common_divisor(n, m) for n, m in lengths])

    def window(self, x: TensorType) -> Window:
        """The longest window on each axis, n / m steps from the next."""
        sizes = self._sizes(x)
        if all(m == 1 for m in sizes):
            return Window(whole=True)
        lengths = x.shape[1:]
        return Window(
            tuple([_longest(n, m) for n, m in zip(lengths, sizes, strict=True)]),
            tuple([Fraction(n, m) for n, m in zip(lengths, sizes, strict=True)]),
            (1,) * len(sizes),
        )

    def functional(self, x: TensorType) -> TorchCall:
        """`F.adaptive_avg_pool2d(x, size)`."""
        sizes = self._sizes(x)
        return TorchCall(self.targets[len(sizes)], (Operand(0), written(sizes)))

    def label(self, x: TensorType) -> str:
        """`adaptive avg pool, 6×6`."""
        return f"{self.short}, {size_text(self._sizes(x))}"


def _longest(n: int, m: int) -> int:
    """The longest of m windows over n elements: two borders may cut an element each."""
    rest = n % m
    if rest == 0:
        return n // m
    return n // m + (2 if rest > gcd(n, m) else 1)


@dataclass(frozen=True)
class AdaptiveAvgPool(_Adaptive):
    """The means of as many windows as asked for, spread evenly.

    `[C, H, W] -> [C, *size]`; window i of m over n elements goes from floor(i n / m) to
    ceil((i + 1) n / m).

    Args:
        size: Windows on each axis, `6x6` or one number for every axis.

    Operations: as many as the windows have elements.
    Source: K. He et al., 2014, "Spatial pyramid pooling".
    """

    kind = "adaptive_avg_pool"
    short = "adaptive avg pool"
    targets = _ADAPTIVE_AVG

    size: Size = parameter(Kind.SIZE, at_least=1)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """As many as the windows have elements."""
        return Operations(other={"avg_pool": self._covered(x)})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input; nothing for a single window, whose gradient is the same everywhere."""
        return Saved() if all(m == 1 for m in self._sizes(x)) else Saved((0,))


@dataclass(frozen=True)
class AdaptiveMaxPool(_Adaptive):
    """The largest values of as many windows as asked for, spread evenly.

    `[C, H, W] -> [C, *size]`, with the windows of `adaptive_avg_pool`.

    Args:
        size: Windows on each axis, `6x6` or one number for every axis.

    Operations: for each window a comparison less than it has elements.
    """

    kind = "adaptive_max_pool"
    short = "adaptive max pool"
    targets = _ADAPTIVE_MAX

    size: Size = parameter(Kind.SIZE, at_least=1)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """For each window a comparison less than it has elements."""
        return Operations(other={"max_pool": self._covered(x) - y.elements})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, and where in it the output's elements were."""
        return kept(x, INDEX_BYTES * y.elements, (0,))
