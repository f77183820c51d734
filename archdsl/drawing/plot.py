"""Plots of figures over sizes: a panel for each figure, a line for each network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from archdsl.drawing.labels import count_text
from archdsl.drawing.scene import Circle, Curve, Scene, Shape, Text
from archdsl.drawing.svg import write
from archdsl.drawing.text import clip, plain, width
from archdsl.drawing.theme import Colour, Theme
from archdsl.drawing.trail import number

_LEFT: Final = 72
_RIGHT: Final = 24
_TOP: Final = 64
_PANEL: Final = (420, 180)
_GAP: Final = 44
_MOST_DOTS: Final = 40
"""Lines with more points have no dots."""

_INKS: Final = (
    Colour.CONVOLUTION,
    Colour.POOLING,
    Colour.ACTIVATION,
    Colour.LINEAR,
    Colour.RECURRENT,
    Colour.ATTENTION,
    Colour.NORMALISATION,
    Colour.RESHAPE,
)
MOST_LINES: Final = len(_INKS)


@dataclass(frozen=True, slots=True)
class Line:
    """A network's figure at sizes, which rise."""

    name: str
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """A figure with its unit, and the lines of the networks."""

    title: str
    lines: tuple[Line, ...]


def plot(title: str, along: str, panels: Sequence[Panel], theme: Theme) -> str:
    """The panels below each other as one SVG document.

    Args:
        title: What stands above them.
        along: What the sizes are of, `H` or `H and W`.
        panels: The figures, with the same networks in the same order.
        theme: Colours and font.
    """
    wide, high = _PANEL
    shapes: list[Shape] = []
    texts = [Text(_LEFT, 24, plain(title), 14, theme.text, "start", bold=True)]
    x = float(_LEFT)
    for index, line in enumerate(panels[0].lines):
        ink = theme.paints[_INKS[index]].stroke
        name = clip(plain(line.name), 10, 160)
        shapes.append(Curve(f"M{number(x)} 44L{number(x + 18)} 44", ink, line_width=2))
        texts.append(Text(x + 24, 44, name, 10, theme.text, "start"))
        x += 24 + width(name, 10) + 18
    right = max(_LEFT + wide + _RIGHT, x)
    for position, panel in enumerate(panels):
        top = _TOP + position * (high + _GAP)
        _panel(panel, top + 16, along, theme, shapes, texts)
    bottom = _TOP + len(panels) * (high + _GAP) + 16
    names = ", ".join(line.name for line in panels[0].lines)
    return write(
        Scene(
            plain(title),
            f"{', '.join(panel.title for panel in panels)} over {along}, of {names}.",
            right,
            bottom,
            theme.page,
            theme.font,
            (),
            (),
            (),
            tuple(texts),
            tuple(shapes),
        )
    )


def ticks(low: int, high: int, wanted: int = 5) -> list[int]:
    """Round numbers from `low` to `high`, about as many as wanted: 1, 2 or 5 times a power of ten."""
    step = 1
    while (high - low) // step > wanted:
        digit = int(str(step)[0])
        step = step // digit * {1: 2, 2: 5, 5: 10}[digit]
    return list(range(-(-low // step) * step, high + 1, step))


def _panel(
    panel: Panel, top: float, along: str, theme: Theme, shapes: list[Shape], texts: list[Text]
) -> None:
    wide, high = _PANEL
    sizes = [size for line in panel.lines for size, _ in line.points]
    low, far = min(sizes), max(*sizes, min(sizes) + 1)
    most = max([figure for line in panel.lines for _, figure in line.points], default=0) or 1

    def place(size: int, figure: int) -> tuple[float, float]:
        x = _LEFT + wide * (size - low) / (far - low)
        return x, top + high - high * figure / most

    texts.append(Text(_LEFT, top - 14, panel.title, 11, theme.text, "start"))
    for figure in ticks(0, most, 4):
        _, y = place(low, figure)
        shapes.append(Curve(f"M{_LEFT} {number(y)}h{wide}", theme.frame_border))
        texts.append(Text(_LEFT - 6, y, count_text(figure), 10, theme.muted, "end"))
    for size in ticks(low, far):
        x, _ = place(size, 0)
        shapes.append(Curve(f"M{number(x)} {number(top + high)}v4", theme.line))
        texts.append(Text(x, top + high + 11, str(size), 10, theme.muted))
    texts.append(Text(_LEFT + wide, top - 14, f"over {along}", 10, theme.muted, "end", italic=True))
    for index, line in enumerate(panel.lines):
        ink = theme.paints[_INKS[index]].stroke
        places = [place(*point) for point in line.points]
        data = "L".join(f"{number(x)} {number(y)}" for x, y in places)
        shapes.append(Curve(f"M{data}", ink, line_width=2))
        if len(places) <= _MOST_DOTS:
            shapes += [Circle(x, y, 2, ink, "none") for x, y in places]
