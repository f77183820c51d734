"""Each formula that `why` prints comes to the figure, for every layer of random networks."""

from math import ceil, floor

from archdsl.analysis.cost import cost
from archdsl.analysis.legal_inputs import legal_inputs
from archdsl.analysis.why import why
from archdsl.analysis.why.figures import SUMS
from archdsl.elaborate.paths import bracketed
from archdsl.layers.definition import Family


def test_on_random_networks(running):
    evaluated = 0
    seen = set()
    for case in running:
        graph = case.graph
        report, legal = cost(graph), legal_inputs(graph)
        for node in graph.order:
            types = tuple(graph.type_of(port).concrete() for port in node.inputs)
            key = node.layer, types
            if node.layer.family is Family.INPUT or key in seen:
                continue
            seen.add(key)
            for figure in ("shape", *SUMS):
                (answer,) = why(graph, report, legal, f"{bracketed(node.path)}.{figure}", 1)
                for part in answer.walk():
                    if part.numbers:
                        came = eval(part.numbers, {"floor": floor, "ceil": ceil})
                        assert came == int(part.value), (part, case.plan.text())
                        evaluated += 1
                if figure != "shape":
                    assert int(answer.value) == getattr(report.of_node(node.path), figure)

    assert evaluated > 5_000
