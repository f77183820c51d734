import pytest

import archdsl
from archdsl.analysis.legal_inputs import legal_inputs


def network(body, head="input image[3, H = 32, W = 32]"):
    return archdsl.loads(f"network n {{\n    {head}\n    {body}\n}}\n")


def texts(body, **options):
    return [c.text for c in legal_inputs(network(body, **options).graph).conditions]


def test_what_holds_for_every_size_is_no_condition():
    assert texts("conv(8, 3x3, stride=2) -> max_pool(3x3, stride=2, padding=1)") == []


def test_the_highest_bound_stands_for_all():
    assert texts("max_pool(2x2) -> max_pool(2x2) -> conv(8, 3x3, padding=valid)") == [
        "H >= 12",
        "W >= 12",
    ]


@pytest.mark.parametrize("later_is_higher", [True, False])
def test_the_bound_is_exact(later_is_higher):
    body = "conv(8, 7x7, stride=3, padding=valid) -> conv(8, 3x3, padding=valid)"
    if not later_is_higher:
        body = "conv(8, 13x13, padding=valid)"
    found = network(body)

    assert [c.text for c in found.legal_inputs.conditions] == ["H >= 13", "W >= 13"]
    assert found.legal_inputs.accepts(H=13, W=13)
    assert not found.legal_inputs.accepts(H=12, W=13)


@pytest.mark.parametrize(
    "body",
    [
        "max_pool(3x3, stride=2, ceil_mode=true) -> conv(4, 4x4, padding=valid)",
        "upsample(3) -> conv(4, 11x11, padding=valid)",
        "conv_transpose(4, 2x2, stride=2) -> max_pool(5x5) -> conv(4, 3x3, padding=valid)",
        "pad(-3) -> max_pool(2x2)",
    ],
)
def test_the_least_size_is_legal_and_none_below(body):
    legal = network(body).legal_inputs
    least = {c.symbols[0]: int(c.text.split(" >= ")[1]) for c in legal.conditions}

    assert set(least) == {"H", "W"}
    assert legal.accepts(**least)
    for name, size in least.items():
        assert not legal.accepts(**{**least, name: size - 1})


def test_a_join_asks_for_equal_sides():
    body = "add { | max_pool(2x2) -> upsample(2) | skip }"
    conditions = legal_inputs(network(body).graph).conditions

    assert [c.text for c in conditions if "==" in c.text] == ["H % 2 == 0", "W % 2 == 0"]
    assert {c.relation for c in conditions if "==" in c.text} >= {"2*floor(H/2) == H"}
    assert {c.path for c in conditions if "==" in c.text} == {"add1"}


def test_a_condition_knows_its_symbols_and_place():
    (condition,) = [
        c
        for c in network("flatten -> linear(2)").legal_inputs.conditions
        if c.text == "3*H*W == 3072"
    ]

    assert condition.symbols == ("H", "W")
    assert condition.path == "linear1"
    assert condition.span.text.startswith("linear")


def test_a_size_is_legal_when_it_runs_with_the_same_weights():
    legal = network("max_pool(4x4) -> flatten -> linear(2)").legal_inputs

    assert legal.accepts()
    assert legal.accepts(H=35, W=33)
    assert legal.accepts(H=16, W=64)
    assert not legal.accepts(H=36)
    assert not legal.accepts(H=3, W=32)


def test_what_only_training_asks_for_is_left_out():
    legal = network(
        "conv(4, 3x3)\n    output early when training { flatten -> linear(2) }\n    relu"
    ).legal_inputs

    assert legal.accepts(H=5, W=9)


@pytest.mark.parametrize("sizes", [{"h": 3}, {"H": 0}, {"H": -1}])
def test_sizes_that_are_none_are_refused(sizes):
    with pytest.raises(ValueError, match="size"):
        network("relu").legal_inputs.accepts(**sizes)


def test_accepts_agrees_with_elaboration():
    text = (
        "network n {\n    input image[2, H = 23, W = 23]\n"
        "    conv(4, 5x5, stride=2, padding=1) -> max_pool(3x3, ceil_mode=true)\n"
        "    add { | conv(4, 2x2, stride=2, padding=1) -> upsample(2) -> pad(-1) | conv(4, 3x3, padding=1) }\n"
        "}\n"
    )
    legal = archdsl.loads(text).legal_inputs
    verdicts = set()
    for side in range(1, 48):
        try:
            archdsl.loads(text, at={"H": side, "W": 23})
        except archdsl.DiagnosticError:
            runs = False
        else:
            runs = True
        assert legal.accepts(H=side) == runs, side
        verdicts.add(runs)
    assert verdicts == {True, False}
