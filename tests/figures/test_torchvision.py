"""The specs compute what the models of torchvision and timm compute, given the same weights.

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
SIDES = {"alexnet": 224, "vgg": 224, "resnet": 97, "inception": 107, "inception_v3": 299}
SIDE = 65
"""Of the input where neither the network nor its family is named."""


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


def shortcuts_last(model, layers):
    """The layers of each block with those of its shortcut behind the others, as the specs write them.

    Between the branch and its gate is where some modules run the shortcut.
    """
    paths = {module: name for name, module in model.named_modules()}
    blocks = {}
    ordered = []
    for layer in layers:
        block, mark, _ = paths[layer].partition(".downsample")
        if mark:
            blocks.setdefault(block, []).append(layer)
            continue
        for waiting in [b for b in blocks if not paths[layer].startswith(f"{b}.")]:
            ordered += blocks.pop(waiting)
        ordered.append(layer)
    return ordered


def disturb(model, image):
    """Give a network weights under which its outputs depend on the image.

    With the weights that it starts with the image fades from layer to layer, and a mistake in an
    early layer would not be seen. The norms take the statistics of images like the given one.
    """
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            torch.nn.init.kaiming_normal_(module.weight)
    if not norms:
        return
    momentum = norms[0].momentum
    for norm in norms:
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
        torch.nn.init.uniform_(norm.bias, -0.1, 0.1)
        norm.momentum = 1.0
    with torch.no_grad():
        model.train()(torch.cat((image, image.flip(3))))
    for norm in norms:
        norm.momentum = momentum
    model.eval()


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
        ("googlenet", "googlenet"),
        ("inception", "inception_v3"),
        ("wide_resnet", "wide_resnet50_2"),
        ("wide_resnet", "wide_resnet101_2"),
        ("resnext", "resnext50_32x4d"),
        ("resnext", "resnext101_32x8d"),
        ("resnext", "resnext101_64x4d"),
        ("densenet", "densenet121"),
        ("densenet", "densenet161"),
        ("densenet", "densenet169"),
        ("densenet", "densenet201"),
        ("squeezenet", "squeezenet1_0"),
        ("squeezenet", "squeezenet1_1"),
        ("mobilenet_v2", "mobilenet_v2"),
        ("mobilenet_v3", "mobilenet_v3_large"),
        ("mobilenet_v3", "mobilenet_v3_small"),
        ("shufflenet_v2", "shufflenet_v2_x0_5"),
        ("shufflenet_v2", "shufflenet_v2_x2_0"),
        ("efficientnet", "efficientnet_b0"),
        ("efficientnet", "efficientnet_b1"),
        ("efficientnet", "efficientnet_b5"),
        *(
            pytest.param(file, name, marks=pytest.mark.slow)
            for file, name in (
                ("vgg", "vgg13"),
                ("vgg", "vgg19"),
                ("vgg", "vgg11_bn"),
                ("vgg", "vgg13_bn"),
                ("vgg", "vgg16_bn"),
                ("shufflenet_v2", "shufflenet_v2_x1_0"),
                ("shufflenet_v2", "shufflenet_v2_x1_5"),
                ("efficientnet", "efficientnet_b2"),
                ("efficientnet", "efficientnet_b3"),
                ("efficientnet", "efficientnet_b4"),
                ("efficientnet", "efficientnet_b6"),
                ("efficientnet", "efficientnet_b7"),
            )
        ),
    ],
)
def test_outputs_are_torchvisions(models, file, name):
    start = {"init_weights": False} if file in ("googlenet", "inception") else {}
    assert_same_outputs(file, name, lambda: getattr(models, name)(weights=None, **start))


@pytest.mark.parametrize(
    "name", ["fcn_resnet50", pytest.param("fcn_resnet101", marks=pytest.mark.slow)]
)
def test_dense_scores_are_torchvisions(models, name):
    """The other output of the two, for training, is left out on both sides."""
    construct = getattr(models.segmentation, name)
    assert_same_outputs("fcn", name, lambda: construct(weights=None, weights_backbone=None))


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(
    ("file", "name", "model"),
    [
        ("mobilenet_v1", "mobilenet_v1_relu6", "mobilenetv1_100"),
        ("inception", "inception_v4", "inception_v4"),
        ("inception", "inception_resnet_v2", "inception_resnet_v2"),
        ("senet", "se_resnet50", "legacy_seresnet50"),
        ("senet", "se_resnet101", "legacy_seresnet101"),
        ("senet", "se_resnet152", "legacy_seresnet152"),
    ],
)
def test_outputs_are_timms(file, name, model):
    timm = pytest.importorskip("timm")
    assert_same_outputs(file, name, lambda: timm.create_model(model, pretrained=False))


def assert_same_outputs(file, name, construct):
    torch.set_num_threads(1)
    side = SIDES.get(name, SIDES.get(file, SIDE))
    image = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    ours = archdsl.load(SPECS / f"{file}.arch", name).compile(seed=0).eval()
    disturb(ours, image)
    with torch.device("meta"):
        theirs = construct().eval()

    mine = layers_in_order(ours, image)
    yours = shortcuts_last(theirs, layers_in_order(theirs, image.to("meta")))
    assert len(mine) == len(yours)
    for source, target in zip(mine, yours, strict=True):
        target.load_state_dict(source.state_dict(), assign=True)
    with torch.no_grad():
        expected, measured, other = theirs(image), ours(image), ours(image.flip(2))
    expected = expected["out"] if isinstance(expected, dict) else expected

    assert (measured - other).std() > 0.01 * measured.std()
    torch.testing.assert_close(measured, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["efficientnet_b0", "efficientnet_b3"])
def test_branches_drop_at_torchvisions_rates(models, name):
    network = archdsl.load(SPECS / "efficientnet.arch", name)
    with torch.device("meta"):
        theirs = getattr(models, name)(weights=None)

    measured = [n.layer.p for n in network.graph.order if n.layer.kind == "drop_path"]
    expected = [
        block.stochastic_depth.p
        for block in theirs.modules()
        if getattr(block, "use_res_connect", False) and block.stochastic_depth.p > 0
    ]
    assert len(measured) > 5
    assert measured == pytest.approx(expected)
