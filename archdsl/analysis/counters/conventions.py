"""The conventions of other counters, one table each: what they make of each kind of layer.

A kind that a table does not name counts nothing there. Those that no table names stand in `FREE`:
every kind of layer is in the one or in the other. Settled by running the tools on every layer: fvcore
0.1.5, torchprofile 0.1.0, thop 0.1.1, torchinfo 1.8.0, ptflops 0.7.5, PyTorch 2.13.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, TypeAlias

from archdsl.analysis.counters.seen import Seen

Rule: TypeAlias = Callable[[Seen], int]
Table: TypeAlias = Mapping[str, Rule]


@dataclass(frozen=True)
class Convention:
    """How a tool counts.

    `unit` is what one is worth (`MACs`, or `FLOPs` where a multiply-accumulate is two), `sees`
    says in words what the tool looks at.
    """

    name: str
    title: str
    unit: str
    sees: str
    table: Table

    def count(self, seen: Seen) -> int:
        """What it counts for a layer."""
        rule = self.table.get(seen.layer.kind)
        return rule(seen) if rule is not None else 0


def _kinds(kinds: str, rule: Rule) -> dict[str, Rule]:
    """The same rule for several kinds."""
    return dict.fromkeys(kinds.split(), rule)


def _macs(s: Seen) -> int:
    return s.macs


def _elements(s: Seen) -> int:
    return s.n


def _with_bias(s: Seen) -> int:
    """Multiply-accumulates, and an addition for each element that has a bias."""
    return s.macs + (s.n if s.bias else 0)


def _dense(s: Seen) -> int:
    """A sparse convolution runs as a dense one: over all input channels."""
    return s.n * s.x.channels * prod(s.kernel)


def _projections(s: Seen) -> int:
    """Attention without what its fused kernel does: the scores and the sums that they weigh."""
    keys = s.use.operands[-1].shape[0]
    return s.macs - 2 * s.x.shape[0] * keys * s.x.features


def _if_plain(rule: Rule) -> Rule:
    """A rule for the class of PyTorch itself: what pads by itself or keeps still is one of its own."""
    return lambda s: 0 if s.is_still or not _is_alike(s) else rule(s)


def _is_alike(s: Seen) -> bool:
    """Whether it pads alike on both sides whatever the size, so that PyTorch can."""
    if getattr(s.layer, "padding", None) != "tf_same":
        return True
    call = s.layer.module(*s.use.declared)
    return call is not None and isinstance(call.target, str)


# fvcore: operators of a trace

_FVCORE: Table = {
    **_kinds("conv depthwise_conv conv_transpose linear matmul", _macs),
    "sparse_conv": _dense,
    "attention": _projections,
    "batch_norm": lambda s: s.n * (2 if s.weights else 1),
    **_kinds("layer_norm group_norm instance_norm", lambda s: s.n * (5 if s.weights else 4)),
    "adaptive_avg_pool": lambda s: s.entering if s.axes == 2 else 0,
    "global_avg_pool": lambda s: s.entering if s.is_module and s.axes == 2 else 0,
    "upsample": lambda s: s.n * _blended(s, {"nearest": 1, "bilinear": 4}) if s.axes == 2 else 0,
}


def _blended(s: Seen, times: Mapping[str, int]) -> int:
    return times.get(getattr(s.layer, "mode", ""), 0)


# torchprofile: operators of a trace


def _at_output(s: Seen) -> int:
    """A transposed convolution at its output, by whichever side of its weight looks like an input."""
    out, channels = s.y.channels, s.x.channels
    each = s.weights[0].dims[1] if out == channels else channels
    return s.n * each * prod(s.kernel)


def _scalars(s: Seen) -> int:
    """The sizes that a trace computes with count as products too."""
    return 0 if _is_alike(s) else s.axes


def _fractions(s: Seen) -> int:
    """A size that is a fraction of another is a product in a trace."""
    scale: Any = getattr(s.layer, "scale", None)
    scales = scale if isinstance(scale, tuple) else (scale,) * s.axes
    return sum(each is not None and Fraction(each).denominator > 1 for each in scales)


def _region_bins(s: Seen) -> int:
    """RoI pooling as it is compiled: the corners' scaling, and both ends of each bin."""
    return s.batch * (4 + 2 * sum(s.y.shape[1:]))


