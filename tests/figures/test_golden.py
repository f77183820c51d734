"""The specs against the figures that were measured on reference modules, to the last weight."""

import csv
from pathlib import Path

import pytest

import archdsl

SPECS = Path(__file__).parents[2] / "specs"
with (Path(__file__).parent / "golden.csv").open(encoding="utf-8") as table:
    GOLDEN = list(csv.DictReader(table))


def shape(text):
    return tuple(int(side) for side in text.split("x"))


@pytest.mark.parametrize("row", GOLDEN, ids=[row["network"] for row in GOLDEN])
def test_figures_are_those_of_the_reference(row):
    network = archdsl.load(SPECS / row["file"], row["network"])
    cost = network.cost()

    assert network.inputs[0].shape == shape(row["input"])
    outputs = [o.value.type.shape for o in network.graph.outputs if not o.training_only]
    assert outputs == [shape(text) for text in row["output"].split()]
    for figure in ("params", "macs", "buffers", "activations", "depth"):
        if row[figure]:
            assert getattr(cost, figure) == int(row[figure]), figure


def test_every_reference_has_its_network():
    checked = archdsl.check(SPECS)
    declared = {(Path(network.file).name, network.name) for network in checked.networks}

    assert len(GOLDEN) == 126
    assert {(row["file"], row["network"]) for row in GOLDEN} <= declared
