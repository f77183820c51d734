"""A rule about heads: what a classifier pools over has seen less than the whole input."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any, NamedTuple

from archdsl.analysis.lints.reading import Reading
from archdsl.analysis.receptive_field import fields
from archdsl.analysis.uses import Walk
from archdsl.diagnostics.diagnostic import Diagnostic, warning
from archdsl.graph.node import Node
from archdsl.layers.definition import Family
from archdsl.layers.sides import each, size_text
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import TensorType


class _Seen(NamedTuple):
    """What one position sees along each axis of the input, and how far apart neighbours look."""

    extents: tuple[int, ...]
    steps: tuple[int, ...]


def shortsighted(reading: Reading) -> Iterator[Diagnostic]:
    """W0607: a head that pools over positions none of which sees the whole input.

    A head is a global pool, or an average that leaves one position, with no map behind it on the
    way to an output. A linear layer behind a `flatten` is exempt: it has weights for every
    position. So is a value of as many positions as the input, whose mean is a statistic of what is
    nearby. The sizes are the defaults of the text.
    """
    images = [value.type for value in reading.graph.inputs if _is_map(value.type)]
    if len(images) != 1 or reading.graph.at:
        return
    size = images[0].shape[1:]
    walk: Walk | None = None
    for node in _heads(reading):
        before = reading.operand(node)
        if before.shape[1:] == size:
            continue
        seen = _along_one_way(reading, node, size)
        if before.rank != images[0].rank or (seen is not None and _covers(seen.extents, size)):
            continue
        walk = walk or Walk(reading.graph)
        source = node.inputs[0]
        extents = fields(walk)[walk.first[walk.position[source.node]] + source.port]
        if extents is None or len(extents) != len(size) or _covers(extents, size):
            continue
        yield warning(
            "W0607",
            f"`{node.layer.kind}` pools {size_text(before.shape[1:])} positions, each of which sees "
            f"{size_text(extents)} of the {size_text(size)} input",
            reading.place(node),
            labels=reading.calls(node),
            notes=[f"at {node.path}"],
            help=_wider(extents, size, seen),
        )


def _covers(extents: tuple[int, ...], size: tuple[int, ...]) -> bool:
    return all(e >= n for e, n in zip(extents, size, strict=True))


def _wider(extents: tuple[int, ...], size: tuple[int, ...], seen: _Seen | None) -> str:
    if seen is None:
        return "make it deeper, or dilate its last layers"
    layers = max(
        ceil((n - e) / (2 * step)) for e, n, step in zip(extents, size, seen.steps, strict=True)
    )
    window = size_text((3,) * len(size))
    if layers == 1:
        return f"one more {window} convolution before it would see all of it"
    return f"{layers} more {window} convolutions before it would see all of it"


def _is_map(type: TensorType) -> bool:
    return any(default_of(length) > 1 for length in type.spatial)


def _heads(reading: Reading) -> list[Node]:
    """The pools that leave one position, and behind which no map comes on the way to an output."""
    nodes = reading.graph.nodes
    waiting = [
        output.value.node for output in reading.graph.outputs if not _is_map(output.value.type)
    ]
    found: dict[str, Node] = {}
    known = set(waiting)
    while waiting:
        node = nodes[waiting.pop()]
        if node.layer.kind in _HEADS and _is_map(reading.operand(node)):
            found[node.path] = node
            continue
        for port in node.inputs:
            if port.node not in known and not _is_map(nodes[port.node].outputs[port.port]):
                known.add(port.node)
                waiting.append(port.node)
    return sorted(found.values(), key=lambda node: (node.span.start, node.path))


def _along_one_way(reading: Reading, head: Node, size: tuple[int, ...]) -> _Seen | None:
    """What is seen along one way from the input, which is no more than all that is seen.

    Where paths meet it follows the one that was made last. None where a layer on the way is no
    plain window. It ends where the whole input is seen.
    """
    nodes = reading.graph.nodes
    way: list[Node] = []
    wanted = {head.inputs[0].node}
    for node in reversed(reading.graph.order):
        if node.path not in wanted:
            continue
        if node.layer.kind in _PLAIN:
            way.append(node)
        elif node.layer.family in _MOVING and not _keeps_size(reading, node):
            return None
        if len(node.inputs) == 1:
            wanted = {node.inputs[0].node}
        else:
            wanted = {
                port.node for port in node.inputs if _is_map(nodes[port.node].outputs[port.port])
            }
    extents, steps = [1] * len(size), [1] * len(size)
    for node in reversed(way):
        layer: Any = node.layer
        stride = layer.kernel if layer.stride is None else layer.stride
        dilation = getattr(layer, "dilation", 1)
        sides = (each(side, len(size), "") for side in (layer.kernel, stride, dilation))
        for axis, (k, s, d) in enumerate(zip(*sides, strict=True)):
            extents[axis] += d * (k - 1) * steps[axis]
            steps[axis] *= s
        if _covers(tuple(extents), size):
            break
    return _Seen(tuple(extents), tuple(steps))


def _keeps_size(reading: Reading, node: Node) -> bool:
    before, behind = reading.operand(node), node.outputs[0]
    return node.layer.family is Family.SHAPE and before.shape[1:] == behind.shape[1:]


_HEADS = frozenset(
    {"global_avg_pool", "global_max_pool", "adaptive_avg_pool", "adaptive_max_pool", "avg_pool"}
)

_PLAIN = frozenset({"conv", "depthwise_conv", "sparse_conv", "max_pool", "avg_pool"})

_MOVING = frozenset(Family) - {
    Family.NORMALISATION,
    Family.ACTIVATION,
    Family.REGULARISATION,
    Family.SCALE,
    Family.MERGE,
    Family.INPUT,
}
"""Families of layers that may take elements elsewhere."""
