"""The order in which a network runs: that of the text, but for outputs written inside a stage.

An `output NAME { body }` lies under its own name at the root (or in its block), whatever stage
or copy its text stands in. It runs right behind that part, as what it is: something beside it.
"""

from __future__ import annotations

from archdsl.elaborate.state import Elaboration, RegionBuilder
from archdsl.graph.node import Node
from archdsl.graph.region import Branch, RegionKind


def schedule(elaboration: Elaboration) -> None:
    """Move outputs behind the parts that they are written in, unless what follows there uses them."""
    moved = False
    for region in elaboration.regions:
        if region.kind is RegionKind.OUTPUT and region.parent is not None:
            moved |= _move(elaboration, region)
    if moved:
        elaboration.order.clear()
        _number(elaboration, elaboration.regions[0])


def _move(elaboration: Elaboration, output: RegionBuilder) -> bool:
    """Move one output to where its name belongs; gives whether it was elsewhere."""
    home = output.path.rpartition(".")[0] if output.name is not None else output.path
    part = output
    around = output.parent
    while around is not None and around.path != home:
        part, around = around, around.parent
    if around is None or around is output.parent:
        return False
    behind = _end(elaboration, part)
    if _is_used(elaboration, output, behind):
        return False
    assert output.parent is not None
    _take(output.parent, output)
    place = around.members.index(behind) + 1
    while place < len(around.members) and _follows(around.members[place], output):
        place += 1
    around.members.insert(place, output)
    around.branches = [_shifted(b, place, 1) for b in around.branches]
    output.parent = around
    return True


def _end(elaboration: Elaboration, part: RegionBuilder) -> Node | RegionBuilder:
    """What ends a part: the merge, where it is a path of one."""
    if part.merge is None:
        return part
    return elaboration.order[elaboration.position[part.merge]]


def _is_used(elaboration: Elaboration, output: RegionBuilder, behind: Node | RegionBuilder) -> bool:
    """Whether what comes before the new place takes values that an output makes."""
    position = elaboration.position
    stop = behind.stop if isinstance(behind, RegionBuilder) else position[behind.path] + 1
    return any(
        output.start <= position[port.node] < output.stop
        for node in elaboration.order[output.stop : stop]
        for port in node.inputs
    )


def _follows(member: Node | RegionBuilder, output: RegionBuilder) -> bool:
    """Whether a member is an output whose text stands before that of another."""
    return (
        isinstance(member, RegionBuilder)
        and member.kind is RegionKind.OUTPUT
        and member.start < output.start
    )


def _take(region: RegionBuilder, member: RegionBuilder) -> None:
    place = region.members.index(member)
    del region.members[place]
    region.branches = [_shifted(b, place + 1, -1) for b in region.branches]


def _shifted(branch: Branch, place: int, by: int) -> Branch:
    """A branch once a member was put at a place, or the one before the place was taken away."""
    start = branch.start + by if branch.start >= place else branch.start
    stop = branch.stop + by if branch.stop >= place else branch.stop
    return Branch(branch.span, branch.conditions, branch.arm, start, stop)


def _number(elaboration: Elaboration, region: RegionBuilder) -> None:
    region.start = len(elaboration.order)
    for member in region.members:
        if isinstance(member, RegionBuilder):
            _number(elaboration, member)
        else:
            elaboration.position[member.path] = len(elaboration.order)
            elaboration.order.append(member)
    region.stop = len(elaboration.order)
