"""Random networks: the same for the same seed, and what is written is what was run."""

from collections import Counter

import pytest

torch = pytest.importorskip("torch")

from archdsl.testing import oracles, plan  # noqa: E402
from archdsl.testing.meanings import Refused  # noqa: E402
from archdsl.testing.strategies import plan_of  # noqa: E402

SEEDS = range(60)


def test_a_seed_gives_the_same_network():
    assert [plan_of(seed).text() for seed in range(10)] == [
        plan_of(seed).text() for seed in range(10)
    ]


def test_seeds_give_different_networks():
    assert len({plan_of(seed).text() for seed in SEEDS}) == len(SEEDS)


def test_what_is_not_disrupted_runs():
    for seed in SEEDS:
        network = plan_of(seed)
        if not network.disrupted:
            assert oracles.run(network).trace.nodes


def test_names_are_declared_once():
    for seed in SEEDS:
        words = plan_of(seed).text().split()
        labels = [words[i + 1] for i, word in enumerate(words) if word == "as"]
        declared = [words[i + 1] for i, w in enumerate(words) if w in ("stage", "share", "output")]

        assert max(Counter(declared).values(), default=1) == 1
        assert all(label.strip(",").isidentifier() for label in labels)


def test_a_disruption_moves_one_number():
    moved = 0
    for seed in range(400):
        network = plan_of(seed)
        if network.disrupted:
            numbers = [n.plus for n in network.numbers()]
            moved += any(n in (-1, 0) or n > 16 for n in numbers)
    assert moved > 20


@pytest.mark.parametrize(
    ("integer", "text", "value"),
    [
        (plan.Int(3), "3", 3),
        (plan.Int(0, "k", 2), "k * 2", 10),
        (plan.Int(-1, "k"), "k - 1", 4),
        (plan.Int(2, "k", 3), "k * 3 + 2", 17),
    ],
)
def test_numbers_are_written_as_they_are_meant(integer, text, value):
    assert integer.text == text
    assert integer.value({"k": 5}) == value


def test_a_plan_is_written_whole():
    network = plan.Plan(
        (plan.Input("x", (plan.Int(3), plan.Int(8)), (None, "L")),),
        (
            plan.Block(
                "b", {"w": None, "k": 3}, [plan.Step("linear", {"out": plan.Int(0, "w")}, 1)]
            ),
            plan.Chain("c", (plan.Step("conv", {"bias": False}), plan.Step("relu")), ("out",)),
        ),
        [
            plan.Call(plan.Block("b", {}, []), {"w": plan.Int(4)}, 0, ("y",)),
            plan.Merge("add", (plan.Path([]), plan.Path([plan.Step("relu")], "p"))),
            plan.Repeat(
                plan.Int(2), [plan.If(plan.Condition(plan.Int(1), ">", plan.Int(0)), [], [])]
            ),
            plan.Output("o", [plan.Step("gelu")], training=True),
            plan.Step(
                "conv", {"out": plan.Int(2), "kernel": plan.Sides((plan.Int(1), plan.Int(3)))}, 2
            ),
        ],
    )

    assert network.text() == (
        "block b(w, k = 3) {\n"
        "    linear(w)\n"
        "}\n"
        "let c = conv(bias=false) -> relu\n"
        "network n {\n"
        "    input x[3, L = 8]\n"
        "    b(w=4) as y\n"
        "    add {\n"
        "        | skip\n"
        "        | p: relu\n"
        "    }\n"
        "    repeat 2 {\n"
        "        if 1 > 0 {\n"
        "        } else {\n"
        "        }\n"
        "    }\n"
        "    output o when training {\n"
        "        gelu\n"
        "    }\n"
        "    conv(2, 1x3)\n"
        "}\n"
    )
    assert "input x[3, 8]" in network.text(symbolic=False)


def test_what_pytorch_refuses_is_refused():
    narrow = plan.Plan(
        (plan.Input("x", (plan.Int(3), plan.Int(2), plan.Int(2)), (None, None, None)),),
        (),
        [plan.Step("conv", {"out": plan.Int(4), "kernel": plan.Int(5), "padding": plan.Int(0)})],
    )

    with pytest.raises(Refused):
        oracles.run(narrow)
