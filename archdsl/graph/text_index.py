"""What the text says where the graph keeps only the outcome: labels, guarded paths, constants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archdsl.diagnostics.source import Span
from archdsl.graph.graph import Graph
from archdsl.graph.region import Region
from archdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Guard:
    """The second of two paths that is left out where its condition fails."""

    span: Span
    condition: tree.Expression


@dataclass(slots=True)
class _Declared:
    """What one declaration says: by the place of a callee, by that of a path, by name."""

    labels: dict[Span, tuple[str, ...]] = field(default_factory=dict)
    guards: dict[Span, Guard] = field(default_factory=dict)
    repeats: dict[Span, tree.Repeat] = field(default_factory=dict)
    constants: dict[str, list[tree.Expression]] = field(default_factory=dict)


class TextIndex:
    """Looks up the statements of the declarations that a graph's regions instantiate."""

    def __init__(self, graph: Graph) -> None:
        self._regions = graph.regions
        self._known: dict[int, _Declared] = {}
        self._copies: dict[int, tuple[int, int]] = {}

    def declaring(self, region: Region) -> Region:
        """The region of the block or network whose text a region is part of."""
        while region.declaration is None:
            assert region.parent is not None
            region = self._regions[region.parent]
        return region

    def labels(self, region: Region, step: Span) -> tuple[str, ...]:
        """The names behind `as` of the step that stands at a place, or whose callee does."""
        return self._declared(region).labels.get(step, ())

    def guard(self, region: Region, path: Region) -> Guard | None:
        """The guard of the merge of two paths that a path is one of."""
        return self._declared(region).guards.get(path.span)

    def repeat(self, copy: Region) -> tree.Repeat | None:
        """The `repeat` that a copy is of; None for the copies of a `for`."""
        return self._declared(copy).repeats.get(copy.span)

    def copies(self, copy: Region) -> tuple[int, int]:
        """Which copy of its loop a region is, from 0, and how many there are."""
        known = self._copies.get(copy.id)
        if known is None:
            assert copy.parent is not None
            siblings = [
                member
                for member in self._regions[copy.parent].members
                if isinstance(member, Region)
                and member.kind is copy.kind
                and member.span == copy.span
            ]
            for number, sibling in enumerate(siblings):
                self._copies[sibling.id] = (number, len(siblings))
            known = self._copies[copy.id]
        return known

    def parent(self, region: Region) -> Region | None:
        """The region around one."""
        return None if region.parent is None else self._regions[region.parent]

    def constants(self, region: Region, name: str) -> list[tree.Expression]:
        """What a name is bound to by `let` in the text of a region, wherever that stands."""
        return self._declared(region).constants.get(name, [])

    def _declared(self, region: Region) -> _Declared:
        declaration = self.declaring(region).declaration
        known = self._known.get(id(declaration))
        if known is None:
            known = self._known[id(declaration)] = _Declared()
            if isinstance(declaration, tree.BlockDecl | tree.NetworkDecl):
                for statement in _statements(declaration.body):
                    _note(statement, known)
        return known


def _note(statement: tree.FlowStatement, known: _Declared) -> None:
    match statement:
        case tree.Step(callee=callee, labels=labels, span=span) if labels:
            known.labels[callee.span] = known.labels[span] = tuple(label.name for label in labels)
        case tree.Merge(kind=kind, paths=paths, labels=labels):
            if labels:
                known.labels[kind.span] = tuple(label.name for label in labels)
            if len(paths) == 2 and all(path.iterable is None for path in paths):
                always, guarded = paths
                if always.when is None and guarded.when is not None:
                    for path in paths:
                        known.guards[path.span] = Guard(guarded.span, guarded.when)
        case tree.Repeat(span=span):
            known.repeats[span] = statement
        case tree.Let(targets=(tree.Name(name),), value=value):
            known.constants.setdefault(name, []).append(value)


def _statements(body: tuple[tree.FlowStatement, ...]) -> Iterator[tree.FlowStatement]:
    for statement in body:
        yield statement
        match statement:
            case tree.Merge(paths=paths):
                for path in paths:
                    yield from _statements(path.body)
            case tree.If(then=then, otherwise=otherwise):
                yield from _statements(then)
                yield from _statements(otherwise or ())
            case tree.Stage(body=inner) | tree.Repeat(body=inner) | tree.For(body=inner):
                yield from _statements(inner)
            case tree.Output(body=inner) if inner is not None:
                yield from _statements(inner)
