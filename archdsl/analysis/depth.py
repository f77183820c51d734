"""Depth: the weighted layers on the longest path.

Convolutions, transposed convolutions, linear and recurrent layers count one each, a stacked
recurrent layer one for each of its layers, those in gates and projections included. That is
not always the number in a network's name: SE-ResNet-50 has 82 on its longest path.
"""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.analysis.uses import Walk


def depth(walk: Walk, nodes: Iterable[int], ends: Iterable[int]) -> int:
    """Weighted layers on the longest path among some nodes that leads to one of some values.

    Args:
        walk: The graph.
        nodes: The nodes, in execution order; what stands outside them counts nothing.
        ends: The values where a path may end.
    """
    makers, uses, order = walk.makers, walk.uses, walk.graph.order
    longest: dict[int, int] = {}
    for index in nodes:
        if order[index].training_only:
            continue
        before = 0
        for value in walk.operands[index]:
            reached = longest.get(makers[value], 0)
            before = max(before, reached)
        longest[index] = before + uses[index].layer.depth()
    return max([longest.get(makers[value], 0) for value in ends], default=0)
