"""Names of weights: the rules of the language, and its table of examples."""

import pytest

UNIT = """
block projection(out, stride = 1) { conv(out, 1x1, stride=stride, bias=false) -> batch_norm }
block bottleneck(width, shortcut: block = projection) {
    add {
        | conv(width, 1x1) -> relu
          conv(width, 3x3) -> relu
          conv(width * 4, 1x1)
        | shortcut(width * 4)
    }
}
block unit(width = 8) { conv(width, 3x3) -> relu -> conv(width, 3x3) }
block fire { conv(8, 3x3) -> relu -> conv(8, 3x3) }
block down { conv(8, 3x3) }
block cba(out) { conv(out, 1x1) -> batch_norm -> relu }
block encoder(width) { conv(width, 3x3) -> relu }
block aux { global_avg_pool -> linear(10) }
block squeeze_excite(width) {
    mul {
        | skip
        | global_avg_pool(keep=true) -> conv(width, 1x1) -> relu
          conv(input.channels, 1x1) -> sigmoid
    }
}
block mbconv(width) {
    conv(width, 1x1) -> batch_norm
    squeeze_excite(4)
    conv(width, 1x1)
}
block shrink(expand) {
    if expand != 1 { cba(8) }
    cba(8)
    conv(8, 1x1)
}
let cb = conv(bias=false) -> batch_norm
"""


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        (["stage conv4 { repeat 6 { unit(256) } }"], ["conv4.3.conv2"]),
        (
            ["stage conv2 {", "max_pool(3x3, stride=2)", "repeat 3 { unit(64) }", "}"],
            ["conv2.0.conv1"],
        ),
        (["stage conv2 { repeat 2 { bottleneck(8) } }"], ["conv2.0.projection1.conv1"]),
        (["stage s { fire -> fire }"], ["s.fire2.conv1"]),
        (["stage s { fire }"], ["s.conv1"]),
        (["stage s {", "down", "repeat 3 { unit }", "}"], ["s.down1.conv1", "s.0.conv1"]),
        (["stage s { repeat 2 { unit } -> repeat 2 { unit } }"], ["s.0.conv1", "s.3.conv1"]),
        (["stage s { repeat 3 { if first { down } else { unit } } }"], ["s.0.conv1", "s.1.conv1"]),
        (["stage s { repeat 2 { unit -> relu } }"], ["s.0.unit1.conv1"]),
        (
            ["stage s {", "for c in [6, 16] { conv(c, 3x3) }", "conv(9, 3x3)", "}"],
            ["s.0.conv1", "s.1.conv1", "s.conv1"],
        ),
        (['for i in [2, 3] { stage "conv{i}" { conv(8, 3x3) } }'], ["conv3.conv1"]),
        (["cb(8, 3x3) -> relu -> cb(8, 3x3)"], ["conv1", "batch_norm1", "conv2", "batch_norm2"]),
        (["stage stage2 { repeat 1 { shrink(1) } }"], ["stage2.0.cba2.conv1", "stage2.0.conv1"]),
        (["conv(8, 3x3) -> conv(8, 3x3) as mid -> conv(8, 3x3)"], ["conv1", "mid", "conv3"]),
        (
            ["add {", "| conv(8, 3x3) -> relu", "| projection: conv(8, 3x3)", "}"],
            ["conv1", "projection.conv1"],
        ),
        (["stage stage3 { repeat 2 { mbconv(8) } }"], ["stage3.1.squeeze_excite1.conv1"]),
        (["share encode = encoder(32)", "encode"], ["encode.conv1"]),
        (["stage s {", "conv(3, 3x3)", "output aux1 when training { aux }", "}"], ["aux1.linear1"]),
        (["conv(8, 3x3) as train"], ["train_"]),
        (["flatten -> linear(10) as fc"], ["fc"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_the_tables_examples(steps, written, keys):
    assert set(keys) <= set(steps(*written, before=UNIT).keys)


def test_labelling_a_layer_changes_its_own_key_only(steps):
    plain = steps("conv(8, 3x3) -> relu -> conv(8, 3x3) -> conv(8, 3x3)").keys
    labelled = steps("conv(8, 3x3) -> relu -> conv(8, 3x3) as b -> conv(8, 3x3)").keys

    assert plain == ["conv1", "relu1", "conv2", "conv3"]
    assert labelled == ["conv1", "relu1", "b", "conv3"]


def test_a_kind_that_ends_in_a_digit_takes_an_underscore(steps):
    assert steps("relu6 -> relu6").keys == ["relu6_1", "relu6_2"]


def test_a_block_counts_under_its_own_name_not_the_parameters(steps):
    keys = steps(
        "pair(norm)",
        before="block norm { batch_norm }\nblock pair(part: block) { relu -> part -> part }",
    ).keys

    assert keys == ["pair1.relu1", "pair1.norm1.batch_norm1", "pair1.norm2.batch_norm1"]


def test_a_layer_passed_as_parameter_counts_under_the_layers_name(steps):
    found = steps("b(gelu)", before="block b(act: layer) { act -> relu -> act }")

    assert found.keys == ["b1.gelu1", "b1.relu1", "b1.gelu2"]


def test_a_network_gives_no_name_so_a_sole_call_keeps_its_own(steps):
    assert steps("unit", before=UNIT).keys == ["unit1.conv1", "unit1.relu1", "unit1.conv2"]


@pytest.mark.parametrize(
    "beside",
    ["let a = 3", "require true", "expect params >= 0", "output other { aux }", "from image"],
)
def test_some_statements_beside_a_sole_call_do_not_count(steps, beside):
    assert "s.conv1" in steps(f"stage s {{ {beside}\nunit }}", before=UNIT).keys


@pytest.mark.parametrize("beside", ["relu", "unit", "if true { relu }", "repeat 1 { relu }"])
def test_a_step_beside_a_call_gives_it_a_name(steps, beside):
    assert "s.unit1.conv1" in steps(f"stage s {{ unit\n{beside} }}", before=UNIT).keys


def test_a_labelled_call_keeps_its_label(steps):
    assert "s.a.conv1" in steps("stage s { unit as a }", before=UNIT).keys


def test_a_call_of_a_layer_is_no_sole_call(steps):
    assert steps("stage s { conv(8, 3x3) }").keys == ["s.conv1"]


def test_an_output_in_a_block_is_a_body_of_that_block(steps):
    found = steps("b as x, y", "from y -> relu", before="block b { relu\noutput deep { gelu } }")

    assert found.keys == ["b1.relu1", "b1.deep.gelu1", "relu1"]


def test_two_names_behind_as_name_values_only(steps):
    found = steps("conv(8, 3x3) -> chunk(2) as a, b", "from a -> add(b)")

    assert found.keys == ["conv1", "chunk1", "add1"]


def test_a_label_on_a_merge_names_the_merge_not_what_is_in_it(steps):
    assert steps("add {", "| conv(3, 3x3)", "| skip", "} as joined").keys == ["conv1", "joined"]


def test_a_label_on_a_chains_call_makes_a_body(steps):
    assert steps("cb(8, 3x3) as c -> conv(8, 3x3)", before=UNIT).keys == [
        "c.conv1",
        "c.batch_norm1",
        "conv1",
    ]


def test_a_chain_adds_nothing(steps):
    assert steps("stage s { cb(8, 3x3) }", before=UNIT).keys == ["s.conv1", "s.batch_norm1"]


def test_branches_count_from_one_number_and_go_on_from_the_highest(steps):
    def keys(taken):
        return steps(f"if {taken} {{ relu -> relu -> relu }} else {{ relu }}", "relu").keys

    assert keys("true") == ["relu1", "relu2", "relu3", "relu4"]
    assert keys("false") == ["relu1", "relu4"]


def test_a_path_that_is_left_out_keeps_its_number(steps):
    def keys(taken):
        return steps(
            "add {",
            "| conv(3, 3x3)",
            f"| when {taken}: conv(3, 3x3) -> relu",
            "| conv(3, 3x3)",
            "}",
            "conv(3, 3x3) -> relu",
        ).keys

    assert keys("true") == ["conv1", "conv2", "relu1", "conv3", "add1", "conv4", "relu2"]
    assert keys("false") == ["conv1", "conv3", "add1", "conv4", "relu2"]


def test_kinds_in_a_branch_not_taken_are_counted_without_evaluating_arguments(steps):
    assert steps("if false { conv(1 / 0, 3x3) }", "conv(8, 3x3)").keys == ["conv2"]


def test_what_cannot_be_resolved_in_a_branch_not_taken_counts_nothing(steps):
    assert steps("if false { nowhere -> repeat 3 { relu } }", "relu").keys == ["relu1"]


def test_a_merge_of_one_path_keeps_its_number(steps):
    found = steps("add { | relu | when false: skip }", "add { | gelu | skip }")

    assert found.keys == ["relu1", "gelu1", "add2"]


def test_copies_count_on_through_all_loops_of_a_body(steps):
    keys = steps(
        "repeat 2 { relu }",
        "for k in [1, 2] { relu }",
        "concat { | for k in [1, 2]: relu }",
    ).keys

    assert keys == ["0.relu1", "1.relu1", "2.relu1", "3.relu1", "4.relu1", "5.relu1", "concat1"]


def test_a_computed_stage_leaves_out_the_numbers_of_the_loops_around_it(steps):
    written = ["for i in [1] {", "repeat 1 {", 'stage "s{i}" { relu }', "relu", "}", "}"]

    assert steps(*written).keys == ["s1.relu1", "0.0.relu1"]


def test_a_plain_stage_keeps_the_numbers_of_the_loops_around_it(steps):
    assert steps("repeat 2 { stage s { relu } }").keys == ["0.s.relu1", "1.s.relu1"]


def test_names_that_torch_has_taken_get_an_underscore_in_the_path_only(steps):
    found = steps("stage half { relu as train }", "from half.train -> add(half)")

    assert found.keys == ["half_.train_", "add1"]


@pytest.mark.parametrize(
    "written",
    [
        ["conv(8, 3x3) as a", "relu as a"],
        ["stage s { relu }", "stage s { relu }"],
        ["conv(8, 3x3) as relu1", "relu"],
        ["relu as class", "relu as class_"],
        ["stage a { relu }", "relu as a"],
        ["add { | a: relu | a: relu }"],
    ],
    ids=" / ".join,
)
def test_two_equal_names_in_one_body_are_one_error(wrong, written):
    found = wrong(*written)

    assert found.codes == ["E0405"]
    assert found.findings[0].labels


def test_the_second_use_of_a_share_has_a_path_of_its_own_and_the_same_weights(steps):
    found = steps("share s = conv(3, 3x3)", "s -> s -> s")

    assert found.paths == ["input.image", "s", "s@2", "s@3"]
    assert found.keys == ["s"]


def test_a_shared_block_and_a_shared_chain_hold_their_layers(steps):
    found = steps(
        "share one = unit(3)", "share two = cb(3, 3x3)", "one -> one -> two -> two", before=UNIT
    )

    assert found.paths[1:] == [
        "one.conv1",
        "one.relu1",
        "one.conv2",
        "one.conv1@2",
        "one.relu1@2",
        "one.conv2@2",
        "two.conv1",
        "two.batch_norm1",
        "two.conv1@2",
        "two.batch_norm1@2",
    ]


def test_a_share_lies_where_it_is_declared(steps):
    found = steps("stage s {", "share f = conv(3, 3x3)", "repeat 2 { f }", "}")

    assert found.keys == ["s.f"]


def test_each_copy_has_shares_of_its_own(steps):
    assert steps("repeat 2 {", "share f = conv(3, 3x3)", "f -> f", "}").paths[1:] == [
        "0.f",
        "0.f@2",
        "1.f",
        "1.f@2",
    ]
