"""Which skip is to blame: the paths into a join, from where they part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archdsl.graph.dominators import common_source
from archdsl.graph.node import Node, Port, Value
from archdsl.layers.definition import Family, Layer
from archdsl.shapes.dim import Dim, Product, default_of, symbols_of
from archdsl.shapes.sizes import TooLong
from archdsl.shapes.sizes_text import text
from archdsl.shapes.solve import where_zero
from archdsl.shapes.tensor import Length, TensorType

if TYPE_CHECKING:
    from archdsl.elaborate.state import Elaboration

_MOST_LINES = 6


def shape_text(type: TensorType) -> str:
    """A shape as it is printed everywhere, `64×56×56`, with what its sides come from.

    A dtype that is not the usual one stands behind it.
    """
    derived = [str(d) for d in type.dims if isinstance(d, Dim | Product)]
    derived = [text for text in dict.fromkeys(derived) if not text.isidentifier()]
    sides = "×".join(map(str, type.shape))
    if type.dtype != "float32":
        sides += f" {type.dtype}"
    return f"{sides} ({', '.join(derived)})" if derived else sides


def paths(elaboration: Elaboration, values: tuple[Value, ...]) -> list[str]:
    """Where the paths into a join part, and the layers of each, a line for each with its shape."""
    sources = [value.source for value in values]
    part = common_source(elaboration.order, elaboration.position, sources)
    notes: list[str] = []
    if part is not None:
        node = elaboration.order[elaboration.position[part.node]]
        notes.append(f"the paths part at {node.path}, {shape_text(node.type)}")
    for number, value in enumerate(values, 1):
        steps = [
            (node.path, shape_text(node.outputs[port.port]))
            for node, port in _back(elaboration, value, part)
        ]
        notes.append(f"path {number} gives {shape_text(value.type)}{_lines(steps[::-1])}")
    return notes


def _back(elaboration: Elaboration, value: Value, part: Port | None) -> Iterator[tuple[Node, Port]]:
    """The layers of a path into a join, from its end back to where the paths part."""
    port = value.source
    while part is None or port.node != part.node:
        node = elaboration.order[elaboration.position[port.node]]
        yield node, port
        if not node.inputs:
            break
        port = node.inputs[0]


def mend(elaboration: Elaboration, values: tuple[Value, ...]) -> str | None:
    """An edit that makes values of other axes or dtypes fit: of the layer that made them so."""
    part = common_source(
        elaboration.order, elaboration.position, [value.source for value in values]
    )
    most = max(value.type.rank for value in values)
    for value in values:
        for node, port in _back(elaboration, value, part):
            type = node.outputs[port.port]
            if value.type.rank < most and type.rank == value.type.rank:
                if getattr(node.layer, "keep", None) is False:
                    kept = f"{node.layer.kind}(keep=true)"
                    return f"`{kept} -> upsample(like=NAME)` has the size of the value called NAME"
                if node.layer.kind == "flatten":
                    return f"`flatten` takes the axes of path {values.index(value) + 1} away: put it behind"
            elif node.layer.family is Family.INPUT and type.dtype != values[0].type.dtype:
                name = node.path.removeprefix("input.")
                also = ", or give `embedding` its numbers" if "int" in type.dtype else ""
                return f"declare `{name}` without `: {type.dtype}`{also}"
    return None


def _lines(steps: list[tuple[str, str]]) -> str:
    if not steps:
        return ", as it came"
    width = max(len(path) for path, _ in steps)
    lines = [f"{path:{width}}  {shape}" for path, shape in steps]
    if len(lines) > _MOST_LINES:
        hidden = len(lines) - _MOST_LINES
        lines = [*lines[:2], f"... {hidden} more", *lines[hidden + 2 :]]
    return "".join(f"\n  {line}" for line in lines)


def differences(elaboration: Elaboration, layer: Layer, values: tuple[Value, ...]) -> list[str]:
    """For each axis on which operands of a join differ by the input's size: how, and where not."""
    first, *others = [value.type.dims for value in values]
    along = getattr(layer, "axis", None)
    notes: list[str] = []
    for other in others:
        if layer.kind == "matmul" or len(other) != len(first):
            continue
        for axis, (a, b) in enumerate(zip(first, other, strict=True)):
            if default_of(a) != default_of(b) and axis != _counted(along, len(first)):
                note = _difference(elaboration, a, b)
                if note is not None and note not in notes:
                    notes.append(note)
    return notes


def _counted(axis: int | None, rank: int) -> int | None:
    return None if axis is None else axis % rank


def _difference(elaboration: Elaboration, a: Length, b: Length) -> str | None:
    """How two lengths of one symbol differ: by as much at every size, or but for some sizes."""
    symbols = symbols_of(a) | symbols_of(b)
    if len(symbols) != 1 or isinstance(a, Product) or isinstance(b, Product):
        return None
    (symbol,) = symbols
    size = elaboration.symbols[symbol].default
    said = f"{a} and {b} are {default_of(a)} and {default_of(b)} at {symbol} = {size}"
    gap = a - b
    if isinstance(gap, int):
        return f"{said}: they differ by {abs(gap)} at every size"
    try:
        equal = where_zero(gap)
    except TooLong:
        return said
    near = [n for n in (equal.previous(size), equal.next(size)) if n is not None]
    if isinstance(a, int) or isinstance(b, int):
        return f"{said}, and equal at {symbol} = {near[-1]}" if near and 1 not in (a, b) else None
    if equal.is_finite:
        return f"{said}: they grow at different rates, as where a stride is on one path only"
    when = text(equal, symbol)
    nearest = " and ".join(f"{symbol} = {n}" for n in near)
    return f"{said}, and equal where {when}: nearest {nearest}"
