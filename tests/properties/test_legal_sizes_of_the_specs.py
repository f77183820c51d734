"""The closed form of each spec's legal sizes is what the rules say at each size from 1 to 512."""

import random
from pathlib import Path

import pytest

import archdsl

SPECS = Path(__file__).parents[2] / "specs"
MOST = 512
NETWORKS = [n for n in archdsl.check(SPECS).networks if n.graph.symbols]


def agree(network, sizes):
    legal = network.legal_inputs
    assert legal.contains(sizes) == legal.accepts(**sizes), (sizes, legal.text)


@pytest.mark.parametrize("network", NETWORKS, ids=[network.name for network in NETWORKS])
def test_no_spec_is_without_a_closed_form(network):
    assert network.legal_inputs.unknown == ()
    assert len(network.legal_inputs.text) <= 100


@pytest.mark.parametrize("network", NETWORKS, ids=[network.name for network in NETWORKS])
def test_at_some_sizes(network):
    """Where the set changes and a step beside it, and a few others."""
    choose = random.Random(network.name)
    defaults = {name: symbol.default for name, symbol in network.graph.symbols.items()}
    for box in network.legal_inputs.boxes[:3]:
        for name, these in box.items():
            ends = [these.smallest, *([] if these.largest is None else [these.largest])]
            for n in {max(1, end + step) for end in ends for step in (-1, 0, 1)}:
                agree(network, {**defaults, name: n})
    for _ in range(3):
        agree(network, {name: choose.randint(1, MOST) for name in defaults})


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS, ids=[network.name for network in NETWORKS])
def test_at_every_size(network):
    """Each symbol alone from 1 to 512, all of them alike, and 512 at random."""
    choose = random.Random(network.name)
    defaults = {name: symbol.default for name, symbol in network.graph.symbols.items()}
    for n in range(1, MOST + 1):
        for name in defaults:
            agree(network, {**defaults, name: n})
        agree(network, dict.fromkeys(defaults, n))
        agree(network, {name: choose.randint(1, MOST) for name in defaults})
