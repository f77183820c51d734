"""Writes a scene as SVG: plain shapes and texts, no script, link, style sheet or marker.

The order of painting is frames, edges, boxes, texts. Texts let the pointer through, so that the
box below shows its title. Everything that came from a file passes through `escape`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from archdsl.drawing.scene import Circle, Curve, Group, Rect, Scene, Shape, Text
from archdsl.drawing.trail import number

_BASELINE: Final[dict[int, float]] = {9: 3, 10: 3.5, 11: 4, 12: 4.2, 14: 5}
"""From the middle of a text down to its baseline, by font size."""

_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
)


def escape(text: str) -> str:
    """A text as SVG content or attribute value; the only way for a text into the picture."""
    return "".join([c for c in text if c.isprintable()]).translate(_ESCAPES)


def write(scene: Scene) -> str:
    """The scene as one SVG document."""
    wide, high = number(scene.width), number(scene.height)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc"',
        f' viewBox="0 0 {wide} {high}" width="{wide}" height="{high}">',
        f'<title id="title">{escape(scene.title)}</title>',
        f'<desc id="desc">{escape(scene.description)}</desc>',
        f'<rect width="{wide}" height="{high}" fill="{scene.page}"/>',
        *_layer("frames", scene.frames),
        *_layer("edges", scene.edges),
        *_layer("boxes", scene.boxes),
        *_legend(scene.legend),
        f'<g class="texts" font-family="{escape(scene.font)}"',
        ' text-anchor="middle" pointer-events="none">',
        *[_text(text) for text in scene.texts],
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _layer(name: str, groups: Iterable[Group]) -> list[str]:
    return [f'<g class="{name}">', *[_group(group) for group in groups], "</g>"]


def _legend(shapes: Sequence[Shape]) -> list[str]:
    if not shapes:
        return []
    return ['<g class="legend">', *[_shape(shape) for shape in shapes], "</g>"]


def _group(group: Group) -> str:
    thing = group.thing
    data = f' data-path="{escape(thing.path)}" data-line="{thing.line}"'
    if group.copies > 1:
        data += f' data-copies="{group.copies}"'
    if group.ends is not None:
        start, end, kind = group.ends
        data += f' data-from="{escape(start)}" data-to="{escape(end)}" data-kind="{kind.value}"'
    shapes = "".join([_shape(shape) for shape in group.shapes])
    return (
        f'<g id="{escape(group.id)}" class="{escape(group.style)}"{data}>'
        f"<title>{escape(thing.tooltip)}</title>{shapes}</g>"
    )


def _shape(shape: Shape) -> str:
    match shape:
        case Rect():
            radius = f' rx="{number(shape.radius)}"' if shape.radius else ""
            return (
                f'<rect x="{number(shape.x)}" y="{number(shape.y)}" '
                f'width="{number(shape.width)}" height="{number(shape.height)}"{radius}'
                f"{_paint(shape.fill, shape.stroke, shape.line_width, shape.dashed)}/>"
            )
        case Circle():
            return (
                f'<circle cx="{number(shape.x)}" cy="{number(shape.y)}" r="{number(shape.radius)}"'
                f"{_paint(shape.fill, shape.stroke, 1, False)}/>"
            )
        case Curve():
            paint = _paint(shape.fill, shape.stroke, shape.line_width, shape.dashed)
            return f'<path d="{shape.data}"{paint}/>'


def _paint(fill: str, stroke: str, line_width: float, dashed: bool) -> str:
    paint = f' fill="{fill}"'
    if stroke != "none":
        paint += f' stroke="{stroke}"'
        if line_width != 1:
            paint += f' stroke-width="{number(line_width)}"'
        if dashed:
            paint += ' stroke-dasharray="4 3"'
    return paint


def _text(text: Text) -> str:
    style = "" if text.anchor == "middle" else f' text-anchor="{text.anchor}"'
    if text.bold:
        style += ' font-weight="bold"'
    if text.italic:
        style += ' font-style="italic"'
    baseline = number(text.y + _BASELINE[text.size])
    return (
        f'<text x="{number(text.x)}" y="{baseline}" font-size="{text.size}" '
        f'fill="{text.fill}"{style}>{escape(text.text)}</text>'
    )
