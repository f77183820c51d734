import pytest

from archdsl.layers.agreement import check_operands, firm, joined, same_shape
from archdsl.layers.definition import Reject
from archdsl.shapes.dim import symbol
from archdsl.shapes.tensor import TensorType

H, W = symbol("H", 8), symbol("W", 6)


def refusal(x, other, path=2, but=None):
    with pytest.raises(Reject) as refused:
        list(same_shape("add", TensorType(x), TensorType(other), path, but))
    return refused.value


@pytest.mark.parametrize(
    ("x", "other", "axes"),
    [
        ((4,), (5,), "axis 0 differs"),
        ((4, 9), (5, 9), "channels differ"),
        ((4, 9), (4, 8), "length differs"),
        ((4, 9, 9), (5, 8, 7), "channels, height and width differ"),
        ((4, 9, 9), (4, 8, 7), "height and width differ"),
        ((4, 9, 9, 9), (4, 8, 9, 9), "depth differs"),
        ((4, 9, 9, 9, 9), (4, 9, 9, 9, 8), "axis 4 differs"),
        ((4, 9), (4,), "2 and 1 axes"),
    ],
)
def test_a_refusal_names_the_axes_that_differ(x, other, axes):
    assert refusal(x, other).message.endswith(axes)


@pytest.mark.parametrize(
    ("x", "other", "help"),
    [
        ((64, 9, 9), (32, 9, 9), "path 3 fits with `conv(64, 1x1)` at its end"),
        ((64, 5, 4), (64, 9, 8), "path 3 fits with `conv(64, 1x1, stride=2)` at its end"),
        ((64, 9, 8), (64, 3, 3), "path 1 fits with `conv(64, 1x1, stride=3)` at its end"),
        ((64, 9, 9), (64, 8, 8), "name the other value, and end path 1 with `crop(NAME)`"),
        ((64, 9, 8), (64, 8, 9), None),
        ((64, 9, 9), (32, 8, 8), None),
        ((64, 9), (32, 9), None),
    ],
)
def test_an_edit_mends_it(x, other, help):
    assert refusal(x, other, path=3).help == help


def test_an_axis_may_be_left_out():
    x, other = TensorType((4, H, 6)), TensorType((5, 8, W))

    assert [(c.left, c.right) for c in same_shape("concat", x, other, 2, but=0)] == [
        (H, 8),
        (6, W),
    ]
    assert list(same_shape("concat", x, x, 2, but=0)) == []


def test_one_value_or_two_dtypes_are_not_joined():
    x = TensorType((4,))

    check_operands("add", (x, x))
    with pytest.raises(Reject, match="only the flow"):
        check_operands("add", (x,))
    with pytest.raises(Reject, match="float32 and int64"):
        check_operands("add", (x, x, TensorType((4,), "int64")))


def test_a_number_stands_for_equal_sizes():
    assert firm((H, 8, W)) == 8
    assert firm((H, W)) == H
    assert joined((TensorType((4, H)), TensorType((4, 8), batched=False))) == TensorType((4, 8))
