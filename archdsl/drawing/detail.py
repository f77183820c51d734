"""Which parts of a network are open, which are folded, and what stands for the folded ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from archdsl.drawing import labels
from archdsl.drawing.flow import CALLS, LOOPS, Flows, Unit, sole_call
from archdsl.drawing.folded import (
    border,
    contains_stage,
    entering_of,
    fold_block,
    form_of,
    shape_of,
    stage_lines,
)
from archdsl.drawing.items import (
    Box,
    Form,
    Frame,
    Item,
    Join,
    Kind,
    Line,
    Merge,
    Path,
    Pill,
    Tap,
    Thing,
)
from archdsl.drawing.members import Members, loop_of
from archdsl.drawing.rows import Rows, as_pile
from archdsl.drawing.structure import Structure, runs
from archdsl.drawing.text import clip, plain
from archdsl.drawing.theme import Colour
from archdsl.drawing.things import Figures, Things
from archdsl.graph.graph import Graph, Output
from archdsl.graph.node import Node, Port
from archdsl.graph.region import Region, RegionKind
from archdsl.layers.definition import Family
from archdsl.syntax import tree

MAX_DEPTH: Final = 60
"""Regions nested deeper than this are folded: a frame in sixty frames shows nothing."""

SECOND_ROOM: Final = 150
"""Room of a small line in px; a longer one is cut."""

_SMALL_BLOCK: Final = 8
"""A block of at most so many layers is looked into for being one box."""


class Detail(StrEnum):
    """How much a drawing shows."""

    STAGES = "stages"
    BLOCKS = "blocks"
    LAYERS = "layers"


class Details:
    """Turns the regions of one graph into items."""

    def __init__(
        self,
        graph: Graph,
        detail: Detail,
        *,
        figures: Figures | None = None,
        opened: Iterable[str] = (),
        closed: Iterable[str] = (),
    ) -> None:
        self.graph = graph
        self.detail = detail
        self.structure = Structure(graph)
        self.flows = Flows(graph, self.structure)
        self.things = Things(self.flows, figures)
        self.rows = Rows(self.flows, self.things, joined=detail is not Detail.LAYERS)
        self._opened = frozenset(opened)
        self._closed = frozenset(closed)
        self._alone = self._mentioned()
        self.members = Members(self.flows, lambda region: self.is_open(region, 0))

    def network(self) -> Line:
        """The whole network."""
        units = self.members.units(self.graph.root)
        parts = self.parts(units, None, 0, endings=self._endings)
        return self.line(self.rows.boxes(parts))

    # Open or closed

    def _mentioned(self) -> frozenset[int]:
        """Regions that `open` and `closed` speak of, alone or with what is below them."""
        paths = self._opened | self._closed
        if not paths:
            return frozenset()
        return frozenset(
            region.id
            for region in self.graph.regions
            if any(p == region.path or p.startswith(f"{region.path}.") for p in paths)
        )

    def is_open(self, region: Region, depth: int) -> bool:
        """Whether a region's members are drawn."""
        if depth >= MAX_DEPTH or (region.path in self._closed and region.name is not None):
            return False
        if self._opened:
            prefix = region.path
            while prefix:
                if prefix in self._opened:
                    return True
                prefix = prefix.rpartition(".")[0]
        if region.kind is RegionKind.STAGE:
            return self.detail is not Detail.STAGES
        if region.kind in CALLS:
            is_network = isinstance(region.declaration, tree.NetworkDecl)
            return is_network or self.detail is Detail.LAYERS
        return True

    # Items

    def line(self, items: Sequence[Item]) -> Line:
        """Items in a straight line with the shapes between them."""
        found: list[str | None] = [None] * len(items)
        is_told = False
        for at in range(1, len(items)):
            # A branch leaves the shape as it is.
            if not is_told or not isinstance(items[at - 1], Tap):
                found[at] = self.label(items[at - 1], items[at])
                is_told = found[at] is not None
        return Line(tuple(items), tuple(found))

    def label(self, before: Item, behind: Item) -> str | None:
        """The shape to be written between two neighbours, where the level asks for it."""
        shape: str = before.shape
        if self.detail is Detail.STAGES:
            return shape
        if isinstance(before, Pill) or isinstance(behind, Pill):
            return None
        if _is_stage(before) or _is_stage(behind):
            return shape
        return shape if self.detail is Detail.LAYERS and before.reshapes else None

    def parts(
        self,
        units: Sequence[Unit],
        flow: Port | None,
        depth: int,
        *,
        goal: Port | None = None,
        endings: Sequence[Output] = (),
    ) -> list[Node | Item]:
        """The layers and finished items of a region; members joined by named values are pieces.

        `goal` is the value that the flow leaves with, where it goes on; `endings` are the outputs
        to be drawn behind the last member.
        """
        if not self._is_straight(units, flow, goal, endings):
            from archdsl.drawing.pieces import gather

            return [gather(self, units, flow, depth, goal, endings)]
        parts: list[Node | Item] = []
        at = 0
        while at < len(units):
            copies = loop_of(units, at)
            if copies:
                parts.extend(self.loop(copies, depth))
            else:
                # At the very end an output with a body is where the flow goes.
                is_last = depth == 0 and at == len(units) - 1 and not endings
                parts.extend(self.unit(units[at], flow, depth, is_last=is_last))
            for unit in units[at : at + max(1, len(copies))]:
                leaving = self.flows.leaving(unit)
                flow = flow if leaving is None else leaving
            at += max(1, len(copies))
        parts.extend([self.pill(output) for output in endings])
        return parts

    def _is_straight(
        self,
        units: Sequence[Unit],
        flow: Port | None,
        goal: Port | None,
        endings: Sequence[Output],
    ) -> bool:
        if not self.flows.is_straight(units, flow):
            return False
        for unit in units:
            leaving = self.flows.leaving(unit)
            flow = flow if leaving is None else leaving
        if len(endings) > 1 or goal not in (None, flow):
            return False
        return all(output.value.source == flow for output in endings)

    def inside(self, region: Region, depth: int) -> list[Node | Item]:
        """The parts of an open region."""
        flow = region.inputs[0].source if region.inputs else None
        units = self.members.units(region)
        return self.parts(units, flow, depth + 1, goal=self.flows.exit_of(region))

    def unit(
        self, unit: Unit, flow: Port | None, depth: int, *, is_last: bool
    ) -> list[Node | Item]:
        """The parts that one unit gives."""
        member = unit.member
        if isinstance(member, Node):
            if unit.paths:
                return [self.merge(unit, flow, depth)]
            if member.layer.family is Family.INPUT:
                return [self.input_pill(member)]
            return [self.join(member)] if member.layer.family is Family.MERGE else [member]
        if self.flows.is_empty(member):
            return []
        if member.kind in LOOPS:
            return self.loop([member], depth)
        if member.kind is RegionKind.STAGE:
            return [self.stage(member, depth)]
        if member.kind is RegionKind.OUTPUT:
            return [self.output(member, depth, is_last=is_last)]
        if member.kind is RegionKind.PATH:
            return self.inside(member, depth)
        return self.block(member, depth)

    def stage(self, region: Region, depth: int) -> Item:
        """A stage: a frame, or a box with its members in words."""
        shape = self.shape(region)
        thing = self.things.region(region, shape)
        name = plain(region.name or region.kind.value)
        if self.is_open(region, depth):
            items = self.rows.boxes(self.inside(region, depth))
            return Frame(
                thing, name, self.line(items), shape, is_stage=True, reshapes=self.reshapes(region)
            )
        second, skips = stage_lines(self.flows, region)
        return Box(
            thing,
            name,
            Colour.FOLDED,
            shape,
            second=clip(plain(second), 9, SECOND_ROOM) or None,
            third="+ skip" if skips else None,
            reshapes=self.reshapes(region),
            is_region=True,
            is_stage=True,
        )

    def block(self, region: Region, depth: int) -> list[Node | Item]:
        """A block call: folded, in a frame, or only its layer where that is all it is."""
        start, stop = self.structure.bounds[region.id]
        is_open = self.is_open(region, depth)
        if is_open or stop - start <= _SMALL_BLOCK:
            parts = self.inside(region, depth)
            items = self.rows.boxes(parts)
            lone = items[0] if len(items) == 1 else None
            if isinstance(lone, Box) and not lone.is_region and lone.copies == 1:
                return parts
            if is_open:
                if region.name is None:
                    return parts
                shape = self.shape(region)
                thing = self.things.region(region, shape)
                name = plain(region.name)
                note = self.note_of(region)
                reshapes = self.reshapes(region)
                return [Frame(thing, name, self.line(items), shape, note, reshapes=reshapes)]
        return [self.fold(region)]

    def fold(self, region: Region) -> Item:
        """A closed block, with its skip beside it."""
        fold = fold_block(self.flows, region)
        shape = self.shape(region)
        reshapes = self.reshapes(region)
        box = Box(
            self.things.region(region, shape),
            clip(fold.text, 11, 2 * SECOND_ROOM),
            Colour.FOLDED,
            shape,
            second=clip(fold.second, 9, SECOND_ROOM) if fold.second else None,
            reshapes=reshapes,
            is_region=True,
        )
        if fold.merge is None:
            return box
        paths = (Path(Line((box,), (None,)), Kind.FLOW), Path(Line((), ()), fold.bypass))
        sign = fold.merge.layer.kind
        return Merge(
            self.things.node(fold.merge), sign, Form.BYPASS, paths, shape, reshapes=reshapes
        )

    def loop(self, copies: list[Region], depth: int) -> list[Node | Item]:
        """The copies of a loop: equal neighbours folded, others with a frame of their own."""
        found: list[Node | Item] = []
        for group in runs(copies, self.structure, self._alone):
            first, last = group[0], group[-1]
            if self.flows.is_empty(first):
                continue
            if contains_stage(first):
                for copy in group:
                    found.extend(self.inside(copy, depth))
                continue
            self.flows.rates.join(group)
            if first.path in self._closed:
                found.append(self.fold(sole_call(first)))
                continue
            items = self.rows.boxes(self.inside(first, depth))
            if not items:
                continue
            note = self._channels(first, last)
            if len(items) == 1 and (pile := as_pile(items[0], len(group), note)) is not None:
                found.append(pile)
                continue
            label = str(first.index) if len(group) == 1 else f"{first.index}–{last.index}"
            shape = self.shape(last)
            thing = self.things.region(first, shape)
            reshapes = self.reshapes(first)
            line = self.line(items)
            found.append(
                Frame(thing, label, line, shape, note, copies=len(group), reshapes=reshapes)
            )
        return found

    def _channels(self, first: Region, last: Region) -> str | None:
        """The channels into the first of folded copies and out of the last, where they grow."""
        (entering, after), (_, leaving) = border(self.flows, first), border(self.flows, last)
        if entering is None or after is None or leaving is None or first is last:
            return None
        if not leaving.dims or after.channels == leaving.channels:
            return None
        return f"{entering.channels} → {leaving.channels}"

    def merge(self, unit: Unit, flow: Port | None, depth: int) -> Item:
        """A merge with its paths."""
        node = unit.member
        assert isinstance(node, Node)
        form, main, side = form_of(self.flows, unit)
        paths: list[Path] = []
        for at, region in enumerate(unit.paths):
            is_empty = self.flows.is_empty(region)
            items: list[Item] = []
            if not is_empty:
                units, goal = self.members.units(region), self.flows.exit_of(region)
                items = self.rows.boxes(self.parts(units, flow, depth + 1, goal=goal))
            kind = Kind.IDENTITY if is_empty else Kind.FLOW
            if form is Form.BYPASS and at != main:
                kind = side
            paths.append(Path(self.line(items), kind))
        if form is not Form.SPREAD and main == 1:
            paths.reverse()
        entering = None if flow is None else self.flows.type_of(flow)
        reshapes = entering is not None and entering.rank != node.type.rank
        return Merge(
            self.things.node(node),
            node.layer.kind,
            form,
            tuple(paths),
            labels.shape_text(node.type),
            reshapes=reshapes,
        )

    def join(self, node: Node) -> Join:
        """The sign of a merge of named values."""
        entering = entering_of(self.flows, node)
        reshapes = entering is not None and entering.rank != node.type.rank
        shape = labels.shape_text(node.type)
        return Join(self.things.node(node), node.layer.kind, shape, reshapes)

    def output(self, region: Region, depth: int, *, is_last: bool) -> Item:
        """An output with a body of its own: a branch, or the end of the flow."""
        entering = region.inputs[0].source if region.inputs else None
        ends = self.outputs_of(region)
        parts = self.parts(self.members.units(region), entering, depth + 1, endings=ends)
        shape = self.shape(region)
        thing = self.things.region(region, shape)
        name = plain(region.name or region.kind.value)
        note = self.note_of(region)
        body = self.line(self.rows.boxes(parts))
        frame = Frame(thing, name, body, shape, note, dashed=region.training_only)
        if is_last and not region.training_only:
            return frame
        shape = shape_of(self.flows, entering)
        return Tap(Line((frame,), (None,)), shape, dashed=region.training_only)

    def note_of(self, region: Region) -> str | None:
        """What a frame says beside its name."""
        if region.kind is RegionKind.OUTPUT:
            return "training only" if region.training_only else None
        return "shared" if region.kind is RegionKind.SHARE else None

    def outputs_of(self, region: Region) -> list[Output]:
        """The outputs that are values of an output's own body."""
        holds = self.structure.holds
        return [o for o in self.graph.outputs if holds(region, o.value.node)]

    # Pills

    def input_pill(self, node: Node) -> Pill:
        """An input."""
        name = plain(node.label or node.path)
        shape = labels.shape_text(node.type)
        if not node.type.batched:
            shape = f"{shape}, unbatched"
        return Pill(self.things.node(node), name, shape, is_input=True)

    def pill(self, output: Output) -> Pill:
        """An output."""
        node = self.graph.order[self.structure.position[output.value.node]]
        shape = labels.shape_text(output.value.type)
        thing = Thing(f"output.{output.name}", node.span.line, plain(f"{output.name}: {shape}"))
        return Pill(thing, plain(output.name), shape, is_input=False, dashed=output.training_only)

    @property
    def _endings(self) -> list[Output]:
        """The outputs that are no part of an output's own body."""
        bodies = [r for r in self.graph.regions if r.kind is RegionKind.OUTPUT]
        return [
            output
            for output in self.graph.outputs
            if not any(self.structure.holds(body, output.value.node) for body in bodies)
        ]

    # Regions

    def shape(self, region: Region) -> str:
        """The shape that leaves a region."""
        leaving = border(self.flows, region)[1]
        return "" if leaving is None else labels.shape_text(leaving)

    def reshapes(self, region: Region) -> bool:
        """Whether the rank that leaves a region differs from what entered."""
        entering, leaving = border(self.flows, region)
        return entering is not None and leaving is not None and entering.rank != leaving.rank


def _is_stage(item: Item) -> bool:
    return isinstance(item, Frame | Box) and item.is_stage
