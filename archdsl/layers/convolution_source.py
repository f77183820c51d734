"""Python for the convolutions that PyTorch lacks: TensorFlow's padding, and connection tables.

Each source is printed once at the head of an emitted file that uses it.
"""

from __future__ import annotations

from functools import cache

from archdsl.layers.torch_call import Helper

_PAD_SAME = Helper(
    "pad_same",
    '''\
def pad_same(x, kernel, stride, dilation):
    """Zeros around the spatial axes as TensorFlow's "SAME" counts them, the odd one behind."""
    sides = []
    for n, k, s, d in zip(x.shape[-len(kernel):], kernel, stride, dilation):
        total = max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
        sides = [total // 2, total - total // 2, *sides]
    return F.pad(x, sides)
''',
)


@cache
def tf_same_module(axes: int) -> Helper:
    """A convolution that pads like TensorFlow: `Conv2dSame(in_channels, out, kernel, ...)`."""
    return Helper(
        f"Conv{axes}dSame",
        f'''\
class Conv{axes}dSame(nn.Conv{axes}d):
    """A convolution padded so that n elements give ceil(n / stride)."""

    def forward(self, x):
        return super().forward(pad_same(x, self.kernel_size, self.stride, self.dilation))
''',
        (_PAD_SAME,),
    )


@cache
def tf_same_function(axes: int) -> Helper:
    """Its functional form: `conv2d_same(x, weight, bias, stride, dilation, groups)`."""
    return Helper(
        f"conv{axes}d_same",
        f'''\
def conv{axes}d_same(x, weight, bias, stride, dilation, groups=1):
    """A convolution padded so that n elements give ceil(n / stride)."""
    x = pad_same(x, weight.shape[2:], stride, dilation)
    return F.conv{axes}d(x, weight, bias, stride, 0, dilation, groups)
''',
        (_PAD_SAME,),
    )


@cache
def sparse_module(axes: int) -> Helper:
    """A convolution with a connection table: `SparseConv2d(in_channels, kernel, table, ...)`.

    Its `places` follow from the table, so they move with the module and stay out of its state.
    Weights and biases start as those of a convolution with the fan-in of their own row.
    """
    return Helper(
        f"SparseConv{axes}d",
        f'''\
class SparseConv{axes}d(nn.Module):
    """A convolution whose output channel i sees only the input channels in `table[i]`."""

    def __init__(self, in_channels, kernel, table, stride=1, padding=0, bias=True):
        super().__init__()
        self.channels = len(table), in_channels
        self.table = table
        self.stride = stride
        self.padding = padding
        places = [i * in_channels + j for i, row in enumerate(table) for j in row]
        self.register_buffer("places", torch.tensor(places), persistent=False)
        self.weight = nn.Parameter(torch.empty(len(places), *kernel))
        self.bias = nn.Parameter(torch.empty(len(table))) if bias else None
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self):
        """Uniform within 1 / sqrt(fan-in), each output channel having its own."""
        taps = self.weight[0].numel()
        bounds = [(len(row) * taps) ** -0.5 for row in self.table]
        spread = [bound for row, bound in zip(self.table, bounds) for _ in row]
        self.weight.uniform_(-1, 1).mul_(torch.tensor(spread).view(-1{", 1" * axes}))
        if self.bias is not None:
            self.bias.uniform_(-1, 1).mul_(torch.tensor(bounds))

    def forward(self, x):
        return sparse_conv{axes}d(
            x, self.weight, self.bias, self.places, self.channels, self.stride, self.padding
        )
''',
        (sparse_function(axes),),
    )


@cache
def sparse_function(axes: int) -> Helper:
    """Its functional form: `sparse_conv2d(x, weight, bias, places, channels, stride, padding)`.

    `channels` is (out, in); the window from input channel j to output channel i stands at
    place in * i + j.
    """
    return Helper(
        f"sparse_conv{axes}d",
        f'''\
def sparse_conv{axes}d(x, weight, bias, places, channels, stride=1, padding=0):
    """A convolution whose windows stand at `places` of the full kernel, with zeros elsewhere."""
    full = weight.new_zeros(channels[0] * channels[1], *weight.shape[1:])
    full.index_copy_(0, places, weight)
    return F.conv{axes}d(x, full.view(*channels, *weight.shape[1:]), bias, stride, padding)
''',
    )
