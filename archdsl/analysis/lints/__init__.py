"""Lints: what a text means and its author seldom does.

Each rule is a function that yields warnings; what it says, why that is bad and what to do instead
stands with its code in `archdsl/diagnostics`. A rule reads the finished network or the tree of a
file. Where one text makes many layers a rule may find each of them: `Allowed` sees them all, a
reader one.
"""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.analysis.lints import channels, heads, keys, lines, names, windows
from archdsl.analysis.lints.reading import Reading
from archdsl.analysis.lints.texts import Text, Texts
from archdsl.diagnostics.diagnostic import Diagnostic
from archdsl.diagnostics.source import Span
from archdsl.graph.graph import Graph
from archdsl.syntax import tree

__all__ = ["Texts", "of_file", "of_network"]

_OF_NETWORKS = (
    channels.biased,
    windows.unread,
    windows.uneven,
    channels.undivided,
    windows.spent,
    heads.shortsighted,
    keys.renamed,
)

_OF_FILES = (lines.unjoined, names.unread, names.hiding)


def of_network(graph: Graph, texts: Texts) -> list[Diagnostic]:
    """What the rules find in a network; copies that the same calls led to give one finding."""
    reading = Reading(graph, texts)
    return _distinct(found for rule in _OF_NETWORKS for found in rule(reading))


def of_file(file: tree.File) -> list[Diagnostic]:
    """What the rules find in a file without errors, whatever its networks come to."""
    text = Text(file)
    return _distinct(found for rule in _OF_FILES for found in rule(text))


def _distinct(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    distinct: dict[tuple[str, Span, tuple[Span, ...]], Diagnostic] = {}
    for each in found:
        key = (each.code, each.span, tuple([label.span for label in each.labels]))
        distinct.setdefault(key, each)
    return list(distinct.values())
