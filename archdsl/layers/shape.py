"""Layers that change a value's shape and leave its elements as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archdsl.layers.axes import fixed_channels
from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    parameter,
)
from archdsl.layers.sides import (
    axis_of,
    require_batch,
    run_axis,
    shape_text,
    size_text,
    spatial_axes,
    split_evenly,
)
from archdsl.layers.torch_call import Operand, SizeOf, TorchCall
from archdsl.shapes.condition import Condition, Equal
from archdsl.shapes.dim import Dim, Product, default_of, floor_div, product
from archdsl.shapes.tensor import Length, TensorType

VIEW = Saved(views=((0, 0),))
"""Nothing is kept, and the output lies in the operand's memory."""


@dataclass(frozen=True)
class Flatten(Layer):
    """All elements in one row, the last axis fastest.

    `[C, H, W] -> [C · H · W]`; from axis k on `[..., d_k, ..., d_n] -> [..., d_k · ... · d_n]`.

    Args:
        start: The first axis that is flattened.

    Source: PyTorch's `flatten`.
    """

    kind = "flatten"
    family = Family.SHAPE

    start: int = parameter(Kind.AXIS, 0)

    def output(self, x: TensorType) -> TensorType:
        """[..., product of the axes from `start`]."""
        first = axis_of(self.start, x, "start")
        return x.with_dims(*x.dims[:first], product(x.dims[first:]))

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing."""
        return VIEW

    def functional(self, x: TensorType) -> TorchCall:
        """`x.flatten(1)`."""
        return TorchCall(".flatten", (run_axis(axis_of(self.start, x, "start"), x),))

    def label(self, x: TensorType) -> str:
        """`flatten`."""
        first = axis_of(self.start, x, "start")
        return f"flatten, from axis {first}" if first else "flatten"


@dataclass(frozen=True)
class Reshape(Layer):
    """The same elements in the same order under another shape.

    `[a, b, ...] -> [dims...]`, as many elements as before. One of `dims` may be -1: whatever is
    left for it.

    Args:
        dims: The length of each axis; a size such as `7x7` stands for its sides.

    Source: PyTorch's `reshape`.
    """

    kind = "reshape"
    family = Family.SHAPE

    dims: tuple[Length | tuple[Length, ...], ...] = parameter(
        Kind.SIZE, (), at_least=-1, variadic=True
    )

    def _wanted(self) -> tuple[Length, ...]:
        """The sides in order; -1 at most once, each other at least 1."""
        wanted: list[Length] = []
        for dim in self.dims:
            wanted.extend(dim if isinstance(dim, tuple) else (dim,))
        if not wanted:
            raise Reject("E0506", "`reshape` needs the length of each axis", field="dims")
        if 0 in wanted:
            raise Reject("E0503", "`reshape` to an axis of length 0 leaves nothing", field="dims")
        if wanted.count(-1) > 1:
            raise Reject("E0631", "`reshape` can work out only one -1", field="dims")
        return tuple(wanted)

    def _left(self, x: TensorType, wanted: tuple[Length, ...]) -> Length:
        """What -1 stands for: the elements divided by all other sides.

        A quotient that is no size for every input is the one at the symbols' defaults.
        """
        others = [d for d in wanted if d != -1]
        constant, sizes = _factors(x.dims)
        divisor, known = _factors(others)
        at_default = default_of(product(x.dims)) // default_of(product(others))
        for size in known:
            if size not in sizes:
                return at_default
            sizes.remove(size)
        if constant % divisor == 0:
            return product((constant // divisor, *sizes))
        rest = product((constant, *sizes))
        return at_default if isinstance(rest, Product) else floor_div(rest, divisor)

    def _shape(self, x: TensorType) -> tuple[Length, ...]:
        wanted = self._wanted()
        if -1 not in wanted:
            return wanted
        left = self._left(x, wanted)
        return tuple([left if d == -1 else d for d in wanted])

    def _sides(self, x: TensorType) -> list[Any]:
        """The sides as they are at run time: numbers, sides of the value, and at most one -1."""
        sides: list[Any] = []
        for dim in self._wanted():
            if isinstance(dim, int):
                sides.append(dim)
            elif dim in x.dims:
                sides.append(SizeOf(0, run_axis(x.dims.index(dim), x)))
            else:
                sides.append(-1)
        if sides.count(-1) > 1:
            raise Reject(
                "E0617",
                f"`reshape` takes sides of {_written(x)}, and one side that is none of them",
                field="dims",
            )
        return sides

    def output(self, x: TensorType) -> TensorType:
        """[dims...]."""
        return x.with_dims(*self._shape(x))

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """There are as many elements as before."""
        self._sides(x)
        before, after = product(x.dims), product(self._shape(x))
        if default_of(before) != default_of(after):
            wanted = size_text([d if d == -1 else default_of(d) for d in self._wanted()])
            raise Reject(
                "E0631",
                f"`reshape` to {wanted} does not come out even: "
                f"{size_text(x.shape)} has {default_of(before):,} elements",
                field="dims",
            )
        if before != after:
            yield Equal(before, after, f"{after}, the elements of the new shape", "dims")

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing."""
        return VIEW

    def functional(self, x: TensorType) -> TorchCall:
        """`x.reshape(x.shape[0], 64, 7, 7)`: no batch can make up for elements that lack."""
        sides = self._sides(x)
        return TorchCall(".reshape", (SizeOf(0, 0), *sides) if x.batched else tuple(sides))

    def label(self, x: TensorType) -> str:
        """`reshape, 64×7×7`."""
        return f"reshape, {size_text([default_of(d) for d in self._shape(x)])}"


