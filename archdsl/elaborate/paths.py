"""Paths: `enc1.x`, `conv4[3].conv2`, looked for from the inside out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archdsl.elaborate.place import Broken, Place
from archdsl.graph.digest import Undigested
from archdsl.graph.node import Value
from archdsl.layers.definition import Family
from archdsl.syntax import tree
from archdsl.values.scope import Scope

if TYPE_CHECKING:
    from archdsl.elaborate.state import Elaboration

Segment = str | int


_MOST_PLACES = 1_000

_SEGMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)((?:\[[0-9]+\])*)")


def segments_of(
    elaboration: Elaboration, expression: tree.Expression, scope: Scope
) -> list[Segment] | None:
    """The names and copy numbers of a path expression, None where it is none."""
    reversed_segments: list[Segment] = []
    while True:
        match expression:
            case tree.Name(name):
                reversed_segments.append(name)
                return reversed_segments[::-1]
            case tree.Attribute(value, name):
                reversed_segments.append(name)
                expression = value
            case tree.Index(value, index):
                number = elaboration.value(index, scope)
                if type(number) is not int:
                    return None
                reversed_segments.append(number)
                expression = value
            case _:
                return None


def segments_in(text: str) -> list[Segment] | None:
    """The segments of a path given as text, None where it is none."""
    segments: list[Segment] = []
    for part in text.split("."):
        match = _SEGMENT.fullmatch(part)
        if match is None:
            return None
        segments.append(match.group(1))
        segments.extend(int(n) for n in re.findall(r"[0-9]+", match.group(2)))
    return segments


def bracketed(key: str) -> str:
    """A path as it is written in a text, from one as it stands in a key: `conv2[0].conv1`."""
    return re.sub(r"\.([0-9]+)(?=\.|$)", r"[\1]", key)


def unbracketed(written: str) -> str:
    """A path as it stands in a key, `conv4.3`, from one that may be written as in a text, `conv4[3]`."""
    return written.replace("[", ".").replace("]", "").removeprefix(".")


def known_paths(elaboration: Elaboration, prefix: str) -> list[str]:
    """The paths of a network's layers and of what is around them, as they are written."""
    known: dict[str, None] = {}
    for node in elaboration.order:
        if node.layer.family is not Family.INPUT and node.weights.startswith(prefix):
            names = node.weights.removeprefix(prefix).split(".")
            ends = range(1, len(names) + 1)
            known.update((bracketed(".".join(names[:end])), None) for end in ends)
    return list(known)


def find_place(
    elaboration: Elaboration, expression: tree.Expression, scope: Scope
) -> Place | Value | Broken | None:
    """What a path expression stands for, from the inside out; None for nothing."""
    segments = segments_of(elaboration, expression, scope)
    return None if segments is None else find_segments(segments, scope)


def find_segments(segments: list[Segment], scope: Scope) -> Place | Value | Broken | None:
    """What a path stands for, looked for up to the block's or network's own body."""
    around: Scope | None = scope
    while around is not None:
        if around.part is not None:
            found = descend(around.part, segments)
            if found is not None:
                return found
        if around.is_boundary:
            return None
        around = around.parent
    return None


def descend(place: Place, segments: list[Segment]) -> Place | Value | Broken | None:
    """What a path stands for below a place."""
    for position, segment in enumerate(segments):
        if isinstance(segment, int):
            found = place.copies.get(segment)
        else:
            found = place.children.get(segment)
        if found is None:
            if isinstance(segment, str) and position == len(segments) - 1:
                port = place.ports.get(segment)
                if port is not None:
                    return port
            if place.is_closed:
                raise Undigested
            return place.value if isinstance(place.value, Broken) else None
        place = found
    return place


def visible_paths(scope: Scope) -> list[str]:
    """The first names of the paths that can be seen from a scope."""
    names: list[str] = []
    around: Scope | None = scope
    while around is not None:
        if around.part is not None:
            names.extend(around.part.children)
        if around.is_boundary:
            break
        around = around.parent
    return names


def path_to(name: str, scope: Scope) -> str | None:
    """The path of something of this name inside a part that can be seen from a scope."""
    around: Scope | None = scope
    queue: list[tuple[str, Place]] = []
    while around is not None:
        if around.part is not None:
            queue += around.part.children.items()
        if around.is_boundary:
            break
        around = around.parent
    for path, place in queue:
        if name in place.ports or name in place.children:
            return f"{path}.{name}"
        if len(queue) < _MOST_PLACES:
            queue += [
                (f"{path}[{part}]" if part.isdigit() else f"{path}.{part}", below)
                for part, below in place.children.items()
            ]
    return None
