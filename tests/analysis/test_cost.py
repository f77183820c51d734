"""Parameters, MACs, FLOPs and activations: by hand, and as PyTorch counts them."""

import pytest

import archdsl
from archdsl.analysis.cost import cost
from archdsl.testing.interpret import Interpreter
from archdsl.testing.strategies import plan_of

LENET = """
input image[1, H = 32, W = 32]
conv(6, 5x5, padding=valid) -> tanh -> avg_pool(2x2)
conv(16, 5x5, padding=valid) -> tanh -> avg_pool(2x2)
flatten -> linear(120) -> tanh -> linear(84) -> tanh -> linear(10)
"""


def test_a_network_counted_by_hand(network):
    figures = network(LENET).cost()

    c1, c3 = 6 * 28 * 28, 16 * 10 * 10
    assert figures.params == 156 + 2416 + 48120 + 10164 + 850 == 61706
    assert figures.trainable_params == figures.params
    assert figures.buffers == 0
    assert figures.macs == c1 * 25 + c3 * 150 + 400 * 120 + 120 * 84 + 840 == 416520
    assert figures.activations == c1 + c3 + 120 + 84 + 10
    assert figures.operations == {
        "multiply_add": 2 * 416520,
        "bias": figures.activations,
        "tanh": c1 + c3 + 120 + 84,
        "avg_pool": 4 * (6 * 14 * 14 + 16 * 5 * 5),
    }
    assert figures.flops == sum(figures.operations.values())
    assert figures.depth == 5
    assert figures.memory.weights == 4 * 61706


def test_running_statistics_are_buffers_but_for_their_count(network):
    figures = network("input x[8, H = 4, W = 4]\nbatch_norm -> batch_norm(affine=false)").cost()

    assert (figures.params, figures.buffers) == (16, 32)
    assert figures.memory.weights == 4 * (16 + 32) + 2 * 8
    assert figures.flops == 2 * 2 * 128


def test_a_transposed_convolution_counts_input_positions(network):
    assert network("input x[4, 5, 5]\nconv_transpose(3, 2x2, stride=2)").cost().macs == 12 * 4 * 25


# What counts where

SHARED = """
input a[3, H = 8, W = 8]
input b[3, H, W]
share encode = encoder(4)
stage left { from a -> encode as x }
stage right { from b -> encode -> conv(4, 1x1, bias=false) }
add(left.x)
"""
ENCODER = "block encoder(width) {\n    conv(width, 3x3, bias=false) -> batch_norm\n}"


def test_shared_weights_count_once_and_their_work_at_each_use(network):
    figures = network(SHARED, ENCODER).cost()

    assert figures.params == 108 + 8 + 16
    assert figures.buffers == 8
    assert figures.macs == 2 * 108 * 64 + 16 * 64


def test_a_share_has_its_weights_where_it_is_declared(network):
    found = network(SHARED, ENCODER)
    figures, stages = found.cost(), found.graph.stages
    left, right = (figures.of_region(stages[name].id) for name in ("left", "right"))

    assert (left.params, left.macs) == (0, 108 * 64)
    assert (right.params, right.macs) == (16, 108 * 64 + 16 * 64)
    assert figures.of_node("encode.conv1").params == 108
    assert figures.of_node("encode.conv1@2").params == 0
    assert figures.of_node("encode.conv1@2").macs == 108 * 64


def test_a_share_inside_a_stage_counts_there(network):
    found = network("input x[3, 8, 8]\nstage s { share c = conv(3, 1x1)\nrepeat 3 { c -> relu } }")
    figures, graph = found.cost(), found.graph
    copies = [region for region in graph.regions if region.path.startswith("s.")]

    assert figures.of_region(graph.stages["s"].id).params == figures.params == 12
    assert [figures.of_region(copy.id).params for copy in copies if copy.index is not None] == [
        0
    ] * 3


SIDE = """
input x[3, H = 8, W = 8]
stage body {
    conv(4, 3x3)
    output side when training { conv(2, 1x1) -> flatten -> linear(10) }
    output early { conv(5, 1x1, bias=false) }
    conv(4, 1x1, bias=false)
}
"""


