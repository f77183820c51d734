"""Which skip is to blame: the paths into a join, from where they part."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from archdsl.graph.node import Port, Value
from archdsl.shapes.dim import Dim, Product
from archdsl.shapes.tensor import TensorType

if TYPE_CHECKING:
    from archdsl.elaborate.state import Elaboration

_MAX_LINES = 6


def shape_text(type: TensorType) -> str:
    """A shape as it is printed everywhere: `64×56×56`, symbolic sides with their default."""
    sides = [f"{d} = {d.value}" if isinstance(d, Dim | Product) else str(d) for d in type.dims]
    if any(isinstance(d, Dim | Product) for d in type.dims):
        return "×".join(map(str, type.shape)) + " (" + ", ".join(sides) + ")"
    return "×".join(sides)


def parting(elaboration: Elaboration, sources: tuple[Port, ...]) -> Port | None:
    """The last node that every path into a join comes through, None where inputs differ."""
    position = elaboration.position
    heap = sorted({(-position[source.node], source.node) for source in sources})
    seen = {name for _, name in heap}
    while len(heap) > 1:
        _, name = heapq.heappop(heap)
        operands = elaboration.order[position[name]].inputs
        if not operands:
            return None
        for operand in operands:
            if operand.node not in seen:
                seen.add(operand.node)
                heapq.heappush(heap, (-position[operand.node], operand.node))
    return Port(heap[0][1], 0)


def paths(elaboration: Elaboration, values: tuple[Value, ...]) -> list[str]:
    """Lines that show each path into a join with its shapes, and where they part."""
    part = parting(elaboration, tuple(value.source for value in values))
    lines: list[str] = []
    if part is not None:
        node = elaboration.order[elaboration.position[part.node]]
        lines.append(f"the paths part at {node.path}, {shape_text(node.type)}")
    for number, value in enumerate(values, 1):
        steps: list[str] = []
        port = value.source
        while part is None or port.node != part.node:
            node = elaboration.order[elaboration.position[port.node]]
            steps.append(f"{node.path} {shape_text(node.outputs[port.port])}")
            if not node.inputs:
                break
            port = node.inputs[0]
        steps.reverse()
        if len(steps) > _MAX_LINES:
            hidden = len(steps) - _MAX_LINES
            steps = [*steps[:2], f"... {hidden} more", *steps[hidden + 2 :]]
        text = " -> ".join(steps) if steps else "nothing (the skip)"
        lines.append(f"path {number} gives {shape_text(value.type)}: {text}")
    return lines
