"""Figures of layers by their formulas, and of parts as sums over what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archdsl.analysis.cost import MULTIPLY_ADD, CostReport, lies_under
from archdsl.analysis.runs import Run, runs
from archdsl.analysis.uses import FLOATING
from archdsl.analysis.why.derivation import Derivation
from archdsl.analysis.why.lengths import Lengths
from archdsl.elaborate.paths import bracketed
from archdsl.graph.node import Node
from archdsl.graph.region import Region, RegionKind
from archdsl.layers.definition import Family
from archdsl.shapes.traced import leaf, terms_of

SUMS = ("params", "trainable_params", "buffers", "macs", "flops", "activations")
"""The figures that add up, so that they can be taken apart."""

_MOST_ADDED = 8
"""A sum of more parts is told by their number."""

_IN_TRAINING_TOO = frozenset({"params", "trainable_params", "buffers"})


class FigureParts:
    """Derives the figures of a network that add up."""

    def __init__(self, report: CostReport, lengths: Lengths) -> None:
        self._report = report
        self._graph = report.graph
        self._lengths = lengths

    # Parts of a network

    def of_region(self, region: Region, figure: str, name: str, levels: int) -> Derivation:
        """A figure of a part, as the sum of its members'."""
        value = getattr(self._report.of_region(region.id), figure)
        parts: list[Derivation] = []
        for run in self._runs(region):
            each = self._of_run(run, figure, levels - 1) if levels > 0 else None
            if each is not None:
                parts.append(each)
        counted = sum([int(part.value) for part in parts])
        if levels > 0 and counted != value:
            where = "weights of shares, which count where those are declared"
            parts.append(Derivation("elsewhere", value - counted, origin=where))
        around = f"{_shown(region)}."
        formula = " + ".join([part.name.removeprefix(around) for part in parts])
        if len(parts) > _MOST_ADDED:
            formula = f"the sum of these {len(parts)}"
        return Derivation(name, value, formula, span=region.span, parts=tuple(parts))

    def _runs(self, region: Region) -> Iterator[Run]:
        """What a part is made of: named parts and layers, those without a name opened."""
        for run in runs(self._report, region):
            member = run.member
            if isinstance(member, Region) and _lies_elsewhere(member, region):
                continue
            if isinstance(member, Region) and (member.name is None or not member.path):
                yield from self._runs(member)
            elif isinstance(member, Region) and _only_stages(member):
                for copy in run.copies or (member,):
                    yield from self._runs(copy)
            else:
                yield run

    def _of_run(self, run: Run, figure: str, levels: int) -> Derivation | None:
        """A member's figure, that of equal copies together; None where it has none."""
        member = run.member
        if isinstance(member, Node):
            if member.layer.family is Family.INPUT:
                return None
            value = getattr(self._report.of_node(member.path), figure)
            in_figure = figure in _IN_TRAINING_TOO or not member.training_only
            return (
                self.of_node(member, figure, _shown(member), levels)
                if value and in_figure
                else None
            )
        value = getattr(self._report.of_region(member.id), figure)
        if not value:
            return None
        if run.count == 1:
            return self.of_region(member, figure, _shown(member), levels)
        first, last = bracketed(member.path), run.copies[-1].index
        name = f"{first.rpartition('[')[0]}[{member.index}..{last}]"
        each = self.of_region(member, figure, first, levels)
        return Derivation(
            name,
            value * run.count,
            f"{run.count} * {first}",
            f"{run.count} * {value:_}",
            span=member.span,
            parts=(each,) if levels > 0 else (),
        )

    # Layers

    def of_node(self, node: Node, figure: str, name: str, levels: int) -> Derivation:
        """A figure of a layer by its formula."""
        value = getattr(self._report.of_node(node.path), figure)
        kinds = [(kind, count) for kind, count in self._counts(node, figure).items() if count]
        if not value or not kinds:
            origin = self._reason(node, figure) if kinds else f"`{node.layer.kind}` has none"
            return Derivation(name, value, origin=origin, span=node.span)
        if len(kinds) == 1:
            ((_, alone),) = kinds
            found = self._lengths.formula(name, value, terms_of(alone), node, levels)
            return found if levels > 0 else replace(found, is_cut=False)
        formula = " + ".join([kind for kind, _ in kinds])
        numbers = " + ".join([f"{int(count):_}" for _, count in kinds])
        parts = [
            self._lengths.formula(kind, int(count), terms_of(count), node, levels - 1)
            for kind, count in kinds
            if levels > 0
        ]
        return Derivation(name, value, formula, numbers, span=node.span, parts=tuple(parts))

    def _reason(self, node: Node, figure: str) -> str:
        """Why a layer that has a figure counts for none of it."""
        if figure not in _IN_TRAINING_TOO:
            return "computed in training only"
        if node.frozen and figure == "trainable_params":
            return "frozen"
        return "counted at the first use of the share"

    def _counts(self, node: Node, figure: str) -> dict[str, int]:
        """What a figure of a layer is the sum of, each count with its formula."""
        about = self._lengths.traced(node)
        if figure in _IN_TRAINING_TOO:
            trainable = figure != "buffers"
            return {
                weight.name: weight.elements
                for weight in about.layer.weights(*about.operands)
                if weight.trainable is trainable and (trainable or weight.dtype in FLOATING)
            }
        copies = about.outputs[0].copies(1)
        regions = copies if copies == 1 else leaf("regions", copies)
        if figure == "activations":
            elements = about.leaving.elements * regions
            return {"elements": elements} if about.layer.counts_activations else {}
        types = (*about.operands, about.leaving)
        work = about.layer.operations(*types)
        if figure == "macs":
            return {"macs": work.macs * regions}
        others = {kind: count * regions for kind, count in work.other.items()}
        return {MULTIPLY_ADD: 2 * work.macs * regions, **others}


def _lies_elsewhere(member: Region, region: Region) -> bool:
    """Whether it is an output with a body of its own, which counts under its own name."""
    return member.kind is RegionKind.OUTPUT and not lies_under(member.path, region.path)


def _shown(member: Node | Region) -> str:
    return bracketed(member.path)


def _only_stages(region: Region) -> bool:
    """Whether a copy of a loop only stands around stages, whose names say it all."""
    return region.path.isdigit() or all(
        isinstance(m, Region) and m.kind is RegionKind.STAGE for m in region.members
    )
