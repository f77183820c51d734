"""What `archc cost` prints, and its JSON."""

from pathlib import Path

import pytest

import archdsl
from archdsl.reports import cost as report

SPECS = Path(__file__).parents[2] / "specs"


def loaded(name):
    file = {"l": "lenet.arch", "r": "resnet.arch"}[name[0]]
    network = archdsl.load(SPECS / file, name)
    return network.name, f"specs/{file}", network.cost()


@pytest.mark.parametrize("by", report.LEVELS)
@pytest.mark.parametrize("name", ["lenet5", "resnet50"])
def test_a_spec_for_a_person(golden, name, by):
    golden(report.text(*loaded(name), by=by))


def rows(body, by, before=""):
    """The lines of a table, its head first, each as its cells."""
    network = archdsl.loads(f"{before}network n {{\n{body}\n}}")
    text = report.text("n", "n.arch", network.cost(), by=by)
    return [line.split() for line in text.split("\n\n")[2].splitlines()]


LOOPS = """
input x[4, H = 8, W = 8]
repeat 2 {
    conv(4, 1x1, bias=false)
    repeat 3 { unit(4) }
    unit(2) -> unit(4)
}
"""
UNIT = "block unit(width) {\n    conv(width, 1x1, bias=false) -> relu\n}\n"


def test_equal_copies_are_one_row_that_holds_their_sum():
    table = rows(LOOPS, "layer", UNIT)

    assert [row[0] for row in table[1:]] == [
        "0-1.conv1",
        "0-1.0-2.conv1",
        "0-1.0-2.relu1",
        "0-1.unit1.conv1",
        "0-1.unit1.relu1",
        "0-1.unit2.conv1",
        "0-1.unit2.relu1",
    ]
    assert " ".join(table[1]) == "0-1.conv1 1×1 conv, 4 × 2 4×8×8 32 2,048 4,096"
    assert " ".join(table[2]) == "0-1.0-2.conv1 1×1 conv, 4 × 6 4×8×8 96 6,144 12,288"


def test_a_call_of_a_block_is_one_row():
    table = rows(LOOPS, "block", UNIT)

    assert [" ".join(row) for row in table[1:]] == [
        "0-1.conv1 1×1 conv, 4 × 2 4×8×8 32 2,048 4,096",
        "0-1.0-2 unit 4 × 6 4×8×8 96 6,144 13,824",
        "0-1.unit1 unit 2 × 2 2×8×8 16 1,024 2,304",
        "0-1.unit2 unit 4 × 2 4×8×8 16 1,024 2,560",
    ]


def test_copies_of_layers_alone_are_one_row():
    body = "input x[3, 8, 8]\nstage s { repeat 3 { conv(3, 1x1) -> batch_norm -> relu } }"
    (_, row) = rows(body, "block")

    assert " ".join(row) == "s.0-2 1×1 conv, 3 × 3 3×8×8 54 1,728 5,760"


def test_copies_that_differ_in_a_rate_are_one_row_with_its_range():
    body = "input x[4, H = 8, W = 8]\nrepeat 2 { repeat 2 as i { dropout((1 + i) / 10) } }"
    _, *found = rows(body, "layer")

    assert [" ".join(row[:5]) for row in found] == ["0-1.0-1.dropout1 dropout 0.1–0.2 × 4"]


def test_copies_that_differ_stand_alone():
    body = "input x[3, 8, 8]\nrepeat 3 { conv(8, 1x1, stride=if first then 2 else 1) }"
    assert [row[0] for row in rows(body, "layer")[1:]] == ["0.conv1", "1-2.conv1"]


def test_stages_stand_below_the_stage_that_holds_them():
    body = """
    input x[3, H = 8, W = 8]
    stage outer {
        stage first { conv(4, 1x1) }
        stage second { conv(4, 1x1) }
        output early { conv(1, 1x1) }
    }
    relu -> conv(2, 1x1)
    """
    text = report.text("n", "n.arch", archdsl.loads(f"network n {{{body}}}").cost())
    table = text.split("\n\n")[2].splitlines()

    assert [line[: line.index("  ", 3)].rstrip() for line in table[1:]] == [
        "outer",
        "  outer.first",
        "  outer.second",
        "early",
        "elsewhere",
    ]
    assert [line.split()[2] for line in table[1:4]] == ["36", "16", "20"]
    # What stands in no stage: 10 weights, 4 comparisons and 2·8 + 2 operations an element.
    assert table[5].split() == ["elsewhere", "10", "512", "1,408"]


