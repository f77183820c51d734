"""A size is legal exactly where PyTorch on the CPU runs the network on it.

Each spec is run as a copy with few channels, on the diagonal from 1 to 512 and on 512 random pairs,
and whole, as the emitted modules, where its legal sizes begin and end and on random sizes.
"""

import random
from math import prod
from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.cost import cost
from archdsl.analysis.legal_inputs import legal_inputs
from archdsl.backend.module import build
from archdsl.shapes.dim import substitute
from archdsl.shapes.sizes import ALL

torch = pytest.importorskip("torch")

from archdsl.testing.on_sizes import OnCpu, Tries  # noqa: E402
from archdsl.testing.thin import thinned  # noqa: E402

MOST = 512
PARTS = 16
"""The sizes are dealt out to so many tests, each of which forgets what it has run."""
MOST_MACS = 4_000_000_000
"""What a run on a random size may take; where legal sizes begin and end is run at any cost."""
RANDOM_SIZES = 20

SPECS = Path(__file__).parents[2] / "specs"
NETWORKS = [n for n in archdsl.check(SPECS).networks if n.graph.symbols]
CHEAP = [n for n in NETWORKS if n.name in ("lenet5", "squeezenet1_1", "resnet20", "flattened_maps")]


def sets_of(graph):
    """The legal sizes in inference, and in training where that computes more."""
    yield legal_inputs(graph)
    if any(node.training_only for node in graph.order):
        yield legal_inputs(graph, training=True)


# Copies with few channels


@pytest.fixture(scope="module")
def copies():
    torch.set_num_threads(1)
    return [(legal, thinned(n.graph)) for n in NETWORKS for legal in sets_of(n.graph)]


def every_size():
    """The diagonal, then as many pairs; a third symbol counts regions."""
    choose = random.Random(512)
    yield from ((n, n, 2) for n in range(1, MOST + 1))
    for _ in range(MOST):
        yield choose.randint(1, MOST), choose.randint(1, MOST), choose.randint(1, 8)


def disagreements(copies, sizes_to_try):
    """Where the closed form, the rules at a size and the CPU do not all say the same."""
    tries, wrong, counts = Tries(), [], {True: 0, False: 0}
    networks = [(legal, OnCpu(copy, tries)) for legal, copy in copies]
    for each in sizes_to_try:
        for legal, cpu in networks:
            sizes = dict(zip(legal.graph.symbols, each, strict=False))
            refusal = cpu.refusal(sizes, training=legal.training)
            runs = refusal is None
            counts[runs] += 1
            if not legal.contains(sizes) == legal.accepts(**sizes) == runs:
                wrong.append((legal.graph.name, sizes, legal.text, refusal))
    print(f"\n{counts[True]} run, {counts[False]} are refused; {len(tries)} calls of PyTorch")
    return wrong


def test_on_some_sizes(copies):
    assert disagreements(copies, random.Random(7).sample(list(every_size()), 3)) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_on_every_size(copies, part):
    assert disagreements(copies, list(every_size())[part::PARTS]) == []


# Whole networks


def ends(legal):
    """Sizes at which one symbol is where a set begins or ends, and those beside it."""
    defaults = {name: s.default for name, s in legal.graph.symbols.items()}
    found = []
    for box in legal.boxes:
        inside = {name: box.get(name, ALL).smallest for name in defaults}
        if all(defaults[name] in box.get(name, ALL) for name in defaults):
            inside = {**inside, **{n: min(d, 64) for n, d in defaults.items() if d in box}}
        for name in defaults:
            these = box.get(name, ALL)
            at = {these.smallest, these.largest, these.next(these.smallest + 1)}
            near = {end + step for end in at if end is not None for step in (-1, 0, 1)}
            found += [{**inside, name: n} for n in sorted(near) if n >= 1]
    return [dict(each) for each in {tuple(sizes.items()): None for sizes in found}]


