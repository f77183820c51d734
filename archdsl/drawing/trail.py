"""Lines on their way through a drawing: where they come from and the points they pass."""

from __future__ import annotations

from math import hypot
from typing import Final, NamedTuple, TypeAlias

from archdsl.drawing.items import Kind

CORNER: Final = 6
ARROW_LENGTH: Final = 6
ARROW_WIDTH: Final = 5.5
NEAR: Final = 0.5
SAMPLES: Final = 8

Point: TypeAlias = tuple[float, float]


class Bend(NamedTuple):
    """One Bézier segment: two control points and its end."""

    first: Point
    second: Point
    end: Point


class Trail(NamedTuple):
    """A line that has left `source` and not arrived; it goes straight between points."""

    source: str
    points: tuple[Point | Bend, ...]
    kind: Kind = Kind.FLOW
    dashed: bool = False

    def to(self, *points: Point | Bend) -> Trail:
        """The line after further points."""
        return self._replace(points=self.points + points)

    def as_kind(self, kind: Kind) -> Trail:
        """The same line as another kind of edge."""
        return self._replace(kind=kind)

    @property
    def end(self) -> Point:
        """Where it has come to."""
        last = self.points[-1]
        return last.end if isinstance(last, Bend) else last


def moved(points: tuple[Point | Bend, ...], x: float, y: float) -> tuple[Point | Bend, ...]:
    """A line moved to the right and downwards."""
    return tuple(
        [
            Bend(*[(px + x, py + y) for px, py in point])
            if isinstance(point, Bend)
            else (point[0] + x, point[1] + y)
            for point in points
        ]
    )


def extent(points: tuple[Point | Bend, ...], top: float, bottom: float) -> Point | None:
    """How far left and right a line goes between two heights, None where it does not come there."""
    found: list[float] = []
    before: Point | None = None
    for after in _sampled(points):
        if (
            before is not None
            and min(before[1], after[1]) < bottom
            and max(before[1], after[1]) > top
        ):
            found += [before[0], after[0]]
        before = after
    return (min(found), max(found)) if found else None


def _sampled(points: tuple[Point | Bend, ...]) -> list[Point]:
    """Points along a line, close enough together to stand for it."""
    found: list[Point] = []
    for point in points:
        if not isinstance(point, Bend):
            found.append(point)
            continue
        start, (first, second, end) = found[-1], point
        for step in range(1, SAMPLES + 1):
            t = step / SAMPLES
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            corners = (start, first, second, end)
            found.append(
                (
                    sum([w * x for w, (x, _) in zip(weights, corners, strict=True)]),
                    sum([w * y for w, (_, y) in zip(weights, corners, strict=True)]),
                )
            )
    return found


def settled(points: tuple[Point | Bend, ...]) -> tuple[Point | Bend, ...]:
    """A line without the points that all but coincide with the next: between them it has no direction."""
    kept: list[Point | Bend] = []
    for point in points:
        if kept and not isinstance(point, Bend):
            before = kept[-1]
            if not isinstance(before, Bend) and _distance(before, point) < NEAR:
                kept.pop()
        kept.append(point)
    return tuple(kept)


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    rounded = round(value * 10)
    whole, tenth = divmod(abs(rounded), 10)
    text = f"{whole}.{tenth}" if tenth else str(whole)
    return f"-{text}" if rounded < 0 else text


def line_data(points: tuple[Point | Bend, ...]) -> str:
    """SVG path data of a line, its corners rounded."""
    kept = _without_straight(points)
    first = kept[0]
    assert not isinstance(first, Bend)
    parts = [f"M{number(first[0])} {number(first[1])}"]
    before = first
    for at in range(1, len(kept)):
        point = kept[at]
        if isinstance(point, Bend):
            parts.append("C" + " ".join([f"{number(x)} {number(y)}" for x, y in point]))
            before = point.end
            continue
        following = kept[at + 1] if at + 1 < len(kept) else None
        if following is None or isinstance(following, Bend):
            parts.append(f"L{number(point[0])} {number(point[1])}")
        else:
            room = min(_distance(before, point), _distance(point, following)) / 2
            radius = min(CORNER, room)
            enter = _towards(point, before, radius)
            leave = _towards(point, following, radius)
            parts.append(f"L{number(enter[0])} {number(enter[1])}")
            parts.append(
                f"Q{number(point[0])} {number(point[1])} {number(leave[0])} {number(leave[1])}"
            )
        before = point
    return "".join(parts)


def arrow_data(tip: Point, before: Point) -> str:
    """SVG path data of an arrowhead at `tip` that comes from the direction of `before`."""
    base = _towards(tip, before, ARROW_LENGTH)
    along = _towards(tip, before, 1)
    dx, dy = (along[0] - tip[0]) * ARROW_WIDTH / 2, (along[1] - tip[1]) * ARROW_WIDTH / 2
    left, right = (base[0] - dy, base[1] + dx), (base[0] + dy, base[1] - dx)
    return "M" + "L".join([f"{number(x)} {number(y)}" for x, y in (tip, left, right)]) + "Z"


def shortened(points: tuple[Point | Bend, ...]) -> tuple[Point | Bend, ...]:
    """A line whose end stops inside its arrowhead, so that the tip stays sharp."""
    last = points[-1]
    if isinstance(last, Bend):
        end = _towards(last.end, last.second, ARROW_LENGTH - 1)
        return (*points[:-1], Bend(last.first, last.second, end))
    before = points[-2]
    start = before.end if isinstance(before, Bend) else before
    return (*points[:-1], _towards(last, start, min(ARROW_LENGTH - 1, _distance(last, start))))


def last_direction(points: tuple[Point | Bend, ...]) -> Point:
    """A point from which the line comes to its end."""
    last = points[-1]
    if isinstance(last, Bend):
        return last.second if last.second != last.end else last.first
    before = points[-2]
    return before.end if isinstance(before, Bend) else before


def _without_straight(points: tuple[Point | Bend, ...]) -> list[Point | Bend]:
    """The points at which the line turns, and its ends; two equal neighbours are one."""
    kept: list[Point | Bend] = []
    for point in points:
        if not isinstance(point, Bend):
            if kept and not isinstance(kept[-1], Bend) and kept[-1] == point:
                continue
            if len(kept) > 1:
                a, b = kept[-2], kept[-1]
                start = a.end if isinstance(a, Bend) else a
                if not isinstance(b, Bend) and _is_straight(start, b, point):
                    kept[-1] = point
                    continue
        kept.append(point)
    return kept


def _is_straight(a: Point, b: Point, c: Point) -> bool:
    same_x = a[0] == b[0] == c[0] and (b[1] - a[1]) * (c[1] - b[1]) >= 0
    same_y = a[1] == b[1] == c[1] and (b[0] - a[0]) * (c[0] - b[0]) >= 0
    return same_x or same_y


def _distance(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])


def _towards(start: Point, goal: Point, length: float) -> Point:
    distance = _distance(start, goal)
    if distance == 0:
        return start
    share = length / distance
    return (start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share)
