"""Formulas of costs, evaluated at a legal size, are the figures at that size."""

import random
from pathlib import Path

import archdsl
from archdsl.analysis.cost import cost, formulas
from archdsl.analysis.legal_inputs import legal_inputs
from archdsl.shapes.formula import NoFormula, at


def figures_at(report, sizes):
    memory = report.memory
    found = [report.macs, report.flops, report.activations]
    found += [memory.inference_peak, memory.training_saved]
    return [report.params, report.buffers, memory.weights, *[at(each, sizes) for each in found]]


def test_on_random_networks(running, properties):
    choose = random.Random(3)
    compared = without = 0
    for case in running:
        graph, _ = properties.compiled(case.plan.text())
        if graph is None or not graph.symbols:
            continue
        try:
            found = formulas(graph)
        except NoFormula:
            without += 1
            continue
        legal = legal_inputs(graph, training=True)
        for _ in range(4):
            sizes = {name: choose.randint(1, 48) for name in graph.symbols}
            if not legal.contains(sizes):
                continue
            plain, _ = properties.compiled(case.plan.text(), at=sizes)
            if plain is None:
                continue
            compared += 1
            batch = choose.randint(1, 5)
            expected = figures_at(cost(plain, batch=batch), {})
            assert figures_at(found, {**sizes, "batch": batch}) == expected, (
                f"{sizes}\n{case.plan.text()}"
            )
    print(f"\n{compared} sizes compared, {without} networks without a formula")

    assert compared > 600
    assert without < 0.05 * len(running)


def test_on_the_collection():
    choose = random.Random(7)
    compared = 0
    for path in sorted((Path(__file__).parents[2] / "specs").glob("*.arch")):
        for network in archdsl.check(path).networks:
            found = network.formulas()
            # Weights of heads that exist in training only count too.
            sizes_of_training = legal_inputs(network.graph, training=True)
            tried = [
                {name: choose.randint(1, 700) for name in network.graph.symbols} for _ in range(60)
            ]
            legal = [s for s in tried if sizes_of_training.contains(s)][:2]
            for sizes in [sizes_of_training.smallest, *legal]:
                compared += 1
                plain = archdsl.load(path, network.name, at=sizes).cost()
                assert figures_at(found, sizes) == figures_at(plain, {}), (network.name, sizes)

    assert compared > 200
