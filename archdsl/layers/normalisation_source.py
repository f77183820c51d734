"""Python for a batch norm whose statistics are plain averages, in its functional form."""

from __future__ import annotations

from archdsl.layers.torch_call import Helper

CUMULATIVE_BATCH_NORM = Helper(
    "cumulative_batch_norm",
    '''\
def cumulative_batch_norm(x, mean, var, weight, bias, tracked, training, eps=1e-05):
    """A batch norm whose running statistics weigh all batches so far alike."""
    momentum = 1.0 / float(tracked) if training else 0.0
    return F.batch_norm(x, mean, var, weight, bias, training, momentum, eps)
''',
)
