"""A random network that is all of another one: the same layers, under its label, alike in every form."""

import re

from archdsl.testing.verification import Verification
from archdsl.testing.verify import compare_runs

NETWORKS = 250


def around(text):
    """The network called in one of the same input; None for one of several inputs."""
    inputs = re.findall(r"^    input (\w+\[.*)$", text, re.MULTILINE)
    if len(inputs) != 1:
        return None
    inner = text.replace("network n ", "network inner ")
    return f"{inner}\nnetwork n {{\n    input {inputs[0]}\n    inner as part\n}}\n"


def layers(graph, prefix):
    """Layers in order with what they take and give, but for those of training alone."""
    return [
        (
            node.path.removeprefix(prefix),
            node.layer,
            [port.node.removeprefix(prefix) for port in node.inputs],
            [type.shape for type in node.outputs],
        )
        for node in graph.order
        if node.inputs and not node.training_only
    ]


def test_on_random_networks(properties, running):
    compared = 0
    for case in running:
        text = around(case.text)
        if text is None:
            continue
        graph, findings = properties.compiled(text)
        if graph is None:
            # What it gives is its own input, which has no step.
            assert {f.code for f in findings} <= {"E0406"}, f"{findings}\n{text}"
            continue
        assert layers(graph, "part.") == layers(case.graph, ""), text
        found = Verification("n", "n.arch")
        compare_runs(found, graph)

        assert found.agrees, f"{found.text()}\n{text}"
        compared += 1
        if compared == NETWORKS:
            break
    assert compared == NETWORKS
