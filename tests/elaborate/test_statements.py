"""Flow statements: steps, `from`, stages, loops, conditions, shares."""

import pytest


def test_steps_on_one_line_and_on_many_are_the_same(steps):
    one = steps("conv(8, 3x3) -> batch_norm -> relu")
    many = steps("conv(8, 3x3)", "batch_norm", "relu")

    assert one.paths == many.paths
    assert [n.inputs for n in one.graph.order] == [n.inputs for n in many.graph.order]


def test_several_outputs_are_named_and_the_flow_goes_on_with_the_first(steps):
    found = steps("conv(8, 3x3) -> chunk(2) as a, b", "relu", "concat(b)")

    assert found.graph.nodes["relu1"].inputs[0].port == 0
    assert [port.port for port in found.graph.nodes["concat1"].inputs] == [0, 1]


def test_an_underscore_drops_an_output(steps):
    found = steps("conv(8, 3x3) -> chunk(2) as _, b", "from b -> relu")

    assert found.graph.nodes["relu1"].inputs[0].port == 1
    assert found.codes == []


def test_fewer_names_than_outputs_are_fine_and_more_are_not(steps, wrong):
    assert steps("conv(8, 3x3) -> chunk(4) as a, b", "from a -> add(b)").codes == []
    assert wrong("conv(8, 3x3) -> chunk(2) as a, b, c").codes == ["E0413"]


@pytest.mark.parametrize(
    "source", ["image", "c", "input", "s", '"s"', '"s.inner"', "s.inner", "s.conv1"]
)
def test_from_goes_on_from_values_inputs_and_paths(steps, source):
    found = steps(
        "conv(8, 3x3) as c",
        "stage s {",
        "conv(8, 3x3)",
        "relu as inner",
        "}",
        f"from {source} -> gelu as last",
    )
    made = {
        "image": "input.image",
        "input": "input.image",
        "c": "c",
        "s.conv1": "s.conv1",
    }.get(source, "s.inner")

    assert found.graph.nodes["last"].inputs[0].node == made


def test_a_flow_left_behind_that_nothing_uses_is_an_error(wrong):
    found = wrong("conv(8, 3x3) -> relu", "from image -> conv(8, 3x3)")

    assert found.codes == ["E0406"]
    assert found.findings[0].span.text == "from image"
    assert found.findings[0].labels[0].span.text == "relu"


def test_a_flow_behind_the_last_output_is_left_behind_too(wrong):
    assert wrong("conv(8, 3x3) as c -> relu", "output c").codes == ["E0406"]


def test_an_unused_name_is_a_warning_and_the_layer_stays(steps):
    found = steps("conv(8, 3x3) as spare", "from image -> relu")

    assert found.codes == ["W0401"]
    assert "spare" in found.keys


def test_a_second_output_that_is_never_used_is_a_warning(steps):
    found = steps("conv(8, 3x3) -> chunk(2) as a, b", "from a -> relu")

    assert [f.span.text for f in found.findings] == ["b"]


# Copies


def test_repeat_makes_copies_with_weights_of_their_own(steps):
    assert steps("repeat 3 { conv(8, 3x3) }").keys == ["0.conv1", "1.conv1", "2.conv1"]


def test_first_last_and_index_speak_of_the_innermost_repeat(steps):
    found = steps(
        "repeat 2 {",
        "conv(index + 1, 1x1)",
        "repeat 3 {",
        "if first { relu } else if last { gelu } else { silu }",
        "conv(index + 4, 1x1)",
        "}",
        "if last { tanh }",
        "}",
    )
    inner = ["relu", "conv", "silu", "conv", "gelu", "conv"]

    assert found.kinds == ["conv", *inner, "conv", *inner, "tanh"]
    assert [found.shape(p)[0] for p in ("0.conv1", "0.0.conv1", "0.2.conv1", "1.conv1")] == [
        1,
        4,
        6,
        2,
    ]


def test_a_name_for_the_index_sees_the_outer_repeat(steps):
    found = steps("repeat 2 as i { repeat 2 as j { conv(10 * i + j + 1, 1x1) } }")

    assert [found.shape(p)[0] for p in found.keys] == [1, 2, 11, 12]


def test_blocks_called_from_a_repeat_do_not_see_its_index(wrong):
    found = wrong("repeat 2 { b }", before="block b { conv(index + 1, 3x3) }")

    assert found.codes == ["E0401"]


def test_for_goes_over_lists_and_unpacks_elements(steps):
    found = steps(
        "for i, (k, c) in enumerate([(1, 4), (3, 6)]) { conv(c + i, k) }",
    )

    assert [found.shape(p)[0] for p in found.keys] == [4, 7]


@pytest.mark.parametrize(
    "empty", ["repeat 0 { conv(8, 3x3) }", "for c in [] { relu }", "if false { relu }"]
)
def test_what_does_not_apply_leaves_the_flow_as_it_is(steps, empty):
    found = steps(empty, "relu")

    assert found.kinds == ["relu"]
    assert found.graph.nodes[found.keys[0]].inputs[0].node == "input.image"


def test_bodies_without_steps_leave_the_flow_as_it_is(steps):
    found = steps("stage s { }", "b", "add { | skip | relu }", before="block b { }")

    assert found.kinds == ["relu", "add"]
    assert found.graph.nodes["add1"].inputs[0].node == "input.image"


# Conditions


