"""The closed form of the legal sizes is what the rules say at each size."""

import random
from itertools import product

from archdsl.analysis.legal_inputs import legal_inputs

MOST = 64


def sizes_to_try(graph, choose):
    """Along each symbol every size, and some others."""
    defaults = {s.name: s.default for s in graph.symbols.values()}
    for name in defaults:
        yield from ({**defaults, name: n} for n in range(1, MOST))
    for _ in range(10):
        yield {name: choose.randint(1, MOST) for name in defaults}


def test_on_random_networks(running, properties):
    choose = random.Random(5)
    legal = refused = unknown = 0
    for case in running[::3]:
        graph, _ = properties.compiled(case.plan.text())
        if graph is None or not graph.symbols:
            continue
        found = legal_inputs(graph)
        unknown += bool(found.unknown)
        for sizes in sizes_to_try(graph, choose):
            accepted = found.accepts(**sizes)
            legal += accepted
            refused += not accepted
            assert found.contains(sizes) == accepted, f"{sizes}: {found.text}\n{case.plan.text()}"
    print(f"\n{legal} legal sizes, {refused} refused, {unknown} networks without a closed form")

    assert legal > 5000
    assert refused > 3000


def test_the_smallest_is_the_smallest(running, properties):
    compared = 0
    for case in running[::3]:
        graph, _ = properties.compiled(case.plan.text())
        if graph is None or not 1 <= len(graph.symbols) <= 2:
            continue
        found = legal_inputs(graph)
        least = found.smallest
        assert least is not None
        assert found.contains(least)
        side = max(least.values())
        if side > 24:
            continue
        compared += 1
        for each in product(range(1, side + 1), repeat=len(least)):
            sizes = dict(zip(least, each, strict=True))
            if found.contains(sizes):
                assert max(each) == side, case.plan.text()
    assert compared > 50
