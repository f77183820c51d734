"""Dimensions: the normal form, and that it computes what it stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.shapes.dim import (
    ceil_div,
    default_of,
    floor_div,
    maximum,
    minimum,
    positive,
    product,
    substitute,
    symbol,
    symbols_of,
)
from archdsl.shapes.window import pool_length, transposed_length, window_length

H = symbol("H", 224)
W = symbol("W", 160)

SIZES = (1, 2, 3, 5, 8, 31, 224, 1001)


@st.composite
def steps(draw):
    """A function of one length that works on integers and on dimensions alike."""
    kind = draw(st.sampled_from(("window", "transposed", "pool", "scale", "add", "positive")))
    small = st.integers(1, 5)
    match kind:
        case "window":
            k, s, p, q, d = (draw(small) for _ in range(5))
            return lambda n: window_length(n, k, s, p, q, d)
        case "transposed":
            k, s, p, o, d = (draw(small) for _ in range(5))
            return lambda n: transposed_length(n, k, s, p, o, d)
        case "pool":
            k, s, d = (draw(small) for _ in range(3))
            p, ceil_mode = draw(st.integers(0, k // 2)), draw(st.booleans())
            return lambda n: pool_length(n, k, s, p, d, ceil_mode)
        case "scale":
            numerator, denominator = draw(small), draw(small)
            return lambda n: floor_div(numerator * n, denominator)
        case "add":
            constant = draw(st.integers(-9, 9))
            return lambda n: n + constant
        case _:
            constant = draw(st.integers(-9, 9))
            return lambda n: maximum(n, constant)


@given(st.lists(steps(), max_size=8))
def test_substituted_dimension_is_the_function(functions):
    dim = H
    for function in functions:
        dim = function(dim)
    for size in SIZES:
        n = size
        for function in functions:
            n = function(n)
        assert substitute(dim, {"H": size}) == n


@given(st.lists(steps(), max_size=8))
def test_value_is_the_function_at_the_default(functions):
    dim, n = H, 224
    for function in functions:
        dim, n = function(dim), function(n)
    assert default_of(dim) == n


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 3), st.integers(0, 3)),
        min_size=1,
        max_size=6,
    )
)
def test_chain_of_windows_is_one_floor(windows):
    """The normal form is unique: chains that are the same function are the same dimension."""
    dim = H
    for kernel, stride, before, after in windows:
        dim = window_length(dim, kernel, stride, before, after, 1)

    (term,) = dim.terms
    rate = 1
    for _, stride, _, _ in windows:
        rate *= stride
    atom, coefficient = term
    assert coefficient == 1
    if rate == 1:
        assert atom is H.terms[0][0]
    else:
        assert atom.den == rate
        assert 0 <= atom.dim.constant < rate
        assert atom.dim.terms == H.terms


def test_equal_chains_are_equal():
    one_way = window_length(window_length(H, 3, 2, 1, 1, 1), 3, 2, 1, 1, 1)
    other_way = window_length(H, 7, 4, 3, 3, 1)

    assert one_way == other_way == ceil_div(H, 4)
    assert hash(one_way) == hash(other_way)


def test_constants_are_integers():
    assert H - H == 0
    assert type(H - H) is int
    assert floor_div(7, 2) == 3
    assert type(positive(-3)) is int
    assert floor_div(4 * H + 4, 4) - H == 1


def test_symbols_with_other_defaults_differ():
    assert symbol("H", 32) != H
    assert symbol("H", 224) == H


def test_sign_that_is_plain_to_see_leaves_no_maximum():
    assert positive(H) == H
    assert positive(-H) == 0
    assert positive(H - 1) == H - 1
    assert positive(ceil_div(H, 2) - 1) == ceil_div(H, 2) - 1
    assert str(positive(H - 2)) == "max(0, H - 2)"


@pytest.mark.parametrize("size", SIZES)
def test_extremes(size):
    assert substitute(minimum(H, 30), {"H": size}) == min(size, 30)
    assert substitute(maximum(H, W), {"H": size}) == max(size, 160)


def test_products_are_not_multiplied_out():
    flat = product((512, ceil_div(H, 32), ceil_div(W, 32)))

    assert str(flat) == "512*ceil(H/32)*ceil(W/32)"
    assert flat == product((ceil_div(W, 32), 256, 2 * ceil_div(H, 32)))
    assert flat.value == 512 * 7 * 5
    assert substitute(flat, {"H": 64, "W": 96}) == 512 * 2 * 3
    assert symbols_of(flat) == {"H", "W"}
    assert product((2, 3)) == 6
    assert product((2, H)) == 2 * H
    assert product((0, H, W)) == 0
    assert str(H * (W + 1)) == "H*(W + 1)"


@pytest.mark.parametrize(
    ("dim", "text"),
    [
        (H, "H"),
        (5 - H, "5 - H"),
        (2 * H + 3, "2*H + 3"),
        (-H - 3, "-H - 3"),
        (W + H, "H + W"),
        (H - W, "H - W"),
        (floor_div(3 * H + 1, 4), "floor((3*H + 1)/4)"),
        (floor_div(H + 1, 2), "ceil(H/2)"),
        (floor_div(H - 10, 2), "floor(H/2) - 5"),
        (H % 3, "H - 3*floor(H/3)"),
        (floor_div(2 * floor_div(H, 2), 3), "floor(2*floor(H/2)/3)"),
        (floor_div(H + W, 3), "floor((H + W)/3)"),
    ],
)
def test_text(dim, text):
    assert str(dim) == text


def test_deep_nesting_has_a_short_text_and_a_value():
    dim = H
    for _ in range(300):
        dim = floor_div(3 * floor_div(2 * dim + 1, 5) + 1, 7) + dim

    assert str(dim) == "f(H)"
    n = 100_000
    for _ in range(300):
        n = (3 * ((2 * n + 1) // 5) + 1) // 7 + n
    assert substitute(dim, {"H": 100_000}) == n
