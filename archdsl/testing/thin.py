"""A copy of a network with few channels: the same layers in the same places on the same sizes.

Which sizes a network takes does not depend on how wide it is. Values whose channels depend on each
other (what is added, joined, cut or normalised) are thinned together, by the greatest number that
divides them all; a convolution or a linear layer begins anew. Groups are as many as still fit.
"""

from __future__ import annotations

from dataclasses import replace
from math import gcd

from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.layers.convolution import Conv, ConvTranspose, DepthwiseConv
from archdsl.layers.definition import Family, Layer
from archdsl.layers.linear import Linear
from archdsl.layers.merge import Add, Concat, Mul, Sub
from archdsl.layers.normalisation import BatchNorm, LocalResponseNorm
from archdsl.layers.padding import Pad
from archdsl.layers.regions import RoiAlign, RoiPool
from archdsl.layers.regularisation import Dropout, DropPath
from archdsl.layers.resize import Crop, Upsample
from archdsl.layers.scale import Affine, Scale
from archdsl.layers.shape import ChannelShuffle, Flatten
from archdsl.layers.slicing import Chunk
from archdsl.shapes.tensor import TensorType

_ANEW = (Conv, ConvTranspose, Linear)
"""Layers whose output has the channels they are told, whatever came in."""

_THROUGH = (
    *(Add, Sub, Mul, Concat, Chunk, ChannelShuffle, Flatten, Pad, DepthwiseConv, BatchNorm),
    *(LocalResponseNorm, Dropout, DropPath, Scale, Affine),
)
"""Layers whose outputs have as many times fewer channels as all their operands have; so have
activations and pools."""

_FIRST = (Crop, Upsample, RoiPool, RoiAlign)
"""Layers of which that holds for the first operand alone."""


class _Components:
    """Ports whose channels are thinned together, and what divides them all."""

    def __init__(self) -> None:
        self._parent: dict[Port, Port] = {}
        self._divisor: dict[Port, int] = {}

    def add(self, port: Port, divisor: int) -> None:
        """A port, alone at first."""
        self._parent[port] = port
        self._divisor[port] = divisor

    def join(self, one: Port, other: Port) -> None:
        """Two ports are thinned together."""
        a, b = self._root(one), self._root(other)
        if a != b:
            self._parent[b] = a
            self._divisor[a] = gcd(self._divisor[a], self._divisor[b])

    def pin(self, port: Port) -> None:
        """A port keeps its channels."""
        self._divisor[self._root(port)] = 1

    def divisor(self, port: Port) -> int:
        """By how much a port is thinned."""
        return self._divisor[self._root(port)]

    def _root(self, port: Port) -> Port:
        while self._parent[port] != port:
            self._parent[port] = port = self._parent[self._parent[port]]
        return port


def thinned(graph: Graph) -> Graph:
    """A network with few channels that runs on the same sizes as this one.

    Layers of which nothing is known here keep the channels of their operands and outputs.
    """
    parts = _components(graph)
    types: dict[Port, TensorType] = {}
    order: list[Node] = []
    for node in graph.order:
        ports, layer = _ports(node), node.layer
        by = parts.divisor(ports[0])
        outputs: tuple[TensorType, ...]
        if layer.family is Family.INPUT:
            given = node.type
            outputs = (given.with_dims(given.channels // by, *given.spatial),)
        else:
            operands = [types[port] for port in node.inputs]
            layer = _thin(layer, operands[0], by)
            outputs = layer.outputs(*operands)
        types.update(zip(ports, outputs, strict=True))
        order.append(replace(node, layer=layer, outputs=outputs))
    return replace(
        graph,
        order=tuple(order),
        inputs=tuple([replace(v, type=types[v.source]) for v in graph.inputs]),
        outputs=tuple(
            [replace(o, value=replace(o.value, type=types[o.value.source])) for o in graph.outputs]
        ),
    )


def _components(graph: Graph) -> _Components:
    parts = _Components()
    shared: dict[str, Node] = {}
    for node in graph.order:
        ports = _ports(node)
        for port, type in zip(ports, node.outputs, strict=True):
            parts.add(port, type.channels if type.rank else 1)
        _join(parts, node, ports)
        first = shared.setdefault(node.weights, node)
        if first is not node:
            for one, other in zip(
                (*first.inputs, *_ports(first)), (*node.inputs, *ports), strict=True
            ):
                parts.join(one, other)
    return parts


def _join(parts: _Components, node: Node, ports: list[Port]) -> None:
    """A node's outputs go with what they take their channels from."""
    layer = node.layer
    if layer.family is Family.INPUT:
        return
    if isinstance(layer, _ANEW):
        if isinstance(layer, Linear) and node.type.rank > 1:
            parts.pin(ports[0])
            parts.pin(node.inputs[0])
        return
    if isinstance(layer, _FIRST):
        together = [node.inputs[0], *ports]
    elif _goes_through(layer):
        together = [*node.inputs, *ports]
    else:
        for port in (*node.inputs, *ports):
            parts.pin(port)
        return
    for port in together[1:]:
        parts.join(together[0], port)


def _goes_through(layer: Layer) -> bool:
    if isinstance(layer, Chunk | Concat):
        return layer.axis == 0
    if isinstance(layer, Flatten):
        return layer.start == 0
    return isinstance(layer, _THROUGH) or layer.family in (Family.ACTIVATION, Family.POOLING)


def _ports(node: Node) -> list[Port]:
    return [Port(node.path, number) for number in range(len(node.outputs))]


def _thin(layer: Layer, x: TensorType, by: int) -> Layer:
    """A layer whose output has so many times fewer channels, on a thin operand."""
    match layer:
        case Conv() | ConvTranspose():
            out = layer.out // by
            return replace(layer, out=out, groups=gcd(layer.groups, x.channels, out))
        case Linear():
            return replace(layer, out=layer.out // by)
        case ChannelShuffle():
            return replace(layer, groups=gcd(layer.groups, x.channels))
        case Pad(channels=int(channels)):
            return replace(layer, channels=channels // by)
    return layer
