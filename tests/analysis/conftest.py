"""What PyTorch does with a network, measured: the other side of the figures."""

import weakref

import pytest

import archdsl

torch = pytest.importorskip("torch")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from archdsl.analysis.legal_values import legal_values  # noqa: E402
from archdsl.backend.run import random_input  # noqa: E402
from archdsl.layers.definition import Family  # noqa: E402
from archdsl.testing.interpret import Bindings, Interpreter, evaluate  # noqa: E402


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def network():
    """A network from the body of its text, which begins with its inputs."""

    def load(body, before=""):
        return archdsl.loads(f"{before}\nnetwork n {{\n{body}\n}}\n", "n")

    return load


@pytest.fixture(scope="session")
def measure():
    """The functions of this module that measure, by name."""
    return Measure


def _input(type, asked, batch):
    """Numbers above zero where any will do."""
    if asked is None and type.dtype == "float32":
        return torch.rand((batch, *type.shape) if type.batched else type.shape) + 0.5
    generator = torch.Generator().manual_seed(0)
    dtype = str(torch.get_default_dtype()).removeprefix("torch.")
    return random_input(type, asked, batch=batch, generator=generator, dtype=dtype)


class Measure:
    """What PyTorch counts of a graph."""

    @staticmethod
    def inputs(graph, batch=1):
        asked = legal_values(graph)
        return [_input(v.type, asked.get(v.node), batch) for v in graph.inputs]

    @staticmethod
    def flops(graph):
        """Two for each multiply-accumulate of one sample in evaluation, on the meta device."""
        from torch.utils.flop_counter import FlopCounterMode

        with torch.device("meta"):
            model = Interpreter(graph).eval()
            inputs = [x.to("meta") for x in Measure.inputs(graph)]
            with FlopCounterMode(display=False) as counter:
                model(*inputs)
        return counter.get_total_flops()

    @staticmethod
    def saved(graph, batch=1, dtype="float32"):
        """Bytes of the storages that autograd keeps of a training step, weights left out."""
        before = torch.get_default_dtype()
        torch.set_default_dtype(getattr(torch, dtype))
        try:
            return _saved(Interpreter(graph).train(), Measure.inputs(graph, batch))
        finally:
            torch.set_default_dtype(before)

    @staticmethod
    def peak(graph, batch=1):
        """The most bytes of storages alive at once in evaluation, each value let go at its last use."""
        model = Interpreter(graph).eval()
        inputs = Measure.inputs(graph, batch)
        with torch.inference_mode(), _Ledger(_weights(model)) as ledger:
            _run(model, inputs, ledger)
        return ledger.peak

    @staticmethod
    def reach(graph):
        """The widest stretch of a one-dimensional input that an element of the output depends on.

        Every layer must be linear: with weights of one the response to an impulse is positive
        where the output sees it.
        """
        model = Interpreter(graph).eval()
        for name, parameter in model.named_parameters():
            torch.nn.init.constant_(parameter, 0.0 if name.endswith("bias") else 1.0)
        channels, length = graph.inputs[0].type.shape
        impulses = torch.eye(length)[:, None, :].expand(length, channels, length)
        with torch.no_grad():
            seen = model(impulses).sum(1) > 0
        places = [column.nonzero().flatten() for column in seen.T]
        return max(
            (int(where.max() - where.min()) + 1 for where in places if len(where)), default=0
        )


def _saved(model, inputs):
    weights = _weights(model)
    found, held = {}, []

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage.nbytes()
            held.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(*inputs)
    return sum(found.values())


def _weights(model):
    """The storages of parameters and buffers, those that are not in the state dict too."""
    modules = model.modules.values()
    tensors = [t for module in modules for t in (*module.parameters(), *module.buffers())]
    return {tensor.untyped_storage().data_ptr() for tensor in tensors}


def _run(model, inputs, ledger):
    """Run a graph node by node; nothing but `values` holds a tensor between two nodes."""
    graph = model.graph
    for tensor in inputs:
        ledger.enter(tensor)
    values = {value.source: inputs.pop(0) for value in graph.inputs}
    uses = {value.source: -1 for value in graph.inputs}
    for place, node in enumerate(graph.order):
        if not node.training_only:
            for port in node.inputs:
                uses[port] = place
    kept = {port for port, last in uses.items() if last < 0}
    kept |= {output.value.source for output in graph.outputs}
    for place, node in enumerate(graph.order):
        if node.training_only:
            continue
        if node.layer.family is not Family.INPUT:
            operands = [values[port] for port in node.inputs]
            results = _call(model, node, operands)
            del operands
            for port, tensor in enumerate(results):
                values[node.path, port] = tensor
            del results, tensor
        for port in set(values) - kept:
            if uses.get(port, place) == place:
                del values[port]


def _call(model, node, operands):
    module = model.modules.get(node.weights)
    if module is not None:
        result = module(*operands)
    else:
        types = [model.graph.type_of(port) for port in node.inputs]
        result = evaluate(node.layer.functional(*types), Bindings(operands, None, training=False))
    return (result,) if isinstance(result, torch.Tensor) else tuple(result)


class _Ledger(TorchDispatchMode):
    """Keeps account of the storages that are alive."""

    def __init__(self, weights):
        super().__init__()
        self.weights = weights
        self.alive = {}
        self.now = self.peak = 0

    def enter(self, tensor):
        storage = tensor.untyped_storage()
        key = storage.data_ptr()
        if key in self.weights or key in self.alive:
            return
        self.alive[key] = storage.nbytes()
        self.now += storage.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self.leave, key)

    def leave(self, key):
        self.now -= self.alive.pop(key)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else (result,):
            if isinstance(tensor, torch.Tensor):
                self.enter(tensor)
        return result
