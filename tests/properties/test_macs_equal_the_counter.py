"""MACs are those that PyTorch's counter sees on the meta device, node by node."""

from collections import Counter

from archdsl.analysis.cost import cost
from archdsl.layers.definition import Family
from archdsl.testing import measure

COUNTED = {Family.CONVOLUTION, Family.LINEAR, Family.RECURRENT, Family.ATTENTION}
FEW = 15
"""Of kinds without MACs, and of recurrent layers, whose steps the counter walks one by one."""


def test_on_every_node_of_random_networks(running, properties):
    known = {}
    seen = Counter()
    for case in running:
        report = cost(case.graph)
        for node, types in properties.layers_of(case.graph):
            layer = node.layer
            key = (layer, tuple(types))
            often = layer.family in COUNTED - {Family.RECURRENT} or layer.kind == "matmul"
            if key not in known and (often or seen[layer.kind] < FEW):
                known[key] = measure.macs_of(case.graph, node)
                seen[layer.kind] += 1
            if key in known and not node.training_only:
                assert report.of_node(node.path).macs == known[key], f"{node.path}\n{case.text}"
    print(f"\n{len(known)} layers counted")

    assert len(seen) >= 55


def test_those_of_a_network_are_those_of_its_nodes_at_each_use(running):
    for case in running:
        report = cost(case.graph)
        nodes = [node.path for node in case.graph.order if not node.training_only]

        assert report.macs == sum(report.of_node(path).macs for path in nodes), case.text
