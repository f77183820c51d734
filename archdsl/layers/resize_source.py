"""Python for cutting a value to the size of another, which PyTorch leaves to indexing."""

from __future__ import annotations

from functools import cache

from archdsl.layers.torch_call import Helper


@cache
def crop(axes: int) -> Helper:
    """`crop2d(x, like, offset)`: cut at an offset, in the middle without one."""
    return Helper(
        f"crop{axes}d",
        f'''\
def crop{axes}d(x, like, offset=None):
    """x cut to the size of `like`, from `offset` on or in the middle."""
    for axis in range(-{axes}, 0):
        side = like.shape[axis]
        start = (x.shape[axis] - side) // 2 if offset is None else offset[axis]
        x = x.narrow(axis, start, side)
    return x
''',
    )
