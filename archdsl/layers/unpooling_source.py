"""Python for putting pooled values back, which PyTorch does only for the sizes it would guess."""

from archdsl.layers.torch_call import Helper

MAX_UNPOOL = Helper(
    "max_unpool",
    '''\
def max_unpool(x, indices, pooled, axes):
    """x in a map as large as `pooled`, each element where its index says, zeros elsewhere."""
    y = x.new_zeros(*x.shape[:-axes], *pooled.shape[-axes:])
    return y.flatten(-axes).scatter(-1, indices.flatten(-axes), x.flatten(-axes)).view_as(y)
''',
)
"""`max_unpool(x, indices, pooled, axes)`: as `F.max_unpool2d` does, but for any size that was pooled from."""
