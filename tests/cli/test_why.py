import json

import pytest

pytestmark = pytest.mark.usefixtures("here")


def test_a_layer(archc):
    ran = archc("why", "small.arch", "body.conv1.params")

    assert ran.status == 0
    assert ran.out == (
        "body.conv1.params = weight + bias = 108 + 4 = 112   line 4\n"
        "├─ weight = out*C_in*kernel*kernel = 4*3*3*3 = 108   line 4\n"
        "│  ├─ out = 4   line 4\n"
        "│  ├─ C_in = 3   of the input image, line 3\n"
        "│  └─ kernel = 3   line 4\n"
        "└─ bias = out = 4   line 4\n"
    )


def test_an_exercise(archc):
    ran = archc("why", "small.arch", "body.conv1.params", "--quiz", "--depth", "1")

    assert ran.out == (
        "body.conv1.params = weight + bias = ____ (1)   line 4\n"
        "├─ weight = out*C_in*kernel*kernel = ____ (2) ...   line 4\n"
        "└─ bias = out = 4 ...   line 4\n"
        "\n"
        "answers\n"
        "  (1) 112\n"
        "  (2) 108\n"
    )


def test_json(archc):
    ran = archc("why", "small.arch", "body.shape", "--format", "json")
    (asked,) = json.loads(ran.out)["networks"]

    assert asked["question"] == "body.shape"
    assert asked["derivations"][0]["value"] == "[4, 8, 8]"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["small.arch", "body.conv2.macs"], "archc: nothing in small has the path `body.conv2`"),
        (["two.arch", "macs"], "archc: 2 networks cannot be asked at once: name one of one, two"),
        (
            ["small.arch", "macs", "--depth", "x"],
            "archc: --depth takes a whole number from 1 to 99",
        ),
        (["small.arch", "macs", "--quiz", "--format", "json"], "archc: --quiz is text"),
    ],
)
def test_usage(archc, words, said):
    ran = archc("why", *words)

    assert ran.status == 2
    assert ran.err.startswith(said)
    assert ran.out == ""


def test_errors(archc):
    ran = archc("why", "broken.arch", "macs")

    assert ran.status == 1
    assert ran.err.startswith("broken.arch:3:5: error[E0401]: ")