def _region_samples(s: Seen) -> int:
    """RoI align as it is compiled: corners, samples and their shares, and the two sums they weigh."""
    sampling: int = getattr(s.layer, "sampling", 1)
    height, width = s.x.shape[1:]
    total = 4
    for bins, side in zip(s.y.shape[1:], (height, width), strict=True):
        total += bins * (sampling + sampling * side + side)
    rows, columns = s.y.shape[1:]
    return s.batch * (total + s.x.channels * columns * height * (width + rows))


_TORCHPROFILE: Table = {
    **_kinds("conv depthwise_conv", lambda s: s.macs + _scalars(s)),
    **_kinds("linear matmul attention lstm", _macs),
    "conv_transpose": _at_output,
    "sparse_conv": _dense,
    **_kinds("batch_norm layer_norm group_norm instance_norm", lambda s: s.n if s.weights else 0),
    **_kinds("avg_pool adaptive_avg_pool global_avg_pool leaky_relu mul scale affine", _elements),
    "local_response_norm": lambda s: 3 * s.n,
    "upsample": lambda s: 4 * s.n if _blended(s, {"bilinear": 1}) else _fractions(s),
    "roi_pool": _region_bins,
    "roi_align": _region_samples,
}

# thop: modules of known types


def _average(s: Seen) -> int:
    """Each window of an adaptive pool: as many additions as the sides' ratio, and a division."""
    if not s.is_module:
        return 0
    ratio = 1.0
    sides = s.y.shape[1:] or (1,) * s.axes
    for side, left in zip(s.x.shape[1:], sides, strict=True):
        ratio *= side / left
    return int((ratio + 1) * s.n)


def _recurrent(gates: int, others: int) -> Rule:
    """A recurrent layer of PyTorch: products, and for each unit the sums and products of its gates."""

    def rule(s: Seen) -> int:
        if not s.is_module:
            return 0
        layer: Any = s.layer
        units: int = layer.hidden * layer.layers * (2 if layer.bidirectional else 1)
        each = gates * (3 if s.bias else 1) + others
        return s.macs + s.batch * s.rows * units * each

    return rule


