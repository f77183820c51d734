"""How much room each part takes, measured once from the inside out.

As in TeX, a part is a box of which only the outside counts: how far it reaches to the left and
right of the axis that the flow comes down on, and its height. A line of parts stacks them on
one axis; a merge sets paths side by side; a frame goes around; a branch off the flow stands
beside what follows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from archdsl.drawing.canvas import (
    BAR_HEIGHT,
    FRAME_BOTTOM,
    HEADER,
    LABEL_OFFSET,
    PADDING,
    PILE,
    PILL_HEIGHT,
    SIGN,
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
    Line,
    Merge,
    Pieces,
    Pill,
    Tap,
)
from archdsl.drawing.placing import Placed, Size, arrange
from archdsl.drawing.text import width

GAP: Final = 14
GAP_WITH_SHAPE: Final = 24
FORK: Final = 8
"""From the point where a bypass leaves to the body, and from the body to the sign."""
LANE: Final = 12
BESIDE: Final = 14
BUS: Final = 18
LEAST_HALF: Final = 12


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
    """A measured line: its parts, the top of each, and how far from the axis a branch begins."""

    line: Line
    parts: tuple[Part, ...]
    tops: tuple[int, ...]
    shifts: tuple[int, ...]
    left: int
    right: int
    height: int


def measure_line(line: Line, notes: list[str]) -> Stack:
    """Measure the parts of a line and stack them; sibling stages become equally wide."""
    parts = [measure(item, notes) for item in line.items]
    return stack(line, equally_wide(parts))


def stack(line: Line, parts: Sequence[Part]) -> Stack:
    """Parts on one axis, branches right of what follows them; a branch begins below the one before."""
    tops: list[int] = []
    shifts = [0] * len(parts)
    right = y = 0
    branch, branch_end = -1, 0
    for at, (part, label) in enumerate(zip(parts, line.labels, strict=True)):
        above, y = y, y + (0 if at == 0 else GAP if label is None else GAP_WITH_SHAPE)
        told = 0 if label is None else LABEL_OFFSET + width(label, 9)
        right = max(right, told)
        if branch >= 0 and above < branch_end:
            reach = told if isinstance(part.item, Tap) else max(told, part.right)
            shifts[branch] = max(shifts[branch], reach + BESIDE)
        if isinstance(part.item, Tap):
            y = max(y, branch_end + GAP) if branch >= 0 else y
            branch, branch_end = at, y + part.height
            shifts[at] = 2 * LEAST_HALF
            tops.append(y)
            continue
        tops.append(y)
        y += part.height
    reaches = [part.right + shift for part, shift in zip(parts, shifts, strict=True)]
    return Stack(
        line,
        tuple(parts),
        tuple(tops),
        tuple(shifts),
        max([part.left for part in parts], default=0),
        max([right, *reaches]),
        max(y, branch_end),
    )


def equally_wide(parts: Sequence[Part]) -> list[Part]:
    """The frames of stages reach as far as the widest of them."""
    frames = [p for p in parts if isinstance(p.item, Frame) and p.item.is_stage]
    left = max([p.left for p in frames], default=0)
    right = max([p.right for p in frames], default=0)
    return [
        replace(p, left=left, right=right) if isinstance(p.item, Frame) and p.item.is_stage else p
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
            half = bar_half(item.sign)
            return Part(item, half, half, BAR_HEIGHT)
        case Frame():
            return _measure_frame(item, measure_line(item.body, notes))
        case Tap():
            body = measure_line(item.body, notes)
            return Part(item, 0, body.left + body.right, GAP + body.height, (body,))
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


def bar_half(sign: str) -> int:
    """Half the width of a merge's bar."""
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
    height = sign_middle(body, side) + SIGN
    return Part(merge, max(body.left, SIGN), right, height, inner)


def sign_middle(body: Stack, side: Stack) -> int:
    """From the fork of a bypass down to the middle of its sign."""
    through = FORK + body.height + (FORK if body.parts else 0) + SIGN
    return max(through, side.height + 2 * GAP if side.parts else 0)


def axes_of(inner: tuple[Stack, ...]) -> list[int]:
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
    axes = axes_of(inner)
    left = max([max(p.left, LEAST_HALF) - a for p, a in zip(inner, axes, strict=True)])
    right = max([max(p.right, LEAST_HALF) + a for p, a in zip(inner, axes, strict=True)])
    body = BUS + max([path.height for path in inner])
    if is_round(merge.sign, len(inner)):
        return Part(merge, max(left, SIGN), max(right, SIGN), body + BUS + SIGN, inner)
    half = bar_half(merge.sign)
    left, right = (
        max(left, half, 2 * LEAST_HALF - axes[0]),
        max(right, half, axes[-1] + 2 * LEAST_HALF),
    )
    return Part(merge, left, right, body + GAP + BAR_HEIGHT, inner)


def _measure_pieces(item: Pieces, notes: list[str]) -> Part:
    inner = tuple(measure_line(piece.body, notes) for piece in item.pieces)
    sizes = [Size(part.left, part.right, part.height) for part in inner]
    placed = arrange(item, sizes, notes)
    return Part(item, placed.left, placed.right, placed.height, inner, placed)
