"""The specs compute what torchvision's models compute, given the same weights.

The weights are paired in the order in which the layers that own them run: the two sides name
them differently. Where torchvision finds no compiled operators for the torch that is
installed, a module `tvshim` that declares them is looked for in the folder that the variable
ARCHDSL_PEERS names.
"""

import importlib
import os
import warnings
from pathlib import Path

import pytest

import archdsl

torch = pytest.importorskip("torch")

SPECS = Path(__file__).parents[2] / "specs"
SIDES = {"alexnet": 224, "vgg": 224, "resnet": 97}


@pytest.fixture(scope="module")
def models():
    folder = os.environ.get("ARCHDSL_PEERS")
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        if folder:
            patch.syspath_prepend(folder)
        try:
            if folder:
                importlib.import_module("tvshim")
            return importlib.import_module("torchvision.models")
        except (ImportError, RuntimeError) as reason:
            pytest.skip(f"torchvision cannot be imported: {reason}")


def layers_in_order(model, image):
    """The modules that own weights themselves, in the order in which they run."""
    order = []

    def note(module, _inputs, _output):
        order.append(module)

    hooks = [
        module.register_forward_hook(note)
        for module in model.modules()
        if next(module.parameters(recurse=False), None) is not None
    ]
    with torch.no_grad():
        model(image)
    for hook in hooks:
        hook.remove()
    return order


def disturb(model):
    """Give the norms statistics and weights that are not those of a fresh network."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.1, 0.1)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("alexnet", "alexnet"),
        ("vgg", "vgg11"),
        ("vgg", "vgg16"),
        ("vgg", "vgg19_bn"),
        ("resnet", "resnet18"),
        ("resnet", "resnet34"),
        ("resnet", "resnet50"),
        ("resnet", "resnet101"),
        ("resnet", "resnet152"),
    ],
)
def test_outputs_are_torchvisions(models, file, name):
    torch.set_num_threads(1)
    ours = archdsl.load(SPECS / f"{file}.arch", name).compile(seed=0).eval()
    disturb(ours)
    with torch.device("meta"):
        theirs = getattr(models, name)(weights=None).eval()
    image = torch.randn(1, 3, SIDES[file], SIDES[file], generator=torch.Generator().manual_seed(1))

    mine = layers_in_order(ours, image)
    yours = layers_in_order(theirs, image.to("meta"))
    assert len(mine) == len(yours)
    for source, target in zip(mine, yours, strict=True):
        target.load_state_dict(source.state_dict(), assign=True)
    with torch.no_grad():
        expected, measured = theirs(image), ours(image)

    assert measured.std() > 0
    torch.testing.assert_close(measured, expected, rtol=1e-5, atol=1e-6)
