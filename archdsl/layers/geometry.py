"""Windows that slide over the spatial axes: their numbers, what they leave, whether they fit."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from archdsl.layers.axes import fixed_channels
from archdsl.layers.definition import Reject, Size, Window
from archdsl.layers.settled import holding, settled
from archdsl.layers.sides import each, rate_text, size_text, spatial_axes, split_evenly, written
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import ceil_div, default_of
from archdsl.shapes.formula import positive_part
from archdsl.shapes.tensor import Length, TensorType
from archdsl.shapes.traced import named
from archdsl.shapes.window import window_length

Padding: TypeAlias = str | Size


class Geometry(NamedTuple):
    """A window's numbers for each axis; `padding` is None where `tf_same` depends on the size."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[int, ...] | None


def padding_of(
    kind: str,
    padding: Padding,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> tuple[int, ...] | None:
    """The padding on both sides of each axis, None where `tf_same` depends on the size.

    Raises:
        Reject: `same` with an even kernel, which has no middle.
    """
    if isinstance(padding, int):
        return (padding,) * len(kernel)
    if padding == "same":
        for k in kernel:
            if k % 2 == 0:
                raise Reject(
                    "E0603",
                    f"`{kind}` with an even kernel ({size_text(kernel)}) has no padding that keeps "
                    "the size alike on both sides",
                    field="kernel",
                    help=f"say which you want: padding=valid or padding={k // 2}",
                )
        return tuple(
            [named("padding", d * (k - 1) // 2) for k, d in zip(kernel, dilation, strict=True)]
        )
    if padding == "valid":
        return (0,) * len(kernel)
    if padding == "tf_same":
        return _alike(kernel, stride, dilation)
    assert not isinstance(padding, str)
    return each(padding, len(kernel), "padding")


def _alike(
    kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[int, ...] | None:
    """What `tf_same` pads on both sides alike whatever the size, None where it does not.

    It pads max((ceil(n / s) - 1) s + extent - n, 0) in all: nothing for a window of one element,
    and extent - 1 where the window moves by one.
    """
    padding = []
    for k, s, d in zip(kernel, stride, dilation, strict=True):
        total = d * (k - 1)
        if total and (s > 1 or total % 2):
            return None
        padding.append(named("padding", total // 2))
    return tuple(padding)


def geometry_of(
    kind: str, kernel: Size, stride: Size, padding: Padding, dilation: Size, x: TensorType
) -> Geometry:
    """A window's numbers for each spatial axis of `x`."""
    axes = spatial_axes(kind, x)
    k = each(kernel, axes, "kernel")
    s = each(stride, axes, "stride")
    d = each(dilation, axes, "dilation")
    return Geometry(k, s, d, padding_of(kind, padding, k, s, d))


def lengths(g: Geometry, x: TensorType) -> list[Length]:
    """The spatial dimensions that a window leaves."""
    spatial = [settled(n) for n in x.dims[1:]]
    if g.padding is None:
        return [ceil_div(n, s) for n, s in zip(spatial, g.stride, strict=True)]
    return [
        window_length(n, k, s, p, p, d)
        for n, k, s, d, p in zip(spatial, *g[:3], g.padding, strict=True)
    ]


def fits(kind: str, g: Geometry, x: TensorType) -> Iterator[Condition]:
    """The channels are known, and the value with its padding is as long as the kernel."""
    yield from fixed_channels(x)
    yield from holding(kind, x.dims[1:])
    if g.padding is None:
        return
    for n, k, d, p in zip(x.dims[1:], g.kernel, g.dilation, g.padding, strict=True):
        extent = d * (k - 1) + 1
        length = settled(n) + 2 * p
        if default_of(length) < extent:
            spread = f", spread over {extent} by its dilation," if d > 1 and k > 1 else ""
            padded = f" and {default_of(length)} with its padding" if p else ""
            raise Reject(
                "E0605",
                f"a kernel {size_text(g.kernel)}{spread} does not fit in a value "
                f"of {size_text(x.shape[1:])}: {extent} is more than {default_of(n)}{padded}",
                field="kernel",
            )
        if type(length) is not int:
            yield AtLeast(length, extent, "as long as the kernel", "kernel")


def tf_same_padded(g: Geometry, x: TensorType) -> int:
    """Elements of one sample once `tf_same` has padded it."""
    count = x.channels
    for n, k, s, d in zip(x.shape[1:], *g[:3], strict=True):
        count *= n + positive_part((-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
    return count


def check_groups(kind: str, field: str, channels: int, out: int, groups: int) -> None:
    """Refuse groups that do not divide the channels on both sides."""
    split_evenly(kind, field, groups, channels, what="input channels", also=out)
    split_evenly(kind, field, groups, out, what="output channels", also=channels)


def window_of(g: Geometry) -> Window:
    """The window for receptive fields."""
    return Window(g.kernel, tuple([Fraction(s) for s in g.stride]), g.dilation)


def keywords(g: Geometry, groups: int = 1) -> dict[str, Any]:
    """The keywords that differ from PyTorch's defaults."""
    kwargs: dict[str, Any] = {}
    if any(s != 1 for s in g.stride):
        kwargs["stride"] = written(g.stride)
    if g.padding is not None and any(g.padding):
        kwargs["padding"] = written(g.padding)
    if any(d != 1 for d in g.dilation):
        kwargs["dilation"] = written(g.dilation)
    if groups != 1:
        kwargs["groups"] = groups
    return kwargs


def label(name: str, g: Geometry, out: int | None, groups: int = 1) -> str:
    """`3×3 conv, 64, /2, groups 32`: what is usual goes without saying."""
    text = f"{size_text(g.kernel)} {name}"
    if out is not None:
        text += f", {out}"
    if any(s != 1 for s in g.stride):
        text += f", /{rate_text(g.stride)}"
    if groups != 1:
        text += f", groups {groups}"
    if any(d != 1 for d in g.dilation):
        text += f", dilation {rate_text(g.dilation)}"
    return text
