import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.layers.definition import Reject, Weight, Window
from archdsl.layers.initialisation import InitialiserValue
from archdsl.layers.normalisation import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    LocalResponseNorm,
)
from archdsl.shapes.dim import product, symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

SHAPES = [(6, 9), (6, 4, 5), (6, 2, 3, 4)]
X = TensorType((6, 4, 5))

few = st.integers(1, 3)
values = st.tuples(st.integers(1, 6), few, few, few).flatmap(
    lambda shape: st.integers(1, 4).map(lambda rank: shape[:rank])
)


@given(values, st.booleans())
def test_batch_norm_accepts_and_gives_what_a_run_does(against_torch, shape, affine):
    assert against_torch.accepts("batch_norm", shape, affine=affine) == (len(shape) > 1)


@given(values, st.booleans())
def test_instance_norm_accepts_and_gives_what_a_run_does(against_torch, shape, affine):
    against_torch.accepts("instance_norm", shape, affine=affine)


@given(values, st.integers(1, 6))
def test_group_norm_accepts_and_gives_what_a_run_does(against_torch, shape, groups):
    against_torch.accepts("group_norm", shape, groups=groups)


@given(values)
def test_layer_norm_accepts_and_gives_what_a_run_does(against_torch, shape):
    assert against_torch.accepts("layer_norm", shape)


@given(values, st.integers(1, 7))
def test_local_response_norm_accepts_and_gives_what_a_run_does(against_torch, shape, size):
    assert against_torch.values("local_response_norm", shape, size=size) == (len(shape) > 1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "norm",
    [
        BatchNorm(),
        BatchNorm(eps=1e-3, momentum=0.25),
        BatchNorm(affine=False),
        BatchNorm(momentum=None),
        LayerNorm(),
        LayerNorm(eps=1e-3),
        GroupNorm(3),
        GroupNorm(6, eps=1e-3),
        InstanceNorm(),
        InstanceNorm(eps=1e-3, affine=True),
        LocalResponseNorm(1),
        LocalResponseNorm(4),
        LocalResponseNorm(5, alpha=5e-4, beta=0.5, k=2.0),
    ],
    ids=str,
)
def test_a_norm_is_pytorchs(against_torch, norm, shape):
    against_torch.check(norm, TensorType(shape))


@pytest.mark.parametrize("shape", [(6,), (5, 6)])
def test_layer_norm_is_over_the_last_axis(against_torch, shape):
    against_torch.check(LayerNorm(), TensorType(shape))
    against_torch.check(LayerNorm(), TensorType(shape, batched=False))

    assert LayerNorm().window(TensorType((5, 6))).kernel == (6,)
    assert LayerNorm().window(TensorType((6,))) == Window(whole=True)


def test_batch_norm_keeps_statistics_beside_its_weights():
    names = [(w.name, w.dims, w.trainable) for w in BatchNorm().weights(X)]

    assert names == [
        ("weight", (6,), True),
        ("bias", (6,), True),
        ("running_mean", (6,), False),
        ("running_var", (6,), False),
        ("num_batches_tracked", (), False),
    ]
    assert BatchNorm().weights(X)[-1].dtype == "int64"
    assert [w.name for w in BatchNorm(affine=False).weights(X)] == [n for n, *_ in names[2:]]


def test_statistics_are_those_of_the_module(against_torch):
    """The functional form leaves the running averages that the module leaves."""
    for norm in (BatchNorm(), BatchNorm(momentum=None)):
        both = against_torch.run(norm, X)
        assert both.module.num_batches_tracked == 1
        assert not torch.equal(both.module.running_mean, torch.zeros(6))
        assert torch.equal(both.module.running_mean, both.twin.running_mean)


def test_the_init_is_the_weights():
    zeros = InitialiserValue("zeros")
    for norm in (BatchNorm(init=zeros), LayerNorm(init=zeros), GroupNorm(2, init=zeros)):
        weight, bias, *_ = norm.weights(X)
        assert (weight.init, bias.init) == (zeros, None)


@pytest.mark.parametrize(
    ("norm", "count"),
    [
        (BatchNorm(), 2),
        (LayerNorm(), 5),
        (GroupNorm(2), 5),
        (InstanceNorm(), 5),
        (LocalResponseNorm(5), 13),
    ],
)
def test_operations_of_an_element(norm, count):
    operations = norm.operations(X, X)

    assert (operations.macs, operations.other) == (0, {norm.kind: count * 120})


def test_calls_say_only_what_differs_from_the_defaults():
    assert BatchNorm().module(X).kwargs == {}
    assert BatchNorm(eps=1e-3, momentum=None, affine=False).module(X).kwargs == {
        "eps": 1e-3,
        "momentum": None,
        "affine": False,
    }
    assert BatchNorm().functional(X).kwargs == {}
    assert LocalResponseNorm(5, alpha=5e-4, k=2.0).functional(X).kwargs == {"alpha": 5e-4, "k": 2.0}
    assert InstanceNorm().module(X) is None


def test_one_value_has_no_statistics():
    height, width = symbol("H", 4), symbol("W", 5)
    x = TensorType((6, height, width))

    for norm in (InstanceNorm(), GroupNorm(6)):
        (condition,) = norm.conditions(x)
        assert (condition.value, condition.bound) == (product((height, width)), 2)
    assert list(GroupNorm(3).conditions(x)) == []
    assert list(BatchNorm().conditions(x)) == []


@pytest.mark.parametrize(
    ("norm", "x", "code", "field", "part"),
    [
        (BatchNorm(eps=0.0), X, "E0503", "eps", "greater than 0, and this is 0"),
        (BatchNorm(), TensorType((6,)), "E0600", None, "takes [C, L]"),
        (BatchNorm(), TensorType((6, 4, 5), batched=False), "E0619", None, "unbatched"),
        (BatchNorm(), TensorType((6, 4, 5), "float64"), "E0601", None, "float64"),
        (
            BatchNorm(affine=False, init=InitialiserValue("zeros")),
            X,
            "E0620",
            "init",
            "no weight that could",
        ),
        (GroupNorm(4), X, "E0604", "groups", "split 6 channels into 4 equal groups"),
        (GroupNorm(6), TensorType((6, 1, 1)), "E0623", None, "in each group"),
        (InstanceNorm(), TensorType((6, 1, 1)), "E0623", None, "in each channel"),
        (LocalResponseNorm(5), TensorType((6, 4, 5), "float16"), "E0601", None, "float16"),
    ],
)
def test_refusals_name_the_argument(against_torch, norm, x, code, field, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(norm, x)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert part in refused.value.message


def test_channels_that_depend_on_a_size_are_held():
    x = TensorType((symbol("T", 6), 4))

    for norm in (BatchNorm(), GroupNorm(3), InstanceNorm(affine=True)):
        assert [c.right for c in norm.conditions(x)] == [6]
    assert BatchNorm().weights(x)[0] == Weight("weight", (6,))


def test_labels():
    assert BatchNorm().label(X) == "batch norm"
    assert GroupNorm(3).label(X) == "group norm, groups 3"
    assert LocalResponseNorm(5).label(X) == "LRN"
