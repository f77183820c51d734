import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.shapes import sizes
from archdsl.shapes.sizes import ALL, NONE, Sizes, TooLong, at_least, between, of, periodic

MOST = 200


@st.composite
def sets(draw):
    threshold = draw(st.integers(1, 30))
    period = draw(st.integers(1, 24))
    head = draw(st.integers(0, (1 << threshold) - 1))
    tail = draw(st.integers(0, (1 << period) - 1))
    return periodic(threshold, period, head, tail)


def members(these):
    return {n for n in range(1, MOST) if n in these}


@given(sets(), sets())
def test_operations_are_those_of_sets(a, b):
    assert members(a & b) == members(a) & members(b)
    assert members(a | b) == members(a) | members(b)
    assert members(a - b) == members(a) - members(b)
    assert members(~a) == set(range(1, MOST)) - members(a)
    # 200 is longer than any threshold and two periods of these.
    assert (a <= b) == (members(a) <= members(b))
    assert bool(a) == bool(members(a))


@given(sets(), sets())
def test_equal_sets_are_equal_objects(a, b):
    assert (a == b) == (members(a) == members(b))
    assert a | (b & a) == a
    assert ~(a & b) == ~a | ~b
    assert hash(~~a) == hash(a)


@given(sets(), st.integers(-3, MOST // 2))
def test_neighbours(a, n):
    found = members(a)
    assert a.next(n) == min((m for m in found if m >= n), default=None)
    assert a.previous(n) == max((m for m in found if m <= n), default=None)


@given(sets())
def test_members_in_order(a):
    assert list(a.members(MOST - 1)) == sorted(members(a))
    if a:
        assert a.smallest == min(members(a))
    if a.is_finite:
        assert a.largest == max(members(a), default=None)
    else:
        assert a.largest is None


def test_the_least_form():
    assert periodic(5, 6, 0b01010, 0b101010) == periodic(1, 2, 0, 0b10) == Sizes(1, 2, 0, 2)
    assert at_least(1) == at_least(-7) == ALL
    assert between(3, 2) == of([]) == of([0, -1]) == NONE
    assert of([3, 4, 5]) == between(3, 5)
    assert between(1, 4) | at_least(5) == ALL


def test_an_empty_set_has_no_least_member():
    with pytest.raises(ValueError, match="empty"):
        _ = NONE.smallest


def test_what_is_too_long_is_refused():
    with pytest.raises(TooLong):
        at_least(sizes.LARGEST + 1)
    with pytest.raises(TooLong):
        periodic(1, sizes.LONGEST_PERIOD + 1, 0, 1)
    a, b = periodic(1, 1021, 0, 1), periodic(1, 1031, 0, 1)
    with pytest.raises(TooLong):
        _ = a & b
