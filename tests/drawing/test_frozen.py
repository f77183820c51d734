"""What is frozen has a padlock beside its name, which the legend explains."""

import re

import pytest

import archdsl

NET = """
block unit(w) {
    add { | conv(w, 3x3) -> batch_norm -> relu -> conv(w, 3x3) | skip }
}
network net {
    input image[4, H = 8, W = 8]
    stage a { repeat 3 { unit(4) } }
    stage b { conv(6, 3x3) -> batch_norm -> relu }
    stage head { global_avg_pool -> linear(3) as fc }
    STATEMENTS
}
"""


def drawn(statements, detail):
    network = archdsl.loads(NET.replace("STATEMENTS", statements))
    return network.draw(detail=detail)


def padlocks(drawing):
    """The parts with a padlock."""
    return re.findall(r'id="f-([^"~]*)', drawing.svg)


@pytest.mark.parametrize(
    ("statements", "detail", "locked"),
    [
        ("freeze a, b.batch_norm1", "stages", ["a"]),
        ("freeze a, b.batch_norm1", "blocks", ["a.0", "b.batch_norm1"]),
        ("freeze a[0].conv1, head", "blocks", ["head.fc"]),
        ("freeze b", "layers", ["b.conv1", "b.batch_norm1"]),
        ("freeze a", "layers", ["a.0.conv1", "a.0.batch_norm1", "a.0.conv2"]),
    ],
)
def test_padlocks_stand_where_nothing_below_is_trained(statements, detail, locked):
    drawing = drawn(statements, detail)

    assert padlocks(drawing) == locked
    assert ">frozen<" in drawing.svg


def test_without_frozen_parts_there_is_none():
    drawing = drawn("freeze a unfreeze all", "layers")

    assert padlocks(drawing) == []
    assert "frozen" not in drawing.svg


def test_copies_of_which_some_are_frozen_are_not_folded():
    free, partly = drawn("", "blocks"), drawn("freeze a[0]", "blocks")

    assert "× 3" in free.svg
    assert "× 2" in partly.svg


def test_hovering_says_so():
    assert "18 MACs; frozen" in drawn("freeze head", "layers").svg


def test_dot_says_so_in_words():
    assert "3×3 conv, 6 (frozen)" in drawn("freeze b.conv1", "layers").dot