def test_an_if_takes_the_first_arm_that_holds(steps):
    def kinds(n):
        return steps(
            f"let k = {n}", "if k == 1 { relu } else if k == 2 { gelu } else { silu }"
        ).kinds

    assert [kinds(1), kinds(2), kinds(3)] == [["relu"], ["gelu"], ["silu"]]


def test_names_of_an_if_body_are_seen_behind_it(steps):
    found = steps("if true { conv(3, 3x3) as c }", "relu -> add(c)")

    assert found.graph.nodes["add1"].inputs[1].node == "c"


@pytest.mark.parametrize(
    ("condition", "code"), [("1", "E0509"), ("none", "E0509"), ("H > 3", "E0515"), ("x", "E0401")]
)
def test_a_condition_is_true_or_false_for_every_size(wrong, condition, code):
    assert wrong(f"if {condition} {{ relu }}").codes == [code]


# `input`


def test_input_is_the_value_that_entered_the_innermost_block_stage_or_copy(steps):
    found = steps(
        "conv(4, 1x1)",
        "stage s {",
        "conv(5, 1x1)",
        "b",
        "conv(input.channels, 1x1) as of_stage",
        "repeat 1 { conv(7, 1x1) -> conv(input.channels, 1x1) as of_copy }",
        "add { | conv(input.channels, 1x1) as in_path | conv(4, 1x1) }",
        "if true { conv(input.channels, 1x1) as in_if }",
        "}",
        "conv(input.channels, 1x1) as of_network",
        before="block b { conv(6, 1x1) -> conv(input.channels, 1x1) as of_block }",
    )
    channels = {
        node.label: node.type.channels for node in found.graph.order if node.label is not None
    }

    assert channels["of_stage"] == channels["in_path"] == channels["in_if"] == 4
    assert channels["of_block"] == 5
    assert channels["of_copy"] == 4
    assert channels["of_network"] == 3


def test_input_is_a_value_that_the_flow_can_go_on_from(steps):
    found = steps("stage s { relu as r -> from input -> add(r) }")

    assert [p.node for p in found.graph.nodes["s.add1"].inputs] == ["input.image", "s.r"]


# Shares


def test_uses_of_a_share_read_one_set_of_weights_on_different_values(steps):
    found = steps("share f = linear(4)", "flatten as a -> f as x", "from a -> f as y", "add(x)")
    first, second = (found.graph.nodes[p] for p in ("f", "f@2"))

    assert first.weights == second.weights == "f"
    assert first.inputs == second.inputs


def test_a_share_that_does_not_fit_its_second_use_is_an_error(wrong):
    found = wrong("share f = conv(8, 3x3)", "f -> f")

    assert found.codes == ["E0422"]
    assert "[8, 3, 3, 3]" in found.messages[0]
    assert "[8, 8, 3, 3]" in found.messages[0]


def test_a_share_without_weights_fits_everywhere(steps):
    assert steps("share p = max_pool(2x2)", "p -> conv(8, 3x3) -> p").codes == []


def test_a_share_needs_all_its_arguments_where_it_is_declared(wrong):
    assert wrong("share f = conv(8)", "f").codes == ["E0506"]
    assert wrong("share f = conv(8, 3x3)", "f(kernel=5)").codes == ["E0508"]


def test_a_share_of_what_is_no_layer_is_one_error(wrong):
    assert wrong("share f = 3", "f").codes == ["E0409"]


# Names


def test_let_is_seen_from_its_declaration_to_the_closing_brace(steps, wrong):
    assert steps("stage s { let c = 4", "conv(c, 3x3) }").codes == []
    assert wrong("conv(c, 3x3)", "let c = 4").codes == ["E0401"]
    assert wrong("stage s { let c = 4 }", "conv(c, 3x3)").codes == ["E0401"]


@pytest.mark.parametrize(
    "written",
    [
        ["let width = 3"],
        ["conv(8, 3x3) as width"],
        ["for width in [1, 2] { relu }"],
        ["repeat 2 as width { relu }"],
        ["let a = [width for width in [1, 2]]"],
        ["let a = 1", "stage s { let a = 2 }"],
        ["share width = relu"],
        ["input width[3, 8, 8]"],
        ["input other[3, width = 8, 8]"],
    ],
    ids=" ".join,
)
def test_hiding_a_name_is_an_error(wrong, written):
    assert "E0403" in wrong(*written, before="let width = 8").codes


def test_hiding_a_built_in_layer_or_function_is_allowed(steps):
    found = steps(
        "relu -> max", before="block relu { gelu }\nblock max { tanh }", image="3, H = 8, W = 8"
    )

    assert found.kinds == ["gelu", "tanh"]


def test_the_same_name_in_bodies_beside_each_other_is_fine(steps):
    found = steps("stage a { relu as x -> add(x) }", "stage b { relu as x -> add(x) }")

    assert found.codes == []


def test_a_requirement_fails_at_the_callers_arguments(wrong):
    found = wrong(
        "b(7, more=1)",
        before='block b(c, more) {\n    require c % 2 == 0 "halves"\n    relu\n}',
    )
    (finding,) = found.findings

    assert finding.code == "E0513"
    assert finding.message == "`b` requires `c % 2 == 0`: halves"
    assert finding.span.text == "7"
    assert finding.labels[-1].span.text == "c % 2 == 0"


def test_a_requirement_may_ask_for_sizes(steps, wrong):
    assert steps("require H % 32 == 0").codes == []
    assert wrong("require H % 5 == 0").codes == ["E0513"]


def test_a_requirement_of_a_file_is_checked(text):
    assert text("require 1 > 2\nblock b { relu }").codes == ["E0513"]
