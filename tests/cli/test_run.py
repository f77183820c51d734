import json

import pytest

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.usefixtures("here")


def ran(archc, *words):
    done = archc("run", *words, "--format", "json")
    assert done.status == 0, done.err
    return json.loads(done.out)["networks"][0]["run"]


def test_shapes_time_and_memory(archc):
    done = archc("run", "small.arch")

    assert done.status == 0
    assert done.err == ""
    lines = done.out.splitlines()
    assert lines[0].startswith("small  (small.arch)  modules, float32, cpu, ")
    assert "[1, 3, 8, 8]" in lines[1]
    assert "[1, 10]" in lines[2]
    assert "162" in lines[3]
    assert "inference" in done.out
    assert "training" not in done.out


def test_json(archc):
    found = ran(archc, "small.arch", "--batch", "4")

    assert found["batch"] == 4
    assert found["inputs"] == [{"name": "image", "shape": [4, 3, 8, 8], "dtype": "float32"}]
    assert found["outputs"] == [{"name": "output", "shape": [4, 10], "dtype": "float32"}]
    assert found["params"] == 162
    assert found["inference"]["seconds"] > 0
    assert found["training"] is None


def test_a_training_step(archc):
    assert ran(archc, "small.arch", "--train")["training"]["seconds"] > 0
    assert "training step" in archc("run", "small.arch", "--train").out


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_styles(archc, style):
    assert ran(archc, "small.arch", "--style", style)["style"] == style


def test_dtypes(archc):
    assert ran(archc, "small.arch", "--dtype", "float64")["outputs"][0]["dtype"] == "float64"


def test_arguments_and_sizes(archc):
    found = ran(archc, "small.arch", "-D", "classes=17", "--at", "H=12")

    assert found["inputs"][0]["shape"] == [1, 3, 12, 8]
    assert found["outputs"][0]["shape"] == [1, 17]


@pytest.mark.parametrize("device", ["nowhere", "cuda:99"])
def test_a_device_that_is_missing(archc, device):
    done = archc("run", "small.arch", "--device", device)

    assert done.status == 3
    assert done.out == ""
    assert done.err.startswith("archc: small: ")
    assert done.err.count("\n") == 1


def test_what_needs_too_much_memory_is_not_built(archc, here):
    (here / "large.arch").write_text(
        "network n {\n    input x[1_000_000]\n    linear(1_000_000)\n}\n"
    )
    done = archc("run", "large.arch")

    assert done.status == 1
    assert done.out == ""
    assert "GiB" in done.err
    assert "--allow-large" in done.err


@pytest.mark.parametrize(
    "option", [("--batch", "0"), ("--batch", "x"), ("--seed", "-1"), ("--seed", "9" * 30)]
)
def test_what_is_no_number_is_usage(archc, option):
    done = archc("run", "small.arch", *option)

    assert done.status == 2
    assert done.err.startswith(f"archc: {option[0]} takes a whole number")
