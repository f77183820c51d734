"""Trees as the rules walk them, and the chains that the files of a run give names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cached_property
from typing import Any, TypeAlias

from archdsl.diagnostics.source import Span
from archdsl.syntax import tree

_NO_CHILDREN = {"span", "comments", "own_line", "layout", "broken", "chained", "text"}


_ITEMS = (tree.Statement, tree.Parameter)
_Item: TypeAlias = tree.Statement | tree.Parameter

_CHILDREN: dict[type, tuple[str, ...]] = {}


def children_of(item: tree.Tree) -> Iterator[Any]:
    """What stands right below a tree: trees, tuples of them, and plain values."""
    names = _CHILDREN.get(type(item))
    if names is None:
        names = tuple(f.name for f in fields(item) if f.name not in _NO_CHILDREN)
        _CHILDREN[type(item)] = names
    return (getattr(item, name) for name in names)


def _statements(file: tree.File) -> Iterator[_Item]:
    """A file, its declarations, their parameters, and the statements of all bodies."""
    stack: list[_Item] = [file]
    while stack:
        item = stack.pop()
        yield item
        if isinstance(item, tree.Statement):
            for child in children_of(item):
                if isinstance(child, tuple):
                    stack.extend([each for each in child if isinstance(each, _ITEMS)])


class Text:
    """A file, and what is declared and done in it."""

    def __init__(self, file: tree.File) -> None:
        self.file = file
        self.source = file.span.source

    @cached_property
    def items(self) -> list[_Item]:
        """Its declarations, parameters and statements, in no order that matters."""
        return list(_statements(self.file))

    @cached_property
    def chains(self) -> dict[str, list[tree.Chain]]:
        """The chains that a `let` gives a name, by name."""
        found: dict[str, list[tree.Chain]] = {}
        for item in self.items:
            match item:
                case tree.Let(targets=(tree.Name(name=name),), value=tree.Chain() as chain):
                    found.setdefault(name, []).append(chain)
        return found


class Texts:
    """The files that the networks of a run are made of."""

    def __init__(self, files: Iterable[tree.File]) -> None:
        self._texts = {id(file.span.source): Text(file) for file in files}

    def chain(self, called: Span) -> tree.Chain | None:
        """The chain that a word calls, None where its file has no such or several."""
        text = self._texts.get(id(called.source))
        found = text.chains.get(called.text, ()) if text is not None else ()
        return found[0] if len(found) == 1 else None
