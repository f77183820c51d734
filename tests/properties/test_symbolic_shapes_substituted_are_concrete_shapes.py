"""Shapes over symbols say at every size what the rules say of plain numbers at that size."""

import random

from archdsl.shapes.condition import AtLeast
from archdsl.shapes.dim import substitute

STRUCTURE = {"E0515", "E0617"}
"""A size where a number is wanted: text with symbols says no more than that."""


def shapes_at(graph, sizes):
    return [
        tuple(tuple(substitute(d, sizes) for d in type.dims) for type in node.outputs)
        for node in graph.order
    ]


def holds_at(condition, sizes):
    if isinstance(condition, AtLeast):
        return substitute(condition.value, sizes) >= substitute(condition.bound, sizes)
    return substitute(condition.left, sizes) == substitute(condition.right, sizes)


def symbolic(case, properties):
    """The graph over symbols, None where the text asks for a number that is none."""
    graph, findings = properties.compiled(case.plan.text())
    if graph is None and {f.code for f in findings if f.severity == "error"} <= STRUCTURE:
        return None
    assert graph is not None, f"{[f.message for f in findings]}\n{case.plan.text()}"
    return graph


def test_at_the_defaults(running, properties):
    compared = 0
    for case in running:
        graph = symbolic(case, properties)
        if graph is None or not graph.symbols:
            continue
        compared += 1
        defaults = {s.name: s.default for s in graph.symbols.values()}
        plain = [tuple(t.shape for t in node.outputs) for node in case.graph.order]

        assert shapes_at(graph, defaults) == plain, case.plan.text()
        assert all(holds_at(r.condition, defaults) for r in graph.requirements)
    print(f"\n{compared} networks with symbols")

    assert compared > 0.4 * len(running)


def test_at_other_sizes_where_the_conditions_hold(running, properties):
    choose = random.Random(0)
    legal = refused = 0
    for case in running:
        graph = symbolic(case, properties)
        if graph is None or not graph.symbols:
            continue
        for _ in range(3):
            sizes = {
                s.name: choose.choice((s.default + choose.randint(-3, 9), choose.randint(1, 40)))
                for s in graph.symbols.values()
            }
            if min(sizes.values()) < 1:
                continue
            holds = all(holds_at(r.condition, sizes) for r in graph.requirements)
            plain, findings = properties.compiled(case.plan.text(), at=sizes)
            if holds:
                legal += 1
                assert plain is not None, (
                    f"{sizes}\n{[f.message for f in findings]}\n{case.plan.text()}"
                )
                expected = [tuple(t.shape for t in node.outputs) for node in plain.order]
                assert shapes_at(graph, sizes) == expected, f"{sizes}\n{case.plan.text()}"
            elif plain is None:
                refused += 1
    print(f"\n{legal} sizes at which the conditions hold, {refused} refused")

    assert legal > 500
    assert refused > 200
