"""The skeleton of a network's code: which regions become modules, and what each one runs in order.

A region with a name and with weights below it becomes a module under its path; what adds no
name (paths, composed chains, sole calls) is part of the module around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archdsl.backend.borders import Borders, trimmed
from archdsl.backend.first_values import FirstValues
from archdsl.backend.units import LOOPS, Child, If, Item, Lane, Loop, Unit, Use, home_of, is_under
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node
from archdsl.graph.region import Branch, Region, RegionKind
from archdsl.graph.text_index import TextIndex
from archdsl.layers.definition import Family, Layer
from archdsl.layers.torch_call import TorchCall
from archdsl.shapes.tensor import TensorType


class Skeleton:
    """A network's modules as a tree of units.

    `flattened` takes every region as part of the network's own body and every layer as a
    function, which is how the flat style runs. `made` holds what first uses each module, by its
    path; `stateful` are the paths that have a module at or below them. Further uses of the shares
    in `opened` do not call the share: what they run is part of the body around them.
    """

    def __init__(
        self, graph: Graph, *, flattened: bool = False, opened: frozenset[str] = frozenset()
    ) -> None:
        self.graph = graph
        self.flattened = flattened
        self.opened = opened
        self.text = TextIndex(graph)
        self.first_values = FirstValues(graph)
        self.position = {node.path: index for index, node in enumerate(graph.order)}
        self._answers: dict[tuple[str, Layer, tuple[TensorType, ...]], TorchCall | None] = {}
        self.made: dict[str, Use | Child] = {}
        self._share = ""
        self._units = 0
        self.stateful = self._prefixes()
        self.root = Unit("", graph.root, graph.root)
        self._members(graph.root, self.root, self.root.lane, self.root.items)
        borders = Borders(self)
        borders.settle(self.root)
        borders.adopt(self.root)

    def _prefixes(self) -> frozenset[str]:
        """The paths that have a module at or below them."""
        found = {""}
        for node in self.graph.order:
            types = tuple(map(self.graph.type_of, node.inputs))
            if node.layer.family is Family.INPUT or not self._answer(node.layer, types, "module"):
                continue
            path = node.weights
            while path not in found:
                found.add(path)
                path = home_of(path)
        return frozenset(found)

    # From members to items

    def _members(self, region: Region, unit: Unit, lane: Lane, items: list[Item]) -> None:
        self._stretch(region, unit, lane, items, _nested(region.branches), 0, len(region.members))

    def _stretch(
        self,
        region: Region,
        unit: Unit,
        lane: Lane,
        items: list[Item],
        branches: Sequence[_Nested],
        start: int,
        stop: int,
    ) -> None:
        """Members from one position to another; the branches among them become `If`s."""
        for branch, inside in branches:
            self._plain(region, unit, lane, items, start, branch.start)
            found = If(lane, region, branch.span, branch.conditions, branch.arm)
            self._stretch(region, unit, lane, found.items, inside, branch.start, branch.stop)
            items.append(found)
            start = branch.stop
        self._plain(region, unit, lane, items, start, stop)

    def _plain(
        self,
        region: Region,
        unit: Unit,
        lane: Lane,
        items: list[Item],
        start: int,
        stop: int,
    ) -> None:
        """Members from one position to another, among which there is no branch."""
        paths: list[Region] = []
        loop: list[Region] = []
        for member in region.members[start:stop]:
            if loop and not _continues(loop[-1], member):
                self._loop(loop, unit, lane, items)
                loop = []
            if isinstance(member, Node):
                if paths:
                    self._merge(region, paths, member, unit, lane, items)
                    paths = []
                else:
                    self._use(region, member, lane, items)
            elif member.kind is RegionKind.PATH and member.merge is not None:
                paths.append(member)
            elif member.kind is RegionKind.PATH:
                self._lone_path(region, member, unit, lane, items)
            elif member.kind in LOOPS:
                loop.append(member)
            else:
                self._region(member, unit, lane, items)
        if loop:
            self._loop(loop, unit, lane, items)

    def _use(
        self,
        region: Region,
        node: Node,
        lane: Lane,
        items: list[Item],
        paths: tuple[Lane, ...] = (),
    ) -> None:
        if node.layer.family is not Family.INPUT:
            types = tuple(map(self.graph.type_of, node.inputs))
            module = None if self.flattened else self._answer(node.layer, types, "module")
            share = self._share if module and is_under(node.weights, self._share) else ""
            use = Use(lane, region, node, types, module, paths, share)
            if not share:
                self.made.setdefault(node.weights, use)
            items.append(use)

    def function(self, use: Use) -> TorchCall:
        """The functional form of a layer's use."""
        call = self._answer(use.node.layer, use.types, "functional")
        assert call is not None
        return call

    def _answer(
        self, layer: Layer, types: tuple[TensorType, ...], question: str
    ) -> TorchCall | None:
        """What a layer says of operands of certain types; equal questions are asked once."""
        key = (question, layer, types)
        if key not in self._answers:
            self._answers[key] = getattr(layer, question)(*types)
        return self._answers[key]

    def _merge(
        self,
        region: Region,
        paths: list[Region],
        node: Node,
        unit: Unit,
        lane: Lane,
        items: list[Item],
    ) -> None:
        """The paths of a merge and the merge; a second path that has a condition is an `If`."""
        guard = self.text.guard(region, paths[0])
        start = paths[0].span.start
        lanes = tuple(Lane(lane, start, position) for position in range(len(paths)))
        for position, (path, inner) in enumerate(zip(paths, lanes, strict=True)):
            if guard is not None and position == 1:
                found = If(lane, region, guard.span, (guard.condition,), 0, otherwise=lanes[0])
                items.append(found)
                items = found.items
            self._region(path, unit, inner, items)
        self._use(region, node, lane, items, lanes)

    def _lone_path(
        self, region: Region, path: Region, unit: Unit, lane: Lane, items: list[Item]
    ) -> None:
        """A path that nothing is joined to: what stood beside it was left out."""
        guard = self.text.guard(region, path)
        if guard is None:
            self._region(path, unit, lane, items)
            return
        inner = Lane(lane, path.span.start, 0, joined=False)
        self._region(path, unit, inner, items)
        items.append(If(lane, region, guard.span, (guard.condition,), None, otherwise=inner))

    def _loop(self, copies: list[Region], unit: Unit, lane: Lane, items: list[Item]) -> None:
        """The copies of one loop: together those next to each other that are one module each."""
        run: list[Child] = []
        for copy in copies:
            made: list[Item] = []
            self._region(copy, unit, lane, made)
            match made:
                case [Child() as child] if child.unit.outer is copy:
                    run.append(child)
                case _:
                    self._copies(run, len(copies), lane, items)
                    run = []
                    items.extend(made)
        self._copies(run, len(copies), lane, items)

    def _copies(self, run: list[Child], whole: int, lane: Lane, items: list[Item]) -> None:
        """Copies as one item; one that stands alone among others is a part like any other."""
        if len(run) > 1 or (run and whole == 1):
            items.append(Loop(lane, run[0].scope, run))
        else:
            items.extend(run)

    def _region(self, region: Region, unit: Unit, lane: Lane, items: list[Item]) -> None:
        """A region as a module of its own, or as part of the module around it."""
        if region.kind is RegionKind.OUTPUT:
            lane = Lane(lane, region.span.start, name=region.name)
        if not self._is_module(region, unit):
            around = self._share
            if region.kind is RegionKind.SHARE and region.use > 1 and region.path in self.opened:
                self._share = self._share or region.path
            self._members(region, unit, lane, items)
            self._share = around
            return
        self._units += 1
        inner = Unit(region.path, region, _sole(region), serial=self._units)
        self._members(inner.region, inner, inner.lane, inner.items)
        before, after = trimmed(inner)
        child = Child(lane, self.graph.regions[region.parent or 0], inner)
        self.made.setdefault(region.path, child)
        for item in (*before, child, *after):
            item.lane = lane
            items.append(item)

    def _is_module(self, region: Region, unit: Unit) -> bool:
        if region.name is None or self.flattened:
            return False
        if self._share and is_under(region.path, self._share):
            return False
        if region.kind is RegionKind.SHARE and region.use > 1 and region.path in self.opened:
            return False
        if region.path in self.stateful:
            return True
        return region.kind is RegionKind.BLOCK and home_of(region.path) == unit.path


def _sole(region: Region) -> Region:
    """The block that a region solely calls, else the region itself."""
    while len(region.members) == 1:
        (member,) = region.members
        if not isinstance(member, Region) or member.kind is not RegionKind.BLOCK:
            break
        if member.name is not None or (region.declaration is not None and region.branches):
            break
        region = member
    return region


def _continues(copy: Region, member: Node | Region) -> bool:
    """Whether a member is the next copy of the same loop."""
    return (
        isinstance(member, Region)
        and member.kind is copy.kind
        and member.span == copy.span
        and member.index == (copy.index or 0) + 1
    )


class _Nested(NamedTuple):
    """A branch, and the branches that stand in its arms."""

    branch: Branch
    inside: list[_Nested]


def _nested(branches: Iterable[Branch]) -> list[_Nested]:
    """Branches in text order, each with those that stand in it."""
    outermost: list[_Nested] = []
    around: list[_Nested] = []
    for branch in sorted(branches, key=lambda b: (b.span.start, -b.span.end)):
        while around and around[-1].branch.span.end <= branch.span.start:
            around.pop()
        found = _Nested(branch, [])
        (around[-1].inside if around else outermost).append(found)
        around.append(found)
    return outermost
