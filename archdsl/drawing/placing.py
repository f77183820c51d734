"""Places finished pieces that named values join: by Graphviz, else one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, NamedTuple, TypeAlias

from archdsl.drawing import graphviz
from archdsl.drawing.canvas import FRAME_BOTTOM, HEADER, PADDING, is_round
from archdsl.drawing.items import Join, Pieces
from archdsl.drawing.text import width
from archdsl.drawing.trail import Bend, Point

COURIER_9: Final = 5.4
"""px that Graphviz gives a character of Courier at 9 points: 0.6 em, in every version."""

GAP: Final = 24
LANE: Final = 12

Rectangle: TypeAlias = tuple[float, float, float, float]


class Size(NamedTuple):
    """A piece's reach left and right of its axis, and its height."""

    left: int
    right: int
    height: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Where pieces stand, relative to the axis and top of the whole.

    `tops` are the tops of the pieces on their axes; `routes[i]` leads wire i from below its tail
    to its head; `labels[i]` is the middle of its shape; `frames` are left, top, width, height.
    """

    left: int
    right: int
    height: int
    tops: tuple[Point, ...]
    routes: tuple[tuple[Point | Bend, ...], ...]
    labels: tuple[Point | None, ...]
    frames: tuple[Rectangle, ...]


def arrange(item: Pieces, sizes: Sequence[Size], notes: list[str]) -> Placed:
    """Place the pieces; where no layout is found, as a column, and `notes` says so."""
    try:
        answer = graphviz.lay_out(
            lambda options: _source(item, sizes, options), len(item.pieces), len(item.wires)
        )
    except graphviz.Unavailable as missing:
        notes.append(f"{missing}; parts joined by named values stand in one column")
        return _column(item, sizes)
    if answer is None:
        notes.append(
            f"no layout was found for {len(item.pieces)} joined parts; they stand in one column"
        )
        return _column(item, sizes)
    return _read(item, sizes, answer)


def _source(item: Pieces, sizes: Sequence[Size], options: str) -> str:
    """The pieces as DOT: sizes in inches, no text of the user's."""
    lines = [
        f"digraph {{ graph [nodesep=0.35, ranksep=0.3, {options}]",
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
            label = "x" * ceil(width(item.clusters[number].label, 10, True) / COURIER_9)
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
        label = (
            f', label="{"x" * ceil(width(wire.label, 9) / COURIER_9)}"' if wire.label else ""
        )
        lines.append(f"n{wire.tail} -> n{wire.head} [weight={weight}, {', '.join(ports)}{label}]")
    return "\n".join([*lines, "}"])


def _is_sign(item: Pieces, at: int) -> bool:
    items = item.pieces[at].body.items
    return len(items) == 1 and isinstance(items[0], Join) and is_round(items[0].sign)


def _read(item: Pieces, sizes: Sequence[Size], answer: dict[str, Any]) -> Placed:
    """Coordinates from `json0`, whose y points up."""
    _, _, whole, top = _numbers(answer["bb"])
    centres: dict[str, Point] = {}
    boxes: dict[str, Rectangle] = {}
    for found in answer.get("objects", []):
        if "pos" in found:
            x, y = _numbers(found["pos"])
            centres[found["name"]] = (x, top - y)
        elif "bb" in found:
            left, low, right, high = _numbers(found["bb"])
            boxes[found["name"]] = (left, top - high, right - left, high - low)
    edges: dict[tuple[int, int], list[dict[str, Any]]] = {}
    names = {found["_gvid"]: found["name"] for found in answer["objects"]}
    for edge in answer.get("edges", []):
        ends = (int(names[edge["tail"]][1:]), int(names[edge["head"]][1:]))
        edges.setdefault(ends, []).append(edge)
    axis = centres[f"n{_axis_piece(item)}"][0]
    tops: list[Point] = []
    for at, size in enumerate(sizes):
        x, y = centres[f"n{at}"]
        tops.append((x - axis, y - size.height / 2))
    routes: list[tuple[Point | Bend, ...]] = []
    labels: list[Point | None] = []
    for wire in item.wires:
        edge = edges[(wire.tail, wire.head)].pop(0)
        routes.append(_route(edge["pos"], axis, top))
        place = _numbers(edge["lp"]) if "lp" in edge and wire.label else None
        labels.append(None if place is None else (place[0] - axis, top - place[1]))
    frames = tuple(
        (x - axis, y, wide, high)
        for x, y, wide, high in [boxes[f"cluster{i}"] for i in range(len(item.clusters))]
    )
    height = ceil(top)
    if item.exit is not None and tops[item.exit][0] != 0:
        height += LANE
    return Placed(
        ceil(axis), ceil(whole - axis), height, tuple(tops), tuple(routes), tuple(labels), frames
    )


def _axis_piece(item: Pieces) -> int:
    """The piece that the flow enters by: its axis is the whole's."""
    if item.entry is not None:
        return item.entry
    return next((at for at, piece in enumerate(item.pieces) if piece.is_main), 0)


def _numbers(text: str) -> list[float]:
    """Coordinates from Graphviz's text."""
    return [float(part) for part in text.split(",")]


def _route(pos: str, axis: float, top: float) -> tuple[Point | Bend, ...]:
    """A spline: its first point, its Bézier segments, and the tip of its arrow."""
    tip: Point | None = None
    points: list[Point] = []
    for part in pos.split():
        if part.startswith("e,"):
            x, y = _numbers(part[2:])
            tip = (x - axis, top - y)
        elif not part.startswith("s,"):
            x, y = _numbers(part)
            points.append((x - axis, top - y))
    route: list[Point | Bend] = [points[0]]
    for at in range(1, len(points) - 2, 3):
        route.append(Bend(points[at], points[at + 1], points[at + 2]))
    if tip is not None:
        route.append(tip)
    return tuple(route)


def _column(item: Pieces, sizes: Sequence[Size]) -> Placed:
    """One below the other in the order of the text, values that skip pieces in lanes at the right."""
    left = max([size.left for size in sizes], default=0) + PADDING * _nesting(item)
    right = max([size.right for size in sizes], default=0)
    right = max([right, *[6 + width(w.label, 9) for w in item.wires if w.label]])
    right += PADDING * _nesting(item)
    starts = [0] * (len(sizes) + 1)
    ends = [0] * (len(sizes) + 1)
    for cluster in item.clusters:
        starts[cluster.first] += 1
        ends[cluster.last] += 1
    tops: list[Point] = []
    y = 0
    for at, size in enumerate(sizes):
        y += (GAP if at else 0) + FRAME_BOTTOM * ends[at] + HEADER * starts[at]
        tops.append((0, y))
        y += size.height
    y += FRAME_BOTTOM * ends[len(sizes)]
    lanes: dict[int, int] = {}
    routes: list[tuple[Point | Bend, ...]] = []
    labels: list[Point | None] = []
    for wire in item.wires:
        low = tops[wire.tail][1] + sizes[wire.tail].height
        high = tops[wire.head][1]
        middle = 6 + width(wire.label, 9) / 2 if wire.label else 0
        labels.append((middle, low + 13) if wire.label else None)
        if wire.head == wire.tail + 1:
            routes.append(((0, low), (0, high)))
            continue
        lane = right + LANE * lanes.setdefault(wire.tail, len(lanes) + 1)
        routes.append(((0, low), (0, low + 6), (lane, low + 6), (lane, high - 12), (0, high - 12), (0, high)))
    frames: list[Rectangle] = []
    for cluster in item.clusters:
        inner = PADDING * (_nesting(item) - cluster.depth)
        start = tops[cluster.first][1] - HEADER
        last = cluster.last - 1
        end = tops[last][1] + sizes[last].height + FRAME_BOTTOM
        frames.append((-left + inner, start, left + right - 2 * inner, end - start))
    return Placed(
        left,
        right + LANE * (len(lanes) + 1),
        y,
        tuple(tops),
        tuple(routes),
        tuple(labels),
        tuple(frames),
    )


def _nesting(item: Pieces) -> int:
    return max([cluster.depth for cluster in item.clusters], default=0)