def test_an_output_in_a_stage_has_a_row_of_its_own():
    body = """
    input x[3, H = 8, W = 8]
    stage s { conv(4, 1x1)
        output side when training { conv(2, 1x1) } }
    """
    table = rows(body, "stage")

    assert [row[0] for row in table] == ["stage", "s", "side"]
    assert table[2] == ["side", "2×8×8", "10", "0", "0", "0"]


def test_a_network_without_stages_has_no_table_of_them():
    text = report.text("n", "n.arch", archdsl.loads("network n { input x[3]\nrelu }").cost())
    assert text.endswith("bytes\n")
    assert "stage" not in text


def test_the_memory_says_what_it_is_for():
    network = archdsl.loads("network n { input x[3]\nrelu }")
    text = report.text("n", "n.arch", network.cost(batch=1000, dtype="float16"))

    assert "memory                       of 1,000 samples in float16\n" in text
    assert "  peak in inference  12,000  bytes, 11.7 KiB\n" in text


# The JSON

SCHEMA = {
    "name": str,
    "file": str,
    "parameters": dict,
    "inputs": [{"name": str, "shape": [int], "dtype": str}],
    "outputs": [{"name": str, "shape": [int], "dtype": str}],
    "params": int,
    "trainable_params": int,
    "buffers": int,
    "macs": int,
    "flops": int,
    "operations": dict,
    "depth": int,
    "receptive_field": [int],
    "activations": int,
    "memory": {"weights": int, "inference_peak": int, "training_saved": int},
    "stages": [{"name": str, "shape": [int], "params": int, "trainable_params": int, "macs": int}],
    "nodes": [
        {
            "path": str,
            "layer": str,
            "shape": [int],
            "params": int,
            "trainable_params": int,
            "macs": int,
            "line": int,
        }
    ],
}


def fits(value, schema):
    if isinstance(schema, dict):
        return (
            isinstance(value, dict)
            and list(value) == list(schema)
            and all(fits(value[key], inner) for key, inner in schema.items())
        )
    if isinstance(schema, list):
        return isinstance(value, list) and all(fits(item, schema[0]) for item in value)
    return type(value) is schema


@pytest.mark.parametrize("name", ["lenet5", "lenet5_1998", "resnet18", "resnet50"])
def test_the_json_has_its_schema(name):
    found = report.json(*loaded(name))

    assert fits(found, SCHEMA)
    assert sum(found["operations"].values()) == found["flops"]
    assert sum(node["params"] for node in found["nodes"]) == found["params"]
    assert sum(node["macs"] for node in found["nodes"]) == found["macs"]
    assert sum(stage["macs"] for stage in found["stages"]) == found["macs"]


def test_the_json_of_resnet50():
    found = report.json(*loaded("resnet50"))

    assert (found["params"], found["macs"], found["depth"]) == (25557032, 4089184256, 50)
    assert found["parameters"]["classes"] == 1000
    assert found["receptive_field"] == [427, 427]
    assert found["stages"][2] == {
        "name": "conv3",
        "shape": [512, 28, 28],
        "params": 1219584,
        "trainable_params": 1219584,
        "macs": 1027604480,
    }
    (node,) = [node for node in found["nodes"] if node["path"] == "conv3.0.conv1"]
    assert node["layer"] == "conv"
    assert node["shape"] == [128, 56, 56]


def test_the_json_says_which_outputs_are_of_training():
    text = "network n { input x[3]\noutput side when training { linear(2) }\nrelu }"
    found = report.json("n", "n.arch", archdsl.loads(text).cost())

    assert found["outputs"] == [
        {"name": "output", "shape": [3], "dtype": "float32"},
        {"name": "side", "shape": [2], "dtype": "float32", "training_only": True},
    ]
    assert found["receptive_field"] is None
