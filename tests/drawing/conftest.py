"""Reads drawings back: what a picture holds, where it stands, how wide its texts may be."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import pytest

import archdsl
from archdsl.drawing.items import Box, Form, Frame, Join, Kind, Line, Merge, Pill, Thing
from archdsl.drawing.items import Path as Way
from archdsl.drawing.text import width
from archdsl.drawing.theme import Colour

SVG = "{http://www.w3.org/2000/svg}"
ASCENT, DESCENT = 0.74, 0.22
"""Above and below the baseline, of a font's size: what letters, digits and signs reach."""


@dataclass(frozen=True)
class Area:
    """A rectangle by its four sides."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, points):
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return cls(min(xs), min(ys), max(xs), max(ys))

    def holds(self, other, slack=0.0):
        return (
            self.left - slack <= other.left
            and self.top - slack <= other.top
            and self.right + slack >= other.right
            and self.bottom + slack >= other.bottom
        )

    def meets(self, other, slack=0.0):
        return (
            self.left < other.right - slack
            and other.left < self.right - slack
            and self.top < other.bottom - slack
            and other.top < self.bottom - slack
        )

    @property
    def middle(self):
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Words:
    """A text with the room that the width table gives it."""

    text: str
    area: Area
    size: int
    fill: str
    bold: bool
    italic: bool


@dataclass
class Shape:
    """A drawn shape: its points, sampled where it bends, and its paint."""

    tag: str
    points: list
    fill: str
    stroke: str
    dashed: bool

    @property
    def area(self):
        return Area.around(self.points)


@dataclass
class Part:
    """A group: one node, region or edge."""

    id: str
    style: str
    layer: str
    path: str
    line: int
    copies: int
    tooltip: str
    shapes: list
    ends: tuple | None

    @property
    def outline(self):
        """What others see of it: the front card of a pile, a box, a sign, a frame."""
        boxes = [s for s in self.shapes if s.tag in ("rect", "circle")]
        return (boxes[-1] if boxes and self.layer == "boxes" else self.shapes[0]).area

    @property
    def hull(self):
        return Area.around([p for s in self.shapes for p in s.points])

    @property
    def visible(self):
        """Its outlines: no strokes on signs, no hidden cards of a pile, no share of a row."""
        shapes = [shape for shape in self.shapes if "none" not in (shape.fill, shape.stroke)]
        return shapes[-1:] if self.copies > 1 and self.layer == "boxes" else shapes

    def crosses(self, area):
        """Whether the line of an edge enters a rectangle."""
        return area.meets(self.hull, -1) and any(
            crosses(start, end, area) for start, end in pairwise(self.shapes[0].points)
        )


@dataclass
class Picture:
    """An SVG read back."""

    root: ET.Element
    size: int
    area: Area = None
    parts: list = field(default_factory=list)
    words: list = field(default_factory=list)
    legend: list = field(default_factory=list)
    page: str = ""

    @classmethod
    def of(cls, svg):
        root = ET.fromstring(svg)
        picture = cls(root, len(svg.encode()))
        left, top, wide, high = map(float, root.get("viewBox").split())
        picture.area = Area(left, top, left + wide, top + high)
        for child in root:
            name = child.get("class")
            if child.tag == SVG + "rect":
                picture.page = child.get("fill")
            elif name in ("frames", "edges", "boxes"):
                picture.parts += [_part(group, name) for group in child]
            elif name == "legend":
                picture.legend += [_shape(shape) for shape in child]
            elif name == "texts":
                picture.words += [_words(text) for text in child]
        return picture

    def layer(self, name):
        return [part for part in self.parts if part.layer == name]

    @property
    def frames(self):
        return self.layer("frames")

    @property
    def edges(self):
        return self.layer("edges")

    @property
    def boxes(self):
        return self.layer("boxes")

    def box(self, path):
        return next(part for part in self.boxes if part.path == path)

    def frame(self, path):
        return next(part for part in self.frames if part.path == path)

    @property
    def texts(self):
        return [words.text for words in self.words]

    @property
    def solid(self):
        """Frames, boxes, pills and signs."""
        return [*self.frames, *self.boxes]

    def overlaps(self):
        """Everything that is over what it should not be over, in words."""
        return [
            *self.texts_that_meet(),
            *self.texts_that_are_cut(),
            *self.texts_that_are_crossed(),
            *self.boxes_that_meet(),
            *self.boxes_that_are_crossed(),
        ]

    def texts_that_meet(self):
        ordered = sorted(self.words, key=lambda words: words.area.top)
        for at, one in enumerate(ordered):
            for other in ordered[at + 1 :]:
                if other.area.top >= one.area.bottom:
                    break
                if one.area.meets(other.area):
                    yield f"{one.text} / {other.text}"

    def texts_that_are_cut(self):
        """Texts that are neither wholly inside nor wholly outside an outline."""
        areas = [shape.area for part in self.solid for shape in part.visible]
        for words in self.words:
            for area in areas:
                if area.meets(words.area) and not area.holds(words.area):
                    yield f"{words.text} is cut"

    def texts_that_are_crossed(self):
        for edge in self.edges:
            for words in self.words:
                if edge.crosses(words.area):
                    yield f"{edge.id} crosses {words.text}"

    def boxes_that_meet(self):
        for one, other in combinations(self.solid, 2):
            a, b = one.outline, other.outline
            if a.meets(b, 0.15) and not a.holds(b, 0.15) and not b.holds(a, 0.15):
                yield f"{one.id} / {other.id}"

    def boxes_that_are_crossed(self):
        """But not by what leads into the box or out of it."""
        for edge in self.edges:
            for box in self.boxes:
                if box.path not in edge.ends[:2] and edge.crosses(box.outline):
                    yield f"{edge.id} crosses {box.id}"


def crosses(start, end, area):
    """Whether a segment enters a rectangle, touching apart (Liang and Barsky)."""
    low, high = 0.0, 1.0
    for delta, near, far in (
        (end[0] - start[0], area.left - start[0], area.right - start[0]),
        (end[1] - start[1], area.top - start[1], area.bottom - start[1]),
    ):
        if delta == 0:
            if near >= 0 or far <= 0:
                return False
            continue
        first, second = sorted((near / delta, far / delta))
        low, high = max(low, first), min(high, second)
    return high - low > 1e-6


def _part(group, layer):
    ends = None
    if group.get("data-from") is not None:
        ends = (group.get("data-from"), group.get("data-to"), group.get("data-kind"))
    return Part(
        group.get("id"),
        group.get("class"),
        layer,
        group.get("data-path"),
        int(group.get("data-line")),
        int(group.get("data-copies", "1")),
        group.find(SVG + "title").text,
        [_shape(child) for child in group if child.tag != SVG + "title"],
        ends,
    )


def _shape(element):
    tag = element.tag.removeprefix(SVG)
    if tag == "rect":
        x, y, wide, high = (float(element.get(k)) for k in ("x", "y", "width", "height"))
        points = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]
    elif tag == "circle":
        x, y, radius = (float(element.get(k)) for k in ("cx", "cy", "r"))
        points = [(x - radius, y - radius), (x + radius, y + radius)]
    else:
        points = _points(element.get("d"))
    dashed = element.get("stroke-dasharray") is not None
    return Shape(tag, points, element.get("fill"), element.get("stroke", "none"), dashed)


def _points(data):
    """The corners of a path, and points along its bends."""
    points = []
    for letter, rest in re.findall(r"([MLQCZ])([^MLQCZ]*)", data):
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d)?", rest)]
        found = list(zip(numbers[::2], numbers[1::2], strict=True))
        if letter in "ML":
            points += found
        elif letter in "QC":
            points += [_bezier([points[-1], *found], t / 8) for t in range(1, 9)]
    return points


def _bezier(points, t):
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
    return points[0]


def _words(element):
    size = int(element.get("font-size"))
    bold = element.get("font-weight") == "bold"
    text = element.text or ""
    wide = width(text, size, bold)
    x, baseline = float(element.get("x")), float(element.get("y"))
    left = x - {"start": 0, "end": wide}.get(element.get("text-anchor"), wide / 2)
    area = Area(left, baseline - ASCENT * size, left + wide, baseline + DESCENT * size)
    italic = element.get("font-style") == "italic"
    return Words(text, area, size, element.get("fill"), bold, italic)


@pytest.fixture(scope="session")
def read():
    """Reads an SVG back."""
    return Picture.of


@pytest.fixture(scope="session")
def spec():
    """A network of a file, elaborated once."""
    known = {}

    def find(path, name):
        if (path, name) not in known:
            known[path, name] = archdsl.load(path, name)
        return known[path, name]

    return find


@pytest.fixture(scope="session")
def look(read):
    """Draws a text's network and reads the picture back."""

    def see(text, detail="layers", **options):
        return read(archdsl.loads(text).draw(detail, **options).svg)

    return see


