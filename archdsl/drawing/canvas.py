"""Draws single parts at their places: boxes with rows, pills, signs, frames, edges."""

from __future__ import annotations

from typing import Final

from archdsl.drawing.items import Box, Kind, Pill, Row, Thing
from archdsl.drawing.scene import Circle, Curve, Group, Names, Occurrences, Rect, Shape, Text
from archdsl.drawing.text import width
from archdsl.drawing.theme import Colour, Theme
from archdsl.drawing.trail import (
    Bend,
    Point,
    Trail,
    arrow_data,
    last_direction,
    line_data,
    number,
    settled,
    shortened,
)

BOX_WIDTH: Final = 118
BOX_HEIGHT: Final = 22
ROW_HEIGHT: Final = 13
SECOND_HEIGHT: Final = 12
PADDING: Final = 10
STAGE_PADDING: Final = 8
RADIUS: Final = 3
CARD: Final = 3
"""How far each hidden card of a pile stands out, to the right and upwards; there are two."""
PILE: Final = 2 * CARD
SIGN: Final = 8
BAR_HEIGHT: Final = 16
PILL_HEIGHT: Final = 32
HEADER: Final = 24
FRAME_BOTTOM: Final = 14
LABEL_OFFSET: Final = 6
"""Between a line and the text beside it, and between two texts."""

LOCK: Final = 12
"""Room for the padlock of what is frozen, right of its text."""
LOCK_WIDTH: Final = 7

STROKES: Final = frozenset({"add", "sub", "mul"})
LETTERS: Final[dict[str, str]] = {"concat": "c"}


def is_round(sign: str, paths: int = 2) -> bool:
    """Whether a merge is a circle; what has no sign is a bar with its name."""
    return paths <= 2 and (sign in STROKES or sign in LETTERS)


def even(length: int) -> int:
    """The next even length, so that middles are whole."""
    return length + length % 2


def box_width(box: Box) -> int:
    """The front card's width."""
    text = width(box.text, 11, box.is_stage) + _lock(box.thing)
    small = [width(line, 9) for line in (box.second, box.third) if line]
    rows = [
        width(", ".join([row.text for row in line]), 9) + max([_lock(row.thing) for row in line])
        for line in (*box.above, *box.below)
    ]
    least, padding = (0, STAGE_PADDING) if box.is_stage else (BOX_WIDTH, PADDING)
    return even(max(least, 2 * padding + max([text, *small, *rows])))


def _lock(thing: Thing) -> int:
    return LOCK if thing.frozen else 0


def box_height(box: Box) -> int:
    """The front card's height."""
    rows = len(box.above) + len(box.below)
    small = (box.second is not None) + (box.third is not None)
    return BOX_HEIGHT + ROW_HEIGHT * rows + SECOND_HEIGHT * small


def pill_width(pill: Pill, with_shape: bool = True) -> int:
    """A pill's width."""
    shape = width(pill.shape, 9) if with_shape else 0
    return even(max(width(pill.text, 11), shape) + 28)


def badge_text(copies: int) -> str:
    """`× 3`."""
    return f"× {copies}"


def badge_width(copies: int, note: str | None) -> int:
    """Width of a badge with its note below."""
    if copies < 2:
        return 0
    return max(width(badge_text(copies), 12, True), width(note, 9) if note else 0)


