"""Python for layers over sequences: PyTorch's own, reduced to what comes out at each step.

`torch.nn.LSTM` and its kin give their last states too, and neither they nor their subclasses can
be traced by `torch.compile(fullgraph=True)`; `nn.RNNBase`, which holds their weights, can. Its
kernels take time before the batch: the copies on both sides are those that PyTorch makes of
batches of more than one, made always, so that what is kept does not depend on the batch.
"""

from __future__ import annotations

from functools import cache

from archdsl.layers.torch_call import Helper

_CALLS = {
    "LSTM": "torch.lstm(steps, (state, state), weights",
    "GRU": "torch.gru(steps, state, weights",
    "RNN": "torch.rnn_tanh(steps, state, weights",
}

_TITLES = {"LSTM": "an LSTM", "GRU": "a GRU", "RNN": "an RNN"}


@cache
def recurrent_function(kind: str) -> Helper:
    """`lstm(x, weights, bias, layers, bidirectional, training)`; `kind` is LSTM, GRU or RNN."""
    name = kind.lower()
    return Helper(
        name,
        f'''\
def {name}(x, weights, bias=True, layers=1, bidirectional=False, training=False):
    """[N, T, features] -> [N, T, hidden], both ways twice that: {_TITLES[kind]} at each step."""
    features, hidden = weights[0].shape[1], weights[1].shape[1]
    if x.shape[2] != features:  # PyTorch's kernel would read beyond the end
        raise ValueError(f"the weights are made for {{features}} features, not {{x.shape[2]}}")
    steps = x.transpose(0, 1).clone(memory_format=torch.contiguous_format)
    state = x.new_zeros(layers * (2 if bidirectional else 1), x.shape[0], hidden)
    options = bias, layers, 0.0, training, bidirectional, False
    y = {_CALLS[kind]}, *options)[0]
    return y.transpose(0, 1).clone(memory_format=torch.contiguous_format)
''',
    )


@cache
def recurrent_module(kind: str) -> Helper:
    """`Lstm(features, hidden, layers, bias, bidirectional)`."""
    name = kind.capitalize()
    mode = "RNN_TANH" if kind == "RNN" else kind
    return Helper(
        name,
        f'''\
class {name}(nn.RNNBase):
    """`nn.{kind}` over [N, T, features] that returns its output at each step and no state."""

    def __init__(self, features, hidden, layers=1, bias=True, bidirectional=False):
        super().__init__("{mode}", features, hidden, layers, bias, True, 0.0, bidirectional)

    def forward(self, x):
        return {kind.lower()}(
            x, self._flat_weights, self.bias, self.num_layers, self.bidirectional, self.training
        )
''',
        (recurrent_function(kind),),
    )


ATTEND = Helper(
    "attend",
    '''\
def attend(q, k, v, heads, dropout=0.0):
    """[N, T, D] -> [N, T, D]: softmax(q k' / sqrt(d)) v in each of `heads` parts of width d."""
    q, k, v = (t.unflatten(2, (heads, -1)).transpose(1, 2) for t in (q, k, v))
    y = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout)
    return y.transpose(1, 2).flatten(2)
''',
)

SELF_FUNCTION = Helper(
    "self_attention",
    '''\
def self_attention(x, project, bias, out, out_bias, heads, dropout=0.0, training=False):
    """Each position of x attends to all of x; queries, keys and values are one projection."""
    q, k, v = F.linear(x, project, bias).chunk(3, 2)
    return F.linear(attend(q, k, v, heads, dropout if training else 0.0), out, out_bias)
''',
    (ATTEND,),
)

CROSS_FUNCTION = Helper(
    "cross_attention",
    '''\
def cross_attention(
    x, context, projections, bias, out, out_bias, heads, dropout=0.0, training=False
):
    """Each position of x attends to all of `context`."""
    biases = (None, None, None) if bias is None else bias.chunk(3)
    q, k, v = (F.linear(*each) for each in zip((x, context, context), projections, biases))
    return F.linear(attend(q, k, v, heads, dropout if training else 0.0), out, out_bias)
''',
    (ATTEND,),
)

SELF_MODULE = Helper(
    "SelfAttention",
    '''\
class SelfAttention(nn.MultiheadAttention):
    """`nn.MultiheadAttention` of [N, T, features] to itself, without the map of its weights."""

    def __init__(self, features, heads, dropout=0.0, bias=True):
        super().__init__(features, heads, dropout, bias, batch_first=True)

    def forward(self, x):
        out = self.out_proj
        return self_attention(
            x, self.in_proj_weight, self.in_proj_bias, out.weight, out.bias,
            self.num_heads, self.dropout, self.training,
        )
''',
    (SELF_FUNCTION,),
)

CROSS_MODULE = Helper(
    "CrossAttention",
    '''\
class CrossAttention(nn.MultiheadAttention):
    """`nn.MultiheadAttention` of [N, T, features] to a context [N, S, width], without its map."""

    def __init__(self, features, heads, width, dropout=0.0, bias=True):
        super().__init__(
            features, heads, dropout, bias, kdim=width, vdim=width, batch_first=True
        )

    def forward(self, x, context):
        out, projections = self.out_proj, self.in_proj_weight
        if projections is None:
            projections = self.q_proj_weight, self.k_proj_weight, self.v_proj_weight
        else:
            projections = projections.chunk(3)
        return cross_attention(
            x, context, projections, self.in_proj_bias, out.weight, out.bias,
            self.num_heads, self.dropout, self.training,
        )
''',
    (CROSS_FUNCTION,),
)
