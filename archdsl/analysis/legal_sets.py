"""What a condition leaves of the inputs' sizes: a closed form where there is one.

A condition on one symbol is a set of sizes. A product that must come to a number (what a flatten
before a linear layer asks) is a union of boxes, one for each way to share the number out among
the symbols. What ties the sizes of two symbols to each other stays a text: whether given sizes
keep it is decided by putting them in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import TypeAlias

from archdsl.shapes import sizes as sets
from archdsl.shapes.condition import AtLeast, Claim, Either
from archdsl.shapes.dim import Dim, Product, symbols_of
from archdsl.shapes.sizes import ALL, Sizes, TooLong
from archdsl.shapes.solve import first_size, grows, where_at_least, where_zero
from archdsl.shapes.tensor import Length

Box: TypeAlias = Mapping[str, Sizes]
"""A set of sizes for each symbol; symbols that are not named may have any."""

_MOST_FACTORS = 1 << 32
_MOST_BOXES = 1024


class Open(Exception):
    """A condition has no closed form; the text says why."""


def boxes_of(condition: Claim) -> tuple[Box, ...] | None:
    """The boxes that a condition leaves; None where it ties symbols to each other.

    Raises:
        Open: It has no closed form.
    """
    try:
        if isinstance(condition, AtLeast):
            return _at_least(condition.value, condition.bound)
        if isinstance(condition, Either):
            return _either(condition)
        return _equal(condition.left, condition.right)
    except TooLong:
        raise Open("its period is too long to be written down") from None


def meet(one: Sequence[Box], other: Sequence[Box]) -> tuple[Box, ...]:
    """The boxes of what lies in both unions; empty ones are left out.

    Raises:
        Open: They are too many.
    """
    if len(one) * len(other) > _MOST_BOXES:
        raise Open(f"it falls into more than {_MOST_BOXES:,} parts")
    found: list[Box] = []
    try:
        for a in one:
            for b in other:
                both = {s: a.get(s, ALL) & b.get(s, ALL) for s in sorted({*a, *b})}
                if all(both.values()) and both not in found:
                    found.append(both)
    except TooLong:
        raise Open("the common period of its conditions is too long") from None
    return tuple(found)


def join(one: Sequence[Box], other: Sequence[Box]) -> tuple[Box, ...]:
    """The boxes of what lies in either union; sets of one symbol become one box.

    Raises:
        Open: They are too many.
    """
    found = [*one]
    for box in other:
        for number, known in enumerate(found):
            if len(box) == len(known) == 1 and box.keys() == known.keys():
                (name,) = box
                found[number] = {name: _united(box[name], known[name])}
                break
        else:
            if box not in found:
                found.append(box)
    if len(found) > _MOST_BOXES:
        raise Open(f"it falls into more than {_MOST_BOXES:,} parts")
    return tuple(found)


def minus(one: Sequence[Box], other: Sequence[Box]) -> tuple[Box, ...]:
    """The boxes of what lies in the first union and not in the second.

    Raises:
        Open: They are too many.
    """
    left = list(one)
    try:
        for box in other:
            left = [part for each in left for part in _less(each, box)]
            if len(left) > _MOST_BOXES:
                raise Open(f"it falls into more than {_MOST_BOXES:,} parts")
    except TooLong:
        raise Open("the common period of its conditions is too long") from None
    return tuple(left)


def _less(one: Box, other: Box) -> Iterator[Box]:
    """What lies in a box and not in another, cut along one symbol after the other."""
    rest = dict(one)
    for name, these in other.items():
        mine = rest.get(name, ALL)
        beyond = mine - these
        if beyond:
            yield {**rest, name: beyond}
        rest[name] = mine & these
        if not rest[name]:
            return


def _united(one: Sizes, other: Sizes) -> Sizes:
    try:
        return one | other
    except TooLong:
        raise Open("the common period of its conditions is too long") from None


def _either(condition: Either) -> tuple[Box, ...]:
    found: tuple[Box, ...] = ()
    for group in condition.groups:
        boxes: tuple[Box, ...] = ({},)
        for part in group:
            each = boxes_of(part)
            if each is None:
                raise Open("it is a choice that ties symbols to each other")
            boxes = meet(boxes, each)
        found = join(found, boxes)
    return found


def _at_least(value: Length, bound: Length) -> tuple[Box, ...] | None:
    if isinstance(value, Product) and isinstance(bound, int):
        least = -(-bound // value.coefficient)
        return tuple(_reaching(list(_by_symbol(value.dims).items()), max(least, 1)))
    if isinstance(value, Product) or isinstance(bound, Product):
        return None
    return _linear(value - bound, where_at_least)


def _equal(left: Length, right: Length) -> tuple[Box, ...] | None:
    if not isinstance(left, Product) and not isinstance(right, Product):
        return _linear(left - right, where_zero)
    (one, mine), (other, theirs) = _factors(left), _factors(right)
    common = Counter(mine) & Counter(theirs)
    mine = list((Counter(mine) - common).elements())
    theirs = list((Counter(theirs) - common).elements())
    if mine and theirs:
        if len(mine) == len(theirs) == 1:
            return _linear(one * mine[0] - other * theirs[0], where_zero)
        return None
    if not mine:
        (one, mine), (other, theirs) = (other, theirs), (one, mine)
    wanted, rest = divmod(other, one)
    if not mine:
        return ({},) if one == other else ()
    if rest or wanted < 1:
        return ()
    if wanted > _MOST_FACTORS:
        raise Open(f"{wanted:,} is too large to be taken apart")
    return tuple(_pinned(list(_by_symbol(mine).items()), wanted))


def _linear(difference: int | Dim, where: Callable[[int | Dim], Sizes]) -> tuple[Box, ...] | None:
    """The box of one symbol for which a difference is zero or not negative."""
    if isinstance(difference, int):
        return ({},) if where(difference) else ()
    if len(difference.symbols) > 1:
        return None
    (symbol,) = difference.symbols
    found = where(difference)
    return ({symbol: found},) if found else ()


def _factors(length: Length) -> tuple[int, list[Dim]]:
    if isinstance(length, int):
        return length, []
    if isinstance(length, Dim):
        return 1, [length]
    return length.coefficient, list(length.dims)


def _by_symbol(dims: Iterable[Dim]) -> dict[str, list[Dim]]:
    """The factors of a product by the symbol they depend on.

    Raises:
        Open: One of them depends on several.
    """
    groups: dict[str, list[Dim]] = {}
    for dim in dims:
        names = symbols_of(dim)
        if len(names) > 1:
            raise Open("a size of it depends on several symbols")
        (name,) = names
        groups.setdefault(name, []).append(dim)
    return dict(sorted(groups.items()))


def _pinned(groups: list[tuple[str, list[Dim]]], wanted: int) -> Iterator[Box]:
    """The ways in which products of the symbols come to a number together."""
    (symbol, dims), *others = groups
    if not others:
        found = _where_product(symbol, dims, wanted)
        if found:
            yield {symbol: found}
        return
    for part in _divisors(wanted):
        found = _where_product(symbol, dims, part)
        if found:
            for rest in _pinned(others, wanted // part):
                yield {symbol: found, **rest}


def _reaching(groups: list[tuple[str, list[Dim]]], least: int) -> Iterator[Box]:
    """The ways in which products of the symbols reach a number together."""
    (symbol, dims), *others = groups
    if not others:
        yield {symbol: _where_product_reaches(symbol, dims, least)}
        return
    if least > _MOST_BOXES:
        raise Open(f"it falls into more than {_MOST_BOXES:,} parts")
    before = None
    for part in range(1, least + 1):
        needed = -(-least // part)
        if needed != before:
            before = needed
            mine = _where_product_reaches(symbol, dims, part)
            for rest in _reaching(others, needed):
                yield {symbol: mine, **rest}


def _where_product(symbol: str, dims: Sequence[Dim], wanted: int) -> Sizes:
    if len(dims) == 1:
        return where_zero(dims[0] - wanted)
    return _where_product_reaches(symbol, dims, wanted) - _where_product_reaches(
        symbol, dims, wanted + 1
    )


def _where_product_reaches(symbol: str, dims: Sequence[Dim], least: int) -> Sizes:
    if len(dims) == 1:
        return where_at_least(dims[0], least)
    if not all(map(grows, dims)):
        raise Open("it multiplies sizes of one symbol that rise and fall")
    low = first_size(symbol, dims, lambda found: min(found) >= 0 and prod(found) >= least)
    return sets.NONE if low is None else sets.at_least(low)


def _divisors(n: int) -> list[int]:
    small = [d for d in range(1, int(n**0.5) + 1) if n % d == 0]
    return sorted({*small, *(n // d for d in small)})
