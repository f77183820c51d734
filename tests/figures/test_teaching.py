"""What a residual block computes where its branch is zero: the identity, or not."""

from pathlib import Path

import pytest

import archdsl

torch = pytest.importorskip("torch")

SPECS = Path(__file__).parents[2] / "specs"
HE = """
from "std" import bottleneck
network n { input x[16, 6, 6]  bottleneck(4) }
"""
PLAIN = """
network n { input x[16, 6, 6]  add { | conv(16, 3x3) -> relu -> conv(16, 3x3) | skip } -> relu }
"""
PREACTIVATED = """
network n {
    input x[16, 6, 6]
    add { | batch_norm -> relu -> conv(16, 3x3) -> batch_norm -> relu -> conv(16, 3x3) | skip }
}
"""


def with_zero_convolutions(network):
    module = network.compile(seed=0).eval()
    for layer in module.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.zeros_(layer.weight)
            if layer.bias is not None:
                torch.nn.init.zeros_(layer.bias)
    return module


def values(*shape):
    return torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("text", [HE, PLAIN], ids=["he", "without norm"])
def test_with_relu_behind_the_sum_it_is_the_identity_of_what_is_not_negative(text):
    module = with_zero_convolutions(archdsl.loads(text))
    x = values(16, 6, 6)

    assert torch.equal(module(x.abs()), x.abs())
    assert not torch.equal(module(x), x)


def test_preactivated_it_is_the_identity():
    module = with_zero_convolutions(archdsl.loads(PREACTIVATED))
    x = values(16, 6, 6)

    assert torch.equal(module(x), x)


def test_with_the_norm_behind_the_sum_it_is_not():
    module = with_zero_convolutions(archdsl.load(SPECS / "teaching.arch", "residual_block"))
    module.batch_norm1.running_mean.fill_(0.5)
    x = values(64, 4, 4).abs()

    assert torch.equal(module(x), torch.relu(module.batch_norm1(x)))
    assert not torch.allclose(module(x), x, atol=0.1)


def test_three_forms_of_a_block_with_paths_are_one_function():
    """Figure 3 of ResNeXt: paths summed, paths concatenated, and one convolution in groups."""
    a, b, c = (archdsl.load(SPECS / "resnext.arch", f"form_{f}").compile(seed=1) for f in "abc")
    summed = a.state_dict()

    def of_paths(layer):
        return [summed[f"{path}.{layer}.weight"] for path in range(32)]

    for path in range(32):
        for layer in ("conv1", "conv2"):
            b.state_dict()[f"{path}.{layer}.weight"].copy_(summed[f"{path}.{layer}.weight"])
    b.state_dict()["conv1.weight"].copy_(torch.cat(of_paths("conv3"), 1))
    c.state_dict()["conv1.weight"].copy_(torch.cat(of_paths("conv1")))
    c.state_dict()["conv2.weight"].copy_(torch.cat(of_paths("conv2")))
    c.state_dict()["conv3.weight"].copy_(torch.cat(of_paths("conv3"), 1))
    maps = values(256, 14, 14)

    with torch.no_grad():
        expected = a(maps)
        assert (expected - maps.relu()).std() > 0.01
        torch.testing.assert_close(b(maps), expected, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(c(maps), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["resnet18_zero_init", "resnet50_zero_init"])
def test_a_residual_network_can_start_as_its_shortcuts(name):
    """The last norm of each branch starts at zero: what the convolutions make does not matter."""
    module = archdsl.load(SPECS / "resnet.arch", name, at={"H": 33, "W": 33}).compile(seed=0).eval()
    image = values(3, 33, 33)
    with torch.no_grad():
        before = module(image)
        for key, weight in module.state_dict().items():
            if ".conv" in key and "projection" not in key and not key.startswith("conv1."):
                torch.nn.init.kaiming_normal_(weight)

        torch.testing.assert_close(module(image), before)
