"""Convolutions: windows of weights that slide over the spatial axes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from archdsl.layers import convolution_source as source
from archdsl.layers.definition import (
    Family,
    InitialiserValue,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    Size,
    Weight,
    Window,
    parameter,
)
from archdsl.layers.sides import (
    each,
    positions,
    product,
    rate_text,
    require_float32,
    size_text,
    spatial_axes,
    written,
)
from archdsl.layers.torch_call import Helper, Operand, TorchCall, WeightOf
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import ceil_div, default_of
from archdsl.shapes.tensor import Length, TensorType
from archdsl.shapes.window import transposed_length, window_length

Padding: TypeAlias = str | Size

_MODULES = ("", "torch.nn.Conv1d", "torch.nn.Conv2d", "torch.nn.Conv3d")
_TRANSPOSED_MODULES = (
    "",
    "torch.nn.ConvTranspose1d",
    "torch.nn.ConvTranspose2d",
    "torch.nn.ConvTranspose3d",
)
_FUNCTIONS = (
    "",
    "torch.nn.functional.conv1d",
    "torch.nn.functional.conv2d",
    "torch.nn.functional.conv3d",
)
_TRANSPOSED_FUNCTIONS = (
    "",
    "torch.nn.functional.conv_transpose1d",
    "torch.nn.functional.conv_transpose2d",
    "torch.nn.functional.conv_transpose3d",
)


class Geometry(NamedTuple):
    """A window's numbers for each axis; `padding` is None for `tf_same`."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[int, ...] | None


def padding_of(
    kind: str, padding: Padding, kernel: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[int, ...] | None:
    """The padding on both sides of each axis, None for `tf_same`.

    Raises:
        Reject: `same` with an even kernel, which has no middle.
    """
    if type(padding) is int:
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
        return tuple([d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True)])
    if padding == "valid":
        return (0,) * len(kernel)
    if padding == "tf_same":
        return None
    assert not isinstance(padding, str)
    return each(padding, len(kernel), "padding")


def geometry_of(
    kind: str, kernel: Size, stride: Size, padding: Padding, dilation: Size, x: TensorType
) -> Geometry:
    """A window's numbers for each spatial axis of `x`."""
    axes = spatial_axes(kind, x)
    k = each(kernel, axes, "kernel")
    d = each(dilation, axes, "dilation")
    return Geometry(k, each(stride, axes, "stride"), d, padding_of(kind, padding, k, d))


def lengths(g: Geometry, x: TensorType) -> list[Length]:
    """The spatial dimensions that a window leaves."""
    spatial: Any = x.dims[1:]
    if g.padding is None:
        return [ceil_div(n, s) for n, s in zip(spatial, g.stride, strict=True)]
    return [
        window_length(n, k, s, p, p, d)
        for n, k, s, d, p in zip(spatial, *g[:3], g.padding, strict=True)
    ]


def fits(g: Geometry, x: TensorType) -> Iterator[Condition]:
    """The value with its padding is at least as long as the kernel on every axis."""
    if g.padding is None:
        return
    for n, k, d, p in zip(x.dims[1:], g.kernel, g.dilation, g.padding, strict=True):
        extent = d * (k - 1) + 1
        length: Any = n + 2 * p  # type: ignore[operator]
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
        count *= n + max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
    return count


def check_groups(kind: str, field: str, channels: int, out: int, groups: int) -> None:
    """Refuse groups that do not divide the channels on both sides."""
    if channels % groups:
        raise Reject(
            "E0604",
            f"`{kind}` cannot split {channels} input channels into {groups} equal groups",
            field=field,
        )
    if out % groups:
        raise Reject(
            "E0604",
            f"`{kind}` cannot split {out} output channels into {groups} equal groups",
            field=field,
        )


def window_of(g: Geometry) -> Window:
    """The window for receptive fields."""
    return Window(g.kernel, tuple([Fraction(s) for s in g.stride]), g.dilation)


def _arguments(g: Geometry, groups: int) -> dict[str, Any]:
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


def _module(g: Geometry, channels: int, out: int, groups: int, bias: bool) -> TorchCall:
    target: str | Helper = _MODULES[len(g.kernel)]
    if g.padding is None:
        target = source.tf_same_module(len(g.kernel))
    kwargs = _arguments(g, groups)
    if not bias:
        kwargs["bias"] = False
    return TorchCall(target, (channels, out, written(g.kernel)), kwargs)


