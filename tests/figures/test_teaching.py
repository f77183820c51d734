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
