"""Residual networks that no library has compute what their papers say, written out by hand."""

from pathlib import Path

import pytest

import archdsl

torch = pytest.importorskip("torch")
F = torch.nn.functional

SPECS = Path(__file__).parents[2] / "specs"


class Written:
    """A forward over the tensors of a network, in evaluation."""

    def __init__(self, tensors):
        self.tensors = tensors

    def conv(self, x, key, stride=1):
        weight = self.tensors[f"{key}.weight"]
        return F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)

    def norm(self, x, key):
        names = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(self.tensors[f"{key}.{name}"] for name in names))

    def norm_relu(self, x, key):
        return F.relu(self.norm(x, key))

    def classes(self, x):
        x = x.mean((2, 3))
        return F.linear(x, self.tensors["head.fc.weight"], self.tensors["head.fc.bias"])

    def has(self, key):
        return f"{key}.weight" in self.tensors


class He(Written):
    """Section 4.2 of the first paper: 6n + 2 layers with the shortcut given, or none."""

    def __init__(self, tensors, shortcut):
        super().__init__(tensors)
        self.shortcut = shortcut

    def __call__(self, x, n):
        x = self.norm_relu(self.conv(x, "conv1.conv1"), "conv1.batch_norm1")
        for stage in range(3):
            for unit in range(n):
                key, stride = f"conv{stage + 2}.{unit}", 2 if stage > 0 and unit == 0 else 1
                y = self.norm_relu(self.conv(x, f"{key}.conv1", stride), f"{key}.batch_norm1")
                y = self.norm(self.conv(y, f"{key}.conv2"), f"{key}.batch_norm2")
                x = F.relu(y + self.shortcut(self, x, key, stride))
        return self.classes(x)


def nothing(_written, _x, _key, _stride):
    return 0


def zeros(_written, x, _key, stride):
    """Option A: every second pixel, zeros for as many channels again behind the old ones."""
    if stride == 1:
        return x
    x = x[:, :, ::2, ::2]
    return torch.cat((x, torch.zeros_like(x)), 1)


def projection(written, x, key, stride):
    if stride == 1:
        return x
    key = f"{key}.projection1"
    return written.norm(written.conv(x, f"{key}.conv1", stride), f"{key}.batch_norm1")


class Preactivated(Written):
    """Norm and activation in front of each convolution, nothing behind the sum.

    Where the shape changes both paths take what is activated, else the shortcut takes the input.
    Of the convolutions of a unit that at `late` has its stride.
    """

    def __call__(self, x, depths, convolutions, late):
        for stage, depth in enumerate(depths):
            for unit in range(depth):
                strides = [1] * convolutions
                strides[late] = 2 if stage > 0 and unit == 0 else 1
                x = self.unit(x, f"conv{stage + 2}.{unit}", strides)
        return self.classes(self.norm_relu(x, "head.batch_norm1"))

    def unit(self, x, key, strides):
        last = len(strides) + 1
        if self.has(f"{key}.conv{last}"):
            y = self.norm_relu(x, f"{key}.batch_norm1") if self.has(f"{key}.batch_norm1") else x
            x = self.conv(y, f"{key}.conv{last}", max(strides))
            if self.has(f"{key}.batch_norm{last + 1}"):
                x = self.norm(x, f"{key}.batch_norm{last + 1}")
        else:
            assert max(strides) == 1
            y = self.norm_relu(x, f"{key}.batch_norm2")
        for k, stride in enumerate(strides, 1):
            if k > 1:
                y = self.norm_relu(y, f"{key}.batch_norm{k + 1}")
            y = self.conv(y, f"{key}.conv{k}", stride)
        return x + y


def settled(file, name, side=32):
    """A network whose outputs depend on the image, in evaluation, and images for it."""
    torch.set_num_threads(1)
    draw = torch.Generator().manual_seed(1)
    module = archdsl.load(SPECS / f"{file}.arch", name).compile(seed=0)
    images = torch.randn(2, 3, side, side, generator=draw)
    for key, tensor in module.state_dict().items():
        if "batch_norm" in key and key.endswith(("weight", "bias")):
            tensor.add_(0.2 * torch.randn(tensor.shape, generator=draw))
    norms = [layer for layer in module.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        module.train()(images)
    return module.eval(), images


def assert_same(module, images, written):
    with torch.no_grad():
        measured = module(images)
        assert (measured[0] - measured[1]).std() > 0.01 * measured.std()
        torch.testing.assert_close(measured, written(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "shortcut"),
    [("plain20", nothing), ("resnet20", zeros), ("resnet20_option_b", projection)],
)
def test_plain_and_residual(name, shortcut):
    module, images = settled("resnet_cifar", name)
    forward = He(module.state_dict(), shortcut)

    assert_same(module, images, lambda x: forward(x, 3))


@pytest.mark.parametrize(
    ("file", "name", "n", "convolutions"),
    [
        ("preact_resnet", "preact_resnet110", 18, 2),
        ("preact_resnet", "preact_resnet164", 18, 3),
        ("wide_resnet", "wrn_40_2", 6, 2),
    ],
)
def test_preactivated(file, name, n, convolutions):
    module, images = settled(file, name)
    forward = Preactivated(module.state_dict())

    assert_same(
        module, images, lambda x: forward(forward.conv(x, "conv1.conv"), [n] * 3, convolutions, 0)
    )


def test_preactivated_for_large_images():
    """The stem ends activated, so that the first unit is not; projections have norms."""
    module, images = settled("preact_resnet", "preact_resnet50", side=64)
    forward = Preactivated(module.state_dict())

    def written(x):
        x = forward.norm_relu(forward.conv(x, "conv1.conv1", 2), "conv1.batch_norm1")
        return forward(F.max_pool2d(x, 3, 2, 1), [3, 4, 6, 3], 3, 1)

    assert_same(module, images, written)
