import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.layers.definition import Operations, Reject
from archdsl.layers.regularisation import Dropout, DropPath
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

X = TensorType((4, 5, 6))


@given(
    st.sampled_from(["dropout", "drop_path"]),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.sampled_from([0.0, 0.25, 1.0]),
)
def test_dropping_accepts_and_gives_what_a_run_does(against_torch, kind, shape, p):
    assert against_torch.accepts(kind, shape, p=p)


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("definition", [Dropout, DropPath])
def test_dropping_is_pytorchs(against_torch, definition, p):
    for shape in [(6,), (5, 6), (4, 5, 6)]:
        against_torch.check(definition(p), TensorType(shape), batch=8)
    assert definition(p).operations(X, X) == Operations()
    assert definition.has_mode


def test_dropout_without_a_batch(against_torch):
    against_torch.check(Dropout(), TensorType((4, 5), batched=False))


def test_a_path_is_dropped_whole_and_the_rest_scaled(against_torch):
    run = against_torch.run(DropPath(0.25), X, batch=64).runs[0]
    ratios = (run.results[0] / run.value).flatten(1)
    dropped = (ratios == 0).all(1)

    assert 0 < dropped.sum() < 64
    assert ratios[~dropped].allclose(torch.tensor(1 / 0.75))


@pytest.mark.parametrize("training", [True, False])
def test_a_dropped_path_is_traced_whole(against_torch, training):
    module = against_torch.run(DropPath(0.25), X, training=training).module
    traced = torch.compile(module, fullgraph=True, backend="eager")
    value = torch.randn(8, *X.shape)
    results = []
    for run in (module, traced):
        torch.manual_seed(2)
        results.append(run(value))

    assert torch.equal(*results)
    assert torch.equal(results[0], value) == (not training)


def test_in_evaluation_nothing_happens(against_torch):
    for layer in (Dropout(0.9), DropPath(0.9)):
        run = against_torch.run(layer, X, training=False).runs[0]
        assert run.results[0] is run.value


def test_a_module_shows_its_rate(against_torch):
    assert repr(against_torch.run(DropPath(0.25), X).module) == "DropPath(p=0.25)"


@pytest.mark.parametrize("p", [-0.5, 1.5])
@pytest.mark.parametrize("definition", [Dropout, DropPath])
def test_a_rate_is_from_0_to_1(against_torch, definition, p):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(definition(p), X)

    assert (refused.value.code, refused.value.field) == ("E0503", "p")
    assert refused.value.message == f"`p` is a rate from 0 to 1, and this is {p}"


def test_whole_numbers_and_unbatched_paths_are_refused(against_torch):
    with pytest.raises(Reject, match="int64"):
        against_torch.outputs(Dropout(), TensorType((4,), "int64"))
    with pytest.raises(Reject, match="unbatched"):
        against_torch.outputs(DropPath(0.5), TensorType((4,), batched=False))


def test_labels():
    assert Dropout(0.4).label(X) == "dropout 0.4"
    assert DropPath(0.2).label(X) == "drop path 0.2"
