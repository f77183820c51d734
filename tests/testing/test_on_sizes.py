"""Which sizes PyTorch takes, and what it takes in silence that is refused here."""

import pytest

import archdsl

pytest.importorskip("torch")

from archdsl.testing.on_sizes import OnCpu, Tries


def refusal(body, training=False, **sizes):
    network = archdsl.loads(f"network n {{\n    input image[2, H = 8, W = 8]\n{body}\n}}")
    return OnCpu(network.graph, Tries()).refusal(sizes, training=training)


@pytest.mark.parametrize(
    ("body", "sizes", "reason"),
    [
        ("conv(2, 5x5, padding=valid)", {"H": 4}, "conv1: Calculated padded input size"),
        ("flatten -> linear(3)", {"W": 9}, "linear1: mat1 and mat2 shapes cannot be multiplied"),
        (
            "add { | skip | max_pool(2x2) -> upsample(2) }",
            {"H": 3},
            "add1: (2, 2, 8) and (2, 3, 8) are joined",
        ),
        (
            "add { | skip | max_pool(2x2) -> upsample(2) -> conv(2, 1x1) }",
            {"H": 3, "W": 3},
            "add1: (2, 2, 2) and (2, 3, 3) are joined",
        ),
        ("avg_pool(8x8) -> max_pool(1x1)", {"H": 7}, "avg_pool1: Given input size"),
        ("chunk(4, axis=1)", {"H": 9}, "chunk1: 3 parts instead of 4"),
        ("slice(3, 5, axis=2)", {"W": 3}, "slice1: nothing is left"),
        (
            "max_pool(2x2, ceil_mode=true) as cut\nfrom image\nconv(2, 5x5, padding=valid)\ncrop(cut)",
            {"H": 5},
            "crop1: a crop larger than the value",
        ),
        ("global_avg_pool(keep=true) as g\nfrom image\nmul(g)", {"H": 1, "W": 3}, None),
    ],
)
def test_a_size_is_refused_by_a_layer(body, sizes, reason):
    found = refusal(body, **sizes)

    assert found is None if reason is None else found.startswith(reason), found


def test_what_training_alone_computes_is_run_where_it_is_asked_for():
    body = "output aux when training { flatten -> linear(2) }\nglobal_avg_pool -> linear(2)"

    assert refusal(body, H=9) is None
    assert refusal(body, training=True, H=9).startswith("aux.linear1: ")


def test_what_has_been_run_is_not_run_again():
    tries = Tries()
    graph = archdsl.loads(
        "network n { input image[2, H = 8, W = 8]\nrepeat 9 { conv(2, 3x3) -> relu } }"
    ).graph

    assert OnCpu(graph, tries).refusal({"H": 5}) is None
    assert len(tries) == 2
    assert OnCpu(graph, tries).refusal({"H": 5}) is None
    assert len(tries) == 2
