"""The scene: shapes and texts with their places, ready to be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from archdsl.drawing.items import Kind, Thing
from archdsl.drawing.text import width
from archdsl.drawing.theme import Colour


class Rect(NamedTuple):
    """A rectangle; `fill` and `stroke` are colours or `none`."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    fill: str
    stroke: str
    line_width: float = 1
    dashed: bool = False


class Circle(NamedTuple):
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str
    stroke: str


class Curve(NamedTuple):
    """A path: its SVG data, stroke and fill."""

    data: str
    stroke: str
    fill: str = "none"
    line_width: float = 1
    dashed: bool = False


Shape: TypeAlias = Rect | Circle | Curve


class Text(NamedTuple):
    """A text; `x` is its middle, left or right end, `y` the middle of its letters' height."""

    x: float
    y: float
    text: str
    size: int
    fill: str
    anchor: str = "middle"
    bold: bool = False
    italic: bool = False

    @property
    def left(self) -> float:
        """The left end, by the width table."""
        wide = width(self.text, self.size, self.bold)
        return self.x - (
            wide if self.anchor == "end" else wide / 2 if self.anchor == "middle" else 0
        )

    @property
    def right(self) -> float:
        """The right end, by the width table."""
        return self.left + width(self.text, self.size, self.bold)


@dataclass(frozen=True, slots=True)
class Group:
    """The shapes of one node, frame or edge, and what it is in the graph."""

    id: str
    style: str
    thing: Thing
    shapes: tuple[Shape, ...]
    copies: int = 1
    ends: tuple[str, str, Kind] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole drawing, in the order in which it is painted."""

    title: str
    description: str
    width: float
    height: float
    page: str
    font: str
    frames: tuple[Group, ...]
    edges: tuple[Group, ...]
    boxes: tuple[Group, ...]
    texts: tuple[Text, ...]
    legend: tuple[Shape, ...]


@dataclass(slots=True)
class Names:
    """Unique ids: the second use of one gets `~2`."""

    taken: dict[str, int] = field(default_factory=dict)

    def claim(self, name: str) -> str:
        """A name that no other group of the drawing has."""
        count = self.taken.get(name, 0) + 1
        self.taken[name] = count
        return name if count == 1 else self.claim(f"{name}~{count}")


@dataclass(slots=True)
class Occurrences:
    """What a legend must explain."""

    colours: set[Colour] = field(default_factory=set)
    kinds: set[Kind] = field(default_factory=set)
    training_only: bool = False
    frozen: bool = False
