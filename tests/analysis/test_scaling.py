"""The search under a budget: its points, their order, and what is dropped."""

from fractions import Fraction
from itertools import product

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import archdsl
from archdsl.analysis.scaling import Bound, Grid
from archdsl.analysis.space import space_of
from archdsl.analysis.totals import Total
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source
from archdsl.syntax.parse import parse_expression
from archdsl.values.value import Given

NETWORK = """
block unit(out, stride = 1, drop = 0.0) {
    conv(out, 3x3, stride=stride, bias=false) -> batch_norm -> relu
    if drop > 0 { dropout(drop) }
}
network m(
    width: scale in 0.5..2 by 0.5 = 1.0, depth: scale in 1..4 by 1 = 1, resolution: scale = 1.0,
    classes: int = 10,
) {
    let side = round(32 * resolution)
    input image[3, H = side, W = side]
    repeat ceil(2 * depth) as i { unit(make_divisible(16 * width, 8), if first then 2 else 1, 0.01 * i) }
    global_avg_pool -> linear(classes)
}
"""
RULE = """
scaling compound(
    phi, alpha: float in 1..2 by 0.25 = 1.2, beta: float in 1..1.5 by 0.25, gamma: float in [1, 1.5] = 1,
) {
    depth = alpha ** phi
    width = beta ** phi
    resolution = gamma ** phi
    require alpha * beta ** 2 * gamma ** 2 <= 3
}
"""


def searched(budget, by=None, text=NETWORK + RULE, arguments=None, name="m"):
    """The search, and the network at each of its candidates as it is when written out."""
    report = Report()
    network = archdsl.loads(text, name)
    written = parse_expression(Source("--by", by)).value if by else None
    given = {key: Given(value, None, None) for key, value in (arguments or {}).items()}
    space = space_of(network.value, written, given, report)
    assert space is not None, [d.message for d in report.diagnostics]
    grid = Grid(space, given)
    base = grid.base(report)
    assert base is not None, [d.message for d in report.diagnostics]
    return base, grid.search([Bound(quantity, most, "") for quantity, most in budget])


def whole(text, name, **arguments):
    return Total.of(archdsl.loads(text, name, **arguments).cost())


def test_every_point_of_the_networks_own_coefficients_is_costed_as_if_written():
    base, result = searched([("macs", 10**9)])

    assert base == whole(NETWORK, "m")
    assert result.points == 4 * 4
    assert (result.unmet, result.failed, result.over) == (0, 0, 0)
    assert {tuple(c.point.values()) for c in result.found} == set(
        product([Fraction(1, 2), 1, Fraction(3, 2), 2], [1, 2, 3, 4])
    )
    for candidate in result.found:
        assert candidate.total == whole(NETWORK, "m", **candidate.point)


def test_every_point_of_a_rule_is_costed_as_if_the_network_were_scaled_by_it():
    _, result = searched([("macs", 10**9)], by="compound(2)")

    assert result.points == 5 * 3 * 2
    values = product([1 + Fraction(i, 4) for i in range(5)], [1, 1.25, 1.5], [1, 1.5])
    assert result.unmet == sum(a * b**2 * c**2 > 3 for a, b, c in values) > 0
    for candidate in result.found:
        alpha, beta, gamma = map(float, candidate.point.values())
        scaled = f"network n = m() scaled compound(2, {alpha}, {beta}, {gamma})"
        assert candidate.total == whole(f"{NETWORK}{RULE}{scaled}", "n")
        assert candidate.coefficients["depth"] == Fraction(alpha) ** 2


def test_those_nearest_the_budget_stand_first_and_equal_ones_once():
    _, result = searched([("macs", 3_000_000)], by="compound(1)")

    macs = [candidate.total.sums.macs for candidate in result.found]
    assert macs == sorted(macs, reverse=True)
    assert max(macs) <= 3_000_000
    assert len({candidate.total for candidate in result.found}) == len(result.found)
    alike = sum(candidate.alike for candidate in result.found)
    assert alike > 0
    assert len(result.found) + alike + result.over + result.unmet == result.points


def test_all_bounds_hold_and_the_first_decides_the_order():
    _, result = searched([("params", 12_000), ("macs", 1_500_000), ("memory", 80_000)])

    assert result.found
    assert result.over
    for candidate in result.found:
        assert candidate.total.sums.params <= 12_000
        assert candidate.total.sums.macs <= 1_500_000
        assert candidate.total.inference_peak <= 80_000
    params = [candidate.total.sums.params for candidate in result.found]
    assert params == sorted(params, reverse=True)


def test_arguments_are_given_to_every_point_and_are_not_searched():
    base, result = searched([("macs", 10**9)], arguments={"classes": 3, "width": 2})

    assert base == whole(NETWORK, "m", classes=3, width=2)
    assert result.points == 4
    for candidate in result.found:
        assert candidate.total == whole(NETWORK, "m", classes=3, width=2, **candidate.point)


def test_the_parameters_of_a_template_are_searched_in_its_instances():
    text = f"{NETWORK}\nnetwork n = m(width=2, classes=3)\n"
    _, result = searched([("macs", 10**9)], text=text, name="n")

    assert [list(c.point) for c in result.found] == [["depth"]] * 4
    assert result.found[-1].total == whole(text, "n", depth=1)


def test_points_that_cannot_be_built_are_dropped_with_the_reason():
    text = "network m(width: scale in [1, 1.5, 2] = 1) { input i[3, 8, 8]\nconv(3 * width, 1x1) }"
    _, result = searched([("macs", 10**9)], text=text)

    assert (result.failed, len(result.found)) == (1, 2)
    assert "4.5" in result.failure.message


def test_points_that_break_the_networks_own_require_are_dropped():
    text = (
        "network m(width: scale in [1, 2, 3] = 1) {\n"
        "    require width < 3\n    input i[3, 8, 8]\n    conv(3 * width, 1x1)\n}"
    )
    _, result = searched([("macs", 10**9)], text=text)

    assert (result.unmet, len(result.found)) == (1, 2)


def test_where_nothing_is_within_the_budget_the_least_is_known():
    _, result = searched([("macs", 1)])

    assert result.found == []
    assert result.least["macs"].point == {"width": Fraction(1, 2), "depth": 1}
    assert result.nearest == result.least["macs"]


@settings(max_examples=20)
@given(
    st.lists(st.integers(1, 8), min_size=1, max_size=4, unique=True),
    st.integers(1, 3),
    st.integers(10_000, 10_000_000),
)
def test_candidates_figures_are_the_full_cost_of_each(widths, depth, budget):
    text = NETWORK.replace("in 0.5..2 by 0.5 = 1.0", f"in {widths} = {widths[0]}")
    _, result = searched([("macs", budget)], text=text, arguments={"depth": depth})

    for candidate in result.found:
        assert candidate.total == whole(text, "m", depth=depth, **candidate.point)


@pytest.mark.parametrize("quantity", ["macs", "params", "memory"])
def test_efficientnet_under_three_times_its_own(quantity):
    network = archdsl.load("zoo", "efficientnet_b0")
    written = parse_expression(Source("--by", "compound(1, gamma=1.15)")).value
    report = Report()
    space = space_of(network.value, written, {}, report)
    grid = Grid(space, {})
    base = grid.base(report)
    bound = Bound(quantity, 0, "3x")
    bound = bound._replace(most=3 * bound.of(base))

    best = grid.search([bound]).found[0]

    scaled = archdsl.load(
        "zoo", "efficientnet_b0", **{k: Fraction(v) for k, v in best.coefficients.items()}
    )
    assert best.total == Total.of(scaled.cost())
    assert bound.of(best.total) <= bound.most
