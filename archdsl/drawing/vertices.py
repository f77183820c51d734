"""A whole drawing as a graph for Graphviz: vertices, the clusters around them, arcs.

What a bypass leaves by is a vertex too, a point on the main line inside the region that the
bypass belongs to: without it Graphviz would begin the bypass at the box before the region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeAlias

from archdsl.drawing.canvas import is_round
from archdsl.drawing.items import (
    Box,
    Cluster,
    Form,
    Frame,
    Item,
    Join,
    Kind,
    Line,
    Merge,
    Path,
    Piece,
    Pieces,
    Pill,
    Tap,
    Thing,
    Wire,
)

MAIN_WEIGHT: Final = 100

Drawn: TypeAlias = Box | Pill | Join


class Vertex(NamedTuple):
    """A box, a pill or a merge, or with neither a point where the flow forks.

    Vertices of one `axis` are to stand below each other; `is_bar` says that a merge has too
    many paths for a circle, or a name instead of a sign.
    """

    item: Drawn | None
    axis: int
    is_bar: bool = False


class Arc(NamedTuple):
    """A line between two vertices, by their positions; `is_main` ones are to be straight."""

    tail: int
    head: int
    source: str
    kind: Kind
    label: str | None
    is_main: bool
    dashed: bool


class Enclosure(NamedTuple):
    """A frame around the vertices `first` up to `last`; the outermost has depth 1."""

    thing: Thing
    label: str
    first: int
    last: int
    depth: int
    note: str | None = None
    copies: int = 1
    is_stage: bool = False
    dashed: bool = False


class Edge(NamedTuple):
    """A value's way from one part of the drawing to another along arcs, by their positions."""

    target: Thing
    arcs: tuple[int, ...]


@dataclass(slots=True)
class Vertices:
    """Everything that Graphviz must place; operands stand before their uses."""

    vertices: list[Vertex] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)

    def edges(self) -> list[Edge]:
        """The edges of the drawing: a line up to a fork belongs to the first that goes on from it."""
        into = {arc.head: at for at, arc in enumerate(self.arcs) if self._is_fork(arc.head)}
        found: list[Edge] = []
        for at, arc in enumerate(self.arcs):
            target = self.vertices[arc.head].item
            if target is None:
                continue
            way = [at]
            tail = arc.tail
            while tail in into:
                way.append(into.pop(tail))
                tail = self.arcs[way[-1]].tail
            found.append(Edge(target.thing, tuple(reversed(way))))
        return found

    def text(
        self,
        head: Iterable[str],
        cluster: Callable[[Enclosure], str],
        vertex: Callable[[Vertex], str],
        arc: Callable[[Arc], str],
    ) -> str:
        """The graph as DOT; the functions give what is said of each part beside its place."""
        opening: dict[int, list[int]] = {}
        closing: dict[int, int] = {}
        for number, enclosure in enumerate(self.enclosures):
            opening.setdefault(enclosure.first, []).append(number)
            closing[enclosure.last] = closing.get(enclosure.last, 0) + 1
        lines = ["digraph {", *head]
        for at, found in enumerate(self.vertices):
            lines.extend(["}"] * closing.get(at, 0))
            lines.extend(
                [
                    f"subgraph cluster{number} {{ {cluster(self.enclosures[number])}"
                    for number in opening.get(at, ())
                ]
            )
            lines.append(f"n{at} [group=g{found.axis}, {vertex(found)}]")
        lines.extend(["}"] * closing.get(len(self.vertices), 0))
        for line in self.arcs:
            said = ", ".join([part for part in (self._joint(line), arc(line)) if part])
            lines.append(f"n{line.tail} -> n{line.head} [{said}]")
        return "\n".join([*lines, "}"]) + "\n"

    def _joint(self, arc: Arc) -> str:
        """How an arc leaves and arrives: boxes at the middle of their sides, signs anywhere."""
        tail, head = self.vertices[arc.tail], self.vertices[arc.head]
        said = [f"weight={MAIN_WEIGHT if arc.is_main else 1}"]
        if _has_sides(tail):
            said.append("tailport=s")
        if _has_sides(head):
            said.append("headport=n")
        if head.item is None:
            said.append("arrowhead=none")
        if arc.dashed or arc.kind is Kind.PROJECTION:
            said.append("style=dashed")
        return ", ".join(said)

    def _is_fork(self, at: int) -> bool:
        return self.vertices[at].item is None


