"""A rule about lines: steps that stand side by side without an arrow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from archdsl.analysis.lints.texts import Text, children_of
from archdsl.diagnostics.diagnostic import Diagnostic, Edit, warning
from archdsl.diagnostics.source import Span
from archdsl.syntax import tree

_STEPS = (tree.Step, tree.Merge)


def unjoined(text: Text) -> Iterator[Diagnostic]:
    """W0201: a step on the line of the one before, and no `->` between them."""
    for item in text.items:
        if isinstance(item, tree.Statement):
            for body in children_of(item):
                if isinstance(body, tuple):
                    for before, step in pairwise(body):
                        if isinstance(before, _STEPS) and isinstance(step, _STEPS):
                            yield from _told(before, step)


def _told(before: tree.Step | tree.Merge, step: tree.Step | tree.Merge) -> Iterator[Diagnostic]:
    source, end, start = step.span.source, before.span.end, step.span.start
    if not step.chained and "\n" not in source.text[end:start]:
        yield warning(
            "W0201",
            "two steps stand on one line without `->`",
            Span(source, start, step.span.end),
            help="join them with `->`, or begin a line",
            edits=[Edit(Span(source, end, start), " -> ")],
        )
