"""Python for a weight and a bias for each channel, which PyTorch has inside its norms only."""

from __future__ import annotations

from functools import cache

from archdsl.layers.torch_call import Helper

_CLASSES = ("Affine", "Affine1d", "Affine2d", "Affine3d")
_FUNCTIONS = ("affine", "affine1d", "affine2d", "affine3d")
_SHAPES = ("[C]", "[C, L]", "[C, H, W]", "[C, D, H, W]")


@cache
def affine_function(axes: int) -> Helper:
    """`affine2d(x, weight, bias)` for so many spatial axes."""
    name = _FUNCTIONS[axes]
    spread = f"[:{', None' * axes}]" if axes else ""
    return Helper(
        name,
        f'''\
def {name}(x, weight, bias=None):
    """{_SHAPES[axes]}: each channel times a weight of its own, plus a bias."""
    x = x * weight{spread}
    return x if bias is None else x + bias{spread}
''',
    )


@cache
def affine_module(axes: int) -> Helper:
    """`Affine2d(channels)` for so many spatial axes."""
    name, function = _CLASSES[axes], _FUNCTIONS[axes]
    return Helper(
        name,
        f'''\
class {name}(nn.Module):
    """A weight and a bias for each channel of {_SHAPES[axes]}: 1 and 0 at first."""

    def __init__(self, channels, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels)) if bias else None

    def forward(self, x):
        return {function}(x, self.weight, self.bias)
''',
        (affine_function(axes),),
    )
