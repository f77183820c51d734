"""Layers over sequences `[T, D]`, time first: recurrent layers, and attention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from archdsl.layers import sequence_source as source
from archdsl.layers.axes import fixed_features
from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    Weight,
    Window,
    parameter,
)
from archdsl.layers.sides import require_batch, require_float32, shape_text, split_evenly
from archdsl.layers.torch_call import Operand, TorchCall, Training, WeightOf
from archdsl.shapes.condition import Condition
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType


def _check_sequence(kind: str, x: TensorType) -> None:
    """Refuse what is no batch of float32 sequences."""
    require_float32(kind, x)
    require_batch(kind, x)
    if x.rank != 2:
        raise Reject(
            "E0600",
            f"`{kind}` takes [T, D], time first, and this is {shape_text(x)}",
            help="pixels in a row: `flatten(1) -> permute(1, 0)`" if x.rank > 2 else None,
        )


@dataclass(frozen=True)
class _Recurrent(Layer):
    """What goes through a sequence step by step has in common."""

    family = Family.RECURRENT
    weighted = True
    gates: ClassVar[int]

    hidden: int = parameter(Kind.INT, at_least=1)
    layers: int = parameter(Kind.INT, 1, at_least=1)
    bidirectional: bool = parameter(Kind.BOOL, False)
    bias: bool = parameter(Kind.BOOL, True)

    @property
    def _ways(self) -> int:
        return 2 if self.bidirectional else 1

    def _widths(self, x: TensorType) -> Iterator[int]:
        """The features that enter each stacked layer."""
        yield x.features
        for _ in range(self.layers - 1):
            yield self._ways * self.hidden

    def output(self, x: TensorType) -> TensorType:
        """[T, hidden]."""
        return x.with_dims(x.dims[0], self._ways * self.hidden)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The features are those that the weights are made for."""
        _check_sequence(self.kind, x)
        if self.layers > _MOST_LAYERS:
            raise Reject(
                "E0503",
                f"`layers` is {self.layers:,}, and at most {_MOST_LAYERS} are stacked in one layer",
                field="layers",
            )
        return fixed_features(x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """For each stacked layer and direction `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`."""
        rows = self.gates * self.hidden
        found: list[Weight] = []
        for layer, width in enumerate(self._widths(x)):
            for way in ("", "_reverse")[: self._ways]:
                found.append(Weight(f"weight_ih_l{layer}{way}", (rows, width)))
                found.append(Weight(f"weight_hh_l{layer}{way}", (rows, self.hidden)))
                if self.bias:
                    found.append(Weight(f"bias_ih_l{layer}{way}", (rows,)))
                    found.append(Weight(f"bias_hh_l{layer}{way}", (rows,)))
        return tuple(found)

    def _steps(self, x: TensorType) -> int:
        """How often one cell runs: each step in each stacked layer and direction."""
        return default_of(x.dims[0]) * self.layers * self._ways

    def _cell(self) -> dict[str, int]:
        """What one unit does in one step beside its products with weights."""
        raise NotImplementedError

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """The products of each gate with the input and the state, at each step."""
        rows = self.gates * self.hidden
        inner = sum(width + self.hidden for width in self._widths(x))
        macs = default_of(x.dims[0]) * self._ways * rows * inner
        units = self._steps(x) * self.hidden
        other = {kind: count * units for kind, count in self._cell().items()}
        if self.bias:
            other["bias"] = 2 * self.gates * units
        return Operations(macs, other)

    def _read(self, x: TensorType) -> int:
        """Elements that the stacked layers read, each kept: a copy of x with time first, and theirs."""
        return default_of(x.dims[0]) * sum(self._widths(x))

    def window(self, x: TensorType) -> Window:
        """The steps before it, and with both directions all."""
        return Window(whole=True)

    def depth(self) -> int:
        """One for each stacked layer."""
        return self.layers

    def module(self, x: TensorType) -> TorchCall:
        """`Lstm(features, hidden)`: `nn.LSTM` that gives its output at each step."""
        kwargs: dict[str, Any] = {}
        if self.layers != 1:
            kwargs["layers"] = self.layers
        if not self.bias:
            kwargs["bias"] = False
        if self.bidirectional:
            kwargs["bidirectional"] = True
        target = source.recurrent_module(self.kind.upper())
        return TorchCall(target, (x.features, self.hidden), kwargs)

    def functional(self, x: TensorType) -> TorchCall:
        """`lstm(x, [weight_ih_l0, ...], ...)`."""
        weights = [WeightOf(weight.name) for weight in self.weights(x)]
        options = (self.bias, self.layers, self.bidirectional, Training())
        return TorchCall(
            source.recurrent_function(self.kind.upper()), (Operand(0), weights, *options)
        )

    def label(self, x: TensorType) -> str:
        """`LSTM, 512`."""
        text = f"{self.kind.upper()}, {self.hidden}"
        if self.layers != 1:
            text += f", {self.layers} layers"
        return f"{text}, bidirectional" if self.bidirectional else text


_MOST_LAYERS = 1000
"""More in one layer would be a text that makes tensors without end."""


@dataclass(frozen=True)
class Lstm(_Recurrent):
    """Long short-term memory: a state that gates write to, keep and read, step by step.

    `[T, D] -> [T, hidden]`, twice as wide if bidirectional; the output at each step, from a state
    of zeros. i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b), c = f ⊙ c + i ⊙ g,
    h = o ⊙ tanh(c).

    Args:
        hidden: Units, which are the features of the output.
        layers: Stacked layers, each reading the one below.
        bidirectional: Whether a second one reads the sequence from its end; side by side.
        bias: Whether the gates add biases, two vectors as in PyTorch.

    MACs: T · 4 hidden (D + hidden) for each layer and direction.
    Source: S. Hochreiter, J. Schmidhuber, 1997, "Long short-term memory"; with the forget gate of
    F. Gers et al., 2000.
    """

    kind = "lstm"
    gates = 4

    def _cell(self) -> dict[str, int]:
        return {"add": 4 + 1, "mul": 3, "sigmoid": 3, "tanh": 2}

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """What each layer reads, what it gives, its states at the start and end, and a workspace.

        As PyTorch keeps it on the CPU with oneDNN, but for the rounding of each of the workspace's
        seven parts up to 4,096 bytes. In place of biases it keeps zeros as large as the weights.
        """
        steps, ways = default_of(x.dims[0]), self._ways
        floats = self._read(x) + 3 * self.layers * ways * self.hidden
        for width in self._widths(x):
            floats += ways * _workspace(steps, width, self.hidden)
        # Each direction gives a sequence; of one direction it is what the next layer reads.
        given = self.layers * ways if self.bidirectional else 1
        floats += given * steps * self.hidden
        zeros = 0 if self.bias else sum(weight.elements for weight in self.weights(x))
        size = DTYPE_BYTES[x.dtype]
        return Saved(extra_bytes=size * floats, fixed_bytes=size * zeros)


def _workspace(steps: int, features: int, hidden: int) -> int:
    """Floats of one sample in what oneDNN 3 keeps of one LSTM in one direction.

    Two layers of inputs, states and their gradients at each step and before the first, two of
    cells; the gates and the outputs at each step.
    """
    wide = _row(max(features, hidden))
    return (steps + 1) * (6 * wide + 4 * hidden) + steps * (_row(4 * hidden) + _row(hidden))


def _row(length: int) -> int:
    """A row of floats as oneDNN lays it out: whole cache lines, no multiple of 1,024 bytes."""
    row = -(-length // 16) * 16
    return row + 16 if row % 256 == 0 else row


@dataclass(frozen=True)
class Gru(_Recurrent):
    """Gated recurrent units: a state that one gate resets and another updates, step by step.

    `[T, D] -> [T, hidden]`, twice as wide if bidirectional; the output at each step, from a state
    of zeros. r, z = σ(W x + U h + b), n = tanh(W x + b + r ⊙ (U h + b')), h = (1 - z) ⊙ n + z ⊙ h.

    Args:
        hidden: Units, which are the features of the output.
        layers: Stacked layers, each reading the one below.
        bidirectional: Whether a second one reads the sequence from its end; side by side.
        bias: Whether the gates add biases, two vectors as in PyTorch.

    MACs: T · 3 hidden (D + hidden) for each layer and direction.
    Source: K. Cho et al., 2014, "Learning phrase representations using RNN encoder-decoder".
    """

    kind = "gru"
    gates = 3

    def _cell(self) -> dict[str, int]:
        return {"add": 3 + 1, "sub": 1, "mul": 3, "sigmoid": 2, "tanh": 1}

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """What each layer reads; at each step the gates, what they were made of, the last state."""
        floats = self._read(x) + 7 * self._steps(x) * self.hidden
        return Saved(extra_bytes=DTYPE_BYTES[x.dtype] * floats)

    def saved_frozen(self, x: TensorType, y: TensorType) -> Saved:
        """At each step the gates and what they were made of."""
        return Saved(extra_bytes=DTYPE_BYTES[x.dtype] * 6 * self._steps(x) * self.hidden)


@dataclass(frozen=True)
class Rnn(_Recurrent):
    """A recurrent layer: each state is made of the input and the state before it.

    `[T, D] -> [T, hidden]`, twice as wide if bidirectional; the output at each step, from a state
    of zeros. h = tanh(W x + U h + b).

    Args:
        hidden: Units, which are the features of the output.
        layers: Stacked layers, each reading the one below.
        bidirectional: Whether a second one reads the sequence from its end; side by side.
        bias: Whether the units add biases, two vectors as in PyTorch.

    MACs: T · hidden (D + hidden) for each layer and direction.
    Source: J. Elman, 1990, "Finding structure in time".
    """

    kind = "rnn"
    gates = 1

    def _cell(self) -> dict[str, int]:
        return {"add": 1, "tanh": 1}

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """What each layer reads, the first state, and the state after each step."""
        states = (default_of(x.dims[0]) + 1) * self.layers * self._ways * self.hidden
        return Saved(extra_bytes=DTYPE_BYTES[x.dtype] * (self._read(x) + states))

    def saved_frozen(self, x: TensorType, y: TensorType) -> Saved:
        """The state after each step."""
        return Saved(extra_bytes=DTYPE_BYTES[x.dtype] * self._steps(x) * self.hidden)


@dataclass(frozen=True)
class Attention(Layer):
    """Multi-head attention: each position takes a mean of all others, weighted by likeness.

    `[T, D] -> [T, D]`, of the sequence to itself, or with `context` `[S, D']` to that; in each
    of `heads` parts of width d = D / heads softmax(Q Kᵀ / √d) V, then a projection of all of
    them. Q, K and V are projections of their own.

    Args:
        heads: Parts that the features are split into; they must come out even.
        context: A named value to attend to, itself if not given.
        bias: Whether the projections add biases.
        dropout: The share of the weights that training leaves out.

    MACs: D (2 T D + 2 S D') for the projections, and 2 T S D.
    Source: A. Vaswani et al., 2017, "Attention is all you need", section 3.2.
    """

    kind = "attention"
    family = Family.ATTENTION

    heads: int = parameter(Kind.INT, at_least=1)
    context: int | None = parameter(Kind.VALUE, None, optional=True)
    bias: bool = parameter(Kind.BOOL, True)
    dropout: float = parameter(Kind.FLOAT, 0.0)

    def output(self, x: TensorType, context: TensorType | None = None) -> TensorType:
        """As x."""
        return x

    def conditions(self, x: TensorType, context: TensorType | None = None) -> Iterator[Condition]:
        """The heads divide the features, which are those that the weights are made for."""
        _check_sequence("attention", x)
        if context is not None:
            _check_sequence("attention", context)
            yield from fixed_features(context)
        split_evenly("attention", "heads", self.heads, x.features, what="features")
        if not 0 <= self.dropout <= 1:
            raise Reject(
                "E0503",
                f"`dropout` is a rate from 0 to 1, and this is {self.dropout:g}",
                field="dropout",
            )
        yield from fixed_features(x)

    def weights(self, x: TensorType, context: TensorType | None = None) -> tuple[Weight, ...]:
        """The projections of Q, K and V, in one tensor where they are alike, and of the output."""
        d = x.features
        if context is None or context.features == d:
            found = [Weight("in_proj_weight", (3 * d, d))]
        else:
            width = context.features
            found = [
                Weight("q_proj_weight", (d, d)),
                Weight("k_proj_weight", (d, width)),
                Weight("v_proj_weight", (d, width)),
            ]
        if self.bias:
            found.append(Weight("in_proj_bias", (3 * d,)))
        found.append(Weight("out_proj.weight", (d, d)))
        if self.bias:
            found.append(Weight("out_proj.bias", (d,)))
        return tuple(found)

    def operations(self, x: TensorType, *others: TensorType) -> Operations:
        """The projections, the likeness of each pair of positions, and the weighted means."""
        context = others[0] if self.context is not None else x
        t, s, d = default_of(x.dims[0]), default_of(context.dims[0]), x.features
        pairs = self.heads * t * s
        other = {"scale": pairs, "softmax": 3 * pairs}
        if self.bias:
            other["bias"] = 2 * (t + s) * d
        return Operations(2 * d * (t * d + s * context.features) + 2 * t * s * d, other)

    def saved(self, x: TensorType, *others: TensorType) -> Saved:
        """What is projected, the projections, the means, and for each row of weights its scale.

        As PyTorch's fused kernel keeps it on the CPU; with dropout it takes the long way, and
        keeps the weights themselves before and after it.
        """
        context = others[0] if self.context is not None else x
        t, s, d = default_of(x.dims[0]), default_of(context.dims[0]), x.features
        rows = self.heads * t
        floats = 2 * (t + s) * d + (3 * rows * s if self.dropout else rows)
        operands = (0,) if self.context is None else (0, 1)
        return Saved(operands, extra_bytes=DTYPE_BYTES[x.dtype] * floats)

    def saved_frozen(self, x: TensorType, *others: TensorType) -> Saved:
        """Not what is projected, nor with dropout the means, which the last projection reads."""
        whole = self.saved(x, *others).extra_bytes
        means = default_of(x.dims[0]) * x.features if self.dropout else 0
        return Saved(extra_bytes=whole - DTYPE_BYTES[x.dtype] * means)

    def window(self, x: TensorType, context: TensorType | None = None) -> Window:
        """All positions."""
        return Window(whole=True)

    def module(self, x: TensorType, context: TensorType | None = None) -> TorchCall:
        """`SelfAttention(features, heads)`: `nn.MultiheadAttention` without its map."""
        kwargs: dict[str, Any] = {}
        if self.dropout:
            kwargs["dropout"] = self.dropout
        if not self.bias:
            kwargs["bias"] = False
        if context is None:
            return TorchCall(source.SELF_MODULE, (x.features, self.heads), kwargs)
        return TorchCall(source.CROSS_MODULE, (x.features, self.heads, context.features), kwargs)

    def functional(self, x: TensorType, context: TensorType | None = None) -> TorchCall:
        """`self_attention(x, in_proj_weight, in_proj_bias, ...)`."""
        bias, out_bias = WeightOf("in_proj_bias"), WeightOf("out_proj.bias")
        biases = (bias, out_bias) if self.bias else (None, None)
        rest: tuple[Any, ...] = (biases[0], WeightOf("out_proj.weight"), biases[1], self.heads)
        if self.dropout:
            rest = (*rest, self.dropout, Training())
        if context is None:
            return TorchCall(source.SELF_FUNCTION, (Operand(0), WeightOf("in_proj_weight"), *rest))
        projections: Any = [WeightOf(f"{name}_proj_weight") for name in "qkv"]
        if context.features == x.features:
            projections = TorchCall("torch.chunk", (WeightOf("in_proj_weight"), 3))
        return TorchCall(source.CROSS_FUNCTION, (Operand(0), Operand(1), projections, *rest))

    def label(self, x: TensorType, context: TensorType | None = None) -> str:
        """`attention, 8 heads`."""
        name = "attention" if self.context is None else "cross-attention"
        return f"{name}, {self.heads} head{'s' if self.heads != 1 else ''}"
