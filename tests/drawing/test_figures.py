"""The figures that a drawing prints."""

import archdsl
from archdsl.drawing.figures import CostFigures

TEXT = """
network n {
    input x[3, H = 8, W = 8]
    share same = conv(3, 1x1)
    same -> same
    output side when training { conv(2, 1x1) }
    relu
}
"""


def test_they_are_those_of_the_cost_analysis():
    network = archdsl.loads(TEXT)
    figures, cost = CostFigures.of(network.graph), network.cost()

    assert (figures.params, figures.macs) == (cost.params, cost.macs) == (20, 2 * 9 * 64)
    found = {node.path: figures.of_node(node.path) for node in network.graph.order}
    assert found == {
        "input.x": (0, 0),
        "same": (12, 576),
        "same@2": (0, 576),
        "side.conv1": (8, 0),
        "relu1": (0, 0),
    }
