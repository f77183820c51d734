"""The closed form of each spec's legal sizes is what the rules say at each size from 1 to 512.

So it is in inference, and in training where that computes more.
"""

import random
from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.legal_inputs import legal_inputs

SPECS = Path(__file__).parents[2] / "specs"
MOST = 512
NETWORKS = [n for n in archdsl.check(SPECS).networks if n.graph.symbols]
TRAINED = [n for n in NETWORKS if any(node.training_only for node in n.graph.order)]
SETS = [
    *((network, False) for network in NETWORKS),
    *((network, True) for network in TRAINED),
]
NAMES = [f"{network.name} in training" if training else network.name for network, training in SETS]


def defaults_of(network):
    return {name: symbol.default for name, symbol in network.graph.symbols.items()}


def agree(legal, sizes):
    assert legal.contains(sizes) == legal.accepts(**sizes), (sizes, legal.text)


@pytest.mark.parametrize(("network", "training"), SETS, ids=NAMES)
def test_no_spec_is_without_a_closed_form(network, training):
    legal = legal_inputs(network.graph, training=training)

    assert legal.unknown == ()
    assert len(legal.text) <= 100


def test_training_asks_more_where_it_computes_more():
    asked = {n.name: legal_inputs(n.graph, training=True).text for n in TRAINED}
    less = {n.name for n in TRAINED if n.legal_inputs.text == asked[n.name]}

    assert less == {"fcn_resnet50", "fcn_resnet101", "googlenet"}
    assert asked["googlenet_2014"] == "223 <= H <= 270 and 223 <= W <= 270"
    assert asked["inception_v3"] == "H >= 299 and W >= 299"


@pytest.mark.parametrize(("network", "training"), SETS, ids=NAMES)
def test_at_some_sizes(network, training):
    """Where the set changes and a step beside it, and a few others."""
    choose = random.Random(network.name)
    legal = legal_inputs(network.graph, training=training)
    for box in legal.boxes[:3]:
        for name, these in box.items():
            ends = [these.smallest, *([] if these.largest is None else [these.largest])]
            for n in {max(1, end + step) for end in ends for step in (-1, 0, 1)}:
                agree(legal, {**defaults_of(network), name: n})
    for _ in range(3):
        agree(legal, {name: choose.randint(1, MOST) for name in network.graph.symbols})


@pytest.mark.slow
@pytest.mark.parametrize(("network", "training"), SETS, ids=NAMES)
def test_at_every_size(network, training):
    """Each symbol alone from 1 to 512, all of them alike, and 512 at random."""
    choose = random.Random(network.name)
    legal = legal_inputs(network.graph, training=training)
    for n in range(1, MOST + 1):
        for name in network.graph.symbols:
            agree(legal, {**defaults_of(network), name: n})
        agree(legal, dict.fromkeys(network.graph.symbols, n))
        agree(legal, {name: choose.randint(1, MOST) for name in network.graph.symbols})
