"""Copies with few channels: the same layers on the same sizes, and narrow."""

from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.cost import cost

pytest.importorskip("torch")

from archdsl.testing.interpret import Interpreter
from archdsl.testing.measure import inputs_of
from archdsl.testing.thin import thinned

SPECS = Path(__file__).parents[2] / "specs"
NETWORKS = {n.name: n for n in archdsl.check(SPECS).networks if n.graph.symbols}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=list(NETWORKS))
def test_nothing_but_channels_is_less(network):
    graph = network.graph
    copy = thinned(graph)

    assert [n.layer.kind for n in copy.order] == [n.layer.kind for n in graph.order]
    assert [n.inputs for n in copy.order] == [n.inputs for n in graph.order]
    for thin, node in zip(copy.order, graph.order, strict=True):
        for one, other in zip(thin.outputs, node.outputs, strict=True):
            assert one.dims[1:] == other.dims[1:]


def test_hardly_any_work_is_left():
    # The table of connections in LeNet's third layer and its radial units name each channel.
    left = {
        name: cost(n.graph).macs / cost(thinned(n.graph)).macs
        for name, n in NETWORKS.items()
        if cost(n.graph).macs > 10_000_000
    }

    assert {name for name, times in left.items() if times < 100} == {"densenet_40_12"}


@pytest.mark.parametrize(
    "body",
    [
        "conv(64, 3x3) as a\nadd { | conv(64, 3x3, groups=32) | skip }\nconcat(a) -> linear_or_not",
        "conv(48, 3x3)\nchunk(3) as a, b, c\nconcat(b, c)\nchannel_shuffle(6)\nadd(image2)",
        "share s = conv(32, 3x3)\nconv(32, 1x1)\ns\ns\npad(channels=32)",
        "conv(32, 1x1)\nreshape(4, 8 * 64)\nflatten\nlinear(10)",
        "conv(32, 1x1)\ngroup_norm(4)\nglobal_avg_pool -> linear(20) -> relu -> linear(32) -> sigmoid",
    ],
)
def test_copies_run(body):
    body = body.replace(" -> linear_or_not", "")
    text = f"network n {{\ninput image[3, 8, 8]\ninput image2[48, H = 8, W = 8]\nfrom image\n{body}\n}}"
    graph = archdsl.loads(text).graph
    copy = thinned(graph)
    result = Interpreter(copy).eval()(*inputs_of(copy, batch=1))

    assert tuple(result.shape[1:]) == copy.outputs[0].value.type.shape
