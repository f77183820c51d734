"""Activations, and layers that rearrange, resize and join values, in plain PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
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
    spatial_axes,
)

MEANINGS = Meanings()


def _plain(kind: type[nn.Module]) -> Meaning:
    """A module without arguments."""

    def run(_a: Arguments, _operands: Sequence[Tensor]) -> nn.Module:
        return kind()

    return run


for _name, _kind in {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "mish": nn.Mish,
    "sigmoid": nn.Sigmoid,
    "hard_sigmoid": nn.Hardsigmoid,
    "hard_swish": nn.Hardswish,
    "tanh": nn.Tanh,
    "leaky_relu": nn.LeakyReLU,
    "drop_path": nn.Identity,
}.items():
    MEANINGS[_name] = _plain(_kind)

MEANINGS["abs"] = lambda _a, operands: operands[0].abs()
MEANINGS["prelu"] = lambda a, operands: nn.PReLU(
    1 if a.get("shared", True) else operands[0].shape[1]
)
MEANINGS["dropout"] = lambda a, _operands: nn.Dropout(float(a.get("p", 0.5)))
MEANINGS["softmax"] = lambda a, operands: operands[0].softmax(_axis(a, operands[0]))
MEANINGS["log_softmax"] = lambda a, operands: operands[0].log_softmax(_axis(a, operands[0]))
MEANINGS["scale"] = lambda a, operands: operands[0] * float(a["factor"])


def _axis(a: Arguments, x: Tensor) -> int:
    """The axis of the batched tensor that an axis of the language is."""
    axis: int = a.get("axis", 0)
    rank = x.dim() - 1
    if not -rank <= axis < rank:
        raise Refused(f"no axis {axis}")
    return axis % rank + 1


@MEANINGS.of("affine")
def _affine(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    return Ran((operands[0],), operands[0].shape[1] * (2 if a.get("bias", True) else 1))


@MEANINGS.of("flatten")
def _flatten(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    return operands[0].flatten(_axis({"axis": a.get("start", 0)}, operands[0]))


@MEANINGS.of("reshape")
def _reshape(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    return operands[0].reshape(1, *a["spread"])


@MEANINGS.of("permute")
def _permute(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x = operands[0]
    return x.permute(0, *(_axis({"axis": i}, x) for i in a["spread"]))


@MEANINGS.of("chunk")
def _chunk(a: Arguments, operands: Sequence[Tensor]) -> tuple[Tensor, ...]:
    chunks = operands[0].chunk(a["n"], _axis(a, operands[0]))
    if len(chunks) != a["n"]:
        raise Refused("fewer chunks than asked for")
    return chunks


@MEANINGS.of("slice")
def _slice(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x = operands[0]
    axis = _axis(a, x)
    index: list[Any] = [slice(None)] * x.dim()
    index[axis] = slice(a["start"], a["stop"], a.get("step", 1))
    return x[tuple(index)]


@MEANINGS.of("pad")
def _pad(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x = operands[0]
    axes = spatial_axes(x)
    if "channels" in a:
        if a["channels"] < 0:
            raise Refused("channels are added")
        return F.pad(x, [0] * (2 * axes) + [0, a["channels"]])
    sides = a["sides"]
    pairs = [(sides, sides)] * axes if isinstance(sides, int) else list(sides)
    if len(pairs) != axes:
        raise Refused("a pair for each axis")
    flat = [side for pair in reversed(pairs) for side in pair]
    if a.get("mode") == "circular" and min(flat) < 0:
        raise Refused("what goes round cannot be cut off")
    return F.pad(x, flat, a.get("mode", "constant"))


@MEANINGS.of("crop")
def _crop(_a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x, like = operands
    if x.dim() != like.dim():
        raise Refused("crop to a value of another rank")
    for axis in range(2, 2 + spatial_axes(x)):
        room = x.shape[axis] - like.shape[axis]
        if room < 0:
            raise Refused("a crop larger than the value")
        x = x.narrow(axis, room // 2, like.shape[axis])
    return x


@MEANINGS.of("upsample")
def _upsample(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x = operands[0]
    axes = spatial_axes(x)
    mode = a.get("mode", "nearest")
    if "like" in a:
        if operands[1].dim() != x.dim():
            raise Refused("a size of another rank")
        size = tuple(operands[1].shape[2:])
    elif "size" in a:
        size = for_each_axis(a["size"], axes)
    else:
        scale = Fraction(a["scale"])
        size = tuple(n * scale.numerator // scale.denominator for n in x.shape[2:])
    corners = {"align_corners": a.get("align_corners", False)} if mode != "nearest" else {}
    return F.interpolate(x, size=size, mode=mode, **corners)


@MEANINGS.of("pixel_shuffle")
def _pixel_shuffle(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    if spatial_axes(operands[0]) != 2:
        raise Refused("not an image")
    return F.pixel_shuffle(operands[0], a["factor"])


@MEANINGS.of("channel_shuffle")
def _channel_shuffle(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    spatial_axes(operands[0])
    return F.channel_shuffle(operands[0], a["groups"])


@MEANINGS.of("add", "sub", "mul", "max", "mean")
def _elementwise(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    first = operands[0]
    if any(o.shape != first.shape for o in operands):
        if a["kind"] == "mul" and _is_gate(operands):
            return max(operands, key=_extent)
        raise Refused("operands of different shapes")
    return first


def _extent(x: Tensor) -> tuple[int, int]:
    return x.dim(), x.numel()


def _is_gate(operands: Sequence[Tensor]) -> bool:
    """Whether all operands but the largest weigh its channels, `[C]` or `[C, 1, 1]`."""
    full = max(operands, key=_extent)
    return all(
        o.shape == full.shape
        or (
            o.shape[1] == full.shape[1]
            and (o.dim() == 2 or (o.dim() == full.dim() and set(o.shape[2:]) == {1}))
        )
        for o in operands
    )


@MEANINGS.of("concat")
def _concat(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(operands), _axis(a, operands[0]))


@MEANINGS.of("matmul")
def _matmul(_a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    left, right = operands
    if left.dim() != right.dim() or left.dim() < 3 or left.shape[1:-2] != right.shape[1:-2]:
        raise Refused("no two matrices, or not as many on both sides")
    return left @ right
