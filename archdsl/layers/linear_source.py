"""Python for the linear layers that PyTorch lacks."""

from __future__ import annotations

from archdsl.layers.torch_call import Helper

RBF_FUNCTION = Helper(
    "squared_distances",
    '''\
def squared_distances(x, centres):
    """[..., features] -> [..., n]: how far from each of the n centres, squared."""
    return (x.unsqueeze(-2) - centres).square().sum(-1)
''',
)

RBF_MODULE = Helper(
    "Rbf",
    '''\
class Rbf(nn.Module):
    """Squared distances to fixed centres, one output for each."""

    def __init__(self, centres):
        super().__init__()
        self.register_buffer("centres", torch.tensor(centres))

    def forward(self, x):
        return squared_distances(x, self.centres)
''',
    (RBF_FUNCTION,),
)

RBF_OF_BITMAPS = Helper(
    "BitmapRbf",
    '''\
class BitmapRbf(Rbf):
    """Squared distances to pictures drawn row by row: `#` is 1, `.` is -1."""

    def __init__(self, pictures):
        super().__init__([[1.0 if c == "#" else -1.0 for c in "".join(p)] for p in pictures])
''',
    (RBF_MODULE,),
)
