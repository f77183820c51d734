"""What a rule asks of sizes, kept with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from archdsl.shapes.dim import default_of
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

    @property
    def is_constant(self) -> bool:
        """Whether it is decided without the symbols: no symbol in it, or equal normal forms."""
        return self.left == self.right or (
            isinstance(self.left, int) and isinstance(self.right, int)
        )


Condition: TypeAlias = AtLeast | Equal
