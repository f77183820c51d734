"""Each layer of the registry is one definition, and all that it says of itself is so.

The laws are functions of a layer and its operands' types. `test_a_law_fails...` shows that each
of them notices a definition that lies.
"""

import copy
import inspect
from dataclasses import dataclass, replace

import pytest

from archdsl.layers import registry
from archdsl.layers.convolution import Conv
from archdsl.layers.definition import Family, Kind, Operations, Weight, parameter, signature
from archdsl.layers.linear import Linear
from archdsl.layers.torch_call import Helper, Operand, TorchCall, WeightOf
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from archdsl.testing.interpret import helper, resolve  # noqa: E402

COUNTED_OTHERWISE = {"sparse_conv"}
"""PyTorch runs it as a dense convolution, and it counts its connections only."""


# The laws


def documented(tried, layer, types):
    """Its page says what it is, what comes out, what each argument means, and whence it comes."""
    page = inspect.getdoc(type(layer)) or ""
    assert page.split("\n\n")[0].endswith("."), "the first line is a sentence"
    assert "->" in page or tried.outputs(layer, types) == (types[0],), "the shape"
    assert any(part in page for part in ("Source: ", "MACs: ", "Operations: ")), "the source"
    for spec in signature(type(layer)):
        assert f"\n    {spec.name}: " in page, f"the argument `{spec.name}`"


def named(_tried, layer, types):
    """It is found by its kind, belongs to a family, and labels itself in plain characters."""
    assert registry.find(layer.kind) is type(layer)
    assert isinstance(layer.family, Family)
    label = layer.label(*types)
    assert label.strip() == label != ""
    assert all(c.isascii() or c in "×–−·→…" for c in label), label


def resolved(tried, layer, types):
    """Each target is PyTorch's or a helper that defines its name, and takes the arguments."""
    for call in [*tried.calls(layer.module(*types)), *tried.calls(layer.functional(*types))]:
        if isinstance(call.target, Helper):
            target = helper(call.target)
            assert target.__name__ == call.target.name
        elif call.target in set("+-*/@"):
            continue
        elif call.target.startswith("."):
            target = getattr(torch.Tensor, call.target[1:])
        else:
            target = resolve(call.target)
        try:
            parameters = inspect.signature(target)
        except ValueError:
            continue  # a builtin without a signature: running it shows what it takes
        receiver = () if not str(call.target).startswith(".") else (None,)
        parameters.bind(*receiver, *call.args, **call.kwargs)


def weighed(tried, layer, types):
    """The module's state is what `weights` lists, in this order."""
    module = tried.module(layer, types, "meta")
    weights = layer.weights(*types)
    if module is None:
        assert weights == ()
        return
    state = [(n, tuple(t.shape), str(t.dtype)) for n, t in module.state_dict().items()]
    assert state == [(w.name, w.dims, f"torch.{w.dtype}") for w in weights]
    trained = [name for name, _ in module.named_parameters()]
    assert trained == [w.name for w in weights if w.trainable]
    buffered = [name for name, _ in module.named_buffers() if name in module.state_dict()]
    assert buffered == [w.name for w in weights if not w.trainable]


def shaped(tried, layer, types):
    """What comes out on the meta device is what `output` says."""
    module = tried.module(layer, types, "meta")
    results = tried.run(
        layer, types, tried.tensors(layer, types, "meta"), module, by_module=module is not None
    )
    expected = [
        ((y.copies(2), *y.shape) if y.batched else y.shape, f"torch.{y.dtype}")
        for y in tried.outputs(layer, types)
    ]
    assert [(tuple(r.shape), str(r.dtype)) for r in results] == expected


def same_both_ways(tried, layer, types):
    """Module and function give the same bits, in evaluation and in training."""
    module = tried.module(layer, types)
    if module is None:
        return
    for training in (False, True):
        first = copy.deepcopy(module).train(training)
        second = copy.deepcopy(module).train(training)
        values = tried.tensors(layer, types)
        if training and "num_batches_tracked" in second.state_dict():
            second.num_batches_tracked.add_(1)
        ours = tried.run(layer, types, values, first, by_module=True)
        theirs = tried.run(layer, types, values, second, by_module=False, training=training)
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
        state = second.state_dict()
        assert all(torch.equal(t, state[n]) for n, t in first.state_dict().items())


