"""Members of a region that named values join, as pieces for Graphviz to place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archdsl.drawing.flow import LOOPS, Unit
from archdsl.drawing.folded import contains_stage
from archdsl.drawing.items import Cluster, Item, Line, Piece, Pieces, Tap, Wire
from archdsl.drawing.labels import shape_text
from archdsl.drawing.members import loop_of
from archdsl.drawing.text import plain
from archdsl.graph.graph import Output
from archdsl.graph.node import Node, Port
from archdsl.graph.region import Region, RegionKind
from archdsl.layers.definition import Family

if TYPE_CHECKING:
    from archdsl.drawing.detail import Details


@dataclass(slots=True)
class _Draft:
    """A piece in the making: what it holds, what it takes, and the nodes it stands for."""

    parts: list[Node | Item]
    inputs: list[Port]
    start: int
    stop: int
    is_join: bool = False
    training_only: bool = False


@dataclass(slots=True)
class _Open:
    """A region whose members are drafts `first` up to `last`."""

    region: Region
    first: int
    last: int
    depth: int


@dataclass(slots=True)
class _Gathering:
    details: Details
    drafts: list[_Draft] = field(default_factory=list)
    opened: list[_Open] = field(default_factory=list)

    def units(self, units: Sequence[Unit], depth: int, nesting: int) -> None:
        """Make drafts of the members of a region."""
        flows = self.details.flows
        at = 0
        while at < len(units):
            copies = loop_of(units, at)
            inputs = flows.inputs_of(units[at])
            if len(copies) > 1 and len(inputs) == 1:
                run = units[at : at + len(copies)]
                held = [copy for copy in copies if not flows.is_empty(copy)]
                if flows.is_straight(run, inputs[0]) and not flows.is_tapped(held):
                    if held:
                        start = self.details.structure.bounds[held[0].id][0]
                        stop = self.details.structure.bounds[held[-1].id][1]
                        parts = self.details.loop(copies, depth)
                        self.drafts.append(_Draft(parts, inputs, start, stop))
                    at += len(copies)
                    continue
            self.unit(units[at], depth, nesting)
            at += 1

    def unit(self, unit: Unit, depth: int, nesting: int) -> None:
        """Make the draft or drafts of one member."""
        details, member = self.details, unit.member
        inputs = details.flows.inputs_of(unit)
        if isinstance(member, Node):
            at = details.structure.position[member.path]
            if not unit.paths:
                is_join = member.layer.family is Family.MERGE
                parts = details.unit(unit, None, depth, is_last=False)
                self.drafts.append(_Draft(parts, inputs, at, at + 1, is_join))
            elif len(inputs) == 1 and details.flows.is_straight([unit], inputs[0]):
                start = min([at, *[_start(details, path) for path in unit.paths]])
                parts = [details.merge(unit, inputs[0], depth)]
                self.drafts.append(_Draft(parts, inputs, start, at + 1))
            else:
                for path in unit.paths:
                    self.units(details.members.units(path), depth, nesting)
                operands = list(dict.fromkeys(member.inputs))
                self.drafts.append(_Draft([details.join(member)], operands, at, at + 1, True))
            return
        start, stop = details.structure.bounds[member.id]
        if start == stop:
            return
        is_output = member.kind is RegionKind.OUTPUT
        if is_output and len(inputs) <= 1:
            item = details.output(member, depth, is_last=True)
            parts = list(item.body.items) if isinstance(item, Tap) else [item]
            self.drafts.append(_Draft(parts, inputs, start, stop))
        elif not is_output and (
            not details.is_open(member, depth) or (len(inputs) <= 1 and len(member.outputs) <= 1)
        ):
            parts = details.unit(unit, inputs[0] if inputs else None, depth, is_last=False)
            self.drafts.append(_Draft(parts, inputs, start, stop))
        else:
            first = len(self.drafts)
            slot = len(self.opened)
            self.opened.append(_Open(member, first, first, nesting + 1))
            self.units(details.members.units(member), depth + 1, nesting + 1)
            if is_output:
                self.drafts.extend([_ending(details, o) for o in details.outputs_of(member)])
            self.opened[slot].last = len(self.drafts)


def _is_framed(region: Region) -> bool:
    """Whether an open region has a frame: copies that hold stages show these alone."""
    if region.kind in LOOPS:
        return not contains_stage(region)
    return region.name is not None


def _ending(details: Details, output: Output) -> _Draft:
    """The pill of an output."""
    outside = len(details.graph.order)
    return _Draft(
        [details.pill(output)],
        [output.value.source],
        outside,
        outside,
        training_only=output.training_only,
    )


def _start(details: Details, region: Region) -> int:
    start, stop = details.structure.bounds[region.id]
    return start if start < stop else len(details.graph.order)


def gather(
    details: Details,
    units: Sequence[Unit],
    flow: Port | None,
    depth: int,
    goal: Port | None,
    endings: Sequence[Output],
) -> Pieces:
    """The pieces of a region, the values between them, and where the flow enters and leaves.

    `goal` is the value that the flow leaves with, None where it ends inside.
    """
    gathering = _Gathering(details)
    gathering.units(units, depth, 0)
    drafts = gathering.drafts
    drafts.extend([_ending(details, output) for output in endings])
    drafts, opened = _joined(details, drafts, gathering.opened, goal)
    return _finish(details, drafts, opened, flow, goal)


def _owners(details: Details, drafts: Sequence[_Draft]) -> list[list[tuple[int, Port]]]:
    """For each draft where its inputs come from: a draft's position (-1: outside) and the value."""
    held = sorted([(d.start, at) for at, d in enumerate(drafts) if d.start < d.stop])
    starts = [start for start, _ in held]
    found: list[list[tuple[int, Port]]] = []
    for draft in drafts:
        sources: list[tuple[int, Port]] = []
        for port in draft.inputs:
            position = details.structure.position[port.node]
            slot = bisect_right(starts, position) - 1
            at = held[slot][1] if slot >= 0 else -1
            inside = at >= 0 and drafts[at].start <= position < drafts[at].stop
            sources.append((at if inside else -1, port))
        found.append(sources)
    return found


