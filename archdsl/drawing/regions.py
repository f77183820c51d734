"""Regions place themselves: each measured part is drawn around its axis, from the top down."""

from __future__ import annotations

from archdsl.drawing.canvas import (
    BAR_HEIGHT,
    HEADER,
    LABEL_OFFSET,
    PILE,
    SIGN,
    Canvas,
    is_round,
)
from archdsl.drawing.items import (
    Box,
    Form,
    Frame,
    Item,
    Join,
    Kind,
    Merge,
    Pieces,
    Pill,
    Tap,
    Thing,
)
from archdsl.drawing.measuring import (
    BESIDE,
    BUS,
    FORK,
    GAP,
    GAP_WITH_SHAPE,
    LANE,
    LEAST_HALF,
    Part,
    Stack,
    axes_of,
    bar_half,
    sign_middle,
)
from archdsl.drawing.trail import Trail, moved


def draw_stack(
    canvas: Canvas, stack: Stack, x: float, y: float, trail: Trail | None, depth: int
) -> Trail | None:
    """Draw a line from `y` downwards on the axis `x`; gives the line that leaves it."""
    for at, part in enumerate(stack.parts):
        top, label = y + stack.tops[at], stack.line.labels[at]
        if label is not None:
            canvas.text(x + LABEL_OFFSET, top - GAP_WITH_SHAPE / 2, label, 9, anchor="start")
        if isinstance(part.item, Tap):
            _draw_tap(canvas, part.item, part, x, top, stack.shifts[at], trail, depth)
        else:
            trail = draw_part(canvas, part, x, top, trail, depth)
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
        case Merge():
            return _draw_merge(canvas, item, part, x, y, trail, depth)
        case Pieces():
            return _draw_pieces(canvas, item, part, x, y, trail, depth)
        case Tap():
            raise AssertionError("a branch is drawn with the line that it leaves")


def _draw_tap(
    canvas: Canvas,
    tap: Tap,
    part: Part,
    x: float,
    y: float,
    shift: int,
    trail: Trail | None,
    depth: int,
) -> None:
    """Draw a branch whose line leaves the flow at `y`."""
    body = part.inner[0]
    axis = x + shift + body.left
    aside = None
    if trail is not None:
        aside = Trail(trail.source, ((x, y), (axis, y)), dashed=tap.dashed)
    draw_stack(canvas, body, axis, y + GAP, aside, depth)


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
    canvas.header(frame.label, frame.note, frame.copies, left, right, y)
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
        middle = y + sign_middle(body, side)
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
    axes = axes_of(part.inner)
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
    reach = bar_half(merge.sign)
    start, end = min(axes[0] - 2 * LEAST_HALF, -reach), max(axes[-1] + 2 * LEAST_HALF, reach)
    canvas.bar(merge.thing, merge.sign, x + start, x + end, bottom + GAP)
    return Trail(target.path, ((x, bottom + GAP + BAR_HEIGHT),), trail.kind)


def _draw_pieces(
    canvas: Canvas, item: Pieces, part: Part, x: float, y: float, trail: Trail | None, depth: int
) -> Trail | None:
    placed = part.placed
    assert placed is not None
    nested = [0] * len(item.pieces)
    for cluster, frame, begins in zip(item.clusters, placed.frames, placed.names, strict=True):
        left, top, wide, high = frame
        place = (x + left, y + top, wide, high)
        deep = depth + cluster.depth
        canvas.frame(cluster.thing, place, deep, style="frame", dashed=cluster.dashed)
        canvas.name(cluster.label, cluster.note, x + begins[0], x + begins[1], y + top)
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
                wire = item.wires[number]
                sent = gone._replace(dashed=wire.dashed)
                arriving[wire.head].append(sent.to(*moved(placed.routes[number], x, y)))
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
