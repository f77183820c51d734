"""Instances of networks, their expectations, and what is not built yet."""

import pytest

from archdsl.values.value import Given

TEMPLATE = """
network m(unit: block, depth: int, classes: int = 10) {
    input image[3, 8, 8]
    repeat depth { unit }
    flatten -> linear(classes)
    expect params >= 0
}
"""


def given(**values):
    return {name: Given(value, None, None) for name, value in values.items()}


def test_an_instance_is_its_template_with_arguments(text):
    found = text(TEMPLATE + "network n = m(relu, 2)")

    assert found.kinds == ["relu", "relu", "flatten", "linear"]
    assert found.graph.name == "n"


def test_instances_keep_the_parameters_they_do_not_give(text):
    written = TEMPLATE + "network n = m(relu, 2)"

    assert text(written, arguments=given(classes=17)).output == (17,)


def test_a_bound_parameter_cannot_be_given_from_outside(text):
    found = text(TEMPLATE + "network n = m(relu, depth=2)", arguments=given(depth=3))

    assert found.codes == ["E0420"]
    assert found.findings[0].labels[0].span.text == "2"


def test_an_instance_may_have_parameters_of_its_own(text):
    written = TEMPLATE + "network n(d = 1) = m(relu, d + 1)"

    assert text(written).kinds.count("relu") == 2
    assert text(written, arguments=given(d=3)).kinds.count("relu") == 4
    assert text(written, arguments=given(d=3, classes=5)).output == (5,)


def test_instances_of_instances(text):
    found = text(
        TEMPLATE + "network k = m(relu, 2)\nnetwork n = k(classes=3) { expect depth == 1 }"
    )

    assert found.output == (3,)


@pytest.mark.parametrize(
    ("declarations", "expected"),
    [
        (
            "network n = m(relu, 2) { expect depth == 1 }",
            [("params >= 0", True), ("depth == 1", False)],
        ),
        ("network k = m(relu, 1) { expect depth == 3 }\nnetwork n = k()", [("params >= 0", True)]),
        (
            "network k(d) = m(relu, d) { expect depth == 3 }\nnetwork n = k(1)",
            [("params >= 0", True), ("depth == 3", True)],
        ),
    ],
)
def test_expectations_of_templates_with_required_parameters_hold_for_each_instance(
    text, declarations, expected
):
    graph = text(TEMPLATE + declarations).graph

    assert [(e.item.condition.span.text, e.inherited) for e in graph.expectations] == expected


@pytest.mark.parametrize(
    ("call", "code"),
    [("k(3)", None), ("k(classes=3)", None), ("k(depth=3)", "E0505"), ("k(3, 4)", "E0508")],
)
def test_an_instance_takes_what_its_template_leaves_open(text, call, code):
    found = text(TEMPLATE + f"network k = m(relu, 2)\nnetwork n = {call}")

    assert found.codes == ([code] if code else [])


def test_what_an_instance_between_has_given_cannot_be_given_again(text):
    written = TEMPLATE + "network j = m(relu, 2)\nnetwork k = j(3)\nnetwork n = k(classes=4)"

    assert text(written).codes == ["E0505"]


def test_expectations_of_a_concrete_network_are_its_own(text):
    graph = text(
        "network m(classes = 3) { input i[4]\nlinear(classes)\nexpect params == 15 }\n"
        "network n = m(classes=5) { expect params == 25 }"
    ).graph

    assert [e.item.condition.span.text for e in graph.expectations] == ["params == 25"]


def test_an_instances_own_requirement_and_lets(text):
    written = TEMPLATE + "network n(d = 1) = m(relu, d) { let top = 3\nrequire d < top }"

    assert text(written).codes == []
    assert text(written, arguments=given(d=3)).codes == ["E0513"]


@pytest.mark.parametrize(
    ("declaration", "code"),
    [
        ("network n = m(relu)", "E0506"),
        ("network n = m(relu, 2, 3, 4)", "E0508"),
        ("network n = m(relu, 2, klasses=3)", "E0505"),
        ("network n = m(relu, 2.5)", "E0501"),
        ("network n = relu()", "E0408"),
        ("network n = b", "E0408"),
        ("network n = nowhere()", "E0401"),
        ("network n = n()", "E0418"),
        ("network n = k()\nnetwork k = n()", "E0418"),
        ("network n = m(relu, 2) { relu }", "E0421"),
        ("network n = m(relu, 2) { stage s { relu } }", "E0421"),
    ],
)
def test_instances_that_cannot_be(text, declaration, code):
    assert text(TEMPLATE + "block b { relu }\n" + declaration).codes == [code]
