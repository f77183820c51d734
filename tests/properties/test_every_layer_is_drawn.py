"""Random networks hold every layer of the language, often enough to say something of it."""

from collections import Counter

from archdsl.layers import registry
from archdsl.testing import recipes

LEAST = 25


def test_recipes_exist_for_every_layer():
    assert {*recipes.written(), *recipes.APART} == set(registry.names())


def test_every_layer_is_drawn_often(cases):
    drawn = Counter(kind for case in cases for kind in set(case.plan.kinds()))

    assert {kind: drawn[kind] for kind in recipes.written() if drawn[kind] < LEAST} == {}


def test_every_construct_is_drawn_often(cases):
    words = ("repeat", "for ", "if ", "else", "stage", "share", "output", "when training", "block")
    words += ("when ", "let chain", "from ", " as ", "input1", "axis=", "input.channels", "index")
    drawn = Counter(word for case in cases for word in words if word in case.plan.text())

    assert {word: drawn[word] for word in words if drawn[word] < LEAST} == {}


def test_most_networks_run_and_a_fifth_is_disrupted(cases):
    run = sum(case.ran is not None for case in cases)
    disrupted = sum(case.plan.disrupted for case in cases)

    assert 0.75 < run / len(cases) < 0.98
    assert 0.15 < disrupted / len(cases) < 0.25
