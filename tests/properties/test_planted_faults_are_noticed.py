"""The relations of this folder are strong: a fault planted in a rule is soon noticed.

A fault is one wrong line in a layer's definition. It must be noticed within the first cases.
"""

from dataclasses import replace

import pytest

from archdsl.analysis.cost import cost
from archdsl.layers import geometry, pooling
from archdsl.layers.activation import Gelu, Softmax
from archdsl.layers.convolution import Conv, ConvTranspose, DepthwiseConv
from archdsl.layers.linear import Linear
from archdsl.layers.merge import Concat, Matmul
from archdsl.layers.normalisation import BatchNorm, GroupNorm
from archdsl.layers.padding import Pad
from archdsl.layers.resize import Crop, PixelShuffle, Upsample
from archdsl.layers.shape import ChannelShuffle, Flatten, Permute
from archdsl.layers.slicing import Chunk, Slice
from archdsl.layers.torch_call import TorchCall
from archdsl.shapes.dim import ceil_div
from archdsl.testing.verification import Verification
from archdsl.testing.verify import compare_runs

WITHIN = 600


def more(axis):
    """The output is one longer on an axis."""

    def plant(make):
        def output(self, *types):
            y = make(self, *types)
            first = y[0] if isinstance(y, tuple) else y
            if axis >= first.rank:
                return y
            dims = list(first.dims)
            dims[axis] = dims[axis] + 1
            first = first.with_dims(*dims)
            return (first, *y[1:]) if isinstance(y, tuple) else first

        return output

    return plant


def accepts(_make):
    """Every operand is accepted."""
    return lambda _self, *_types: ()


def as_given(_make):
    return lambda _self, x, *_others: x


SHAPES = [
    (Conv, "output", more(1)),
    (ConvTranspose, "output", more(2)),
    (DepthwiseConv, "output", more(0)),
    (Linear, "output", more(0)),
    (Concat, "output", as_given),
    (Matmul, "output", as_given),
    (Flatten, "output", more(0)),
    (Permute, "output", as_given),
    (Chunk, "output", more(0)),
    (Slice, "output", more(0)),
    (Pad, "output", more(1)),
    (Crop, "output", as_given),
    (Upsample, "output", more(1)),
    (PixelShuffle, "output", more(1)),
    (pooling.MaxPool, "output", more(1)),
    (pooling.AvgPool, "output", more(1)),
]

ACCEPTANCE = [
    (Conv, "conditions", accepts),
    (ConvTranspose, "conditions", accepts),
    (GroupNorm, "conditions", accepts),
    (ChannelShuffle, "conditions", accepts),
    (Softmax, "conditions", accepts),
    (PixelShuffle, "conditions", accepts),
    (pooling.MaxPool, "conditions", accepts),
]


def named(value):
    return getattr(value, "__name__", None)


@pytest.mark.parametrize(("layer", "method", "plant"), SHAPES, ids=named)
def test_a_wrong_shape(monkeypatch, cases, properties, layer, method, plant):
    monkeypatch.setattr(layer, method, plant(getattr(layer, method)))

    assert noticed(cases, properties)


@pytest.mark.parametrize(("layer", "method", "plant"), ACCEPTANCE, ids=named)
def test_a_refusal_that_is_missing(monkeypatch, alone, properties, layer, method, plant):
    monkeypatch.setattr(layer, method, plant(getattr(layer, method)))

    assert noticed(alone[layer.kind], properties)


@pytest.mark.parametrize(
    ("where", "name", "wrong"),
    [
        # A window that rounds up, forgets its dilation, or is padded on one side only.
        (
            geometry,
            "window_length",
            lambda n, k, s, b, a, d: ceil_div(n + b + a - d * (k - 1) - 1, s) + 1,
        ),
        (geometry, "window_length", lambda n, k, s, b, a, _d: (n + b + a - k) // s + 1),
        (geometry, "window_length", lambda n, k, s, b, _a, d: (n + b - d * (k - 1) - 1) // s + 1),
        # A pool that does not know `ceil_mode`, or that it leaves out windows in the padding.
        (pooling, "pool_length", lambda n, k, s, p, d, _c: (n + 2 * p - d * (k - 1) - 1) // s + 1),
        (
            pooling,
            "pool_length",
            lambda n, k, s, p, d, c: (n + 2 * p - d * (k - 1) - 1 + (s - 1 if c else 0)) // s + 1,
        ),
    ],
    ids=["ceil", "dilation", "one side", "ceil_mode", "the clamp"],
)
def test_a_wrong_formula(monkeypatch, cases, properties, where, name, wrong):
    monkeypatch.setattr(where, name, wrong)

    assert noticed(cases, properties, within=len(cases))


def noticed(cases, properties, within=WITHIN):
    """Whether shapes or refusals differ from those of the CPU in one of the first cases."""
    for case in cases[:within]:
        try:
            graph, _ = properties.compiled(case.text)
        except Exception:  # noqa: BLE001 - a fault may break what relies on the rule
            return True
        if (graph is None) != (case.ran is None):
            return True
        if graph is not None and sorted(properties.nodes_of(graph)) != sorted(case.ran.trace.nodes):
            return True
    return False


@pytest.mark.parametrize(
    ("layer", "plant"),
    [
        (Conv, lambda make: lambda self, x: make(self, x)[:1]),
        (Linear, lambda make: lambda self, x: make(self, x)[:1]),
        (
            DepthwiseConv,
            lambda make: (
                lambda self, x: tuple(replace(w, dims=(1, *w.dims[1:])) for w in make(self, x))
            ),
        ),
        (BatchNorm, lambda make: lambda self, x: [w for w in make(self, x) if w.trainable]),
    ],
    ids=["bias", "a linear layer's bias", "channels", "statistics"],
)
def test_a_weight_that_is_not_counted(monkeypatch, running, layer, plant):
    monkeypatch.setattr(layer, "weights", plant(layer.weights))

    assert any(
        (cost(case.graph).params, cost(case.graph).buffers)
        != (case.ran.trace.parameters, case.ran.trace.buffers)
        for case in running[:WITHIN]
    )


def instead(change):
    """The functional form with something changed; a module is not changed."""

    def plant(make):
        return lambda self, *types: change(make(self, *types))

    return plant


@pytest.mark.parametrize(
    ("layer", "change"),
    [
        (Gelu, lambda call: TorchCall(call.target, call.args, {"approximate": "tanh"})),
        (Concat, lambda call: TorchCall(call.target, (call.args[0][::-1], *call.args[1:]))),
        (
            Softmax,
            lambda call: TorchCall("torch.nn.functional.log_softmax", call.args, call.kwargs),
        ),
    ],
    ids=["gelu by tanh", "a concat the other way round", "log_softmax"],
)
def test_wrong_code_in_one_style(monkeypatch, running, properties, layer, change):
    """The interpreter says what the definition said; the emitted code is changed.

    The graphs are new ones, whose code has not been emitted before.
    """
    from archdsl.testing import verify

    build = verify.build

    def changed(graph, style, **options):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(layer, "functional", instead(change)(layer.functional))
            return build(graph, style, **options)

    monkeypatch.setattr(verify, "build", changed)

    def wrong(case):
        found = Verification("n", "n.arch")
        graph, _ = properties.compiled(case.text)
        try:
            compare_runs(found, graph)
        except (RuntimeError, ValueError, TypeError):
            return True
        return not found.agrees

    concerned = [c for c in running[:WITHIN] if any(type(n.layer) is layer for n in c.graph.order)]

    assert any(wrong(case) for case in concerned[:40])
