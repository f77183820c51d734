"""What a rule asks of sizes, kept with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from archdsl.shapes.dim import default_of, substitute
from archdsl.shapes.tensor import Length


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`value >= bound`; `reason` completes "must be ..." in the user's words."""

    value: Length
    bound: Length
    reason: str
    field: str | None = None

    @property
    def holds(self) -> bool:
        """Whether it holds at the symbols' defaults."""
        return default_of(self.value) >= default_of(self.bound)

    def holds_at(self, sizes: Mapping[str, int]) -> bool:
        """Whether it holds where the symbols have these values."""
        return substitute(self.value, sizes) >= substitute(self.bound, sizes)

    @property
    def is_constant(self) -> bool:
        """Whether no symbol is in it."""
        return isinstance(self.value, int) and isinstance(self.bound, int)


@dataclass(frozen=True, slots=True)
class Equal:
    """`left == right`."""

    left: Length
    right: Length
    reason: str
    field: str | None = None

    @property
    def holds(self) -> bool:
        """Whether it holds at the symbols' defaults."""
        return default_of(self.left) == default_of(self.right)

    def holds_at(self, sizes: Mapping[str, int]) -> bool:
        """Whether it holds where the symbols have these values."""
        return substitute(self.left, sizes) == substitute(self.right, sizes)

    @property
    def is_constant(self) -> bool:
        """Whether it is decided without the symbols: no symbol in it, or equal normal forms."""
        return self.left == self.right or (
            isinstance(self.left, int) and isinstance(self.right, int)
        )


Condition: TypeAlias = AtLeast | Equal
