import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from archdsl.layers.definition import Operations, Reject
from archdsl.layers.shape import ChannelShuffle, Flatten, Permute, Reshape
from archdsl.layers.torch_call import SizeOf
from archdsl.shapes.condition import Equal
from archdsl.shapes.dim import product, substitute, symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

H, W = symbol("H", 8), symbol("W", 6)
IMAGE = TensorType((4, 5, 6))
SYMBOLIC = TensorType((4, H, W))
SHAPES = st.lists(st.integers(1, 6), min_size=1, max_size=4)


@given(SHAPES, st.integers(-5, 5))
def test_flatten_accepts_and_gives_what_a_run_does(against_torch, shape, start):
    event(f"accepted: {against_torch.accepts('flatten', shape, start=start)}")


@given(SHAPES, st.lists(st.integers(-2, 12), min_size=1, max_size=4), st.booleans())
def test_reshape_accepts_and_gives_what_a_run_does(against_torch, shape, dims, fill):
    if fill:
        dims = [-1, *[d for d in dims if d != -1]]
    event(f"accepted: {against_torch.accepts('reshape', shape, spread=tuple(dims))}")


@given(SHAPES, st.randoms(use_true_random=False), st.integers(-4, 4))
def test_permute_accepts_and_gives_what_a_run_does(against_torch, shape, random, odd):
    axes = list(range(len(shape)))
    random.shuffle(axes)
    assert against_torch.accepts("permute", shape, spread=tuple(axes))
    axes[0] = odd
    event(f"accepted: {against_torch.accepts('permute', shape, spread=tuple(axes))}")


@given(SHAPES, st.integers(1, 5))
def test_channel_shuffle_accepts_and_gives_what_a_run_does(against_torch, shape, groups):
    event(f"accepted: {against_torch.accepts('channel_shuffle', shape, groups=groups)}")


@pytest.mark.parametrize(
    "layer",
    [Flatten(), Flatten(1), Reshape((-1, 6)), Reshape(((2, 2), 30)), Permute((2, 0, 1))],
    ids=str,
)
def test_a_reshaping_is_pytorchs(against_torch, layer):
    against_torch.check(layer, IMAGE)
    against_torch.check(layer, TensorType(IMAGE.dims, batched=False))
    assert layer.operations(IMAGE, IMAGE) == Operations()


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_channel_shuffle_is_pytorchs(against_torch, groups):
    against_torch.check(ChannelShuffle(groups), IMAGE)
    against_torch.check(ChannelShuffle(groups), TensorType((4, 1, 1)))
    run = against_torch.run(ChannelShuffle(groups), IMAGE).runs[0]

    turned = run.value.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2)
    assert torch.equal(run.results[0], turned)


def test_a_flattened_size_is_a_product():
    flat = Flatten().output(SYMBOLIC)

    assert flat.dims == (product((4, H, W)),)
    assert flat.shape == (4 * 8 * 6,)
    assert Flatten(-2).output(SYMBOLIC).dims == (4, product((H, W)))


@pytest.mark.parametrize(
    ("layer", "x", "dims", "sides"),
    [
        (Reshape((2, 2, -1)), SYMBOLIC, (2, 2, product((H, W))), (2, 2, -1)),
        (Reshape((-1, W)), SYMBOLIC, (4 * H, W), (-1, SizeOf(0, 3))),
        (Reshape((4, H, W)), SYMBOLIC, (4, H, W), (4, SizeOf(0, 2), SizeOf(0, 3))),
        (Reshape((-1, 4)), TensorType((product((4, H, W)),)), (product((H, W)), 4), (-1, 4)),
        (Reshape((3, -1)), TensorType((2, 3 * H)), (3, 2 * H), (3, -1)),
    ],
)
def test_sizes_of_the_input_go_through_a_reshape(layer, x, dims, sides):
    assert list(layer.conditions(x)) == []
    assert layer.output(x).dims == dims
    assert layer.functional(x).args == (SizeOf(0, 0), *sides)


