"""Where the paths into a join parted, and when they are alike."""

import pytest

import archdsl
from archdsl.analysis.parting import Parting, parting


def partings(body, head="input image[3, H = 144, W = 144]"):
    network = archdsl.loads(f"network n {{\n    {head}\n    {body}\n}}\n")
    conditions = network.legal_inputs.conditions
    joins = [c for c in conditions if c.symbols == ("H",) and "==" in c.relation]
    return [parting(network.graph, c) for c in joins]


HALVED = "add { | max_pool(2x2) -> upsample(2) | skip }"


def test_it_is_an_input():
    assert partings(HALVED) == [Parting("image", "H", "x % 2 == 0")]


def test_it_is_a_layer():
    assert partings(f"max_pool(2x2) -> relu -> {HALVED}") == [
        Parting("relu1", "floor(H/2)", "x % 2 == 0")
    ]


def test_the_outermost_part_that_ends_there_names_it():
    body = f"stage down {{ repeat 2 {{ max_pool(2x2) -> relu }} }}\n    {HALVED}"

    assert partings(body)[0] == Parting("down", "floor(H/4)", "x % 2 == 0")


def test_a_label_names_it():
    assert partings(f"max_pool(2x2) as low\n    {HALVED}")[0].name == "low"


@pytest.mark.parametrize(
    ("paths", "alike"),
    [
        ("| max_pool(3x3) -> upsample(3) | skip", "x % 3 == 0"),
        ("| max_pool(4x4) -> upsample(4) | max_pool(2x2) -> upsample(2)", "x % 4 in {0, 1}"),
        ("| max_pool(2x2) -> upsample(2) | max_pool(3x3) -> upsample(3) | skip", "x % 6 == 0"),
    ],
)
def test_when_the_paths_are_alike(paths, alike):
    found = partings(f"max_pool(2x2)\n    add {{ {paths} }}")

    assert {each.alike for each in found} == {alike}


def test_inputs_that_are_joined_have_not_parted():
    head = "input image[3, H = 8, W = 8]\n    input other[3, H, W]"

    assert partings("from image -> max_pool(2x2) -> upsample(2) -> add(other)", head) == [None]


def test_a_bound_has_none():
    network = archdsl.loads(
        "network n {\n    input image[3, H = 8, 8]\n    conv(4, 3x3, padding=valid)\n}\n"
    )
    (bound,) = network.legal_inputs.conditions

    assert parting(network.graph, bound) is None
