"""The drawing as DOT for people who lay it out themselves: texts, clusters, colours.

Identifiers are `n0` to `nk` and never a word of the user's; every text passes through `quoted`.
"""

from __future__ import annotations

from typing import Final

from archdsl.drawing.canvas import LETTERS, badge_text
from archdsl.drawing.items import Box, Join, Line, Pill, Row, Thing
from archdsl.drawing.text import plain
from archdsl.drawing.theme import Colour, Theme
from archdsl.drawing.vertices import Arc, Enclosure, Vertex, weave

_MOST_CHARACTERS: Final = 300
"""Of one line of a label. Graphviz takes quoted strings of at most 16,384 bytes."""

_SIGNS: Final = LETTERS | {"add": "+", "sub": "−", "mul": "×"}

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})
"""A backslash would begin an escape such as `\\N`, an ampersand an entity such as `&#1;`."""


def quoted(*lines: str) -> str:
    """Lines of text as one DOT string; the only way for a text into the graph."""
    return (
        '"'
        + "\\n".join([plain(line, _MOST_CHARACTERS).translate(_ESCAPES) for line in lines])
        + '"'
    )


def write(line: Line, theme: Theme, title: str) -> str:
    """A whole drawing as DOT, for Graphviz 2.40 and later.

    Layers and folded parts are nodes with their text, open parts are clusters with their names,
    folded copies say `× n`, merges are circles; a bypass begins at a point inside its part.
    """
    head = [
        f"graph [label={quoted(title)}, labelloc=t, nodesep=0.35, ranksep=0.3]",
        f'graph [fontname=Helvetica, fontsize=14, fontcolor="{theme.text}", bgcolor="{theme.page}"]',
        f'node [shape=box, fontname=Helvetica, fontsize=10, fontcolor="{theme.text}"]',
        'node [height=0.3, margin="0.12,0.05"]',
        f'edge [fontname=Helvetica, fontsize=9, fontcolor="{theme.muted}"]',
        f'edge [color="{theme.line}", arrowsize=0.5]',
    ]
    return weave(line).text(
        head,
        lambda enclosure: _cluster(enclosure, theme),
        lambda vertex: _vertex(vertex, theme),
        _arc,
    )


def _cluster(enclosure: Enclosure, theme: Theme) -> str:
    label = enclosure.label
    if enclosure.copies > 1:
        label = f"{label} {badge_text(enclosure.copies)}"
    if enclosure.note is not None:
        label = f"{label}, {enclosure.note}"
    dashed = ",dashed" if enclosure.dashed else ""
    return (
        f"label={quoted(label)} labeljust=l fontsize=10 "
        f'style="rounded,filled{dashed}" fillcolor="{theme.frame_fill(enclosure.depth)}" '
        f'color="{theme.frame_border}"'
    )


def _vertex(vertex: Vertex, theme: Theme) -> str:
    match vertex.item:
        case Box() as box:
            return _box(box, theme)
        case Pill() as pill:
            style = '"filled,dashed"' if pill.dashed else "filled"
            stroke = theme.paints[Colour.FOLDED].stroke
            return (
                f"label={quoted(pill.text, pill.shape)}, shape=ellipse, style={style}, "
                f'fillcolor="{theme.page}", color="{stroke}"'
            )
        case Join() as join:
            sign = _SIGNS.get(join.sign)
            size = "width=0.25, height=0.25, fixedsize=true" if sign else "margin=0.02"
            return (
                f"label={quoted(sign or join.sign)}, shape=circle, {size}, style=filled, "
                f'fillcolor="{theme.page}", color="{theme.line}"'
            )
        case None:
            return f'label="", shape=point, width=0.01, height=0.01, color="{theme.line}"'


def _box(box: Box, theme: Theme) -> str:
    lines = [*map(_row, box.above), box.text + _frozen(box.thing)]
    lines += [line for line in (box.second, box.third) if line is not None]
    lines += map(_row, box.below)
    if box.copies > 1:
        badge = badge_text(box.copies)
        lines.append(badge if box.note is None else f"{badge}, {box.note}")
    paint = theme.paints[box.colour]
    return (
        f'label={quoted(*lines)}, style="rounded,filled", fillcolor="{paint.fill}", '
        f'color="{paint.stroke}"'
    )


def _row(line: tuple[Row, ...]) -> str:
    return ", ".join([row.text + _frozen(row.thing) for row in line])


def _frozen(thing: Thing) -> str:
    return " (frozen)" if thing.frozen else ""


def _arc(arc: Arc) -> str:
    return "" if arc.label is None else f"label={quoted(arc.label)}"
