"""What PyTorch says of a network: shapes, weights and MACs without data, bytes kept for backward.

Everything is asked of the interpreter, which shares nothing with the emitter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archdsl.analysis.cost import cost
from archdsl.analysis.legal_values import legal_values
from archdsl.backend.run import random_input
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.shapes.tensor import TensorType
from archdsl.testing.interpret import Interpreter

BATCH = 2
"""Samples of a run: in training batch norm takes statistics of more than one value."""

_LARGE = 10**9
"""MACs of a network that runs with one sample, where training takes one."""


def batch_of(graph: Graph) -> int:
    """How many samples a run with data takes."""
    if cost(graph).macs <= _LARGE:
        return BATCH
    for node in graph.order:
        types = [graph.type_of(port) for port in node.inputs]
        if types and not all(condition.holds for condition in node.layer.training(*types)):
            return BATCH
    return 1


@dataclass
class Outline:
    """A network without data: what the meta device says.

    `shapes` holds the outputs of each node without the batch, `keys` the dimensions of each
    tensor of the state dict, in order. `macs` are those of one sample in evaluation.
    """

    shapes: dict[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    keys: dict[str, tuple[int, ...]] = field(default_factory=dict)
    params: int = 0
    trainable_params: int = 0
    buffers: int = 0
    macs: int = 0


def outline(graph: Graph) -> Outline:
    """Run a network on the meta device."""
    found = Outline()
    with torch.device("meta"):
        network = Interpreter(graph)
    tensors = network.state_dict()
    found.keys = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    parameters = {name for name, _ in network.named_parameters()}
    found.params = sum(tensors[name].numel() for name in parameters)
    found.trainable_params = sum(
        parameter.numel() for _, parameter in network.named_parameters() if parameter.requires_grad
    )
    found.buffers = sum(
        tensor.numel()
        for name, tensor in tensors.items()
        if name not in parameters and tensor.is_floating_point()
    )
    skipped = 0

    def observe(node: Node, outputs: tuple[Tensor, ...]) -> None:
        nonlocal skipped
        found.shapes[node.path] = tuple(
            tuple(tensor.shape[1:] if type.batched else tensor.shape)
            for tensor, type in zip(outputs, node.outputs, strict=True)
        )
        skipped += _left_out(graph, node, network, outputs)

    if any(node.training_only for node in graph.order):
        network.train()(*inputs_of(graph, batch=BATCH, device="meta"), observe=observe)
        skipped = 0
    with FlopCounterMode(display=False) as counter:
        network.eval()(*inputs_of(graph, batch=1, device="meta"), observe=observe)
    found.macs = counter.get_total_flops() // 2 - skipped
    return found


def macs_of(graph: Graph, node: Node) -> int:
    """MACs of a node alone on the meta device, one sample in evaluation."""
    with torch.device("meta"):
        network = Interpreter(graph, only=node)
    types = [graph.type_of(port) for port in node.inputs]
    operands = [_empty(type, 1) for type in types]
    with FlopCounterMode(display=False) as counter:
        outputs = network.eval().run(node, operands)
    counted: int = counter.get_total_flops() // 2
    return counted - _left_out(graph, node, network, outputs)


def _left_out(graph: Graph, node: Node, network: Interpreter, outputs: tuple[Tensor, ...]) -> int:
    """MACs that are counted and not done: a `sparse_conv` runs as a dense one with zeros."""
    if node.layer.kind != "sparse_conv":
        return 0
    weight = network.modules[node.weights].get_parameter("weight")
    channels: int = graph.type_of(node.inputs[0]).channels
    zeros = outputs[0].shape[1] * channels - weight.shape[0]
    return zeros * math.prod(weight.shape[1:]) * math.prod(outputs[0].shape[2:])


def inputs_of(graph: Graph, *, batch: int, device: str = "cpu") -> list[Tensor]:
    """Random inputs that the network can take, the same at every call."""
    generator = torch.Generator().manual_seed(batch)
    asked = legal_values(graph)
    if device == "meta":
        return [_empty(value.type, batch) for value in graph.inputs]
    return [
        random_input(value.type, asked.get(value.node), batch=batch, generator=generator)
        for value in graph.inputs
    ]


def _empty(type: TensorType, batch: int) -> Tensor:
    """A tensor without data."""
    shape = (type.copies(batch), *type.shape) if type.batched else type.shape
    return torch.empty(shape, dtype=getattr(torch, type.dtype), device="meta")


@dataclass
class Kept:
    """What autograd holds on to: bytes by node, each storage once.

    `strided` are the nodes that read a value which does not lie in memory in its own order (one
    that was permuted, or cut along an inner axis): PyTorch may copy it first, and keep the copy.
    So are those that read what would look into such a value, had it not been copied.
    """

    by_node: dict[str, int] = field(default_factory=dict)
    strided: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """Bytes of all nodes."""
        return sum(self.by_node.values())


def kept_for_backward(network: Interpreter, inputs: Sequence[Tensor]) -> Kept:
    """Run a step in training and count what is kept for backward, weights left out."""
    own = {
        tensor.untyped_storage().data_ptr()
        for module in network.modules.values()
        for tensor in (*module.parameters(), *module.buffers())
    }
    seen: set[int] = set()
    holding: list[Tensor] = []
    pending = 0
    crooked: set[Port] = set()
    found = Kept()

    def pack(tensor: Tensor) -> Tensor:
        nonlocal pending
        # An output kept as it is would hold the step that made it, which holds the output.
        tensor = tensor.detach()
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own and storage.data_ptr() not in seen:
            seen.add(storage.data_ptr())
            holding.append(tensor)  # so that no other tensor comes to lie at its place
            pending += storage.nbytes()
        return tensor

    def observe(node: Node, outputs: tuple[Tensor, ...]) -> None:
        nonlocal pending
        found.by_node[node.path] = pending
        pending = 0
        ports = [Port(node.path, port) for port in range(len(outputs))]
        if not crooked.isdisjoint(node.inputs):
            found.strided.add(node.path)
            types = [*map(network.graph.type_of, node.inputs), node.outputs[0]]
            crooked.update(ports[output] for output, _ in node.layer.saved(*types).views)
        crooked.update(p for p, t in zip(ports, outputs, strict=True) if not t.is_contiguous())

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        network.train()(*inputs, observe=observe)
    return found


@dataclass
class Step:
    """What came of one run: outputs by name, gradients and buffers by key."""

    outputs: dict[str, Tensor]
    gradients: dict[str, Tensor | None] = field(default_factory=dict)
    buffers: dict[str, Tensor] = field(default_factory=dict)


Runnable = nn.Module | Interpreter


def infer(network: Runnable, inputs: Sequence[Tensor], names: Sequence[str]) -> Step:
    """Evaluate a network."""
    network.eval()
    with torch.no_grad():
        return Step(_by_name(network(*inputs), names))


def train(network: Runnable, inputs: Sequence[Tensor], names: Sequence[str]) -> Step:
    """Run a network in training, and backward from a fixed mixture of its outputs.

    Its buffers are those of before afterwards, and it has no gradients.
    """
    network.train()
    with _restored(network):
        torch.manual_seed(1)
        outputs = _by_name(network(*inputs), names)
        loss = _mixture(outputs.values())
        if loss.requires_grad:
            torch.autograd.backward(loss)
        gradients = {name: p.grad for name, p in network.named_parameters()}
        for _, parameter in network.named_parameters():
            parameter.grad = None
        buffers = {n: t.clone() for n, t in network.state_dict().items() if n not in gradients}
    return Step({n: t.detach() for n, t in outputs.items()}, gradients, buffers)


def _by_name(result: Any, names: Sequence[str]) -> dict[str, Tensor]:
    """The outputs, whether there is one or a dict of several."""
    return {names[0]: result} if isinstance(result, Tensor) else dict(result)


def _mixture(outputs: Iterable[Tensor]) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    total = torch.zeros(())
    for output in outputs:
        if output.is_floating_point():
            weights = torch.randn(output.shape, generator=generator)
            total = total + (output * weights.to(output.dtype)).sum()
    return total


@contextmanager
def _restored(network: Runnable) -> Iterator[None]:
    """Give statistics that training moves their values back."""
    trained = {name for name, _ in network.named_parameters()}
    state = {n: t for n, t in network.state_dict().items() if n not in trained}
    before = {name: tensor.clone() for name, tensor in state.items()}
    yield
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(before[name])


def differing(
    one: Mapping[str, Tensor | None], other: Mapping[str, Tensor | None]
) -> tuple[str, ...]:
    """The names under which two sets of tensors are not the same, bit for bit."""
    names = [*one, *(name for name in other if name not in one)]
    return tuple(name for name in names if not same(one.get(name), other.get(name)))


def same(one: Tensor | None, other: Tensor | None) -> bool:
    """Whether two tensors are equal bit for bit; what is not a number equals itself."""
    if one is None or other is None:
        return one is other
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    return torch.equal(_bits(one), _bits(other))


def _bits(tensor: Tensor) -> Tensor:
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8)