def _functional(g: Geometry, groups: int, bias: bool) -> TorchCall:
    target: str | Helper = _FUNCTIONS[len(g.kernel)]
    if g.padding is None:
        target = source.tf_same_function(len(g.kernel))
    args: tuple[Any, ...] = (Operand(0), WeightOf("weight"))
    if bias:
        args = (*args, WeightOf("bias"))
    return TorchCall(target, args, _arguments(g, groups))


def _saved(g: Geometry, x: TensorType) -> Saved:
    """The value it slid over: the padded copy under `tf_same`."""
    if g.padding is None:
        return Saved(extra_bytes=4 * tf_same_padded(g, x))
    return Saved(operands=(0,))


def _label(name: str, g: Geometry, out: int | None, groups: int = 1) -> str:
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


@dataclass(frozen=True)
class Conv(Layer):
    """A convolution: every output channel is a window of weights over the input channels.

    `[C, H, W] -> [out, H', W']`, also `[C, L]` and `[C, D, H, W]`;
    H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1.
    With `padding=tf_same` H' = ceil(H / stride), the odd element of padding behind.

    Args:
        out: Output channels.
        kernel: The window, `3x3` or one number for every axis.
        stride: Steps between windows.
        padding: Zeros on both sides: `same` (odd kernels), `valid`, `tf_same` or numbers.
        dilation: Steps between the taps of a window.
        groups: Input and output channels are split into this many, each seeing its own.
        bias: Whether each output channel adds a weight of its own.
        init: How `weight` starts; PyTorch's Kaiming uniform if not given.

    MACs: out · (C / groups) · kernel · output positions.
    Source: Y. LeCun et al., 1989; groups: A. Krizhevsky et al., 2012.
    """

    kind = "conv"
    family = Family.CONVOLUTION
    weighted = True
    counts_activations = True

    out: int = parameter(Kind.INT, at_least=1)
    kernel: Size = parameter(Kind.SIZE, at_least=1)
    stride: Size = parameter(Kind.SIZE, 1, at_least=1)
    padding: Padding = parameter(Kind.PADDING, "same", at_least=0)
    dilation: Size = parameter(Kind.SIZE, 1, at_least=1)
    groups: int = parameter(Kind.INT, 1, at_least=1)
    bias: bool = parameter(Kind.BOOL, True)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def _geometry(self, x: TensorType) -> Geometry:
        return geometry_of("conv", self.kernel, self.stride, self.padding, self.dilation, x)

    def output(self, x: TensorType) -> TensorType:
        """[out, H', W']."""
        return TensorType((self.out, *lengths(self._geometry(x), x)), x.dtype, x.batched)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Groups divide both channel counts; the kernel fits in the padded value."""
        require_float32("conv", x)
        g = self._geometry(x)
        if self.groups != 1:
            check_groups("conv", "groups", x.channels, self.out, self.groups)
        return fits(g, x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """weight [out, C / groups, *kernel], bias [out]."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        weight = Weight(
            "weight", (self.out, x.channels // self.groups, *kernel), init=self.init
        )
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Weights times output positions; a bias for each output element."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        elements = y.elements
        macs = elements * (x.channels // self.groups) * product(kernel)
        return Operations(macs, {"bias": elements} if self.bias else {})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input."""
        return _saved(self._geometry(x), x)

    def window(self, x: TensorType) -> Window:
        """The kernel."""
        return window_of(self._geometry(x))

    def module(self, x: TensorType) -> TorchCall:
        """`nn.Conv2d(in_channels, out, kernel, ...)`."""
        return _module(self._geometry(x), x.channels, self.out, self.groups, self.bias)

    def functional(self, x: TensorType) -> TorchCall:
        """`F.conv2d(x, weight, bias, ...)`."""
        return _functional(self._geometry(x), self.groups, self.bias)

    def label(self, x: TensorType) -> str:
        """`3×3 conv, 64, /2`."""
        return _label("conv", self._geometry(x), self.out, self.groups)


@dataclass(frozen=True)
class DepthwiseConv(Layer):
    """A convolution of each channel by itself.

    `[C, H, W] -> [C · multiplier, H', W']`, H' as in `conv`; the same as `conv` with C groups.

    Args:
        kernel: The window, `3x3` or one number for every axis.
        stride: Steps between windows.
        padding: Zeros on both sides: `same` (odd kernels), `valid`, `tf_same` or numbers.
        dilation: Steps between the taps of a window.
        multiplier: Output channels made of each input channel.
        bias: Whether each output channel adds a weight of its own.
        init: How `weight` starts; PyTorch's Kaiming uniform if not given.

    MACs: C · multiplier · kernel · output positions.
    Source: L. Sifre, 2014, "Rigid-motion scattering for image classification"; A. Howard et al.,
    2017, "MobileNets".
    """

    kind = "depthwise_conv"
    family = Family.CONVOLUTION
    weighted = True
    counts_activations = True

    kernel: Size = parameter(Kind.SIZE, at_least=1)
    stride: Size = parameter(Kind.SIZE, 1, at_least=1)
    padding: Padding = parameter(Kind.PADDING, "same", at_least=0)
    dilation: Size = parameter(Kind.SIZE, 1, at_least=1)
    multiplier: int = parameter(Kind.INT, 1, at_least=1)
    bias: bool = parameter(Kind.BOOL, True)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def _geometry(self, x: TensorType) -> Geometry:
        return geometry_of(
            "depthwise_conv", self.kernel, self.stride, self.padding, self.dilation, x
        )

    def output(self, x: TensorType) -> TensorType:
        """[C · multiplier, H', W']."""
        out = x.channels * self.multiplier
        return TensorType((out, *lengths(self._geometry(x), x)), x.dtype, x.batched)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The kernel fits in the padded value."""
        require_float32("depthwise_conv", x)
        return fits(self._geometry(x), x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """weight [C · multiplier, 1, *kernel], bias [C · multiplier]."""
        out = x.channels * self.multiplier
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        weight = Weight("weight", (out, 1, *kernel), init=self.init)
        return (weight, Weight("bias", (out,))) if self.bias else (weight,)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Weights times output positions; a bias for each output element."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        elements = y.elements
        return Operations(elements * product(kernel), {"bias": elements} if self.bias else {})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input."""
        return _saved(self._geometry(x), x)

    def window(self, x: TensorType) -> Window:
        """The kernel."""
        return window_of(self._geometry(x))

    def module(self, x: TensorType) -> TorchCall:
        """`nn.Conv2d(channels, channels, kernel, groups=channels)`."""
        c = x.channels
        return _module(self._geometry(x), c, c * self.multiplier, c, self.bias)

    def functional(self, x: TensorType) -> TorchCall:
        """`F.conv2d(x, weight, bias, groups=channels)`."""
        return _functional(self._geometry(x), x.channels, self.bias)

    def label(self, x: TensorType) -> str:
        """`3×3 depthwise, /2`."""
        out = x.channels * self.multiplier if self.multiplier != 1 else None
        return _label("depthwise", self._geometry(x), out)


@dataclass(frozen=True)
class ConvTranspose(Layer):
    """A transposed convolution: every input element paints a window of weights.

    `[C, H, W] -> [out, H', W']`;
    H' = stride (H - 1) + dilation (kernel - 1) + 1 + output_padding - 2 padding.

    Args:
        out: Output channels.
        kernel: The window, `2x2` or one number for every axis.
        stride: Steps between the windows that neighbours paint.
        padding: Elements cut off on both sides of the output.
        output_padding: Elements added behind the output; smaller than stride or dilation.
        dilation: Steps between the taps of a window.
        groups: Input and output channels are split into this many, each seeing its own.
        bias: Whether each output channel adds a weight of its own.
        init: How `weight` starts; PyTorch's Kaiming uniform if not given.

    MACs: C · (out / groups) · kernel · input positions.
    Source: M. Zeiler et al., 2010, "Deconvolutional networks".
    """

    kind = "conv_transpose"
    family = Family.CONVOLUTION
    weighted = True
    counts_activations = True

    out: int = parameter(Kind.INT, at_least=1)
    kernel: Size = parameter(Kind.SIZE, at_least=1)
    stride: Size = parameter(Kind.SIZE, 1, at_least=1)
    padding: Padding = parameter(Kind.PADDING, 0, at_least=0)
    output_padding: Size = parameter(Kind.SIZE, 0, at_least=0)
    dilation: Size = parameter(Kind.SIZE, 1, at_least=1)
    groups: int = parameter(Kind.INT, 1, at_least=1)
    bias: bool = parameter(Kind.BOOL, True)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def _geometry(self, x: TensorType) -> Geometry:
        if self.padding in ("same", "tf_same"):
            raise Reject(
                "E0603",
                "`conv_transpose` cuts its padding off the output, so there is no size to keep",
                field="padding",
                help="give numbers: padding=0 keeps all of it",
            )
        return geometry_of(
            "conv_transpose", self.kernel, self.stride, self.padding, self.dilation, x
        )

    def _lengths(self, g: Geometry, x: TensorType) -> list[Length]:
        assert g.padding is not None
        added = each(self.output_padding, len(g.kernel), "output_padding")
        spatial: Any = x.dims[1:]
        return [
            transposed_length(n, k, s, p, o, d)
            for n, k, s, d, p, o in zip(spatial, *g[:3], g.padding, added, strict=True)
        ]

    def output(self, x: TensorType) -> TensorType:
        """[out, H', W']."""
        return TensorType((self.out, *self._lengths(self._geometry(x), x)), x.dtype, x.batched)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Groups divide; output_padding is less than stride or dilation; something is left."""
        require_float32("conv_transpose", x)
        g = self._geometry(x)
        if self.groups != 1:
            check_groups("conv_transpose", "groups", x.channels, self.out, self.groups)
        added = each(self.output_padding, len(g.kernel), "output_padding")
        for o, s, d in zip(added, g.stride, g.dilation, strict=True):
            if o >= max(s, d):
                raise Reject(
                    "E0607",
                    f"`output_padding` is {o}, and must be smaller than the stride ({s}) "
                    f"or the dilation ({d})",
                    field="output_padding",
                )
        for length in self._lengths(g, x):
            if default_of(length) < 1:
                raise Reject(
                    "E0605",
                    f"`padding` cuts everything off: {default_of(length)} would be left",
                    field="padding",
                )
            if type(length) is not int:
                yield AtLeast(length, 1, "at least 1 once the padding is cut off", "padding")

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """weight [C, out / groups, *kernel], bias [out]."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        weight = Weight(
            "weight", (x.channels, self.out // self.groups, *kernel), init=self.init
        )
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Weights times input positions; a bias for each output element."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        macs = x.channels * (self.out // self.groups) * product(kernel) * positions(x)
        return Operations(macs, {"bias": y.elements} if self.bias else {})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input."""
        return Saved(operands=(0,))

    def window(self, x: TensorType) -> Window:
        """The input elements whose windows paint one output element; steps of 1 / stride."""
        g = self._geometry(x)
        seen = [d * (k - 1) // s + 1 for k, s, d in zip(*g[:3], strict=True)]
        return Window(tuple(seen), tuple([Fraction(1, s) for s in g.stride]), (1,) * len(seen))

    def _arguments(self, g: Geometry) -> dict[str, Any]:
        kwargs = _arguments(g, self.groups)
        added = each(self.output_padding, len(g.kernel), "output_padding")
        if any(added):
            kwargs["output_padding"] = written(added)
        return kwargs

    def module(self, x: TensorType) -> TorchCall:
        """`nn.ConvTranspose2d(in_channels, out, kernel, ...)`."""
        g = self._geometry(x)
        kwargs = self._arguments(g)
        if not self.bias:
            kwargs["bias"] = False
        target = _TRANSPOSED_MODULES[len(g.kernel)]
        return TorchCall(target, (x.channels, self.out, written(g.kernel)), kwargs)

    def functional(self, x: TensorType) -> TorchCall:
        """`F.conv_transpose2d(x, weight, bias, ...)`."""
        g = self._geometry(x)
        args: tuple[Any, ...] = (Operand(0), WeightOf("weight"))
        if self.bias:
            args = (*args, WeightOf("bias"))
        return TorchCall(_TRANSPOSED_FUNCTIONS[len(g.kernel)], args, self._arguments(g))

    def label(self, x: TensorType) -> str:
        """`2×2 up-conv, 64`: its stride doubles the size and goes without saying."""
        g = self._geometry(x)
        text = f"{size_text(g.kernel)} up-conv, {self.out}"
        if any(s != 2 for s in g.stride):
            text += f", ×{rate_text(g.stride)}"
        if self.groups != 1:
            text += f", groups {self.groups}"
        if any(d != 1 for d in g.dilation):
            text += f", dilation {rate_text(g.dilation)}"
        return text


@dataclass(frozen=True)
class SparseConv(Layer):
    """A convolution in which each output channel sees only the input channels its table names.

    `[C, H, W] -> [out, H', W']`, H' as in `conv`. `table[i]` lists the input channels of output
    channel i, from 0; only those windows have weights, in the table's order.

    Args:
        out: Output channels; the table has a row for each.
        kernel: The window, `5x5` or one number for every axis.
        table: For each output channel the list of input channels it sees.
        stride: Steps between windows.
        padding: Zeros on both sides: `same` (odd kernels), `valid` or numbers.
        bias: Whether each output channel adds a weight of its own.
        init: How `weight` starts; uniform within 1 / sqrt(its own fan-in) if not given.

    MACs: connections · kernel · output positions.
    Source: Y. LeCun et al., 1998, "Gradient-based learning applied to document recognition",
    table 1.
    """

    kind = "sparse_conv"
    family = Family.CONVOLUTION
    weighted = True
    counts_activations = True

    out: int = parameter(Kind.INT, at_least=1)
    kernel: Size = parameter(Kind.SIZE, at_least=1)
    table: tuple[tuple[int, ...], ...] = parameter(Kind.LIST)
    stride: Size = parameter(Kind.SIZE, 1, at_least=1)
    padding: Padding = parameter(Kind.PADDING, "same", at_least=0)
    bias: bool = parameter(Kind.BOOL, True)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def _geometry(self, x: TensorType) -> Geometry:
        if self.padding == "tf_same":
            raise Reject(
                "E0603", "`sparse_conv` takes no `tf_same` padding", field="padding",
                help="put a `pad` before it",
            )
        return geometry_of("sparse_conv", self.kernel, self.stride, self.padding, 1, x)

    def _connections(self) -> int:
        return sum(map(len, self.table))

    def output(self, x: TensorType) -> TensorType:
        """[out, H', W']."""
        return TensorType((self.out, *lengths(self._geometry(x), x)), x.dtype, x.batched)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The table has a row for each output channel and names input channels that exist."""
        require_float32("sparse_conv", x)
        if len(self.table) != self.out:
            raise Reject(
                "E0618",
                f"`table` has {len(self.table)} rows, and there are {self.out} output channels",
                field="table",
            )
        for position, row in enumerate(self.table):
            if not isinstance(row, tuple) or not row:
                raise Reject(
                    "E0618",
                    f"row {position} of `table` must list input channels",
                    field="table",
                )
            for channel in row:
                if type(channel) is not int or not 0 <= channel < x.channels:
                    raise Reject(
                        "E0618",
                        f"row {position} of `table` names channel {channel}, "
                        f"and there are channels 0 to {x.channels - 1}",
                        field="table",
                    )
            if len(set(row)) != len(row):
                raise Reject(
                    "E0618",
                    f"row {position} of `table` names a channel twice",
                    field="table",
                )
        return fits(self._geometry(x), x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """weight [connections, *kernel], bias [out]; the table itself is no tensor."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        weight = Weight("weight", (self._connections(), *kernel), init=self.init)
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Weights times output positions; a bias for each output element."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        macs = self._connections() * product(kernel) * positions(y)
        return Operations(macs, {"bias": y.elements} if self.bias else {})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, and the weights spread out with zeros where there is no connection."""
        g = self._geometry(x)
        places = 8 * self._connections() * 2
        return Saved((0,), fixed_bytes=4 * self.out * x.channels * product(g.kernel) + places)

    def window(self, x: TensorType) -> Window:
        """The kernel."""
        return window_of(self._geometry(x))

    def _keywords(self, g: Geometry) -> dict[str, Any]:
        return _arguments(g, 1)

    def module(self, x: TensorType) -> TorchCall:
        """`SparseConv2d(in_channels, kernel, table, ...)`."""
        g = self._geometry(x)
        kwargs = self._keywords(g)
        if not self.bias:
            kwargs["bias"] = False
        table = [list(row) for row in self.table]
        return TorchCall(
            source.sparse_module(len(g.kernel)), (x.channels, written(g.kernel), table), kwargs
        )

    def functional(self, x: TensorType) -> TorchCall:
        """`sparse_conv2d(x, weight, bias, in_channels, table, ...)`."""
        g = self._geometry(x)
        bias = WeightOf("bias") if self.bias else None
        table = [list(row) for row in self.table]
        return TorchCall(
            source.sparse_function(len(g.kernel)),
            (Operand(0), WeightOf("weight"), bias, x.channels, table),
            self._keywords(g),
        )

    def label(self, x: TensorType) -> str:
        """`5×5 sparse conv, 16`."""
        return _label("sparse conv", self._geometry(x), self.out)


