"""Normalisation: values shifted and scaled by statistics of their surroundings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archdsl.layers.axes import along, fixed_channels, fixed_features
from archdsl.layers.definition import (
    Family,
    InitialiserValue,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    Weight,
    Window,
    parameter,
)
from archdsl.layers.normalisation_source import CUMULATIVE_BATCH_NORM
from archdsl.layers.sides import (
    kept,
    positions,
    require_batch,
    require_dtype,
    require_float32,
    spatial_axes,
    split_evenly,
)
from archdsl.layers.torch_call import Operand, TorchCall, Training, WeightOf
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import default_of, product
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType

_EPS = 1e-5
_MOMENTUM = 0.1

_BATCH_NORM = ("", "torch.nn.BatchNorm1d", "torch.nn.BatchNorm2d", "torch.nn.BatchNorm3d")
_INSTANCE_NORM = (
    "",
    "torch.nn.InstanceNorm1d",
    "torch.nn.InstanceNorm2d",
    "torch.nn.InstanceNorm3d",
)


def _weight_and_bias(length: int, init: InitialiserValue | None = None) -> tuple[Weight, ...]:
    return Weight("weight", (length,), init=init), Weight("bias", (length,))


def _eps(eps: float) -> dict[str, Any]:
    """The keyword, where it is not PyTorch's."""
    return {"eps": eps} if eps != _EPS else {}


