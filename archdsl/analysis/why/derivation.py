"""A derivation: a figure, how it is computed, and the derivations of what it is computed from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.diagnostics.source import Span

LIKEWISE = "likewise"
"""The origin of a figure that comes about as the one told before it."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """A figure and where it comes from.

    `name` is what it is called where it is used, `value` what it comes to (nothing of a condition or
    a function). `formula` says how, and
    `numbers` is the same with the numbers filled in; both are empty where it is given as it is.
    `symbolic` is the figure over the sizes of the inputs, where it depends on them. `origin` says
    in words where it comes from, `span` where that is written. `is_cut` says that what it is
    computed from is not followed further.
    """

    name: str
    value: int | str
    formula: str = ""
    numbers: str = ""
    symbolic: str = ""
    origin: str = ""
    span: Span | None = None
    parts: tuple[Derivation, ...] = ()
    is_cut: bool = False

    @property
    def is_computed(self) -> bool:
        """Whether there is something to work out: it is not simply given."""
        return self.value != "" and bool(self.numbers or self.parts)

    def walk(self) -> Iterator[Derivation]:
        """It and everything below it, in the order in which it is read."""
        yield self
        for part in self.parts:
            yield from part.walk()
