"""Merges of paths and of named values."""

import pytest


def operands(found, path):
    return [port.node for port in found.graph.nodes[path].inputs]


def test_the_flow_goes_into_every_path_and_results_are_joined_in_order(steps):
    found = steps("conv(3, 3x3)", "add {", "| relu -> gelu", "| skip", "| silu", "}")

    assert operands(found, "add1") == ["gelu1", "conv1", "silu1"]
    assert operands(found, "silu1") == ["conv1"]


@pytest.mark.parametrize("kind", ["add", "sub", "mul", "max", "mean", "concat"])
def test_every_kind_joins_paths_and_named_values(steps, kind):
    paths = steps(f"{kind} {{ | relu | skip }}")
    named = steps("relu as r", f"from image -> {kind}(r)")

    assert paths.kinds == ["relu", kind]
    assert operands(named, f"{kind}1") == ["input.image", "r"]


def test_matmul_joins_matrices(steps):
    found = steps("matmul { | skip | permute(1, 0) }", image="6, 4")

    assert found.output == (6, 6)


def test_axis_goes_with_either(steps):
    paths = steps("concat(axis=1) { | skip | skip }")
    named = steps("relu as r -> concat(r, axis=-1)")

    assert paths.output == (3, 64, 32)
    assert named.output == (3, 32, 64)


def test_a_merge_of_one_path_is_that_path(steps):
    found = steps("add { | relu -> gelu | when false: skip } as r", "conv(3, 3x3) -> add(r)")

    assert found.kinds == ["relu", "gelu", "conv", "add"]
    assert operands(found, "add2") == ["conv1", "gelu1"]


def test_one_path_for_each_element(steps):
    found = steps("concat { | for k in [1, 3, 5]: conv(k, k) | skip }")

    assert found.keys == ["0.conv1", "1.conv1", "2.conv1", "concat1"]
    assert found.output == (1 + 3 + 5 + 3, 32, 32)


def test_a_guarded_path_is_left_out_where_its_condition_is_false(steps):
    def kinds(c):
        return steps(
            f"b({c})",
            before="block b(out) { add { | conv(out, 3x3) | when input.channels == out: skip } }",
        ).kinds

    assert kinds(3) == ["conv", "add"]
    assert kinds(8) == ["conv"]


def test_paths_see_names_around_them_and_keep_their_own(steps, wrong):
    assert steps("relu as r", "add { | gelu -> add(r) | skip }").codes == []
    assert wrong("add { | relu as r | skip }", "gelu -> add(s)").codes == ["E0401"]
    same = steps("add { | p: relu as r -> add(r) | q: relu as r -> add(r) }")

    assert same.codes == []


def test_skip_leaves_no_node(steps):
    assert steps("skip -> relu -> skip", "add { | skip | relu }").kinds == ["relu", "relu", "add"]


def test_an_argument_may_be_skip(steps):
    found = steps("b(skip)", before="block b(act: layer = relu) { conv(8, 3x3) -> act }")

    assert found.kinds == ["conv"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("conv(8, 3x3) { | relu | skip }", "E0415"),
        ("nothing { | relu | skip }", "E0415"),
        ("relu as r -> add(r) { | relu | skip }", "E0412"),
        ("add { | when false: relu | when 1 == 2: skip }", "E0416"),
        ("add { | for c in []: relu }", "E0416"),
        ("add(axis=1) { | relu | skip }", "E0505"),
        ("concat(axis=7) { | relu | skip }", "E0608"),
        ("concat(axis=0.5) { | relu | skip }", "E0502"),
        ("add", "E0637"),
        ("add(3)", "E0501"),
        ("add(none)", "E0501"),
        ("add(nowhere)", "E0401"),
        ('add("nowhere")', "E0404"),
        ("matmul { | skip | skip | skip }", "E0637"),
    ],
)
def test_merges_that_cannot_be(wrong, written, code):
    assert wrong(written).codes == [code]


def test_a_merges_arguments_are_checked_where_one_path_remains_too(wrong):
    assert wrong("concat(axes=1) { | relu | when false: skip }").codes == ["E0505"]


def test_a_label_names_the_joined_value(steps):
    found = steps("add { | relu | skip } as sum", "gelu -> add(sum)")

    assert operands(found, "add2") == ["gelu1", "sum"]
