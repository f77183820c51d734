"""Verification: what agrees, and that every kind of planted fault is noticed."""

import gc
import json
from types import SimpleNamespace

import pytest

import archdsl
from archdsl.cli.main import main
from archdsl.layers.convolution import Conv
from archdsl.layers.definition import Operations, Saved, Weight
from archdsl.layers.linear import Linear
from archdsl.layers.normalisation import BatchNorm
from archdsl.layers.pooling import MaxPool
from archdsl.layers.regularisation import Dropout
from archdsl.testing import verify as module
from archdsl.testing.verification import Agreement, Verification
from archdsl.testing.verify import verify

torch = pytest.importorskip("torch")

TEXT = """
block unit(width) {
    add {
        | conv(width, 3x3, bias=false) -> batch_norm -> relu -> conv(width, 3x3)
        | conv(width, 1x1)
    }
    relu
}
network n {
    input image[3, H = 12, W = 12]
    repeat 2 { unit(8) }
    output aux when training { global_avg_pool -> linear(3) }
    concat { | gelu | max_pool(3x3, stride=1, padding=1) }
    dropout(0.5) -> global_avg_pool -> linear(5) as fc
}
"""


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def differing(found):
    return [c.subject for c in found.comparisons if c.agreement is Agreement.DIFFERS]


def test_every_comparison_of_a_sound_network_agrees():
    found = verify(archdsl.loads(TEXT))

    assert found.agrees
    assert {c.agreement for c in found.comparisons} == {Agreement.AGREES}
    assert [c.subject for c in found.comparisons] == [
        "nodes' shapes",
        "parameters",
        "buffers",
        "MACs",
        "state-dict keys",
        "bytes kept for backward",
        "initialisation",
        "outputs in evaluation",
        "outputs in training",
        "gradients in training",
        "buffers in training",
    ]


def test_figures_are_shown_on_both_sides():
    found = verify(archdsl.loads(TEXT))
    measured = {c.subject: c.measured for c in found.comparisons}

    assert measured["parameters"] == archdsl.loads(TEXT).cost().params
    assert measured["MACs"] == archdsl.loads(TEXT).cost().macs


# Faults of the definitions


def grown(make):
    """An `output` whose height is one more."""

    def output(self, x):
        y = make(self, x)
        return y.with_dims(y.dims[0], y.dims[1] + 1, *y.dims[2:])

    return output


