"""What is proven of every size, against every size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.shapes.dim import Dim, floor_div, positive, substitute, symbol
from archdsl.shapes.sizes import NONE, TooLong
from archdsl.shapes.solve import course_of, values, where_at_least, where_zero

H = symbol("H", 224)
MOST = 700


@st.composite
def dims(draw, depth=3):
    """Dimensions as layers make them, and worse."""
    kind = draw(st.sampled_from("hhfps" if depth else "h"))
    if kind == "h":
        return H * draw(st.integers(1, 3)) + draw(st.integers(-5, 5))
    inner = draw(dims(depth=depth - 1))
    if kind == "f":
        return floor_div(inner, draw(st.integers(1, 5)))
    if kind == "p":
        return positive(inner)
    other = draw(dims(depth=depth - 1))
    return inner * draw(st.integers(1, 3)) - other * draw(st.integers(-2, 3))


def at(x, n):
    return substitute(x, {"H": n})


@given(dims())
def test_where_it_is_zero(x):
    found = where_zero(x)
    assert [n for n in range(1, MOST) if n in found] == [n for n in range(1, MOST) if at(x, n) == 0]


@given(dims(), st.integers(-6, 9))
def test_where_it_reaches_a_bound(x, bound):
    found = where_at_least(x, bound)
    wanted = [n for n in range(1, MOST) if at(x, n) >= bound]
    assert [n for n in range(1, MOST) if n in found] == wanted


@given(dims())
def test_the_course_is_kept(x):
    if not isinstance(x, Dim):
        return
    threshold, period, increment = course_of(x)
    for n in range(threshold, threshold + 40):
        assert at(x, n + period) == at(x, n) + increment


@given(dims(), st.lists(st.integers(1, 10_000), min_size=1, max_size=5))
def test_values_are_those_at_each_size(x, points):
    if isinstance(x, Dim):
        assert values(x, points) == [at(x, n) for n in points]


def test_a_ladder_of_sixteen_levels():
    down = H
    for _ in range(16):
        down = floor_div(down, 2)
    up = down
    for _ in range(16):
        up = up * 2
    found = where_zero(H - up)

    assert (found.threshold, found.period, found.tail) == (1, 1 << 16, 1)


def test_a_bound_beyond_all_sizes():
    assert where_zero(H - 5) == where_zero(5 - H)
    assert where_zero(2 * H - 5) == NONE
    with pytest.raises(TooLong):
        where_at_least(H, 1 << 25)


def test_a_period_that_is_too_long():
    x = H - 1021 * floor_div(H, 1021) + positive(H - 1031 * floor_div(H, 1031) - 2)
    with pytest.raises(TooLong):
        where_zero(x)
