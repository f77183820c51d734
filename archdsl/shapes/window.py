"""The length that a window leaves: the one place where this arithmetic stands.

Every function takes and gives plain integers or symbolic dimensions alike, one axis at a time.
"""

from __future__ import annotations

from typing import Any

from archdsl.shapes.dim import Size, floor_div


def window_length(n: Size, kernel: int, stride: int, before: int, after: int, dilation: int) -> Any:
    """Positions of a convolution's window: floor((n + before + after - d(k-1) - 1) / s) + 1."""
    room: Any = n + (before + after - dilation * (kernel - 1) - 1 + stride)
    return floor_div(room, stride)


def pool_length(
    n: Size, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> Any:
    """Positions of a pooling window; PyTorch's `ceil_mode` is one floor too.

    Rounding up adds a window that is only partly filled. PyTorch drops it where it would start
    in the padding behind. With m = n + 2p - d(k-1) - 1 and r = -m mod s, ceil(m / s) counts one
    window more than floor(m / s) where r > 0, and the dropping happens where r is at least
    e = d(k-1) + 1 - p. Both together are floor((m + min(e, s) - 1) / s).
    """
    extent = dilation * (kernel - 1) + 1
    room: Any = n + (2 * padding - extent + stride)
    if ceil_mode:
        room = room + (min(extent - padding, stride) - 1)
    return floor_div(room, stride)


def transposed_length(
    n: Size, kernel: int, stride: int, padding: int, output_padding: int, dilation: int
) -> Any:
    """What the windows paint: s(n - 1) + d(k - 1) + 1 + output_padding - 2p."""
    return stride * n + (dilation * (kernel - 1) + 1 + output_padding - 2 * padding - stride)
