import json

import pytest

pytestmark = pytest.mark.usefixtures("here")


def test_several_networks(archc):
    ran = archc("expand", "two.arch")

    assert ran.status == 0
    assert ran.err == ""
    assert ran.out.count("# network ") == 2


def test_json(archc):
    ran = archc("expand", "small.arch", "--format", "json")
    (network,) = json.loads(ran.out)["networks"]

    assert [node["path"] for node in network["nodes"]] == [
        "input.image",
        "body.conv1",
        "body.relu1",
        "global_avg_pool1",
        "linear1",
    ]
    conv = network["nodes"][1]
    assert conv["call"] == "conv(4, 3x3)"
    assert conv["arguments"]["padding"] == "same"
    assert conv["inputs"] == ["input.image"]
    assert conv["outputs"] == [
        {"shape": [4, 8, 8], "symbolic": ["4", "H", "W"], "dtype": "float32", "batched": True}
    ]
    assert conv["line"] == 4
    assert [region["kind"] for region in network["regions"]] == ["network", "stage"]


def test_errors(archc):
    ran = archc("expand", "broken.arch")

    assert ran.status == 1
    assert ran.out == ""
    assert ran.err.startswith("broken.arch:3:5: error[E0401]: ")
