"""Layers that change the height and width of a value without weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from archdsl.layers import resize_source as source
from archdsl.layers.axes import fixed_channels
from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    Size,
    Window,
    parameter,
)
from archdsl.layers.settled import holding, settled
from archdsl.layers.shape import VIEW
from archdsl.layers.sides import (
    AXES,
    FLOATING,
    each,
    require_batch,
    require_dtype,
    shape_text,
    size_text,
    spatial_axes,
    written,
)
from archdsl.layers.torch_call import Infix, Operand, SizeOf, TorchCall
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import default_of, floor_div
from archdsl.shapes.tensor import Length, TensorType

Factor: TypeAlias = int | Fraction


@dataclass(frozen=True)
class Crop(Layer):
    """A value cut to the height and width of another.

    `[C, H, W], like [_, h, w] -> [C, h, w]`, from `offset` on, else from floor((H - h) / 2) and
    floor((W - w) / 2) on.

    Args:
        like: The named value whose size it shall have.
        offset: The first row and column that are kept, one number for both or one for each.

    Source: O. Ronneberger et al., 2015, "U-Net"; with offsets: J. Long et al., 2015, "Fully
    convolutional networks for semantic segmentation".
    """

    kind = "crop"
    family = Family.SHAPE

    like: int = parameter(Kind.VALUE)
    offset: Size | None = parameter(Kind.SIZE, None, at_least=0, optional=True)

    def output(self, x: TensorType, like: TensorType) -> TensorType:
        """[C, h, w]."""
        return x.with_dims(x.dims[0], *like.dims[1:])

    def conditions(self, x: TensorType, like: TensorType) -> Iterator[Condition]:
        """The part lies within the value."""
        axes = spatial_axes("crop", x)
        _check_like("crop", x, like)
        offsets = (0,) * axes if self.offset is None else each(self.offset, axes, "offset")
        yield from holding("crop", (*x.dims[1:], *like.dims[1:]))
        for side, other, offset in zip(x.dims[1:], like.dims[1:], offsets, strict=True):
            room, end = settled(side), settled(other) + offset
            if default_of(room) < default_of(end):
                at = f" from {size_text(offsets)} on" if any(offsets) else ""
                raise Reject(
                    "E0605",
                    f"{size_text(like.shape[1:])}{at} cannot be cut out of "
                    f"{size_text(x.shape[1:])}",
                    field="offset" if any(offsets) else "like",
                )
            yield AtLeast(room, end, "as large as what is cut out of it", "like")

    def operations(self, x: TensorType, like: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, like: TensorType, y: TensorType) -> Saved:
        """Nothing."""
        return VIEW

    def functional(self, x: TensorType, like: TensorType) -> TorchCall:
        """`crop2d(x, like)`."""
        axes = spatial_axes("crop", x)
        args: tuple[Any, ...] = (Operand(0), Operand(1))
        if self.offset is not None:
            args = (*args, each(self.offset, axes, "offset"))
        return TorchCall(source.crop(axes), args)

    def label(self, x: TensorType, like: TensorType | None = None) -> str:
        """`crop`; `crop, from 5`."""
        if self.offset is None:
            return "crop"
        offsets = each(self.offset, spatial_axes("crop", x), "offset")
        return (
            f"crop, from {written([str(o) for o in offsets])}"
            if len(set(offsets)) == 1
            else (f"crop, from {size_text(offsets)}")
        )


def _check_like(kind: str, x: TensorType, like: TensorType) -> None:
    """Refuse a size of another rank."""
    if like.rank != x.rank:
        raise Reject(
            "E0602",
            f"`{kind}` takes the size of {shape_text(like)}, and the value has {AXES[x.rank - 1]}",
            field="like",
        )


_LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}


@dataclass(frozen=True)
class Upsample(Layer):
    """A value made larger or smaller by repeating or blending its elements.

    `[C, H, W] -> [C, floor(H · scale), floor(W · scale)]`, also `[C, L]` and `[C, D, H, W]`; with
    `size` or `like` to that height and width.

    Args:
        scale: How many times as large: a whole number or a fraction such as `3/2`, exactly.
        size: The height and width themselves.
        like: A named value whose height and width it shall have.
        mode: `nearest`, or `linear`, `bilinear`, `trilinear` for one, two, three spatial axes.
        align_corners: Whether the corner elements stay at the corners (not with `nearest`).

    Source: PyTorch's `interpolate`.
    """

    kind = "upsample"
    family = Family.SHAPE

    scale: Factor | tuple[Factor, ...] | None = parameter(Kind.FACTOR, None, optional=True)
    size: Size | None = parameter(Kind.SIZE, None, at_least=1, optional=True)
    like: int | None = parameter(Kind.VALUE, None, optional=True)
    mode: str = parameter(Kind.STRING, "nearest", choices=("nearest", *_LINEAR))
    align_corners: bool = parameter(Kind.BOOL, False)

    def _scales(self, axes: int) -> tuple[Fraction, ...]:
        """The scale of each axis."""
        scales = self.scale if isinstance(self.scale, tuple) else (self.scale,) * axes
        if len(scales) != axes:
            raise Reject(
                "E0602",
                f"`scale` has {len(scales)} side{'s' if len(scales) != 1 else ''}, "
                f"and the value has {AXES[axes]}",
                field="scale",
            )
        for scale in scales:
            if isinstance(scale, tuple) or scale is None or scale <= 0:
                raise Reject(
                    "E0503",
                    f"`scale` must be more than 0 on each axis, and this is {scale}",
                    field="scale",
                )
        return tuple([Fraction(scale) for scale in scales])  # type: ignore[arg-type]

    def _lengths(self, x: TensorType, like: TensorType | None) -> tuple[Length, ...]:
        axes = spatial_axes("upsample", x)
        given = [name for name in ("scale", "size", "like") if getattr(self, name) is not None]
        if len(given) != 1:
            raise Reject(
                "E0635",
                "`upsample` takes one of `scale`, `size` and `like`, and "
                + (" and ".join(f"`{name}`" for name in given) + " are" if given else "none is")
                + " given",
                field=given[-1] if given else None,
                help=None if given else "twice as large is `upsample(2)`",
            )
        if like is not None:
            _check_like("upsample", x, like)
            return like.dims[1:]
        if self.size is not None:
            return self._given(self.size, axes)
        return tuple(
            [
                floor_div(settled(n) * scale.numerator, scale.denominator)
                for n, scale in zip(x.dims[1:], self._scales(axes), strict=True)
            ]
        )

    def _given(self, size: Size, axes: int) -> tuple[int, ...]:
        try:
            return each(size, axes, "size")
        except Reject as reject:
            if reject.code == "E0617":
                reject.help = "name a value that has this size: `like=image`"
            raise

    def output(self, x: TensorType, like: TensorType | None = None) -> TensorType:
        """[C, H', W']."""
        return x.with_dims(x.dims[0], *self._lengths(x, like))

    def conditions(self, x: TensorType, like: TensorType | None = None) -> Iterator[Condition]:
        """The mode suits the axes, and something is left."""
        require_batch("upsample", x)
        lengths = self._lengths(x, like)
        axes = len(lengths)
        wanted = _LINEAR.get(self.mode, axes)
        if wanted != axes:
            names = {count: name for name, count in _LINEAR.items()}
            raise Reject(
                "E0636",
                f'"{self.mode}" is for {AXES[wanted]}, and the value has {AXES[axes]}',
                field="mode",
                help=f'here it is mode="{names[axes]}"',
            )
        if self.align_corners and self.mode == "nearest":
            raise Reject(
                "E0636",
                "`nearest` blends nothing, so it has no corners to align",
                field="align_corners",
            )
        whole = {"uint8"} if self.mode in ("nearest", "bilinear") else set()
        require_dtype("upsample", x, FLOATING | whole)
        if self.scale is not None:
            yield from holding("upsample", x.dims[1:])
        for n, length in zip(x.dims[1:], lengths, strict=True):
            if default_of(length) < 1:
                raise Reject(
                    "E0605",
                    f"`scale` leaves nothing of an axis of {default_of(n)}",
                    field="scale",
                )
            yield AtLeast(length, 1, "at least 1 once it is scaled", "scale")

    def operations(self, x: TensorType, *others: TensorType) -> Operations:
        """For each output element of a blend: its 2, 4 or 8 neighbours weighted and added."""
        if self.mode == "nearest":
            return Operations()
        neighbours = 2 ** _LINEAR[self.mode]
        return Operations(other={"upsample": others[-1].elements * (2 * neighbours - 1)})

    def saved(self, x: TensorType, *others: TensorType) -> Saved:
        """Nothing."""
        return Saved()

    def window(self, x: TensorType, like: TensorType | None = None) -> Window:
        """One element, or two neighbours where they are blended; steps of 1 / scale."""
        if self.scale is not None:
            steps = [1 / scale for scale in self._scales(spatial_axes("upsample", x))]
        else:
            after = [default_of(n) for n in self._lengths(x, like)]
            steps = [Fraction(n, m) for n, m in zip(x.shape[1:], after, strict=True)]
        axes = len(steps)
        taps = 1 if self.mode == "nearest" else 2
        return Window((taps,) * axes, tuple(steps), (1,) * axes)

    def functional(self, x: TensorType, like: TensorType | None = None) -> TorchCall:
        """`F.interpolate(x, scale_factor=2)`; fractions as a `size`, so that no float rounds."""
        kwargs: dict[str, Any] = {}
        if like is not None:
            first = 2 if like.batched else 1
            kwargs["size"] = tuple([SizeOf(1, first + i) for i in range(x.rank - 1)])
        elif self.size is not None:
            kwargs["size"] = written(each(self.size, x.rank - 1, "size"))
        else:
            scales = self._scales(x.rank - 1)
            if all(scale.denominator == 1 for scale in scales):
                kwargs["scale_factor"] = written([scale.numerator for scale in scales])
            else:
                kwargs["size"] = tuple(
                    [_scaled(SizeOf(0, axis), scale) for axis, scale in enumerate(scales, 2)]
                )
        if self.mode != "nearest":
            kwargs["mode"] = self.mode
            kwargs["align_corners"] = self.align_corners
        return TorchCall("torch.nn.functional.interpolate", (Operand(0),), kwargs)

    def label(self, x: TensorType, like: TensorType | None = None) -> str:
        """`upsample, ×2`; `bilinear, ×2`."""
        name = "upsample" if self.mode == "nearest" else self.mode
        if self.scale is not None:
            scales = self._scales(x.rank - 1)
            alike = all(scale == scales[0] for scale in scales)
            return f"{name}, ×{scales[0] if alike else size_text(scales)}"
        if self.size is not None:
            return f"{name}, to {size_text(each(self.size, x.rank - 1, 'size'))}"
        return name


def _scaled(side: SizeOf, scale: Fraction) -> Any:
    """floor(side · scale) at run time."""
    times = side if scale.numerator == 1 else Infix("*", side, scale.numerator)
    return times if scale.denominator == 1 else Infix("//", times, scale.denominator)


@dataclass(frozen=True)
class PixelShuffle(Layer):
    """Channels laid out as pixels: each r × r channels become one channel of r × r pixels.

    `[C · r², H, W] -> [C, H · r, W · r]` for the factor r.

    Args:
        factor: How many times as high and wide.

    Source: W. Shi et al., 2016, "Real-time single image and video super-resolution", equation 4.
    """

    kind = "pixel_shuffle"
    family = Family.SHAPE

    factor: int = parameter(Kind.INT, at_least=1)

    def output(self, x: TensorType) -> TensorType:
        """[C / r², H · r, W · r]."""
        sides: list[Any] = [settled(n) * self.factor for n in x.dims[1:]]
        return x.with_dims(x.channels // self.factor**2, *sides)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The channels come out even."""
        if x.rank != 3:
            raise Reject("E0600", f"`pixel_shuffle` takes [C, H, W], and this is {shape_text(x)}")
        block = self.factor**2
        if x.channels % block:
            raise Reject(
                "E0604",
                f"`pixel_shuffle` cannot lay out {x.channels} channels as "
                f"{self.factor}×{self.factor} pixels: {block} does not divide them",
                field="factor",
            )
        yield from fixed_channels(x)
        yield from holding("pixel_shuffle", x.dims[1:])

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """Nothing."""
        return Saved()

    def window(self, x: TensorType) -> Window:
        """One element, in steps of 1 / factor."""
        return Window((1, 1), (Fraction(1, self.factor),) * 2, (1, 1))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.pixel_shuffle(x, factor)`."""
        return TorchCall("torch.nn.functional.pixel_shuffle", (Operand(0), self.factor))

    def label(self, x: TensorType) -> str:
        """`pixel shuffle, ×2`."""
        return f"pixel shuffle, ×{self.factor}"
