"""What a rule asks of sizes, kept with its reason."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from archdsl.shapes.dim import default_of, substitute, symbols_of
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
    def symbols(self) -> frozenset[str]:
        """The symbols in it."""
        return symbols_of(self.value) | symbols_of(self.bound)

    @property
    def key(self) -> Hashable:
        """Equal for conditions that ask the same, whoever asks."""
        return "at least", self.value, self.bound

    def __str__(self) -> str:
        if isinstance(self.value, int):
            return f"{self.bound} <= {self.value}"
        return f"{self.value} >= {self.bound}"

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
    def symbols(self) -> frozenset[str]:
        """The symbols in it."""
        return symbols_of(self.left) | symbols_of(self.right)

    @property
    def key(self) -> Hashable:
        """Equal for conditions that ask the same, whoever asks."""
        return "equal", self.left, self.right

    def __str__(self) -> str:
        if isinstance(self.left, int):
            return f"{self.right} == {self.left}"
        return f"{self.left} == {self.right}"

    @property
    def is_constant(self) -> bool:
        """Whether it is decided without the symbols: no symbol in it, or equal normal forms."""
        return self.left == self.right or (
            isinstance(self.left, int) and isinstance(self.right, int)
        )


Condition: TypeAlias = AtLeast | Equal
"""What a layer asks."""


@dataclass(frozen=True, slots=True)
class Either:
    """One of several groups holds, each all together: what `or`, `in` and `!=` say of sizes."""

    groups: tuple[tuple[Claim, ...], ...]
    reason: str

    @property
    def holds(self) -> bool:
        """Whether it holds at the symbols' defaults."""
        return any(all(part.holds for part in group) for group in self.groups)

    def holds_at(self, sizes: Mapping[str, int]) -> bool:
        """Whether it holds where the symbols have these values."""
        return any(all(part.holds_at(sizes) for part in group) for group in self.groups)

    @property
    def symbols(self) -> frozenset[str]:
        """The symbols in it."""
        return frozenset().union(*[part.symbols for group in self.groups for part in group])

    @property
    def key(self) -> Hashable:
        """Equal for conditions that ask the same, whoever asks."""
        return "either", tuple([tuple([part.key for part in group]) for group in self.groups])

    def __str__(self) -> str:
        return " or ".join(" and ".join(map(str, group)) for group in self.groups)

    @property
    def is_constant(self) -> bool:
        """Whether no symbol is in it."""
        return not self.symbols


Claim: TypeAlias = AtLeast | Equal | Either
"""What a text says of the sizes of inputs."""
