"""What `archc why` prints, and its JSON."""

from pathlib import Path

import pytest

import archdsl
from archdsl.reports import why as report

SPECS = Path(__file__).parents[2] / "specs"

ASKED = {
    "shape": ("resnet.arch", "resnet50", "conv3[0].conv2.shape"),
    "macs": ("mobilenet_v1.arch", "mobilenet_v1", "macs"),
    "params": ("googlenet.arch", "googlenet", "inception3.a.params"),
    "condition": ("unet.arch", "unet_same", "H % 16 == 0"),
    "pinned": ("vgg.arch", "vgg16", "H"),
    "lstm": ("captioning.arch", "caption_lstm", "language.lstm1.macs"),
}


def asked(file, name, question):
    network = archdsl.load(SPECS / file, name)
    return network.file, network.why(question)


@pytest.mark.parametrize("what", ASKED)
def test_for_a_person(golden, what):
    golden(report.text(*asked(*ASKED[what])))


def test_as_an_exercise(golden):
    golden(report.text(*asked(*ASKED["shape"]), quiz=True))


def test_no_answer_stands_in_an_exercise():
    """The results are nowhere above the line from which on they are given."""
    file, found = asked("resnet.arch", "resnet50", "conv3[0].conv2.macs")
    said, _, answers = report.text(file, found, quiz=True).partition("\nanswers\n")

    assert "115_605_504" not in said
    assert "= 28" not in said
    assert "  (1) 115_605_504\n" in answers


def test_json():
    file, found = asked("resnet.arch", "resnet50", "conv1.conv1.macs")
    document = report.json("resnet50", file, "conv1.conv1.macs", found)
    (macs,) = document["derivations"]

    assert macs["value"] == 118_013_952
    assert macs["formula"] == "C_out*H_out*W_out*C_in*kernel*kernel"
    assert [part["name"] for part in macs["parts"]] == [
        "C_out", "H_out", "W_out", "C_in", "kernel",
    ]  # fmt: skip
    assert macs["parts"][3]["origin"] == "of the input image"
    assert macs["line"] == 17
