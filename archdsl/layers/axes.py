"""What layers ask of single axes: lengths that weights are made for, and windows over one axis."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archdsl.layers.definition import Window
from archdsl.shapes.condition import Condition, Equal
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import Length, TensorType


def fixed_channels(x: TensorType) -> Iterator[Condition]:
    """The first axis is as long as at the symbols' defaults: the weights are made for it."""
    if not isinstance(x.dims[0], int):
        yield _fixed(x.dims[0], "channels")


def fixed_features(x: TensorType) -> Iterator[Condition]:
    """The last axis is as long as at the symbols' defaults: the weights are made for it."""
    if not isinstance(x.dims[-1], int):
        yield _fixed(x.dims[-1], "features")


def _fixed(length: Length, what: str) -> Equal:
    count = default_of(length)
    return Equal(length, count, f"{count}, the {what} that the weights are made for")


def along(x: TensorType, axis: int) -> Window | None:
    """The window of a layer whose outputs see all of one axis, None for the channels."""
    if axis % x.rank == 0:
        return Window(whole=True) if x.rank == 1 else None
    place = axis % x.rank - 1
    kernel = tuple([n if position == place else 1 for position, n in enumerate(x.shape[1:])])
    ones = (1,) * len(kernel)
    return Window(kernel, (Fraction(1),) * len(kernel), ones, across=(place,))
