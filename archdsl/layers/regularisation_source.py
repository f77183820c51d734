"""Python for stochastic depth, which PyTorch lacks."""

from __future__ import annotations

from archdsl.layers.torch_call import Helper

DROP_PATH_FUNCTION = Helper(
    "drop_path",
    '''\
def drop_path(x, p, training):
    """Zeros for whole samples at the rate p in training; the others are scaled up to match."""
    if not training or p == 0:
        return x
    keep = x.new_empty(x.shape[0], *[1] * (x.dim() - 1)).bernoulli_(1 - p)
    return x * (keep / (1 - p) if p < 1 else keep)
''',
)

DROP_PATH_MODULE = Helper(
    "DropPath",
    '''\
class DropPath(nn.Module):
    """Stochastic depth: drops a whole branch of each sample at the rate p in training."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return drop_path(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"
''',
    (DROP_PATH_FUNCTION,),
)
