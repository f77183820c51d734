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
from archdsl.elaborate.paths import unbracketed
from archdsl.graph.graph import Graph

if TYPE_CHECKING:
    import graphviz

ENGINES: Final = ("regions", "graphviz")
STYLES: Final = tuple(THEMES)
DETAILS: Final = tuple(d.value for d in Detail)
SUFFIXES: Final = (".svg", ".dot", ".gv")

_TITLE_ROOM: Final = 600


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing of a network: `svg` and `dot` are its texts, `notes` what a reader must be told.

    Nothing is placed before `svg` or `notes` is asked for; `dot` leaves that to its reader.
    """

    title: str
    detail: str
    style: str
    engine: str
    _line: Line = field(repr=False)
    _heading: Heading = field(repr=False)

    @property
    def svg(self) -> str:
        """The drawing as SVG.

        Raises:
            graphviz.TookTooLong: Graphviz used up the wall time that a layout may take.
        """
        return self._placed[0]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not as it was asked for: where no layout was found, and what was drawn instead."""
        return self._placed[1]

    @cached_property
    def _placed(self) -> tuple[str, tuple[str, ...]]:
        canvas = Canvas(THEMES[self.style])
        notes: list[str] = []
        if self.engine == "graphviz":
            from archdsl.drawing.whole import compose_whole

            scene = compose_whole(canvas, self._line, self._heading, notes)
        else:
            in_row = self.detail == Detail.STAGES
            scene = compose(canvas, self._line, self._heading, in_row, notes)
        return svg.write(scene), tuple(dict.fromkeys(notes))

    @cached_property
    def dot(self) -> str:
        """The drawing for Graphviz, with its texts, clusters and colours."""
        from archdsl.drawing.dot import write

        return write(self._line, THEMES[self.style], self.title)

    def graphviz(self) -> graphviz.Source:
        """The drawing as a `graphviz.Source`, for the `graphviz` package and a native `dot`."""
        import graphviz

        return graphviz.Source(self.dot)

    def save(self, path: str | Path) -> None:
        """Write the SVG or the DOT, as the name ends.

        Raises:
            ValueError: the name ends in neither `.svg` nor `.dot` nor `.gv`.
            files.Unwritable: the file cannot be written.
        """
        from archdsl import files

        suffix = Path(path).suffix.lower()
        if suffix not in SUFFIXES:
            raise ValueError(f"a drawing is written as {', '.join(SUFFIXES)}, not {suffix!r}")
        text = self.svg if suffix == ".svg" else self.dot
        files.write_bytes(str(path), text.encode())

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
        open: Paths of regions whose members are drawn whatever the level (`conv4`, `conv4[3]`).
        closed: Paths of regions that are drawn as one box whatever the level.
        figures: Parameters and MACs; computed where they are not given.

    Raises:
        ValueError: an unknown level, style or engine, or a path that no region has.
    """
    for value, known, what in (
        (detail, DETAILS, "detail"),
        (style, STYLES, "style"),
        (engine, ENGINES, "engine"),
    ):
        if value not in known:
            raise ValueError(f"{what} is one of {', '.join(known)}, not {value!r}")
    opened, shut = tuple(map(unbracketed, open)), tuple(map(unbracketed, closed))
    paths = {region.path for region in graph.regions} if opened or shut else set()
    for path in (*opened, *shut):
        if path not in paths:
            raise ValueError(f"no stage, block or copy of {graph.name} has the path {path!r}")
    if figures is None:
        figures = _figures(graph)
    details = Details(graph, Detail(detail), figures=figures, opened=opened, closed=shut)
    line = details.network()
    heading = _heading(graph, detail, figures)
    return Drawing(heading.title, detail, style, engine, line, heading)


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
