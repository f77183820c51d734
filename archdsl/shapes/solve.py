"""For which sizes a dimension of one symbol is zero, or reaches a bound: exactly, as a set.

Every dimension f has a threshold T, a period P and an increment D with f(n + P) = f(n) + D from
n = T on: a symbol has 1, 1, 1; floor(f / c) has the period P·c / gcd(c, D); max(0, f) has those of
f or, where f falls, none of it from some n on; a sum has the least common period. So what is asked
of one period answers for all.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from math import gcd, lcm
from typing import NamedTuple

from archdsl.shapes import sizes
from archdsl.shapes.dim import Atom, Dim, Floor, Positive, Size, Symbol, atoms_of, substitute
from archdsl.shapes.sizes import ALL, LARGEST, LONGEST_PERIOD, NONE, Sizes, TooLong

LONGEST_TABLE = 1 << 17
"""How many sizes are looked at one by one."""


class Course(NamedTuple):
    """f(n + period) = f(n) + increment for every n from `threshold` on."""

    threshold: int
    period: int
    increment: int


def where_zero(x: Size) -> Sizes:
    """The sizes of the one symbol in x for which it is 0.

    Raises:
        TooLong: The answer has no closed form within the limits.
    """
    if isinstance(x, int):
        return NONE if x else ALL
    for rising in (x, -x):
        if grows(rising):
            low = _first(rising, 0)
            return NONE if low is None else _up_to(low, _first(rising, 1))
    course = course_of(x)
    if course.increment == 0 and _is_plain(x):
        return _stepwise(x, course.period, _zeros)
    return _tabulated(x, course, _Zero())


def where_at_least(x: Size, bound: int = 0) -> Sizes:
    """The sizes of the one symbol in x for which it is at least `bound`.

    Raises:
        TooLong: The answer has no closed form within the limits.
    """
    if isinstance(x, int):
        return ALL if x >= bound else NONE
    if grows(x):
        low = _first(x, bound)
        return NONE if low is None else sizes.at_least(low)
    if grows(-x):
        high = _first(-x, 1 - bound)
        return ALL if high is None else sizes.between(1, high - 1)
    course = course_of(x)
    if course.increment == 0 and _is_plain(x):
        return _stepwise(x - bound, course.period, _not_negative)
    return _tabulated(x - bound, course, _NotNegative())


def grows(x: Dim) -> bool:
    """Whether a dimension never falls as its symbols grow, where that is plain to see."""
    waiting = [x]
    while waiting:
        for atom, coefficient in waiting.pop().terms:
            if coefficient < 0:
                return False
            if not isinstance(atom, Symbol):
                waiting.append(atom.dim)
    return True


def course_of(x: Dim) -> Course:
    """The course of a dimension of one symbol.

    Raises:
        TooLong: A period is too long.
    """
    known: dict[Atom, Course] = {}
    for atom in atoms_of(x):
        match atom:
            case Symbol():
                known[atom] = Course(1, 1, 1)
            case Floor(dim=dim, den=den):
                threshold, period, increment = _sum(dim, known)
                times = den // gcd(den, increment)
                known[atom] = Course(threshold, period * times, increment * times // den)
            case Positive(dim=dim):
                known[atom] = _cut_off(dim, _sum(dim, known))
        if known[atom].period > LONGEST_PERIOD:
            raise TooLong
    return _sum(x, known)


def _sum(x: Dim, known: dict[Atom, Course]) -> Course:
    courses = [(known[atom], coefficient) for atom, coefficient in x.terms]
    period = lcm(*[course.period for course, _ in courses])
    if period > LONGEST_PERIOD:
        raise TooLong
    increment = sum(k * course.increment * (period // course.period) for course, k in courses)
    return Course(max(course.threshold for course, _ in courses), period, increment)


def _cut_off(inner: Dim, course: Course) -> Course:
    """The course of max(0, inner)."""
    threshold, period, increment = course
    if increment == 0:
        return course
    found = values(inner, _table(threshold, threshold + period))
    if increment > 0:
        rounds = max(0, -(min(found) // increment))
        return Course(threshold + rounds * period, period, increment)
    rounds = max(0, -(-max(found) // -increment))
    return Course(threshold + rounds * period, 1, 0)


def values(x: Dim, points: Sequence[int]) -> list[int]:
    """What a dimension of one symbol is at each of these sizes."""
    known: dict[Atom, list[int]] = {}
    for atom in atoms_of(x):
        match atom:
            case Symbol():
                known[atom] = list(points)
            case Floor(dim=dim, den=den):
                known[atom] = [n // den for n in _weighed(dim, known)]
            case Positive(dim=dim):
                known[atom] = [max(0, n) for n in _weighed(dim, known)]
    return _weighed(x, known)


def _weighed(x: Dim, known: dict[Atom, list[int]]) -> list[int]:
    (atom, coefficient), *others = x.terms
    total = [x.constant + coefficient * n for n in known[atom]]
    for atom, coefficient in others:
        total = [t + coefficient * n for t, n in zip(total, known[atom], strict=True)]
    return total


def _table(start: int, end: int) -> range:
    if end - start > LONGEST_TABLE:
        raise TooLong
    return range(start, end)


# Where x never falls


def _first(x: Dim, bound: int) -> int | None:
    """The least size for which a dimension that grows reaches a bound; None where none does."""
    dim, needed = x, bound
    while len(dim.terms) == 1:
        ((atom, coefficient),) = dim.terms
        needed = -((dim.constant - needed) // coefficient)
        match atom:
            case Symbol():
                return max(needed, 1)
            case Floor():
                dim, needed = atom.dim, needed * atom.den
            case Positive() if needed > 0:
                dim = atom.dim
            case Positive():
                return 1
    (symbol,) = x.symbols
    return first_size(symbol, (x,), lambda found: found[0] >= bound)


def first_size(
    symbol: str, dims: Sequence[Dim], reached: Callable[[list[int]], bool]
) -> int | None:
    """The least size for which dimensions that grow have reached something; None for none.

    Args:
        symbol: The one symbol in them.
        dims: Dimensions that never fall as it grows.
        reached: Whether they have, given what they are; once it holds it holds for larger ones.
    """

    def holds(n: int) -> bool:
        return reached([substitute(dim, {symbol: n}) for dim in dims])

    if not holds(LARGEST):
        return None
    return 1 + bisect_left(range(1, LARGEST), True, key=holds)


def _up_to(low: int, beyond: int | None) -> Sizes:
    """The sizes from `low` to the one before `beyond`."""
    return sizes.at_least(low) if beyond is None else sizes.between(low, beyond - 1)


# Where x comes back to where it was


def _is_plain(x: Dim) -> bool:
    """Whether x is made of the symbol, and floors of what grows evenly with it."""
    return all(
        isinstance(atom, Symbol)
        or (
            isinstance(atom, Floor)
            and len(atom.dim.terms) == 1
            and isinstance(atom.dim.terms[0][0], Symbol)
            and atom.dim.terms[0][1] > 0
        )
        for atom, _ in x.terms
    )


_Segment = Callable[[int, int, int, int], tuple[int, int]]
"""From a start, an end, the value at the start and the slope: the members, from one up to another."""


def _stepwise(x: Dim, period: int, members: _Segment) -> Sizes:
    """The members of one period, found from step to step of the floors."""
    steps = {1}
    slope = 0
    count = 0
    for atom, coefficient in x.terms:
        if isinstance(atom, Symbol):
            slope = coefficient
            continue
        assert isinstance(atom, Floor)
        a, b, c = atom.dim.terms[0][1], atom.dim.constant, atom.den
        first, last = (a + b) // c + 1, (a * period + b) // c
        count += last - first + 1
        if count > LONGEST_TABLE:
            raise TooLong
        steps.update([-((b - c * k) // a) for k in range(first, last + 1)])
    starts = sorted(steps)
    bits = 0
    for start, end, value in zip(starts, [*starts[1:], period + 1], values(x, starts), strict=True):
        low, high = members(start, end, value, slope)
        if low < high:
            bits |= (1 << high) - (1 << low)
    return sizes.periodic(1, period, 0, bits | bits >> period)


def _zeros(start: int, end: int, value: int, slope: int) -> tuple[int, int]:
    if slope == 0:
        return (start, end) if value == 0 else (end, end)
    ahead, rest = divmod(-value, slope)
    return (start + ahead, start + ahead + 1) if not rest and 0 <= ahead < end - start else (0, 0)


def _not_negative(start: int, end: int, value: int, slope: int) -> tuple[int, int]:
    if slope == 0:
        return (start, end) if value >= 0 else (end, end)
    if slope > 0:
        return max(start, start - value // slope), end
    return start, min(end, start + value // -slope + 1)


# Everything else: a table of one period, and what becomes of each entry


class _Zero:
    """Being zero."""

    def holds(self, value: int) -> bool:
        return value == 0

    def rounds(self, value: int, increment: int) -> tuple[int, int]:
        """From which to before which repetition of the period an entry has it."""
        times, rest = divmod(-value, increment)
        return (times, times + 1) if not rest and times >= 0 else (0, 0)


class _NotNegative:
    """Being at least zero."""

    def holds(self, value: int) -> bool:
        return value >= 0

    def rounds(self, value: int, increment: int) -> tuple[int, int | None]:
        """From which to before which repetition of the period an entry has it; None for ever."""
        if increment > 0:
            return max(0, -(value // increment)), None
        return 0, max(0, value // -increment + 1)


def _tabulated(x: Dim, course: Course, asked: _Zero | _NotNegative) -> Sizes:
    threshold, period, increment = course
    table = values(x, _table(1, threshold + period))
    head = _bits(n for n, value in enumerate(table[: threshold - 1], 1) if asked.holds(value))
    entries = list(enumerate(table[threshold - 1 :], threshold))
    if increment == 0:
        tail = _bits(n % period for n, value in entries if asked.holds(value))
        return sizes.periodic(threshold, period, head, tail)
    spans = [(n, *asked.rounds(value, increment)) for n, value in entries]
    rounds = max([first if end is None else end for _, first, end in spans])
    if rounds * period > LONGEST_TABLE:
        raise TooLong
    head |= _bits(
        n + period * k
        for n, first, end in spans
        for k in range(first, rounds if end is None else end)
    )
    tail = _bits(n % period for n, _, end in spans if end is None)
    return sizes.periodic(threshold + rounds * period, period, head, tail)


def _bits(places: Iterable[int]) -> int:
    marked = bytearray()
    for place in places:
        byte = place >> 3
        if byte >= len(marked):
            marked.extend(bytes(byte + 1 - len(marked)))
        marked[byte] |= 1 << (place & 7)
    return int.from_bytes(marked, "little")
