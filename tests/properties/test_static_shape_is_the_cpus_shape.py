"""The inferred shape of every node is that of a run on the CPU; both run it or both refuse it."""

import pytest
from hypothesis import HealthCheck, given, settings

from archdsl.diagnostics.render import render
from archdsl.testing import recipes
from archdsl.testing.strategies import plans


def disagreement(case, nodes_of):
    """What the two sides do not agree on, None where they agree."""
    if (case.ran is None) != (case.graph is None):
        run = "runs" if case.ran is not None else f"is refused ({case.refusal})"
        return f"PyTorch: {run}\n{render(case.findings)}\n{case.text}"
    if case.ran is None:
        return None
    inferred, measured = nodes_of(case.graph), case.ran.trace.nodes
    if "output" in case.text:
        # An output written inside a part runs behind that part.
        inferred, measured = sorted(inferred), sorted(measured)
    for mine, theirs in zip(inferred, measured, strict=True):
        if mine != theirs:
            return f"{mine} is inferred, {theirs} runs\n{case.text}"
    return None


def test_on_random_networks(cases, properties):
    wrong = [found for case in cases if (found := disagreement(case, properties.nodes_of))]

    assert wrong == []


@pytest.mark.parametrize("kind", list(recipes.written()))
def test_on_a_layer_alone(alone, properties, kind):
    cases = alone[kind]
    wrong = [found for case in cases if (found := disagreement(case, properties.nodes_of))]

    assert wrong == []
    assert sum(case.ran is not None for case in cases) > 15


@given(plans())
@settings(suppress_health_check=list(HealthCheck))
def test_on_simple_networks(properties, plan):
    case = properties.case_of(plan)

    assert case is None or disagreement(case, properties.nodes_of) is None


def test_refusals_have_a_code_and_a_place(cases):
    refused = [case for case in cases if case.graph is None]

    assert refused
    for case in refused:
        error = next(f for f in case.findings if f.severity == "error")
        assert error.code[:3] in ("E05", "E06", "E04"), case.text
        assert error.span.end > error.span.start
