"""The members of a region as they are drawn: copies of a loop together, branches where they leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archdsl.drawing.flow import LOOPS, Flows, Unit, units_of
from archdsl.graph.node import Node
from archdsl.graph.region import Region, RegionKind


class Members:
    """The members of each region of one graph.

    An output with a body lies under its own name, behind the part that its text stands in; it
    is drawn as a branch inside that part, where the part is open.
    """

    def __init__(self, flows: Flows, is_open: Callable[[Region], bool]) -> None:
        self._flows = flows
        self._structure = flows.structure
        self._moved: set[int] = set()
        self._branches: dict[tuple[int, int], list[Region]] = {}
        for region in flows.graph.regions:
            if region.kind is RegionKind.OUTPUT:
                self._place(region, is_open)

    def units(self, region: Region) -> list[Unit]:
        """The members of a region, with the branches that leave inside it."""
        found: list[Unit] = []
        for unit in units_of(region):
            if isinstance(unit.member, Region) and unit.member.id in self._moved:
                continue
            found.append(unit)
            branches = self._branches.get((region.id, self._end(unit)), [])
            found.extend([Unit(branch) for branch in branches])
        return found

    def _place(self, output: Region, is_open: Callable[[Region], bool]) -> None:
        """Put an output into the innermost open part around its text, behind the value it takes."""
        home: Region | None = None
        for part in self._flows.containers(output):
            if not is_open(part):
                break
            home = part
        if home is None:
            return
        taken = self._structure.position[output.inputs[0].node]
        end = next((end for unit in units_of(home) if (end := self._end(unit)) > taken), None)
        if end is not None:
            self._moved.add(output.id)
            self._branches.setdefault((home.id, end), []).append(output)

    def _end(self, unit: Unit) -> int:
        """The position behind the last node of a member."""
        if isinstance(unit.member, Node):
            return self._structure.position[unit.member.path] + 1
        return self._structure.bounds[unit.member.id][1]


def loop_of(units: Sequence[Unit], at: int) -> list[Region]:
    """The copies of the loop that begins at a unit; none where none does."""
    first = units[at].member
    if not isinstance(first, Region) or first.kind not in LOOPS:
        return []
    copies = [first]
    for position in range(at + 1, len(units)):
        member = units[position].member
        if not isinstance(member, Region) or member.kind not in LOOPS or member.span != first.span:
            break
        copies.append(member)
    return copies
