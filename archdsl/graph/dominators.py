"""Which value everything that enters a join came through."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

from archdsl.graph.node import Node, Port


def common_source(
    order: Sequence[Node], position: Mapping[str, int], sources: Iterable[Port]
) -> Port | None:
    """The last node that every path into a join comes through, None where inputs differ.

    Args:
        order: The nodes, each after those it reads.
        position: Where each node stands in the order.
        sources: What enters the join.
    """
    heap = sorted({(-position[source.node], source.node) for source in sources})
    seen = {name for _, name in heap}
    while len(heap) > 1:
        _, name = heapq.heappop(heap)
        operands = order[position[name]].inputs
        if not operands:
            return None
        for operand in operands:
            if operand.node not in seen:
                seen.add(operand.node)
                heapq.heappush(heap, (-position[operand.node], operand.node))
    return Port(heap[0][1], 0)
