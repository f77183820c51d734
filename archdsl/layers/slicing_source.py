"""Python for taking a part of one axis, which is an operator in PyTorch and no function."""

from __future__ import annotations

from archdsl.layers.torch_call import Helper

TAKE = Helper(
    "take",
    '''\
def take(x, axis, start, stop, step=1):
    """`x[start:stop:step]` along one axis."""
    return x[(slice(None),) * axis + (slice(start, stop, step),)]
''',
)
