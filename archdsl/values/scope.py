"""Names and what they stand for, from the inside out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from archdsl.diagnostics.source import Span


class Failed(Exception):
    """A value could not be had; the reason has been reported."""


class Exhausted(Failed):
    """A limit was passed that ends the work on a network, so that nothing more is tried."""


class Unresolved:
    """A name that could not be given a value: every rule accepts it in silence."""

    def __repr__(self) -> str:
        return "?"


UNRESOLVED = Unresolved()


class Lazy:
    """A top-level constant, evaluated when first asked for."""

    __slots__ = ("compute",)

    def __init__(self, compute: Callable[[], Any]) -> None:
        self.compute = compute


class Scope:
    """The names of one body; what it lacks is looked for in the scope around it.

    `is_boundary` marks the scope of a block's or network's own body, beyond which paths
    are not looked for.
    """

    __slots__ = ("is_boundary", "names", "parent", "part", "places")

    def __init__(self, parent: Scope | None = None, *, is_boundary: bool = False) -> None:
        self.parent = parent
        self.names: dict[str, Any] = {}
        self.places: dict[str, Span] = {}
        self.is_boundary = is_boundary
        self.part: Any = None

    def find(self, name: str) -> Any:
        """The value of a name, MISSING where no scope has it."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name, MISSING)
            if found is not MISSING:
                if type(found) is Lazy:
                    found = found.compute()
                return found
            scope = scope.parent
        return MISSING

    def place(self, name: str) -> Span | None:
        """Where a name of this scope or one around it was declared."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.places.get(name)
            scope = scope.parent
        return None

    def bind(self, name: str, value: Any, span: Span | None = None) -> None:
        """Give a name its value."""
        self.names[name] = value
        if span is not None:
            self.places[name] = span

    def visible(self) -> Iterator[str]:
        """Every name that can be seen from here, nearest first."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent


class Missing:
    """What `Scope.find` gives where there is no such name."""


MISSING = Missing()
