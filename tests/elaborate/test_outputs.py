"""Outputs: the main one, named ones, those of training, those of blocks."""

import pytest


def outputs(found):
    return [(o.name, o.value.node, o.training_only) for o in found.graph.outputs]


def test_the_last_value_is_the_main_output(steps):
    assert outputs(steps("relu -> gelu")) == [("output", "gelu1", False)]


def test_named_outputs_follow_the_main_one_in_source_order(steps):
    found = steps("relu as b", "output b", "gelu as a", "output a", "silu")

    assert [name for name, *_ in outputs(found)] == ["output", "b", "a"]


def test_where_the_last_step_is_an_output_only_named_ones_exist(steps):
    found = steps("relu as b", "output b", "gelu", "output a")

    assert outputs(found) == [("b", "b", False), ("a", "gelu1", False)]


def test_lets_and_expectations_behind_the_last_output_do_not_count(steps):
    found = steps("relu", "output a", "let b = 1", "expect params == 0")

    assert [name for name, *_ in outputs(found)] == ["a"]


def test_where_no_value_has_the_name_it_names_the_flow(steps):
    found = steps("relu", "output features", "gelu")

    assert outputs(found)[1] == ("features", "relu1", False)


def test_an_output_with_a_body_starts_a_path_at_the_root(steps):
    found = steps("stage s {", "relu", "output aux { conv(4, 3x3) }", "gelu", "}")

    assert outputs(found) == [("output", "s.gelu1", False), ("aux", "aux.conv1", False)]
    assert found.graph.nodes["s.gelu1"].inputs[0].node == "s.relu1"


def test_an_output_of_training_is_not_the_last_step_that_counts(steps):
    found = steps("relu", "output aux when training { gelu }")

    assert outputs(found) == [("output", "relu1", False), ("aux", "aux.gelu1", True)]
    assert found.graph.nodes["aux.gelu1"].training_only
    assert not found.graph.nodes["relu1"].training_only


def test_an_output_of_training_may_name_a_value(steps):
    found = steps("relu as r", "output r when training", "gelu")

    assert outputs(found)[1] == ("r", "r", True)


@pytest.mark.parametrize(
    "written",
    [
        ["output aux when training { relu }", "from aux -> gelu"],
        ["output aux when training { relu as r }", "gelu -> add(aux.r)"],
        ["output aux when training { relu }", "from aux", "output main"],
        ["output aux when training { relu }", "from aux"],
    ],
    ids=" / ".join,
)
def test_evaluation_cannot_use_what_only_training_computes(wrong, written):
    assert set(wrong("conv(3, 3x3) as c", *written).codes) == {"E0423"}


def test_training_may_use_what_only_training_computes(steps):
    found = steps("output a when training { relu as r }", "output b when training { add(a.r) }")

    assert found.codes == []


def test_a_blocks_outputs_are_bound_by_as(steps):
    found = steps(
        "b as x, deep, deeper",
        "from deep -> gelu as one",
        "from deeper -> gelu -> add(one, x)",
        before="block b { relu as r\noutput r\nconv(3, 3x3)\noutput last { silu }\ntanh }",
    )

    assert [p.node for p in found.graph.nodes["one"].inputs] == ["b1.r"]
    assert found.graph.nodes["add1"].inputs[1:] == (("one", 0), ("b1.tanh1", 0))


def test_a_network_that_gives_back_its_input_is_accepted(steps):
    assert outputs(steps("skip")) == [("output", "input.image", False)]


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (["relu as a", "output a", "gelu", "output a"], ["E0405"]),
        (["output a { relu }", "output a { gelu }", "relu"], ["E0405", "E0405"]),
        (["b as x, y, z", "add(x, y)"], ["E0413"]),
        (["c", "relu"], ["E0405"]),
    ],
)
def test_outputs_that_cannot_be(wrong, written, codes):
    before = (
        "block b { relu\noutput deep { gelu } }\n"
        "block c { relu as q\noutput q\noutput p { gelu }\noutput q }"
    )

    assert wrong(*written, before=before).codes == codes
