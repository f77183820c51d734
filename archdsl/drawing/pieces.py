"""Members of a region that named values join, as pieces for Graphviz to place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archdsl.drawing.flow import LOOPS, Unit, units_of
from archdsl.drawing.items import Cluster, Item, Line, Piece, Pieces, Tap, Wire
from archdsl.drawing.labels import shape_text
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
        from archdsl.drawing.detail import loop_of

        flows = self.details.flows
        at = 0
        while at < len(units):
            copies = loop_of(units, at)
            inputs = flows.inputs_of(units[at])
            if len(copies) > 1 and len(inputs) == 1:
                run = units[at : at + len(copies)]
                if flows.is_straight(run, inputs[0]):
                    start = self.details.structure.bounds[copies[0].id][0]
                    stop = self.details.structure.bounds[copies[-1].id][1]
                    self.drafts.append(
                        _Draft(self.details.loop(copies, depth), inputs, start, stop)
                    )
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
                    self.units(units_of(path), depth, nesting)
                operands = list(dict.fromkeys(member.inputs))
                self.drafts.append(_Draft([details.join(member)], operands, at, at + 1, True))
            return
        start, stop = details.structure.bounds[member.id]
        if start == stop:
            return
        if member.kind is RegionKind.OUTPUT:
            item = details.output(member, depth, is_last=True)
            parts = list(item.body.items) if isinstance(item, Tap) else [item]
            self.drafts.append(_Draft(parts, inputs, start, stop))
        elif not details.is_open(member, depth) or (len(inputs) <= 1 and len(member.outputs) <= 1):
            parts = details.unit(unit, inputs[0] if inputs else None, depth, is_last=False)
            self.drafts.append(_Draft(parts, inputs, start, stop))
        else:
            first = len(self.drafts)
            slot = len(self.opened)
            self.opened.append(_Open(member, first, first, nesting + 1))
            self.units(units_of(member), depth + 1, nesting + 1)
            self.opened[slot].last = len(self.drafts)


def _start(details: Details, region: Region) -> int:
    start, stop = details.structure.bounds[region.id]
    return start if start < stop else len(details.graph.order)


def gather(
    details: Details,
    units: Sequence[Unit],
    flow: Port | None,
    depth: int,
    endings: Sequence[Output],
) -> Pieces:
    """The pieces of a region, the values between them, and where the flow enters and leaves."""
    gathering = _Gathering(details)
    gathering.units(units, depth, 0)
    drafts = gathering.drafts
    outside = len(details.graph.order)
    for output in endings:
        drafts.append(_Draft([details.pill(output)], [output.value.source], outside, outside))
    final = flow
    for unit in units:
        final = details.flows.leaving(unit) or final
    wanted = final if flow is not None else None
    drafts, opened = _joined(details, drafts, gathering.opened, wanted)
    return _finish(details, drafts, opened, flow, wanted)


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
    details: Details, drafts: list[_Draft], opened: list[_Open], wanted: Port | None
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
            and not _gives(details, before, wanted)
        )
        if chained:
            last = kept[-1]
            kept[-1] = _Draft(
                last.parts + draft.parts, last.inputs, last.start, max(last.stop, draft.stop)
            )
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
    wanted: Port | None,
) -> Pieces:
    sources = _owners(details, drafts)
    entry = 0 if flow is not None and any(at < 0 for s in sources for at, _ in s) else None
    shift = 0 if entry is None else 1
    bodies = [details.line(details.rows.boxes(draft.parts)) for draft in drafts]
    last = next((at for at, d in enumerate(drafts) if _gives(details, d, wanted)), None)
    main = _main_flow(sources, last if last is not None else len(drafts) - 1)
    wires: list[Wire] = []
    for head, inputs in enumerate(sources):
        for position, (tail, port) in enumerate(inputs):
            if tail < 0 and entry is None:
                continue
            label = None
            if tail >= 0 and bodies[tail].items and bodies[head].items:
                if details.label(bodies[tail].items[-1], bodies[head].items[0]) is not None:
                    label = shape_text(details.flows.type_of(port))
            is_main = head in main and position == 0 and (tail < 0 or tail in main)
            wires.append(Wire(tail + shift, head + shift, label, is_main))
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
        )
        for o in opened
        if o.first < o.last and (o.region.name is not None or o.region.kind in LOOPS)
    )
    leaving = wanted if wanted is not None else Port(details.graph.order[-1].path, 0)
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


def _main_flow(sources: list[list[tuple[int, Port]]], last: int) -> set[int]:
    """The pieces on the way of the flow, from the last back along first operands."""
    found: set[int] = set()
    at = last
    while at >= 0 and at not in found:
        found.add(at)
        at = sources[at][0][0] if sources[at] else -1
    return found


