"""Trees as the rules walk them, and what the files of a run give names."""

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


def _statements(top: tree.Statement) -> Iterator[_Item]:
    """A file or declaration, and below it all declarations, parameters and statements of bodies."""
    stack: list[_Item] = [top]
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
    def lets(self) -> dict[str, list[tuple[tree.Expression, Span]]]:
        """What a `let` gives a name, and where it is known: in the file or in a declaration."""
        found: dict[str, list[tuple[tree.Expression, Span]]] = {}
        for top in self.file.declarations:
            for item in _statements(top):
                match item:
                    case tree.Let(targets=(tree.Name(name=name),), value=value):
                        known = self.file.span if item is top else top.span
                        found.setdefault(name, []).append((value, known))
        return found


class Texts:
    """The files that the networks of a run are made of."""

    def __init__(self, files: Iterable[tree.File]) -> None:
        self._texts = {id(file.span.source): Text(file) for file in files}

    def named(self, called: Span) -> tree.Expression | None:
        """What the `let` of a word gives it, None where its file has no such or several."""
        text = self._texts.get(id(called.source))
        lets = text.lets.get(called.text, ()) if text is not None else ()
        found = [value for value, known in lets if known.start <= called.start < known.end]
        return found[0] if len(found) == 1 else None