def test_outputs_of_training_count_their_weights_alone(network):
    figures = network(SIDE).cost()
    side = figures.of_region(_region(figures, "side"))

    assert side.params == 4 * 2 + 2 + 128 * 10 + 10
    assert (side.macs, side.flops, side.activations, side.operations) == (0, 0, 0, {})
    assert figures.params == 112 + 16 + 20 + side.params
    assert figures.macs == 64 * (108 + 16 + 20)
    assert figures.activations == 64 * (4 + 4 + 5)


def test_an_output_with_a_body_lies_under_its_own_name(network):
    figures = network(SIDE).cost()
    body = figures.of_region(figures.graph.stages["body"].id)

    assert body.params == 112 + 16
    assert body.macs == 64 * (108 + 16)
    assert figures.of_region(_region(figures, "early")).macs == 64 * 20


def _region(figures, path):
    return next(region.id for region in figures.graph.regions if region.path == path)


def test_parts_add_up_to_the_whole(network):
    found = network(
        "input x[3, H = 16, W = 16]\n"
        "stage a { conv(8, 3x3) -> batch_norm -> relu }\n"
        "stage b { repeat 3 { add { | conv(8, 3x3, bias=false) | skip } } }\n"
        "stage c { global_avg_pool -> linear(10) }"
    )
    figures, graph = found.cost(), found.graph
    stages = [figures.of_region(stage.id) for stage in graph.stages.values()]
    layers = [figures.of_node(node.path) for node in graph.order]

    for name in ("params", "buffers", "macs", "flops", "activations"):
        total = getattr(figures, name)
        assert sum(getattr(part, name) for part in stages) == total, name
        assert sum(getattr(part, name) for part in layers) == total, name
    for parts in (stages, layers):
        assert sum(part.memory.weights for part in parts) == figures.memory.weights
        assert sum(part.memory.training_saved for part in parts) == figures.memory.training_saved
        assert max(part.memory.inference_peak for part in parts) == figures.memory.inference_peak


def test_figures_are_those_of_the_sizes_at_hand():
    text = "network n(width = 8) {\n    input x[3, H = 16, W = 16]\n    conv(width, 3x3, bias=false)\n}"

    assert archdsl.loads(text).cost().macs == 27 * 8 * 256
    assert archdsl.loads(text, at={"H": 32}).cost().macs == 27 * 8 * 512
    assert archdsl.loads(text, width=2).cost().macs == 27 * 2 * 256


@pytest.mark.parametrize("batch", [1, 5])
def test_all_but_memory_is_of_one_sample(network, batch):
    found = network(LENET)
    figures = found.cost(batch=batch, dtype="float16")

    assert figures.macs == found.cost().macs
    assert figures.memory.weights == 2 * 61706


def test_what_is_asked_must_make_sense(network):
    graph = network("input x[3, 8, 8]\nrelu").graph

    with pytest.raises(ValueError, match="at least one sample, and this is 0"):
        cost(graph, batch=0)
    with pytest.raises(ValueError, match="not 'int8'"):
        cost(graph, dtype="int8")
    with pytest.raises(KeyError):
        cost(graph).of_node("relu9")


# As PyTorch counts

NOT_COUNTED = {"sparse_conv"}
"""PyTorch multiplies with the zeros of a connection table too."""


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_random_networks_cost_what_pytorch_counts(measure, seed):
    counted = 0
    for number in range(seed, seed + 20):
        plan = plan_of(number)
        try:
            graph = archdsl.loads(plan.text()).graph
        except archdsl.DiagnosticError:
            continue
        figures = cost(graph)
        state = Interpreter(graph)
        modules = state.modules.values()
        assert figures.params == sum(p.numel() for _, p in state.named_parameters())
        buffers = [b for module in modules for b in module.buffers() if b.is_floating_point()]
        assert figures.buffers == sum(b.numel() for b in buffers)
        tensors = state.state_dict().values()
        assert figures.memory.weights == sum(t.numel() * t.element_size() for t in tensors)
        if not NOT_COUNTED.intersection(node.layer.kind for node in graph.order):
            assert measure.flops(graph) == 2 * figures.macs, plan.text()
        counted += 1
    assert counted >= 10
