"""What a CUDA device runs is what the CPU runs. Skipped where there is none."""

import copy
import json
from pathlib import Path

import pytest

import archdsl

torch = pytest.importorskip("torch")
if not torch.cuda.is_available():
    pytest.skip("there is no CUDA device", allow_module_level=True)

SPECS = Path(__file__).parents[2] / "specs"
NETWORKS = [
    ("lenet", "lenet5_1998"),
    ("alexnet", "alexnet_2012"),
    ("vgg", "vgg11_bn"),
    ("resnet", "resnet34_option_a"),
    ("resnet", "resnet50"),
]


@pytest.fixture(autouse=True)
def _exact(monkeypatch):
    """Full float32 in products, and the same kernels on every call."""
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)


def image_for(network, seed=1):
    drawn = torch.Generator().manual_seed(seed)
    return torch.randn(2, *network.inputs[0].shape, generator=drawn)


@pytest.mark.parametrize(("file", "name"), NETWORKS)
def test_a_seed_gives_the_weights_and_outputs_of_the_cpu(file, name):
    network = archdsl.load(SPECS / f"{file}.arch", name)
    here = network.compile(seed=0).eval()
    there = network.compile(device="cuda", seed=0).eval()
    image = image_for(network)

    assert {t.device.type for t in there.state_dict().values()} == {"cuda"}
    for key, tensor in here.state_dict().items():
        assert torch.equal(tensor, there.state_dict()[key].cpu()), key
    with torch.inference_mode():
        expected, found = here(image), there(image.cuda())
    torch.testing.assert_close(found.cpu(), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("file", "name"), NETWORKS)
def test_both_styles_agree_to_the_bit(file, name):
    network = archdsl.load(SPECS / f"{file}.arch", name)
    modules = network.compile(device="cuda", seed=0).eval()
    flat = network.compile(device="cuda", seed=0, style="flat").eval()
    image = image_for(network).cuda()

    with torch.inference_mode():
        assert torch.equal(modules(image), flat(image))


@pytest.mark.parametrize("style", ["modules", "flat"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision(style, dtype):
    network = archdsl.load(SPECS / "resnet.arch", "resnet50")
    model = network.compile(device="cuda", dtype=dtype, seed=0, style=style).eval()

    with torch.inference_mode():
        found = model(image_for(network).cuda().to(getattr(torch, dtype)))
    assert found.dtype == getattr(torch, dtype)
    assert torch.isfinite(found).all()


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_the_whole_graph_is_traced(style):
    network = archdsl.load(SPECS / "resnet.arch", "resnet18")
    model = network.compile(device="cuda", seed=0, style=style).eval()
    image = image_for(network).cuda()

    with torch.inference_mode():
        expected = model(image)
        found = torch.compile(model, fullgraph=True, backend="aot_eager")(image)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_it_trains_and_copies():
    network = archdsl.load(SPECS / "resnet.arch", "resnet18_cifar_stem")
    model = network.compile(device="cuda", seed=0).train()
    image = image_for(network).cuda()
    wanted = torch.tensor([1, 7], device="cuda")
    descend = torch.optim.SGD(model.parameters(), lr=0.01)

    def loss():
        return torch.nn.functional.cross_entropy(model(image), wanted)

    before = loss()
    for _ in range(3):
        descend.zero_grad()
        loss().backward()
        descend.step()
    assert loss() < before
    copied = copy.deepcopy(model).eval()
    with torch.inference_mode():
        assert torch.equal(copied(image), model.eval()(image))


def test_run_reports_time_and_memory(archc):
    done = archc(
        "run", f"{SPECS / 'resnet.arch'}::resnet18", "--device", "cuda", "--batch", "2",
        "--train", "--format", "json",
    )  # fmt: skip

    assert done.status == 0, done.err
    found = json.loads(done.out)["networks"][0]["run"]
    assert found["device"].startswith("cuda")
    assert found["outputs"][0]["shape"] == [2, 1000]
    for pass_ in ("inference", "training"):
        assert found[pass_]["seconds"] > 0
        assert found[pass_]["peak_bytes"] > 0
