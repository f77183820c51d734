"""Figures over parameters of a network: exact at other values than those that made them."""

import pytest

import archdsl
from archdsl.analysis.cost import cost
from archdsl.analysis.fitted import NotFitted, Tried, formulas_over
from archdsl.shapes.formula import at

BODY = """\
    input image[3, H = 32, W = 32]
    stage one {{ conv(width, 3x3, stride=2) -> relu }}
    stage two {{ {two} }}
    global_avg_pool -> linear(classes)
}}
"""
HEAD = "network n(width: int = 16, classes: int = 10) {\n"


def reports(two):
    text = HEAD + BODY.format(two=two)

    def report_at(values):
        try:
            return archdsl.loads(text, **values).formulas()
        except archdsl.DiagnosticError:
            return None

    return text, report_at


def test_formulas_over_a_parameter_are_the_figures():
    text, report_at = reports("conv(2 * width, 3x3) -> batch_norm -> relu")
    found = formulas_over({"width": 16}, report_at)

    assert str(found.params) == "18*width*width + 54*width + 10"
    assert str(found.of_region(found.graph.stages["one"].id).params) == "28*width"
    for width, size, batch in ((1, 32, 1), (5, 33, 2), (16, 64, 3), (40, 31, 1), (97, 8, 7)):
        graph = archdsl.loads(text, width=width, at={"H": size, "W": 32}).graph
        plain = cost(graph, batch=batch)
        sizes = {"H": size, "W": 32, "batch": batch, "width": width}
        for name in ("params", "buffers", "macs", "flops", "activations", "weight_bytes"):
            assert at(getattr(found, name), sizes) == getattr(plain, name), name
        assert at(found.memory.inference_peak, sizes) == plain.memory.inference_peak
        assert at(found.memory.training_saved, sizes) == plain.memory.training_saved


def test_formulas_over_two_parameters():
    text, report_at = reports("relu")
    found = formulas_over({"width": 16, "classes": 10}, report_at)

    assert str(found.params) == "classes*width + 28*width + classes"
    plain = archdsl.loads(text, width=7, classes=3).cost()
    assert at(found.params, {"width": 7, "classes": 3}) == plain.params
    assert at(found.macs, {"width": 7, "classes": 3}) == plain.macs
    assert set(found.tried) == {"width", "classes"}


def test_only_multiples_where_groups_ask_for_them():
    _, report_at = reports("conv(width, 3x3, groups=8)")
    found = formulas_over({"width": 16}, report_at)

    assert found.tried["width"].step == 8
    assert found.tried["width"].bad == ()
    assert at(found.params, {"width": 24}) == report_at({"width": 24}).params


def test_whole_numbers_of_steps_where_a_part_of_the_width_is_taken():
    text, report_at = reports("conv(width // 4, 3x3)")
    found = formulas_over({"width": 16}, report_at)

    two = found.of_region(found.graph.stages["two"].id)
    assert str(two.params) == "36*floor(width/4)*floor(width/4) + floor(width/4)"
    assert found.tried["width"].step == 4
    assert at(found.params, {"width": 44}) == archdsl.loads(text, width=44).cost().params


def test_a_value_with_other_figures_is_named():
    """A shortcut that is projected but where its channels are right already."""
    shortcut = "add { | conv(64, 3x3) | if input.channels != 64 { conv(64, 1x1, bias=false) } }"
    _, report_at = reports(shortcut)
    found = formulas_over({"width": 32}, report_at)

    assert found.tried["width"].bad == (64,)
    assert "; not at 64" in found.tried["width"].text("width")


@pytest.mark.parametrize("two", ["conv(2 ** (width // 4), 1x1)", "conv(width ** 3, 1x1)"])
def test_what_is_no_polynomial_is_refused(two):
    _, report_at = reports(two)

    with pytest.raises(NotFitted, match="no polynomial of width in whole numbers around 16"):
        formulas_over({"width": 16}, report_at)


def test_no_network_at_the_value_itself():
    with pytest.raises(NotFitted, match="there is no network at width = 3"):
        formulas_over({"width": 3}, lambda _: None)


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        (Tried(16, 8, (8, 16, 24, 32), ()), "w = 8, 16, ... 32, each tried"),
        (Tried(9, 1, (1, 2, 3, 90), (2,)), "w in whole numbers, tried at 4 from 1 to 90; not at 2"),
        (Tried(8, 4, (4, 8, 90), ()), "w in multiples of 4, tried at 3 from 4 to 90"),
    ],
)
def test_what_was_tried(tried, said):
    assert tried.text("w") == said
