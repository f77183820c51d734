import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.layers.definition import Reject, Saved
from archdsl.layers.scale import Affine, Scale
from archdsl.shapes.dim import symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

IMAGE = TensorType((4, 5, 6))
SHAPES = [(6,), (4, 6), (4, 5, 6), (4, 5, 6, 3)]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.floats(-3, 3))
def test_scale_accepts_and_gives_what_a_run_does(against_torch, shape, factor):
    assert against_torch.accepts("scale", shape, factor=factor)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.booleans())
def test_affine_accepts_and_gives_what_a_run_does(against_torch, shape, bias):
    assert against_torch.accepts("affine", shape, bias=bias)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layer", [Scale(2.5), Scale(1.0), Affine(), Affine(bias=False)], ids=str)
def test_scaling_is_pytorchs(against_torch, layer, shape):
    against_torch.check(layer, TensorType(shape))
    against_torch.check(layer, TensorType(shape, batched=False))


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "int64", "uint8", "bool"])
def test_whole_numbers_become_floats(dtype):
    scaled = torch.ones(2, 3).to(getattr(torch, dtype)) * 1.5

    assert f"torch.{Scale(1.5).output(TensorType((3,), dtype)).dtype}" == str(scaled.dtype)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_channel_has_a_weight_and_a_bias(against_torch, shape):
    both = against_torch.run(Affine(), TensorType(shape))
    channels = shape[0]
    with torch.no_grad():
        both.module.weight.copy_(torch.arange(channels))
        both.module.bias.copy_(-torch.arange(channels))
    x = both.runs[0].value
    y = both.module(x)

    for channel in range(channels):
        assert torch.equal(y[:, channel], x[:, channel] * channel - channel)


def test_it_starts_as_the_identity(against_torch):
    run = against_torch.run(Affine(), IMAGE).runs[0]

    assert torch.equal(run.results[0], run.value)


def test_operations():
    assert Scale(2.0).operations(IMAGE, IMAGE).other == {"scale": 120}
    assert Affine().operations(IMAGE, IMAGE).other == {"affine": 240}
    assert Affine(bias=False).operations(IMAGE, IMAGE).other == {"affine": 120}
    assert Affine().operations(IMAGE, IMAGE).macs == 0
    assert Scale(2.0).saved(IMAGE, IMAGE) == Saved()


def test_weights_are_made_for_the_default_size():
    height = symbol("H", 5)
    (condition,) = Affine().conditions(TensorType((height, 3)))

    assert (condition.left, condition.right) == (height, 5)
    assert list(Affine().conditions(TensorType((3, height)))) == []


@pytest.mark.parametrize(
    ("x", "code", "part"),
    [
        (TensorType((4, 5), "float64"), "E0601", "float32 weights"),
        (TensorType((1, 2, 3, 4, 5)), "E0600", "this is [1, 2, 3, 4, 5]"),
    ],
)
def test_refusals(against_torch, x, code, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(Affine(), x)

    assert refused.value.code == code
    assert part in refused.value.message


def test_labels():
    assert Scale(1.7159).label(IMAGE) == "scale, 1.7159"
    assert Scale(2 / 3).label(IMAGE) == "scale, 0.666667"
    assert Affine().label(IMAGE) == "affine"
