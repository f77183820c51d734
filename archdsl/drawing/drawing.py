"""Drawings: from a graph to a picture, in two engines and three styles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archdsl.drawing import svg
from archdsl.drawing.canvas import Canvas
from archdsl.drawing.detail import Detail, Details
from archdsl.drawing.items import Line
from archdsl.drawing.labels import count_text, sentence
from archdsl.drawing.page import Heading, compose
from archdsl.drawing.text import clip, plain
from archdsl.drawing.theme import THEMES
from archdsl.drawing.things import Figures
from archdsl.graph.graph import Graph

if TYPE_CHECKING:
    import graphviz

ENGINES: Final = ("regions", "graphviz")
STYLES: Final = tuple(THEMES)
DETAILS: Final = tuple(d.value for d in Detail)

_TITLE_ROOM: Final = 600


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing of a network: `svg` and `dot` are its texts, `notes` what a reader must be told."""

    svg: str
    notes: tuple[str, ...]
    _line: Line = field(repr=False)
    _heading: Heading = field(repr=False)
    _style: str = field(repr=False)

    @cached_property
    def dot(self) -> str:
        """The drawing for Graphviz, with its texts, clusters and colours."""
        from archdsl.drawing.dot import write

        return write(self._line, THEMES[self._style], self._heading.title)

    def graphviz(self) -> graphviz.Source:
        """The drawing as a `graphviz.Source`, for the `graphviz` package and a native `dot`."""
        import graphviz

        return graphviz.Source(self.dot)

    def save(self, path: str | Path) -> None:
        """Write the SVG, or the DOT where the name ends so.

        Raises:
            OSError: the file cannot be written.
        """
        from archdsl import files

        text = self.dot if str(path).endswith((".dot", ".gv")) else self.svg
        files.write_text(path, text)

    def _repr_svg_(self) -> str:
        return self.svg


def draw(
    graph: Graph,
    *,
    detail: str = "blocks",
    style: str = "color",
    engine: str = "regions",
    open: Iterable[str] = (),
    closed: Iterable[str] = (),
    figures: Figures | None = None,
) -> Drawing:
    """Draw a network.

    Args:
        graph: The network.
        detail: `stages`, `blocks` or `layers`.
        style: `color`, `paper` or `dark`.
        engine: `regions`, where parts place themselves, or `graphviz`, where Graphviz places all.
        open: Paths of regions whose members are drawn whatever the level.
        closed: Paths of regions that are drawn as one box whatever the level.
        figures: Parameters and MACs; computed where they are not given.

    Raises:
        ValueError: an unknown level, style or engine, or a path that no region has.
    """
    for value, known, what in ((detail, DETAILS, "detail"), (style, STYLES, "style"), (engine, ENGINES, "engine")):
        if value not in known:
            raise ValueError(f"{what} is one of {', '.join(known)}, not {value!r}")
    opened, shut = tuple(open), tuple(closed)
    paths = {region.path for region in graph.regions} if opened or shut else set()
    for path in (*opened, *shut):
        if path not in paths:
            raise ValueError(f"no stage, block or copy of {graph.name} has the path {path!r}")
    if figures is None:
        figures = _figures(graph)
    details = Details(graph, Detail(detail), figures=figures, opened=opened, closed=shut)
    line = details.network()
    heading = _heading(graph, detail, figures)
    canvas = Canvas(THEMES[style])
    notes: list[str] = []
    if engine == "graphviz":
        from archdsl.drawing.whole import compose_whole

        scene = compose_whole(canvas, line, heading, notes)
    else:
        scene = compose(canvas, line, heading, detail == Detail.STAGES, notes)
    return Drawing(svg.write(scene), tuple(dict.fromkeys(notes)), line, heading, style)


def _heading(graph: Graph, detail: str, figures: Figures | None) -> Heading:
    title = clip(plain(graph.name), 14, _TITLE_ROOM, bold=True)
    said = [detail]
    if figures is not None:
        said.append(f"{count_text(figures.params)} parameters")
        said.append(f"{count_text(figures.macs)} MACs")
    ranks = {node.type.rank for node in graph.order}
    if ranks & {3, 4}:
        said.append("shapes C×H×W" if 4 not in ranks else "shapes C×D×H×W")
    described = f"The network {title}, drawn as {', '.join(said[:3])}."
    return Heading(title, " · ".join(said), sentence(graph.root.doc), plain(described))


def _figures(graph: Graph) -> Figures | None:
    """The figures by the cost analysis."""
    from archdsl.drawing.figures import CostFigures

    return CostFigures.of(graph)
