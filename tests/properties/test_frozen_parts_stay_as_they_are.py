"""Random networks of which random parts are frozen, in the graph and in every form of it.

What is frozen is worked out here from the keys: a pattern means what begins with it, and of several
statements the last one that speaks of a layer holds.
"""

import random
import re

import pytest

from archdsl.layers.definition import Family
from archdsl.testing.verification import Verification
from archdsl.testing.verify import compare_kept, compare_outline, compare_runs

NETWORKS = 250


def layers_with_state(graph):
    """The keys of layers with weights or running statistics, each once."""
    found = {}
    for node in graph.order:
        if node.layer.family is not Family.INPUT:
            weights = node.layer.weights(*[graph.type_of(port) for port in node.inputs])
            if any(weight.trainable for weight in weights) or node.layer.kind == "batch_norm":
                found[node.weights] = None
    return list(found)


def bracketed(key):
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", key)


def statements_for(graph, draw):
    """Statements as text, and the keys of the layers that are frozen by them."""
    keys = layers_with_state(graph)
    named = [key for key in keys if not key[0].isdigit()]
    frozen = set()
    written = []
    for _ in range(draw.randint(1, 4)):
        freezes = draw.random() < 0.75
        said, meant = "all", set(keys)
        if named:
            names = draw.choice(named).split(".")
            below = ".".join(names[: draw.randint(1, len(names))])
            said = bracketed(below)
            meant = {key for key in keys if key == below or key.startswith(f"{below}.")}
            if draw.random() < 0.4:
                said, meant = f"all except {said}", set(keys) - meant
        written.append(f"{'freeze' if freezes else 'unfreeze'} {said}")
        frozen = frozen | meant if freezes else frozen - meant
    return written, frozen


@pytest.fixture(scope="module")
def partly_frozen(properties, running):
    """Graphs with what is frozen in them, and their texts."""
    found = []
    for case in running:
        if len(found) == NETWORKS:
            break
        if not layers_with_state(case.graph):
            continue
        statements, frozen = statements_for(case.graph, random.Random(case.seed))
        body, brace, _ = case.text.rpartition("}")
        text = f"{body}\n    " + "\n    ".join(statements) + f"\n{brace}\n"
        graph, findings = properties.compiled(text)
        assert graph is not None, f"{[f.message for f in findings]}\n{text}"
        found.append((graph, frozen, text))
    assert len(found) == NETWORKS
    return found


def test_the_last_statement_that_speaks_of_a_layer_holds(partly_frozen):
    for graph, frozen, text in partly_frozen:
        assert {node.weights for node in graph.order if node.frozen} == frozen, text


def test_figures_are_what_pytorch_says(partly_frozen):
    for graph, _, text in partly_frozen:
        found = Verification("n", "n.arch")
        compare_outline(found, graph)
        compare_kept(found, graph)

        assert found.agrees, f"{found.text()}\n{text}"


def test_every_form_is_the_same_bit_for_bit(partly_frozen):
    for graph, _, text in partly_frozen:
        found = Verification("n", "n.arch")
        compare_runs(found, graph)

        assert found.agrees, f"{found.text()}\n{text}"