def _has_sides(vertex: Vertex) -> bool:
    return isinstance(vertex.item, Box | Pill) or vertex.is_bar


def weave(line: Line) -> Vertices:
    """The vertices, arcs and enclosures of a drawing."""
    weaver = _Weaver()
    weaver.line(line, None, _Place(0, 0))
    return weaver.found


class _Flow(NamedTuple):
    """A value on its way: the vertex it left, whose it is, and how it is drawn."""

    vertex: int
    source: str
    kind: Kind = Kind.FLOW
    label: str | None = None
    is_main: bool = True
    dashed: bool = False


class _Place(NamedTuple):
    """Where a line of items stands."""

    axis: int
    depth: int


@dataclass(slots=True)
class _Weaver:
    found: Vertices = field(default_factory=Vertices)
    axes: int = 0

    def line(self, line: Line, flow: _Flow | None, place: _Place) -> _Flow | None:
        """Add the items of a line; gives what leaves it."""
        for item, label in zip(line.items, line.labels, strict=True):
            if flow is not None and label is not None:
                flow = flow._replace(label=label)
            flow = self.item(item, flow, place)
        return flow

    def item(self, item: Item, flow: _Flow | None, place: _Place) -> _Flow | None:
        match item:
            case Box():
                kind = Kind.FLOW if flow is None else flow.kind
                return self.vertex(Vertex(item, place.axis), flow, kind)
            case Pill():
                return self.vertex(Vertex(item, place.axis), flow, Kind.FLOW)
            case Join():
                is_bar = not is_round(item.sign)
                return self.vertex(Vertex(item, place.axis, is_bar), flow, Kind.FLOW)
            case Frame():
                return self.frame(item, flow, place)
            case Tap():
                if flow is not None:
                    aside = flow._replace(
                        kind=Kind.FLOW, label=None, is_main=False, dashed=item.dashed
                    )
                    self.line(item.body, aside, self.aside(place))
                return flow
            case Merge():
                return self.merge(item, flow, place)
            case Pieces():
                return self.pieces(item, flow, place)

    def aside(self, place: _Place) -> _Place:
        """A place at the same depth on an axis of its own."""
        self.axes += 1
        return place._replace(axis=self.axes)

    def vertex(self, vertex: Vertex, flow: _Flow | None, kind: Kind) -> _Flow:
        """Add a vertex and the arc that leads to it; gives what leaves it."""
        at = len(self.found.vertices)
        self.found.vertices.append(vertex)
        if flow is not None:
            self.arc(flow, at)
        is_main = flow is None or flow.is_main
        if vertex.item is not None:
            return _Flow(at, vertex.item.thing.path, kind, None, is_main)
        assert flow is not None
        return flow._replace(vertex=at, label=None)

    def arc(self, flow: _Flow, head: int) -> None:
        self.found.arcs.append(
            Arc(
                flow.vertex,
                head,
                flow.source,
                flow.kind,
                flow.label,
                flow.is_main,
                flow.dashed,
            )
        )

    def frame(self, frame: Frame, flow: _Flow | None, place: _Place) -> _Flow | None:
        first, slot = len(self.found.vertices), len(self.found.enclosures)
        enclosure = Enclosure(
            frame.thing,
            frame.label,
            first,
            first,
            place.depth + 1,
            frame.note,
            frame.copies,
            frame.is_stage,
            frame.dashed,
        )
        self.found.enclosures.append(enclosure)
        flow = self.line(frame.body, flow, place._replace(depth=place.depth + 1))
        self.found.enclosures[slot] = enclosure._replace(last=len(self.found.vertices))
        return flow

    def merge(self, merge: Merge, flow: _Flow | None, place: _Place) -> _Flow:
        assert flow is not None
        fork = self.vertex(Vertex(None, place.axis), flow, flow.kind)
        arriving: list[_Flow] = []
        for at, path in enumerate(merge.paths):
            on_axis = at == 0 and merge.form is not Form.SPREAD
            start = fork._replace(is_main=on_axis and fork.is_main)
            if path.kind is not Kind.FLOW:
                start = start._replace(kind=path.kind)
            body = _badged(path, merge) if at == 0 and merge.copies > 1 else path.body
            end = self.line(body, start, place if on_axis else self.aside(place))
            assert end is not None
            arriving.append(end if path.kind is Kind.FLOW else end._replace(kind=path.kind))
        at = len(self.found.vertices)
        is_bar = not is_round(merge.sign, len(merge.paths))
        sign = Join(merge.thing, merge.sign, merge.shape)
        self.found.vertices.append(Vertex(sign, place.axis, is_bar))
        for end in arriving:
            self.arc(end, at)
        return _Flow(at, merge.thing.path, flow.kind, None, flow.is_main)

    def pieces(self, item: Pieces, flow: _Flow | None, place: _Place) -> _Flow | None:
        slots = self._open(item.clusters, place)
        nested = [0] * len(item.pieces)
        for cluster in item.clusters:
            for at in range(cluster.first, cluster.last):
                nested[at] = max(nested[at], cluster.depth)
        wires: list[list[Wire]] = [[] for _ in item.pieces]
        for wire in item.wires:
            wires[wire.tail].append(wire)
        arriving: list[list[_Flow]] = [[] for _ in item.pieces]
        starts: list[int] = []
        leaving: _Flow | None = None
        for at, piece in enumerate(item.pieces):
            starts.append(len(self.found.vertices))
            if at == item.entry:
                leaving = self._entry(flow, place, len(wires[at]))
            else:
                inside = place._replace(depth=place.depth + nested[at])
                inside = inside if piece.is_main else self.aside(inside)
                leaving = self._piece(piece, arriving[at], inside)
            if leaving is None:
                continue
            for wire in wires[at]:
                sent = leaving._replace(label=wire.label, is_main=wire.is_main, dashed=wire.dashed)
                arriving[wire.head].append(sent)
        starts.append(len(self.found.vertices))
        for slot, cluster in zip(slots, item.clusters, strict=True):
            enclosure = self.found.enclosures[slot]
            self.found.enclosures[slot] = enclosure._replace(
                first=starts[cluster.first], last=starts[cluster.last]
            )
        return None if item.exit is None else leaving

    def _open(self, clusters: Iterable[Cluster], place: _Place) -> list[int]:
        """Enclosures whose ends are not known yet, before those of what they hold."""
        slots: list[int] = []
        for cluster in clusters:
            slots.append(len(self.found.enclosures))
            depth = place.depth + cluster.depth
            enclosure = Enclosure(
                cluster.thing,
                cluster.label,
                0,
                0,
                depth,
                cluster.note,
                dashed=cluster.dashed,
            )
            self.found.enclosures.append(enclosure)
        return slots

    def _entry(self, flow: _Flow | None, place: _Place, uses: int) -> _Flow:
        """The value that comes into a region, from a point inside it where several take it."""
        assert flow is not None
        return self.vertex(Vertex(None, place.axis), flow, flow.kind) if uses > 1 else flow

    def _piece(self, piece: Piece, arriving: list[_Flow], place: _Place) -> _Flow | None:
        """Add one piece with the lines that lead into it; gives what leaves it."""
        first = len(self.found.vertices)
        end = self.line(piece.body, arriving[0] if arriving else None, place)
        added = range(first, len(self.found.vertices))
        head = next((at for at in added if self.found.vertices[at].item is not None), None)
        if head is not None:
            for other in arriving[1:]:
                self.arc(other, head)
        return end


def _badged(path: Path, merge: Merge) -> Line:
    """The body of a folded repeat: its pile says how many copies there are, since no lane does."""
    pile = path.body.items[0]
    assert isinstance(pile, Box)
    return Line((replace(pile, badged=True, note=merge.note),), path.body.labels)
