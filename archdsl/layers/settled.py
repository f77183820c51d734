"""Lengths that a layer computes with: one that is a product of sizes is held to its default.

The size of a flattened value is a product, and a product cannot be divided, cut or added to. A
layer that has to do so takes it as it is at the symbols' defaults, and says so as a condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archdsl.shapes.condition import Condition, Equal
from archdsl.shapes.dim import Dim, Product
from archdsl.shapes.tensor import Length


def settled(length: Length) -> int | Dim:
    """The length; its size at the symbols' defaults where it is a product."""
    return length.value if isinstance(length, Product) else length


def holding(kind: str, lengths: Iterable[Length]) -> Iterator[Condition]:
    """Products keep their size at the symbols' defaults."""
    for length in lengths:
        if isinstance(length, Product):
            yield Equal(length, length.value, f"{length.value}, the size that `{kind}` works with")
