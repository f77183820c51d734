"""Receptive fields: by the papers' arithmetic, and by what an output depends on."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archdsl

SPECS = Path(__file__).parents[2] / "specs"


def field(network, body):
    return network(f"input x[3, H = 224, W = 224]\n{body}").cost().receptive_field


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("relu", (1, 1)),
        ("conv(8, 3x3)", (3, 3)),
        ("conv(8, 1x7)", (1, 7)),
        ("conv(8, 3x3) -> conv(8, 3x3) -> conv(8, 3x3)", (7, 7)),
        ("conv(8, 3x3, dilation=2)", (5, 5)),
        ("conv(8, 3x3, dilation=(1, 4))", (3, 9)),
        ("conv(8, 3x3, stride=2) -> conv(8, 3x3)", (7, 7)),
        ("conv(8, 7x7, stride=2) -> max_pool(3x3, stride=2, padding=1)", (11, 11)),
        ("max_pool(2x2) -> avg_pool(2x2) -> conv(8, 1x1)", (4, 4)),
        ("conv(8, 3x3) -> batch_norm -> relu -> dropout(0.5) -> prelu", (3, 3)),
        ("slice(0, 100, step=2, axis=1) -> conv(8, 3x3)", (5, 3)),
    ],
)
def test_windows_widen_the_field(network, body, expected):
    assert field(network, body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # Two neighbours of an enlarged value come from at most two of its elements.
        ("upsample(2) -> conv(8, 3x3)", (2, 2)),
        ("upsample(2) -> conv(8, 5x5)", (3, 3)),
        ('upsample(2, mode="bilinear")', (2, 2)),
        ("max_pool(2x2) -> upsample(2) -> conv(8, 3x3)", (4, 4)),
        ("conv_transpose(8, 2x2, stride=2)", (1, 1)),
        ("conv_transpose(8, 4x4, stride=2, padding=1)", (2, 2)),
        ("conv(12, 3x3) -> pixel_shuffle(2) -> conv(8, 3x3)", (4, 4)),
    ],
)
def test_enlarging_brings_neighbours_closer(network, body, expected):
    assert field(network, body) == expected


def test_where_paths_meet_the_widest_counts(network):
    assert field(network, "add { | conv(3, 3x3) -> conv(3, 3x3) | skip }") == (5, 5)
    assert field(network, "concat { | conv(3, 1x9) | conv(3, 5x1) } -> conv(1, 3x3)") == (7, 11)


@pytest.mark.parametrize(
    "body",
    [
        "global_avg_pool(keep=true)",
        "mul { | skip | global_avg_pool -> linear(3) -> sigmoid } -> conv(8, 3x3)",
        "flatten -> linear(12) -> reshape(3, 2, 2) -> conv(8, 3x3)",
        "permute(1, 2, 0)",
        "group_norm(3)",
        "adaptive_avg_pool(1)",
    ],
)
def test_what_mixes_every_place_sees_everything(network, body):
    assert field(network, body) == (224, 224)


def test_a_gate_does_not_narrow_what_windows_see(network):
    body = "repeat 8 { conv(3, 5x5, stride=2) } mul { | skip | global_avg_pool -> sigmoid }"

    assert field(network, body) == (1021, 1021)


def test_a_layer_may_see_all_of_one_axis_alone(network):
    found = network("input x[3, H = 40, W = 50]\nconv(4, 3x3) -> linear(7) -> conv(4, 3x3)")

    assert found.cost().receptive_field == (5, 50)


def test_channels_that_are_shuffled_by_hand_keep_their_places(network):
    shuffled = "conv(6, 3x3) -> reshape(2, 3, 20, 30) -> permute(1, 0, 2, 3) -> reshape(6, 20, 30)"
    found = network(f"input x[3, 20, 30]\n{shuffled} -> conv(6, 3x3)")

    assert found.cost().receptive_field == (5, 5)


def test_crops_and_pads_keep_places(network):
    assert field(network, "conv(4, 3x3) -> pad(2) -> slice(1, 100, axis=-1) -> conv(4, 3x3)") == (
        5,
        5,
    )


def test_each_value_has_its_own(network):
    found = network(
        "input x[3, H = 64, W = 64]\n"
        "stage a { conv(4, 3x3, stride=2) as c -> relu }\n"
        "stage b { conv(4, 3x3) }\n"
        "stage head { global_avg_pool -> linear(10) }"
    )
    cost, graph = found.cost(), found.graph

    assert cost.of_node("a.c").receptive_field == (3, 3)
    assert cost.of_region(graph.stages["a"].id).receptive_field == (3, 3)
    assert cost.of_region(graph.stages["b"].id).receptive_field == (7, 7)
    assert cost.of_node("head.linear1").receptive_field is None
    assert cost.of_region(graph.stages["head"].id).receptive_field is None
    assert cost.receptive_field == (7, 7), "the last value that has spatial axes"


def test_one_and_three_axes(network):
    assert network("input x[2, L = 100]\nconv(3, 5)").cost().receptive_field == (5,)
    volume = network("input x[1, D = 9, H = 9, W = 9]\nconv(3, 3x3x1) -> max_pool(2)")
    assert volume.cost().receptive_field == (4, 4, 2)


def test_without_spatial_axes_there_is_none(network):
    assert network("input x[20]\nlinear(10) -> relu").cost().receptive_field is None


def test_of_two_inputs_the_largest_field_counts(network):
    found = network(
        "input x[3, H = 32, W = 32]\ninput y[3, H, W]\ninput z[8]\n"
        "conv(4, 3x3) as a\nfrom y -> conv(4, 5x5) -> add(a)\n"
        "mul { | skip | from z -> linear(4) }"
    )

    assert found.cost().receptive_field == (5, 5)


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("vgg.arch", "vgg16", 212),
        ("alexnet.arch", "alexnet_227", 195),
        ("resnet.arch", "resnet50_v1", 483),
        ("resnet.arch", "resnet101_v1", 1027),
    ],
)
def test_the_figures_that_are_published(file, name, expected):
    """As A. Araujo et al., 2019, table 1, prints them; VGG-16's behind its last pool."""
    network = archdsl.load(SPECS / file, name)
    assert network.cost().receptive_field == (expected, expected)


