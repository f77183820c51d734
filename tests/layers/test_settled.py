from archdsl.layers.settled import holding, settled
from archdsl.shapes.condition import Equal
from archdsl.shapes.dim import product, symbol

H, W = symbol("H", 8), symbol("W", 6)
FLAT = product((4, H, W))


def test_only_a_product_is_settled():
    assert settled(FLAT) == 192
    assert settled(H) == H
    assert settled(7) == 7


def test_it_is_held_to_its_default():
    (condition,) = holding("chunk", (H, FLAT, 7))

    assert condition == Equal(FLAT, 192, "192, the size that `chunk` works with")
    assert condition.holds
    assert not condition.is_constant