def test_a_reshape_to_numbers_pins_the_size():
    (condition,) = Reshape((4, 48)).conditions(SYMBOLIC)

    assert condition == Equal(product((4, H, W)), 192, condition.reason, "dims")
    assert condition.holds


@pytest.mark.parametrize(
    ("layer", "left"), [(Reshape((-1, 48)), 12), (Reshape((-1, W, W, 2)), 8)], ids=str
)
def test_a_quotient_that_is_no_size_is_held_at_its_default(layer, left):
    x = TensorType((4, H, W, 3))
    (condition,) = layer.conditions(x)

    assert layer.output(x).dims[0] == left
    assert condition.left == product((12, H, W))
    assert condition.holds
    assert not condition.is_constant


def test_a_reshape_that_comes_out_even_only_for_some_sizes():
    x = TensorType((H,))
    (condition,) = Reshape((-1, 4)).conditions(x)

    assert [
        n
        for n in range(1, 13)
        if substitute(condition.left, {"H": n}) == substitute(condition.right, {"H": n})
    ] == [4, 8, 12]


def test_no_batch_makes_up_for_elements_that_lack(against_torch):
    run = against_torch.run(Reshape((4, 30)), IMAGE).runs[0]
    call = Reshape((4, 30)).functional(IMAGE)

    assert run.results[0].shape == (2, 4, 30)
    assert call.args[0] == SizeOf(0, 0)


@pytest.mark.parametrize(
    ("layer", "x", "code", "field", "part"),
    [
        (Flatten(3), IMAGE, "E0608", "start", "`start` is 3, and [4, 5, 6] has axes 0 to 2"),
        (Reshape((4, 31)), IMAGE, "E0631", "dims", "4×31 does not come out even: 4×5×6 has 120"),
        (Reshape((-1, 7)), IMAGE, "E0631", "dims", "-1×7 does not come out even"),
        (Reshape((-1, -1)), IMAGE, "E0631", "dims", "only one -1"),
        (Reshape((0, -1)), IMAGE, "E0503", "dims", "length 0"),
        (Reshape(), IMAGE, "E0506", "dims", "needs the length"),
        (Reshape((-1, H + 1)), SYMBOLIC, "E0617", "dims", "takes sides of [4, H, W], and one"),
        (Reshape((-1, W, W)), SYMBOLIC, "E0631", "dims", "-1×6×6 does not come out even"),
        (Reshape((H + 1, W + 1)), SYMBOLIC, "E0617", "dims", "one side that is none of them"),
        (Reshape((-1, 7)), SYMBOLIC, "E0631", "dims", "-1×7 does not come out even"),
        (Permute((0, 1)), IMAGE, "E0632", "axes", "each axis of [4, 5, 6] once, and this is 0, 1"),
        (Permute((0, 1, 1)), IMAGE, "E0632", "axes", "this is 0, 1, 1"),
        (Permute(), IMAGE, "E0632", "axes", "this is none"),
        (Permute((0, 1, 3)), IMAGE, "E0608", "axes", "`axes` is 3"),
        (ChannelShuffle(3), IMAGE, "E0604", "groups", "cannot split 4 channels into 3"),
        (ChannelShuffle(2), TensorType((4,)), "E0600", None, "takes [C, L]"),
        (ChannelShuffle(2), TensorType((4, 5), batched=False), "E0619", None, "unbatched"),
    ],
)
def test_refusals_name_the_argument(against_torch, layer, x, code, field, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(layer, x)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert part in refused.value.message


@pytest.mark.parametrize(
    ("layer", "label"),
    [
        (Flatten(), "flatten"),
        (Flatten(-2), "flatten, from axis 1"),
        (Reshape((-1, (2, 3))), "reshape, 20×2×3"),
        (Permute((1, -1, 0)), "permute, 1 2 0"),
        (ChannelShuffle(2), "channel shuffle, 2 groups"),
        (ChannelShuffle(1), "channel shuffle, 1 group"),
    ],
)
def test_labels(layer, label):
    assert layer.label(IMAGE) == label
