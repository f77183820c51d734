"""Paths: looked for from the inside out, up to the block's or network's own body."""

import pytest

STAGES = ["stage a {", "conv(4, 3x3) as x", "stage b { conv(5, 3x3) as z -> relu }", "}"]


def source(found, path="last"):
    return found.graph.nodes[path].inputs[0].node


@pytest.mark.parametrize(
    ("path", "node"),
    [
        ("a", "a.b.relu1"),
        ("a.x", "a.x"),
        ("a.b", "a.b.relu1"),
        ("a.b.z", "a.b.z"),
        ("a.b.relu1", "a.b.relu1"),
        ('"a.b.z"', "a.b.z"),
    ],
)
def test_a_path_names_stages_labels_and_layers(steps, path, node):
    assert source(steps(*STAGES, f"from {path} -> gelu as last")) == node


def test_a_path_is_looked_for_from_the_inside_out(steps):
    found = steps(
        "stage x { conv(7, 1x1) }",
        "stage a {",
        "stage x { conv(8, 1x1) }",
        "from x -> relu as inner",
        "}",
        "from x -> relu as last",
    )

    assert source(found, "a.inner") == "a.x.conv1"
    assert source(found) == "x.conv1"


def test_a_block_does_not_see_the_paths_of_its_caller(wrong):
    found = wrong("stage s { relu }", "b", before="block b { from s -> relu }")

    assert found.codes == ["E0401"]


def test_values_come_before_paths(steps):
    found = steps(
        "stage x { conv(7, 1x1) }", "stage a { conv(8, 1x1) as x", "from x -> relu as last }"
    )

    assert source(found, "a.last") == "a.x"


@pytest.mark.parametrize("path", ["s[1].conv1", "s[0 + 1].conv1", "s[2 - 1].conv1", '"s[1].conv1"'])
def test_copies_stand_in_brackets(steps, path):
    found = steps("stage s { repeat 3 { conv(8, 3x3) -> relu } }", f"from {path} -> gelu as last")

    assert source(found) == "s.1.conv1"


def test_the_value_of_a_copy_is_what_leaves_it(steps):
    found = steps("stage s { repeat 2 { relu -> gelu } }", "from s[0] -> tanh as last")

    assert source(found) == "s.0.gelu1"


def test_after_a_label_the_size_words_are_the_values_and_other_names_its_parts(steps):
    found = steps(
        "stage s { relu }",
        "b as out",
        "let c = out.channels",
        "from out.inner -> conv(c, 1x1) as last",
        before="block b { conv(5, 3x3) as inner -> conv(9, 3x3) }",
    )

    assert source(found) == "out.inner"
    assert found.shape("last")[0] == 9


def test_a_labelled_block_may_hold_copies(steps):
    found = steps(
        "b as out", "from out[1].relu1 -> gelu as last", before="block b { repeat 2 { relu } }"
    )

    assert source(found) == "out.1.relu1"


@pytest.mark.parametrize(
    ("field", "value"),
    [("channels", 5), ("height", 16), ("width", 16), ("features", 16), ("shape[1]", 16)],
)
def test_fields_of_a_value(steps, field, value):
    found = steps("conv(5, 3x3, stride=2) as c", f"require c.{field} == {value}")

    assert found.codes == []


def test_a_computed_path(steps):
    found = steps(
        'for i in [1, 2] { stage "enc{i}" { conv(4 * i, 3x3) } }',
        'for i in [2, 1] { concat("enc{i}") }',
    )

    assert found.output == (8 + 8 + 4, 32, 32)


@pytest.mark.parametrize(
    ("written", "code", "help"),
    [
        ("from a.y -> relu", "E0404", None),
        ("from a.bb -> relu", "E0404", None),
        ("from a.x.chanels -> relu", "E0404", "did you mean `channels`?"),
        ("from stag1 -> relu", "E0401", "did you mean `stage1`?"),
        ('from "stag1" -> relu', "E0404", "did you mean `stage1`?"),
        ("conv(stage1.hight, 3x3)", "E0404", "did you mean `height`?"),
        ("from image[0] -> relu", "E0501", None),
    ],
)
def test_paths_that_lead_nowhere(wrong, written, code, help):
    found = wrong(*STAGES, "stage stage1 { relu }", written)

    assert found.codes == [code]
    assert found.findings[0].help == help


def test_a_part_is_no_value_before_it_is_finished(wrong):
    assert wrong("stage s { relu -> add(s) }").codes == ["E0404"]


def test_a_vector_has_no_height(wrong):
    found = wrong("flatten as f", "conv(f.height, 3x3)")

    assert found.messages == ["`f` has no height: its shape is [3072]"]
