"""Transfer learning from files of weights: what is taken over, what is trained, what stays."""

import shutil
from pathlib import Path

import pytest

import archdsl

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The specs beside a file of weights of ResNet-50, all of whose tensors are random."""
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("specs")
    for name in ("transfer", "resnet", "vgg"):
        shutil.copy(SPECS / f"{name}.arch", folder)
    state = archdsl.load(folder / "resnet.arch", "resnet50").compile(seed=3).state_dict()
    for name, tensor in state.items():
        if name.endswith("running_mean"):
            tensor.uniform_(-0.1, 0.1)
    save_file(state, folder / "resnet50.safetensors")
    return folder


def trained(folder, name):
    """A network before and after a step of training, and which of its tensors the step has changed."""
    module = archdsl.load(folder / "transfer.arch", name).compile(seed=0)
    before = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    module.train()
    image = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    weights = [weight for weight in module.parameters() if weight.requires_grad]
    optimiser = torch.optim.SGD(weights, lr=0.1)
    module(image).square().mean().backward()
    optimiser.step()
    changed = {k for k, t in module.state_dict().items() if not torch.equal(t, before[k])}
    return module, before, changed


def stages(keys):
    return {key.split(".")[0] for key in keys}


@pytest.mark.parametrize(
    ("name", "trains"),
    [
        ("resnet50_new_head", {"head"}),
        ("resnet50_later_layers", {"conv5", "head"}),
        ("resnet50_everything", {"conv1", "conv2", "conv3", "conv4", "conv5", "head"}),
    ],
)
def test_what_is_trained_changes_and_nothing_else(folder, name, trains):
    module, before, changed = trained(folder, name)

    assert stages(changed) == trains
    assert stages(k for k, w in module.named_parameters() if w.requires_grad) == trains
    # The statistics of frozen norms too stay as they were, in training mode.
    frozen = {k for k in before if k.split(".")[0] not in trains}
    assert not changed & frozen
    assert any("running_mean" in key for key in frozen) or name == "resnet50_everything"


def test_all_but_the_new_head_is_taken_from_the_file(folder):
    from safetensors.torch import load_file

    file = load_file(folder / "resnet50.safetensors")
    state = archdsl.load(folder / "transfer.arch", "resnet50_everything").compile().state_dict()

    assert set(state) == set(file)
    assert state["head.fc.weight"].shape == (10, 2048)
    for key, tensor in state.items():
        if not key.startswith("head.fc"):
            assert torch.equal(tensor, file[key]), key


def test_without_the_file_it_is_asked_for():
    network = archdsl.load(SPECS / "transfer.arch", "resnet50_new_head")

    with pytest.raises(archdsl.DiagnosticError, match=r"E0901.*resnet50.safetensors"):
        network.compile()
    assert network.compile(weights=False) is not None


def test_a_pyramid_sees_four_scales():
    module = archdsl.load(SPECS / "transfer.arch", "feature_pyramid").compile(seed=0).eval()
    with torch.no_grad():
        found = module(torch.randn(1, 3, 75, 100))

    assert {name: tuple(value.shape[1:]) for name, value in found.items()} == {
        "p2": (256, 19, 25),
        "p3": (256, 10, 13),
        "p4": (256, 5, 7),
        "p5": (256, 3, 4),
    }
