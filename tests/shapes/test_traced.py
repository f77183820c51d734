"""Numbers that remember their formula: the formula comes to the number."""

from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.shapes.traced import leaf, leaf_of, leaves, named, terms_of, text
from archdsl.shapes.window import pool_length, transposed_length, window_length

NAMES = ("n", "k", "s", "p")


def said(number):
    return text(terms_of(number), lambda each: each.name)


def numbers(number):
    return text(terms_of(number), lambda each: f"{each.value:_}")


def window(stride=None, padding=None, dilation=1):
    n, k = leaf("n", 57), leaf("k", 3)
    return window_length(
        n, k, stride if stride is not None else leaf("s", 2), padding or 0, padding or 0, dilation
    )


@pytest.mark.parametrize(
    ("number", "formula"),
    [
        (window(), "floor((n - k) / s) + 1"),
        (window(padding=leaf("p", 1)), "floor((n + 2*p - k) / s) + 1"),
        (window(stride=1, padding=leaf("p", 1)), "n + 2*p - k + 1"),
        (window(dilation=leaf("d", 2)), "floor((n - d*(k - 1) - 1) / s) + 1"),
        (
            pool_length(leaf("n", 57), leaf("k", 3), leaf("s", 2), 0, 1, True),
            "ceil((n - k) / s) + 1",
        ),
        (pool_length(leaf("n", 57), leaf("k", 2), leaf("k", 2), 0, 1, False), "n // k"),
        (transposed_length(leaf("n", 8), leaf("k", 4), leaf("s", 2), 1, 0, 1), "s*n + k - s - 2"),
        ((leaf("n", 57) + leaf("s", 4) - 1) // leaf("s", 4), "ceil(n / s)"),
        (-(-leaf("n", 57) // leaf("s", 4)), "ceil(n / s)"),
        ((leaf("n", 3) - 1) * (leaf("n", 3) - 1), "(n - 1)*(n - 1)"),
        (2 * (leaf("n", 3) + 1), "2*n + 2"),
        (leaf("n", 3) % 2, "n % 2"),
        (leaf("n", 3) * 0, "0"),
    ],
    ids=str,
)
def test_formulas_as_the_books_have_them(number, formula):
    assert said(number) == formula


SUMS = st.recursive(
    st.sampled_from(NAMES) | st.integers(-3, 9),
    lambda inner: st.tuples(st.sampled_from("+-*/%"), inner, inner),
    max_leaves=8,
)


def computed(tree, values):
    """What an expression comes to, with traced numbers for names or plain ones."""
    if not isinstance(tree, tuple):
        return values[tree] if isinstance(tree, str) else tree
    sign, left, right = tree
    left, right = computed(left, values), computed(right, values)
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    # Lengths are divided by what is at least 1.
    right = right if right > 0 else 2
    return left // right if sign == "/" else left % right


@given(SUMS, st.lists(st.integers(1, 40), min_size=4, max_size=4))
def test_a_formula_comes_to_its_number(tree, values):
    plain = dict(zip(NAMES, values, strict=True))
    traced = {name: leaf(name, value) for name, value in plain.items()}
    found = computed(tree, traced)

    assert found == computed(tree, plain)
    for written, names in ((said(found), plain), (numbers(found), {})):
        assert eval(written, {"floor": floor, "ceil": ceil}, names) == found, written


def test_what_is_named_goes_by_its_name_and_keeps_what_made_it():
    padding = named("padding", (leaf("k", 7) - 1) // 2)

    assert (padding, said(padding)) == (3, "padding")
    assert text(leaf_of(padding).made, lambda each: each.name) == "floor((k - 1) / 2)"
    assert type(named("padding", 3)) is int


def test_leaves_from_left_to_right_each_once():
    number = (leaf("a", 5) + leaf("b", 2)) // leaf("c", 2) + leaf("a", 5)

    assert [each.name for each in leaves(terms_of(number))] == ["a", "b", "c"]


def test_what_is_no_whole_number_is_refused_as_of_plain_ones():
    assert leaf("n", 2) * [1] == [1, 1]
    with pytest.raises(TypeError):
        leaf("n", 2) + "x"
