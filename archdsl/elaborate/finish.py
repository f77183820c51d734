"""From what was built to the frozen graph: regions with the values that cross their borders."""

from __future__ import annotations

from archdsl.elaborate.state import Elaboration, RegionBuilder
from archdsl.graph.graph import Output
from archdsl.graph.node import Node, Port, Value
from archdsl.graph.region import Region


class _Crossings:
    """Values that enter and leave a region, each once, in the order they are met."""

    __slots__ = ("inputs", "outputs")

    def __init__(self) -> None:
        self.inputs: dict[Port, Value] = {}
        self.outputs: dict[Port, Value] = {}


def freeze_regions(elaboration: Elaboration, outputs: tuple[Output, ...]) -> tuple[Region, ...]:
    """Build the frozen regions, children before parents."""
    builders = elaboration.regions
    crossings = [_Crossings() for _ in builders]
    order, position = elaboration.order, elaboration.position
    for index, node in enumerate(order):
        for port in node.inputs:
            _cross(elaboration, builders, crossings, port, position[port.node], node.region, index)
    end = len(order)
    for output in outputs:
        source = output.value.source
        _cross(elaboration, builders, crossings, source, position[source.node], 0, end)
    finished: list[Region | None] = [None] * len(builders)
    for builder in reversed(builders):
        finished[builder.id] = _freeze(builder, finished, crossings[builder.id])
    return tuple(region for region in finished if region is not None)


def _cross(
    elaboration: Elaboration,
    builders: list[RegionBuilder],
    crossings: list[_Crossings],
    port: Port,
    made: int,
    used_in: int,
    used: int,
) -> None:
    """Note one use of a value in every region whose border it crosses."""
    maker = elaboration.order[made]
    region: RegionBuilder | None = builders[used_in]
    value: Value | None = None
    while region is not None and not region.start <= made < region.stop:
        inputs = crossings[region.id].inputs
        if port not in inputs:
            value = value or Value(port, maker.outputs[port.port])
            inputs[port] = value
        region = region.parent
    region = builders[maker.region]
    while region is not None and not region.start <= used < region.stop:
        outputs = crossings[region.id].outputs
        if port not in outputs:
            value = value or Value(port, maker.outputs[port.port])
            outputs[port] = value
        region = region.parent


def _freeze(builder: RegionBuilder, finished: list[Region | None], crossings: _Crossings) -> Region:
    members: list[Node | Region] = []
    for member in builder.members:
        if isinstance(member, RegionBuilder):
            region = finished[member.id]
            assert region is not None
            members.append(region)
        else:
            members.append(member)
    return Region(
        builder.id,
        builder.kind,
        builder.name,
        builder.index,
        builder.path,
        builder.parent.id if builder.parent is not None else None,
        builder.span,
        builder.doc,
        builder.declaration,
        builder.arguments,
        builder.argument_expressions,
        builder.lets,
        tuple(builder.branches),
        tuple(members),
        _flow_first(builder, crossings.inputs, builder.entry),
        _flow_first(builder, crossings.outputs, builder.exit),
        builder.merge,
        builder.use,
        builder.training_only,
        builder.called,
        builder.scope,
    )


def _flow_first(
    builder: RegionBuilder, values: dict[Port, Value], flow: object
) -> tuple[Value, ...]:
    """The crossing values, the flow's in front; an empty region passes its flow through."""
    if not isinstance(flow, Value):
        return tuple(values.values())
    if builder.start == builder.stop:
        return (flow,)
    source = flow.source
    if source not in values:
        return tuple(values.values())
    if len(values) == 1:
        return (flow,)
    return (flow, *[value for port, value in values.items() if port != source])
