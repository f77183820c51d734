"""Padding: elements put around a value, or channels of zeros behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

from archdsl.layers.axes import fixed_channels
from archdsl.layers.definition import Family, Kind, Layer, Operations, Reject, Saved, parameter
from archdsl.layers.settled import holding, settled
from archdsl.layers.sides import AXES, FLOATING, size_text, spatial_axes
from archdsl.layers.torch_call import Operand, TorchCall
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType

Pair: TypeAlias = tuple[int, int]

_LARGEST = {
    "float64": 1.7976931348623157e308,
    "float32": 3.4028234663852886e38,
    "bfloat16": 3.3895313892515355e38,
    "float16": 65504.0,
}


def _holds(dtype: str, value: float) -> bool:
    """Whether PyTorch writes a number into a value of this dtype."""
    if dtype in _LARGEST:
        return abs(value) <= _LARGEST[dtype]
    if dtype == "bool":
        return True
    if dtype == "uint8":
        return 0 <= value <= 255
    half = 1 << 8 * DTYPE_BYTES[dtype] - 1
    return -half <= value <= half - 1


@dataclass(frozen=True)
class Pad(Layer):
    """Elements put around a value on its spatial axes, or channels of zeros behind it.

    `[C, H, W] -> [C, H + before + after, W + before + after]`; with `channels=n`
    `[C, H, W] -> [C + n, H, W]`. Negative sides cut off.

    Args:
        sides: A number for every side, or for each spatial axis a pair (before, after).
        mode: `constant`; `reflect` mirrors at the edge element, `replicate` repeats it,
            `circular` goes on from the other end.
        value: What a constant padding is filled with.
        channels: How many channels of zeros are put behind, in place of `sides`.

    Source: PyTorch's `pad`; channels of zeros: K. He et al., 2016, section 3.3, option A.
    """

    kind = "pad"
    family = Family.SHAPE

    sides: int | tuple[Any, ...] | None = parameter(Kind.SIDES, None, optional=True)
    mode: str = parameter(
        Kind.STRING, "constant", choices=("constant", "reflect", "replicate", "circular")
    )
    value: float = parameter(Kind.FLOAT, 0.0)
    channels: int | None = parameter(Kind.INT, None, at_least=0, optional=True)

    def _pairs(self, x: TensorType) -> tuple[Pair, ...]:
        """What is put before and behind, for each spatial axis."""
        axes = spatial_axes("pad", x)
        if self.channels is not None:
            if self.sides is not None:
                raise Reject(
                    "E0635",
                    "`pad` takes `sides` or `channels`, and both are given",
                    field="channels",
                    help="write two `pad`s",
                )
            return ((0, 0),) * axes
        if self.sides is None:
            raise Reject(
                "E0635",
                "`pad` needs to know where: `sides` or `channels`",
                help="one element on every side is `pad(1)`",
            )
        if isinstance(self.sides, int):
            return ((self.sides, self.sides),) * axes
        for pair in self.sides:
            if not isinstance(pair, tuple) or len(pair) != 2 or isinstance(pair[0], tuple):
                raise Reject(
                    "E0602",
                    "`sides` is a number, or a pair (before, after) for each spatial axis",
                    field="sides",
                    help=f"with one element on every side: ({', '.join(['(1, 1)'] * axes)}"
                    f"{',' if axes == 1 else ''})",
                )
        if len(self.sides) != axes:
            raise Reject(
                "E0602",
                f"`sides` has {len(self.sides)} pair{'s' if len(self.sides) != 1 else ''}, "
                f"and the value has {AXES[axes]}",
                field="sides",
            )
        return self.sides

    def output(self, x: TensorType) -> TensorType:
        """[C + channels, H + before + after, ...]."""
        if self.channels is not None:
            self._pairs(x)
            return x.with_dims(settled(x.dims[0]) + self.channels, *x.dims[1:])
        sides = zip(x.dims[1:], self._pairs(x), strict=True)
        return x.with_dims(x.dims[0], *[settled(n) + (a + b) for n, (a, b) in sides])

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """What is cut off is there; what a mode repeats is there."""
        pairs = self._pairs(x)
        self._check_value(x)
        if self.channels is not None:
            yield from fixed_channels(x)
            return
        yield from holding("pad", x.dims[1:])
        for length, (before, after) in zip(x.dims[1:], pairs, strict=True):
            n = settled(length)
            yield from self._room(n, before, after)
            rest: Any = n + (before + after)
            if default_of(rest) < 1:
                raise Reject(
                    "E0605",
                    f"`sides` cuts off all of an axis of {default_of(n)}: "
                    f"{default_of(rest)} would be left",
                    field="sides",
                )
            yield AtLeast(rest, 1, "at least 1 with its padding", "sides")

    def _room(self, n: Any, before: int, after: int) -> Iterator[Condition]:
        """What PyTorch asks of one axis before it pads."""
        most = max(before, after)
        match self.mode:
            case "constant":
                cut = min(before, 0) + min(after, 0)
                if cut == 0:
                    return
                least, reason = -cut, "as long as what is cut off"
            case "reflect":
                least, reason = most + 1, "longer than what is mirrored"
            case "circular":
                if min(before, after) < 0:
                    raise Reject(
                        "E0503",
                        f"`circular` padding cannot cut off, and a side is {min(before, after)}",
                        field="sides",
                        help='cut first: a `pad` of mode="constant"',
                    )
                least, reason = most, "as long as what goes round"
            case _:
                return
        if default_of(n) < least:
            raise Reject(
                "E0605",
                f"`{self.mode}` padding by {before} and {after} needs {least} elements "
                f"on the axis, and there are {default_of(n)}",
                field="sides",
            )
        yield AtLeast(n, least, reason, "sides")

    def _check_value(self, x: TensorType) -> None:
        if self.mode != "constant":
            if self.channels is not None:
                raise Reject(
                    "E0635", "`channels` are zeros, so there is no mode to choose", field="mode"
                )
            if self.value != 0:
                raise Reject(
                    "E0635",
                    f"`{self.mode}` padding repeats elements and takes no value",
                    field="value",
                )
            if x.dtype == "bool" and self.mode != "circular":
                raise Reject("E0601", f"`{self.mode}` padding does not take bool values")
        elif self.channels is not None and self.value != 0:
            raise Reject(
                "E0635", "`channels` are zeros, so there is no value to choose", field="value"
            )
        elif not _holds(x.dtype, self.value):
            raise Reject(
                "E0601", f"{self.value:g} is beyond what {x.dtype} values hold", field="value"
            )

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing; `reflect` and `replicate` keep the input, whose size they ask it for."""
        if self.mode in ("reflect", "replicate") and x.dtype in FLOATING:
            return Saved(operands=(0,))
        return Saved()

    def functional(self, x: TensorType) -> TorchCall:
        """`F.pad(x, (1, 1, 1, 1))`: PyTorch's sides begin with the last axis."""
        sides = list(chain(*reversed(self._pairs(x))))
        if self.channels is not None:
            sides += [0, self.channels]
        mode = () if self.mode == "constant" else (self.mode,)
        kwargs = {"value": self.value} if self.value != 0 else {}
        return TorchCall("torch.nn.functional.pad", (Operand(0), tuple(sides), *mode), kwargs)

    def label(self, x: TensorType) -> str:
        """`pad, 3`; `pad, +64 channels`."""
        if self.channels is not None:
            return f"pad, +{self.channels} channel{'s' if self.channels != 1 else ''}"
        pairs = self._pairs(x)
        texts = [str(a) if a == b else f"{a}+{b}" for a, b in pairs]
        text = texts[0] if len(set(texts)) == 1 else size_text(texts)
        return f"pad, {text}" if self.mode == "constant" else f"{self.mode} pad, {text}"
