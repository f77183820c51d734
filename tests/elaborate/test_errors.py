"""Errors: all of them in one run, one for each mistake, with whom to blame."""

import pytest

MANY = """
let width = wide
block b(out) { conv(out, 3x3, strid=2) }
network n {
    input image[3, H = 32, W = 32]
    cnov(8, 3x3)
    conv(0, 3x3) as a
    add(a)
    stage s { b(8) -> relu(3) }
    if 1 { relu }
    repeat 1.5 { relu }
    add { | conv(7 / 2, 3x3) | nothing }
    conv(width, 3x3)
    from nowhere -> relu
    output o { linear }
}
"""


def test_every_error_of_a_file_is_found_in_one_run_sorted_by_place(text):
    found = text(MANY)

    assert [(f.span.line, f.code) for f in found.findings] == [
        (2, "E0401"),
        (3, "E0505"),
        (6, "E0401"),
        (7, "E0503"),
        (9, "E0508"),
        (10, "E0509"),
        (11, "E0502"),
        (12, "E0502"),
        (12, "E0401"),
        (14, "E0401"),
        (15, "E0506"),
    ]


@pytest.mark.parametrize(
    "steps",
    [
        ["conv(0, 3x3) as a", "relu -> add(a) -> conv(a.channels, 3x3)"],
        ["let c = 1 / 0", "conv(c, 3x3) -> conv(c + 1, c) -> b(c)"],
        ["conv(8, 9 ** 9 ** 9) -> flatten -> linear(3) as f", "require f.features == 3"],
        ["stage s { conv(0, 3x3) }", "from s -> relu", "concat(s)"],
        ["b(0) as x, y", "from y -> add(x)"],
        ["b(0) as x", "from x.deep -> add(x)"],
        ["add { | conv(8, 3x3) | conv(4, 3x3) } as m", "relu -> add(m)", "output m"],
        ["conv(8, 3x3, strid=2) -> chunk(2) as p, q", "from p -> add(q)"],
        ["for i, k in [1, 2] { conv(k, i) }", "relu"],
        ["let p, q = [1, 2, 3]", "conv(p, q)"],
        ['stage "{1 / 0}" { relu as r }', "relu"],
        ["if nothing { conv(8, 3x3) as d } else { relu as d }", "relu"],
        ["from nowhere as z", "relu"],
    ],
    ids=lambda steps: " / ".join(steps)[:60],
)
def test_one_mistake_is_one_message(wrong, steps):
    found = wrong(*steps, before="block b(k) { conv(k, 3x3) as r\noutput deep { relu } }")

    assert len([c for c in found.codes if c.startswith("E")]) == 1, found.messages


def test_names_and_arguments_are_checked_where_the_flow_is_in_error(wrong):
    found = wrong("conv(0, 3x3)", "rleu", "conv(8, 3x3, strid=2)", "conv(4)", "add(nothing)")

    assert found.codes == ["E0503", "E0401", "E0505", "E0506", "E0401"]


def test_arguments_are_checked_where_the_callee_is_unknown(wrong):
    assert wrong("cnov(8 / 0, wide)").codes == ["E0401", "E0504", "E0401"]


def test_the_same_mistake_in_every_copy_is_one_message(wrong):
    assert wrong("repeat 5 { conv(0, 3x3) }").codes == ["E0503"]
    assert wrong("b(4) -> b(4)", before="block b(k) { conv(k, 3x3, strid=2) }").codes == ["E0505"]


# Blame


def test_a_misfit_stands_under_the_argument_with_the_calls_that_led_there(wrong):
    (finding,) = wrong(
        "outer(5)",
        before="block inner(g) { conv(8, 3x3, groups=g) }\nblock outer(g) { relu -> inner(g) }",
    ).findings

    assert finding.code == "E0604"
    assert finding.span.text == "g"
    assert [label.text for label in finding.labels] == [
        "in the call of `inner`",
        "in the call of `outer`",
    ]
    assert [label.span.text for label in finding.labels] == ["inner", "outer"]
    assert finding.notes == ("at outer1.inner1.conv1, whose input is 3×32×32",)


