"""What a network keeps as it is in training: the last line of its constructor.

Parameters no longer ask for gradients. A layer with statistics of its own takes a class whose `train`
leaves it in evaluation, so that no call of `train`, of whatever part of the network, moves them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from archdsl.backend.constructors import number_range
from archdsl.backend.expression import Literal
from archdsl.backend.loops import NUMBER
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node
from archdsl.layers.definition import Family
from archdsl.layers.torch_call import Helper, TorchCall

_CLASS = '''\
class {name}(nn.{base}):
    """Stays in evaluation: it takes no statistics, whatever the network around it does."""

    def train(self, mode=True):
        return super().train(False)
'''

_FREEZE = '''\
def freeze(*parts):
    """Leave parts as they are in training{too}."""
    for part in parts:
        part.requires_grad_(False)
'''

_LAYERS = """\
        for layer in part.modules():
"""

_CHANGED = """\
            {test} isinstance(layer, nn.{base}):
                layer.__class__ = {name}
                layer.eval()
"""

_OF_A_COPY = re.compile(r'(.*(?:\[|, ))("?)(\d+)\2([\])].*)')
"""A part of a copy: `self.a[0].conv1`, or `getattr(self.a, "0").conv1`."""

_FEW = 2

_Tree = dict[str, "_Tree"]


class Frozen:
    """The frozen layers of a network."""

    def __init__(self, graph: Graph) -> None:
        self._below: _Tree = {}
        self._frozen: dict[str, bool] = {}
        bases: dict[str, None] = {}
        if not any(node.frozen for node in graph.order):
            self.helper: Helper | None = None
            return
        for node, call in _with_state(graph):
            self._frozen[node.weights] = node.frozen
            place = self._below
            for name in node.weights.split("."):
                place = place.setdefault(name, {})
            if node.frozen and node.layer.has_statistics and isinstance(call.target, str):
                bases[call.target.rpartition(".")[2]] = None
        self.helper = _helper(tuple(sorted(bases)))

    def parts(self) -> Iterator[str]:
        """The paths of the largest parts that are frozen as a whole; the network is the empty one."""
        if self._is_whole(self._below, ""):
            yield ""
        else:
            yield from self._parts(self._below, "")

    def _parts(self, below: _Tree, prefix: str) -> Iterator[str]:
        for name, inner in below.items():
            path = f"{prefix}{name}"
            if self._is_whole(inner, path):
                yield path
            else:
                yield from self._parts(inner, f"{path}.")

    def _is_whole(self, below: _Tree, path: str) -> bool:
        if not below:
            return self._frozen[path]
        around = f"{path}." if path else ""
        return all(self._is_whole(inner, f"{around}{name}") for name, inner in below.items())

    def arguments(self, holder: Callable[[str], str]) -> tuple[str, ...]:
        """The parts as the constructor names them, the same part of several copies together."""
        found: dict[str, list[int]] = {}
        for part in map(holder, self.parts()):
            copy = _OF_A_COPY.fullmatch(part)
            if copy is None:
                found[part] = []
            else:
                before, mark, number, behind = copy.groups()
                found.setdefault(f"{before}{mark}{{}}{mark}{behind}", []).append(int(number))
        return tuple(text for form, numbers in found.items() for text in _named(form, numbers))


def _named(form: str, numbers: Sequence[int]) -> Iterator[str]:
    """One part, or that of some copies: more than two next to each other in one expression."""
    if not numbers:
        yield form
    every = form.replace('"{}"', f"str({NUMBER})").replace("{}", NUMBER)
    start = 0
    for end in range(1, len(numbers) + 1):
        if end < len(numbers) and numbers[end] == numbers[end - 1] + 1:
            continue
        first, count = numbers[start], end - start
        if count > _FEW:
            yield f"*({every} for {NUMBER} in {number_range(first, Literal(count))})"
        else:
            yield from (form.format(number) for number in numbers[start:end])
        start = end


def _with_state(graph: Graph) -> Iterator[tuple[Node, TorchCall]]:
    """The layers with something that training changes, at their first use, and their modules."""
    seen: set[str] = set()
    for node in graph.order:
        if node.layer.family is Family.INPUT or node.weights in seen:
            continue
        seen.add(node.weights)
        types = tuple(map(graph.type_of, node.inputs))
        call = node.layer.module(*types)
        changes = node.layer.has_statistics or any(w.trainable for w in node.layer.weights(*types))
        if call is not None and changes:
            yield node, call


@cache
def _helper(bases: tuple[str, ...]) -> Helper:
    """The function that freezes parts, with the classes of layers that keep statistics."""
    source = _FREEZE.format(too=", their statistics too" if bases else "")
    needs: list[Helper] = []
    for position, base in enumerate(bases):
        name = f"Frozen{base}"
        needs.append(Helper(name, _CLASS.format(name=name, base=base)))
        source += "" if position else _LAYERS
        source += _CHANGED.format(test="elif" if position else "if", base=base, name=name)
    return Helper("freeze", source, tuple(needs))
