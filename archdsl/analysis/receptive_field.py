"""Receptive fields: the extent of the input that one element of a value can see.

Elements that see n elements of the input each and lie j apart: a window of k of them, d apart,
sees n + d (k - 1) j, and its own outputs lie j times its stride apart. Where values are
enlarged the stride is below one, and neighbours share elements: m of them see at most
ceil((m - 1) stride) + d (k - 1) + 1, which is exact but for some transposed convolutions whose
stride does not divide the kernel. Where paths meet, the widest counts. The extent is that of
the windows, whatever the size of the input: it may be larger, and then most elements see zeros
beyond the border.

A layer that mixes all positions (a global pool, a linear layer behind a flatten) sees the
whole input, whatever its windows. With several inputs the field is the largest that a value
has of any of them, on the axes of the one that has most.

Source: A. Araujo, W. Norris, J. Sim, 2019, "Computing receptive fields of convolutional neural
networks".
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from math import ceil
from typing import NamedTuple

from archdsl.analysis.uses import Use, Walk
from archdsl.layers.definition import Family, Window
from archdsl.shapes.tensor import TensorType

MOST_AXES = 3
"""Windows slide over at most so many axes."""


class Enlarged(NamedTuple):
    """What m neighbours need of the value that was enlarged: ceil(slope (m - 1) + offset) + taps."""

    slope: Fraction
    offset: Fraction
    taps: int


class Axis(NamedTuple):
    """What elements see along one axis of the input, `size` long.

    m neighbours see `extent` + (m - 1) `step` elements, once m has gone through `enlarged`, the
    last first; `extent` is 0 where nothing is seen but the whole. `whole` says that every
    element also sees all of the axis.
    """

    size: int
    extent: int = 1
    step: int = 1
    enlarged: tuple[Enlarged, ...] = ()
    whole: bool = False

    def length(self, neighbours: int = 1) -> int:
        """Elements of the input that some neighbours see."""
        for level in reversed(self.enlarged):
            neighbours = ceil(level.slope * (neighbours - 1) + level.offset) + level.taps
        seen = self.extent + (neighbours - 1) * self.step
        return max(seen, self.size) if self.whole else seen

    def through(self, taps: int, stride: int | Fraction) -> Axis:
        """The axis behind a window over `taps` neighbours, the holes of its dilation counted."""
        if stride.denominator != 1:
            level = Enlarged(Fraction(stride), Fraction(0), taps)
            return self._replace(enlarged=(*self.enlarged, level))
        whole = stride.numerator
        if not self.enlarged:
            extent = self.extent + (taps - 1) * self.step
            return self._replace(extent=extent, step=self.step * whole)
        slope, offset, before = self.enlarged[-1]
        offset += (taps - 1) * slope
        slope *= whole
        below = self._replace(enlarged=self.enlarged[:-1])
        if slope.denominator == 1:
            return below.through(ceil(offset) + before, slope)
        return self._replace(enlarged=(*below.enlarged, Enlarged(slope, offset, before)))


Field = tuple[Axis, ...]
"""What the elements of a value see, on each spatial axis of the input."""


def fields(walk: Walk) -> list[tuple[int, ...] | None]:
    """For each value its receptive field; None for one without spatial axes, or that sees no such input."""
    found: list[Field | None] = []
    for index, use in enumerate(walk.uses):
        if use.layer.family is Family.INPUT:
            found.append(_entry(use.outputs[0]))
            continue
        seen = [field for v in walk.operands[index] if (field := found[v]) is not None]
        field = _behind(use, reduce(_joined, seen)) if seen else None
        found.extend([field] * len(use.outputs))
    # A field passes unchanged through most layers, so few are different.
    known: dict[int, tuple[int, ...]] = {}
    lengths: list[tuple[int, ...] | None] = []
    for field, type in zip(found, walk.types, strict=True):
        if field is None or not _has_axes(type):
            lengths.append(None)
            continue
        length = known.get(id(field))
        if length is None:
            length = known[id(field)] = tuple([axis.length() for axis in field])
        lengths.append(length)
    return lengths


def _has_axes(type: TensorType) -> bool:
    """Whether a value has spatial axes."""
    return 1 < type.rank <= MOST_AXES + 1


def _entry(type: TensorType) -> Field | None:
    """An input sees itself."""
    return tuple([Axis(n) for n in type.shape[1:]]) if _has_axes(type) else None


def _joined(a: Field, b: Field) -> Field:
    """Where values meet: the widest on each axis, of inputs with equally many axes."""
    if a is b:
        return a
    if len(a) != len(b):
        return a if len(a) > len(b) else b
    return tuple([_wider(x, y) for x, y in zip(a, b, strict=True)])


def _wider(x: Axis, y: Axis) -> Axis:
    """The axis of which more is seen."""
    if x == y:
        return x
    wider = x if _by_windows(x) >= _by_windows(y) else y
    if x.size == y.size and x.whole == y.whole:
        return wider
    return wider._replace(size=max(x.size, y.size), whole=x.whole or y.whole)


def _by_windows(axis: Axis) -> int:
    """What one element sees through windows alone, 0 where it sees nothing but the whole."""
    if not axis.extent or not axis.enlarged:
        return axis.extent
    return axis._replace(whole=False).length()


def _behind(use: Use, field: Field) -> Field:
    """The field behind a layer."""
    window = use.window
    if window is None:
        return field if _keeps_places(use, len(field)) else _whole(field)
    if window.whole or len(window.kernel) != len(field):
        return _whole(field)
    return _slid(window, field)


def _keeps_places(use: Use, axes: int) -> bool:
    """Whether elements are where they were on the last axes, those of the input.

    Reshaping and permuting keep all elements; where that moves any along these axes, its place
    is lost, and what comes behind may see everything.
    """
    if use.layer.family is not Family.SHAPE:
        return True
    before, behind = use.operands[0], use.outputs[0]
    same = before.rank > axes < behind.rank and before.shape[-axes:] == behind.shape[-axes:]
    return same or before.elements != behind.elements


def _whole(field: Field) -> Field:
    """Every element sees everything, and places are lost."""
    return tuple([_lost(axis) for axis in field])


def _lost(axis: Axis) -> Axis:
    return Axis(axis.size, extent=0, step=0, whole=True)


def _slid(window: Window, field: Field) -> Field:
    """The field behind a sliding window."""
    taps = [d * (k - 1) + 1 for k, d in zip(window.kernel, window.dilation, strict=True)]
    return tuple(
        [
            _lost(axis) if place in window.across else axis.through(taps[place], stride)
            for place, (axis, stride) in enumerate(zip(field, window.stride, strict=True))
        ]
    )