def test_a_join_shows_each_path_from_where_they_part(wrong):
    (finding,) = wrong(
        "conv(8, 3x3) as stem",
        "relu",
        "add {",
        "| conv(8, 3x3, stride=2) -> batch_norm",
        "| skip",
        "}",
        image="3, 32, 32",
    ).findings

    assert finding.code == "E0641"
    assert finding.span.text == "add"
    assert finding.notes == (
        "the paths part at relu1, 8×32×32",
        "path 1 gives 8×16×16\n  conv2        8×16×16\n  batch_norm1  8×16×16",
        "path 2 gives 8×32×32, as it came",
    )


def test_a_long_path_is_shortened(wrong):
    (finding,) = wrong(
        "relu as r", "relu\n" * 20, "conv(4, 3x3)", "add(r)", image="3, 8, 8"
    ).findings

    assert "... 15 more" in finding.notes[1]
    assert len(finding.notes[1].split("\n")) == 1 + 7


def test_inputs_that_are_joined_part_nowhere(text):
    found = text("network n { input a[3, 8, 8]\ninput b[4, 8, 8]\nadd(b) }")

    assert found.codes == ["E0641"]
    assert not found.findings[0].notes[0].startswith("the paths part")


@pytest.mark.parametrize(
    ("steps", "note"),
    [
        (
            ["conv(3, 3x3, stride=2)", "conv_transpose(3, 2x2, stride=2)"],
            "2*ceil(H/2) and H are 34 and 33 at H = 33, and equal where H % 2 == 0: nearest H = 32 and H = 34",
        ),
        (
            ["conv(3, 3x3, padding=valid)"],
            "H - 2 and H are 31 and 33 at H = 33: they differ by 2 at every size",
        ),
        (
            ["conv(3, 3x3, stride=2)"],
            (
                "ceil(H/2) and H are 17 and 33 at H = 33: "
                "they grow at different rates, as where a stride is on one path only"
            ),
        ),
        (["adaptive_avg_pool((20, 32))"], "20 and H are 20 and 33 at H = 33, and equal at H = 20"),
    ],
)
def test_how_two_sizes_differ_and_where_they_would_not(wrong, steps, note):
    (finding,) = wrong(*steps, "add(image)", image="3, H = 33, 32").findings

    assert note in finding.notes


# Sizes


def test_a_default_size_that_is_illegal_is_an_error_at_the_join(steps, wrong):
    ladder = [
        "conv(4, 3x3) as enc",
        "max_pool(2x2)",
        "conv_transpose(4, 2x2, stride=2)",
        "add(enc)",
    ]

    assert steps(*ladder).codes == []
    found = wrong(*ladder, image="3, H = 33, W = 32")
    assert found.codes == ["E0641"]
    assert found.findings[0].span.text == "add"


def test_conditions_are_collected_with_their_causes(steps):
    found = steps(
        "conv(4, 3x3) as enc", "max_pool(2x2)", "conv_transpose(4, 2x2, stride=2) as up", "add(enc)"
    )
    joins = [r for r in found.graph.requirements if r.node == "add1"]

    assert [r.span.text for r in joins] == ["add", "add"]
    assert {str(r.condition.left) for r in joins} == {"2*floor(H/2)", "2*floor(W/2)"}


def test_equal_chains_of_windows_ask_for_nothing(steps):
    found = steps(
        "add { | conv(4, 3x3, stride=2) -> conv(4, 3x3, stride=2) | conv(4, 1x1, stride=4) }"
    )

    assert [r for r in found.graph.requirements if r.node == "add1"] == []


def test_a_size_in_the_graphs_structure_is_an_error(wrong):
    for steps in ("conv(H, 3x3)", "repeat H { relu }", "if W == 32 { relu }", "group_norm(W)"):
        assert wrong(steps).codes == ["E0515"]


def test_a_derived_size_of_an_input_asks_that_it_be_left(text):
    found = text("network n { input a[3, H = 32, H - 20]\nrelu }")

    assert [str(r.condition.value) for r in found.graph.requirements] == ["H - 20"]


# Warnings


def test_a_batch_norm_of_one_value_per_channel_is_a_warning(steps):
    found = steps("global_avg_pool(keep=true) -> batch_norm -> flatten")

    assert found.codes == ["W0601"]
    assert "batch_norm1" in found.findings[0].notes[0]
    assert steps("batch_norm -> flatten").codes == []
