"""Regions place themselves: each part is measured once around its axis, then drawn.

As in TeX, a part is a box of which only the outside counts: how far it reaches to the left and
right of the axis that the flow comes down on, and its height. A line of parts stacks them on
one axis; a merge sets paths side by side; a frame goes around.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from archdsl.drawing.canvas import (
    BAR_HEIGHT,
    FRAME_BOTTOM,
    HEADER,
    PADDING,
    PILE,
    PILL_HEIGHT,
    SIGN,
    Canvas,
    badge_text,
    badge_width,
    box_height,
    box_width,
    is_round,
    pill_width,
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
    Pieces,
    Pill,
    Tap,
    Thing,
)
from archdsl.drawing.placing import Placed, Size, arrange
from archdsl.drawing.text import width
from archdsl.drawing.trail import Bend, Point, Trail

GAP: Final = 14
GAP_WITH_SHAPE: Final = 24
FORK: Final = 8
"""From the point where a bypass leaves to the body, and from the body to the sign."""
LANE: Final = 12
BESIDE: Final = 14
BUS: Final = 18
LEAST_HALF: Final = 12
LABEL_OFFSET: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A measured item: its reach left and right of the axis, its height, and what is inside."""

    item: Item
    left: int
    right: int
    height: int
    inner: tuple[Stack, ...] = ()
    placed: Placed | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """A measured line: its parts and the distance above each."""

    line: Line
    parts: tuple[Part, ...]
    gaps: tuple[int, ...]
    left: int
    right: int
    height: int


def measure_line(line: Line, notes: list[str]) -> Stack:
    """Measure the parts of a line and stack them; sibling stages become equally wide."""
    parts = [measure(item, notes) for item in line.items]
    return stack(line, equally_wide(parts))


def stack(line: Line, parts: Sequence[Part]) -> Stack:
    """Parts on one axis."""
    gaps = tuple(
        0 if at == 0 else GAP if line.labels[at] is None else GAP_WITH_SHAPE
        for at in range(len(parts))
    )
    labels = [LABEL_OFFSET + width(label, 9) for label in line.labels if label is not None]
    return Stack(
        line,
        tuple(parts),
        gaps,
        max([part.left for part in parts], default=0),
        max([part.right for part in parts] + labels, default=0),
        sum(gaps) + sum([part.height for part in parts]),
    )


def equally_wide(parts: Sequence[Part]) -> list[Part]:
    """The frames of stages reach as far as the widest of them."""
    frames = [p for p in parts if isinstance(p.item, Frame) and p.item.is_stage]
    left = max([p.left for p in frames], default=0)
    right = max([p.right for p in frames], default=0)
    return [
        replace(p, left=left, right=right)
        if isinstance(p.item, Frame) and p.item.is_stage
        else p
        for p in parts
    ]


def measure(item: Item, notes: list[str]) -> Part:
    """Measure one item and all that is inside."""
    match item:
        case Box():
            return _measure_box(item)
        case Pill():
            half = pill_width(item) // 2
            return Part(item, half, half, PILL_HEIGHT)
        case Join():
            if is_round(item.sign):
                return Part(item, SIGN, SIGN, 2 * SIGN)
            half = _bar_half(item.sign)
            return Part(item, half, half, BAR_HEIGHT)
        case Frame():
            return _measure_frame(item, measure_line(item.body, notes))
        case Tap():
            body = measure_line(item.body, notes)
            right = 2 * LEAST_HALF + body.left + body.right
            return Part(item, 0, right, GAP + body.height, (body,))
        case Merge():
            return _measure_merge(item, notes)
        case Pieces():
            return _measure_pieces(item, notes)


def _measure_box(box: Box) -> Part:
    half = box_width(box) // 2
    pile = PILE if box.copies > 1 else 0
    badge = badge_width(box.copies, box.note) if box.badged else 0
    right = half + pile + (LABEL_OFFSET + badge if badge else 0)
    return Part(box, half, right, box_height(box) + pile)


def _measure_frame(frame: Frame, body: Stack) -> Part:
    label = width(frame.label, 10, True)
    behind = width(frame.note, 9) if frame.note else 0
    if frame.copies > 1:
        badge = width(badge_text(frame.copies), 12, True)
        behind += badge + (LABEL_OFFSET if behind else 0)
    left = max(body.left + PADDING, label + PADDING + LABEL_OFFSET)
    right = max(body.right + PADDING, LABEL_OFFSET + behind + PADDING if behind else 0)
    return Part(frame, left, right, HEADER + body.height + FRAME_BOTTOM, (body,))


