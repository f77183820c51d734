"""The pieces of a region and the wires between them."""

import archdsl

PAIRED = """\
network n {
    input image[4, H = 16, W = 16]
    stage enc { conv(4, 3x3) -> relu as x  max_pool(2x2) as y  relu }
    stage mid { conv(4, 3x3) }
    stage dec { conv_transpose(4, 2x2, stride=2) -> add(enc.x)  max_pool(2x2) -> add(enc.y) }
    relu
}
"""


def test_values_that_go_the_same_way_are_one_wire_with_both_shapes():
    svg = archdsl.loads(PAIRED).draw(detail="stages").svg

    assert svg.count("4×16×16, 4×8×8") == 1
