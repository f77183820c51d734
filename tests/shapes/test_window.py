"""Window arithmetic against PyTorch itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.shapes.window import pool_length, transposed_length, window_length

torch = pytest.importorskip("torch")
F = torch.nn.functional

small = st.integers(1, 6)


@given(st.integers(1, 40), small, small, st.integers(0, 4), st.integers(1, 3))
def test_convolution(n, kernel, stride, padding, dilation):
    length = window_length(n, kernel, stride, padding, padding, dilation)
    if n + 2 * padding < dilation * (kernel - 1) + 1:
        assert length < 1
        return
    x, weight = torch.zeros(1, 1, n), torch.zeros(1, 1, kernel)
    y = F.conv1d(x, weight, stride=stride, padding=padding, dilation=dilation)
    assert y.shape[-1] == length


@given(st.integers(1, 40), small, small, st.data(), st.integers(1, 3), st.booleans())
def test_pool(n, kernel, stride, data, dilation, ceil_mode):
    padding = data.draw(st.integers(0, kernel // 2))
    length = pool_length(n, kernel, stride, padding, dilation, ceil_mode)
    try:
        y = F.max_pool1d(torch.zeros(1, 1, n), kernel, stride, padding, dilation, ceil_mode)
    except RuntimeError:
        assert length < 1
        return
    assert y.shape[-1] == length


@given(st.integers(1, 20), small, small, st.integers(0, 2), st.integers(0, 5), st.integers(1, 3))
def test_transposed(n, kernel, stride, padding, output_padding, dilation):
    length = transposed_length(n, kernel, stride, padding, output_padding, dilation)
    if output_padding >= max(stride, dilation) or length < 1:
        return
    y = F.conv_transpose1d(
        torch.zeros(1, 1, n),
        torch.zeros(1, 1, kernel),
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
    )
    assert y.shape[-1] == length


def test_last_window_in_the_padding_is_dropped():
    """PyTorch's clamp: two windows of 1 by stride 3 would start in the padding behind."""
    assert pool_length(2, 3, 2, 0, 1, ceil_mode=True) == 1
    assert pool_length(3, 2, 3, 1, 1, ceil_mode=True) == 2