def test_inputs_are_as_the_network_declares_them(network):
    cost = network("input x[3, H = 8, W = 8]\nrelu").cost()
    assert cost.of_node("input.x").receptive_field == (1, 1)


# Against what an output depends on

SLIDING = st.builds(
    "conv(2, {}, stride={}, dilation={}, padding={})".format,
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 2),
)
POOLS = st.builds("avg_pool({}, stride={})".format, st.integers(1, 4), st.integers(1, 3))
PLACED = st.sampled_from(["scale(2)", "affine", "batch_norm", "chunk(1)", "pad(channels=1)"])
SHIFTED = st.sampled_from(["pad(1)", "slice(1, 60, axis=1)"])
SKIP = st.builds("add {{ | conv(2, {}) | conv(2, {}) }}".format, *[st.sampled_from((1, 3, 7))] * 2)
SIDE_BY_SIDE = st.builds("concat {{ | conv(1, {}) | skip }}".format, st.sampled_from((1, 3, 5)))
ENLARGING = st.one_of(
    st.builds("upsample({})".format, st.integers(1, 3)),
    st.builds('upsample({}, mode="linear")'.format, st.integers(1, 3)),
    st.builds("conv_transpose(2, {}, stride={})".format, st.integers(1, 5), st.integers(1, 3)),
)
STEPS = st.one_of(SLIDING, POOLS, PLACED, SHIFTED, SKIP, SIDE_BY_SIDE)


def load(steps):
    text = "network n {\n    input x[2, L = 160]\n    " + "\n    ".join(steps) + "\n}\n"
    return archdsl.loads(text, "n")


@given(st.lists(STEPS, min_size=1, max_size=6))
def test_it_is_what_an_output_depends_on(measure, steps):
    try:
        network = load(steps)
    except archdsl.DiagnosticError:
        return
    (predicted,) = network.cost().receptive_field
    measured = measure.reach(network.graph)

    assert measured <= predicted
    # Where the output is long, one of its elements lies away from the borders.
    if network.outputs[0].shape[-1] > 60:
        assert measured == predicted


@settings(max_examples=60)
@given(st.lists(st.one_of(STEPS, ENLARGING), min_size=1, max_size=6))
def test_it_is_no_less_where_values_are_enlarged(measure, steps):
    try:
        network = load(steps)
    except archdsl.DiagnosticError:
        return
    (predicted,) = network.cost().receptive_field

    assert measure.reach(network.graph) <= predicted
