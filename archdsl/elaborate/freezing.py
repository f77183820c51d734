"""`freeze` and `unfreeze`: which layers keep their weights in training.

A pattern is a path of the network that the statement stands in: `*` stands for any part of a name,
`[*]` for every copy, and what lies below is meant too. Statements act in the order written, on the
network as it is once its text has been read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate.paths import known_paths
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import Elaboration, Frame
from archdsl.graph.node import Node
from archdsl.layers.definition import Family
from archdsl.syntax import tree
from archdsl.values.scope import Scope

ALL = ("all",)

_A_STEP = 10
"""So many paths are held against a pattern in the time of a step."""


@dataclass(frozen=True, slots=True)
class Freezing:
    """A statement in a network whose weights lie below a prefix."""

    statement: tree.Freeze
    prefix: str


def run_freeze(
    elaboration: Elaboration, statement: tree.Freeze, _scope: Scope, frame: Frame
) -> None:
    """Take note of a statement, for `settle`."""
    region = frame.region
    if not isinstance(region.declaration, tree.NetworkDecl | tree.InstanceDecl):
        word = "freeze" if statement.frozen else "unfreeze"
        elaboration.report.error(
            "E0442",
            f"`{word}` speaks of a network, and this is only part of one",
            statement.span,
            help="state it in the body of the network, with the path of the part",
        )
        return
    prefix = f"{region.path}." if region.path else ""
    elaboration.freezings.append(Freezing(statement, prefix))


def settle(elaboration: Elaboration, mark: int = 0) -> None:
    """Apply the statements from number `mark` on to the layers that there are."""
    freezings = elaboration.freezings[mark:]
    del elaboration.freezings[mark:]
    if not freezings or elaboration.report.has_errors or elaboration.unresolved:
        return
    for freezing in freezings:
        _apply(elaboration, freezing)


def _apply(elaboration: Elaboration, freezing: Freezing) -> None:
    statement, prefix = freezing.statement, freezing.prefix
    places: dict[str, list[int]] = {}
    for position, node in enumerate(elaboration.order):
        if node.layer.family is not Family.INPUT and node.weights.startswith(prefix):
            places.setdefault(node.weights.removeprefix(prefix), []).append(position)
    patterns = (*statement.patterns, *statement.excepted)
    elaboration.spend(len(patterns) * len(places) // _A_STEP, statement.span)
    meant = _matching(elaboration, statement.patterns, places, prefix)
    left_out = _matching(elaboration, statement.excepted, places, prefix)
    elaboration.rewrite(
        (position, replace(node, frozen=statement.frozen))
        for path in meant - left_out
        for position in places[path]
        if holds_state(elaboration, node := elaboration.order[position])
    )


def holds_state(elaboration: Elaboration, node: Node) -> bool:
    """Whether a layer has something that training changes: weights, or statistics."""
    return node.layer.has_statistics or any(
        weight.trainable for weight in node.layer.weights(*elaboration.operand_types(node))
    )


def _matching(
    elaboration: Elaboration, patterns: Sequence[tree.Pattern], places: Iterable[str], prefix: str
) -> set[str]:
    """The paths that patterns speak of; one that speaks of none is reported."""
    found: set[str] = set()
    for pattern in patterns:
        matches = re.compile(_expression(pattern)).match
        named = {path for path in places if matches(path)}
        if not named:
            _speaks_of_nothing(elaboration, pattern, prefix)
        found |= named
    return found


def _expression(pattern: tree.Pattern) -> str:
    """A pattern as a regular expression of what a path begins with."""
    if pattern.segments == ALL:
        return ""
    return r"\.".join(map(_segment, pattern.segments)) + r"(?:\.|$)"


def _segment(segment: str) -> str:
    if segment == "[*]":
        return "[0-9]+"
    if segment.startswith("["):
        return str(int(segment[1:-1]))
    if "*" in segment:
        return "[^.]*".join(map(re.escape, segment.split("*")))
    return re.escape(attribute_name(segment))


def _speaks_of_nothing(elaboration: Elaboration, pattern: tree.Pattern, prefix: str) -> None:
    written = pattern.span.text
    elaboration.report.error(
        "E0443",
        f"no part of the network {'matches' if '*' in written else 'is called'} `{written}`",
        pattern.span,
        help=did_you_mean(written, known_paths(elaboration, prefix)),
    )
