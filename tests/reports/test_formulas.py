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