@pytest.mark.parametrize(
    ("layer", "method", "replace", "subject"),
    [
        (Dropout, "output", grown, "nodes' shapes"),
        (Conv, "operations", lambda _make: lambda _self, _x, _y: Operations(1), "MACs"),
        (
            Linear,
            "operations",
            lambda make: lambda self, x, y: Operations(make(self, x, y).macs + 1),
            "MACs",
        ),
        (Linear, "weights", lambda make: lambda self, x: make(self, x)[:1], "state-dict keys"),
        (
            Linear,
            "weights",
            lambda make: (
                lambda self, x: (Weight("weight", (x.features, self.out)), *make(self, x)[1:])
            ),
            "state-dict keys",
        ),
        (
            BatchNorm,
            "weights",
            lambda make: lambda self, x: make(self, x)[::-1],
            "state-dict keys",
        ),
        (
            MaxPool,
            "saved",
            lambda _make: lambda _self, _x, _y: Saved((0,)),
            "bytes kept for backward",
        ),
        (
            Conv,
            "saved",
            lambda _make: lambda _self, _x, _y: Saved((0,), fixed_bytes=4),
            "bytes kept for backward",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_wrong_prediction_is_noticed(monkeypatch, layer, method, replace, subject):
    monkeypatch.setattr(layer, method, replace(getattr(layer, method)))
    found = verify(archdsl.loads(TEXT))

    assert not found.agrees
    assert subject in differing(found)
    assert subject in found.text()


# Faults of the emission


def altered(change):
    """A `build` whose modules style has been changed."""
    build = module.build

    def changed(graph, style, **options):
        made = build(graph, style, **options)
        if style == "modules":
            change(made)
        return made

    return changed


def around(made, change):
    forward = made.forward
    made.forward = lambda *inputs: change(forward(*inputs), made.training)


def off_by_little(made):
    around(made, lambda out, _training: out if isinstance(out, dict) else out * (1 + 1e-7))


def off_in_training(made):
    around(made, lambda out, training: {k: v * 2 for k, v in out.items()} if training else out)


def another_order(made):
    first = next(iter(made._modules))
    made._modules[first] = made._modules.pop(first)


def one_key_more(made):
    made.register_buffer("extra", torch.zeros(3))


def one_weight_off(made):
    with torch.no_grad():
        made.fc.bias[0] += 1


def detached(made):
    made.fc.register_forward_pre_hook(lambda _, inputs: (inputs[0].detach(),))


def no_statistics(made):
    for part in made.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = 0.2


def cannot_run(made):
    made.fc = torch.nn.Linear(3, 5)


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (off_by_little, "outputs in evaluation"),
        (off_in_training, "outputs in training"),
        (another_order, "initialisation"),
        (one_key_more, "initialisation"),
        (one_weight_off, "initialisation"),
        (detached, "gradients in training"),
        (no_statistics, "buffers in training"),
        (cannot_run, "running the emitted modules"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_wrong_code_is_noticed(monkeypatch, change, subject):
    monkeypatch.setattr(module, "build", altered(change))
    found = verify(archdsl.loads(TEXT))

    assert not found.agrees
    assert subject in differing(found)


# Where PyTorch copies as it likes


def test_what_reads_a_permuted_value_is_left_out_and_counted():
    text = (
        "network n { input x[4, 6, 8]\nrelu -> permute(1, 2, 0) -> conv(4, 3x3) -> conv(2, 1x1) }"
    )
    found = {c.subject: c for c in verify(archdsl.loads(text)).comparisons}
    kept = found["bytes kept for backward"]

    assert kept.agreement is Agreement.AGREES
    assert kept.remark == "1 of 5 nodes left out: what they read is not contiguous"


# Size


def test_what_would_need_too_much_memory_is_not_run_and_says_so(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    found = verify(archdsl.loads(TEXT))
    by_subject = {c.subject: c for c in found.comparisons}

    assert found.agrees
    assert by_subject["MACs"].agreement is Agreement.AGREES
    assert by_subject["training"].agreement is Agreement.NOT_RUN
    assert "--allow-large" in by_subject["training"].details[0]
    assert (
        verify(archdsl.loads(TEXT), allow_large=True).comparisons[-1].agreement is Agreement.AGREES
    )


def test_a_network_of_four_terabytes_is_verified_without_data():
    text = "network n { input x[1_000_000]\nlinear(1_000_000) }"
    found = verify(archdsl.loads(text))

    assert {c.subject: c.measured for c in found.comparisons}["parameters"] == 10**12 + 10**6
    assert found.agrees


# The report


def test_text_and_json_say_the_same():
    found = Verification("n", "n.arch")
    found.compare("MACs", 1_000, 1_000, remark="1 node left out")
    found.compare("keys", 3, 4, tuple(f"key{i}" for i in range(12)))
    found.not_run("training", "too large")

    assert found.text() == (
        "n (n.arch): NOT as predicted\n"
        "  MACs      1,000\n"
        "            1 node left out\n"
        "  keys      DIFFERS: 3 predicted, 4 measured\n"
        + "".join(f"            key{i}\n" for i in range(8))
        + "            ... and 4 more\n"
        "  training  not run\n"
        "            too large\n"
    )
    assert found.json()["agrees"] is False
    assert [c["agreement"] for c in found.json()["comparisons"]] == ["agrees", "differs", "not run"]


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.arch").write_text(TEXT)

    assert main(["verify", "n.arch"]) == 0
    assert capsys.readouterr().out.startswith("n (n.arch): as predicted\n")
    assert main(["verify", "n.arch", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format_version"] == 1
    assert document["networks"][0]["agrees"] is True


def test_a_difference_ends_the_command_with_1(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.arch").write_text(TEXT)
    monkeypatch.setattr(module, "build", altered(one_weight_off))

    assert main(["verify", "n.arch"]) == 1
    assert "DIFFERS" in capsys.readouterr().out


def test_a_text_with_errors_ends_the_command_with_1(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.arch").write_text(TEXT.replace("linear(5)", "linaer(5)"))

    assert main(["verify", "n.arch"]) == 1
    assert "E0401" in capsys.readouterr().err


@pytest.mark.slow
def test_every_spec():
    for network in archdsl.check("zoo").networks:
        found = verify(network)

        assert found.agrees, found.text()
        assert all(c.agreement is Agreement.AGREES for c in found.comparisons)


@pytest.mark.parametrize("name", ["lenet5_1998", "lenet5", "lenet_caffe", "resnet18_cifar_stem"])
def test_small_specs(name):
    found = verify(archdsl.load("zoo", name))

    assert found.agrees, found.text()


def test_any_network_will_do():
    graph = archdsl.loads(TEXT).graph

    assert verify(SimpleNamespace(name="n", file="n.arch", graph=graph)).agrees


@pytest.mark.filterwarnings("ignore")
def test_nothing_of_a_network_stays_behind():
    """A folder of large networks is verified in the memory of one."""
    network = archdsl.loads(
        "network n {\n    input x[3, H = 8, W = 8]\n    conv(1013, 1x1) -> relu -> batch_norm -> relu\n}\n"
    )
    verify(network)
    gc.collect()

    alive = [o for o in gc.get_objects() if type(o) in (torch.Tensor, torch.nn.Parameter)]
    assert [tuple(tensor.shape) for tensor in alive if 1013 in tensor.shape] == []
