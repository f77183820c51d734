"""Where the paths into a join part, and for which lengths there they come out alike.

`H % 16 <= 7` says which sizes are legal; that the two paths parted at `down4`, and are alike when
what comes in there is even, says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.analysis.legal_inputs import SizeCondition, box_text
from archdsl.analysis.legal_sets import Box, Open, boxes_of, meet
from archdsl.graph.dominators import common_source
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.graph.region import RegionKind
from archdsl.layers.definition import Reject
from archdsl.shapes.condition import Equal
from archdsl.shapes.dim import Dim, default_of, symbol, symbols_of
from archdsl.shapes.tensor import TensorType

_FRESH = "x"
_COPIES = (RegionKind.REPEAT, RegionKind.FOR)


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two paths parted.

    `name` is the value there, `length` its side in question over the inputs' symbols, `alike` for
    which sides `x` there the paths come out alike; None where that is no plain condition.
    """

    name: str
    length: str
    alike: str | None


def parting(graph: Graph, condition: SizeCondition) -> Parting | None:
    """Where the paths into the join of a condition parted.

    None where the condition is no join's, speaks of several symbols, or where inputs are joined.
    """
    node = None if condition.path is None else graph.nodes[condition.path]
    if node is None or len(node.inputs) < 2 or len(condition.symbols) != 1:
        return None
    if not isinstance(condition.condition, Equal):
        return None
    position = {each.path: number for number, each in enumerate(graph.order)}
    source = common_source(graph.order, position, node.inputs)
    if source is None:
        return None
    (name,) = condition.symbols
    sides = [
        (axis, side)
        for axis, side in enumerate(graph.type_of(source).dims)
        if isinstance(side, Dim) and side.symbols == {name}
    ]
    if len(sides) != 1:
        return None
    ((axis, side),) = sides
    return Parting(_name_of(graph, source), str(side), _alike(graph, source, axis, node, position))


def _alike(
    graph: Graph, source: Port, axis: int, join: Node, position: dict[str, int]
) -> str | None:
    """For which sides of the value at the parting the operands of the join are alike."""
    types: dict[Port, TensorType] = {}
    for number, type in enumerate(graph.nodes[source.node].outputs):
        dims = list(type.dims)
        if axis < len(dims) and isinstance(dims[axis], Dim):
            dims[axis] = symbol(_FRESH, default_of(dims[axis]))
        types[Port(source.node, number)] = type.with_dims(*dims)
    try:
        for node in _between(graph, source, join, position):
            made = node.layer.outputs(*[types[port] for port in node.inputs])
            for number, type in enumerate(made):
                types[Port(node.path, number)] = type
        asked = list(join.layer.conditions(*[types[port] for port in join.inputs]))
    except (Reject, KeyError):
        return None
    boxes: tuple[Box, ...] = ({},)
    for each in asked:
        if isinstance(each, Equal) and symbols_of(each.left) | symbols_of(each.right) == {_FRESH}:
            try:
                found = boxes_of(each)
                boxes = meet(boxes, found or ())
            except Open:
                return None
    return box_text(boxes[0]) or None if len(boxes) == 1 else None


def _between(graph: Graph, source: Port, join: Node, position: dict[str, int]) -> list[Node]:
    """The nodes on the paths from a value to a join, in order."""
    found: set[str] = set()
    waiting = [port.node for port in join.inputs]
    while waiting:
        name = waiting.pop()
        if name != source.node and name not in found:
            found.add(name)
            waiting.extend(port.node for port in graph.nodes[name].inputs)
    return sorted((graph.nodes[name] for name in found), key=lambda node: position[node.path])


def _name_of(graph: Graph, source: Port) -> str:
    """What the author calls a value: the outermost named part that it leaves, else its layer."""
    leaving = [
        region
        for region in graph.regions
        if region.name is not None and any(value.source == source for value in region.outputs)
    ]
    whole = [region for region in leaving if region.kind not in _COPIES]
    for region in whole or leaving:
        return region.path
    return source.node.removeprefix("input.")
