"""For each layer of the registry what it is tried on, and ways to run it.

A test with the arguments `layer` and `types` runs for each case; the mark `printed` leaves those
whose calls print a helper: all of them, those with a module, or one of each kind.
"""

from fractions import Fraction
from types import SimpleNamespace

import pytest

from archdsl.layers import registry
from archdsl.layers.torch_call import Helper, TorchCall
from archdsl.shapes.tensor import TensorType

ROW, TOKENS = TensorType((6,)), TensorType((6, 8))
WORDS = TensorType((6,), "int64")
LINE, IMAGE, BOX = TensorType((4, 9)), TensorType((4, 9, 8)), TensorType((4, 5, 6, 7))
ALONE = TensorType((4, 9, 8), batched=False)
SMALL = TensorType((2, 4, 5))
ROIS = TensorType((3, 5), batched=False)

EXAMPLES = {
    "conv": [
        ({"out": 6, "kernel": 3, "stride": 2}, LINE, IMAGE, BOX),
        ({"out": 6, "kernel": 2, "padding": "tf_same", "groups": 2, "bias": False}, IMAGE),
    ],
    "depthwise_conv": [({"kernel": 3, "multiplier": 2, "dilation": 2}, LINE, IMAGE, BOX)],
    "conv_transpose": [({"out": 6, "kernel": 2, "stride": 2, "groups": 2}, LINE, IMAGE, BOX)],
    "sparse_conv": [({"out": 2, "kernel": 3, "table": ((0, 2), (1, 2, 3))}, LINE, IMAGE, BOX)],
    "linear": [({"out": 5}, ROW, TOKENS), ({"out": 5, "bias": False}, TOKENS)],
    "embedding": [({"count": 9, "width": 5}, WORDS, TensorType((6, 8), "int32"))],
    "rbf": [({"centres": ((0.0,) * 6, (1.0,) * 6)}, ROW)],
    "max_pool": [
        ({"kernel": 3, "stride": 2, "ceil_mode": True}, LINE, IMAGE, BOX),
        ({"kernel": 2, "return_indices": True}, IMAGE),
    ],
    "avg_pool": [({"kernel": 3, "padding": 1, "count_include_pad": False}, LINE, IMAGE, BOX)],
    "global_avg_pool": [({}, LINE, IMAGE, BOX), ({"keep": True}, IMAGE)],
    "global_max_pool": [({}, LINE, IMAGE, BOX), ({"keep": True}, IMAGE)],
    "adaptive_avg_pool": [({"size": 3}, LINE, IMAGE, BOX)],
    "adaptive_max_pool": [({"size": 3}, LINE, IMAGE, BOX)],
    "max_unpool": [
        ({"indices": 1}, (SMALL, TensorType((2, 4, 5), "int64"), TensorType((2, 9, 11)))),
        ({"indices": 1}, (TensorType((4, 4)), TensorType((4, 4), "int64"), LINE)),
    ],
    "roi_pool": [({"rois": 1, "size": 3, "spatial_scale": 0.5}, (IMAGE, ROIS))],
    "roi_align": [({"rois": 1, "size": (3, 2), "spatial_scale": 0.25}, (IMAGE, ROIS))],
    "batch_norm": [({}, LINE, IMAGE, BOX), ({"affine": False}, IMAGE)],
    "layer_norm": [({}, ROW, TOKENS, IMAGE)],
    "group_norm": [({"groups": 2}, LINE, IMAGE)],
    "instance_norm": [({}, LINE, IMAGE), ({"affine": True}, IMAGE)],
    "local_response_norm": [({"size": 3}, LINE, IMAGE)],
    **{name: [({}, IMAGE)] for name in ("relu", "relu6", "elu", "silu", "gelu", "mish")},
    **{name: [({}, IMAGE)] for name in ("sigmoid", "hard_sigmoid", "hard_swish", "tanh", "abs")},
    "leaky_relu": [({"slope": 0.2}, IMAGE)],
    "prelu": [({}, IMAGE), ({"shared": False}, IMAGE)],
    "softmax": [({}, ROW), ({"axis": -1}, TOKENS)],
    "log_softmax": [({}, ROW), ({"axis": -1}, TOKENS)],
    "dropout": [({"p": 0.5}, IMAGE)],
    "drop_path": [({"p": 0.5}, IMAGE)],
    "flatten": [({}, IMAGE, ALONE), ({"start": 1}, IMAGE)],
    "reshape": [({"dims": (2, -1)}, IMAGE, ALONE)],
    "permute": [({"axes": (2, 0, 1)}, IMAGE, ALONE)],
    "channel_shuffle": [({"groups": 2}, LINE, IMAGE)],
    "chunk": [({"n": 2}, IMAGE, ALONE), ({"n": 1}, IMAGE)],
    "slice": [
        ({"start": 1, "stop": 3}, IMAGE),
        ({"start": 0, "stop": 9, "step": 2, "axis": 1}, IMAGE),
    ],
    "pad": [
        ({"sides": 1}, LINE, IMAGE, BOX),
        ({"sides": ((1, 2), (0, 1)), "mode": "reflect"}, IMAGE),
        ({"channels": 3}, IMAGE),
    ],
    "crop": [
        ({"like": 1}, (IMAGE, SMALL)),
        ({"like": 1, "offset": 2}, (LINE, TensorType((2, 4)))),
    ],
    "upsample": [
        ({"scale": 2}, LINE, IMAGE, BOX),
        ({"scale": Fraction(3, 2)}, IMAGE),
        ({"size": 5, "mode": "bilinear"}, IMAGE),
        ({"like": 1}, (IMAGE, SMALL)),
    ],
    "pixel_shuffle": [({"factor": 2}, IMAGE)],
    "scale": [({"factor": 1.5}, IMAGE)],
    "affine": [({}, ROW, LINE, IMAGE, BOX), ({"bias": False}, IMAGE)],
    "lstm": [({"hidden": 5}, TOKENS), ({"hidden": 5, "layers": 2, "bidirectional": True}, TOKENS)],
    "gru": [({"hidden": 5}, TOKENS), ({"hidden": 5, "bidirectional": True, "bias": False}, TOKENS)],
    "rnn": [({"hidden": 5}, TOKENS), ({"hidden": 5, "layers": 3}, TOKENS)],
    "attention": [
        ({"heads": 2}, TOKENS),
        ({"heads": 2, "dropout": 0.5, "bias": False}, TOKENS),
        ({"heads": 2, "context": 1}, (TOKENS, TensorType((5, 8))), (TOKENS, TensorType((5, 12)))),
    ],
    "add": [({}, (IMAGE, IMAGE), (IMAGE, ALONE))],
    "sub": [({}, (IMAGE, IMAGE), (ALONE, IMAGE))],
    "mul": [({}, (IMAGE, IMAGE), (IMAGE, TensorType((4,))), (TensorType((4, 1, 1)), IMAGE))],
    "concat": [({}, (ALONE, IMAGE), (IMAGE, IMAGE)), ({"axis": -1}, (IMAGE, IMAGE))],
    "max": [({}, (IMAGE, IMAGE), (IMAGE, IMAGE, IMAGE))],
    "mean": [({}, (IMAGE, IMAGE), (IMAGE, IMAGE, IMAGE))],
    "matmul": [({}, (TOKENS, TensorType((8, 5))))],
}
"""For each layer its arguments, and the operands that it is tried on."""