def _joined(
    details: Details, drafts: list[_Draft], opened: list[_Open], goal: Port | None
) -> tuple[list[_Draft], list[_Open]]:
    """Neighbours of which one is all that takes the other's value become one piece."""
    sources = _owners(details, drafts)
    uses = [0] * len(drafts)
    for inputs in sources:
        for at, _ in inputs:
            if at >= 0:
                uses[at] += 1
    borders = {o.first for o in opened} | {o.last for o in opened}
    kept: list[_Draft] = []
    moved = [0] * (len(drafts) + 1)
    for at, draft in enumerate(drafts):
        inputs = sources[at]
        before = drafts[at - 1] if at else None
        chained = (
            before is not None
            and at not in borders
            and len(inputs) == 1
            and inputs[0][0] == at - 1
            and uses[at - 1] == 1
            and not before.is_join
            and not draft.is_join
            and not _gives(details, before, goal)
        )
        if chained:
            last = kept[-1]
            stop = max(last.stop, draft.stop)
            kept[-1] = replace(last, parts=last.parts + draft.parts, stop=stop)
        else:
            kept.append(draft)
        moved[at] = len(kept) - 1
    moved[len(drafts)] = len(kept)
    shifted = [_Open(o.region, moved[o.first], moved[o.last], o.depth) for o in opened]
    return kept, shifted


def _gives(details: Details, draft: _Draft, port: Port | None) -> bool:
    if port is None:
        return False
    return draft.start <= details.structure.position[port.node] < draft.stop


