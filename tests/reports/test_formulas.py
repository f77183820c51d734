"""What `archc cost --symbolic` prints, and its JSON."""

from pathlib import Path

import pytest

import archdsl
from archdsl.reports import formulas as report

SPECS = Path(__file__).parents[2] / "specs"


def loaded(file, name):
    network = archdsl.load(SPECS / file, name)
    return network.name, f"specs/{file}", network.formulas(), network.legal_inputs


@pytest.mark.parametrize(
    ("file", "name"),
    [("resnet.arch", "resnet50"), ("unet.arch", "unet"), ("captioning.arch", "caption_lstm")],
)
def test_a_spec_for_a_person(golden, file, name):
    golden(report.text(*loaded(file, name)))


def test_sizes_with_the_names_of_others_stay_apart():
    """The number of samples beside a size called `batch`, `h` beside `H`, a size called `h2`."""
    network = archdsl.loads(
        "network n {\n    input x[3, batch = 8, h = 16]\n    input y[3, H = 8, h2 = 6]\n"
        "    from x -> conv(4, 3x3) -> max_pool(1x4) -> global_avg_pool as a\n"
        "    from y -> conv(4, 3x3) -> max_pool(2x1) -> conv(4, 3x3) -> global_avg_pool -> add(a)\n}\n"
    )
    formulas = network.formulas()
    said = report.text("n", "n.arch", formulas, network.legal_inputs)

    assert "memory over batch_\n" in said
    assert "  where  h2a = floor(H/2), h4 = floor(h/4)\n" in said
    sizes = {"batch": 10, "h": 12, "H": 4, "h2": 5}
    plain = archdsl.loads(
        "network n {\n    input x[3, 10, 12]\n    input y[3, 4, 5]\n"
        "    from x -> conv(4, 3x3) -> max_pool(1x4) -> global_avg_pool as a\n"
        "    from y -> conv(4, 3x3) -> max_pool(2x1) -> conv(4, 3x3) -> global_avg_pool -> add(a)\n}\n"
    ).cost(batch=7)
    assert formulas.macs.at(sizes) == plain.macs
    assert formulas.memory.inference_peak.at({**sizes, "batch_": 7}) == plain.memory.inference_peak


def test_json_has_every_formula_and_each_stage():
    found = report.json(*loaded("unet.arch", "unet_same"))

    assert found["symbols"] == {"H": 256, "W": 256}
    assert found["formulas"]["params"] == 31_031_810
    assert found["formulas"]["macs"].startswith("16_252_928*floor(H/16)*floor(W/16) + ")
    assert len(found["formulas"]["memory"]["inference_peak"]) > 1
    assert found["class"]["sizes"] == "H = 16*h, W = 16*w"
    assert found["class"]["macs"] == "188_170_240*h*w"
    assert [stage["path"] for stage in found["stages"]][:2] == ["enc1", "enc2"]
    assert found["stages"][0]["macs"] == "38_592*H*W"
