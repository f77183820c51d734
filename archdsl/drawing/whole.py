"""The `graphviz` engine: everything placed by the embedded Graphviz, drawn by our own writer.

Graphviz is given boxes of fixed size and lines of `x` as wide as the texts, and gives back where
they stand; where it finds no layout, the parts place themselves.
"""

from __future__ import annotations

from typing import Final

from archdsl.drawing import graphviz
from archdsl.drawing.canvas import BAR_HEIGHT, LABEL_OFFSET, PADDING, SIGN, Canvas, badge_text
from archdsl.drawing.items import Join, Line
from archdsl.drawing.measuring import bar_half, measure
from archdsl.drawing.page import MARGIN, Heading, compose, finish
from archdsl.drawing.placing import blank
from archdsl.drawing.regions import draw_part
from archdsl.drawing.scene import Scene
from archdsl.drawing.text import width
from archdsl.drawing.trail import Trail, moved
from archdsl.drawing.vertices import Arc, Enclosure, Vertex, Vertices, weave

HEAD: Final = 54
"""Where the drawing begins: nothing passes between it and the subtitle."""


def compose_whole(canvas: Canvas, line: Line, heading: Heading, notes: list[str]) -> Scene:
    """Place a whole network by Graphviz; where that is not to be had, `notes` says so.

    Raises:
        graphviz.TookTooLong: the wall time is used up.
    """
    woven = weave(line)
    try:
        layout = graphviz.lay_out(
            lambda options: _source(woven, options),
            len(woven.vertices),
            len(woven.enclosures),
            [(arc.tail, arc.head) for arc in woven.arcs],
        )
    except graphviz.Unavailable as missing:
        notes.append(f"{missing}; the parts are placed by the engine `regions`")
        return compose(canvas, line, heading, False, notes)
    if layout is None:
        notes.append(
            f"Graphviz found no layout for {len(woven.vertices)} boxes and signs; "
            "they are placed by the engine `regions`"
        )
        return compose(canvas, line, heading, False, notes)
    _draw(canvas, woven, layout)
    return finish(canvas, heading, MARGIN + layout.width, HEAD + layout.height)


def _source(woven: Vertices, options: str) -> str:
    """The drawing as DOT: sizes in inches, no text of the user's."""
    head = [
        f"graph [nodesep=0.2, ranksep=0.2, {options}]",
        'node [shape=box, fixedsize=true, label=""]',
        "edge [fontname=Courier, fontsize=9, arrowsize=0.5]",
    ]
    return woven.text(head, _cluster, _vertex, _arc)


def _cluster(enclosure: Enclosure) -> str:
    wide = width(enclosure.label, 10, True)
    if enclosure.copies > 1:
        wide += LABEL_OFFSET + width(badge_text(enclosure.copies), 12, True)
    if enclosure.note:
        wide += LABEL_OFFSET + width(enclosure.note, 9)
    return f"margin={PADDING} labeljust=l fontname=Courier fontsize=9 label={blank(wide)}"


def _size(vertex: Vertex) -> tuple[int, int]:
    """How wide and high a vertex is, the same to both sides of its axis."""
    match vertex.item:
        case None:
            return 1, 1
        case Join() as join:
            return (2 * bar_half(join.sign), BAR_HEIGHT) if vertex.is_bar else (2 * SIGN, 2 * SIGN)
        case box:
            part = measure(box, [])
            return 2 * max(part.left, part.right), part.height


def _vertex(vertex: Vertex) -> str:
    wide, high = _size(vertex)
    round_one = isinstance(vertex.item, Join) and not vertex.is_bar
    shape = "shape=circle, " if round_one else "shape=point, " if vertex.item is None else ""
    return f"{shape}width={wide / 72:.4f}, height={high / 72:.4f}"


def _arc(arc: Arc) -> str:
    return f"label={blank(width(arc.label, 9))}" if arc.label else ""


def _draw(canvas: Canvas, woven: Vertices, layout: graphviz.Layout) -> None:
    for enclosure, frame in zip(woven.enclosures, layout.frames, strict=True):
        left, top, wide, high = frame
        _frame(canvas, enclosure, (left + MARGIN, top + HEAD, wide, high))
    routes = [moved(route, MARGIN, HEAD) for route in layout.routes]
    for edge in woven.edges():
        last = woven.arcs[edge.arcs[-1]]
        trail = Trail(last.source, (), last.kind, last.dashed)
        for at in edge.arcs:
            trail = trail.to(*routes[at])
        canvas.arrive(trail, edge.target)
    for vertex, (x, y) in zip(woven.vertices, layout.centres, strict=True):
        _part(canvas, vertex, x + MARGIN, y + HEAD)
    for arc, place in zip(woven.arcs, layout.labels, strict=True):
        if arc.label and place is not None:
            canvas.text(place[0] + MARGIN, place[1] + HEAD, arc.label, 9)


def _frame(canvas: Canvas, enclosure: Enclosure, place: tuple[float, float, float, float]) -> None:
    left, top, wide, _ = place
    canvas.frame(
        enclosure.thing,
        place,
        enclosure.depth,
        style="stage" if enclosure.is_stage else "frame",
        copies=enclosure.copies,
        dashed=enclosure.dashed,
    )
    canvas.header(enclosure.label, enclosure.note, enclosure.copies, left, left + wide, top)


def _part(canvas: Canvas, vertex: Vertex, x: float, y: float) -> None:
    match vertex.item:
        case None:
            return
        case Join() as join if vertex.is_bar:
            half = bar_half(join.sign)
            canvas.bar(join.thing, join.sign, x - half, x + half, y - BAR_HEIGHT / 2)
        case Join() as join:
            canvas.sign(join.thing, join.sign, x, y)
        case box:
            part = measure(box, [])
            draw_part(canvas, part, x, y - part.height / 2, None, 0)
