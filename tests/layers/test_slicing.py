import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from archdsl.layers.definition import Operations, Reject, Window
from archdsl.layers.slicing import Chunk, Slice
from archdsl.layers.slicing_source import TAKE
from archdsl.layers.torch_call import Operand, TorchCall
from archdsl.shapes.dim import product, symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

H = symbol("H", 8)
IMAGE = TensorType((4, 9, 6))
SHAPES = st.lists(st.integers(1, 9), min_size=1, max_size=4)


@given(SHAPES, st.integers(1, 6), st.integers(-5, 5))
def test_chunk_accepts_and_gives_what_a_run_does(against_torch, shape, n, axis):
    event(f"accepted: {against_torch.accepts('chunk', shape, n=n, axis=axis)}")


@given(SHAPES, st.integers(-10, 10), st.integers(-10, 12), st.integers(1, 4), st.integers(-5, 5))
def test_slice_accepts_and_gives_what_a_run_does(against_torch, shape, start, stop, step, axis):
    accepted = against_torch.accepts("slice", shape, start=start, stop=stop, step=step, axis=axis)
    event(f"accepted: {accepted}")


@given(st.integers(1, 7))
def test_sizes_of_a_chunk_by_conditions_are_those_by_numbers(against_torch, n):
    symbolic, plain = against_torch.sizes(Chunk(n, axis=-1), (2, 40), range(1, 43))

    assert symbolic == plain


@given(st.integers(-9, 9), st.integers(-9, 12), st.integers(1, 4))
def test_sizes_of_a_slice_by_conditions_are_those_by_numbers(against_torch, start, stop, step):
    layer = Slice(start, stop, step, axis=-1)
    try:
        symbolic, plain = against_torch.sizes(layer, (2, 40), range(1, 41))
    except Reject:
        return

    assert symbolic == plain


@pytest.mark.parametrize(
    "layer",
    [
        Chunk(2),
        Chunk(2, axis=1),
        Chunk(1),
        Chunk(3, axis=-1),
        Slice(1, 3),
        Slice(0, 9, axis=1),
        Slice(1, 8, 3, axis=1),
        Slice(-3, -1),
    ],
    ids=str,
)
def test_a_part_is_pytorchs(against_torch, layer):
    against_torch.check(layer, IMAGE)
    against_torch.check(layer, TensorType(IMAGE.dims, batched=False))
    assert layer.operations(IMAGE, IMAGE) == Operations()


def test_the_last_chunk_is_what_is_left():
    assert [t.shape for t in Chunk(2, axis=1).output(IMAGE)] == [(4, 5, 6), (4, 4, 6)]
    assert [t.dims for t in Chunk(2, axis=1).output(TensorType((4, 2 * H)))] == [(4, H)] * 2


def test_a_slice_whose_length_is_known_is_narrowed():
    assert Slice(1, 9).functional(IMAGE) == TorchCall(".narrow", (1, 1, 3))
    assert Slice(2, 4, axis=1).functional(TensorType((4, H))).target is TAKE
    assert Slice(0, 4, 2).functional(IMAGE) == TorchCall(TAKE, (Operand(0), 1, 0, 4, 2))


def test_a_step_skips_elements_of_its_axis_only():
    assert Slice(0, 9, 2, axis=1).window(IMAGE) == Window((1, 1), (2, 1), (1, 1))
    assert Slice(0, 9, 2).window(IMAGE) is None
    assert Slice(0, 4, axis=1).window(IMAGE) is None


def test_a_product_of_sizes_is_cut_at_its_default():
    flat = TensorType((product((4, H, symbol("W", 6))),))

    for layer in (Chunk(2), Slice(0, 100)):
        first, *_ = layer.conditions(flat)
        assert (first.left, first.right) == (flat.dims[0], 192)
    assert [t.shape for t in Chunk(2).output(flat)] == [(96,), (96,)]


@pytest.mark.parametrize(
    ("layer", "code", "field", "part"),
    [
        (Chunk(3), "E0633", "n", "4 cannot be cut into 3 parts of 2: nothing is left"),
        (Chunk(2, axis=3), "E0608", "axis", "`axis` is 3"),
        (Chunk(2000), "E0503", "n", "at most 1,024 parts"),
        (Slice(4, 9), "E0634", "stop", "nothing from 4 to 9 in an axis of 4"),
        (Slice(3, 2), "E0634", "stop", "nothing from 3 to 2"),
        (Slice(0, 2, axis=-4), "E0608", "axis", "`axis` is -4"),
    ],
)
def test_refusals_name_the_argument(against_torch, layer, code, field, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(layer, IMAGE)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert part in refused.value.message


@pytest.mark.parametrize(
    ("layer", "label"),
    [
        (Chunk(2), "chunk, 2"),
        (Chunk(2, -1), "chunk, 2, axis 2"),
        (Slice(8, 16), "slice, 8:16"),
        (Slice(0, 9, 2, 1), "slice, 0:9:2, axis 1"),
    ],
)
def test_labels(layer, label):
    assert layer.label(IMAGE) == label