def _bar_half(sign: str) -> int:
    return (width(sign, 9) + 1) // 2 + PADDING


def _measure_merge(merge: Merge, notes: list[str]) -> Part:
    inner = tuple(measure_line(path.body, notes) for path in merge.paths)
    if merge.form is Form.SPREAD:
        return _measure_spread(merge, inner)
    if merge.form is Form.GATE:
        side = inner[1]
        right = max(SIGN, 2 * LEAST_HALF + side.left + side.right)
        return Part(merge, SIGN, right, 2 * BUS + side.height + SIGN, inner)
    body, side = inner
    badge = badge_width(merge.copies, merge.note)
    right = max(body.right, SIGN + FORK) + LANE
    if side.parts:
        right = max(body.right, SIGN + FORK) + BESIDE + side.left + side.right
    right += LABEL_OFFSET + badge if badge else 0
    height = _sign_middle(body, side) + SIGN
    return Part(merge, max(body.left, SIGN), right, height, inner)


def _sign_middle(body: Stack, side: Stack) -> int:
    """From the fork of a bypass down to the middle of its sign."""
    through = FORK + body.height + (FORK if body.parts else 0) + SIGN
    return max(through, side.height + 2 * GAP if side.parts else 0)


def _axes(inner: tuple[Stack, ...]) -> list[int]:
    """Where the paths of a spread merge stand, relative to the middle of the first and last."""
    axes: list[int] = []
    reach = 0
    for path in inner:
        axis = reach + max(path.left, LEAST_HALF)
        axes.append(axis)
        reach = axis + max(path.right, LEAST_HALF) + BESIDE
    middle = (axes[0] + axes[-1]) // 2
    return [axis - middle for axis in axes]


def _measure_spread(merge: Merge, inner: tuple[Stack, ...]) -> Part:
    axes = _axes(inner)
    left = max([max(p.left, LEAST_HALF) - a for p, a in zip(inner, axes, strict=True)])
    right = max([max(p.right, LEAST_HALF) + a for p, a in zip(inner, axes, strict=True)])
    body = BUS + max([path.height for path in inner])
    if is_round(merge.sign, len(inner)):
        return Part(merge, max(left, SIGN), max(right, SIGN), body + BUS + SIGN, inner)
    half = _bar_half(merge.sign)
    left, right = max(left, half, 2 * LEAST_HALF - axes[0]), max(right, half, axes[-1] + 2 * LEAST_HALF)
    return Part(merge, left, right, body + GAP + BAR_HEIGHT, inner)


def _measure_pieces(item: Pieces, notes: list[str]) -> Part:
    inner = tuple(measure_line(piece.body, notes) for piece in item.pieces)
    sizes = [Size(part.left, part.right, part.height) for part in inner]
    placed = arrange(item, sizes, notes)
    return Part(item, placed.left, placed.right, placed.height, inner, placed)


# Drawing


def draw_stack(
    canvas: Canvas, stack: Stack, x: float, y: float, trail: Trail | None, depth: int
) -> Trail | None:
    """Draw a line from `y` downwards on the axis `x`; gives the line that leaves it."""
    for part, gap, label in zip(stack.parts, stack.gaps, stack.line.labels, strict=True):
        if label is not None:
            canvas.text(x + LABEL_OFFSET, y + gap / 2, label, 9, anchor="start")
        y += gap
        trail = draw_part(canvas, part, x, y, trail, depth)
        y += part.height
    return trail


def draw_part(
    canvas: Canvas, part: Part, x: float, y: float, trail: Trail | None, depth: int
) -> Trail | None:
    """Draw one part, its top at `y`; gives the line that leaves it."""
    item = part.item
    match item:
        case Box():
            return _draw_box(canvas, item, part, x, y, trail)
        case Pill():
            _enter(canvas, trail, item.thing, x, y)
            canvas.pill(item, x, y)
            return Trail(item.thing.path, ((x, y + part.height),))
        case Join():
            _enter(canvas, trail, item.thing, x, y)
            if is_round(item.sign):
                canvas.sign(item.thing, item.sign, x, y + SIGN)
            else:
                canvas.bar(item.thing, item.sign, x - part.left, x + part.right, y)
            return Trail(item.thing.path, ((x, y + part.height),))
        case Frame():
            return _draw_frame(canvas, item, part, x, y, trail, depth)
        case Tap():
            body = part.inner[0]
            if trail is not None:
                side = Trail(trail.source, ((x, y), (x + 2 * LEAST_HALF + body.left, y)), Kind.FLOW)
                right = x + 2 * LEAST_HALF + body.left
                draw_stack(canvas, body, right, y + GAP, side, depth)
            return trail
        case Merge():
            return _draw_merge(canvas, item, part, x, y, trail, depth)
        case Pieces():
            return _draw_pieces(canvas, item, part, x, y, trail, depth)


