"""First values that are not PyTorch's own: which stand beside a module, and which in one loop.

What a rule says of all modules of a class of PyTorch's is one loop over the network's modules. Where
some of them start otherwise, or no class has more than a few, it stands in the constructors of those
that it is about, as what a layer's own argument says always does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archdsl.graph.graph import Graph
from archdsl.graph.node import Node
from archdsl.layers import initialisation
from archdsl.layers.definition import Family, Weight
from archdsl.layers.torch_call import Helper, TorchCall
from archdsl.shapes.tensor import TensorType

_FEW = 2
"""So many modules of a class are no reason for a loop."""

_LACKING = ("weight", "bias")
"""The tensors for which PyTorch's modules hold None where they have none."""


@dataclass(frozen=True, slots=True)
class Filling:
    """The call that fills a tensor of each module; `some` says that not every module has it."""

    weight: str
    call: TorchCall
    some: bool


@dataclass(frozen=True, slots=True)
class Kinds:
    """Classes of PyTorch's whose modules all start alike."""

    classes: tuple[str, ...]
    fillings: tuple[Filling, ...]


@dataclass(slots=True)
class _Made:
    """A module that a node is the first to use, with its tensors."""

    node: Node
    types: tuple[TensorType, ...]
    weights: dict[str, Weight] = field(default_factory=dict)


class FirstValues:
    """Where a network's first values are written."""

    def __init__(self, graph: Graph) -> None:
        self.loop: tuple[Kinds, ...] = ()
        self._looped: set[tuple[str, str]] = set()
        if any(node.initial for node in graph.order):
            self.loop = tuple(_merged(self._kinds(graph)))

    def beside(self, node: Node, types: Sequence[TensorType]) -> tuple[Weight, ...]:
        """The weights of a layer that are filled where its module is made."""
        return tuple(
            weight
            for weight in node.tensors(*types)
            if weight.init is not None and (node.weights, weight.name) not in self._looped
        )

    def _kinds(self, graph: Graph) -> Iterator[Kinds]:
        """The classes whose modules start alike; none where each has few."""
        found: dict[str, tuple[list[_Made], tuple[Filling, ...]]] = {}
        for name, modules in _by_class(graph).items():
            weights = dict.fromkeys(weight for made in modules for weight in made.weights)
            fillings = [_filling(weight, modules) for weight in weights]
            kept = tuple(filling for filling in fillings if filling is not None)
            if kept:
                found[name] = (modules, kept)
        if all(len(modules) <= _FEW for modules, _ in found.values()):
            return
        for name, (modules, kept) in found.items():
            self._looped.update((m.node.weights, f.weight) for m in modules for f in kept)
            yield Kinds((name,), kept)


def _filling(weight: str, modules: Sequence[_Made]) -> Filling | None:
    """What fills a tensor of all the modules, by a rule and alike; None where that is not so."""
    holding = [made for made in modules if weight in made.weights]
    if len(holding) < len(modules) and weight not in _LACKING:
        return None
    if any(weight not in made.node.initial or _has_argument(made, weight) for made in holding):
        return None
    calls = [initialisation.call(made.weights[weight]) for made in holding]
    if any(call != calls[0] for call in calls):
        return None
    return Filling(weight, calls[0], len(holding) < len(modules))


def _has_argument(made: _Made, name: str) -> bool:
    """Whether the layer's own argument says how a weight starts."""
    own = {weight.name: weight for weight in made.node.layer.weights(*made.types)}
    return own[name].init is not None


def _by_class(graph: Graph) -> dict[str, list[_Made]]:
    """The modules by the class of PyTorch's that they are of, helpers that derive from it included.

    Left out is a class of which PyTorch makes modules that the graph does not know.
    """
    found: dict[str, list[_Made]] = {}
    seen: set[str] = set()
    hidden: set[str] = set()
    for node in graph.order:
        if node.layer.family is Family.INPUT or node.weights in seen:
            continue
        types = tuple(map(graph.type_of, node.inputs))
        call = node.layer.module(*types)
        if call is None:
            continue
        seen.add(node.weights)
        if node.layer.family is Family.ATTENTION:
            hidden.add("torch.nn.Linear")
        name = _class_of(call.target)
        if name is not None:
            weights = {weight.name: weight for weight in node.tensors(*types) if weight.trainable}
            found.setdefault(name, []).append(_Made(node, types, weights))
    return {name: modules for name, modules in found.items() if name not in hidden}


def _class_of(target: str | Helper) -> str | None:
    """The class of PyTorch's that a module is of; None for one of the layers' own."""
    if isinstance(target, str):
        return target
    base = re.search(rf"^class {target.name}\(nn\.(\w+)\)", target.source, re.MULTILINE)
    return None if base is None or base[1] == "Module" else f"torch.nn.{base[1]}"


def _merged(kinds: Iterator[Kinds]) -> Iterator[Kinds]:
    """Classes that start alike together, where the first of them stands."""
    together: list[tuple[tuple[Filling, ...], list[str]]] = []
    for kind in kinds:
        for fillings, classes in together:
            if fillings == kind.fillings:
                classes.extend(kind.classes)
                break
        else:
            together.append((kind.fillings, list(kind.classes)))
    for fillings, classes in together:
        yield Kinds(tuple(classes), fillings)
