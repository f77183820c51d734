"""Legal inputs: what the sizes of the inputs must fulfil, with the cause of each condition.

A size is legal when the network runs on it with the weights of the default sizes. Whether one
size is legal is decided by running the rules on whole numbers; the set of all legal sizes is
described by the conditions that the layers ask for, those left out that hold for every size.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archdsl.diagnostics.source import Span
from archdsl.graph.graph import Graph
from archdsl.graph.node import Port
from archdsl.layers.definition import Layer, Reject
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import (
    Dim,
    Floor,
    Positive,
    Product,
    Symbol,
    substitute,
    symbols_of,
)
from archdsl.shapes.tensor import Length, TensorType


@dataclass(frozen=True, slots=True)
class SizeCondition:
    """A condition on the sizes of the inputs.

    `text` is the condition over `symbols`, `path` the layer that asks for it (None for an
    input's `where`), `reason` what it asks for in words.
    """

    text: str
    symbols: tuple[str, ...]
    path: str | None
    reason: str
    span: Span


@dataclass(frozen=True, eq=False)
class LegalInputs:
    """The legal sizes of a network's inputs: conditions that all must hold."""

    graph: Graph
    conditions: tuple[SizeCondition, ...]

    def accepts(self, **sizes: int) -> bool:
        """Whether the network runs on these sizes with the same weights.

        Sizes that are not given keep their defaults.

        Raises:
            ValueError: No input has a size of this name, or a size is below 1.
        """
        for name, size in sizes.items():
            if name not in self.graph.symbols:
                raise ValueError(f"no input has a size called {name!r}")
            if size < 1:
                raise ValueError(f"the size {name} is {size}, and the least is 1")
        return _runs(self.graph, sizes)


def legal_inputs(graph: Graph) -> LegalInputs:
    """The conditions on a graph's inputs: none that holds for every size, each once.

    Of the lower bounds on one symbol only the highest is kept: the others follow from it.
    """
    lowest: dict[str, tuple[int, int]] = {}
    found: dict[str, SizeCondition] = {}
    positions: dict[str, int] = {}
    for position, requirement in enumerate(graph.requirements):
        condition = requirement.condition
        if _always_holds(condition):
            continue
        bound = _lower_bound(condition)
        if bound is None:
            text = _text(condition)
            if text in found:
                continue
        else:
            symbol, least = bound
            text = f"{symbol} >= {least}"
            before = lowest.get(symbol)
            if least <= 1 or (before is not None and before[0] >= least):
                continue
            if before is not None:
                del found[f"{symbol} >= {before[0]}"]
            lowest[symbol] = (least, position)
        symbols = _symbols(condition)
        found[text] = SizeCondition(
            text, symbols, requirement.node, condition.reason, requirement.span
        )
        positions[text] = position
    ordered = sorted(found.values(), key=lambda each: positions[each.text])
    return LegalInputs(graph, tuple(ordered))


def _sides(condition: Condition) -> tuple[Length, Length]:
    if isinstance(condition, AtLeast):
        return condition.value, condition.bound
    return condition.left, condition.right


def _symbols(condition: Condition) -> tuple[str, ...]:
    left, right = _sides(condition)
    return tuple(sorted(symbols_of(left) | symbols_of(right)))


def _text(condition: Condition) -> str:
    left, right = _sides(condition)
    if isinstance(left, int):
        left, right = right, left
        sign = "<=" if isinstance(condition, AtLeast) else "=="
    else:
        sign = ">=" if isinstance(condition, AtLeast) else "=="
    return f"{left} {sign} {right}"


def _always_holds(condition: Condition) -> bool:
    """Whether it holds for every size from 1, where that is plain to see."""
    if not isinstance(condition, AtLeast):
        return condition.is_constant
    value, bound = condition.value, condition.bound
    if isinstance(value, Product) or isinstance(bound, Product):
        return False
    difference = value - bound
    if isinstance(difference, int):
        return difference >= 0
    return difference.least is not None and difference.least >= 0


def _lower_bound(condition: Condition) -> tuple[str, int] | None:
    """`symbol >= least`, where a condition comes to that; None for others."""
    if not isinstance(condition, AtLeast) or not isinstance(condition.bound, int):
        return None
    value, bound = condition.value, condition.bound
    if not isinstance(value, Dim) or len(value.symbols) != 1 or not _grows(value):
        return None
    (symbol,) = value.symbols
    return symbol, _least(value, bound, symbol)


def _least(value: Dim, bound: int, symbol: str) -> int:
    """The least size for which a dimension that grows with one symbol reaches a bound."""
    dim, needed = value, bound
    while len(dim.terms) == 1:
        ((atom, coefficient),) = dim.terms
        needed = -((dim.constant - needed) // coefficient)
        match atom:
            case Symbol():
                return max(needed, 1)
            case Floor():
                dim, needed = atom.dim, needed * atom.den
            case Positive() if needed > 0:
                dim = atom.dim
            case Positive():
                return 1
    # The default holds, so the least size lies at or below it.
    low, high = 1, _default(value)
    while low < high:
        middle = (low + high) // 2
        if substitute(value, {symbol: middle}) >= bound:
            high = middle
        else:
            low = middle + 1
    return low


def _grows(dim: Dim) -> bool:
    """Whether a dimension never falls as its symbols grow, where that is plain to see."""
    waiting = [dim]
    while waiting:
        for atom, coefficient in waiting.pop().terms:
            if coefficient < 0:
                return False
            if isinstance(atom, Floor | Positive):
                waiting.append(atom.dim)
    return True


def _default(dim: Dim) -> int:
    """The default of the only symbol in a dimension."""
    while True:
        atom = dim.terms[0][0]
        if isinstance(atom, Symbol):
            return atom.value
        dim = atom.dim


def _runs(graph: Graph, sizes: dict[str, int]) -> bool:
    """Whether every layer accepts its operands at these sizes, its weights unchanged."""
    types: dict[Port, TensorType] = {}
    known: dict[Any, tuple[TensorType, ...] | None] = {}
    for node in graph.order:
        if node.training_only:
            continue
        if not node.inputs:
            types[Port(node.path, 0)] = _at(node.type, sizes)
            continue
        operands = tuple([types[port] for port in node.inputs])
        declared = tuple([graph.type_of(port).concrete() for port in node.inputs])
        key = (node.layer, operands, declared)
        if key not in known:
            known[key] = _outputs(_sized(node.layer, sizes), operands, declared)
        outputs = known[key]
        if outputs is None:
            return False
        for number, output in enumerate(outputs):
            types[Port(node.path, number)] = output
    return True


def _sized(layer: Layer, sizes: dict[str, int]) -> Layer:
    """A layer with numbers for the sizes in its arguments, as in `reshape(64, H, W)`."""
    fields = {field.name: getattr(layer, field.name) for field in dataclasses.fields(layer)}
    named = {name: _numbers(value, sizes) for name, value in fields.items() if _has_size(value)}
    return dataclasses.replace(layer, **named) if named else layer


def _has_size(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(map(_has_size, value))
    return isinstance(value, Dim)


def _numbers(value: Any, sizes: dict[str, int]) -> Any:
    if isinstance(value, tuple):
        return tuple([_numbers(item, sizes) for item in value])
    return substitute(value, sizes) if isinstance(value, Dim) else value


def _outputs(
    layer: Layer, operands: tuple[TensorType, ...], declared: tuple[TensorType, ...]
) -> tuple[TensorType, ...] | None:
    """What a layer makes of operands; None where it refuses them or would need other weights."""
    try:
        if not _all_hold(layer.conditions(*operands)):
            return None
        result = layer.output(*operands)
        if layer.weights(*operands) != layer.weights(*declared):
            return None
    except Reject:
        return None
    outputs = result if isinstance(result, tuple) else (result,)
    return outputs if all(min(o.shape, default=1) >= 1 for o in outputs) else None


def _all_hold(conditions: Iterable[Condition]) -> bool:
    return all(condition.holds for condition in conditions)


def _at(type: TensorType, sizes: dict[str, int]) -> TensorType:
    return type.with_dims(*[substitute(d, sizes) for d in type.dims])
