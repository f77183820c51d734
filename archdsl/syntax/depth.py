"""A bound on how deep a tree is, so that everything that walks one may recurse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from archdsl.diagnostics.report import Report
from archdsl.syntax import tree
from archdsl.syntax.build_expressions import DEEP


def check_depth(root: tree.Tree, report: Report) -> None:
    """Report the first part of a tree that lies more than 200 operators or bodies deep."""
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
            return
        pending.extend((child, depth + 1) for child in _children(node))


def _children(node: tree.Tree) -> Iterator[tree.Tree]:
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, tree.Tree):
            yield value
        elif isinstance(value, tuple):
            yield from (child for child in value if isinstance(child, tree.Tree))
