"""Expectations on the sizes of inputs: equivalent to what is legal, or true at every legal size."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from archdsl.analysis.legal_inputs import LegalInputs
from archdsl.analysis.legal_sets import Box, Open, boxes_of, meet, minus
from archdsl.shapes.condition import Claim


class Undecided(Exception):
    """It cannot be said for all sizes; the text says why."""


def not_equivalent(legal: LegalInputs, stated: Sequence[Claim]) -> str | None:
    """Where conditions differ from the legal sizes, None where they are the same sizes.

    Symbols of which nothing is stated are at their defaults.

    Raises:
        Undecided: It cannot be told.
    """
    names = frozenset().union(*[claim.symbols for claim in stated])
    boxes, ties = _boxes(stated)
    others = {n: s.default for n, s in legal.graph.symbols.items() if n not in names}
    mine = _slice(legal.boxes, others)
    asked = {c.condition.key for c in legal.open if names & set(c.symbols)}
    if ties != asked:
        raise Undecided("the legal sizes tie symbols to each other in another way")
    try:
        beyond, missing = minus(mine, boxes), minus(boxes, mine)
    except Open as reason:
        raise Undecided(str(reason)) from None
    for these, said in ((missing, "is not legal"), (beyond, "is legal")):
        found = legal.smallest_in(these)
        if found is not None:
            return f"{_named(found, names)} {said}"
    return None


def not_implied(legal: LegalInputs, stated: Sequence[Claim]) -> str | None:
    """A legal size at which conditions do not hold, None where they hold at all.

    Raises:
        Undecided: It cannot be told.
    """
    boxes, ties = _boxes(stated)
    if not ties <= {c.condition.key for c in legal.open}:
        raise Undecided("it ties symbols to each other")
    try:
        found = legal.smallest_in(minus(legal.boxes, boxes))
    except Open as reason:
        raise Undecided(str(reason)) from None
    return None if found is None else f"{_named(found, found)} is legal, and it does not hold there"


def _boxes(stated: Sequence[Claim]) -> tuple[tuple[Box, ...], set[object]]:
    """The sizes that conditions leave, and the ties among them."""
    boxes: tuple[Box, ...] = ({},)
    ties: set[object] = set()
    try:
        for claim in stated:
            each = boxes_of(claim)
            if each is None:
                ties.add(claim.key)
            else:
                boxes = meet(boxes, each)
    except Open as reason:
        raise Undecided(str(reason)) from None
    return boxes, ties


def _slice(boxes: Sequence[Box], sizes: Mapping[str, int]) -> tuple[Box, ...]:
    """The boxes of what is left where some symbols have these sizes."""
    kept = [
        box
        for box in boxes
        if all(sizes[name] in these for name, these in box.items() if name in sizes)
    ]
    return tuple([{n: these for n, these in box.items() if n not in sizes} for box in kept])


def _named(sizes: Mapping[str, int], names: Container[str]) -> str:
    return ", ".join(f"{name} = {size}" for name, size in sizes.items() if name in names)