def _enter(canvas: Canvas, trail: Trail | None, target: Thing, x: float, y: float) -> None:
    if trail is not None:
        canvas.arrive(trail, target, (x, y))


def _draw_box(
    canvas: Canvas, box: Box, part: Part, x: float, y: float, trail: Trail | None
) -> Trail:
    _enter(canvas, trail, box.thing, x, y)
    pile = PILE if box.copies > 1 else 0
    canvas.box(box, x, y + pile)
    if box.badged:
        right = x + part.left + pile + LABEL_OFFSET
        canvas.badge(right, y + part.height / 2, box.copies, box.note)
    kind = trail.kind if trail is not None else Kind.FLOW
    return Trail(box.thing.path, ((x, y + part.height),), kind)


def _draw_frame(
    canvas: Canvas, frame: Frame, part: Part, x: float, y: float, trail: Trail | None, depth: int
) -> Trail | None:
    left, right = x - part.left, x + part.right
    style = "stage" if frame.is_stage else "frame"
    canvas.frame(
        frame.thing,
        (left, y, right - left, part.height),
        depth + 1,
        style=style,
        copies=frame.copies,
        dashed=frame.dashed,
    )
    canvas.text(left + PADDING, y + 11, frame.label, 10, anchor="start", bold=True)
    end = right - PADDING
    if frame.copies > 1:
        badge = badge_text(frame.copies)
        canvas.text(end, y + 11, badge, 12, anchor="end", bold=True)
        end -= width(badge, 12, True) + LABEL_OFFSET
    if frame.note:
        canvas.text(end, y + 11, frame.note, 9, anchor="end", italic=True)
    return draw_stack(canvas, part.inner[0], x, y + HEADER, trail, depth + 1)


def _draw_merge(
    canvas: Canvas, merge: Merge, part: Part, x: float, y: float, trail: Trail | None, depth: int
) -> Trail | None:
    assert trail is not None
    if merge.form is Form.SPREAD:
        return _draw_spread(canvas, merge, part, x, y, trail, depth)
    target = merge.thing
    body, side = part.inner
    kind = merge.paths[1].kind
    if merge.form is Form.GATE:
        middle = y + part.height - SIGN
        axis = x + 2 * LEAST_HALF + side.left
        aside = Trail(trail.source, ((x, y), (axis, y)), trail.kind)
        left = draw_stack(canvas, side, axis, y + BUS, aside, depth)
        assert left is not None
        canvas.arrive(trail.as_kind(Kind.IDENTITY), target, (x, middle - SIGN))
        canvas.arrive(left, target, (axis, middle), (x + SIGN, middle))
    else:
        middle = y + _sign_middle(body, side)
        inner = draw_stack(canvas, body, x, y + FORK, trail, depth)
        assert inner is not None
        canvas.arrive(inner, target, (x, middle - SIGN))
        right = max(body.right, SIGN + FORK)
        if side.parts:
            axis = x + right + BESIDE + side.left
            aside = Trail(trail.source, ((x, y), (axis, y)), kind)
            top = y + (middle - y - side.height) // 2
            left = draw_stack(canvas, side, axis, top, aside, depth)
            assert left is not None
            canvas.arrive(left.as_kind(kind), target, (axis, middle), (x + SIGN, middle))
        else:
            lane = x + right + LANE
            aside = Trail(trail.source, ((x, y), (lane, y)), kind)
            canvas.arrive(aside, target, (lane, middle), (x + SIGN, middle))
            canvas.badge(lane + LABEL_OFFSET, (y + middle) / 2, merge.copies, merge.note)
    canvas.sign(merge.thing, merge.sign, x, middle)
    return Trail(target.path, ((x, middle + SIGN),), trail.kind)


