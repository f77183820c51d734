"""Every kind of layer is told to every counter, and the totals are those that were measured."""

from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.counters import CONVENTIONS, FREE, count
from archdsl.layers import registry

SPECS = Path(__file__).parents[3] / "specs"
TOOLS = ("fvcore", "torchprofile", "thop", "torchinfo", "ptflops", "ptflops-aten")

MEASURED = {
    "resnet50": (
        4_111_512_576, 4_100_300_288, 4_133_742_592, 4_089_238_376, 4_132_436_968, 4_089_185_256,
    ),
    "alexnet": (714_197_696, 714_197_696, 714_206_912, 714_682_664, 716_441_128, 714_682_664),
    "googlenet": (1_504_878_688, 1_501_603_376, 1_511_332_032, 1_498_391_752, None, 1_498_377_192),
    "inception_v3": (5_731_282_144, 5_724_188_032, None, 5_713_251_528, None, 5_713_217_096),
    "densenet121": (2_865_546_752, 2_850_005_760, None, 2_834_246_312, None, 2_834_162_664),
    "mobilenet_v2": (314_193_216, 307_453_664, None, 300_809_384, None, 300_775_272),
    "mobilenet_v3_large": (
        226_033_824, 221_591_992, 234_838_456, 216_621_520, 231_316_416, 216_597_120,
    ),
    "shufflenet_v2_x1_0": (None, 146_859_216, None, 144_925_172, None, 144_908_992),
    "efficientnet_b0": (
        401_659_392, 394_869_216, 415_145_024, 385_867_108, 410_196_896, 385_825_092,
    ),
    "alexnet_2012": (724_406_816, 725_837_888, 724_406_816, 725_066_088, 729_346_320, 725_066_088),
    "dcgan_generator": (
        104_873_984, 428_466_176, 428_834_816, 428_345_216, 105_119_744, 104_628_224,
    ),
    "caption_lstm": (89_137_152, 124_788_736, 124_928_000, 48_068_880, None, None),
}  # fmt: skip
"""What the tools said of torchvision's networks, of the last three with every layer as a module.

None where torchvision calls a pool or an activation as a function, and where a tool takes one input.
"""


def test_no_kind_of_layer_is_forgotten():
    """A new kind is named by a table, or said to be counted by none."""
    named = {kind for each in CONVENTIONS.values() for kind in each.table}

    assert named | FREE == {*registry.names(), "input"}
    assert not named & FREE


@pytest.mark.parametrize("name", MEASURED)
def test_totals_with_every_layer_as_a_module(name):
    graph = archdsl.load(SPECS, name).graph
    for tool, measured in zip(TOOLS, MEASURED[name], strict=True):
        if measured is not None:
            assert count(graph, CONVENTIONS[tool]).total == measured, tool


@pytest.mark.parametrize("name", ["resnet50", "vgg16", "unet_same", "dcgan_discriminator"])
def test_the_flop_counter_counts_two_for_each_mac(name):
    network = archdsl.load(SPECS, name)

    assert count(network.graph, CONVENTIONS["flopcounter"]).total == 2 * network.cost().macs


def test_what_stands_alone_is_a_function_and_in_a_chain_a_module():
    network = archdsl.loads(
        "network n {\n    input x[3, H = 8, W = 8]\n"
        "    stage chain { conv(4, 3x3) -> relu }\n"
        "    stage joined { add { | conv(4, 3x3) -> relu | skip } }\n}\n"
    )
    counted = count(network.graph, CONVENTIONS["ptflops"], network.emit().as_modules)

    assert network.emit().as_modules == {"chain.relu1"}
    assert counted.nodes["chain.relu1"] == 2 * 4 * 8 * 8
    assert counted.nodes["joined.relu1"] == 4 * 8 * 8


def test_what_exists_in_training_alone_is_not_counted():
    network = archdsl.load(SPECS, "googlenet")
    counted = count(network.graph, CONVENTIONS["fvcore"])

    assert not any(path.startswith("aux1") for path in counted.nodes)


def test_kinds_largest_first():
    counted = count(archdsl.load(SPECS, "resnet50").graph, CONVENTIONS["fvcore"])

    assert list(counted.kinds)[:2] == ["conv", "batch_norm"]
    assert sum(found for found, _ in counted.kinds.values()) == counted.total