class Canvas:
    """Collects what is drawn; coordinates are in px, y points down."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.frames: list[Group] = []
        self.edges: list[Group] = []
        self.boxes: list[Group] = []
        self.texts: list[Text] = []
        self.names = Names()
        self.seen = Occurrences()

    # Texts

    def text(self, x: float, y: float, text: str, size: int = 11, **style: object) -> None:
        """A text in the page's colour for its size; `y` is its middle."""
        fill = self.theme.text if size > 9 else self.theme.muted
        self.texts.append(Text(x, y, text, size, fill, **style))  # type: ignore[arg-type]

    def badge(self, x: float, y: float, copies: int, note: str | None) -> None:
        """`× 3` at the right of `x`, its note below; `y` is the middle of both."""
        if copies < 2:
            return
        y = y - 6 if note else y
        self.text(x, y, badge_text(copies), 12, anchor="start", bold=True)
        if note:
            self.text(x, y + 13, note, 9, anchor="start", italic=True)

    # Boxes

    def box(self, box: Box, x: float, y: float) -> None:
        """A box around the axis `x`; `y` is the top of its front card."""
        wide, high = box_width(box), box_height(box)
        left = x - wide / 2
        paint = self.theme.paints[box.colour]
        fill, stroke = paint.fill, paint.stroke
        if box.is_stage:
            fill, stroke = self.theme.frame_odd, self.theme.frame_border
        radius = 6 if box.is_stage else RADIUS
        shapes: list[Shape] = []
        if box.copies > 1:
            for card in (2, 1):
                shift = card * CARD
                shapes.append(Rect(left + shift, y - shift, wide, high, radius, fill, stroke))
        shapes.append(Rect(left, y, wide, high, radius, fill, stroke))
        prefix = "r" if box.is_region else "n"
        style = "stage" if box.is_stage else "block" if box.is_region else box.colour.value
        self._group(self.boxes, prefix, style, box.thing, shapes, box.copies)
        if not box.is_region:
            self.seen.colours.add(box.colour)
        at = y
        for line in box.above:
            self._row(line, left, at, wide, stroke, is_first=at == y, is_last=False)
            at += ROW_HEIGHT
        small = [line for line in (box.second, box.third) if line is not None]
        # Text and small lines together stand in the middle of the part between the rows.
        middle = at + 11 + (2 if small else 0)
        wide_text = width(box.text, 11, box.is_stage)
        x_text = self._locked(box.thing, x, middle, wide_text, self._on(fill))
        self.text(x_text, middle, box.text, 11, bold=box.is_stage)
        at += BOX_HEIGHT
        for line_text in small:
            self.texts.append(Text(x, at + 3, line_text, 9, self._on(fill)))
            at += SECOND_HEIGHT
        for position, line in enumerate(box.below):
            is_last = position == len(box.below) - 1
            self._row(line, left, at, wide, stroke, is_first=False, is_last=is_last)
            at += ROW_HEIGHT

    def _on(self, fill: str) -> str:
        """The colour of a small text on a fill: muted on the page and frames, else full."""
        quiet = {self.theme.page, self.theme.frame_odd, self.theme.frame_even}
        return self.theme.muted if fill in quiet else self.theme.text

    def _row(
        self,
        line: tuple[Row, ...],
        left: float,
        y: float,
        wide: int,
        stroke: str,
        *,
        is_first: bool,
        is_last: bool,
    ) -> None:
        """One line of rows; the first one's colour fills it."""
        first = line[0]
        fill = self.theme.paints[first.colour].fill
        outline = _row_outline(left, y, wide, is_first=is_first, is_last=is_last)
        self._group(
            self.boxes, "n", first.colour.value, first.thing, [Curve(outline, stroke, fill)]
        )
        self.seen.colours.add(first.colour)
        share = (wide - 2) / len(line)
        for position, row in enumerate(line[1:], start=1):
            part = Rect(left + 1 + share * position, y + 1, share, ROW_HEIGHT - 2, 0, fill, "none")
            self._group(self.boxes, "n", first.colour.value, row.thing, [part])
        text = ", ".join([row.text for row in line])
        thing = next((row.thing for row in line if row.thing.frozen), first.thing)
        middle = y + ROW_HEIGHT / 2
        x = self._locked(thing, left + wide / 2, middle, width(text, 9), self.theme.text)
        self.texts.append(Text(x, middle, text, 9, self.theme.text))

    def _locked(self, thing: Thing, x: float, y: float, wide: int, colour: str) -> float:
        """The padlock of what is frozen behind a text around `x`; gives where the text stands then."""
        if not thing.frozen:
            return x
        self.seen.frozen = True
        shapes: list[Shape] = [*padlock(x + (wide - LOCK) / 2 + LOCK - LOCK_WIDTH, y, colour)]
        self._group(self.boxes, "f", "frozen", thing, shapes)
        return x - LOCK / 2

    def pill(self, pill: Pill, x: float, y: float, with_shape: bool = True) -> None:
        """An input or output around the axis `x`, its top at `y`."""
        wide = pill_width(pill, with_shape)
        paint = self.theme.paints[Colour.FOLDED]
        outline = Rect(
            x - wide / 2,
            y,
            wide,
            PILL_HEIGHT,
            PILL_HEIGHT / 2,
            self.theme.page,
            paint.stroke,
            dashed=pill.dashed,
        )
        style = "input" if pill.is_input else "output"
        self._group(self.boxes, "n", style, pill.thing, [outline])
        self.seen.training_only = self.seen.training_only or pill.dashed
        if with_shape:
            self.text(x, y + 11, pill.text, 11, italic=True)
            self.text(x, y + 23, pill.shape, 9)
        else:
            self.text(x, y + PILL_HEIGHT / 2, pill.text, 11, italic=True)

    def sign(self, thing: Thing, sign: str, x: float, y: float) -> None:
        """A merge's circle around a point."""
        line = self.theme.line
        shapes: list[Shape] = [Circle(x, y, SIGN, self.theme.page, line)]
        strokes = {
            "add": ((-4, 0, 4, 0), (0, -4, 0, 4)),
            "sub": ((-4, 0, 4, 0),),
            "mul": ((-3, -3, 3, 3), (-3, 3, 3, -3)),
        }.get(sign, ())
        for x1, y1, x2, y2 in strokes:
            data = f"M{number(x + x1)} {number(y + y1)}L{number(x + x2)} {number(y + y2)}"
            shapes.append(Curve(data, line, line_width=1.5))
        self._group(self.boxes, "n", "merge", thing, shapes)
        if sign in LETTERS:
            self.text(x, y, LETTERS[sign], 11)

    def bar(self, thing: Thing, sign: str, left: float, right: float, y: float) -> None:
        """A merge's bar with its name; `y` is its top."""
        outline = Rect(
            left, y, right - left, BAR_HEIGHT, BAR_HEIGHT / 2, self.theme.page, self.theme.line
        )
        self._group(self.boxes, "n", "merge", thing, [outline])
        self.text((left + right) / 2, y + BAR_HEIGHT / 2, sign, 9)

    # Frames and edges

    def frame(
        self,
        thing: Thing,
        place: tuple[float, float, float, float],
        depth: int,
        *,
        style: str,
        copies: int = 1,
        dashed: bool = False,
    ) -> None:
        """A frame; `place` is its left, top, width and height."""
        theme = self.theme
        outline = Rect(*place, 6, theme.frame_fill(depth), theme.frame_border, dashed=dashed)
        self._group(self.frames, "r", style, thing, [outline], copies)
        self.seen.training_only = self.seen.training_only or dashed

    def header(
        self, label: str, note: str | None, copies: int, left: float, right: float, y: float
    ) -> None:
        """A frame's name at its left, note and badge at its right; `y` is its top."""
        self.text(left + PADDING, y + 11, label, 10, anchor="start", bold=True)
        end = right - PADDING
        if copies > 1:
            badge = badge_text(copies)
            self.text(end, y + 11, badge, 12, anchor="end", bold=True)
            end -= width(badge, 12, True) + LABEL_OFFSET
        if note:
            self.text(end, y + 11, note, 9, anchor="end", italic=True)

    def name(self, label: str, note: str | None, x: float, note_x: float, y: float) -> None:
        """A frame's name and note, where each begins; `y` is the frame's top."""
        self.text(x, y + 11, label, 10, anchor="start", bold=True)
        if note:
            self.text(note_x, y + 11, note, 9, anchor="start", italic=True)

    def arrive(self, trail: Trail, target: Thing, *points: Point | Bend) -> None:
        """End a line at a part of the drawing, with an arrowhead."""
        whole = settled(trail.to(*points).points)
        line = self.theme.line
        dashed = trail.dashed or trail.kind is Kind.PROJECTION
        shapes = (
            Curve(line_data(shortened(whole)), line, dashed=dashed),
            Curve(arrow_data(trail.to(*points).end, last_direction(whole)), "none", line),
        )
        self.seen.kinds.add(trail.kind)
        id = self.names.claim(f"e-{trail.source}-{target.path}")
        ends = (trail.source, target.path, trail.kind)
        thing = Thing(target.path, target.line, f"{trail.source} → {target.path}")
        self.edges.append(Group(id, "edge", thing, shapes, ends=ends))

    def _group(
        self,
        layer: list[Group],
        prefix: str,
        style: str,
        thing: Thing,
        shapes: list[Shape],
        copies: int = 1,
    ) -> None:
        id = self.names.claim(f"{prefix}-{thing.path}")
        layer.append(Group(id, style, thing, tuple(shapes), copies))


