"""Pooling: one value for each window, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

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
from archdsl.layers.geometry import Geometry, Padding, geometry_of, window_of
from archdsl.layers.settled import holding, settled
from archdsl.layers.sides import (
    FLOATING,
    each,
    kept,
    product,
    rate_text,
    require_dtype,
    size_text,
    written,
)
from archdsl.layers.torch_call import Operand, TorchCall
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import DTYPE_BYTES, Length, TensorType
from archdsl.shapes.window import pool_length

INDEX_BYTES = DTYPE_BYTES["int64"]
"""Bytes of one position of a largest element."""

_MOST = 2**31 - 1
_NUMBERS = FLOATING | {"int64", "int32", "int16", "int8", "uint8"}

_MAX = (
    "",
    "torch.nn.functional.max_pool1d",
    "torch.nn.functional.max_pool2d",
    "torch.nn.functional.max_pool3d",
)
_AVG = (
    "",
    "torch.nn.functional.avg_pool1d",
    "torch.nn.functional.avg_pool2d",
    "torch.nn.functional.avg_pool3d",
)


class _Sliding(Layer):
    """What pools over sliding windows have in common."""

    family = Family.POOLING
    short: ClassVar[str]

    kernel: Size
    stride: Size | None
    padding: Padding
    ceil_mode: bool

    def _geometry(self, x: TensorType, dilation: Size = 1) -> Geometry:
        if self.padding == "tf_same":
            raise Reject(
                "E0603",
                f"`{self.kind}` takes no `tf_same` padding",
                field="padding",
                help="put a `pad` before it",
            )
        stride = self.kernel if self.stride is None else self.stride
        return geometry_of(self.kind, self.kernel, stride, self.padding, dilation, x)

    def _lengths(self, g: Geometry, x: TensorType) -> list[Length]:
        assert g.padding is not None
        spatial = [settled(n) for n in x.dims[1:]]
        return [
            pool_length(n, k, s, p, d, self.ceil_mode)
            for n, k, s, d, p in zip(spatial, *g[:3], g.padding, strict=True)
        ]

    def _fits(self, g: Geometry, x: TensorType) -> Iterator[Condition]:
        """Padding is at most half of the kernel, and there is room for a window."""
        assert g.padding is not None
        for field, sides in zip(("kernel", "stride", "dilation"), g[:3], strict=True):
            if max(sides) > _MOST:
                raise Reject(
                    "E0503", f"`{field}` is {max(sides):,}, and at most 2**31 - 1", field=field
                )
        for k, p in zip(g.kernel, g.padding, strict=True):
            if p > k // 2:
                raise Reject(
                    "E0606",
                    f"`padding` is {p}, and at most half of the kernel ({k}) can be padded",
                    field="padding",
                    help=f"pad by {k // 2} here, and put a `pad` before it for the rest",
                )
        yield from holding(self.kind, x.dims[1:])
        for n, k, d, p, length in zip(
            x.dims[1:], g.kernel, g.dilation, g.padding, self._lengths(g, x), strict=True
        ):
            if default_of(length) < 1:
                extent = d * (k - 1) + 1
                spread = f", spread over {extent} by its dilation," if extent > k else ""
                padded = f" and {default_of(n) + 2 * p} with its padding" if p else ""
                raise Reject(
                    "E0605",
                    f"a window {size_text(g.kernel)}{spread} does not fit in a value "
                    f"of {size_text(x.shape[1:])}: {extent} is more than {default_of(n)}{padded}",
                    field="kernel",
                )
            if type(length) is not int:
                yield AtLeast(length, 1, "long enough for a window", "kernel")

    def _keywords(self, g: Geometry) -> dict[str, Any]:
        """The keywords that differ from PyTorch's defaults."""
        kwargs: dict[str, Any] = {}
        if g.stride != g.kernel:
            kwargs["stride"] = written(g.stride)
        if g.padding is not None and any(g.padding):
            kwargs["padding"] = written(g.padding)
        if any(d != 1 for d in g.dilation):
            kwargs["dilation"] = written(g.dilation)
        if self.ceil_mode:
            kwargs["ceil_mode"] = True
        return kwargs

    def _label(self, g: Geometry) -> str:
        """The stride goes without saying where windows touch, and where it is 1."""
        text = f"{size_text(g.kernel)} {self.short}"
        if g.stride != g.kernel and any(s != 1 for s in g.stride):
            text += f", /{rate_text(g.stride)}"
        if any(d != 1 for d in g.dilation):
            text += f", dilation {rate_text(g.dilation)}"
        return text


