"""Where random networks come from: Hypothesis, or a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from archdsl.testing.growing import grow, grow_around
from archdsl.testing.plan import Plan

T = TypeVar("T")


class Seeded:
    """Decisions that follow from a seed: a thousand networks in seconds."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - tests want the same numbers again

    def integer(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return self._random.randint(low, high)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self._random.randrange(len(options))]

    def chance(self, percent: int) -> bool:
        """True in so many cases of a hundred."""
        return self._random.randrange(100) < percent


class _Drawn:
    """Decisions that Hypothesis makes, and makes simpler once one of them shows a fault."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        drawn: int = self._draw(_integers(low, high))
        return drawn

    def pick(self, options: Sequence[T]) -> T:
        return options[self.integer(0, len(options) - 1)]

    def chance(self, percent: int) -> bool:
        return self.integer(0, 99) >= 100 - percent


@lru_cache(maxsize=1024)
def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


def plan_of(seed: int) -> Plan:
    """The random network of a seed."""
    return grow(Seeded(seed))


def plans_around(kind: str, count: int) -> Iterator[Plan]:
    """Networks of one layer each, of the given kind, as many as there are among so many seeds."""
    for seed in range(count):
        network = grow_around(kind, Seeded(seed))
        if network is not None:
            yield network


@st.composite
def plans(draw: Callable[..., Any]) -> Plan:
    """Random networks, the simplest first."""
    return grow(_Drawn(draw))
