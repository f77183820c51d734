"""Random networks, grown once for all the relations of this folder.

A seed gives a network: its text, what its run on the CPU came to, and what the compiler makes of
it. `CASES` is how many seeds the ordinary run takes; the slow one takes ten times as many.
"""

from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from archdsl.diagnostics.source import Source
from archdsl.elaborate.elaborate import elaborate
from archdsl.elaborate.program import Program
from archdsl.graph.graph import Graph
from archdsl.layers.definition import Family
from archdsl.testing import oracles, recipes
from archdsl.testing.meanings import Refused
from archdsl.testing.oracles import State, TooLarge
from archdsl.testing.plan import Plan
from archdsl.testing.strategies import plan_of, plans_around

CASES = 2_000
ALONE = 120
"""Networks of one layer, for each kind."""


@dataclass
class Case:
    """A random network; `ran` is None where PyTorch, or the language, refuses it."""

    seed: int
    plan: Plan
    ran: State | None
    refusal: str | None
    graph: Graph | None
    findings: list

    @property
    def text(self):
        return self.plan.text(symbolic=False)


def compiled(text, at=None):
    """The graph of the network `n` of a text, None where it has errors, and the findings."""
    program = Program(None)
    module = program.load(Source("n.arch", text))
    if module is None:
        return None, program.report.sorted()
    result = elaborate(module.networks["n"], at=at)
    program.report.extend(result.report)
    return None if program.report.has_errors else result.value, program.report.sorted()


def case_of(plan, seed=-1):
    """A plan with what both sides make of it; None where it is too large to be worth it."""
    try:
        ran, refusal = oracles.run(plan), None
    except Refused as refused:
        ran, refusal = None, str(refused)
    except TooLarge:
        return None
    graph, findings = compiled(plan.text(symbolic=False))
    return Case(seed, plan, ran, refusal, graph, findings)


@pytest.fixture(scope="session")
def properties():
    """What the tests of this folder share."""
    return SimpleNamespace(
        case_of=case_of, compiled=compiled, nodes_of=nodes_of, layers_of=layers_of
    )


@pytest.fixture(scope="session")
def cases(request):
    """The networks of the ordinary run, with a count of how often each layer was drawn."""
    import torch

    torch.set_num_threads(1)
    count = CASES * (10 if request.config.getoption("--slow") else 1)
    found = [case for seed in range(count) if (case := case_of(plan_of(seed), seed)) is not None]
    drawn = Counter(kind for case in found for kind in set(case.plan.kinds()))
    print(f"\n{len(found)} random networks, {sum(c.ran is not None for c in found)} of them run")
    print(", ".join(f"{kind} {times}" for kind, times in sorted(drawn.items())))
    return found


@pytest.fixture(scope="session")
def alone(request):
    """For each layer the networks that hold it and nothing else."""
    count = ALONE * (10 if request.config.getoption("--slow") else 1)
    found = {}
    for kind in recipes.written():
        made = [case_of(plan) for plan in plans_around(kind, count)]
        found[kind] = [case for case in made if case is not None]
    return found


@pytest.fixture(scope="session")
def running(cases):
    """Those that run on both sides."""
    return [case for case in cases if case.ran is not None and case.graph is not None]


def nodes_of(graph):
    """Kind and output shapes of every node, in order."""
    return [(n.layer.kind, tuple(t.shape for t in n.outputs)) for n in graph.order]


def layers_of(graph):
    """Every node but the inputs, with the types of its operands."""
    for node in graph.order:
        if node.layer.family is not Family.INPUT:
            yield node, [graph.type_of(port) for port in node.inputs]
