import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.layers.definition import Operations, Reject, Rows, Weight, Window
from archdsl.layers.linear import Embedding, Linear, Rbf
from archdsl.shapes.dim import product, symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

CENTRES = ((1, -1, 0.5), (0, 2, 1))
PICTURES = (("#.", ".#"), ("##", "##"), ("..", "#."))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(1, 6), st.booleans())
def test_linear_accepts_and_gives_what_a_run_does(against_torch, shape, out, bias):
    assert against_torch.accepts("linear", shape, out=out, bias=bias)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(1, 3))
def test_rbf_accepts_and_gives_what_a_run_does(against_torch, shape, count):
    centres = tuple((float(i),) * shape[-1] for i in range(count))

    assert against_torch.accepts("rbf", shape, centres=centres)


@pytest.mark.parametrize("shape", [(6,), (5, 6), (4, 5, 6)])
@pytest.mark.parametrize("layer", [Linear(3), Linear(3, bias=False)], ids=str)
def test_linear_is_pytorchs(against_torch, layer, shape):
    against_torch.check(layer, TensorType(shape))
    against_torch.check(layer, TensorType(shape, batched=False))


def test_macs_count_every_position():
    operations = Linear(3).operations(TensorType((5, 6)), TensorType((5, 3)))

    assert (operations.macs, operations.other) == (5 * 6 * 3, {"bias": 15})
    assert Linear(3, bias=False).operations(TensorType((6,)), TensorType((3,))).other == {}


def test_linear_sees_all_features():
    assert Linear(3).window(TensorType((6,))) == Window(whole=True)
    assert Linear(3).window(TensorType((2, 5, 6))).kernel == (1, 6)


def test_weights_are_made_for_the_default_size():
    flat = product((4, symbol("H", 3), symbol("W", 5)))
    (condition,) = Linear(7).conditions(TensorType((flat,)))

    assert Linear(7).weights(TensorType((flat,)))[0] == Weight("weight", (7, 60))
    assert (condition.left, condition.right) == (flat, 60)
    assert condition.holds
    assert not condition.is_constant


def test_linear_takes_float32_only(against_torch):
    with pytest.raises(Reject, match="float64"):
        against_torch.outputs(Linear(3), TensorType((6,), "float64"))


@pytest.mark.parametrize("shape", [(6,), (2, 3)])
@pytest.mark.parametrize("dtype", ["int64", "int32"])
def test_an_embedding_looks_rows_up(dtype, shape):
    layer, words = Embedding(7, 4), TensorType(shape, dtype)
    module = torch.nn.Embedding(7, 4)
    value = torch.randint(0, 7, (2, *shape)).to(getattr(torch, dtype))
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(kept.append, lambda _: value):
        result = module(value)

    assert layer.output(words) == TensorType((*shape, 4))
    assert tuple(result.shape) == (2, *shape, 4)
    assert layer.weights(words) == (Weight("weight", tuple(module.weight.shape)),)
    assert layer.saved(words, layer.output(words)).operands == (0,)
    assert [tensor.data_ptr() for tensor in kept] == [value.data_ptr()]
    assert layer.operations(words, layer.output(words)) == Operations()
    assert layer.asks(words) == {0: Rows(7)}


def test_an_embedding_without_a_batch_stays_so():
    assert Embedding(7, 4).output(TensorType((6,), "int64", batched=False)).batched is False


def test_an_embedding_takes_whole_numbers_only(against_torch):
    with pytest.raises(Reject, match="the value is float32") as refused:
        against_torch.outputs(Embedding(7, 4), TensorType((6,)))

    assert refused.value.help == "declare the input with its dtype: `input words[16]: int64`"


@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_rbf_is_its_formula(against_torch, shape):
    layer = Rbf(CENTRES)
    x = TensorType(shape)
    against_torch.check(layer, x)
    run = against_torch.run(layer, x).runs[0]

    for position, centre in enumerate(CENTRES):
        expected = ((run.value - torch.tensor(centre)) ** 2).sum(-1)
        assert torch.equal(run.results[0][..., position], expected)


def test_pictures_are_ones_and_minus_ones(against_torch):
    layer = Rbf(PICTURES)
    against_torch.check(layer, TensorType((4,)))
    module = against_torch.run(layer, TensorType((4,))).module

    assert module.centres.tolist() == [[1, -1, -1, 1], [1, 1, 1, 1], [-1, -1, 1, -1]]
    assert module.centres.dtype == torch.float32


def test_rbf_is_traced_whole(against_torch):
    module = against_torch.run(Rbf(PICTURES), TensorType((4,))).module
    value = torch.randn(2, 4)
    exported = torch.export.export(module, (value,)).module()

    assert torch.equal(exported(value), module(value))
    assert torch.equal(torch.compile(module, fullgraph=True, backend="eager")(value), module(value))


def test_pictures_beside_numbers_are_numbers(against_torch):
    layer = Rbf((("#.",), (3, 4)))
    module = against_torch.run(layer, TensorType((2,))).module

    assert module.centres.tolist() == [[1, -1], [3, 4]]


def test_rbf_counts_differences_squares_and_sums():
    other = Rbf(CENTRES).operations(TensorType((3,)), TensorType((2,))).other

    assert other == {"sub": 6, "mul": 6, "add": 4}
    assert Rbf(CENTRES).operations(TensorType((3,)), TensorType((2,))).macs == 0
    assert not Rbf.weighted


@pytest.mark.parametrize(
    ("centres", "part"),
    [
        ((), "lists none"),
        (((1, 2, 3), (1, 2)), "centre 1 of `centres` has 2 numbers, and the value has 3 features"),
        (((1, 2, 3), 4), "centre 1 of `centres` must be a list"),
        (((),), "must be a list"),
        ((("#.x",),), "'x' where only"),
        ((("#.", "#"),), "rows of different lengths"),
        (((1, "#", 2),), "mixes"),
        (((1, True, 2),), "mixes"),
        (((10**40, 1, 2),), "beyond what a float holds"),
    ],
)
def test_centres_that_are_none(against_torch, centres, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(Rbf(centres), TensorType((3,)))

    assert (refused.value.code, refused.value.field) == ("E0621", "centres")
    assert part in refused.value.message


def test_labels():
    assert Linear(1000).label(TensorType((6,))) == "linear, 1000"
    assert Embedding(10000, 512).label(TensorType((6,), "int64")) == "embedding, 10000×512"
    assert Rbf(CENTRES).label(TensorType((3,))) == "rbf, 2"
