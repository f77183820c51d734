"""Python for joining a value without a batch to values with one."""

from __future__ import annotations

from archdsl.layers.torch_call import Helper

OVER_BATCH = Helper(
    "over_batch",
    '''\
def over_batch(x, like):
    """x, which has no batch axis, once for each sample of `like`."""
    return x.expand(like.shape[0], *x.shape)
''',
)
