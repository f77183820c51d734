"""A rule about the names of weights: a step more would rename those of a stage."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archdsl.analysis.lints.reading import Reading
from archdsl.diagnostics.diagnostic import Diagnostic, Label, warning
from archdsl.graph.region import Region, RegionKind

_LOOPS = (RegionKind.REPEAT, RegionKind.FOR)


def renamed(reading: Reading) -> Iterator[Diagnostic]:
    """W0406: numbered stages of which only some hold one call and nothing else.

    A block call that is all that a stage holds takes the stage's name, so its weights are renamed
    when a step is put beside it; those of its siblings' calls of the same block show the longer name.
    Stages are siblings where they stand in one body and are called alike but for a number.
    """
    siblings: dict[tuple[int, str], list[Region]] = {}
    regions = reading.graph.regions
    for stage in reading.graph.stages.values():
        around = regions[stage.parent or 0]
        while around.kind in _LOOPS:
            around = regions[around.parent or 0]
        word = re.sub(r"\d+", "#", stage.name or "")
        siblings.setdefault((around.id, word), []).append(stage)
    for stages in siblings.values():
        if len(stages) > 1:
            yield from _told(stages)


def _told(stages: list[Region]) -> Iterator[Diagnostic]:
    sole = [(stage, call) for stage in stages for call in _calls(stage) if call.name is None]
    named = [(stage, call) for stage in stages for call in _calls(stage) if call.name is not None]
    for stage, call in sole:
        other = next((pair for pair in named if pair[1].declaration is call.declaration), None)
        if other is None:
            continue
        yield warning(
            "W0406",
            f"`{call.called}` alone in `{stage.path}` takes its name, and is `{other[1].name}` in "
            f"`{other[0].path}`: a step beside it would rename its weights",
            call.span,
            labels=[Label(other[1].span, f"named `{other[1].path}`")],
            help=f"label it `as {other[1].name}`: it is then `{stage.path}.{other[1].name}`, "
            "whatever stands beside it",
        )


def _calls(stage: Region) -> list[Region]:
    """The unlabelled block calls that a stage holds."""
    return [
        member
        for member in stage.members
        if isinstance(member, Region)
        and member.kind is RegionKind.BLOCK
        and member.called is not None
        and (member.name is None or re.fullmatch(rf"{member.called}_?\d+", member.name))
    ]