def _finish(
    details: Details,
    drafts: list[_Draft],
    opened: list[_Open],
    flow: Port | None,
    goal: Port | None,
) -> Pieces:
    sources = _owners(details, drafts)
    entry = 0 if flow is not None and any(at < 0 for s in sources for at, _ in s) else None
    shift = 0 if entry is None else 1
    bodies = [details.line(details.rows.boxes(draft.parts)) for draft in drafts]
    last = next((at for at, d in enumerate(drafts) if _gives(details, d, goal)), None)
    main = _main_flow(sources, last if last is not None else len(drafts) - 1)
    wires: list[Wire] = []
    for head, inputs in enumerate(sources):
        for position, (tail, port) in enumerate(inputs):
            if tail < 0 and entry is None:
                continue
            label = None
            before, behind = bodies[tail].items if tail >= 0 else (), bodies[head].items
            if before and behind and details.label(before[-1], behind[0]) is not None:
                label = shape_text(details.flows.type_of(port))
            is_main = head in main and position == 0 and (tail < 0 or tail in main)
            maker = details.graph.order[details.structure.position[port.node]]
            dashed = _is_training(details, drafts[head]) and not maker.training_only
            wires.append(Wire(tail + shift, head + shift, label, is_main, dashed))
    joins = {at + shift for at, draft in enumerate(drafts) if draft.is_join}
    wires = _told_once(_side_by_side(wires, joins))
    pieces = [Piece(body, at in main) for at, body in enumerate(bodies)]
    if entry is not None:
        pieces.insert(0, Piece(Line((), ()), True))
    end = None
    if last is not None:
        end = len(pieces)
        pieces.append(Piece(Line((), ()), True))
        wires.append(Wire(last + shift, end, None, True))
    clusters = tuple(
        Cluster(
            details.things.region(o.region, details.shape(o.region)),
            plain(o.region.name or o.region.kind.value),
            o.first + shift,
            o.last + shift,
            o.depth,
            details.note_of(o.region),
            o.region.training_only,
        )
        for o in opened
        if o.first < o.last and _is_framed(o.region)
    )
    leaving = goal if goal is not None else Port(details.graph.order[-1].path, 0)
    kind = details.flows.type_of(leaving)
    entering = details.flows.type_of(flow) if flow is not None else kind
    return Pieces(
        tuple(pieces),
        tuple(wires),
        clusters,
        entry,
        end,
        shape_text(kind),
        entering.rank != kind.rank,
    )


def _side_by_side(wires: list[Wire], joins: set[int]) -> list[Wire]:
    """Values that go the same way as one wire with all of their shapes; a join shows each of its operands."""
    together: dict[tuple[int, ...], Wire] = {}
    for at, wire in enumerate(wires):
        key = (wire.tail, wire.head, at) if wire.head in joins else (wire.tail, wire.head)
        before = together.setdefault(key, wire)
        said = dict.fromkeys([label for label in (before.label, wire.label) if label])
        together[key] = before._replace(
            label=", ".join(said) or None,
            is_main=before.is_main or wire.is_main,
            dashed=before.dashed and wire.dashed,
        )
    return list(together.values())


def _told_once(wires: list[Wire]) -> list[Wire]:
    """Wires with the shape of a value at one of those that it goes by, the main one if it can be."""
    telling: dict[tuple[int, str | None], int] = {}
    for at, wire in enumerate(wires):
        if wire.is_main or (wire.tail, wire.label) not in telling:
            telling[wire.tail, wire.label] = at
    return [
        wire if telling[wire.tail, wire.label] == at else wire._replace(label=None)
        for at, wire in enumerate(wires)
    ]


def _is_training(details: Details, draft: _Draft) -> bool:
    """Whether a draft is computed in training only."""
    if draft.start < draft.stop:
        return details.graph.order[draft.start].training_only
    return draft.training_only


def _main_flow(sources: list[list[tuple[int, Port]]], last: int) -> set[int]:
    """The pieces on the way of the flow, from the last back along first operands."""
    found: set[int] = set()
    at = last
    while at >= 0 and at not in found:
        found.add(at)
        at = sources[at][0][0] if sources[at] else -1
    return found
