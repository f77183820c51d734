"""Unpooling puts values back to where a pool took them from, at exactly the size before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archdsl
from archdsl.layers.unpooling import MaxUnpool
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")


def network(sides, pool, between="", channels=3):
    dims = ", ".join(f"S{n} = {side}" for n, side in enumerate(sides))
    return archdsl.loads(
        f"network n {{\n    input x[{channels}, {dims}]\n"
        f"    max_pool({pool}, return_indices=true) as pooled, switches\n    {between}\n"
        "    max_unpool(switches)\n}\n"
    )


@given(
    st.lists(st.integers(3, 9), min_size=1, max_size=3),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
)
def test_it_is_pytorchs_with_the_size_before_the_pool(sides, kernel, stride, ceil_mode):
    axes = len(sides)
    pool = f"{kernel}, stride={stride}, ceil_mode={str(ceil_mode).lower()}"
    made = network(sides, pool)
    module = made.compile(seed=0)
    x = torch.randn(2, 3, *sides, generator=torch.Generator().manual_seed(1))
    functions = torch.nn.functional
    pooled, indices = getattr(functions, f"max_pool{axes}d")(
        x, kernel, stride, ceil_mode=ceil_mode, return_indices=True
    )
    if kernel <= stride:
        # Where windows overlap PyTorch leaves open which of two values stays.
        expected = getattr(functions, f"max_unpool{axes}d")(
            pooled, indices, kernel, stride, output_size=list(x.shape)
        )
        assert torch.equal(module(x), expected)
    assert module(x).shape == x.shape
    assert made.outputs[0].shape == (3, *sides)


def test_odd_sizes_come_back_where_they_were():
    """Without the size, PyTorch would guess 6×8 and put values into the wrong places."""
    x = torch.zeros(1, 1, 7, 9)
    x[0, 0, 5, 7] = 1.0

    assert torch.equal(network([7, 9], "2x2", channels=1).compile()(x), x)


def test_what_is_pooled_decides_the_shape():
    types = TensorType((4, 3, 3)), TensorType((4, 3, 3), "int64"), TensorType((4, 7, 6))

    assert MaxUnpool(1).output(*types).shape == (4, 7, 6)
    assert MaxUnpool(1).operations(*types, types[2]).macs == 0


def test_its_gradient_is_what_is_read_back():
    module = network([6, 6], "2x2").compile()
    x = torch.randn(1, 3, 6, 6, requires_grad=True)
    module(x).sum().backward()

    assert x.grad.sum() == 3 * 9


def test_legal_sizes_are_those_of_the_pool():
    assert network([7, 9], "3x3").legal_inputs.text == "S0 >= 3 and S1 >= 3"
