"""Depth: the weighted layers on the longest path."""

import pytest


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("relu", 0),
        ("conv(4, 3x3) -> batch_norm -> relu -> conv(4, 3x3)", 2),
        ("add { | conv(3, 3x3) -> conv(3, 3x3) | conv(3, 1x1) }", 2),
        ("add { | skip | conv(3, 1x1) } -> add { | skip | conv(3, 1x1) -> conv(3, 1x1) }", 3),
        ("conv_transpose(4, 2x2, stride=2) -> depthwise_conv(3x3)", 2),
        ("flatten -> linear(4) -> linear(5)", 2),
    ],
)
def test_the_longest_path_counts(network, body, expected):
    assert network(f"input x[3, H = 8, W = 8]\n{body}").cost().depth == expected


def test_a_gate_lies_on_the_longest_path(network):
    gate = "mul { | skip | global_avg_pool(keep=true) -> conv(2, 1x1) -> conv(3, 1x1) -> sigmoid }"
    assert network(f"input x[3, H = 8, W = 8]\nconv(3, 3x3) -> {gate}").cost().depth == 3


def test_a_stacked_recurrent_layer_counts_each_of_its_layers(network):
    assert network("input x[5, 4]\nlstm(6, layers=3) -> linear(2)").cost().depth == 4


def test_paths_end_at_outputs_of_inference(network):
    cost = network(
        "input x[3, H = 8, W = 8]\nconv(4, 3x3)\n"
        "output side when training { conv(4, 3x3) -> conv(4, 3x3) }\nrelu"
    ).cost()
    assert cost.depth == 1


def test_any_output_may_be_the_deepest(network):
    cost = network(
        "input x[3, H = 8, W = 8]\nconv(4, 3x3)\noutput side { conv(4, 3x3) -> conv(4, 3x3) }\nrelu"
    ).cost()
    assert cost.depth == 3


def test_a_share_counts_at_each_use_on_the_path(network):
    assert network("input x[3, 8, 8]\nshare c = conv(3, 3x3)\nc -> c -> c").cost().depth == 3


def test_a_part_counts_what_lies_in_it(network):
    found = network(
        "input x[3, H = 8, W = 8]\nconv(4, 3x3)\n"
        "stage a { add { | conv(4, 3x3) -> conv(4, 3x3) | skip } }\n"
        "stage b { relu }\nstage c { conv(4, 3x3) as last }"
    )
    cost, stages = found.cost(), found.graph.stages

    assert [cost.of_region(stages[name].id).depth for name in "abc"] == [2, 0, 1]
    assert cost.of_node("c.last").depth == 1
