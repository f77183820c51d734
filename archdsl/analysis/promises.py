"""Whether every size that the inputs' `where` promise is legal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import takewhile

from archdsl.analysis.legal_inputs import (
    LegalInputs,
    SizeCondition,
    by_extent,
    legal_inputs,
    promised_boxes,
)
from archdsl.analysis.legal_sets import Box, Open, minus
from archdsl.diagnostics.diagnostic import Diagnostic, Label, Severity
from archdsl.graph.graph import Graph

_FARTHEST = 96
"""How far sizes are tried for a condition that ties symbols to each other."""


def broken_promises(graph: Graph) -> Iterator[Diagnostic]:
    """What refuses sizes that `where` allows, the first layer for each line of the text."""
    promises = [r for r in graph.requirements if r.node is None]
    if not promises:
        return
    legal = legal_inputs(graph)
    promised = promised_boxes(graph)
    if promised is None:
        return
    lines: set[int] = set()
    for condition in legal.conditions:
        if condition.path is None or condition.span.line in lines:
            continue
        with suppress(Open):
            if condition.boxes is None:
                allowed = _tried(graph, promised, condition)
            else:
                allowed = legal.smallest_in(minus(promised, condition.boxes))
            if allowed is not None:
                lines.add(condition.span.line)
                sizes = ", ".join(f"{name} = {size}" for name, size in allowed.items())
                yield Diagnostic(
                    "E0645",
                    Severity.ERROR,
                    f"`where` allows {sizes}, and `{condition.path}` asks for {condition.text}",
                    condition.span,
                    labels=(Label(promises[0].span, "allowed here"),),
                    notes=(f"it must be {condition.reason}: {condition.relation}",),
                    help=_help(legal),
                )


def _tried(
    graph: Graph, promised: tuple[Box, ...], condition: SizeCondition
) -> Mapping[str, int] | None:
    """Small sizes that are promised, and at which a condition that ties symbols does not hold."""
    promises = [r.condition for r in graph.requirements if r.node is None]
    for box in promised:
        for sizes in takewhile(_is_small, by_extent(list(graph.symbols), box, 1)):
            if not condition.holds(sizes) and all(p.holds_at(sizes) for p in promises):
                return sizes
    return None


def _is_small(sizes: Mapping[str, int]) -> bool:
    return max(sizes.values()) <= _FARTHEST


def _help(legal: LegalInputs) -> str | None:
    """What to promise instead."""
    text = legal.text
    return f"legal is {text}" if text and len(text) <= 100 else None
