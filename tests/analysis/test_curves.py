"""Figures over a range of sizes: those of the network at each legal one."""

import pytest

import archdsl
from archdsl.analysis.curves import MOST_POINTS, curve

TEXT = (
    "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) as wide -> max_pool(4x4)\n"
    "    conv_transpose(8, 4x4, stride=4) -> concat(wide)\n}\n"
)


def curve_of(*names, low=1, high=64, batch=1):
    network = archdsl.loads(TEXT)
    return curve(network.formulas(), network.legal_inputs, names, low, high, batch)


@pytest.mark.parametrize("names", [("H",), ("H", "W")])
def test_the_figures_are_those_at_each_size(names):
    found = curve_of(*names, batch=2)

    assert found.sizes == tuple(range(4, 65, 4))
    for size, macs, peak in zip(found.sizes, found.macs, found.peak, strict=True):
        cost = archdsl.loads(TEXT, at=dict.fromkeys(names, size)).cost(batch=2)
        assert (cost.macs, cost.memory.inference_peak) == (macs, peak)


def test_a_long_range_keeps_both_ends():
    found = curve_of("H", low=4, high=40_000)

    assert len(found.sizes) <= MOST_POINTS + 1
    assert (found.sizes[0], found.sizes[-1]) == (4, 40_000)


def test_a_range_without_legal_sizes_is_empty():
    assert curve_of("H", low=1, high=3).sizes == ()