class Make:
    """Items made by hand, for what a network cannot be made to show."""

    @staticmethod
    def thing(path):
        return Thing(path, 1, path)

    @classmethod
    def box(cls, path, text=None, **options):
        return Box(cls.thing(path), text or path, Colour.CONVOLUTION, "8×4×4", **options)

    @classmethod
    def pill(cls, path, **options):
        return Pill(cls.thing(path), path, "8×4×4", **{"is_input": True, **options})

    @classmethod
    def join(cls, path, sign="add"):
        return Join(cls.thing(path), sign, "8×4×4")

    @staticmethod
    def line(*items, label=None):
        return Line(items, (None, *[label] * (len(items) - 1)) if items else ())

    @classmethod
    def frame(cls, path, *items, **options):
        return Frame(cls.thing(path), path, cls.line(*items), "8×4×4", **options)

    @classmethod
    def merge(cls, path, *bodies, sign="add", form=Form.SPREAD, kinds=None, **options):
        kinds = kinds or [Kind.FLOW] * len(bodies)
        paths = tuple(Way(cls.line(*b), k) for b, k in zip(bodies, kinds, strict=True))
        return Merge(cls.thing(path), sign, form, paths, "8×4×4", **options)

    @classmethod
    def residual(cls, path, *body, **options):
        kinds = (Kind.FLOW, Kind.IDENTITY)
        return cls.merge(path, body, (), form=Form.BYPASS, kinds=kinds, **options)


@pytest.fixture(scope="session")
def make():
    return Make
