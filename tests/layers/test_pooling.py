import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from archdsl.layers.definition import Reject, Window
from archdsl.layers.pooling import AvgPool, MaxPool
from archdsl.shapes.dim import product, symbol
from archdsl.shapes.tensor import TensorType

IMAGE = TensorType((4, 9, 8))


@st.composite
def pools(draw):
    """A pool over one to three axes, most of whose arguments suit each other."""
    axes = draw(st.integers(1, 3))
    shape = (draw(st.integers(1, 3)), *(draw(st.integers(1, 9)) for _ in range(axes)))

    def sides(low, high):
        if draw(st.booleans()):
            return draw(st.integers(low, high))
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel = sides(1, 5)
    arguments = {"kernel": kernel, "padding": sides(0, 2), "ceil_mode": draw(st.booleans())}
    if draw(st.booleans()):
        arguments["stride"] = sides(1, 6)
    return shape, arguments


@given(pools(), st.integers(1, 3), st.booleans())
def test_max_pool_accepts_and_gives_what_a_run_does(against_torch, pool, dilation, indices):
    shape, arguments = pool
    accepted = against_torch.values(
        "max_pool", shape, **arguments, dilation=dilation, return_indices=indices
    )
    event(f"accepted: {accepted}")


@given(pools(), st.booleans(), st.none() | st.integers(-1, 3))
def test_avg_pool_accepts_and_gives_what_a_run_does(against_torch, pool, count, divisor):
    shape, arguments = pool
    if len(shape) > 2:
        arguments["divisor"] = divisor
    accepted = against_torch.values("avg_pool", shape, **arguments, count_include_pad=count)
    event(f"accepted: {accepted}")


