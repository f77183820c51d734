"""The rows of a cost table: stages, blocks or layers, equal copies of a loop as one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.analysis.cost import CostReport, Figures, lies_under
from archdsl.analysis.runs import LOOPS, Run, runs
from archdsl.drawing.labels import block_text
from archdsl.drawing.rates import Rates
from archdsl.graph.node import Node
from archdsl.graph.region import Region, RegionKind
from archdsl.layers.definition import Family
from archdsl.shapes.tensor import TensorType


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; `figures` are those of one of `copies` equal parts.

    `level` is how deep a stage is nested; what stands deeper is counted in the rows above it.
    """

    path: str
    what: str
    type: TensorType | None
    copies: int
    figures: Figures
    level: int = 0


class Rows:
    """The rows of one network."""

    def __init__(self, report: CostReport) -> None:
        self._report = report
        self._graph = report.graph
        self._rates = Rates()
        self._staged = self._holding({RegionKind.STAGE, RegionKind.OUTPUT})
        self._calling = self._holding({RegionKind.BLOCK, RegionKind.SHARE})

    def _holding(self, kinds: set[RegionKind]) -> set[int]:
        """The regions that are of some kinds, or hold such a one."""
        found: set[int] = set()
        for region in reversed(self._graph.regions):
            if region.kind in kinds or region.id in found:
                found.add(region.id)
                if region.parent is not None:
                    found.add(region.parent)
        return found

    # Stages

    def stages(self) -> list[Row]:
        """A row for each stage and each output with a body, nested ones below theirs."""
        return list(self._stages(self._graph.root, _Names(), 1, 0))

    def _stages(self, region: Region, names: _Names, copies: int, level: int) -> Iterator[Row]:
        for run in self._runs(region):
            member = run.member
            if isinstance(member, Node) or member.id not in self._staged:
                continue
            below = names.below(run)
            times = copies * run.count
            if member.kind in (RegionKind.STAGE, RegionKind.OUTPUT):
                inside = level if lies_under(member.path, region.path) else 0
                yield self._row(member, below, times, "", inside)
                yield from self._stages(member, below, times, inside + 1)
            else:
                yield from self._stages(member, below, times, level)

    # Blocks

    def blocks(self) -> list[Row]:
        """A row for each outermost call of a block, for each copy of a loop over layers, and for layers between them."""
        return list(self._blocks(self._graph.root, _Names(), 1))

    def _blocks(self, region: Region, names: _Names, copies: int) -> Iterator[Row]:
        for run in self._runs(region):
            member = run.member
            times = copies * run.count
            if isinstance(member, Node):
                yield from self._layer(member, names, times)
                continue
            below = names.below(run)
            what = self._closed(member)
            if what is None:
                yield from self._blocks(member, below, times)
            else:
                yield self._row(member, below, times, what, 0)

    def _closed(self, region: Region) -> str | None:
        """What a region is where it is one row; None where its members have rows of their own."""
        if region.id in self._staged:
            return None
        if region.kind in (RegionKind.BLOCK, RegionKind.SHARE):
            return _call_text(region) if region.declaration is not None else None
        if region.kind in LOOPS:
            only = region.members[0] if len(region.members) == 1 else None
            if isinstance(only, Region) and only.kind is RegionKind.BLOCK:
                return self._closed(only)
            return None if region.id in self._calling else self._layers_text(region)
        return None

    def _layers_text(self, region: Region) -> str:
        """What the weighted layers of a region are, or how many layers it has."""
        nodes = list(region.nodes())
        weighted = [node for node in nodes if node.layer.weighted]
        if len(weighted) == 1:
            return self._label(weighted[0])
        return f"{len(nodes)} layers"

    # Layers

    def layers(self) -> list[Row]:
        """A row for each layer."""
        return list(self._layers(self._graph.root, _Names(), 1))

    def _layers(self, region: Region, names: _Names, copies: int) -> Iterator[Row]:
        for run in self._runs(region):
            member = run.member
            times = copies * run.count
            if isinstance(member, Node):
                yield from self._layer(member, names, times)
            else:
                yield from self._layers(member, names.below(run), times)

    def _layer(self, node: Node, names: _Names, copies: int) -> Iterator[Row]:
        if node.layer.family is not Family.INPUT:
            figures = self._report.of_node(node.path)
            yield Row(names.shown(node.path), self._label(node), node.type, copies, figures)

    def _label(self, node: Node) -> str:
        return self._rates.text(node, self._graph.type_of(node.inputs[0]))

    # What they share

    def _row(self, region: Region, names: _Names, copies: int, what: str, level: int) -> Row:
        path = names.shown(region.path)
        if region.use > 1:
            path += f"@{region.use}"
        leaving = region.outputs[0].type if region.outputs else None
        return Row(path, what, leaving, copies, self._report.of_region(region.id), level)

    def _runs(self, region: Region) -> Iterator[Run]:
        """The members of a region, neighbouring equal copies of one loop together."""
        for run in runs(self._report, region):
            if run.copies:
                self._rates.join(run.copies)
            yield run


class _Names:
    """How paths are shown below runs of copies: `conv2.1-2` for `conv2.1` and `conv2.2`."""

    def __init__(self, prefix: str = "", shown: str = "") -> None:
        self._prefix = prefix
        self._shown = shown

    def below(self, run: Run) -> _Names:
        """The names below a run, written for its first copy."""
        if run.count == 1:
            return self
        first = run.member.path
        return _Names(first, f"{self.shown(first)}-{run.copies[-1].path.rpartition('.')[2]}")

    def shown(self, path: str) -> str:
        """A path as it is shown."""
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}.")):
            return self._shown + path[len(self._prefix) :]
        return path


def _call_text(region: Region) -> str:
    """A block's call in short: `bottleneck 128, /2`."""
    entering = region.inputs[0].type if region.inputs else None
    leaving = region.outputs[0].type if region.outputs else None
    return block_text(region, entering, leaving)
