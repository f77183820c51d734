"""What each layer of the language means, said a second time in plain PyTorch.

Written from the language's reference, not from `archdsl.layers`: it is the other side of the
property tests. A function takes the arguments of a call and the operands, batch first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its name everywhere


class Refused(Exception):
    """PyTorch does not run this, or the language forbids what it would silently do."""


Arguments: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Ran:
    """What came out, and the elements of the parameters and buffers it took."""

    outputs: tuple[Tensor, ...]
    parameters: int = 0
    buffers: int = 0


Meaning: TypeAlias = Callable[[Arguments, Sequence[Tensor]], Any]
MEANINGS: dict[str, Meaning] = {}


def means(*kinds: str) -> Callable[[Meaning], Meaning]:
    """Register the meaning of layers."""

    def register(meaning: Meaning) -> Meaning:
        for kind in kinds:
            MEANINGS[kind] = meaning
        return meaning

    return register


def run_layer(kind: str, arguments: Arguments, operands: Sequence[Tensor]) -> Ran:
    """Run a layer in evaluation mode.

    Raises:
        Refused: it does not run, or its result is empty.
    """
    try:
        made = MEANINGS[kind](arguments, operands)
        ran = _ran(made, operands)
    except (RuntimeError, ValueError, IndexError, TypeError, ZeroDivisionError) as error:
        raise Refused(f"{kind}: {error}") from error
    if any(not output.numel() for output in ran.outputs):
        raise Refused(f"{kind} leaves nothing")
    return ran


def _ran(made: Any, operands: Sequence[Tensor]) -> Ran:
    match made:
        case Ran():
            return made
        case nn.Module():
            made.eval()
            parameters = sum(p.numel() for p in made.parameters())
            buffers = sum(b.numel() for b in made.buffers() if b.is_floating_point())
            result = made(operands[0])
            outputs = result if isinstance(result, tuple) else (result,)
            return Ran(outputs, parameters, buffers)
        case Tensor():
            return Ran((made,))
    return Ran(tuple(made))


def _axes(x: Tensor) -> int:
    """The number of spatial axes, of which layers over windows take one to three."""
    axes = x.dim() - 2
    if not 1 <= axes <= 3:
        raise Refused(f"{axes} spatial axes")
    return axes


def _each(value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * axes
    if len(value) != axes:
        raise Refused(f"{len(value)} numbers for {axes} axes")
    return tuple(value)


def _padded(a: Arguments, x: Tensor, default: Any = "same") -> tuple[Tensor, tuple[int, ...]]:
    """The input of a convolution, padded where PyTorch could not, and what is left to pad."""
    axes = _axes(x)
    kernel = _each(a["kernel"], axes)
    stride = _each(a.get("stride", 1), axes)
    dilation = _each(a.get("dilation", 1), axes)
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
    return x, _each(padding, axes)


@means("conv", "depthwise_conv")
def _conv(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    x = operands[0]
    axes = _axes(x)
    channels = x.shape[1]
    out = a["out"] if "out" in a else channels * a.get("multiplier", 1)
    groups = a.get("groups", 1) if "out" in a else channels
    padded, padding = _padded(a, x)
    module = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[axes - 1](
        channels,
        out,
        _each(a["kernel"], axes),
        _each(a.get("stride", 1), axes),
        padding,
        _each(a.get("dilation", 1), axes),
        groups,
        a.get("bias", True),
    )
    return _ran(module, [padded])


@means("conv_transpose")
def _conv_transpose(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    x = operands[0]
    axes = _axes(x)
    kind = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[axes - 1]
    return kind(
        x.shape[1],
        a["out"],
        _each(a["kernel"], axes),
        _each(a.get("stride", 1), axes),
        _each(a.get("padding", 0), axes),
        _each(a.get("output_padding", 0), axes),
        a.get("groups", 1),
        a.get("bias", True),
        _each(a.get("dilation", 1), axes),
    )


@means("sparse_conv")
def _sparse_conv(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    x = operands[0]
    dense = _conv({k: v for k, v in a.items() if k != "table"}, operands)
    table = a["table"]
    if len(table) != a["out"] or any(not row or not 0 <= m < x.shape[1] for row in table for m in row):
        raise Refused("the table does not fit")
    window = math.prod(_each(a["kernel"], _axes(x)))
    links = sum(len(row) for row in table)
    bias = a["out"] if a.get("bias", True) else 0
    return Ran(dense.outputs, links * window + bias)


@means("linear")
def _linear(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    return nn.Linear(operands[0].shape[-1], a["out"], a.get("bias", True))


@means("rbf")
def _rbf(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    centres = torch.tensor(a["centres"], dtype=torch.float32)
    distances = (operands[0].unsqueeze(-2) - centres).square().sum(-1)
    return Ran((distances,), 0, centres.numel())


@means("max_pool")
def _max_pool(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    axes = _axes(operands[0])
    kernel = _each(a["kernel"], axes)
    return (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[axes - 1](
        kernel,
        _each(a["stride"], axes) if "stride" in a else kernel,
        _each(a.get("padding", 0), axes),
        _each(a.get("dilation", 1), axes),
        return_indices=a.get("return_indices", False),
        ceil_mode=a.get("ceil_mode", False),
    )


@means("avg_pool")
def _avg_pool(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    axes = _axes(operands[0])
    kernel = _each(a["kernel"], axes)
    stride = _each(a["stride"], axes) if "stride" in a else kernel
    padding = _each(a.get("padding", 0), axes)
    options = (a.get("ceil_mode", False), a.get("count_include_pad", True))
    if axes == 1:
        return nn.AvgPool1d(kernel, stride, padding, *options)
    kind = nn.AvgPool2d if axes == 2 else nn.AvgPool3d
    return kind(kernel, stride, padding, *options, divisor_override=a.get("divisor"))


def _over_space(reduce: Callable[[Tensor, list[int], bool], Tensor]) -> Meaning:
    def run(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
        x = operands[0]
        axes = _axes(x)
        return reduce(x, list(range(2, 2 + axes)), a.get("keep", False))

    return run


MEANINGS["global_avg_pool"] = _over_space(lambda x, axes, keep: x.mean(axes, keepdim=keep))
MEANINGS["global_max_pool"] = _over_space(lambda x, axes, keep: x.amax(axes, keepdim=keep))


@means("adaptive_avg_pool")
def _adaptive_avg(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    axes = _axes(operands[0])
    kind = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[axes - 1]
    return kind(_each(a["size"], axes))


@means("adaptive_max_pool")
def _adaptive_max(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    axes = _axes(operands[0])
    kind = (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)[axes - 1]
    return kind(_each(a["size"], axes))


@means("batch_norm")
def _batch_norm(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    x = operands[0]
    kind = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[_axes(x) - 1]
    return kind(x.shape[1], affine=a.get("affine", True))


@means("instance_norm")
def _instance_norm(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    x = operands[0]
    kind = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[_axes(x) - 1]
    return kind(x.shape[1], affine=a.get("affine", False))


@means("group_norm")
def _group_norm(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    _axes(operands[0])
    return nn.GroupNorm(a["groups"], operands[0].shape[1])


@means("layer_norm")
def _layer_norm(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    return nn.LayerNorm(operands[0].shape[-1])


@means("local_response_norm")
def _local_response_norm(a: Arguments, operands: Sequence[Tensor]) -> nn.Module:
    _axes(operands[0])
    if a["size"] < 1:
        raise Refused("a window without channels")
    return nn.LocalResponseNorm(a["size"])


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
    MEANINGS[_name] = lambda a, operands, kind=_kind: kind()

MEANINGS["abs"] = lambda a, operands: operands[0].abs()
MEANINGS["prelu"] = lambda a, operands: nn.PReLU(
    1 if a.get("shared", True) else operands[0].shape[1]
)
MEANINGS["dropout"] = lambda a, operands: nn.Dropout(float(a.get("p", 0.5)))
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


@means("affine")
def _affine(a: Arguments, operands: Sequence[Tensor]) -> Ran:
    return Ran((operands[0],), operands[0].shape[1] * (2 if a.get("bias", True) else 1))


@means("flatten")
def _flatten(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    return operands[0].flatten(_axis({"axis": a.get("start", 0)}, operands[0]))


@means("reshape")
def _reshape(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    return operands[0].reshape(1, *a["spread"])


@means("permute")
def _permute(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x = operands[0]
    return x.permute(0, *(_axis({"axis": i}, x) for i in a["spread"]))


@means("chunk")
def _chunk(a: Arguments, operands: Sequence[Tensor]) -> tuple[Tensor, ...]:
    chunks = operands[0].chunk(a["n"], _axis(a, operands[0]))
    if len(chunks) != a["n"]:
        raise Refused("fewer chunks than asked for")
    return chunks


@means("slice")
def _slice(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x = operands[0]
    axis = _axis(a, x)
    index: list[Any] = [slice(None)] * x.dim()
    index[axis] = slice(a["start"], a["stop"], a.get("step", 1))
    return x[tuple(index)]


@means("pad")
def _pad(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x = operands[0]
    axes = _axes(x)
    if "channels" in a:
        if a["channels"] < 0:
            raise Refused("channels are added")
        return F.pad(x, [0] * (2 * axes) + [0, a["channels"]])
    sides = a["sides"]
    pairs = [(sides, sides)] * axes if isinstance(sides, int) else list(sides)
    if len(pairs) != axes:
        raise Refused("a pair for each axis")
    flat = [side for pair in reversed(pairs) for side in pair]
    return F.pad(x, flat, a.get("mode", "constant"))


@means("crop")
def _crop(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x, like = operands
    if x.dim() != like.dim():
        raise Refused("crop to a value of another rank")
    for axis in range(2, x.dim()):
        room = x.shape[axis] - like.shape[axis]
        if room < 0:
            raise Refused("a crop larger than the value")
        x = x.narrow(axis, room // 2, like.shape[axis])
    return x


@means("upsample")
def _upsample(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    x = operands[0]
    axes = _axes(x)
    mode = a.get("mode", "nearest")
    if "like" in a:
        if operands[1].dim() != x.dim():
            raise Refused("a size of another rank")
        size = tuple(operands[1].shape[2:])
    elif "size" in a:
        size = _each(a["size"], axes)
    else:
        scale = Fraction(a["scale"])
        size = tuple(n * scale.numerator // scale.denominator for n in x.shape[2:])
    corners = {"align_corners": a.get("align_corners", False)} if mode != "nearest" else {}
    return F.interpolate(x, size=size, mode=mode, **corners)


@means("pixel_shuffle")
def _pixel_shuffle(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    if _axes(operands[0]) != 2:
        raise Refused("not an image")
    return F.pixel_shuffle(operands[0], a["factor"])


@means("channel_shuffle")
def _channel_shuffle(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    _axes(operands[0])
    return F.channel_shuffle(operands[0], a["groups"])


@means("add", "sub", "mul", "max", "mean")
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


@means("concat")
def _concat(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(operands), _axis(a, operands[0]))


@means("matmul")
def _matmul(a: Arguments, operands: Sequence[Tensor]) -> Tensor:
    left, right = operands
    if left.dim() != right.dim() or left.dim() < 3 or left.shape[1:-2] != right.shape[1:-2]:
        raise Refused("no two matrices, or not as many on both sides")
    return left @ right
