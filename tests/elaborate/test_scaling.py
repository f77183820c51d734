"""Rules of scaling, and the coefficients that they give to a network."""

from fractions import Fraction

import pytest

from archdsl.values.value import Given

NETWORK = """
network m(width: scale = 1.0, depth: scale = 1.0, resolution: scale = 1.0, classes: int = 10) {
    let side = round(32 * resolution)
    input image[3, H = side, W = side]
    repeat ceil(2 * depth) { conv(make_divisible(8 * width, 8), 3x3) }
    global_avg_pool -> linear(classes)
}
"""
COMPOUND = """
scaling compound(phi, alpha = 1.2, beta = 1.1, gamma = 1.15) {
    depth = alpha ** phi
    width = beta ** phi
    resolution = gamma ** phi
    require alpha * beta ** 2 * gamma ** 2 ~ 2 within 10%
}
"""


def given(**values):
    return {name: Given(value, None, None) for name, value in values.items()}


def coefficients(found):
    return {name: found.graph.root.arguments[name] for name in ("width", "depth", "resolution")}


def test_a_rule_sets_the_coefficients_by_name_and_exactly(text):
    found = text(NETWORK + COMPOUND + "network n = m() scaled compound(3)")

    assert coefficients(found) == {
        "width": Fraction(1331, 1000),
        "depth": Fraction(1728, 1000),
        "resolution": Fraction(115, 100) ** 3,
    }
    assert found.shape("0.conv1") == (16, 49, 49)
    assert found.kinds.count("conv") == 4


def test_coefficients_that_a_rule_leaves_out_keep_their_value(text):
    found = text(
        NETWORK
        + "scaling widen(k) { width = k }\n"
        + "network deep = m(depth=2)\n"
        + "network n = deep() scaled widen(3)"
    )

    assert coefficients(found) == {"width": 3, "depth": 2, "resolution": 1}


def test_arguments_of_a_rule_are_positional_or_named_and_may_come_from_the_instance(text):
    scaled = "network n(phi: int = 2) = m(classes=5) scaled compound(phi, gamma=1.12)"
    found = text(NETWORK + COMPOUND + scaled)
    deeper = text(NETWORK + COMPOUND + scaled, arguments=given(phi=3))

    assert coefficients(found)["resolution"] == Fraction(112, 100) ** 2
    assert coefficients(deeper)["depth"] == Fraction(12, 10) ** 3
    assert found.output == (5,)


def test_a_rule_may_be_kept_in_a_constant_and_used_for_several_networks(text):
    found = text(
        NETWORK
        + COMPOUND
        + "let twice = compound(1)\n"
        + "network other(width: scale = 1.0, depth: scale = 1.0, resolution: scale = 1.0) {\n"
        + "    input x[3]\n    linear(round(20 * width))\n}\n"
        + "network a = m() scaled twice\n"
        + "network n = other() scaled twice"
    )

    assert found.output == (22,)


def test_a_rule_may_compute_with_constants_of_its_own(text):
    found = text(
        NETWORK
        + "scaling s(phi) {\n    let base = 1 + phi / 2\n    width = base\n    depth = base + 1\n}\n"
        + "network n = m() scaled s(2)"
    )

    assert coefficients(found) == {"width": 2, "depth": 3, "resolution": 1}


def test_an_instance_of_a_scaled_network_keeps_its_coefficients(text):
    found = text(
        NETWORK + COMPOUND + "network big = m() scaled compound(3)\n" + "network n = big(classes=7)"
    )

    assert coefficients(found)["depth"] == Fraction(12, 10) ** 3
    assert found.output == (7,)


def test_parameters_that_a_rule_does_not_set_can_be_given_from_outside(text):
    written = NETWORK + COMPOUND + "network n = m() scaled compound(1)"

    assert text(written, arguments=given(classes=3)).output == (3,)
    assert text(written, arguments=given(width=3)).codes == ["E0420"]


def test_sizes_given_from_outside_replace_a_scaled_default(text):
    found = text(NETWORK + COMPOUND + "network n = m() scaled compound(3)", at={"H": 40, "W": 40})

    assert found.shape("0.conv1") == (16, 40, 40)


def test_scale_parameters_of_an_instance_are_scaled_where_it_is_the_base(text):
    found = text(
        NETWORK
        + "network narrow(width: scale = 1.0) = m(width=4 * width)\n"
        + "scaling widen(k) { width = k }\n"
        + "network n = narrow() scaled widen(2)"
    )

    assert coefficients(found)["width"] == 8


@pytest.mark.parametrize("value", [0, -1, True, "1"])
def test_a_coefficient_is_a_number_above_zero(text, value):
    found = text(NETWORK.replace("network m", "network n"), arguments=given(width=value))

    assert found.codes == ["E0501"]


def test_every_misfit_of_a_rule_is_reported(text):
    found = text(
        NETWORK
        + "scaling s(k) {\n    classes = k\n    length = k\n    width = k\n}\n"
        + "network n = m() scaled s(2)"
    )

    assert found.codes == ["E0430", "E0430"]


def test_a_rule_that_nothing_uses_is_no_error(text):
    assert text(NETWORK.replace("network m", "network n") + COMPOUND).codes == []
