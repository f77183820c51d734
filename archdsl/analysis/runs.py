"""Neighbouring copies of one loop that cost the same, taken together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from archdsl.analysis.cost import CostReport
from archdsl.graph.node import Node
from archdsl.graph.region import Region, RegionKind

LOOPS = (RegionKind.REPEAT, RegionKind.FOR)


class Run(NamedTuple):
    """A member of a region; of several equal copies the first, and all of them."""

    member: Node | Region
    copies: tuple[Region, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.copies) or 1


def runs(report: CostReport, region: Region) -> Iterator[Run]:
    """The members of a region, equal copies of one loop that follow each other together."""

    def key(member: Node | Region) -> tuple[object, ...] | None:
        """What they have in common: their layers, on which types, with whose weights."""
        if isinstance(member, Node) or member.kind not in LOOPS:
            return None
        place = member.span.source.path, member.span.start
        return *place, report.signature(member.nodes())

    for common, group in groupby(region.members, key):
        members = list(group)
        if common is None:
            yield from [Run(member) for member in members]
        else:
            copies = tuple([member for member in members if isinstance(member, Region)])
            yield Run(copies[0], copies)
