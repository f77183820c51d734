"""Arguments that stand for every axis: `3`, `3x3`, `(1, n)`, spread over a value's axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, isqrt
from typing import Any

from archdsl.layers.definition import Reject, Saved, Size
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import Length, TensorType

FLOATING = frozenset({"float64", "float32", "float16", "bfloat16"})
"""The dtypes that gradients flow through."""

AXES = ("no spatial axes", "one spatial axis", "two spatial axes", "three spatial axes")

_MOST_DIVIDED = 10**10

_IMAGES = "[C, L], [C, H, W] or [C, D, H, W]"


def shape_text(x: TensorType) -> str:
    """`[64, 56, 56]`, at the symbols' defaults."""
    return f"[{', '.join(map(str, x.shape))}]"


def spatial_axes(kind: str, x: TensorType) -> int:
    """How many spatial axes a value has, 1 to 3.

    Raises:
        Reject: it has none, or more than three.
    """
    axes = len(x.dims) - 1
    if 1 <= axes <= 3:
        return axes
    help = "put a `flatten` behind it, not before it" if axes == 0 else None
    raise Reject("E0600", f"`{kind}` takes {_IMAGES}, and this is {shape_text(x)}", help=help)


def each(value: Size, axes: int, field: str) -> tuple[int, ...]:
    """A size argument as one whole number for each axis.

    Raises:
        Reject: it has another number of sides, or a side that depends on the input's size.
    """
    if isinstance(value, int):
        return (value,) * axes
    if isinstance(value, tuple):
        if len(value) != axes:
            raise Reject(
                "E0602",
                f"`{field}` has {len(value)} side{'s' if len(value) != 1 else ''}, "
                f"and the value has {AXES[axes]}",
                field=field,
            )
        sides = value
    else:
        sides = (value,) * axes
    for side in sides:
        if not isinstance(side, int):
            raise Reject(
                "E0617",
                f"`{field}` must be known whatever the input's size, and this is {side}",
                field=field,
            )
    return sides  # type: ignore[return-value]


def written(sides: Sequence[Any]) -> Any:
    """Sides as an engineer writes them: one number where all are equal."""
    first = sides[0]
    for side in sides:
        if side != first:
            return tuple(sides)
    return first


def size_text(sides: Sequence[Any]) -> str:
    """`3×3`."""
    return "×".join(map(str, sides))


def rate_text(sides: Sequence[Any]) -> str:
    """`2` where all sides are equal, else `2×1`."""
    side = written(sides)
    return size_text(side) if isinstance(side, tuple) else str(side)


def product(sides: Sequence[int]) -> int:
    """The sides multiplied."""
    count = 1
    for side in sides:
        count *= side
    return count


def positions(x: TensorType) -> int:
    """Elements of one channel at the symbols' defaults."""
    count = 1
    for d in x.dims[1:]:
        count *= default_of(d)
    return count


def split_evenly(
    kind: str,
    field: str,
    parts: int,
    count: int,
    *,
    what: str = "channels",
    also: int | None = None,
) -> None:
    """Refuse groups or heads, as the argument `field` is called, that leave some of `count` over.

    Raises:
        Reject: They do. The help is the nearest number that divides `count`, and `also` if given.
    """
    if count % parts == 0:
        return
    common = count if also is None else gcd(count, also)
    low = max([n for n in _divisors(common) if n < parts], default=1)
    high = min([n for n in _divisors(common) if n > parts], default=1)
    mended = " or ".join(f"`{field}={n}`" for n in (low, high) if n > 1)
    of = f"{count} and {also}" if also not in (None, count) else str(count)
    raise Reject(
        "E0604",
        f"`{kind}` cannot split {count} {what} into {parts} equal {field}",
        field=field,
        help=f"{mended} divides {of}" if mended else None,
    )


def _divisors(number: int) -> set[int]:
    """The divisors of a number; none of one so large that it takes time to find them."""
    if number > _MOST_DIVIDED:
        return set()
    small = [n for n in range(1, isqrt(number) + 1) if number % n == 0]
    return {*small, *[number // n for n in small]}


def require_float32(kind: str, x: TensorType) -> None:
    """Refuse a value that float32 weights cannot be applied to."""
    if x.dtype != "float32":
        raise Reject("E0601", f"`{kind}` has float32 weights, and the value is {x.dtype}")


def require_dtype(kind: str, x: TensorType, allowed: frozenset[str] = FLOATING) -> None:
    """Refuse a value of a dtype that PyTorch does not compute this with."""
    if x.dtype not in allowed:
        raise Reject("E0601", f"`{kind}` does not take {x.dtype} values")


def require_batch(kind: str, x: TensorType) -> None:
    """Refuse a value without a batch axis."""
    if not x.batched:
        raise Reject("E0619", f"`{kind}` takes a value with a batch, and this one is unbatched")


def axis_of(axis: int, x: TensorType, field: str = "axis") -> int:
    """An axis as written, counted from 0.

    Raises:
        Reject: the value has no such axis.
    """
    rank = len(x.dims)
    if -rank <= axis < rank:
        return axis % rank
    raise Reject(
        "E0608",
        f"`{field}` is {axis}, and {shape_text(x)} has axes 0 to {rank - 1}",
        field=field,
    )


def run_axis(axis: int, x: TensorType) -> int:
    """The axis of the tensor at run time, whose batch is axis 0."""
    return axis + 1 if x.batched else axis


def sums(lengths: Sequence[Length]) -> int:
    """Lengths added at the symbols' defaults."""
    return sum(default_of(length) for length in lengths)


def kept(
    x: TensorType, extra: int, operands: tuple[int, ...] = (), outputs: tuple[int, ...] = ()
) -> Saved:
    """What backward keeps, with extra bytes for each sample: once where there is no batch."""
    if x.batched:
        return Saved(operands, outputs, extra_bytes=extra)
    return Saved(operands, outputs, fixed_bytes=extra)
