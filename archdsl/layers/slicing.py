"""Layers that take parts of a value along one axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from archdsl.layers import slicing_source as source
from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    Window,
    parameter,
)
from archdsl.layers.settled import holding, settled
from archdsl.layers.shape import VIEW
from archdsl.layers.sides import axis_of, run_axis
from archdsl.layers.torch_call import Operand, TorchCall
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import ceil_div, default_of, maximum, minimum
from archdsl.shapes.tensor import TensorType

_MOST_PARTS = 1024
"""A value is cut into no more parts: each is an output of its own."""


@dataclass(frozen=True)
class Chunk(Layer):
    """A value cut into n parts along one axis, in order.

    `[C, H, W] -> n × [ceil(C / n), H, W]`, the last with what is left: C - (n - 1) ceil(C / n).

    Args:
        n: How many parts.
        axis: The axis that is cut.

    Source: N. Ma et al., 2018, "ShuffleNet v2", figure 3c.
    """

    kind = "chunk"
    family = Family.SHAPE

    n: int = parameter(Kind.INT, at_least=1)
    axis: int = parameter(Kind.AXIS, 0)

    def _lengths(self, x: TensorType) -> tuple[Any, Any]:
        """The length of each part, and that of the last."""
        length = settled(x.dims[axis_of(self.axis, x)])
        part = ceil_div(length, self.n)
        return part, length - (self.n - 1) * part

    def output(self, x: TensorType) -> tuple[TensorType, ...]:
        """The parts."""
        axis = axis_of(self.axis, x)
        part, last = self._lengths(x)
        before, after = x.dims[:axis], x.dims[axis + 1 :]
        types = [x.with_dims(*before, part, *after)] * (self.n - 1)
        return (*types, x.with_dims(*before, last, *after))

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Something is left for the last part: PyTorch would give fewer parts in silence."""
        length = x.dims[axis_of(self.axis, x)]
        if self.n > _MOST_PARTS:
            raise Reject(
                "E0503", f"`n` is {self.n:,}, and at most {_MOST_PARTS:,} parts are made", field="n"
            )
        yield from holding("chunk", (length,))
        part, last = self._lengths(x)
        if default_of(last) < 1:
            raise Reject(
                "E0633",
                f"{default_of(length)} cannot be cut into {self.n} parts of "
                f"{default_of(part)}: nothing is left for the last",
                field="n",
            )
        yield AtLeast(last, 1, "at least 1, so that there is a last part", "n")

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing."""
        return Saved(views=tuple([(part, 0) for part in range(self.n)]))

    def functional(self, x: TensorType) -> TorchCall:
        """`x.chunk(2, 1)`; one part is the value itself."""
        if self.n == 1:
            return TorchCall("+", (Operand(0),))
        return TorchCall(".chunk", (self.n, run_axis(axis_of(self.axis, x), x)))

    def label(self, x: TensorType) -> str:
        """`chunk, 2`."""
        axis = axis_of(self.axis, x)
        return f"chunk, {self.n}, axis {axis}" if axis else f"chunk, {self.n}"


@dataclass(frozen=True)
class Slice(Layer):
    """A part of one axis: every `step`-th element from `start`, up to `stop` without it.

    `[C, H, W] -> [C', H, W]`; C' = ceil((min(C, stop) - start) / step). Below 0 `start` and
    `stop` count from the end.

    Args:
        start: The first element.
        stop: Where to end; beyond the end is the end.
        step: From one element to the next.
        axis: The axis that is cut.

    Source: PyTorch's `x[start:stop:step]`.
    """

    kind = "slice"
    family = Family.SHAPE

    start: int = parameter(Kind.INT)
    stop: int = parameter(Kind.INT)
    step: int = parameter(Kind.INT, 1, at_least=1)
    axis: int = parameter(Kind.AXIS, 0)

    def _extent(self, x: TensorType) -> Any:
        """Elements from the first to the end of the part."""
        length: Any = settled(x.dims[axis_of(self.axis, x)])
        start = self.start if self.start >= 0 else maximum(length + self.start, 0)
        stop = minimum(length, self.stop) if self.stop >= 0 else length + self.stop
        return stop - start

    def output(self, x: TensorType) -> TensorType:
        """The part."""
        axis = axis_of(self.axis, x)
        return x.with_dims(
            *x.dims[:axis], ceil_div(self._extent(x), self.step), *x.dims[axis + 1 :]
        )

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """There is an element in the part."""
        length = x.dims[axis_of(self.axis, x)]
        yield from holding("slice", (length,))
        extent = self._extent(x)
        if default_of(extent) < 1:
            raise Reject(
                "E0634",
                f"there is nothing from {self.start} to {self.stop} "
                f"in an axis of {default_of(length)}",
                field="stop",
            )
        yield AtLeast(extent, 1, "at least 1, so that there is something to take", "stop")

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing."""
        return VIEW

    def window(self, x: TensorType) -> Window | None:
        """One element; a step skips the others."""
        axis = axis_of(self.axis, x)
        if self.step == 1 or axis == 0:
            return None
        axes = x.rank - 1
        steps = [Fraction(self.step if side == axis else 1) for side in range(1, x.rank)]
        return Window((1,) * axes, tuple(steps), (1,) * axes)

    def functional(self, x: TensorType) -> TorchCall:
        """`x.narrow(1, start, length)`; `take(...)` where that depends on the size, or by steps."""
        axis = axis_of(self.axis, x)
        along = run_axis(axis, x)
        length = x.dims[axis]
        extent = self._extent(x)
        if self.step == 1 and self.start >= 0 and type(extent) is int and type(length) is int:
            return TorchCall(".narrow", (along, self.start, extent))
        step = (self.step,) if self.step != 1 else ()
        return TorchCall(source.TAKE, (Operand(0), along, self.start, self.stop, *step))

    def label(self, x: TensorType) -> str:
        """`slice, 8:16`."""
        axis = axis_of(self.axis, x)
        text = f"slice, {self.start}:{self.stop}"
        if self.step != 1:
            text += f":{self.step}"
        return f"{text}, axis {axis}" if axis else text
