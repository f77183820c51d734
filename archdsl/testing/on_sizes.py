"""Which sizes a network takes, as PyTorch says: every layer is run on the CPU, in evaluation mode.

Whether a layer runs is told by its call and by the shapes and dtypes of its operands, not by the
numbers in them. So what has been run is not run again, in this network or in another one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.layers.definition import Family, Layer
from archdsl.layers.merge import Concat, Matmul, Mul
from archdsl.layers.resize import Crop
from archdsl.layers.torch_call import TorchCall
from archdsl.shapes.dim import substitute
from archdsl.shapes.tensor import TensorType
from archdsl.testing.interpret import Bindings, evaluate
from archdsl.testing.meanings import Refused
from archdsl.testing.oracles import sober

Form = tuple[tuple[int, ...], torch.dtype]
"""The shape, batch first, and dtype of a tensor."""

_REFUSALS = (RuntimeError, ValueError, IndexError, TypeError, UserWarning)


class Tries:
    """Calls that have been run: what came out of each, or why it was refused."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Form, ...] | str] = {}
        self._modules: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self._known)

    def run(self, call: Call, forms: tuple[Form, ...]) -> tuple[Form, ...]:
        """The outputs' forms of a call on tensors of these forms.

        Raises:
            Refused: PyTorch refuses them.
        """
        key = call.text, forms
        if key not in self._known:
            try:
                self._known[key] = self._ran(call, forms)
            except _REFUSALS as error:
                self._known[key] = str(error).partition("\n")[0]
        found = self._known[key]
        if isinstance(found, str):
            raise Refused(found)
        return found

    @sober()
    def _ran(self, call: Call, forms: tuple[Form, ...]) -> tuple[Form, ...]:
        operands = [torch.zeros(shape, dtype=dtype) for shape, dtype in forms]
        if call.module is not None:
            if call.text not in self._modules:
                self._modules[call.text] = evaluate(call.module, Bindings()).eval()
            result = self._modules[call.text](*operands)
        else:
            result = evaluate(call.functional, Bindings(operands, None, training=False))
        results = (result,) if isinstance(result, Tensor) else result
        return tuple([(tuple(r.shape), r.dtype) for r in results])


@dataclasses.dataclass(frozen=True)
class Call:
    """How PyTorch says a node: a module with the weights of the default sizes, or a function."""

    module: TorchCall | None
    functional: TorchCall
    text: str

    @classmethod
    def of(cls, layer: Layer, types: Sequence[TensorType]) -> Call:
        """The call of a layer on operands of these types."""
        module, functional = layer.module(*types), layer.functional(*types)
        return cls(module, functional, repr(functional if module is None else module))


class OnCpu:
    """A network that is run on sizes of its inputs, at batch 1."""

    def __init__(self, graph: Graph, tries: Tries) -> None:
        self.graph = graph
        self._tries = tries
        self._types = {
            node.path: [graph.type_of(port) for port in node.inputs] for node in graph.order
        }
        self._calls = {
            node.path: Call.of(node.layer, self._types[node.path])
            for node in graph.order
            if node.layer.family is not Family.INPUT
        }

    def refusal(self, sizes: Mapping[str, int], *, training: bool = False) -> str | None:
        """Which layer does not take these sizes, and why; None where all do.

        What PyTorch takes in silence counts as refused: an operand of size 1 that is
        repeated where it is not at the default sizes, fewer parts than asked, an empty value.

        Args:
            sizes: The inputs' symbols; those not given keep their defaults.
            training: Whether the outputs of training are computed too.
        """
        forms: dict[Port, Form] = {}
        for node in self.graph.order:
            if node.training_only and not training:
                continue
            try:
                made = self._run(node, [forms[port] for port in node.inputs], sizes)
            except Refused as refused:
                return f"{node.path}: {refused}"
            for number, form in enumerate(made):
                forms[Port(node.path, number)] = form
        return None

    def _run(self, node: Node, forms: list[Form], sizes: Mapping[str, int]) -> tuple[Form, ...]:
        if node.layer.family is Family.INPUT:
            made: tuple[Form, ...] = (_form(node.type, sizes),)
        else:
            call, types = self._calls[node.path], self._types[node.path]
            _check(node.layer, forms, types)
            made = self._tries.run(call, tuple(forms))
            if len(made) != len(node.outputs):
                raise Refused(f"{len(made)} parts instead of {len(node.outputs)}")
        if any(not all(shape) for shape, _ in made):
            raise Refused("nothing is left")
        return made


def _form(type: TensorType, sizes: Mapping[str, int]) -> Form:
    shape = tuple([substitute(d, sizes) for d in type.dims])
    if type.batched:
        batch = 1 if type.regions is None else substitute(type.regions, sizes)
        shape = (batch, *shape)
    return shape, getattr(torch, type.dtype)


def _check(layer: Layer, forms: Sequence[Form], types: Sequence[TensorType]) -> None:
    """Refuse what PyTorch would take in silence.

    Raises:
        Refused: as `OnCpu.refusal`.
    """
    shapes = [
        shape[1:] if type.batched else shape for (shape, _), type in zip(forms, types, strict=True)
    ]
    if isinstance(layer, Crop) and any(
        a < b for a, b in zip(shapes[0][1:], shapes[1][1:], strict=True)
    ):
        raise Refused("a crop larger than the value")
    if layer.family is not Family.MERGE or isinstance(layer, Concat | Matmul):
        return
    gates = [isinstance(layer, Mul) and all(d == 1 for d in type.dims[1:]) for type in types]
    whole = {shape for shape, gate in zip(shapes, gates, strict=True) if not gate}
    if len(whole) > 1:
        raise Refused(f"{' and '.join(map(str, sorted(whole)))} are joined")
