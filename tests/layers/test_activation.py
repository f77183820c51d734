import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.layers import registry
from archdsl.layers.activation import LeakyRelu, LogSoftmax, Prelu, Softmax
from archdsl.layers.definition import Family, Reject
from archdsl.shapes.dim import symbol
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType
from archdsl.testing.interpret import Bindings, evaluate

torch = pytest.importorskip("torch")

PLAIN = (
    *("relu", "relu6", "leaky_relu", "elu", "silu", "gelu", "mish", "sigmoid"),
    *("hard_sigmoid", "hard_swish", "tanh", "abs"),
)

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@given(st.sampled_from(PLAIN), shapes)
def test_activations_accept_and_give_what_a_run_does(against_torch, kind, shape):
    assert against_torch.values(kind, shape)


@given(st.sampled_from(["softmax", "log_softmax"]), shapes, st.integers(-5, 4))
def test_softmax_accepts_and_gives_what_a_run_does(against_torch, kind, shape, axis):
    assert against_torch.values(kind, shape, axis=axis) == (-len(shape) <= axis < len(shape))


@given(shapes, st.booleans())
def test_prelu_accepts_and_gives_what_a_run_does(against_torch, shape, shared):
    assert against_torch.accepts("prelu", shape, shared=shared)


@pytest.mark.parametrize("shape", [(6,), (5, 6), (4, 5, 6)])
@pytest.mark.parametrize("kind", PLAIN)
def test_an_activation_is_pytorchs(against_torch, kind, shape):
    layer = registry.find(kind)()
    x = TensorType(shape)
    against_torch.check(layer, x)
    against_torch.check(layer, TensorType(shape, batched=False))

    assert layer.module(x) is None
    assert layer.operations(x, x).other == {kind: x.elements}
    assert layer.family is Family.ACTIVATION


@pytest.mark.parametrize("layer", [Prelu(), Prelu(shared=False), LeakyRelu(0.25)], ids=str)
def test_slopes_are_pytorchs(against_torch, layer):
    for shape in [(6,), (5, 6), (4, 5, 6)]:
        against_torch.check(layer, TensorType(shape))


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("dtype", DTYPE_BYTES)
def test_dtypes_are_those_of_pytorch(against_torch, kind, dtype):
    layer = registry.find(kind)()
    x = TensorType((3, 4), dtype)
    value = torch.ones(1, 3, 4).to(getattr(torch, dtype))
    try:
        ran = evaluate(layer.functional(x), Bindings([value]))
    except RuntimeError:
        with pytest.raises(Reject, match=dtype):
            against_torch.outputs(layer, x)
    else:
        (output,) = against_torch.outputs(layer, x)
        assert f"torch.{output.dtype}" == str(ran.dtype)


@pytest.mark.parametrize("definition", [Softmax, LogSoftmax])
def test_softmax_counts_axes_without_the_batch(against_torch, definition):
    for shape in [(6,), (4, 5, 6)]:
        against_torch.check(definition(), TensorType(shape))
        against_torch.check(definition(-1), TensorType(shape, batched=False))
    for axis in (0, 1, -1):
        against_torch.check(definition(axis), TensorType((5, 6)))


def test_softmax_sums_to_one_over_its_axis(against_torch):
    run = against_torch.run(Softmax(axis=-1), TensorType((5, 6))).runs[0]

    assert run.results[0].sum(2).allclose(torch.ones(2, 5))


def test_softmax_of_two_axes_names_its_own(against_torch):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(Softmax(), TensorType((16, 300)))

    assert refused.value.code == "E0624"
    assert "[16, 300] could go over either axis" in refused.value.message


def test_softmax_of_an_axis_that_is_none(against_torch):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(Softmax(axis=9), TensorType((16, 300)))

    assert (refused.value.code, refused.value.field) == ("E0608", "axis")


def test_softmax_sees_its_axis():
    x = TensorType((3, 8, 9))

    assert Softmax().window(x) is None
    assert Softmax(1).window(x).kernel == (8, 1)
    assert Softmax(-1).window(x).kernel == (1, 9)
    assert Softmax().window(TensorType((5,))).whole
    assert Softmax(1).operations(x, x).other == {"softmax": 3 * x.elements}


def test_slopes_of_their_own_fix_the_channels(against_torch):
    x = TensorType((symbol("T", 5), 6))

    assert [c.right for c in Prelu(shared=False).conditions(x)] == [5]
    assert list(Prelu().conditions(x)) == []
    with pytest.raises(Reject, match="unbatched"):
        against_torch.outputs(Prelu(shared=False), TensorType((5, 6), batched=False))
