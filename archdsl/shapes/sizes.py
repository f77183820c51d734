"""Sets of sizes: whole numbers from 1, periodic from some number on.

Every question about dimensions of one symbol has such a set as its exact answer, so sets are
compared and combined without approximation. Members are bits of whole numbers: an operation on
two sets is an operation on two integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import lcm

LARGEST = 1 << 24
"""Statements are about sizes up to this one."""

LONGEST_PERIOD = 1 << 20


class TooLong(Exception):
    """A set whose period or threshold is beyond the limits; it has no closed form here."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """A set of whole numbers from 1.

    Below `threshold` the number n is a member if bit n of `head` is set, from there on if bit
    n % `period` of `tail` is. Both are the least that describe the set, so equal sets are equal.
    Made by the functions of this module.
    """

    threshold: int
    period: int
    head: int
    tail: int

    def __contains__(self, n: int) -> bool:
        if n < 1:
            return False
        if n < self.threshold:
            return bool(self.head >> n & 1)
        return bool(self.tail >> n % self.period & 1)

    def __and__(self, other: Sizes) -> Sizes:
        if self is other or other == ALL:
            return self
        if self == ALL:
            return other
        threshold, period, (a, s), (b, t) = _aligned(self, other)
        return _made(threshold, period, a & b, s & t)

    def __or__(self, other: Sizes) -> Sizes:
        if self is other:
            return self
        threshold, period, (a, s), (b, t) = _aligned(self, other)
        return _made(threshold, period, a | b, s | t)

    def __sub__(self, other: Sizes) -> Sizes:
        return self & ~other

    def __invert__(self) -> Sizes:
        below = _ones(self.threshold) & ~1
        return _made(
            self.threshold, self.period, below & ~self.head, _ones(self.period) & ~self.tail
        )

    def __le__(self, other: Sizes) -> bool:
        return self & other == self

    def __bool__(self) -> bool:
        return bool(self.head or self.tail)

    @property
    def is_finite(self) -> bool:
        """Whether it has a largest member."""
        return not self.tail

    @property
    def smallest(self) -> int:
        """Its least member.

        Raises:
            ValueError: It is empty.
        """
        found = self.next(1)
        if found is None:
            raise ValueError("an empty set has no least member")
        return found

    @property
    def largest(self) -> int | None:
        """Its largest member; None where there is none."""
        return self.head.bit_length() - 1 if self.is_finite and self.head else None

    def next(self, n: int) -> int | None:
        """The least member from n on."""
        n = max(n, 1)
        if n < self.threshold:
            rest = self.head >> n
            if rest:
                return n + _lowest(rest)
            n = self.threshold
        if not self.tail:
            return None
        shift = n % self.period
        rest = self.tail >> shift
        return n + (_lowest(rest) if rest else self.period - shift + _lowest(self.tail))

    def previous(self, n: int) -> int | None:
        """The largest member up to n."""
        if n >= self.threshold and self.tail:
            shift = n % self.period
            rest = self.tail & _ones(shift + 1)
            back = shift - (rest.bit_length() - 1)
            if not rest:
                back = shift + self.period - (self.tail.bit_length() - 1)
            if n - back >= self.threshold:
                return n - back
        rest = self.head & _ones(min(n + 1, self.threshold)) if n >= 1 else 0
        return rest.bit_length() - 1 if rest else None

    def members(self, most: int) -> Iterator[int]:
        """Its members up to `most`, in order."""
        n = self.next(1)
        while n is not None and n <= most:
            yield n
            n = self.next(n + 1)


def at_least(bound: int) -> Sizes:
    """The numbers from `bound` on.

    Raises:
        TooLong: The bound is beyond the sizes that statements are about.
    """
    return _made(_allowed(max(bound, 1)), 1, 0, 1)


def between(low: int, high: int) -> Sizes:
    """The numbers from `low` to `high`, both included; none where high is less.

    Raises:
        TooLong: `high` is beyond the sizes that statements are about.
    """
    low = max(low, 1)
    if high < low:
        return NONE
    return _made(_allowed(high) + 1, 1, _ones(high + 1) & ~_ones(low), 0)


def of(members: Iterable[int]) -> Sizes:
    """The set of these numbers; those below 1 are left out."""
    head = 0
    for n in members:
        if n >= 1:
            head |= 1 << _allowed(n)
    return _made(max(head.bit_length(), 1), 1, head, 0)


def periodic(threshold: int, period: int, head: int, tail: int) -> Sizes:
    """The set with these members below the threshold, and these residues from there on.

    Raises:
        TooLong: The period or the threshold is too long.
    """
    _allowed(threshold)
    if period > LONGEST_PERIOD:
        raise TooLong
    return _made(threshold, period, head & ~1 & _ones(threshold), tail & _ones(period))


def _allowed(n: int) -> int:
    if n > LARGEST:
        raise TooLong
    return n


def _ones(count: int) -> int:
    return (1 << count) - 1


def _lowest(bits: int) -> int:
    """The place of the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1


def _repeated(pattern: int, length: int, wanted: int) -> int:
    """A pattern of `length` bits again and again, `wanted` bits in all."""
    have = length
    while have < wanted:
        pattern |= pattern << have
        have *= 2
    return pattern & _ones(wanted)


def _made(threshold: int, period: int, head: int, tail: int) -> Sizes:
    """A set in its least form."""
    divisor = 2
    rest = period
    while rest > 1:
        if divisor * divisor > rest:
            divisor = rest
        if rest % divisor:
            divisor += 1
            continue
        rest //= divisor
        shorter = period // divisor
        if _repeated(tail & _ones(shorter), shorter, period) == tail:
            period, tail = shorter, tail & _ones(shorter)
    # From the last place on at which the head is not what the tail would be.
    unlike = (_repeated(tail, period, threshold) ^ head) & ~1
    threshold = max(unlike.bit_length(), 1)
    return Sizes(threshold, period, head & _ones(threshold) & ~1, tail)


def _aligned(one: Sizes, other: Sizes) -> tuple[int, int, tuple[int, int], tuple[int, int]]:
    """A common threshold and period, and the head and tail of both in them."""
    period = lcm(one.period, other.period)
    if period > LONGEST_PERIOD:
        raise TooLong
    threshold = max(one.threshold, other.threshold)
    return threshold, period, _in(one, threshold, period), _in(other, threshold, period)


def _in(sizes: Sizes, threshold: int, period: int) -> tuple[int, int]:
    head = sizes.head
    if threshold > sizes.threshold and sizes.tail:
        head |= _repeated(sizes.tail, sizes.period, threshold) & ~_ones(sizes.threshold)
    return head, _repeated(sizes.tail, sizes.period, period)


ALL = Sizes(1, 1, 0, 1)
NONE = Sizes(1, 1, 0, 0)
