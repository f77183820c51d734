from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.layers.adaptive_pooling import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    GlobalAvgPool,
    GlobalMaxPool,
)
from archdsl.layers.definition import Reject, Window
from archdsl.shapes.dim import symbol
from archdsl.shapes.tensor import TensorType

SHAPES = [(3, 9), (3, 9, 8), (3, 5, 6, 7)]


def windows(n, m):
    """Where each of m windows over n elements begins and ends."""
    return [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]


@given(st.integers(1, 60), st.integers(1, 60))
def test_windows_cover_what_the_formula_counts(n, m):
    covered = sum(end - start for start, end in windows(n, m))
    x, y = TensorType((2, n)), TensorType((2, m))

    assert AdaptiveAvgPool(m).operations(x, y).other == {"avg_pool": 2 * covered}
    assert AdaptiveMaxPool(m).operations(x, y).other == {"max_pool": 2 * (covered - m)}


@given(st.integers(1, 60), st.integers(2, 60))
def test_the_window_is_the_longest(n, m):
    longest = max(end - start for start, end in windows(n, m))

    assert AdaptiveAvgPool(m).window(TensorType((2, n))) == Window(
        (longest,), (Fraction(n, m),), (1,)
    )


@given(
    st.sampled_from(["adaptive_avg_pool", "adaptive_max_pool"]),
    st.integers(0, 3),
    st.integers(1, 6),
    st.data(),
)
def test_adaptive_pools_accept_and_give_what_a_run_does(against_torch, kind, axes, size, data):
    shape = (2, *(data.draw(st.integers(1, 7)) for _ in range(axes)))

    assert against_torch.values(kind, shape, size=size) == (axes > 0)


@given(st.sampled_from(["global_avg_pool", "global_max_pool"]), st.integers(0, 3), st.booleans())
def test_global_pools_accept_and_give_what_a_run_does(against_torch, kind, axes, keep):
    assert against_torch.values(kind, (3, 4, 5, 6)[: axes + 1], keep=keep) == (axes > 0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "pool",
    [
        AdaptiveAvgPool(2),
        AdaptiveAvgPool(1),
        AdaptiveMaxPool(2),
        AdaptiveMaxPool(1),
        GlobalAvgPool(),
        GlobalAvgPool(keep=True),
        GlobalMaxPool(),
        GlobalMaxPool(keep=True),
    ],
    ids=str,
)
def test_a_pool_is_pytorchs(against_torch, pool, shape):
    against_torch.check(pool, TensorType(shape))
    against_torch.check(pool, TensorType(shape, batched=False))


def test_a_single_row_of_windows_keeps_its_input(against_torch):
    against_torch.check(AdaptiveAvgPool((1, 2)), TensorType((3, 9, 8)))


def test_the_output_does_not_depend_on_the_size():
    x = TensorType((3, symbol("H", 9), symbol("W", 8)))

    assert AdaptiveAvgPool((6, 5)).output(x).dims == (3, 6, 5)
    assert GlobalMaxPool().output(x).dims == (3,)


def test_operations_over_all_positions():
    x = TensorType((3, 9, 8))

    assert GlobalAvgPool().operations(x, TensorType((3,))).other == {"avg_pool": 3 * 72}
    assert GlobalMaxPool().operations(x, TensorType((3,))).other == {"max_pool": 3 * 71}
    assert GlobalAvgPool().window(x) == AdaptiveAvgPool(1).window(x) == Window(whole=True)


def test_labels():
    x = TensorType((3, 9, 8))

    assert GlobalAvgPool().label(x) == "global avg pool"
    assert GlobalMaxPool().label(x) == "global max pool"
    assert AdaptiveAvgPool((6, 5)).label(x) == "adaptive avg pool, 6×5"
    assert AdaptiveMaxPool(2).label(x) == "adaptive max pool, 2×2"


def test_means_are_of_floats(against_torch):
    whole = TensorType((3, 9), "int64")
    for pool in (GlobalAvgPool(), AdaptiveAvgPool(2), AdaptiveMaxPool(2)):
        with pytest.raises(Reject, match="int64"):
            against_torch.outputs(pool, whole)
    assert against_torch.outputs(GlobalMaxPool(), whole) == (TensorType((3,), "int64"),)