def _more_than_one(kind: str, count: Any, of: str) -> Iterator[Condition]:
    """Statistics need more than one value."""
    if default_of(count) < 2:
        raise Reject("E0623", f"`{kind}` needs more than one value in {of}, and there is one")
    if not isinstance(count, int):
        yield AtLeast(count, 2, f"more than one value in {of}")


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalisation: each channel has mean 0 and variance 1 over batch and positions.

    `[C, H, W] -> [C, H, W]`, also `[C, L]` and `[C, D, H, W]`;
    y = (x - mean) / sqrt(variance + eps) · weight + bias. In training the statistics are those
    of the batch, and running averages of them are kept for evaluation.

    Args:
        eps: Added to the variance; greater than 0.
        momentum: The share of the newest batch in the running averages; `none` makes them plain
            averages over all batches, which PyTorch can neither compile nor export for training.
        affine: Whether each channel has a weight and a bias.
        init: How `weight` starts; ones if not given.

    Operations: 2 for each element, as in evaluation.
    Source: S. Ioffe, C. Szegedy, 2015.
    """

    kind = "batch_norm"
    family = Family.NORMALISATION
    has_mode = True
    has_statistics = True

    eps: float = parameter(Kind.FLOAT, _EPS)
    momentum: float | None = parameter(Kind.FLOAT, _MOMENTUM, optional=True)
    affine: bool = parameter(Kind.BOOL, True)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def output(self, x: TensorType) -> TensorType:
        """As it came."""
        return x

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """`eps` is greater than 0; the channels are known."""
        spatial_axes("batch_norm", x)
        require_batch("batch_norm", x)
        require_float32("batch_norm", x)
        if self.eps <= 0:
            raise Reject(
                "E0503",
                f"`eps` must be greater than 0, and this is {self.eps:g}",
                field="eps",
            )
        if self.init is not None and not self.affine:
            raise Reject(
                "E0620",
                "without `affine` there is no weight that could be initialised",
                field="init",
            )
        return fixed_channels(x)

    def training(self, x: TensorType) -> Iterator[Condition]:
        """A channel has more than one value: PyTorch takes no statistics of one."""
        yield AtLeast(product(x.dims[1:]), 2, "more than one value in each channel")

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight`, `bias`, `running_mean`, `running_var`, each [C], and a count of batches."""
        c = x.channels
        statistics = (
            Weight("running_mean", (c,), trainable=False),
            Weight("running_var", (c,), trainable=False),
            Weight("num_batches_tracked", (), "int64", trainable=False),
        )
        return (*_weight_and_bias(c, self.init), *statistics) if self.affine else statistics

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """A multiplication and an addition for each element."""
        return Operations(other={"batch_norm": 2 * y.elements})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, and the batch's mean and inverse deviation of each channel."""
        return Saved((0,), fixed_bytes=2 * DTYPE_BYTES[x.dtype] * x.channels)

    def saved_frozen(self, x: TensorType, y: TensorType) -> Saved:
        """The input alone: the statistics are the running ones."""
        return Saved((0,))

    def _keywords(self) -> dict[str, Any]:
        kwargs = _eps(self.eps)
        if self.momentum != _MOMENTUM:
            kwargs["momentum"] = self.momentum
        return kwargs

    def module(self, x: TensorType) -> TorchCall:
        """`nn.BatchNorm2d(channels)`."""
        kwargs = self._keywords()
        if not self.affine:
            kwargs["affine"] = False
        return TorchCall(_BATCH_NORM[len(x.dims) - 1], (x.channels,), kwargs)

    def functional(self, x: TensorType) -> TorchCall:
        """`F.batch_norm(x, running_mean, running_var, weight, bias, training)`.

        Whoever calls it in training counts the batch in `num_batches_tracked` first.
        """
        names = ("weight", "bias") if self.affine else ()
        weights = tuple([WeightOf(name) for name in names]) or (None, None)
        statistics = (Operand(0), WeightOf("running_mean"), WeightOf("running_var"))
        if self.momentum is None:
            tracked = WeightOf("num_batches_tracked")
            args = (*statistics, *weights, tracked, Training())
            return TorchCall(CUMULATIVE_BATCH_NORM, args, _eps(self.eps))
        args = (*statistics, *weights, Training())
        return TorchCall("torch.nn.functional.batch_norm", args, self._keywords())


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Layer normalisation: the features of each position have mean 0 and variance 1.

    `[..., features] -> [..., features]`, over the last axis;
    y = (x - mean) / sqrt(variance + eps) · weight + bias.

    Args:
        eps: Added to the variance.
        init: How `weight` starts; ones if not given.

    Operations: 5 for each element.
    Source: J. Ba et al., 2016.
    """

    kind = "layer_norm"
    family = Family.NORMALISATION

    eps: float = parameter(Kind.FLOAT, _EPS, at_least=0)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def output(self, x: TensorType) -> TensorType:
        """As it came."""
        return x

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The features are those that the weights are made for."""
        require_float32("layer_norm", x)
        return fixed_features(x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` and `bias`, each [features]."""
        return _weight_and_bias(x.features, self.init)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Mean, variance, scale and shift of each element."""
        return Operations(other={"layer_norm": 5 * y.elements})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, and each position's mean and inverse deviation."""
        return kept(x, 2 * DTYPE_BYTES[x.dtype] * (x.elements // x.features), (0,))

    def window(self, x: TensorType) -> Window | None:
        """All of the last axis."""
        return along(x, -1)

    def module(self, x: TensorType) -> TorchCall:
        """`nn.LayerNorm(features)`."""
        return TorchCall("torch.nn.LayerNorm", (x.features,), _eps(self.eps))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.layer_norm(x, (features,), weight, bias)`."""
        args = (Operand(0), (x.features,), WeightOf("weight"), WeightOf("bias"))
        return TorchCall("torch.nn.functional.layer_norm", args, _eps(self.eps))


@dataclass(frozen=True)
class GroupNorm(Layer):
    """Group normalisation: each group of channels has mean 0 and variance 1, sample by sample.

    `[C, H, W] -> [C, H, W]`, also `[C, L]` and `[C, D, H, W]`;
    y = (x - mean) / sqrt(variance + eps) · weight + bias, weight and bias for each channel.

    Args:
        groups: Groups that the channels are split into.
        eps: Added to the variance.
        init: How `weight` starts; ones if not given.

    Operations: 5 for each element.
    Source: Y. Wu, K. He, 2018.
    """

    kind = "group_norm"
    family = Family.NORMALISATION

    groups: int = parameter(Kind.INT, at_least=1)
    eps: float = parameter(Kind.FLOAT, _EPS, at_least=0)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def output(self, x: TensorType) -> TensorType:
        """As it came."""
        return x

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The groups divide the channels, and each has more than one value."""
        spatial_axes("group_norm", x)
        require_batch("group_norm", x)
        require_float32("group_norm", x)
        channels = x.channels
        split_evenly("group_norm", "groups", self.groups, channels)
        yield from fixed_channels(x)
        if channels == self.groups:
            yield from _more_than_one("group_norm", product(x.dims[1:]), "each group")

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` and `bias`, each [C]."""
        return _weight_and_bias(x.channels, self.init)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Mean, variance, scale and shift of each element."""
        return Operations(other={"group_norm": 5 * y.elements})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, and each group's mean and inverse deviation."""
        return kept(x, 2 * DTYPE_BYTES[x.dtype] * self.groups, (0,))

    def window(self, x: TensorType) -> Window:
        """Everything."""
        return Window(whole=True)

    def module(self, x: TensorType) -> TorchCall:
        """`nn.GroupNorm(groups, channels)`."""
        return TorchCall("torch.nn.GroupNorm", (self.groups, x.channels), _eps(self.eps))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.group_norm(x, groups, weight, bias)`."""
        args = (Operand(0), self.groups, WeightOf("weight"), WeightOf("bias"))
        return TorchCall("torch.nn.functional.group_norm", args, _eps(self.eps))

    def label(self, x: TensorType) -> str:
        """`group norm, groups 32`."""
        return f"group norm, groups {self.groups}"


@dataclass(frozen=True)
class InstanceNorm(Layer):
    """Instance normalisation: each channel of each sample has mean 0 and variance 1.

    `[C, H, W] -> [C, H, W]`, also `[C, L]` and `[C, D, H, W]`; no running averages are kept, so
    training and evaluation are the same.

    Args:
        eps: Added to the variance.
        affine: Whether each channel has a weight and a bias.

    Operations: 5 for each element.
    Source: D. Ulyanov et al., 2016.
    """

    kind = "instance_norm"
    family = Family.NORMALISATION

    eps: float = parameter(Kind.FLOAT, _EPS, at_least=0)
    affine: bool = parameter(Kind.BOOL, False)

    def output(self, x: TensorType) -> TensorType:
        """As it came."""
        return x

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Each channel has more than one value."""
        spatial_axes("instance_norm", x)
        require_batch("instance_norm", x)
        if self.affine:
            require_float32("instance_norm", x)
            yield from fixed_channels(x)
        else:
            require_dtype("instance_norm", x)
        yield from _more_than_one("instance_norm", product(x.dims[1:]), "each channel")

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` and `bias`, each [C]."""
        return _weight_and_bias(x.channels) if self.affine else ()

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Mean, variance, scale and shift of each element."""
        return Operations(other={"instance_norm": 5 * y.elements})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, each channel's mean and inverse deviation, and its weight for each sample."""
        numbers = 3 if self.affine else 2
        return kept(x, numbers * DTYPE_BYTES[x.dtype] * x.channels, (0,))

    def window(self, x: TensorType) -> Window:
        """Everything."""
        return Window(whole=True)

    def module(self, x: TensorType) -> TorchCall | None:
        """`nn.InstanceNorm2d(channels, affine=True)`; a function where it has no weights."""
        if not self.affine:
            return None
        kwargs = {**_eps(self.eps), "affine": True}
        return TorchCall(_INSTANCE_NORM[len(x.dims) - 1], (x.channels,), kwargs)

    def functional(self, x: TensorType) -> TorchCall:
        """`F.instance_norm(x, weight=weight, bias=bias)`."""
        kwargs = _eps(self.eps)
        if self.affine:
            kwargs = {"weight": WeightOf("weight"), "bias": WeightOf("bias"), **kwargs}
        return TorchCall("torch.nn.functional.instance_norm", (Operand(0),), kwargs)


@dataclass(frozen=True)
class LocalResponseNorm(Layer):
    """Local response normalisation: each value is damped by its neighbours in other channels.

    `[C, H, W] -> [C, H, W]`, also `[C, L]` and `[C, D, H, W]`;
    y = x / (k + alpha / size · Σ x²)^beta, the sum over `size` channels around its own, with
    zeros beyond the first and last. The paper's alpha is not divided by the size.

    Args:
        size: Channels in a neighbourhood.
        alpha: Weight of the neighbourhood's mean square.
        beta: Exponent.
        k: Added to the mean square.

    Operations: 2 · size + 3 for each element.
    Source: A. Krizhevsky et al., 2012, section 3.3.
    """

    kind = "local_response_norm"
    family = Family.NORMALISATION

    size: int = parameter(Kind.INT, at_least=1)
    alpha: float = parameter(Kind.FLOAT, 1e-4)
    beta: float = parameter(Kind.FLOAT, 0.75)
    k: float = parameter(Kind.FLOAT, 1.0)

    def output(self, x: TensorType) -> TensorType:
        """As it came."""
        return x

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """Of floating-point values that PyTorch averages over volumes."""
        spatial_axes("local_response_norm", x)
        require_batch("local_response_norm", x)
        require_dtype("local_response_norm", x, frozenset({"float64", "float32"}))
        return iter(())

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Squares and their sum over the neighbourhood, a power, a division."""
        return Operations(other={"local_response_norm": (2 * self.size + 3) * y.elements})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, its squares padded by channels of zeros, the damping and its power."""
        squares = (x.channels + self.size - 1) * positions(x)
        return kept(x, DTYPE_BYTES[x.dtype] * (squares + 2 * x.elements), (0,))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.local_response_norm(x, size, alpha=..., beta=..., k=...)`."""
        defaults = {"alpha": 1e-4, "beta": 0.75, "k": 1.0}
        kwargs = {
            name: getattr(self, name)
            for name, default in defaults.items()
            if getattr(self, name) != default
        }
        return TorchCall("torch.nn.functional.local_response_norm", (Operand(0), self.size), kwargs)

    def label(self, x: TensorType) -> str:
        """`LRN`."""
        return "LRN"
