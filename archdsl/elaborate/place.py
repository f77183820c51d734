"""Bodies and places: where names are counted, and what a path finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archdsl.diagnostics.source import Span
from archdsl.graph.node import Value

if TYPE_CHECKING:
    from archdsl.elaborate.state import RegionBuilder


class Broken:
    """A flow that failed: what follows is checked for names and arguments, and makes no nodes."""


BROKEN = Broken()

Flow = Value | Broken | None


class Place:
    """What stands at a path: a part or a layer, the value that leaves it, what is below.

    `region` is the part's region, `node` the path of a layer's node. A place whose value is
    broken has whatever is asked of it, in silence. A closed one holds more than can be looked at:
    a block that was digested.
    """

    __slots__ = ("children", "copies", "is_closed", "node", "ports", "region", "value")

    def __init__(self) -> None:
        self.children: dict[str, Place] = {}
        self.copies: dict[int, Place] = {}
        self.value: Flow = None
        self.ports: dict[str, Value] = {}
        self.region: RegionBuilder | None = None
        self.node: str | None = None
        self.is_closed = False


class Body:
    """Where ordinals are counted and names must be unique.

    A body is a network, stage, copy, block, labelled path or output. `prefix` is the path of
    what it holds with its dot, `suffix` marks the further uses of a share, `around` is the
    body of the loop's surroundings where this is a copy.
    """

    __slots__ = ("around", "copies", "counts", "place", "prefix", "sole", "suffix", "taken")

    def __init__(
        self, prefix: str, suffix: str, place: Place, *, around: Body | None = None
    ) -> None:
        self.prefix = prefix
        self.suffix = suffix
        self.place = place
        self.around = around
        self.counts: dict[str, int] = {}
        self.taken: dict[str, Span] = {}
        self.copies = 0
        self.sole = False

    def ordinal(self, kind: str) -> str:
        """The name of the next unlabelled layer or block of a kind: `conv1`, `relu6_1`."""
        count = self.counts.get(kind, 0) + 1
        self.counts[kind] = count
        return f"{kind}_{count}" if kind[-1].isdigit() else f"{kind}{count}"

    def outside_loops(self) -> Body:
        """The body around the loops that stand directly around this place."""
        body = self
        while body.around is not None:
            body = body.around
        return body