def _factors(lengths: Any) -> tuple[int, list[Dim]]:
    """Lengths multiplied: the constant factor, and the sizes that stand beside it."""
    constant = 1
    sizes: list[Dim] = []
    for length in lengths:
        if isinstance(length, Product):
            constant *= length.coefficient
            sizes.extend(length.dims)
        elif isinstance(length, Dim):
            sizes.append(length)
        else:
            constant *= length
    return constant, sizes


def _written(x: TensorType) -> str:
    return f"[{', '.join(map(str, x.dims))}]"


@dataclass(frozen=True)
class Permute(Layer):
    """The axes in another order.

    `[d_0, d_1, ...] -> [d_axes[0], d_axes[1], ...]`; `permute(1, 2, 0)` gives `[H, W, C]`.

    Args:
        axes: For each axis of the result the one that it was.

    Source: PyTorch's `permute`.
    """

    kind = "permute"
    family = Family.SHAPE

    axes: tuple[int, ...] = parameter(Kind.AXIS, (), variadic=True)

    def _order(self, x: TensorType) -> list[int]:
        order = [axis_of(axis, x, "axes") for axis in self.axes]
        if sorted(order) != list(range(x.rank)):
            raise Reject(
                "E0632",
                f"`permute` names each axis of {shape_text(x)} once, "
                f"and this is {', '.join(map(str, self.axes)) or 'none'}",
                field="axes",
            )
        return order

    def output(self, x: TensorType) -> TensorType:
        """The dimensions in the new order."""
        return x.with_dims(*[x.dims[axis] for axis in self._order(x)])

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing."""
        return VIEW

    def functional(self, x: TensorType) -> TorchCall:
        """`x.permute(0, 2, 3, 1)`."""
        order = [run_axis(axis, x) for axis in self._order(x)]
        return TorchCall(".permute", (0, *order) if x.batched else tuple(order))

    def label(self, x: TensorType) -> str:
        """`permute, 1 2 0`."""
        return f"permute, {' '.join(map(str, self._order(x)))}"


@dataclass(frozen=True)
class ChannelShuffle(Layer):
    """The channels of g groups interleaved, so that the next groups see all of them.

    `[C, H, W] -> [C, H, W]`; channel i · C / g + j becomes channel j · g + i.

    Args:
        groups: Into how many groups the channels are split; they must come out even.

    Source: X. Zhang et al., 2018, "ShuffleNet", section 3.1.
    """

    kind = "channel_shuffle"
    family = Family.SHAPE

    groups: int = parameter(Kind.INT, at_least=1)

    def output(self, x: TensorType) -> TensorType:
        """As the input."""
        return x

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The groups divide the channels."""
        require_batch("channel_shuffle", x)
        spatial_axes("channel_shuffle", x)
        split_evenly("channel_shuffle", "groups", self.groups, x.channels)
        return fixed_channels(x)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing."""
        return Saved()

    def functional(self, x: TensorType) -> TorchCall:
        """`F.channel_shuffle(x, groups)`."""
        return TorchCall("torch.nn.functional.channel_shuffle", (Operand(0), self.groups))

    def label(self, x: TensorType) -> str:
        """`channel shuffle, 3 groups`."""
        return f"channel shuffle, {self.groups} group{'s' if self.groups != 1 else ''}"
