"""For each layer: random arguments that mostly suit a value of a given shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeAlias, TypeVar

from archdsl.testing.plan import Argument, Int, Sides, Step, Word

T = TypeVar("T")
Shape: TypeAlias = tuple[int, ...]

SAME, VALID, TF_SAME = Word("same"), Word("valid"), Word("tf_same")


class Choice(Protocol):
    """Where random decisions come from; the first option is the simplest."""

    def integer(self, low: int, high: int) -> int:
        """An integer, both ends included."""

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""

    def chance(self, percent: int) -> bool:
        """True in so many cases of a hundred."""


@dataclass(frozen=True)
class Kitchen:
    """What a recipe has at hand: decisions, how a number is written, values of a rank."""

    choice: Choice
    number: Callable[[int], Int]
    named: Callable[[Callable[[Shape], bool]], Sequence[str]]


Recipe: TypeAlias = Callable[[Kitchen, Shape], Step | None]
RECIPES: dict[str, Recipe] = {}


def recipe(*kinds: str) -> Callable[[Recipe], Recipe]:
    """Register the recipe of layers whose `Step.kind` is filled in afterwards."""

    def register(make: Recipe) -> Recipe:
        for kind in kinds:
            RECIPES[kind] = make
        return make

    return register


def _maybe(
    k: Kitchen, percent: int, name: str, make: Callable[[], Argument]
) -> dict[str, Argument]:
    return {name: make()} if k.choice.chance(percent) else {}


def _flag(k: Kitchen, name: str, default: bool) -> dict[str, Argument]:
    return {name: not default} if k.choice.chance(25) else {}


def _sides(k: Kitchen, axes: int, low: int, high: int, uneven: int = 25) -> Int | Sides:
    """One number, or one for each axis."""
    if axes > 1 and k.choice.chance(uneven):
        return Sides(tuple(Int(k.choice.integer(low, high)) for _ in range(axes)))
    return Int(k.choice.integer(low, high))


def _square(value: int, axes: int, k: Kitchen) -> Int | Sides:
    """A kernel as papers write it, `3x3`, or as one number."""
    if axes > 1 and k.choice.chance(70):
        return Sides(tuple(Int(value) for _ in range(axes)))
    return Int(value)


def _divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def _spatial(shape: Shape) -> int:
    return len(shape) - 1 if 2 <= len(shape) <= 4 else 0


def _window(k: Kitchen, shape: Shape, *, transposed: bool = False) -> dict[str, Argument]:
    axes = _spatial(shape)
    kernel = k.choice.pick((1, 3, 3, 2, 5))
    arguments: dict[str, Argument] = {"kernel": _square(kernel, axes, k)}
    if axes > 1 and k.choice.chance(15):
        arguments["kernel"] = _sides(k, axes, 1, 4, 100)
    arguments |= _maybe(k, 25, "stride", lambda: _sides(k, axes, 1, 3))
    if transposed:
        arguments |= _maybe(k, 35, "padding", lambda: _sides(k, axes, 0, 2))
    else:
        even = kernel % 2 == 0 or isinstance(arguments["kernel"], Sides)
        if even or k.choice.chance(50):
            arguments["padding"] = k.choice.pick(
                (VALID, SAME, _sides(k, axes, 0, 3), _sides(k, axes, 0, 3), TF_SAME)
            )
    return arguments | _maybe(k, 15, "dilation", lambda: _sides(k, axes, 1, 3))


@recipe("conv")
def _conv(k: Kitchen, shape: Shape) -> Step | None:
    if not _spatial(shape):
        return None
    groups = k.choice.pick(_divisors(shape[0])) if k.choice.chance(20) else 1
    out = groups * k.choice.integer(1, max(1, 8 // groups))
    arguments: dict[str, Argument] = {"out": k.number(out), **_window(k, shape)}
    if groups > 1 or k.choice.chance(5):
        arguments["groups"] = k.number(groups)
    return Step("", arguments | _flag(k, "bias", default=True), k.choice.integer(0, 2))


@recipe("depthwise_conv")
def _depthwise(k: Kitchen, shape: Shape) -> Step | None:
    if not _spatial(shape):
        return None
    arguments = _window(k, shape)
    arguments |= _maybe(k, 30, "multiplier", lambda: Int(k.choice.integer(1, 3)))
    return Step("", arguments | _flag(k, "bias", default=True), k.choice.integer(0, 1))


@recipe("conv_transpose")
def _conv_transpose(k: Kitchen, shape: Shape) -> Step | None:
    axes = _spatial(shape)
    if not axes:
        return None
    groups = k.choice.pick(_divisors(shape[0])) if k.choice.chance(20) else 1
    arguments: dict[str, Argument] = {
        "out": k.number(groups * k.choice.integer(1, 4)),
        **_window(k, shape, transposed=True),
        **_maybe(k, 20, "output_padding", lambda: _sides(k, axes, 0, 2)),
    }
    if groups > 1:
        arguments["groups"] = Int(groups)
    return Step("", arguments | _flag(k, "bias", default=True), k.choice.integer(0, 2))


@recipe("sparse_conv")
def _sparse_conv(k: Kitchen, shape: Shape) -> Step | None:
    if not _spatial(shape):
        return None
    out = k.choice.integer(1, 5)
    table: list[Argument] = []
    for _ in range(out):
        maps = [m for m in range(shape[0]) if k.choice.chance(50)]
        table.append([Int(m) for m in maps or [k.choice.integer(0, shape[0] - 1)]])
    window = _window(k, shape)
    window.pop("dilation", None)
    arguments: dict[str, Argument] = {
        "out": Int(out),
        "kernel": window.pop("kernel"),
        "table": table,
        **window,
    }
    return Step("", arguments | _flag(k, "bias", default=True), k.choice.pick((0, 3)))


@recipe("linear")
def _linear(k: Kitchen, _shape: Shape) -> Step | None:
    out: dict[str, Argument] = {"out": k.number(k.choice.integer(1, 9))}
    return Step("", out | _flag(k, "bias", default=True), k.choice.integer(0, 1))


@recipe("embedding")
def _embedding(k: Kitchen, _shape: Shape) -> Step | None:
    count, width = k.number(k.choice.integer(1, 9)), k.number(k.choice.integer(1, 6))
    return Step("", {"count": count, "width": width}, k.choice.integer(0, 2))


OF_WORDS = ("embedding",)
"""Layers whose flow is whole numbers."""


@recipe("rbf")
def _rbf(k: Kitchen, shape: Shape) -> Step | None:
    if len(shape) != 1 or shape[0] > 12:
        return None
    rows = range(k.choice.integer(1, 3))
    centres: list[Argument] = [
        [Int(k.choice.integer(-1, 2)) for _ in range(shape[0])] for _ in rows
    ]
    return Step("", {"centres": centres}, 1)


@recipe("max_pool", "avg_pool")
def _pool(k: Kitchen, shape: Shape) -> Step | None:
    axes = _spatial(shape)
    if not axes:
        return None
    kernel = k.choice.integer(1, 4)
    arguments: dict[str, Argument] = {"kernel": _square(kernel, axes, k)}
    arguments |= _maybe(k, 60, "stride", lambda: _sides(k, axes, 1, 5))
    arguments |= _maybe(k, 40, "padding", lambda: _sides(k, axes, 0, kernel // 2))
    return Step("", arguments | _flag(k, "ceil_mode", default=False), k.choice.integer(0, 1))


def _max_pool(k: Kitchen, shape: Shape) -> Step | None:
    step = _pool(k, shape)
    if step is not None and k.choice.chance(20):
        step.arguments["dilation"] = _sides(k, _spatial(shape), 1, 3)
    return step


def _avg_pool(k: Kitchen, shape: Shape) -> Step | None:
    step = _pool(k, shape)
    if step is not None:
        step.arguments |= _flag(k, "count_include_pad", default=True)
        if _spatial(shape) > 1 and k.choice.chance(15):
            step.arguments["divisor"] = Int(k.choice.integer(1, 5))
    return step


RECIPES["max_pool"], RECIPES["avg_pool"] = _max_pool, _avg_pool


@recipe("global_avg_pool", "global_max_pool")
def _global_pool(k: Kitchen, shape: Shape) -> Step | None:
    return Step("", _flag(k, "keep", default=False)) if _spatial(shape) else None


@recipe("adaptive_avg_pool", "adaptive_max_pool")
def _adaptive_pool(k: Kitchen, shape: Shape) -> Step | None:
    axes = _spatial(shape)
    return Step("", {"size": _sides(k, axes, 1, 5, 50)}, 1) if axes else None


@recipe("batch_norm")
def _batch_norm(k: Kitchen, shape: Shape) -> Step | None:
    if not _spatial(shape):
        return None
    arguments: dict[str, Argument] = _flag(k, "affine", default=True)
    if k.choice.chance(15):
        arguments["momentum"] = Fraction(1, 4)
    return Step("", arguments)


@recipe("instance_norm")
def _instance_norm(k: Kitchen, shape: Shape) -> Step | None:
    return Step("", _flag(k, "affine", default=False)) if _spatial(shape) else None


@recipe("layer_norm")
def _layer_norm(_k: Kitchen, _shape: Shape) -> Step | None:
    return Step("", {})


@recipe("group_norm")
def _group_norm(k: Kitchen, shape: Shape) -> Step | None:
    if not _spatial(shape):
        return None
    return Step("", {"groups": k.number(k.choice.pick(_divisors(shape[0])))}, 1)


@recipe("local_response_norm")
def _local_response_norm(k: Kitchen, shape: Shape) -> Step | None:
    return Step("", {"size": Int(k.choice.integer(1, 5))}, 1) if _spatial(shape) else None


@recipe(
    *("relu", "relu6", "elu", "silu", "gelu", "mish", "sigmoid", "hard_sigmoid", "hard_swish"),
    *("tanh", "abs"),
)
def _plain(_k: Kitchen, _shape: Shape) -> Step | None:
    return Step("", {})


@recipe("leaky_relu")
def _leaky_relu(k: Kitchen, _shape: Shape) -> Step | None:
    return Step("", _maybe(k, 50, "slope", lambda: Fraction(1, 8)), 1)


@recipe("prelu")
def _prelu(k: Kitchen, _shape: Shape) -> Step | None:
    return Step("", _flag(k, "shared", default=True))


@recipe("softmax", "log_softmax")
def _softmax(k: Kitchen, shape: Shape) -> Step | None:
    rank = len(shape)
    return Step("", {"axis": Int(k.choice.integer(-rank, rank - 1))})


@recipe("dropout", "drop_path")
def _dropout(k: Kitchen, _shape: Shape) -> Step | None:
    return Step("", {"p": Fraction(1, k.choice.pick((2, 4, 8)))}, 1)


@recipe("flatten")
def _flatten(k: Kitchen, shape: Shape) -> Step | None:
    if math.prod(shape) > 256:
        return None
    return Step("", _maybe(k, 30, "start", lambda: Int(k.choice.integer(0, len(shape) - 1))), 1)


@recipe("reshape")
def _reshape(k: Kitchen, shape: Shape) -> Step | None:
    left = math.prod(shape)
    dims = []
    for _ in range(k.choice.integer(0, 3)):
        dims.append(k.choice.pick(_divisors(left)))
        left //= dims[-1]
    return Step("", spread=tuple(Int(d) for d in (*dims, left)))


@recipe("permute")
def _permute(k: Kitchen, shape: Shape) -> Step | None:
    axes = list(range(len(shape)))
    order = []
    while axes:
        order.append(Int(axes.pop(k.choice.integer(0, len(axes) - 1))))
    return Step("", spread=tuple(order))


def _axis(k: Kitchen, shape: Shape) -> tuple[int, dict[str, Argument]]:
    """An axis, and the argument that says it: none for the first."""
    if k.choice.chance(60):
        return 0, {}
    axis = k.choice.integer(-len(shape), len(shape) - 1)
    return axis, {"axis": Int(axis)}


@recipe("chunk")
def _chunk(k: Kitchen, shape: Shape) -> Step | None:
    axis, argument = _axis(k, shape)
    options = [n for n in (2, 3, 4, 1) if -(-shape[axis] // (-(-shape[axis] // n))) == n]
    return Step("", {"n": k.number(k.choice.pick(options)), **argument}, 1) if options else None


@recipe("slice")
def _slice(k: Kitchen, shape: Shape) -> Step | None:
    axis, argument = _axis(k, shape)
    start = k.choice.integer(0, shape[axis] - 1)
    stop = k.choice.integer(start + 1, shape[axis] + 1)
    arguments: dict[str, Argument] = {"start": Int(start), "stop": Int(stop)}
    step = _maybe(k, 40, "step", lambda: Int(k.choice.integer(1, 3)))
    return Step("", arguments | step | argument, 2)


@recipe("pad")
def _pad(k: Kitchen, shape: Shape) -> Step | None:
    axes = _spatial(shape)
    if not axes:
        return None
    if k.choice.chance(20):
        return Step("", {"channels": Int(k.choice.integer(0, 4))})
    mode = k.choice.pick(("constant", "reflect", "replicate", "circular"))
    low = -1 if mode == "constant" else 0
    sides: Argument = Int(k.choice.integer(0, 2))
    if k.choice.chance(50):
        pairs = [
            (Int(k.choice.integer(low, 2)), Int(k.choice.integer(low, 2))) for _ in range(axes)
        ]
        sides = Sides(tuple(Sides(pair, pair=True) for pair in pairs))
    arguments: dict[str, Argument] = {"sides": sides}
    return Step("", arguments | ({} if mode == "constant" else {"mode": mode}), 1)


@recipe("crop")
def _crop(k: Kitchen, shape: Shape) -> Step | None:
    names = k.named(
        lambda other: (
            len(other) == len(shape)
            and all(b <= a for a, b in zip(shape[1:], other[1:], strict=True))
        )
    )
    return Step("", {"like": Word(k.choice.pick(names))}, 1) if _spatial(shape) and names else None


@recipe("upsample")
def _upsample(k: Kitchen, shape: Shape) -> Step | None:
    axes = _spatial(shape)
    if not axes or math.prod(shape) > 1500:
        return None
    names = k.named(lambda other: len(other) == len(shape))
    match k.choice.pick(("scale", "fraction", "size", "like")):
        case "scale":
            arguments: dict[str, Argument] = {"scale": Int(k.choice.integer(1, 3))}
        case "fraction":
            arguments = {"scale": Fraction(k.choice.integer(1, 7), k.choice.integer(2, 5))}
        case "size":
            arguments = {"size": _sides(k, axes, 1, 7, 50)}
        case _:
            if not names:
                return None
            arguments = {"like": Word(k.choice.pick(names))}
    if k.choice.chance(35):
        arguments["mode"] = ("linear", "bilinear", "trilinear")[axes - 1]
        arguments |= _flag(k, "align_corners", default=False)
    return Step("", arguments)


@recipe("pixel_shuffle")
def _pixel_shuffle(k: Kitchen, shape: Shape) -> Step | None:
    factors = [f for f in (2, 3, 1) if shape[0] % (f * f) == 0]
    return Step("", {"factor": Int(k.choice.pick(factors))}, 1) if len(shape) == 3 else None


@recipe("channel_shuffle")
def _channel_shuffle(k: Kitchen, shape: Shape) -> Step | None:
    if not _spatial(shape):
        return None
    return Step("", {"groups": k.number(k.choice.pick(_divisors(shape[0])))}, 1)


@recipe("scale")
def _scale(k: Kitchen, _shape: Shape) -> Step | None:
    return Step("", {"factor": Fraction(k.choice.integer(1, 5), k.choice.pick((2, 3, 1)))}, 1)


@recipe("affine")
def _affine(k: Kitchen, shape: Shape) -> Step | None:
    return Step("", _flag(k, "bias", default=True)) if _spatial(shape) else None


@recipe("lstm", "gru", "rnn")
def _recurrent(k: Kitchen, shape: Shape) -> Step | None:
    if len(shape) != 2:
        return None
    arguments: dict[str, Argument] = {"hidden": k.number(k.choice.integer(1, 6))}
    arguments |= _maybe(k, 30, "layers", lambda: Int(k.choice.integer(1, 2)))
    arguments |= _flag(k, "bidirectional", default=False) | _flag(k, "bias", default=True)
    return Step("", arguments, k.choice.integer(0, 1))


@recipe("attention")
def _attention(k: Kitchen, shape: Shape) -> Step | None:
    if len(shape) != 2:
        return None
    arguments: dict[str, Argument] = {"heads": Int(k.choice.pick(_divisors(shape[1])))}
    names = k.named(lambda other: len(other) == 2)
    if names and k.choice.chance(50):
        arguments["context"] = Word(k.choice.pick(names))
    return Step("", arguments | _flag(k, "bias", default=True), k.choice.integer(0, 1))


def layer(kind: str, kitchen: Kitchen, shape: Shape) -> Step | None:
    """A call of a layer that mostly suits the shape, None where none does.

    The arguments that may stand without a name do so in the order of the signature.
    """
    step = RECIPES[kind](kitchen, shape)
    if step is not None:
        step.kind = kind
    return step


OF_POOLS = ("max_unpool",)
"""Layers that take what a pool before them gives beside its value."""

APART = ("roi_pool", "roi_align")
"""Layers behind which the batch is another: random networks have one for all."""

MERGES = ("add", "sub", "mul", "max", "mean", "concat", "matmul")


def written() -> Mapping[str, None]:
    """Every kind of layer that random networks may hold."""
    return dict.fromkeys((*RECIPES, *OF_POOLS, *MERGES))
