"""A bound on how deep a tree is, so that everything that walks one may recurse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from archdsl.diagnostics.report import Report
from archdsl.syntax import tree

DEEP = 200


def within_depth(root: tree.Tree, report: Report) -> bool:
    """Whether no part of a tree lies more than 200 operators or bodies deep; one is reported."""
    pending: list[tuple[tree.Tree, int]] = [(root, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > DEEP:
            report.error(
                "E0324",
                f"this is nested more than {DEEP} deep",
                node.span,
                help="give a part of it a name with `let`",
            )
            return False
        pending.extend((child, depth + 1) for child in _children(node))
    return True


def _children(node: tree.Tree) -> Iterator[tree.Tree]:
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, tree.Tree):
            yield value
        elif isinstance(value, tuple):
            yield from (child for child in value if isinstance(child, tree.Tree))
