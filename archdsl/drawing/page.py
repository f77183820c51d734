"""The page: title, columns or a row, legend."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from archdsl.drawing.canvas import (
    LABEL_OFFSET,
    LOCK_WIDTH,
    PILL_HEIGHT,
    Canvas,
    box_height,
    box_width,
    padlock,
    pill_width,
)
from archdsl.drawing.items import Box, Frame, Item, Kind, Line, Pill, Tap
from archdsl.drawing.measuring import Part, Stack, equally_wide, measure, stack
from archdsl.drawing.regions import draw_stack
from archdsl.drawing.scene import Curve, Rect, Scene, Shape, Text
from archdsl.drawing.text import width
from archdsl.drawing.theme import Colour
from archdsl.drawing.trail import Trail, number

MARGIN: Final = 10
TOP: Final = 64
"""Where the drawing begins, below title and subtitle and the connectors above columns."""
MOST_COLUMNS: Final = 4
TALL: Final = 1100
SLENDER: Final = 1.4
WIDE: Final = 1200
GUTTER: Final = 34
DOWN: Final = 10
"""How far a connector goes down below its column; its shape stands below."""
ABOVE: Final = 14
LEGEND_GAP: Final = 18
ROW_GAP: Final = 14
"""What a line in a row is longer than the shape above it."""


class Heading(NamedTuple):
    """What stands above a drawing; `extra` is added to the subtitle where it fits."""

    title: str
    subtitle: str
    extra: str
    description: str


class Column(NamedTuple):
    """A measured column and the shape that leaves it for the next."""

    stack: Stack
    shape: str | None

    @property
    def left(self) -> int:
        """The reach left of its axis."""
        return self.stack.left

    @property
    def right(self) -> int:
        """The reach right of its axis, the shape below it included."""
        label = LABEL_OFFSET + width(self.shape, 9) if self.shape is not None else 0
        return max(self.stack.right, label)


def compose(canvas: Canvas, line: Line, heading: Heading, in_row: bool, notes: list[str]) -> Scene:
    """Place a whole network: in a row where that is asked for and fits, else in columns."""
    end = _row(canvas, line) if in_row else None
    if end is None:
        end = _columns(canvas, line, notes)
    return finish(canvas, heading, *end)


def finish(canvas: Canvas, heading: Heading, right: float, bottom: float) -> Scene:
    """Title and legend around what has been drawn down to `bottom` and out to `right`."""
    wide = max(
        right + MARGIN,
        2 * MARGIN + width(heading.title, 14, True),
        2 * MARGIN + width(heading.subtitle, 10),
    )
    subtitle = heading.subtitle
    if heading.extra:
        longer = f"{subtitle} · {heading.extra}"
        subtitle = longer if 2 * MARGIN + width(longer, 10) <= wide else subtitle
    theme = canvas.theme
    texts = [
        Text(MARGIN, 17, heading.title, 14, theme.text, "start", bold=True),
        Text(MARGIN, 35, subtitle, 10, theme.muted, "start"),
    ]
    legend, high = _legend(canvas, wide, bottom)
    return Scene(
        heading.title,
        heading.description,
        wide,
        high,
        theme.page,
        theme.font,
        tuple(canvas.frames),
        tuple(canvas.edges),
        tuple(canvas.boxes),
        (*texts, *canvas.texts),
        legend,
    )


# Columns


def _columns(canvas: Canvas, line: Line, notes: list[str]) -> tuple[float, float]:
    """Draw a line in columns; gives how far right and down it reaches."""
    parts = [measure(item, notes) for item in line.items]
    columns = _best_columns(line, parts)
    bottom = float(TOP)
    left = float(MARGIN)
    trail: Trail | None = None
    for at, column in enumerate(columns):
        axis = left + column.left
        if trail is not None:
            start, low = trail.end[0], TOP + columns[at - 1].stack.height
            canvas.text(
                start + LABEL_OFFSET, low + DOWN + 9, columns[at - 1].shape or "", 9, anchor="start"
            )
            gutter = left - GUTTER / 2
            trail = trail.to(
                (start, low + DOWN),
                (gutter, low + DOWN),
                (gutter, TOP - ABOVE),
                (axis, TOP - ABOVE),
            )
        trail = draw_stack(canvas, column.stack, axis, TOP, trail, 0)
        below = DOWN + 15 if at < len(columns) - 1 else 0
        bottom = max(bottom, TOP + column.stack.height + below)
        left += column.left + column.right + GUTTER
    return left - GUTTER, bottom


def _best_columns(line: Line, parts: Sequence[Part]) -> list[Column]:
    """The least number of columns that is not too tall, cut so that the tallest is lowest."""
    atoms = _atoms(line.items)
    heights = _heights(line, parts, atoms)
    columns: list[Column] = []
    for count in range(1, min(MOST_COLUMNS, len(atoms)) + 1):
        columns = _cut(line, parts, atoms, _partition(heights, count))
        high = max([column.stack.height for column in columns], default=0)
        wide = sum([c.left + c.right for c in columns]) + GUTTER * (len(columns) - 1)
        if high <= TALL or high <= SLENDER * wide:
            break
    return columns


def _atoms(items: Sequence[Item]) -> list[tuple[int, int]]:
    """Runs of items that stay together: cuts lie beside stages, where there are any.

    They lie at no pill, and not between a part and the branch that leaves behind it.
    """
    has_stages = any(_is_stage(item) for item in items)
    atoms: list[tuple[int, int]] = []
    start = 0
    for at in range(1, len(items)):
        before, behind = items[at - 1], items[at]
        is_tied = isinstance(before, Pill) or isinstance(behind, Pill | Tap)
        if not is_tied and (not has_stages or _is_stage(before) or _is_stage(behind)):
            atoms.append((start, at))
            start = at
    if items:
        atoms.append((start, len(items)))
    return atoms


def _is_stage(item: Item) -> bool:
    return isinstance(item, Frame | Box) and item.is_stage


def _heights(line: Line, parts: Sequence[Part], atoms: Sequence[tuple[int, int]]) -> list[int]:
    """Where each atom ends when all stand in one column."""
    whole = stack(line, parts)
    ends: list[int] = []
    end = 0
    for start, stop in atoms:
        end = max([end, *[whole.tops[at] + parts[at].height for at in range(start, stop)]])
        ends.append(end)
    return ends


def _partition(ends: Sequence[int], count: int) -> list[int]:
    """Atoms that begin a column, for at most `count` columns whose tallest is as low as can be."""
    low, high = 0, ends[-1] if ends else 0
    while low < high:
        middle = (low + high) // 2
        if _fill(ends, count, middle) is None:
            low = middle + 1
        else:
            high = middle
    return _fill(ends, count, low) or []


def _fill(ends: Sequence[int], count: int, most: int) -> list[int] | None:
    """Fill columns one by one up to a height; None where `count` columns do not hold all."""
    cuts: list[int] = []
    at = 0
    while at < len(ends):
        before = ends[at - 1] if at else 0
        stop = bisect_left(ends, before + most + 1)
        if stop == at or len(cuts) == count:
            return None
        cuts.append(at)
        at = stop
    return cuts


def _cut(
    line: Line, parts: Sequence[Part], atoms: Sequence[tuple[int, int]], cuts: Sequence[int]
) -> list[Column]:
    columns: list[Column] = []
    for position, first in enumerate(cuts):
        start = atoms[first][0]
        is_last = position == len(cuts) - 1
        stop = len(line.items) if is_last else atoms[cuts[position + 1]][0]
        labels = (None, *line.labels[start + 1 : stop])
        piece = Line(line.items[start:stop], labels)
        shape = None if is_last else line.items[stop - 1].shape
        columns.append(Column(stack(piece, equally_wide(parts[start:stop])), shape))
    return columns


# A row


def _row(canvas: Canvas, line: Line) -> tuple[float, float] | None:
    """Draw boxes and pills from left to right; None where they are more, or too wide."""
    items = [item for item in line.items if isinstance(item, Box | Pill)]
    if len(items) < len(line.items):
        return None
    widths = [
        pill_width(item, with_shape=False) if isinstance(item, Pill) else box_width(item)
        for item in items
    ]
    gaps = [0 if label is None else width(label, 9) + ROW_GAP for label in line.labels]
    if 2 * MARGIN + sum(widths) + sum(gaps) > WIDE or any(
        i.copies > 1 for i in items if isinstance(i, Box)
    ):
        return None
    high = max([PILL_HEIGHT, *[box_height(item) for item in items if isinstance(item, Box)]])
    middle = TOP - ABOVE + high // 2
    x = float(MARGIN)
    trail: Trail | None = None
    for item, wide, gap, label in zip(items, widths, gaps, line.labels, strict=True):
        if trail is not None:
            canvas.arrive(trail, item.thing, (x + gap, middle))
        if label is not None:
            canvas.text(x + gap / 2 - 2, middle - 9, label, 9)
        x += gap
        centre = x + wide / 2
        if isinstance(item, Pill):
            canvas.pill(item, centre, middle - PILL_HEIGHT / 2, with_shape=False)
        else:
            canvas.box(item, centre, middle - box_height(item) // 2)
        x += wide
        trail = Trail(item.thing.path, ((x, middle),))
    return x, middle + high // 2


# Legend

_TRAINING_ONLY: Final = "training only"
_FROZEN: Final = "frozen"


def _legend(canvas: Canvas, wide: float, bottom: float) -> tuple[tuple[Shape, ...], float]:
    """What occurs, in the order of the themes; gives the shapes and where the page ends."""
    theme = canvas.theme
    seen = canvas.seen
    entries: list[tuple[str, Colour | Kind | None]] = []
    if theme.coloured:
        entries += [(c.value, c) for c in Colour if c in seen.colours and c is not Colour.FOLDED]
        entries += [("other", Colour.FOLDED)] if Colour.FOLDED in seen.colours else []
    entries += [(k.value, k) for k in (Kind.IDENTITY, Kind.PROJECTION) if k in seen.kinds]
    entries += [(_TRAINING_ONLY, None)] if seen.training_only else []
    entries += [(_FROZEN, None)] if seen.frozen else []
    if not entries:
        return (), bottom + MARGIN
    shapes: list[Shape] = []
    x, y = float(MARGIN), bottom + 26
    for text, meaning in entries:
        swatch = 22 if isinstance(meaning, Kind) else 12
        room = swatch + 6 + width(text, 9)
        if x > MARGIN and x + room > wide - MARGIN:
            x, y = float(MARGIN), y + 18
        if isinstance(meaning, Kind):
            data = f"M{number(x)} {number(y)}L{number(x + swatch)} {number(y)}"
            shapes.append(Curve(data, theme.line, dashed=meaning is Kind.PROJECTION))
        elif isinstance(meaning, Colour):
            paint = theme.paints[meaning]
            shapes.append(Rect(x, y - 6, 12, 12, 2, paint.fill, paint.stroke))
        elif text == _FROZEN:
            shapes.extend(padlock(x + (swatch - LOCK_WIDTH) / 2, y, theme.text))
        else:
            shapes.append(Rect(x, y - 6, 12, 12, 3, theme.page, theme.frame_border, dashed=True))
        canvas.text(x + swatch + 6, y, text, 9, anchor="start")
        x += room + LEGEND_GAP
    return tuple(shapes), y + 6 + MARGIN