_THOP: Table = {
    **_kinds("conv depthwise_conv", _if_plain(_macs)),
    "linear": _macs,
    "conv_transpose": lambda s: s.n * (s.x.channels // _groups(s)) * prod(s.kernel),
    **_kinds("batch_norm layer_norm", _if_plain(lambda s: s.n * (4 if s.weights else 2))),
    "instance_norm": lambda s: 4 * s.n if s.weights else 2 * s.n if s.is_module else 0,
    "prelu": _elements,
    "lstm": _recurrent(4, 4),
    "gru": _recurrent(3, 4),
    "rnn": _recurrent(1, 0),
    "softmax": lambda s: _softmax(s) if s.is_module else 0,
    "avg_pool": lambda s: s.n if s.is_module else 0,
    **_kinds("adaptive_avg_pool global_avg_pool", _average),
    "upsample": lambda s: (
        s.n * _blended(s, {"nearest": 1, "linear": 5, "bilinear": 11}) if s.is_module else 0
    ),
}


def _groups(s: Seen) -> int:
    groups: int = getattr(s.layer, "groups", 1)
    return groups


def _softmax(s: Seen) -> int:
    """An exponential and a division for each element, a sum for each row."""
    sides = (s.batch, *s.x.shape) if s.x.batched else s.x.shape
    length: int = sides[s.layer.functional(s.x).kwargs["dim"]]
    return (s.n // length) * (3 * length - 1)


# torchinfo: modules that own weights


def _conv_like(s: Seen) -> int:
    return s.params * s.batch * prod(s.y.shape[1:])


_TORCHINFO: Table = {
    **_kinds("conv depthwise_conv conv_transpose sparse_conv", _conv_like),
    **_kinds(
        "linear embedding batch_norm layer_norm group_norm instance_norm affine prelu",
        lambda s: s.params * s.batch,
    ),
    **_kinds("lstm gru rnn", lambda s: s.params * s.batch * s.rows),
}

# ptflops: modules of known types and patched functions, each by itself


def _as_module(times: int, alone: int) -> Rule:
    """A layer counts as a module, as the function that this calls, or as both."""
    return lambda s: s.n * (times if s.is_module else alone)


def _pool(s: Seen) -> int:
    return s.entering * (2 if s.is_module else 1)


def _neighbours(s: Seen) -> int:
    """Local response norm: squares, the pool over padded channels, a product and a sum."""
    size: int = getattr(s.layer, "size", 1)
    padded = (s.x.channels + size - 1) * prod(s.x.shape[1:]) * s.batch
    return 3 * s.n + padded


_PTFLOPS: Table = {
    **_kinds("conv depthwise_conv", _if_plain(_with_bias)),
    **_kinds("conv_transpose linear", _with_bias),
    **_kinds("batch_norm group_norm", _if_plain(lambda s: s.n * (2 if s.weights else 1))),
    "layer_norm": _elements,
    "instance_norm": lambda s: 2 * s.n if s.weights else s.n if s.is_module else 0,
    **_kinds("relu elu gelu", _as_module(2, 1)),
    **_kinds("relu6 silu softmax", _elements),
    "leaky_relu": _as_module(1, 0),
    "prelu": lambda s: 2 * s.n,
    **_kinds("max_pool avg_pool adaptive_avg_pool adaptive_max_pool", _pool),
    **_kinds("global_avg_pool global_max_pool", lambda s: _pool(s) if s.is_module else 0),
    "local_response_norm": _neighbours,
    "upsample": _as_module(2, 1),
}

# Operators as they are dispatched


def _steps_with_bias(s: Seen) -> int:
    return s.macs + s.bias * s.rows * s.batch


def _projected_with_bias(s: Seen) -> int:
    return _projections(s) + _projection_biases(s)


def _projection_biases(s: Seen) -> int:
    if not any(weight.name.endswith("bias") for weight in s.weights):
        return 0
    keys = s.use.operands[-1].shape[0]
    rows, features = s.x.shape[0], s.x.features
    return 2 * rows * features + 2 * keys * features


_ATEN: Table = {
    **_kinds("conv depthwise_conv conv_transpose linear", _with_bias),
    "sparse_conv": lambda s: _dense(s) + (s.n if s.bias else 0),
    "matmul": _macs,
    "attention": _projected_with_bias,
    **_kinds("gru rnn", _steps_with_bias),
}


def _twice(rule: Rule) -> Rule:
    return lambda s: 2 * rule(s)


_FLOP_COUNTER: Table = {
    **_kinds("conv depthwise_conv conv_transpose linear matmul gru rnn", _twice(_macs)),
    "sparse_conv": _twice(_dense),
    "attention": _twice(_projections),
}

CONVENTIONS: Mapping[str, Convention] = {
    each.name: each
    for each in (
        Convention("fvcore", "fvcore", "MACs", "operators of a trace", _FVCORE),
        Convention("ptflops", "ptflops", "MACs", "known modules, and functions", _PTFLOPS),
        Convention("ptflops-aten", "ptflops (aten)", "MACs", "dispatched operators", _ATEN),
        Convention("thop", "thop", "MACs", "known modules", _THOP),
        Convention("torchinfo", "torchinfo", "MACs", "modules that own weights", _TORCHINFO),
        Convention(
            "flopcounter", "FlopCounterMode", "FLOPs", "dispatched operators", _FLOP_COUNTER
        ),
        Convention("torchprofile", "torchprofile", "MACs", "operators of a trace", _TORCHPROFILE),
    )
}

FREE = frozenset(
    (
        *("input", "add", "sub", "concat", "max", "mean", "flatten", "reshape", "permute"),
        *("channel_shuffle", "chunk", "slice", "pad", "crop", "pixel_shuffle", "dropout"),
        *("drop_path", "mish", "sigmoid", "hard_sigmoid", "hard_swish", "tanh", "abs"),
        *("log_softmax", "max_unpool", "rbf"),
    )
)
"""The kinds of layers that no counter counts."""