def _draw_spread(
    canvas: Canvas, merge: Merge, part: Part, x: float, y: float, trail: Trail, depth: int
) -> Trail:
    target = merge.thing
    axes = _axes(part.inner)
    bottom = y + BUS + max([path.height for path in part.inner])
    round_sign = is_round(merge.sign, len(part.inner))
    middle = bottom + BUS
    for at, (path, stack, axis) in enumerate(zip(merge.paths, part.inner, axes, strict=True)):
        branch = trail if at == 0 else Trail(trail.source, ((x, y),), trail.kind)
        kind = path.kind if not stack.parts else trail.kind
        branch = branch.to((x, y), (x + axis, y)).as_kind(kind)
        left = draw_stack(canvas, stack, x + axis, y + BUS, branch, depth)
        assert left is not None
        if round_sign:
            side = x - SIGN if axis < 0 else x + SIGN
            canvas.arrive(left, target, (x + axis, middle), (side, middle))
        else:
            canvas.arrive(left, target, (x + axis, bottom + GAP))
    if round_sign:
        canvas.sign(merge.thing, merge.sign, x, middle)
        return Trail(target.path, ((x, middle + SIGN),), trail.kind)
    reach = _bar_half(merge.sign)
    start, end = min(axes[0] - 2 * LEAST_HALF, -reach), max(axes[-1] + 2 * LEAST_HALF, reach)
    canvas.bar(merge.thing, merge.sign, x + start, x + end, bottom + GAP)
    return Trail(target.path, ((x, bottom + GAP + BAR_HEIGHT),), trail.kind)


def _draw_pieces(
    canvas: Canvas, item: Pieces, part: Part, x: float, y: float, trail: Trail | None, depth: int
) -> Trail | None:
    placed = part.placed
    assert placed is not None
    nested = [0] * len(item.pieces)
    for cluster, (left, top, wide, high) in zip(item.clusters, placed.frames, strict=True):
        place = (x + left, y + top, wide, high)
        canvas.frame(cluster.thing, place, depth + cluster.depth, style="frame")
        canvas.text(x + left + PADDING, y + top + 11, cluster.label, 10, anchor="start", bold=True)
        for at in range(cluster.first, cluster.last):
            nested[at] = max(nested[at], cluster.depth)
    leaving: list[Trail | None] = [None] * len(item.pieces)
    arriving: list[list[Trail]] = [[] for _ in item.pieces]
    wires: list[list[int]] = [[] for _ in item.pieces]
    for number, wire in enumerate(item.wires):
        wires[wire.tail].append(number)
    for at, (stack, (left, top)) in enumerate(zip(part.inner, placed.tops, strict=True)):
        first = arriving[at][0] if arriving[at] else trail if at == item.entry else None
        if stack.parts:
            for other in arriving[at][1:]:
                canvas.arrive(other, _first_thing(stack.parts[0].item))
            if first is not None and _is_round_join(stack):
                canvas.arrive(first, _first_thing(stack.parts[0].item))
                first = None
        leaving[at] = draw_stack(canvas, stack, x + left, y + top, first, depth + nested[at])
        gone = leaving[at]
        for number in wires[at]:
            if gone is not None:
                route = [_moved(point, x, y) for point in placed.routes[number]]
                arriving[item.wires[number].head].append(gone.to(*route))
            label, place_at = item.wires[number].label, placed.labels[number]
            if label is not None and place_at is not None:
                canvas.text(x + place_at[0], y + place_at[1], label, 9)
    if item.exit is None:
        return None
    end = leaving[item.exit]
    if end is None:
        return None
    bottom = y + part.height
    return end.to((end.end[0], bottom), (x, bottom))


def _is_round_join(stack: Stack) -> bool:
    first = stack.parts[0].item
    return isinstance(first, Join) and is_round(first.sign)


def _moved(point: Point | Bend, x: float, y: float) -> Point | Bend:
    if isinstance(point, Bend):
        (ax, ay), (bx, by), (cx, cy) = point
        return Bend((ax + x, ay + y), (bx + x, by + y), (cx + x, cy + y))
    return (point[0] + x, point[1] + y)


def _first_thing(item: Item) -> Thing:
    """The box, sign or pill that a line into an item ends at."""
    match item:
        case Frame():
            return _first_thing(item.body.items[0])
        case Merge():
            body = item.paths[0].body.items
            return _first_thing(body[0]) if body else item.thing
        case Tap():
            return _first_thing(item.body.items[0])
        case Pieces():
            return _first_thing(next(p.body.items[0] for p in item.pieces if p.body.items))
    return item.thing
