"""Names of layers, and the classes behind them: a family is imported when one of its layers is used."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from archdsl.layers.definition import Layer

GROUP = "archdsl.layers"
"""The entry-point group of plugins: an entry's name is the layer's, its object the class."""

_FAMILIES: dict[str, dict[str, str]] = {
    "convolution": {
        "conv": "Conv",
        "depthwise_conv": "DepthwiseConv",
        "conv_transpose": "ConvTranspose",
    },
    "sparse_convolution": {"sparse_conv": "SparseConv"},
    "linear": {"linear": "Linear", "embedding": "Embedding", "rbf": "Rbf"},
    "pooling": {
        "max_pool": "MaxPool",
        "avg_pool": "AvgPool",
    },
    "adaptive_pooling": {
        "global_avg_pool": "GlobalAvgPool",
        "global_max_pool": "GlobalMaxPool",
        "adaptive_avg_pool": "AdaptiveAvgPool",
        "adaptive_max_pool": "AdaptiveMaxPool",
    },
    "unpooling": {"max_unpool": "MaxUnpool"},
    "regions": {"roi_pool": "RoiPool", "roi_align": "RoiAlign"},
    "normalisation": {
        "batch_norm": "BatchNorm",
        "layer_norm": "LayerNorm",
        "group_norm": "GroupNorm",
        "instance_norm": "InstanceNorm",
        "local_response_norm": "LocalResponseNorm",
    },
    "activation": {
        "relu": "Relu",
        "relu6": "Relu6",
        "leaky_relu": "LeakyRelu",
        "prelu": "Prelu",
        "elu": "Elu",
        "silu": "Silu",
        "gelu": "Gelu",
        "mish": "Mish",
        "sigmoid": "Sigmoid",
        "hard_sigmoid": "HardSigmoid",
        "hard_swish": "HardSwish",
        "tanh": "Tanh",
        "softmax": "Softmax",
        "log_softmax": "LogSoftmax",
        "abs": "Abs",
    },
    "regularisation": {"dropout": "Dropout", "drop_path": "DropPath"},
    "shape": {
        "flatten": "Flatten",
        "reshape": "Reshape",
        "permute": "Permute",
        "channel_shuffle": "ChannelShuffle",
    },
    "slicing": {"chunk": "Chunk", "slice": "Slice"},
    "padding": {"pad": "Pad"},
    "resize": {"crop": "Crop", "upsample": "Upsample", "pixel_shuffle": "PixelShuffle"},
    "scale": {"scale": "Scale", "affine": "Affine"},
    "sequence": {"lstm": "Lstm", "gru": "Gru", "rnn": "Rnn", "attention": "Attention"},
    "merge": {
        "add": "Add",
        "sub": "Sub",
        "mul": "Mul",
        "concat": "Concat",
        "max": "Max",
        "mean": "Mean",
        "matmul": "Matmul",
    },
}

_OWN: dict[str, tuple[str, str]] = {
    name: (module, definition)
    for module, layers in _FAMILIES.items()
    for name, definition in layers.items()
}


@cache
def find(name: str) -> type[Layer] | None:
    """The class of a layer, its family imported now; None for an unknown name.

    The package's own layers come first: a plugin adds names and replaces none.
    """
    own = _OWN.get(name)
    if own is not None:
        module, definition = own
        return cast("type[Layer]", getattr(import_module(f"archdsl.layers.{module}"), definition))
    entry = _plugins().get(name)
    return None if entry is None else cast("type[Layer]", entry.load())


@cache
def names() -> tuple[str, ...]:
    """All names, the package's in the order of the reference, then plugins' in alphabetical order."""
    return (*_OWN, *sorted(_plugins().keys() - _OWN.keys()))


def is_built_in(name: str) -> bool:
    """Whether a layer of the package has a name."""
    return name in _OWN


@cache
def _plugins() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=GROUP)}
