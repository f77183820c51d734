"""Every spec cites its paper and meets each figure that it quotes."""

from pathlib import Path

import pytest

import archdsl

SPECS = Path(__file__).parents[2] / "specs"
NETWORKS = archdsl.check(SPECS).networks


def test_the_specs_have_no_finding():
    assert archdsl.check(SPECS).report.diagnostics == []


@pytest.mark.parametrize("network", NETWORKS, ids=[network.name for network in NETWORKS])
def test_expectations_hold(network):
    verdicts = network.check()

    assert verdicts, "the spec expects nothing"
    assert [verdict for verdict in verdicts if verdict.outcome != "holds"] == []


@pytest.mark.parametrize("network", NETWORKS, ids=[network.name for network in NETWORKS])
def test_the_paper_is_cited(network):
    assert network.graph.cite is not None