def some(legal, choose):
    """Random sizes that are not too dear to run, every other one legal."""
    defaults = {name: s.default for name, s in legal.graph.symbols.items()}
    each = cost(legal.graph).macs / area(defaults)
    most = max(MOST_MACS, 1.1 * each * area(legal.smallest))
    found = []
    while len(found) < RANDOM_SIZES:
        sizes = {name: choose.randint(1, MOST) for name in defaults}
        if len(found) % 2:
            box = legal.boxes[0]
            for name in defaults:
                these = box.get(name, ALL)
                beyond = these.next(max(these.smallest, choose.randint(1, MOST)))
                sizes[name] = these.smallest if beyond is None else beyond
        if each * area(sizes) <= most:
            found.append(sizes)
    return found


def area(sizes):
    return prod(sizes.values())


def shapes_run(graph, module, sizes):
    """The outputs' shapes of a run, None where it is refused."""
    inputs = []
    for value in graph.inputs:
        shape = [substitute(d, sizes) for d in value.type.dims]
        # What has no batch are regions: empty ones, of the first image.
        inputs.append(torch.randn(1, *shape) if value.type.batched else torch.zeros(*shape))
    try:
        with torch.no_grad():
            result = module(*inputs)
    except (RuntimeError, ValueError, IndexError):
        return None
    return [tuple(t.shape) for t in ([result] if torch.is_tensor(result) else result.values())]


def predicted(graph, sizes, training):
    outputs = [o for o in graph.outputs if training or not o.training_only]
    return [tuple(substitute(d, sizes) for d in o.value.type.dims) for o in outputs]


def check_whole(network):
    """A network as it is emitted, on sizes at the ends of its legal sets and on random ones."""
    graph, choose = network.graph, random.Random(network.name)
    module = build(graph, seed=0, weights=False)
    counts = {True: 0, False: 0}
    for legal in sets_of(graph):
        cpu = OnCpu(thinned(graph), Tries())
        module.train(legal.training)
        for part in module.modules():
            if not list(part.children()):
                part.eval()
        for sizes in [*ends(legal), *some(legal, choose)]:
            accepted = legal.accepts(**sizes)
            counts[accepted] += 1
            assert legal.contains(sizes) == accepted, sizes
            ran = shapes_run(graph, module, sizes)
            if accepted:
                assert ran is not None, sizes
                assert [shape[1:] for shape in ran] == predicted(graph, sizes, legal.training)
            else:
                # What PyTorch takes in silence, the copy with few channels knows to be refused.
                silent = cpu.refusal(sizes, training=legal.training)
                assert silent is not None, sizes
                assert ran is None or "are joined" in silent or "nothing" in silent, sizes
    print(f"\n{counts[True]} sizes run, {counts[False]} are refused")


@pytest.mark.parametrize("network", CHEAP, ids=[network.name for network in CHEAP])
def test_cheap_networks_as_they_are_emitted(network):
    check_whole(network)


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS, ids=[network.name for network in NETWORKS])
def test_networks_as_they_are_emitted(network):
    check_whole(network)


# Random networks


def test_on_random_networks(running, properties, request):
    """Alike along all symbols, and at random; the outputs of training too.

    A layer that computes with a product of sizes is for the default one alone: the language refuses
    more than PyTorch does.
    """
    choose, tries = random.Random(9), Tries()
    counts, held = {True: 0, False: 0}, 0
    for case in running[:: 3 if request.config.getoption("--slow") else 12]:
        graph, _ = properties.compiled(case.plan.text())
        if graph is None or not graph.symbols:
            continue
        cpu = OnCpu(graph, tries)
        for legal in sets_of(graph):
            held_here = any("works with" in c.reason for c in legal.conditions)
            held += held_here
            for n in range(1, 25):
                alike = dict.fromkeys(graph.symbols, n)
                pair = {name: choose.randint(1, 40) for name in graph.symbols}
                for sizes in (alike, pair):
                    refusal = cpu.refusal(sizes, training=legal.training)
                    runs = refusal is None
                    counts[runs] += 1
                    said = f"{sizes}: {legal.text}, {refusal}\n{case.plan.text()}"
                    accepted = legal.accepts(**sizes)
                    assert legal.contains(sizes) == accepted, said
                    assert accepted == runs or (held_here and not accepted), said
    print(f"\n{counts[True]} sizes run, {counts[False]} are refused; {len(tries)} calls")
    print(f"{held} networks compute with a product")

    assert counts[True] > 3000
    assert counts[False] > 1000
    assert held < 0.02 * len(running)