@dataclass(frozen=True)
class MaxPool(_Sliding):
    """The largest value of each window.

    `[C, H, W] -> [C, H', W']`, also `[C, L]` and `[C, D, H, W]`;
    H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, with `ceil_mode` rounded
    up, but for a window that would start in the padding behind.

    Args:
        kernel: The window, `3x3` or one number for every axis.
        stride: Steps between windows; the kernel if not given, so that windows touch.
        padding: Elements on both sides that are never the largest; at most half of the kernel.
        dilation: Steps between the elements of a window.
        ceil_mode: Whether a last window may hang over the end.
        return_indices: Whether a second output says where in its channel each value came from.

    Operations: kernel elements - 1 comparisons for each output element.
    """

    kind = "max_pool"
    short = "max pool"

    kernel: Size = parameter(Kind.SIZE, at_least=1)
    stride: Size | None = parameter(Kind.SIZE, None, at_least=1, shown="kernel")
    padding: Padding = parameter(Kind.PADDING, 0, at_least=0)
    dilation: Size = parameter(Kind.SIZE, 1, at_least=1)
    ceil_mode: bool = parameter(Kind.BOOL, False)
    return_indices: bool = parameter(Kind.BOOL, False)

    def output(self, x: TensorType) -> TensorType | tuple[TensorType, ...]:
        """[C, H', W'], and where each value came from, int64, if asked for."""
        pooled = x.with_dims(x.dims[0], *self._lengths(self._geometry(x, self.dilation), x))
        if self.return_indices:
            return pooled, TensorType(pooled.dims, "int64", x.batched)
        return pooled

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The padding suits the kernel, and a window the padded value."""
        g = self._geometry(x, self.dilation)
        require_dtype(self.kind, x, FLOATING if len(g.kernel) == 1 else _NUMBERS)
        return self._fits(g, x)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """A comparison less than there are elements in a window, for each output element."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        return Operations(other={"max_pool": y.elements * (product(kernel) - 1)})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, and where in it the output's elements were."""
        if self.return_indices:
            return Saved((0,), (1,))
        return kept(x, INDEX_BYTES * y.elements, (0,))

    def window(self, x: TensorType) -> Window:
        """The kernel."""
        return window_of(self._geometry(x, self.dilation))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.max_pool2d(x, kernel, stride=..., padding=...)`."""
        g = self._geometry(x, self.dilation)
        kwargs = self._keywords(g)
        if self.return_indices:
            kwargs["return_indices"] = True
        return TorchCall(_MAX[len(g.kernel)], (Operand(0), written(g.kernel)), kwargs)

    def label(self, x: TensorType) -> str:
        """`3×3 max pool, /2`."""
        return self._label(self._geometry(x, self.dilation))


@dataclass(frozen=True)
class AvgPool(_Sliding):
    """The mean of each window, or its sum over a divisor.

    `[C, H, W] -> [C, H', W']`, H' as in `max_pool`.

    Args:
        kernel: The window, `2x2` or one number for every axis.
        stride: Steps between windows; the kernel if not given, so that windows touch.
        padding: Zeros on both sides; at most half of the kernel.
        ceil_mode: Whether a last window may hang over the end.
        count_include_pad: Whether a window's zeros count as elements of it.
        divisor: What each sum is divided by; the number of elements if not given, and 1 makes it
            a sum. On two or three axes only.

    Operations: as many as the kernel has elements, for each output element.
    """

    kind = "avg_pool"
    short = "avg pool"

    kernel: Size = parameter(Kind.SIZE, at_least=1)
    stride: Size | None = parameter(Kind.SIZE, None, at_least=1, shown="kernel")
    padding: Padding = parameter(Kind.PADDING, 0, at_least=0)
    ceil_mode: bool = parameter(Kind.BOOL, False)
    count_include_pad: bool = parameter(Kind.BOOL, True)
    divisor: int | None = parameter(Kind.INT, None, optional=True)

    def output(self, x: TensorType) -> TensorType:
        """[C, H', W']."""
        return x.with_dims(x.dims[0], *self._lengths(self._geometry(x), x))

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """As for `max_pool`; on three axes the value itself is as long as the kernel."""
        g = self._geometry(x)
        axes = len(g.kernel)
        require_dtype(self.kind, x, _AVERAGED_VOLUMES if axes == 3 else _AVERAGED)
        if self.divisor == 0:
            raise Reject("E0503", "`divisor` must not be 0", field="divisor")
        if self.divisor is not None and axes == 1:
            raise Reject(
                "E0622",
                "`avg_pool` takes a `divisor` on two and three spatial axes, and this is "
                f"[{', '.join(map(str, x.shape))}]",
                field="divisor",
                help="put a `scale` behind it",
            )
        yield from self._fits(g, x)
        if axes < 3:
            return
        for n, k in zip(x.dims[1:], g.kernel, strict=True):
            if default_of(n) < k:
                raise Reject(
                    "E0605",
                    f"a window {size_text(g.kernel)} does not fit in a value of "
                    f"{size_text(x.shape[1:])}: on three axes no padding counts",
                    field="kernel",
                )
            if type(n) is not int:
                yield AtLeast(n, k, "as long as the kernel", "kernel")

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """As many as there are elements in a window, for each output element."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        return Operations(other={"avg_pool": y.elements * product(kernel)})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input."""
        return Saved((0,))

    def window(self, x: TensorType) -> Window:
        """The kernel."""
        return window_of(self._geometry(x))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.avg_pool2d(x, kernel, stride=..., padding=...)`."""
        g = self._geometry(x)
        kwargs = self._keywords(g)
        if not self.count_include_pad:
            kwargs["count_include_pad"] = False
        if self.divisor is not None:
            kwargs["divisor_override"] = self.divisor
        return TorchCall(_AVG[len(g.kernel)], (Operand(0), written(g.kernel)), kwargs)

    def label(self, x: TensorType) -> str:
        """`2×2 avg pool`."""
        return self._label(self._geometry(x))


_AVERAGED = FLOATING | {"int64"}
_AVERAGED_VOLUMES = frozenset({"float64", "float32", "int64"})
