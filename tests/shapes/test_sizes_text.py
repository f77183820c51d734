import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.shapes.sizes import ALL, NONE, at_least, between, of, periodic
from archdsl.shapes.sizes_text import text


@given(
    st.integers(1, 30), st.integers(1, 24), st.integers(0, 1 << 30), st.integers(0, (1 << 24) - 1)
)
def test_what_is_written_is_the_set(threshold, period, head, tail):
    these = periodic(threshold, period, head, tail)
    said = text(these, "H")
    if not these:
        assert said == "no H"
        return
    rule = eval(f"lambda H: {said}")
    assert [n for n in range(1, 200) if rule(n)] == list(these.members(199))


@pytest.mark.parametrize(
    ("these", "said"),
    [
        (ALL, "H >= 1"),
        (NONE, "no H"),
        (at_least(32), "H >= 32"),
        (of([7]), "H == 7"),
        (between(224, 255), "224 <= H <= 255"),
        (of([1, 4, 9]), "H in {1, 4, 9}"),
        (between(1, 20) | between(40, 60), "H <= 20 or 40 <= H <= 60"),
        (periodic(1, 16, 0, 1), "H % 16 == 0"),
        (periodic(1, 4, 0, 0b11), "H % 4 in {0, 1}"),
        (periodic(1, 32, 0, 0xFF) & at_least(32), "H % 32 <= 7 and H >= 32"),
        (periodic(1, 8, 0, 0b11100000), "H % 8 >= 5"),
        (
            periodic(1, 160, 0, 0b1111111 | 7 << 157) & at_least(157),
            "(H + 3) % 160 <= 9 and H >= 157",
        ),
        (at_least(4) | of([2]), "H >= 4 or H == 2"),
        (~of([1000]), "H != 1000"),
        (periodic(1, 5, 0, 0b10101), "H % 5 not in {1, 3}"),
    ],
)
def test_forms(these, said):
    assert text(these, "H") == said
