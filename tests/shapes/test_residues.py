"""Figures on a class of sizes are polynomials."""

from math import prod

import pytest

from archdsl.shapes.dim import positive, symbol
from archdsl.shapes.formula import formula_of, largest
from archdsl.shapes.residues import Mixed, residues_of

H = symbol("H", 37)
W = symbol("W", 10)
h = formula_of(H)
w = formula_of(W)
ONE = {"H": 1, "W": 1}
FIGURES = [
    h * w * 3,
    formula_of((H + 5) // 8) * formula_of(W // 2) + h,
    formula_of((3 * ((H + 1) // 4) + 1) // 2) * 7 - 4,
    formula_of(positive(H - 20) // 3) * w,
    formula_of(H - 12 * (H // 12)) + 1,
]


def value(polynomial, **periods):
    return sum(c * prod(periods[name] for name in names) for names, c in polynomial.items())


@pytest.mark.parametrize("figure", FIGURES)
def test_the_polynomial_is_the_figure_on_the_class(figure):
    found = residues_of([figure], {"H": 37, "W": 10}, ONE)
    polynomial = found.polynomial(figure)

    for i in range(found.starts["H"], found.starts["H"] + 6):
        for j in range(found.starts.get("W", 0), 7):
            sizes = {"H": found.periods["H"] * i + found.rests["H"]}
            if "W" in found.periods:
                sizes["W"] = found.periods["W"] * j + found.rests["W"]
            if min(sizes.values()) > 0:
                assert value(polynomial, h=i, w=j) == figure.at(sizes)


def test_the_class_is_that_of_the_defaults():
    assert (
        residues_of([h * formula_of(W // 4)], {"H": 37, "W": 10}, ONE).text()
        == "H = h, W = 4*w + 2"
    )


def test_symbols_that_differ_in_capitals_only_stay_apart():
    small = formula_of(symbol("h", 8) // 4)
    figure = formula_of(H // 2) * small
    found = residues_of([figure], {"H": 37, "h": 8}, {"H": 1, "h": 1})

    assert found.text() == "H = 2*h_ + 1, h = 4*h__"
    assert found.polynomial(figure) == {("h_", "h__"): 1}


def test_the_largest_counts_from_the_least_size_on():
    peak = largest([h * w, 8 * h + 8 * w])

    assert len(residues_of([peak], {"H": 37, "W": 10}, ONE).largest(peak)) == 2
    assert residues_of([peak], {"H": 37, "W": 10}, {"H": 16, "W": 16}).largest(peak) == [
        {("h", "w"): 1}
    ]


def test_a_size_that_rounds_two_symbols_has_no_class():
    with pytest.raises(Mixed):
        residues_of([formula_of((H + W) // 2)], {"H": 37, "W": 10}, ONE)
