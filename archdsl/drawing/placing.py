"""Places finished pieces that named values join: by Graphviz, else one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

from archdsl.drawing import graphviz
from archdsl.drawing.canvas import FRAME_BOTTOM, HEADER, LABEL_OFFSET, PADDING, is_round
from archdsl.drawing.graphviz import Rectangle, Route
from archdsl.drawing.items import Cluster, Join, Pieces
from archdsl.drawing.text import width
from archdsl.drawing.trail import Point, extent, moved

COURIER_9: Final = 5.4
"""px that Graphviz gives a character of Courier at 9 points: 0.6 em, in every version."""

COLUMN_GAP: Final = 34
"""Between pieces in a column: a lane that leaves, a shape and a lane that arrives."""
LANE: Final = 12
NAME_TOP: Final = 5
NAME_BOTTOM: Final = 18
NAME_MARGIN: Final = 3


class Size(NamedTuple):
    """A piece's reach left and right of its axis, and its height."""

    left: int
    right: int
    height: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Where pieces stand, relative to the axis and top of the whole.

    `tops` are the tops of the pieces on their axes; `routes[i]` leads wire i from below its tail
    to its head; `labels[i]` is the middle of its shape; `frames` are left, top, width, height,
    and `names` where each frame's name and note begin.
    """

    left: int
    right: int
    height: int
    tops: tuple[Point, ...]
    routes: tuple[Route, ...]
    labels: tuple[Point | None, ...]
    frames: tuple[Rectangle, ...]
    names: tuple[tuple[float, float], ...]


def arrange(item: Pieces, sizes: Sequence[Size], notes: list[str]) -> Placed:
    """Place the pieces; where no layout is found, as a column, and `notes` says so."""
    try:
        layout = graphviz.lay_out(
            lambda options: _source(item, sizes, options),
            len(item.pieces),
            len(item.clusters),
            [(wire.tail, wire.head) for wire in item.wires],
        )
    except graphviz.Unavailable as missing:
        notes.append(f"{missing}; parts joined by named values stand in one column")
        return _column(item, sizes)
    if layout is None:
        notes.append(
            f"no layout was found for {len(item.pieces)} joined parts; they stand in one column"
        )
        return _column(item, sizes)
    return _read(item, sizes, layout)


def name_width(cluster: Cluster) -> int:
    """The width of what stands in a cluster's header."""
    note = 2 * LABEL_OFFSET + width(cluster.note, 9) if cluster.note else 0
    return width(cluster.label, 10, True) + note


def blank(wide: int) -> str:
    """A text that Graphviz takes to be so wide, and a little wider: lines cut its labels' corners."""
    return "x" * (ceil(wide / COURIER_9) + 2)


def _source(item: Pieces, sizes: Sequence[Size], options: str) -> str:
    """The pieces as DOT: sizes in inches, no text of the user's."""
    lines = [
        f"digraph {{ graph [nodesep=0.35, ranksep=0.3, newrank=true, {options}]",
        'node [shape=box, fixedsize=true, label=""]',
        "edge [fontname=Courier, fontsize=9, arrowsize=0.5]",
    ]
    opening: dict[int, list[int]] = {}
    closing: dict[int, int] = {}
    for number, cluster in enumerate(item.clusters):
        opening.setdefault(cluster.first, []).append(number)
        closing[cluster.last] = closing.get(cluster.last, 0) + 1
    for at, (piece, size) in enumerate(zip(item.pieces, sizes, strict=True)):
        lines.extend(["}"] * closing.get(at, 0))
        for number in opening.get(at, []):
            # Twice the room: where a line comes in at the middle, one side is free for the name.
            label = blank(2 * (name_width(item.clusters[number]) + PADDING))
            lines.append(
                f'subgraph cluster{number} {{ margin=12 fontname=Courier fontsize=9 label="{label}"'
            )
        across = 2 * max(size.left, size.right, 1)
        group = ", group=s" if piece.is_main else ""
        shape = ", shape=circle" if _is_sign(item, at) else ""
        lines.append(
            f"n{at} [width={across / 72:.4f}, height={max(size.height, 2) / 72:.4f}{group}{shape}]"
        )
    lines.extend(["}"] * closing.get(len(item.pieces), 0))
    for wire in item.wires:
        ports = ["tailport=s"] + ([] if _is_sign(item, wire.head) else ["headport=n"])
        weight = 100 if wire.is_main else 1
        label = f', label="{blank(width(wire.label, 9))}"' if wire.label else ""
        lines.append(f"n{wire.tail} -> n{wire.head} [weight={weight}, {', '.join(ports)}{label}]")
    return "\n".join([*lines, "}"])


def _is_sign(item: Pieces, at: int) -> bool:
    items = item.pieces[at].body.items
    return len(items) == 1 and isinstance(items[0], Join) and is_round(items[0].sign)


