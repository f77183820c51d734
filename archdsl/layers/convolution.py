"""Convolutions: windows of weights that slide over the spatial axes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from archdsl.layers import convolution_source as source
from archdsl.layers.axes import fixed_channels
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
from archdsl.layers.geometry import (
    Geometry,
    Padding,
    check_groups,
    fits,
    geometry_of,
    keywords,
    label,
    lengths,
    tf_same_padded,
    window_of,
)
from archdsl.layers.initialisation import grouped
from archdsl.layers.settled import holding, settled
from archdsl.layers.sides import (
    each,
    kept,
    positions,
    product,
    rate_text,
    require_float32,
    size_text,
    written,
)
from archdsl.layers.torch_call import Helper, Operand, TorchCall, WeightOf
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import DTYPE_BYTES, Length, TensorType
from archdsl.shapes.window import transposed_length

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


def _module(g: Geometry, channels: int, out: int, groups: int, bias: bool) -> TorchCall:
    target: str | Helper = _MODULES[len(g.kernel)]
    if g.padding is None:
        target = source.tf_same_module(len(g.kernel))
    kwargs = keywords(g, groups)
    if not bias:
        kwargs["bias"] = False
    return TorchCall(target, (channels, out, written(g.kernel)), kwargs)


def _functional(g: Geometry, groups: int, bias: bool) -> TorchCall:
    if g.padding is None:
        return TorchCall(
            source.tf_same_function(len(g.kernel)),
            (
                Operand(0),
                WeightOf("weight"),
                WeightOf("bias") if bias else None,
                g.stride,
                g.dilation,
            ),
            {"groups": groups} if groups != 1 else {},
        )
    target = _FUNCTIONS[len(g.kernel)]
    args: tuple[Any, ...] = (Operand(0), WeightOf("weight"))
    if bias:
        args = (*args, WeightOf("bias"))
    return TorchCall(target, args, keywords(g, groups))


def _saved(g: Geometry, x: TensorType) -> Saved:
    """The value it slid over: a padded copy where `tf_same` makes one."""
    if g.padding is None:
        return kept(x, DTYPE_BYTES[x.dtype] * tf_same_padded(g, x))
    return Saved(operands=(0,))


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
        return fits(self.kind, g, x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` [out, C / groups, *kernel], `bias` [out]."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        weight = Weight(
            "weight",
            (self.out, x.channels // self.groups, *kernel),
            init=grouped(self.init, self.groups),
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
        return label("conv", self._geometry(x), self.out, self.groups)


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
        return fits(self.kind, self._geometry(x), x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` [C · multiplier, 1, *kernel], `bias` [C · multiplier]."""
        out = x.channels * self.multiplier
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        init = grouped(self.init, x.channels)
        weight = Weight("weight", (out, 1, *kernel), init=init)
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
        return label("depthwise", self._geometry(x), out)


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
        spatial = [settled(n) for n in x.dims[1:]]
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
        yield from fixed_channels(x)
        yield from holding(self.kind, x.dims[1:])
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
        """`weight` [C, out / groups, *kernel], `bias` [out]."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        weight = Weight(
            "weight",
            (x.channels, self.out // self.groups, *kernel),
            init=grouped(self.init, self.groups),
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
        kwargs = keywords(g, self.groups)
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
