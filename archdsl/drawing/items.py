"""What a drawing shows, before anything has a place: boxes, signs, frames and how they are joined.

`detail.py` makes these of a graph; `regions.py` and `whole.py` give them places.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from archdsl.drawing.theme import Colour


class Kind(StrEnum):
    """What an edge is: part of the flow, a bypass that changes nothing, or one that changes the shape."""

    FLOW = "flow"
    IDENTITY = "identity"
    PROJECTION = "projection"


class Thing(NamedTuple):
    """A part of the graph that is drawn: its path, its line in the text, what hovering shows.

    `frozen` says that training changes none of its weights, though it has some.
    """

    path: str
    line: int
    tooltip: str
    frozen: bool = False


class Row(NamedTuple):
    """A thin row of a box: a norm, an activation or a dropout in a straight line with it."""

    thing: Thing
    text: str
    colour: Colour


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A layer with its rows, or a folded region.

    `above` and `below` hold lines of one or more rows; `second` and `third` are small lines below
    the text. `copies` over one make it a pile, whose badge `note` stands below. `shape` is what
    leaves it, `reshapes` says that its rank differs from what entered.
    """

    thing: Thing
    text: str
    colour: Colour
    shape: str
    second: str | None = None
    third: str | None = None
    above: tuple[tuple[Row, ...], ...] = ()
    below: tuple[tuple[Row, ...], ...] = ()
    copies: int = 1
    badged: bool = True
    note: str | None = None
    reshapes: bool = False
    is_region: bool = False
    is_stage: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Pill:
    """An input or an output: its name and shape."""

    thing: Thing
    text: str
    shape: str
    is_input: bool
    dashed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One way into a merge; without items it is the value itself."""

    body: Line
    kind: Kind


class Form(StrEnum):
    """How a merge is drawn."""

    BYPASS = "bypass"
    """The body on the axis, a lane or a small path at its right."""
    GATE = "gate"
    """The skip straight down, what is made of it at the right."""
    SPREAD = "spread"
    """All paths side by side."""


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """A fork, its paths, and the sign that joins them.

    BYPASS and GATE have two paths: the one on the axis stands first here, whatever the operands'
    order. `copies` and `note` belong to a folded repeat whose skip is drawn at the folded box.
    """

    thing: Thing
    sign: str
    form: Form
    paths: tuple[Path, ...]
    shape: str
    copies: int = 1
    note: str | None = None
    reshapes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An open region; `copies` over one fold equal copies of a repeat."""

    thing: Thing
    label: str
    body: Line
    shape: str
    note: str | None = None
    copies: int = 1
    is_stage: bool = False
    dashed: bool = False
    reshapes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Tap:
    """A side branch off the flow whose end is an output; the flow goes on unchanged."""

    body: Line
    shape: str
    reshapes: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """A merge of named values: only its sign."""

    thing: Thing
    sign: str
    shape: str
    reshapes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Items that a value flows through; `labels[i]` is the shape between item i - 1 and item i."""

    items: tuple[Item, ...]
    labels: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A finished part that Graphviz places; an empty `body` is the flow that enters or leaves."""

    body: Line
    is_main: bool


class Wire(NamedTuple):
    """A value between two pieces, by their positions; a dashed one is used in training only."""

    tail: int
    head: int
    label: str | None
    is_main: bool
    dashed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """A region whose members are pieces of the region around it: pieces `first` up to `last`."""

    thing: Thing
    label: str
    first: int
    last: int
    depth: int
    note: str | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Members joined by named values.

    `entry` and `exit` are the positions of the pieces that stand for the flow in and out.
    """

    pieces: tuple[Piece, ...]
    wires: tuple[Wire, ...]
    clusters: tuple[Cluster, ...]
    entry: int | None
    exit: int | None
    shape: str
    reshapes: bool = False


Item: TypeAlias = Box | Pill | Merge | Frame | Tap | Join | Pieces
