"""Layers with weights and layers over windows, in plain PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its name everywhere

from archdsl.testing.meanings import (
    Arguments,
    Meaning,
    Meanings,
    Ran,
    Refused,
    for_each_axis,
    ran_of,
    spatial_axes,
)

MEANINGS = Meanings()


def _padded(a: Arguments, x: Tensor, default: Any = "same") -> tuple[Tensor, Any]:
    """The input of a convolution, padded where PyTorch could not, and what is left to pad."""
    axes = spatial_axes(x)
    kernel = for_each_axis(a["kernel"], axes)
    stride = for_each_axis(a.get("stride", 1), axes)
    dilation = for_each_axis(a.get("dilation", 1), axes)
    padding = a.get("padding", default)
    if padding == "valid":
        return x, (0,) * axes
    if padding == "same":
        if any(k % 2 == 0 for k in kernel):
            raise Refused("an even kernel has no middle")
        return x, tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    if padding == "tf_same":
        sides: list[int] = []
        for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True):
            total = max((math.ceil(n / s) - 1) * s + d * (k - 1) + 1 - n, 0)
            sides = [total // 2, total - total // 2, *sides]
        return F.pad(x, sides), (0,) * axes
    return x, for_each_axis(padding, axes)


@MEANINGS.of("conv", "depthwise_conv")
def _conv(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    x = operands[0]
    axes = spatial_axes(x)
    channels = x.shape[1]
    out = a["out"] if "out" in a else channels * a.get("multiplier", 1)
    groups = a.get("groups", 1) if "out" in a else channels
    padded, padding = _padded(a, x)
    module = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[axes - 1](
        channels,
        out,
        for_each_axis(a["kernel"], axes),
        for_each_axis(a.get("stride", 1), axes),
        padding,
        for_each_axis(a.get("dilation", 1), axes),
        groups,
        a.get("bias", True),
    )
    return ran_of(module, [padded])


@MEANINGS.of("conv_transpose")
def _conv_transpose(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    x = operands[0]
    axes = spatial_axes(x)
    kind = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[axes - 1]
    return kind(
        x.shape[1],
        a["out"],
        for_each_axis(a["kernel"], axes),
        for_each_axis(a.get("stride", 1), axes),
        for_each_axis(a.get("padding", 0), axes),
        for_each_axis(a.get("output_padding", 0), axes),
        a.get("groups", 1),
        a.get("bias", True),
        for_each_axis(a.get("dilation", 1), axes),
    )


@MEANINGS.of("sparse_conv")
def _sparse_conv(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    x = operands[0]
    dense = _conv({k: v for k, v in a.items() if k != "table"}, operands)
    table = a["table"]
    if a.get("padding") == "tf_same":
        raise Refused("a sparse convolution pads both sides alike")
    if len(table) != a["out"] or not all(table):
        raise Refused("a row for each output channel")
    if any(not 0 <= m < x.shape[1] for row in table for m in row):
        raise Refused("the table names channels that are not there")
    if any(len(set(row)) < len(row) for row in table):
        raise Refused("the table names a channel twice")
    window = math.prod(for_each_axis(a["kernel"], spatial_axes(x)))
    links = sum(len(row) for row in table)
    bias = a["out"] if a.get("bias", True) else 0
    return Ran(dense.outputs, links * window + bias)


@MEANINGS.of("linear")
def _linear(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    return nn.Linear(operands[0].shape[-1], a["out"], a.get("bias", True))


@MEANINGS.of("embedding")
def _embedding(a: Arguments, _operands: Sequence[Tensor]) -> nn.Module:
    return nn.Embedding(a["count"], a["width"])


@MEANINGS.of("rbf")
def _rbf(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    centres = torch.tensor(a["centres"], dtype=torch.float32)
    if centres.dim() != 2 or centres.shape[1] != operands[0].shape[-1]:
        raise Refused("centres of another width")
    distances = (operands[0].unsqueeze(-2) - centres).square().sum(-1)
    return Ran((distances,), 0, centres.numel())


@MEANINGS.of("max_pool")
def _max_pool(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    axes = spatial_axes(operands[0])
    kernel = for_each_axis(a["kernel"], axes)
    pool = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[axes - 1](
        kernel,
        for_each_axis(a["stride"], axes) if "stride" in a else kernel,
        for_each_axis(a.get("padding", 0), axes),
        for_each_axis(a.get("dilation", 1), axes),
        return_indices=a.get("return_indices", False),
        ceil_mode=a.get("ceil_mode", False),
    )
    result = pool(operands[0])
    if not isinstance(result, tuple):
        return Ran((result,))
    result[1].pooled_from = operands[0].shape
    return Ran(result)


@MEANINGS.of("max_unpool")
def _max_unpool(_a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x, indices = operands
    if x.shape != indices.shape or not hasattr(indices, "pooled_from"):
        raise Refused("an index for each element of what was pooled")
    y = x.new_zeros(indices.pooled_from)
    return y.flatten(2).scatter(2, indices.flatten(2), x.flatten(2)).view_as(y)


@MEANINGS.of("avg_pool")
def _avg_pool(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    axes = spatial_axes(operands[0])
    kernel = for_each_axis(a["kernel"], axes)
    stride = for_each_axis(a["stride"], axes) if "stride" in a else kernel
    padding = for_each_axis(a.get("padding", 0), axes)
    options = (a.get("ceil_mode", False), a.get("count_include_pad", True))
    if axes == 1:
        return nn.AvgPool1d(kernel, stride, padding, *options)
    kind = nn.AvgPool2d if axes == 2 else nn.AvgPool3d
    return kind(kernel, stride, padding, *options, divisor_override=a.get("divisor"))


def _over_space(reduce: Callable[[Tensor, list[int], bool], Tensor]) -> Meaning:
    def run(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
        x = operands[0]
        axes = spatial_axes(x)
        return reduce(x, list(range(2, 2 + axes)), a.get("keep", False))

    return run


MEANINGS["global_avg_pool"] = _over_space(lambda x, axes, keep: x.mean(axes, keepdim=keep))
MEANINGS["global_max_pool"] = _over_space(lambda x, axes, keep: x.amax(axes, keepdim=keep))


@MEANINGS.of("adaptive_avg_pool")
def _adaptive_avg(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    axes = spatial_axes(operands[0])
    kind = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[axes - 1]
    return kind(for_each_axis(a["size"], axes))


@MEANINGS.of("adaptive_max_pool")
def _adaptive_max(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    axes = spatial_axes(operands[0])
    kind = (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)[axes - 1]
    return kind(for_each_axis(a["size"], axes))


@MEANINGS.of("batch_norm")
def _batch_norm(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    x = operands[0]
    kind = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[spatial_axes(x) - 1]
    return kind(x.shape[1], affine=a.get("affine", True))


@MEANINGS.of("instance_norm")
def _instance_norm(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    x = operands[0]
    kind = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[spatial_axes(x) - 1]
    return kind(x.shape[1], affine=a.get("affine", False))


@MEANINGS.of("group_norm")
def _group_norm(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    spatial_axes(operands[0])
    return nn.GroupNorm(a["groups"], operands[0].shape[1])


@MEANINGS.of("layer_norm")
def _layer_norm(_a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    return nn.LayerNorm(operands[0].shape[-1])


@MEANINGS.of("local_response_norm")
def _local_response_norm(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    spatial_axes(operands[0])
    if a["size"] < 1:
        raise Refused("a window without channels")
    return nn.LocalResponseNorm(a["size"])


def _recurrent(kind: Any) -> Meaning:
    def run(a: Arguments, operands: Sequence[Tensor]) -> Ran:
        x = _sequence(operands[0])
        module = kind(
            x.shape[-1],
            a["hidden"],
            num_layers=a.get("layers", 1),
            bias=a.get("bias", True),
            batch_first=True,
            bidirectional=a.get("bidirectional", False),
        )
        return Ran((module(x)[0],), sum(p.numel() for p in module.parameters()))

    return run


MEANINGS["lstm"] = _recurrent(nn.LSTM)
MEANINGS["gru"] = _recurrent(nn.GRU)
MEANINGS["rnn"] = _recurrent(nn.RNN)


@MEANINGS.of("attention")
def _attention(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    x = _sequence(operands[0])
    context = _sequence(operands[-1])
    width = context.shape[-1]
    module = nn.MultiheadAttention(
        x.shape[-1],
        a["heads"],
        bias=a.get("bias", True),
        batch_first=True,
        kdim=width,
        vdim=width,
    )
    module.eval()
    attended = module(x, context, context, need_weights=False)[0]
    return Ran((attended,), sum(p.numel() for p in module.parameters()))


def _sequence(x: Tensor) -> Tensor:
    if x.dim() != 3:
        raise Refused("not a sequence")
    return x
