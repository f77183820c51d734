"""The graph of a network run node by node: what the emitted module is held against.

It shares nothing with the emitter. A node's module is the layer's own `TorchCall` resolved
here; a node without one is its functional form, called on the values of its operands.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial, reduce
from typing import Any

import torch
from torch import nn

from archdsl.graph.graph import Graph, Output
from archdsl.graph.node import Node, Port
from archdsl.layers.definition import Family, InitialiserValue
from archdsl.layers.torch_call import (
    Helper,
    Infix,
    Operand,
    SizeOf,
    TorchCall,
    Training,
    WeightOf,
)
from archdsl.testing.fills import PutOff

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "@": operator.matmul,
}

Observer = Callable[[Node, tuple[torch.Tensor, ...]], None]


class Interpreter:
    """A network as its graph says it, with its weights.

    Modules are built in the order of their first use, those below one path together, on the
    default device: so random numbers are drawn as the emitted constructor draws them (where the
    text asks for first values, once for each tensor in that order). Uses of one share hold one
    module. What is frozen has no gradients, and takes no statistics in training. With `only` no
    other node can be run.
    """

    def __init__(self, graph: Graph, only: Node | None = None) -> None:
        self.graph = graph
        self.modules: dict[str, nn.Module] = {}
        self.training = True
        self._still: set[str] = set()
        nodes = graph.order if only is None else (only,)
        if any(node.initial or getattr(node.layer, "init", None) is not None for node in nodes):
            with PutOff() as put_off:
                self._build(nodes, put_off)
            for module in self.modules.values():
                put_off.fill(module.state_dict(keep_vars=True).values())
        else:
            self._build(nodes)
        for node in nodes:
            if node.frozen and node.weights in self.modules:
                self.modules[node.weights].requires_grad_(requires_grad=False)
        self._last_use = _last_uses(graph)

    def _build(self, nodes: Iterable[Node], put_off: PutOff | None = None) -> None:
        for node in _side_by_side(nodes):
            if node.layer.family is Family.INPUT or node.weights in self.modules:
                continue
            operands = [self.graph.type_of(port) for port in node.inputs]
            call = node.layer.module(*operands)
            if call is not None:
                module = evaluate(call, Bindings())
                for weight in node.tensors(*operands):
                    if weight.init is not None:
                        assert put_off is not None
                        tensor = module.get_parameter(weight.name)
                        put_off.put_off(tensor, partial(initialise, tensor, weight.init))
                self.modules[node.weights] = module
                if node.frozen and node.layer.has_statistics:
                    self._still.add(node.weights)
                    module.eval()

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Every weight and buffer under its key, in the order of the modules."""
        return {
            f"{prefix}.{name}": tensor
            for prefix, module in self.modules.items()
            for name, tensor in module.state_dict().items()
        }

    def load_state_dict(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take the values of another network's state.

        Raises:
            KeyError: the keys differ.
        """
        own = self.state_dict()
        if own.keys() != state.keys():
            raise KeyError(*sorted(own.keys() ^ state.keys()))
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(state[name])

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """The tensors that are no buffers, frozen ones too, under their keys."""
        for prefix, module in self.modules.items():
            for name, parameter in module.named_parameters():
                yield f"{prefix}.{name}", parameter

    def train(self, mode: bool = True) -> Interpreter:
        """Set training or evaluation mode in every module but those that frozen statistics hold still."""
        self.training = mode
        for path, module in self.modules.items():
            module.train(mode and path not in self._still)
        return self

    def eval(self) -> Interpreter:
        """Set evaluation mode."""
        return self.train(mode=False)

    def outputs(self) -> tuple[Output, ...]:
        """The outputs that are computed in this mode, main first."""
        return tuple(o for o in self.graph.outputs if self.training or not o.training_only)

    def __call__(
        self, *inputs: torch.Tensor, observe: Observer | None = None
    ) -> torch.Tensor | dict[str, torch.Tensor]:
        """Run the network on batched inputs, in their order.

        Args:
            *inputs: One tensor for each input, the batch first.
            observe: Told every node and its outputs as they are made.

        Returns:
            A tensor, or where there are several outputs a dict by name, main first.
        """
        values: dict[Port, torch.Tensor] = {}
        given = dict(zip((v.node for v in self.graph.inputs), inputs, strict=True))
        for position, node in enumerate(self.graph.order):
            if node.training_only and not self.training:
                continue
            if node.layer.family is Family.INPUT:
                results: tuple[torch.Tensor, ...] = (given[node.path],)
            else:
                results = self.run(node, [values[port] for port in node.inputs])
            for port, tensor in enumerate(results):
                values[Port(node.path, port)] = tensor
            if observe is not None:
                observe(node, results)
            for dead in self._last_use.get(position, ()):
                values.pop(dead, None)
        chosen = self.outputs()
        if len(chosen) == 1:
            return values[chosen[0].value.source]
        return {o.name: values[o.value.source] for o in chosen}

    def run(self, node: Node, operands: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """The outputs of one node on its operands."""
        module = self.modules.get(node.weights)
        if module is not None:
            result = module(*operands)
        else:
            types = [self.graph.type_of(port) for port in node.inputs]
            call = node.layer.functional(*types)
            result = evaluate(call, Bindings(operands, None, self.training))
        return (result,) if isinstance(result, torch.Tensor) else tuple(result)


class Bindings:
    """What the placeholders of a call stand for."""

    def __init__(
        self,
        operands: Sequence[torch.Tensor] = (),
        weights: nn.Module | None = None,
        training: bool = True,
    ) -> None:
        self.operands = operands
        self.weights = weights
        self.training = training


def evaluate(item: Any, bindings: Bindings) -> Any:
    """The value of a call, of a placeholder or of a literal."""
    match item:
        case TorchCall(target, args, kwargs):
            return _call(
                target,
                [evaluate(a, bindings) for a in args],
                {k: evaluate(v, bindings) for k, v in kwargs.items()},
                bindings,
            )
        case Operand(index):
            return bindings.operands[index]
        case WeightOf(name):
            return operator.attrgetter(name)(bindings.weights)
        case SizeOf(operand, axis):
            return bindings.operands[operand].shape[axis]
        case Training():
            return bindings.weights.training if bindings.weights is not None else bindings.training
        case Infix(sign, left, right):
            return _OPERATORS[sign](evaluate(left, bindings), evaluate(right, bindings))
        case list():
            return [evaluate(a, bindings) for a in item]
        case tuple():
            return tuple([evaluate(a, bindings) for a in item])
    return item


def _call(target: str | Helper, args: list[Any], kwargs: dict[str, Any], bindings: Bindings) -> Any:
    if isinstance(target, Helper):
        return helper(target)(*args, **kwargs)
    if target in _OPERATORS:
        return reduce(_OPERATORS[target], args)
    if target.startswith("."):
        return getattr(bindings.operands[0], target[1:])(*args, **kwargs)
    return resolve(target)(*args, **kwargs)


@cache
def resolve(target: str) -> Any:
    """What a dotted name below `torch` stands for."""
    first, *rest = target.split(".")
    if first != "torch":
        raise LookupError(target)
    return reduce(getattr, rest, torch)


@cache
def helper(needed: Helper) -> Any:
    """The function or class that a helper's source defines."""
    namespace: dict[str, Any] = {"torch": torch, "nn": nn, "F": nn.functional}
    for other in needed.needs:
        namespace[other.name] = helper(other)
    exec(needed.source, namespace)  # noqa: S102 - a constant of the layers, never a user's text
    return namespace[needed.name]


def initialise(tensor: torch.Tensor, init: InitialiserValue) -> None:
    """Fill a tensor as an initialiser of the language says."""
    fill = getattr(nn.init, f"{init.name}_", None) or _OWN_INITIALISERS[init.name]
    with torch.no_grad():
        fill(tensor, **dict(init.arguments))


def _truncated_normal(tensor: torch.Tensor, **arguments: Any) -> None:
    nn.init.trunc_normal_(tensor, **arguments)


def _bilinear(tensor: torch.Tensor) -> None:
    """A channel's own spatial plane weighs its neighbours linearly; planes of two others are 0."""
    plane = torch.ones((), dtype=tensor.dtype)
    for size in tensor.shape[2:]:
        reach = (size + 1) // 2
        centre = (size - 1) / 2
        line = 1 - (torch.arange(size, dtype=tensor.dtype) - centre).abs() / reach
        plane = plane[..., None] * line
    tensor.zero_()
    for row, kernels in enumerate(tensor):
        kernels[row % len(kernels)] = plane


def _identity(tensor: torch.Tensor, groups: int = 1) -> None:
    """A matrix or kernel that passes as many channels unchanged as both sides have."""
    if tensor.dim() == 2:
        nn.init.eye_(tensor)
    else:
        nn.init.dirac_(tensor, groups)


_OWN_INITIALISERS: Mapping[str, Callable[..., None]] = {
    "truncated_normal": _truncated_normal,
    "bilinear": _bilinear,
    "identity": _identity,
}


def _side_by_side(nodes: Iterable[Node], depth: int = 0) -> Iterator[Node]:
    """Nodes in order, but with what lies below one path together, where its first one stands."""
    below: dict[str, list[Node]] = {}
    for node in nodes:
        below.setdefault(node.weights.split(".")[depth], []).append(node)
    for group in below.values():
        if group[0].weights.count(".") == depth:
            yield group[0]
        else:
            yield from _side_by_side(group, depth + 1)


def _last_uses(graph: Graph) -> dict[int, list[Port]]:
    """Which outputs nobody reads after a position of the order."""
    kept = {output.value.source for output in graph.outputs}
    last: dict[Port, int] = {}
    for position, node in enumerate(graph.order):
        for port in node.inputs:
            last[port] = position
    uses: dict[int, list[Port]] = {}
    for port, position in last.items():
        if port not in kept:
            uses.setdefault(position, []).append(port)
    return uses