def counted(tried, layer, types):
    """Its MACs are half of the operations that PyTorch counts for one sample."""
    module = tried.module(layer, types, "meta")
    with FlopCounterMode(display=False) as counter:
        tried.run(
            layer,
            types,
            tried.tensors(layer, types, "meta", 1),
            module,
            by_module=module is not None,
        )
    macs = layer.operations(*types, tried.outputs(layer, types)[0]).macs
    if layer.kind not in COUNTED_OTHERWISE:
        assert counter.get_total_flops() == 2 * macs
    else:
        assert 0 < 2 * macs < counter.get_total_flops()


LAWS = (documented, named, resolved, weighed, shaped, same_both_ways, counted)


def test_each_layer_is_tried(tried):
    assert tried.names == set(registry.names())


def test_it_is_documented(tried, layer, types):
    documented(tried, layer, types)


def test_it_is_named(tried, layer, types):
    named(tried, layer, types)


def test_its_calls_resolve_and_take_their_arguments(tried, layer, types):
    resolved(tried, layer, types)


def test_its_state_is_its_weights(tried, layer, types):
    weighed(tried, layer, types)


def test_its_output_is_that_of_the_meta_device(tried, layer, types):
    shaped(tried, layer, types)


def test_module_and_function_are_one(tried, layer, types):
    same_both_ways(tried, layer, types)


def test_its_macs_are_those_of_the_counter(tried, layer, types):
    counted(tried, layer, types)


def test_depth_counts_layers_with_weights_only(layer, types):
    assert layer.weights(*types) or not layer.weighted
    assert (layer.depth() > 0) == layer.weighted


# The laws themselves


@dataclass(frozen=True)
class Honest(Linear):
    """A linear layer under another name.

    `[..., features] -> [..., out]`.

    Args:
        out: Outputs.
        bias: Biases.
        init: How it starts.

    Source: this test.
    """


class Undocumented(Honest):
    """A page that says nothing of its arguments."""


@dataclass(frozen=True)
class Secretive(Honest):
    __doc__ = Honest.__doc__

    more: int = parameter(Kind.INT, 1)


class Unlabelled(Honest):
    __doc__ = Honest.__doc__

    def label(self, x):
        return ""


class Misspelt(Honest):
    __doc__ = Honest.__doc__

    def functional(self, x):
        return TorchCall("torch.nn.functional.linaer", (Operand(0), WeightOf("weight")))


class Overfull(Honest):
    __doc__ = Honest.__doc__

    def module(self, x):
        return TorchCall("torch.nn.Linear", (x.features, self.out), {"stride": 2})


class Heavier(Honest):
    __doc__ = Honest.__doc__

    def weights(self, x):
        return (*super().weights(x), Weight("gain", (1,)))


class Turned(Honest):
    __doc__ = Honest.__doc__

    def weights(self, x):
        first, *rest = super().weights(x)
        return (replace(first, dims=first.dims[::-1]), *rest)


class Wider(Honest):
    __doc__ = Honest.__doc__

    def output(self, x):
        return x.with_dims(*x.dims[:-1], self.out + 1)


class Forgetful(Honest):
    __doc__ = Honest.__doc__

    def functional(self, x):
        return TorchCall("torch.nn.functional.linear", (Operand(0), WeightOf("weight")))


class Cheaper(Honest):
    __doc__ = Honest.__doc__

    def operations(self, x, y):
        return Operations(super().operations(x, y).macs - 1)


@pytest.mark.parametrize(
    ("definition", "law", "problem"),
    [
        (Undocumented, documented, AssertionError),
        (Secretive, documented, AssertionError),
        (Honest, named, AssertionError),
        (Unlabelled, named, AssertionError),
        (Misspelt, resolved, AttributeError),
        (Overfull, resolved, TypeError),
        (Heavier, weighed, AssertionError),
        (Turned, weighed, AssertionError),
        (Wider, shaped, AssertionError),
        (Forgetful, same_both_ways, AssertionError),
        (Cheaper, counted, AssertionError),
    ],
)
def test_a_law_fails_where_a_definition_lies(tried, definition, law, problem):
    with pytest.raises(problem):
        law(tried, definition(5), (TensorType((6, 8)),))


@pytest.mark.parametrize("law", LAWS)
def test_a_law_holds_of_an_honest_definition(tried, law):
    law(tried, Conv(6, 3), (TensorType((4, 9, 8)),))