@given(st.integers(1, 5), st.integers(1, 6), st.integers(1, 3), st.booleans(), st.data())
def test_sizes_by_conditions_are_sizes_by_numbers(
    against_torch, kernel, stride, dilation, ceil_mode, data
):
    padding = data.draw(st.integers(0, kernel // 2))
    pool = MaxPool(kernel, stride, padding, dilation, ceil_mode)
    symbolic, plain = against_torch.sizes(pool, (2, 40), range(1, 41))

    assert symbolic == plain


@given(st.integers(1, 4), st.integers(0, 2))
def test_sizes_of_a_volume_are_those_of_its_kernel(against_torch, kernel, padding):
    pool = AvgPool(kernel, padding=min(padding, kernel // 2))
    symbolic, plain = against_torch.sizes(pool, (2, 9, 9, 40), range(1, 41))

    assert symbolic == plain
    assert [size is None for size in plain[: kernel - 1]] == [True] * (kernel - 1)


@pytest.mark.parametrize("shape", [(3, 9), (3, 9, 8), (3, 5, 6, 7)])
@pytest.mark.parametrize(
    "pool",
    [
        MaxPool(3),
        MaxPool(3, 2, 1, ceil_mode=True),
        MaxPool(2, 1, dilation=2),
        MaxPool(2, return_indices=True),
        MaxPool(3, 1, "same"),
        AvgPool(2),
        AvgPool(3, 2, 1, count_include_pad=False),
        AvgPool(3, 2, ceil_mode=True),
    ],
    ids=str,
)
def test_a_pool_is_pytorchs(against_torch, pool, shape):
    against_torch.check(pool, TensorType(shape))


def test_without_a_batch(against_torch):
    against_torch.check(MaxPool(2), TensorType((3, 9, 8), batched=False))
    against_torch.check(AvgPool(2), TensorType((3, 9, 8), batched=False))


def test_a_divisor_of_one_sums(against_torch):
    pool = AvgPool(2, divisor=1)
    against_torch.check(pool, IMAGE)
    run = against_torch.run(pool, IMAGE).runs[0]

    windows = run.value.unfold(2, 2, 2).unfold(3, 2, 2)
    assert run.results[0].allclose(windows.sum((-1, -2)))


@pytest.mark.parametrize(
    ("pool", "call"),
    [
        (MaxPool((3, 3), 2, 1), "max_pool2d (Operand(index=0), 3) {'stride': 2, 'padding': 1}"),
        (MaxPool((2, 2)), "max_pool2d (Operand(index=0), 2) {}"),
        (
            MaxPool((2, 3), (2, 1), ceil_mode=True),
            "max_pool2d (Operand(index=0), (2, 3)) {'stride': (2, 1), 'ceil_mode': True}",
        ),
        (AvgPool(2, divisor=1), "avg_pool2d (Operand(index=0), 2) {'divisor_override': 1}"),
    ],
)
def test_calls_say_only_what_differs_from_the_defaults(pool, call):
    written = pool.functional(IMAGE)

    assert (
        f"{written.target.removeprefix('torch.nn.functional.')} {written.args} {written.kwargs}"
        == call
    )


@pytest.mark.parametrize("pool", [MaxPool(3), AvgPool(3)], ids=str)
def test_a_product_of_sizes_is_held_to_its_default(pool):
    flat = product((symbol("H", 3), symbol("W", 5)))
    x = TensorType((4, flat))

    assert [(c.left, c.right) for c in pool.conditions(x)] == [(flat, 15)]
    assert pool.output(x).dims == (4, 5)


def test_the_window_is_the_kernel():
    assert MaxPool(3, 2, dilation=2).window(IMAGE) == Window((3, 3), (2, 2), (2, 2))
    assert AvgPool((2, 3)).window(IMAGE) == Window((2, 3), (2, 3), (1, 1))


def test_operations_of_windows():
    pooled = TensorType((4, 4, 4))

    assert MaxPool(3, 2).operations(IMAGE, pooled).other == {"max_pool": 64 * 8}
    assert AvgPool((2, 3)).operations(IMAGE, pooled).other == {"avg_pool": 64 * 6}
    assert MaxPool(3).operations(IMAGE, pooled).macs == 0


@pytest.mark.parametrize(
    ("pool", "label"),
    [
        (MaxPool((3, 3), 2, 1), "3×3 max pool, /2"),
        (MaxPool((2, 2)), "2×2 max pool"),
        (MaxPool((3, 3), 1, 1), "3×3 max pool"),
        (AvgPool(5, 3), "5×5 avg pool, /3"),
        (MaxPool((2, 2), dilation=2), "2×2 max pool, dilation 2"),
    ],
)
def test_labels_are_the_papers(pool, label):
    assert pool.label(IMAGE) == label


@pytest.mark.parametrize(
    ("pool", "shape", "code", "field", "part"),
    [
        (MaxPool(3, 2, 2), (4, 9, 8), "E0606", "padding", "`padding` is 2, and at most half"),
        (MaxPool(3, dilation=5), (4, 9, 8), "E0605", "kernel", "spread over 11 by its dilation"),
        (MaxPool(4, padding=1), (4, 1, 8), "E0605", "kernel", "4 is more than 1 and 3 with"),
        (AvgPool(3, padding=1), (4, 2, 8, 8), "E0605", "kernel", "on three axes no padding"),
        (AvgPool(2, divisor=0), (4, 9, 8), "E0503", "divisor", "must not be 0"),
        (AvgPool(2, divisor=1), (4, 9), "E0622", "divisor", "on two and three spatial axes"),
        (MaxPool(2, padding="tf_same"), (4, 9), "E0603", "padding", "no `tf_same` padding"),
        (MaxPool(2, padding="same"), (4, 9), "E0603", "kernel", "even kernel"),
        (MaxPool(2, 2**31), (4, 9), "E0503", "stride", "2**31 - 1"),
        (MaxPool((2, 2)), (4, 9), "E0602", "kernel", "has 2 sides"),
        (MaxPool(2), (4,), "E0600", None, "takes [C, L]"),
    ],
)
def test_refusals_name_the_argument(against_torch, pool, shape, code, field, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(pool, TensorType(shape))

    assert (refused.value.code, refused.value.field) == (code, field)
    assert part in refused.value.message


@pytest.mark.parametrize(
    ("pool", "dtype", "taken"),
    [
        (MaxPool(2), "int64", True),
        (MaxPool(2), "bool", False),
        (AvgPool(2), "int64", True),
        (AvgPool(2), "int32", False),
        (AvgPool(2), "float16", True),
    ],
)
def test_dtypes_are_those_of_pytorch(against_torch, pool, dtype, taken):
    x = TensorType((2, 4, 4), dtype)
    if taken:
        assert against_torch.outputs(pool, x)[0].dtype == dtype
    else:
        with pytest.raises(Reject, match=dtype):
            against_torch.outputs(pool, x)
