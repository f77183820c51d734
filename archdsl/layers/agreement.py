"""Whether values can be joined: of one shape and dtype, and where not, what would make them so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archdsl.layers.definition import Reject
from archdsl.layers.sides import size_text
from archdsl.shapes.condition import Condition, Equal
from archdsl.shapes.tensor import Length, TensorType

_NAMES = {
    2: ("channels", "length"),
    3: ("channels", "height", "width"),
    4: ("channels", "depth", "height", "width"),
}


def check_operands(kind: str, types: Sequence[TensorType]) -> None:
    """Refuse a merge of one value, and dtypes that differ.

    Raises:
        Reject: there is nothing to join, or it is not of one dtype.
    """
    if len(types) < 2:
        raise Reject(
            "E0637",
            f"`{kind}` joins values, and here is only the flow",
            help=f"name the other one, `{kind}(NAME)`, or give paths: `{kind} {{ | ... | skip }}`",
        )
    for other in types[1:]:
        if other.dtype != types[0].dtype:
            raise Reject("E0601", f"`{kind}` joins {types[0].dtype} and {other.dtype} values")


def _axis_name(axis: int, rank: int) -> str:
    names = _NAMES.get(rank)
    return names[axis] if names else f"axis {axis}"


def same_shape(
    kind: str, x: TensorType, other: TensorType, path: int, but: int | None = None
) -> Iterator[Condition]:
    """The first path's value and that of another are of one shape, `but` for one axis.

    Raises:
        Reject: they differ at the symbols' defaults.
    """
    if x.dims == other.dims:
        return
    if x.rank != other.rank:
        raise Reject(
            "E0641",
            f"`{kind}` joins {size_of(x)} and {size_of(other)}: {x.rank} and {other.rank} axes",
        )
    parted = [
        axis
        for axis, (a, b) in enumerate(zip(x.shape, other.shape, strict=True))
        if a != b and axis != but
    ]
    if parted:
        names = [_axis_name(axis, x.rank) for axis in parted]
        listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        verb = "differs" if len(names) == 1 and names[0] != "channels" else "differ"
        raise Reject(
            "E0641",
            f"`{kind}` joins {size_of(x)} and {size_of(other)}: {listed} {verb}",
            help=_mend(x, other, path, parted),
        )
    for axis, (a, b) in enumerate(zip(x.dims, other.dims, strict=True)):
        if axis != but and a != b:
            yield Equal(a, b, f"the same {_axis_name(axis, x.rank)} on each path of `{kind}`")


def size_of(x: TensorType) -> str:
    """`64×56×56`, at the symbols' defaults."""
    return size_text(x.shape) if x.dims else "a single number"


def _mend(x: TensorType, other: TensorType, path: int, parted: list[int]) -> str | None:
    """An edit that makes two images fit: the larger one is projected, or cut."""
    if x.rank != 3:
        return None
    for small, large, number in ((x, other, path), (other, x, 1)):
        sides = list(zip(large.shape[1:], small.shape[1:], strict=True))
        stride = -(-large.shape[1] // small.shape[1])
        if all(-(-n // stride) == m for n, m in sides):
            channels = small.channels if 0 in parted else large.channels
            step = f", stride={stride}" if stride > 1 else ""
            return f"path {number} fits with `conv({channels}, 1x1{step})` at its end"
    for small, large, number in ((x, other, path), (other, x, 1)):
        if 0 not in parted and all(
            n >= m for n, m in zip(large.shape[1:], small.shape[1:], strict=True)
        ):
            return f"name the other value, and end path {number} with `crop(NAME)`"
    return None


def firm(lengths: Sequence[Length]) -> Length:
    """One of equal lengths: a number where one of them is."""
    return next((length for length in lengths if isinstance(length, int)), lengths[0])


def joined(types: Sequence[TensorType]) -> TensorType:
    """The type that values of one shape have together."""
    dims = [firm(lengths) for lengths in zip(*[t.dims for t in types], strict=True)]
    return TensorType(tuple(dims), types[0].dtype, any(t.batched for t in types))