def padlock(left: float, y: float, colour: str) -> tuple[Shape, ...]:
    """A closed padlock, seven wide; `y` is its middle."""
    n = number
    bow = (
        f"M{n(left + 1.5)} {n(y)}L{n(left + 1.5)} {n(y - 2)}"
        f"Q{n(left + 1.5)} {n(y - 4)} {n(left + 3.5)} {n(y - 4)}"
        f"Q{n(left + 5.5)} {n(y - 4)} {n(left + 5.5)} {n(y - 2)}L{n(left + 5.5)} {n(y)}"
    )
    body = f"M{n(left)} {n(y - 1)}L{n(left + 7)} {n(y - 1)}L{n(left + 7)} {n(y + 4)}L{n(left)} {n(y + 4)}Z"
    return Curve(bow, colour), Curve(body, "none", colour)


def _row_outline(left: float, y: float, wide: int, *, is_first: bool, is_last: bool) -> str:
    """A row's outline, rounded where the box is."""
    right, bottom = left + wide, y + ROW_HEIGHT
    top = RADIUS if is_first else 0
    low = RADIUS if is_last else 0
    n = number
    parts = [f"M{n(left + top)} {n(y)}L{n(right - top)} {n(y)}"]
    if top:
        parts.append(f"Q{n(right)} {n(y)} {n(right)} {n(y + top)}")
    parts.append(f"L{n(right)} {n(bottom - low)}")
    if low:
        parts.append(f"Q{n(right)} {n(bottom)} {n(right - low)} {n(bottom)}")
    parts.append(f"L{n(left + low)} {n(bottom)}")
    if low:
        parts.append(f"Q{n(left)} {n(bottom)} {n(left)} {n(bottom - low)}")
    parts.append(f"L{n(left)} {n(y + top)}")
    if top:
        parts.append(f"Q{n(left)} {n(y)} {n(left + top)} {n(y)}")
    return "".join(parts) + "Z"
