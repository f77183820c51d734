import pytest

import archdsl

torch = pytest.importorskip("torch")

from archdsl.analysis.cost import cost  # noqa: E402
from archdsl.backend.module import DeviceMissing  # noqa: E402 - it needs torch
from archdsl.backend.run import MOST_BYTES, RunFailed, TooLarge, run  # noqa: E402


@pytest.fixture(autouse=True)
def _few_threads():
    torch.set_num_threads(1)


def network(body):
    return archdsl.loads(f"network n {{ input x[4, H = 8, W = 8]\n {body} }}").graph


def test_shapes_and_figures():
    graph = network("conv(8, 3x3) -> relu -> conv(2, 1x1)")
    ran = run(graph, batch=3)

    assert [(t.name, t.shape, t.dtype) for t in ran.inputs] == [("x", (3, 4, 8, 8), "float32")]
    assert [(t.name, t.shape) for t in ran.outputs] == [("output", (3, 2, 8, 8))]
    assert ran.parameters == 4 * 8 * 9 + 8 + 8 * 2 + 2
    assert ran.weight_bytes == 4 * ran.parameters
    assert ran.inference.seconds > 0
    assert ran.inference.times >= 1
    assert ran.training is None
    assert ran.device == "cpu"


def test_the_peak_of_flat_is_the_bound_of_liveness():
    graph = network("conv(8, 3x3) -> relu -> conv(8, 3x3) -> relu -> max_pool(2x2) -> conv(2, 1x1)")
    ran = run(graph, style="flat", batch=2)
    predicted = cost(graph, batch=2).memory.inference_peak
    image = 2 * 4 * 8 * 8 * 4

    assert predicted <= ran.inference.peak_bytes <= predicted + image


def test_a_training_step():
    ran = run(network("conv(8, 3x3) -> batch_norm -> dropout(0.1)"), batch=2, train=True)

    assert ran.training.seconds > 0
    assert ran.training.peak_bytes > ran.inference.peak_bytes


def test_several_inputs_outputs_and_dtypes():
    text = (
        "network n { input x[3, H = 8, W = 8]\n input k[2]: int64\n"
        " conv(2, 1x1) as y\n output y\n from k\n output k }"
    )
    ran = run(archdsl.loads(text).graph, batch=2, dtype="float64")

    assert [t.dtype for t in ran.inputs] == ["float64", "int64"]
    assert {t.name for t in ran.outputs} == {"y", "k"}


@pytest.mark.parametrize("body", ["relu", "max_pool(2x2)"])
def test_nothing_to_train(body):
    with pytest.raises(RunFailed, match="there is nothing to train"):
        run(network(body), train=True)


def test_what_pytorch_refuses_is_said_in_one_line():
    text = "network n { input x[3, H = 1, W = 1]\n batch_norm }"
    with pytest.raises(RunFailed, match="more than 1 value per channel") as raised:
        run(archdsl.loads(text).graph, train=True)
    assert "\n" not in str(raised.value)


def test_too_large_unless_allowed():
    graph = network("conv(8, 3x3)")
    batch = MOST_BYTES // 1000
    with pytest.raises(TooLarge, match=r"a run would need about [0-9.]+ GiB") as raised:
        run(graph, batch=batch)
    assert raised.value.needed > MOST_BYTES


def test_no_device():
    with pytest.raises(DeviceMissing):
        run(network("relu"), device="cuda:99")


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ("embedding(3, 2)", 2),
        (
            "embedding(30, 2) as a\nfrom x -> reshape(2000, 1) -> reshape(2000) -> embedding(20, 2) -> add(a)",
            19,
        ),
        ("scale(1)", 7),
    ],
)
def test_whole_numbers_are_rows_that_a_table_has(body, most):
    from archdsl.backend.run import random_inputs

    graph = archdsl.loads(f"network n {{ input x[2000]: int64\n{body} }}").graph
    drawn = random_inputs(graph, batch=1, dtype="float32", seed=0, device=torch.device("cpu"))["x"]

    assert (drawn.min(), drawn.max(), drawn.dtype) == (0, most, torch.int64)


def test_equal_seeds_give_equal_weights():
    from archdsl.backend.run import random_inputs

    graph = network("conv(8, 3x3)")
    made = [
        random_inputs(graph, batch=2, dtype="float32", seed=s, device=torch.device("cpu"))["x"]
        for s in (1, 1, 2)
    ]

    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])
