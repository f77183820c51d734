"""Memory: by hand, and by the storages that PyTorch holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archdsl
from archdsl.analysis.cost import cost
from archdsl.testing.strategies import plan_of

KB = 4 * 8 * 8
"""Bytes of one channel of 8×8 in float32."""


def memory(network, body, **options):
    return network(f"input x[3, H = 8, W = 8]\n{body}").cost(**options).memory


# The peak in inference


@pytest.mark.parametrize(
    ("body", "channels"),
    [
        ("conv(5, 3x3)", 3 + 5),
        ("conv(5, 3x3) -> conv(20, 3x3) -> conv(1, 3x3)", 5 + 20),
        ("relu -> relu -> relu", 3 + 3),
        # The value that a skip holds is alive throughout the path beside it.
        ("add { | conv(3, 3x3) -> conv(3, 3x3) | skip }", 3 + 3 + 3),
        ("conv(9, 1x1) as wide -> conv(1, 1x1) -> conv(9, 1x1) -> add(wide)", 9 + 9 + 9),
        ("concat { | conv(2, 1x1) | conv(4, 1x1) | skip }", 3 + 2 + 4 + 9),
    ],
)
def test_operands_and_results_are_alive_together(network, body, channels):
    assert memory(network, body).inference_peak == channels * KB


@pytest.mark.parametrize(
    ("body", "channels"),
    [
        ("flatten -> linear(64)", 3 + 1),
        ("conv(8, 1x1) -> chunk(2) as a, b -> conv(1, 1x1) -> concat(b)", 8 + 1 + 5),
        ("conv(8, 1x1) -> slice(0, 2) -> conv(4, 1x1)", 8 + 4),
        ("conv(8, 1x1) -> permute(1, 2, 0)", 3 + 8),
    ],
)
def test_a_view_keeps_what_it_looks_into_and_has_no_bytes_of_its_own(network, body, channels):
    assert memory(network, body).inference_peak == channels * KB


def test_regularisation_does_nothing_in_inference(network):
    plain = memory(network, "conv(8, 1x1) -> conv(8, 1x1)")
    dropping = memory(network, "conv(8, 1x1) -> dropout(0.5) -> drop_path(0.5) -> conv(8, 1x1)")

    assert dropping.inference_peak == plain.inference_peak
    assert dropping.training_saved > plain.training_saved


def test_outputs_are_alive_to_the_end(network):
    body = "output wide { conv(10, 1x1) }\nconv(1, 1x1) -> conv(2, 1x1)"
    assert memory(network, body).inference_peak == (10 + 1 + 3) * KB


def test_an_unused_input_stays_with_the_caller(network):
    found = network("input x[3, H = 8, W = 8]\ninput y[7, H, W]\nconv(1, 1x1)").cost()
    assert found.memory.inference_peak == (3 + 7 + 1) * KB


def test_what_runs_in_training_only_is_not_alive(network):
    side = "output side when training { conv(100, 1x1) }"
    assert memory(network, f"conv(4, 1x1)\n{side}\nconv(5, 1x1)").inference_peak == 9 * KB


def test_batch_and_dtype_scale_activations(network):
    body = "conv(5, 3x3)"

    assert memory(network, body, batch=7).inference_peak == 7 * 8 * KB
    assert memory(network, body, dtype="float64").inference_peak == 2 * 8 * KB
    assert memory(network, body, batch=4, dtype="bfloat16").training_saved == 4 * 3 * KB // 2


def test_an_unbatched_value_is_there_once(network):
    found = network("input x[4, 8, 8]\ninput table[4, 8, 8] unbatched\nfrom x -> add(table)")
    assert found.cost(batch=10).memory.inference_peak == (10 * 8 + 4) * KB


def test_integers_keep_their_size(network):
    found = network("input x[4, 8, 8]: int64\nslice(0, 2)").cost(dtype="float16")
    assert found.memory.inference_peak == 4 * 8 * 8 * 8


def test_the_peak_of_a_part_is_that_of_the_network_while_it_runs(network):
    found = network(
        "input x[3, H = 8, W = 8]\nstage a { conv(6, 1x1) as kept }\n"
        "stage b { conv(1, 1x1) }\nstage c { conv(6, 1x1) -> add(a.kept) }"
    )
    figures, stages = found.cost(), found.graph.stages
    peaks = [figures.of_region(stages[name].id).memory.inference_peak for name in "abc"]

    assert peaks == [9 * KB, 7 * KB, 18 * KB]
    assert figures.memory.inference_peak == 18 * KB


# What is kept for backward


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("relu", 0),
        ("conv(5, 3x3)", 3 * KB),
        ("conv(5, 3x3) -> relu", 8 * KB),
        # The convolution keeps what the activation keeps: one tensor, once.
        ("conv(5, 3x3) -> relu -> conv(4, 3x3)", 8 * KB),
        ("conv(5, 3x3) -> flatten -> linear(2)", 8 * KB),
        ("relu -> max_pool(2x2) -> conv(5, 3x3)", 3 * KB // 4),
        ("conv(5, 3x3) -> batch_norm", 8 * KB + 2 * 4 * 5),
        ("conv(8, 3x3) -> chunk(2) as a, b -> conv(1, 1x1)", 11 * KB),
    ],
)
def test_each_tensor_is_kept_once_from_the_first_weight_on(network, body, kept):
    assert memory(network, body).training_saved == kept


@pytest.mark.parametrize(
    ("body", "channels"),
    [
        ("mul { | conv(3, 1x1) | conv(3, 3x3) }", 3 + 3 + 3),
        ("mul { | skip | conv(3, 1x1) }", 3),
        ("conv(3, 1x1) -> mul(x)", 3),
        ("max { | skip | conv(3, 1x1) }", 3 + 3),
        ("matmul { | skip | conv(3, 1x1) }", 3),
    ],
)
def test_a_product_keeps_a_side_for_the_gradient_of_the_other(network, body, channels):
    assert memory(network, body).training_saved == channels * KB


def test_a_training_step_keeps_the_side_outputs_too(network):
    side = "output side when training { conv(2, 1x1) -> conv(1, 1x1) }"
    assert memory(network, f"conv(4, 1x1)\n{side}\nrelu").training_saved == (3 + 4 + 2 + 4) * KB


# By what PyTorch holds

PLACED = st.one_of(
    st.builds("conv({}, {})".format, st.integers(1, 9), st.sampled_from(("1x1", "3x3"))),
    st.sampled_from(
        [
            *("relu", "batch_norm", "tanh", "sigmoid", "elu", "dropout(0.5)", "slice(0, 1)"),
            *("max_pool(3x3, stride=1, padding=1)", "chunk(1)", "abs", "depthwise_conv(3x3)"),
            *("softmax", "skip"),
        ]
    ),
)
MOVED = st.sampled_from(["avg_pool(2x2)", "upsample(2)", "conv_transpose(4, 2x2, stride=2)"])
FLOWS = st.lists(PLACED, min_size=1, max_size=3).map(" -> ".join)
STATEMENTS = st.one_of(
    FLOWS,
    MOVED,
    st.builds("concat {{ | {} | skip }}".format, FLOWS),
    st.builds("add {{ | {} -> conv(4, 1x1) | conv(4, 1x1) }}".format, FLOWS),
    st.builds("mul {{ | skip | {} }}".format, st.sampled_from(("relu", "conv({c}, 1x1)"))),
    st.builds("output o{{n}} {{ {} }}".format, FLOWS),
)


def load(statements):
    """A network of a stage for each statement; an output takes its number, a product its channels."""
    body = "\n".join(
        f"stage s{number} {{ {statement} }}".replace("{n}", str(number))
        for number, statement in enumerate(statements)
    )
    body = body.replace("{c}", "input.channels")
    return archdsl.loads(f"network n {{\ninput x[3, H = 12, W = 12]\n{body}\nconv(2, 1x1)\n}}")


def networks(statements):
    try:
        return [load(statements).graph]
    except archdsl.DiagnosticError:
        return []


@given(st.lists(STATEMENTS, min_size=1, max_size=5), st.integers(1, 3))
def test_the_peak_is_what_is_alive(measure, statements, batch):
    for graph in networks(statements):
        predicted = cost(graph, batch=batch).memory.inference_peak
        assert measure.peak(graph, batch) == predicted


@given(st.lists(STATEMENTS, min_size=1, max_size=5), st.integers(1, 3))
def test_what_is_kept_is_what_autograd_keeps(measure, statements, batch):
    for graph in networks(statements):
        predicted = cost(graph, batch=batch).memory.training_saved
        assert measure.saved(graph, batch) == predicted


STATES = {"lstm", "gru", "rnn"}
"""Their kernels keep workspaces in pages, which `layers` counts to the last float."""

SCATTERED = {"permute", "chunk", "slice"}
"""Behind these a layer may copy what it reads to have it in one piece."""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("first", range(0, 160, 40))
def test_random_networks_keep_what_autograd_keeps(measure, first, dtype):
    compared = 0
    for seed in range(first, first + 40):
        plan = plan_of(seed)
        if (STATES | SCATTERED).intersection(plan.kinds()):
            continue
        try:
            graph = archdsl.loads(plan.text()).graph
        except archdsl.DiagnosticError:
            continue
        predicted = cost(graph, batch=2, dtype=dtype).memory.training_saved
        assert measure.saved(graph, 2, dtype) == predicted, plan.text()
        compared += 1
    assert compared >= 8


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_random_networks_hold_at_least_the_peak(measure, first):
    """Kernels made of several steps hold more than their operands and results."""
    for seed in range(first, first + 20):
        plan = plan_of(seed)
        try:
            graph = archdsl.loads(plan.text()).graph
        except archdsl.DiagnosticError:
            continue
        predicted = cost(graph, batch=2).memory.inference_peak
        assert measure.peak(graph, 2) >= predicted, plan.text()
