import json
from fractions import Fraction

import pytest

import archdsl
from archdsl.reports.plain import identity, plain
from archdsl.shapes.dim import symbol
from archdsl.values.value import SKIP, ListValue


@pytest.mark.parametrize(
    ("value", "as_json"),
    [
        (True, True),
        (None, None),
        (2**63, 2**63),
        (Fraction(1, 4), 0.25),
        (0.1, 0.1),
        ("same", "same"),
        (ListValue((1, Fraction(1, 2))), [1, 0.5]),
        ((3, (1, 2)), [3, [1, 2]]),
        (symbol("H", 8), "H"),
        (SKIP, "skip"),
    ],
)
def test_values(value, as_json):
    assert plain(value) == as_json
    assert json.loads(json.dumps(plain(value))) == as_json


def test_blocks_and_layers_are_named():
    network = archdsl.loads(
        "block b { relu }\n"
        "network n(unit: block = b, act: layer = relu, chain: block = relu -> tanh) {\n"
        "    input x[1]\n    unit -> act -> chain\n}\n"
    )

    assert identity("n", "f", network.graph)["parameters"] == {
        "unit": "b",
        "act": "relu",
        "chain": "relu -> tanh",
    }


def test_training_outputs_follow_and_say_so():
    network = archdsl.loads(
        "network n {\n    input x[3]\n    input mask[3]: int64 unbatched\n    from x -> linear(4)\n"
        "    output early when training { linear(2) }\n    relu\n}\n"
    )
    found = identity("n", "f", network.graph)

    assert found["inputs"] == [
        {"name": "x", "shape": [3], "dtype": "float32"},
        {"name": "mask", "shape": [3], "dtype": "int64"},
    ]
    assert found["outputs"] == [
        {"name": "output", "shape": [4], "dtype": "float32"},
        {"name": "early", "shape": [2], "dtype": "float32", "training_only": True},
    ]
