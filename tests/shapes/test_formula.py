"""Sums of products of dimensions: arithmetic, order, text."""

import random
from math import gcd

import pytest

from archdsl.shapes.dim import symbol
from archdsl.shapes.formula import (
    Formula,
    Largest,
    NoFormula,
    at,
    common_divisor,
    expanded,
    formula_of,
    largest,
    positive_part,
    sign,
)

H = symbol("H", 32)
W = symbol("W", 48)
h = formula_of(H)
w = formula_of(W)
half = formula_of((H + 1) // 2)


def sizes():
    choose = random.Random(1)
    return [{"H": choose.randint(1, 300), "W": choose.randint(1, 300)} for _ in range(50)]


@pytest.mark.parametrize(
    ("figure", "plainly"),
    [
        (h + w, "H + W"),
        (3 * h - 2, "3 * H - 2"),
        (7 - h, "7 - H"),
        (h * w * 4 + half, "4 * H * W + (H + 1) // 2"),
        ((h + 1) * (w - 1), "(H + 1) * (W - 1)"),
        (sum([h, w, 2]), "H + W + 2"),
        (h // 4 * w, "H // 4 * W"),
        ((6 * h * w + 12) // 6, "H * W + 2"),
        (h * w * 5 // h, "5 * W"),
        (formula_of(H * W * 8), "8 * H * W"),
        (formula_of(2 * H + 4) * 3, "6 * H + 12"),
        (expanded((h + 1) * formula_of(H // 3 - 2) * w), "(H + 1) * (H // 3 - 2) * W"),
    ],
)
def test_a_formula_is_what_the_numbers_are(figure, plainly):
    for each in sizes():
        assert at(figure, each) == eval(plainly, {}, each)


def test_what_cancels_is_a_number():
    assert h - h == 0
    assert (h + 3) - h == 3
    assert type((h + 3) - h) is int


@pytest.mark.parametrize("figure", [lambda: h * w // 2, lambda: (h * w + 1) // h])
def test_what_is_no_sum_of_products_is_refused(figure):
    with pytest.raises(NoFormula):
        figure()


def test_order_is_said_where_it_is_the_same_at_every_size():
    assert h * w < 2 * h * w
    assert max([h, 3 * h, 2 * h]) == 3 * h
    assert sign(h - h) == 0
    with pytest.raises(NoFormula):
        sign(h - w)


def test_the_largest_leaves_out_what_is_beaten():
    assert largest([3, 5]) == 5
    assert largest([]) == 0
    assert largest([h, 2 * h, h + w]).candidates == (2 * h, h + w)
    assert str(largest([h, 2 * h])) == "2*H"
    found = largest([h, w, 0])
    assert isinstance(found, Largest)
    assert [found.at(each) for each in sizes()] == [max(each.values()) for each in sizes()]


@pytest.mark.parametrize("m", [1, 2, 6, 7, 12])
def test_the_common_divisor_is_a_formula(m):
    figure = common_divisor(h, m)

    assert [at(figure, {"H": n}) for n in range(1, 100)] == [gcd(n, m) for n in range(1, 100)]
    assert common_divisor(18, m) == gcd(18, m)


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (1_000 * h * w + 2, "1_000*H*W + 2"),
        (half * h - h, "H*ceil(H/2) - H"),
        (-h, "-H"),
        (formula_of(H + 2) * w, "(H + 2)*W"),
        (Formula({}), "0"),
    ],
)
def test_text(figure, said):
    assert str(figure) == said


@pytest.mark.parametrize("figure", [h - 20, 7 - half, 3 * (h // 4) - w, 5, -5])
def test_the_positive_part(figure):
    for each in sizes():
        assert at(positive_part(figure), each) == max(at(figure, each), 0)


def test_a_product_has_no_positive_part():
    with pytest.raises(NoFormula):
        positive_part(h * w - 20)