def cases():
    """Each layer with its operands' types."""
    for name, examples in EXAMPLES.items():
        for arguments, *operands in examples:
            for types in operands:
                layer = registry.find(name)(**arguments)
                yield layer, types if isinstance(types, tuple) else (types,)


def calls_of(item):
    """Every call in an argument, itself included."""
    if isinstance(item, TorchCall):
        yield item
        for argument in (*item.args, *item.kwargs.values()):
            yield from calls_of(argument)
    elif isinstance(item, list | tuple):
        for argument in item:
            yield from calls_of(argument)


def helpers_of(layer, types):
    """The helpers of a layer's calls with what they need, those needed first."""
    found = {}

    def add(needed):
        for other in needed.needs:
            add(other)
        found.setdefault(needed.name, needed)

    for call in [*calls_of(layer.module(*types)), *calls_of(layer.functional(*types))]:
        if isinstance(call.target, Helper):
            add(call.target)
    return list(found.values())


def pytest_configure(config):
    config.addinivalue_line("markers", "printed(which): layers whose calls print a helper")


def pytest_generate_tests(metafunc):
    if not {"layer", "types"} <= set(metafunc.fixturenames):
        return
    chosen = list(cases())
    mark = metafunc.definition.get_closest_marker("printed")
    if mark is not None:
        chosen = [case for case in chosen if helpers_of(*case)]
        match mark.args[0]:
            case "module":
                chosen = [(layer, types) for layer, types in chosen if layer.module(*types)]
            case "one of each kind":
                chosen = list({layer.kind: (layer, types) for layer, types in chosen}.values())
    ids = [f"{layer.kind}-{number}" for number, (layer, _) in enumerate(chosen)]
    metafunc.parametrize(("layer", "types"), chosen, ids=ids)


@pytest.fixture(scope="session")
def tried():
    """Ways to run a layer on random operands."""
    torch = pytest.importorskip("torch")
    from archdsl.backend.run import random_input
    from archdsl.testing.interpret import Bindings, evaluate

    def tensors(layer, types, device="cpu", batch=2):
        generator = torch.Generator().manual_seed(2)
        asked = layer.asks(*types)
        return [
            random_input(x, asked.get(i), batch=batch, generator=generator).to(device)
            for i, x in enumerate(types)
        ]

    def module(layer, types, device="cpu"):
        """The module that a layer's call makes, None for a pure function."""
        torch.manual_seed(0)
        call = layer.module(*types)
        if call is None:
            return None
        with torch.device(device):
            return evaluate(call, Bindings())

    def run(layer, types, values, made, *, by_module, training=False):
        torch.manual_seed(1)
        if by_module:
            result = made(*values)
        else:
            result = evaluate(layer.functional(*types), Bindings(values, made, training))
        return result if isinstance(result, tuple) else (result,)

    def outputs(layer, types):
        return layer.outputs(*types)

    return SimpleNamespace(
        names=set(EXAMPLES),
        calls=calls_of,
        helpers=helpers_of,
        tensors=tensors,
        module=module,
        run=run,
        outputs=outputs,
    )