def _read(item: Pieces, sizes: Sequence[Size], layout: graphviz.Layout) -> Placed:
    """The pieces around the axis of the first, from the middles that Graphviz gives."""
    axis = layout.centres[_axis_piece(item)][0]
    left = -axis
    tops = [(x + left, y - s.height / 2) for (x, y), s in zip(layout.centres, sizes, strict=True)]
    frames = [(x + left, y, wide, high) for x, y, wide, high in layout.frames]
    real = [at for at in range(len(sizes)) if at not in (item.entry, item.exit)]
    up = min([tops[at][1] for at in real] + [frame[1] for frame in frames])
    bottoms = [tops[at][1] + sizes[at].height for at in real]
    bottom = max(bottoms + [frame[1] + frame[3] for frame in frames])
    up = up if _is_lone(item, tops, item.entry) else 0
    end = bottom if _is_lone(item, tops, item.exit) else layout.height
    routes = [moved(route, left, -up) for route in layout.routes]
    frames = [(x, y - up, wide, high) for x, y, wide, high in frames]
    tops = [(x, y - up) for x, y in tops]
    for number, wire in enumerate(item.wires):
        # Where nothing else comes in or goes out, the flow needs no room to turn.
        if wire.tail == item.entry and up:
            tops[wire.tail] = (tops[wire.tail][0], 0)
            routes[number] = (tops[wire.tail], tops[wire.head])
        if wire.head == item.exit and end < layout.height:
            tops[wire.head] = (tops[wire.head][0], end - up)
            routes[number] = (routes[number][0], tops[wire.head])
    height = ceil(end - up)
    if item.exit is not None and tops[item.exit][0] != 0:
        height += LANE
    return Placed(
        ceil(axis),
        ceil(layout.width - axis),
        height,
        tuple(tops),
        tuple(routes),
        tuple(
            [
                (place[0] + left, place[1] - up) if place is not None and wire.label else None
                for wire, place in zip(item.wires, layout.labels, strict=True)
            ]
        ),
        tuple(frames),
        tuple([_name_places(c, f, routes) for c, f in zip(item.clusters, frames, strict=True)]),
    )


def _name_places(
    cluster: Cluster, frame: Rectangle, routes: Sequence[Route]
) -> tuple[float, float]:
    """Where name and note may begin in a frame's header so that no line crosses them."""
    left, top, room, _ = frame
    lines = [extent(route, top + NAME_TOP, top + NAME_BOTTOM) for route in routes]
    taken = sorted([line for line in lines if line is not None])

    def fit(start: float, wide: int) -> float:
        place = start
        for low, high in taken:
            if low < place + wide + NAME_MARGIN and high > place - NAME_MARGIN:
                place = high + NAME_MARGIN
        return place if place + wide + PADDING <= left + room else start

    label, note = width(cluster.label, 10, True), width(cluster.note or "", 9)
    name = fit(left + PADDING, label)
    return name, fit(name + label + 2 * LABEL_OFFSET, note)


def _is_lone(item: Pieces, tops: Sequence[Point], end: int | None) -> bool:
    """Whether one straight wire is all that leads from where the flow enters, or to where it leaves."""
    wires = [wire for wire in item.wires if end in (wire.tail, wire.head)]
    return len(wires) == 1 and tops[wires[0].tail][0] == tops[wires[0].head][0]


def _axis_piece(item: Pieces) -> int:
    """The piece that the flow enters by: its axis is the whole's."""
    if item.entry is not None:
        return item.entry
    return next((at for at, piece in enumerate(item.pieces) if piece.is_main), 0)


def _column(item: Pieces, sizes: Sequence[Size]) -> Placed:
    """One below the other in the order of the text, values that skip pieces in lanes at the right."""
    nesting = PADDING * max([cluster.depth for cluster in item.clusters], default=0)
    names = [PADDING + name_width(c) + LABEL_OFFSET for c in item.clusters]
    shapes = [LABEL_OFFSET + width(wire.label, 9) for wire in item.wires if wire.label]
    left = nesting + max([size.left for size in sizes] + names, default=0)
    right = nesting + max([size.right for size in sizes] + shapes, default=0)
    tops: list[Point] = []
    y = 0
    for at, size in enumerate(sizes):
        y += COLUMN_GAP if at else 0
        y += FRAME_BOTTOM * sum([cluster.last == at for cluster in item.clusters])
        y += HEADER * sum([cluster.first == at for cluster in item.clusters])
        tops.append((0, y))
        y += size.height
    y += FRAME_BOTTOM * sum([cluster.last == len(sizes) for cluster in item.clusters])
    lanes: dict[int, int] = {}
    routes: list[Route] = []
    labels: list[Point | None] = []
    for wire in item.wires:
        low = tops[wire.tail][1] + sizes[wire.tail].height
        high = tops[wire.head][1]
        middle = LABEL_OFFSET + width(wire.label, 9) / 2 if wire.label else 0
        labels.append((middle, low + 16) if wire.label else None)
        if wire.head == wire.tail + 1:
            routes.append(((0, low), (0, high)))
            continue
        lane = right + LANE * lanes.setdefault(wire.tail, len(lanes) + 1)
        out, back = low + 6, high - 8
        routes.append(((0, low), (0, out), (lane, out), (lane, back), (0, back), (0, high)))
    frames = [_around(item, at, tops, sizes, left, right) for at in range(len(item.clusters))]
    return Placed(
        left,
        right + LANE * (len(lanes) + 1),
        y,
        tuple(tops),
        tuple(routes),
        tuple(labels),
        tuple(frames),
        tuple([_name_places(c, f, ()) for c, f in zip(item.clusters, frames, strict=True)]),
    )


def _around(
    item: Pieces, at: int, tops: Sequence[Point], sizes: Sequence[Size], left: int, right: int
) -> Rectangle:
    """The frame of a cluster in a column, inside those around it and outside those within."""
    cluster = item.clusters[at]
    deeper = [c for c in item.clusters if c.depth >= cluster.depth]
    inner = PADDING * (cluster.depth - 1)
    start = tops[cluster.first][1] - HEADER * sum([c.first == cluster.first for c in deeper])
    end = tops[cluster.last - 1][1] + sizes[cluster.last - 1].height
    end += FRAME_BOTTOM * sum([c.last == cluster.last for c in deeper])
    return inner - left, start, left + right - 2 * inner, end - start
