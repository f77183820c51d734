"""Numbers that remember how they were made, so that a rule can be read off its own arithmetic.

A layer's rules work on plain numbers. Given numbers with names instead they compute the same, and
the result says by which formula: `floor((H_in + 2*padding - kernel) / stride) + 1`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias, TypeGuard


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number with a name; `made` is what it was computed from, where it was.

    Leaves of one name are one number.
    """

    name: str
    value: int
    made: Terms | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A sum that stands as a factor."""

    terms: Terms


@dataclass(frozen=True, slots=True)
class Quotient:
    """A division rounded down, or up."""

    above: Terms
    below: Terms
    up: bool = False


@dataclass(frozen=True, slots=True)
class Remainder:
    """What a division leaves over."""

    above: Terms
    below: Terms


Factor: TypeAlias = Leaf | Group | Quotient | Remainder
Terms: TypeAlias = tuple[tuple[tuple[Factor, ...], int], ...]
"""Σ coefficient × product of factors, in the order in which they were added."""


class Traced(int):
    """A whole number with the formula that made it."""

    terms: Terms

    def __new__(cls, value: int, terms: Terms) -> Self:
        """A number that these terms come to."""
        self = super().__new__(cls, value)
        self.terms = terms
        return self

    @property
    def value(self) -> Traced:
        """Itself: what a dimension is at the default sizes."""
        return self

    def __add__(self, other: int) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        return _made(int(self) + int(other), _sum(self.terms, terms_of(other)))

    __radd__ = __add__

    def __sub__(self, other: int) -> Any:
        return _made(int(self) - int(other), _sum(self.terms, _times(-1, terms_of(other))))

    def __rsub__(self, other: int) -> Any:
        return _made(int(other) - int(self), _sum(terms_of(other), _times(-1, self.terms)))

    def __neg__(self) -> Any:
        return _made(-int(self), _times(-1, self.terms))

    def __mul__(self, other: int) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        return _made(int(self) * int(other), _product(self.terms, terms_of(other)))

    def __rmul__(self, other: int) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        return _made(int(other) * int(self), _product(terms_of(other), self.terms))

    def __floordiv__(self, other: int) -> Any:
        return _quotient(self, other)

    def __rfloordiv__(self, other: int) -> Any:
        return _quotient(other, self)

    def __mod__(self, other: int) -> Any:
        left, right = int(self), int(other)
        return _made(left % right, _single(Remainder(self.terms, terms_of(other))))

    def __rmod__(self, other: int) -> Any:
        left, right = int(other), int(self)
        return _made(left % right, _single(Remainder(terms_of(other), self.terms)))


def named(name: str, value: int) -> Any:
    """A number that goes by a name from here on, with what it was made from if that is known."""
    return (
        Traced(value, _single(Leaf(name, int(value), value.terms))) if is_traced(value) else value
    )


def leaf(name: str, value: int) -> Traced:
    """A number that is given."""
    return Traced(value, _single(Leaf(name, value)))


def is_traced(value: object) -> TypeGuard[Traced]:
    """Whether it is a number with a formula."""
    return type(value) is Traced


def terms_of(value: int) -> Terms:
    """The formula of a number: itself where it has none."""
    if isinstance(value, Traced):
        return value.terms
    return (((), int(value)),) if value else ()


def leaf_of(value: object) -> Leaf | None:
    """The leaf that a number is as it stands, None where it is computed or plain."""
    if isinstance(value, Traced) and len(value.terms) == 1:
        (factors, coefficient), *_ = value.terms
        if coefficient == 1 and len(factors) == 1 and isinstance(factors[0], Leaf):
            return factors[0]
    return None


def leaves(terms: Terms) -> Iterator[Leaf]:
    """The leaves of a formula from left to right, each once."""
    seen: set[str] = set()
    for found in _leaves(terms):
        if found.name not in seen:
            seen.add(found.name)
            yield found


def _leaves(terms: Terms) -> Iterator[Leaf]:
    for factors, _ in terms:
        for factor in factors:
            match factor:
                case Leaf():
                    yield factor
                case Group(inner):
                    yield from _leaves(inner)
                case Quotient(above, below) | Remainder(above, below):
                    yield from _leaves(above)
                    yield from _leaves(below)


def text(terms: Terms, name: Callable[[Leaf], str]) -> str:
    """A formula as it is written; `name` says a leaf."""
    if len(terms) == 1 and terms[0][1] == 1 and len(terms[0][0]) == 1:
        return _factor_text(terms[0][0][0], name, is_alone=True)
    said = ""
    # What is added comes before what is taken away.
    for factors, coefficient in sorted(terms, key=lambda term: (not term[0], term[1] < 0)):
        written = [_factor_text(factor, name) for factor in factors]
        if abs(coefficient) != 1 or not factors:
            written.insert(0, f"{abs(coefficient):_}")
        term = "*".join(written)
        if said:
            said += f" {'-' if coefficient < 0 else '+'} {term}"
        else:
            said = f"-{term}" if coefficient < 0 else term
    return said or "0"


def _factor_text(factor: Factor, name: Callable[[Leaf], str], *, is_alone: bool = False) -> str:
    """A factor of a product, in brackets where it needs them beside others."""
    match factor:
        case Leaf():
            return name(factor)
        case Group(terms):
            said = text(terms, name)
            return said if is_alone else f"({said})"
        case Remainder(above, below):
            said = f"{_operand(above, name)} % {_operand(below, name)}"
            return said if is_alone else f"({said})"
        case Quotient(above, below, up):
            left, right = _operand(above, name), _operand(below, name)
            if not up and f"{left}{right}".replace("_", "").isalnum():
                said = f"{left} // {right}"
                return said if is_alone else f"({said})"
            return f"{'ceil' if up else 'floor'}({left} / {right})"


def _operand(terms: Terms, name: Callable[[Leaf], str]) -> str:
    said = text(terms, name)
    return f"({said})" if " " in said or "*" in said else said


def _made(value: int, terms: Terms) -> Any:
    return Traced(value, terms) if any(factors for factors, _ in terms) else value


def _single(factor: Factor) -> Terms:
    return (((factor,), 1),)


def _collected(found: Mapping[tuple[Factor, ...], int]) -> Terms:
    return tuple([(factors, c) for factors, c in found.items() if c])


def _sum(one: Terms, other: Terms) -> Terms:
    found = dict(one)
    for factors, coefficient in other:
        # A sum that was a factor and lost what it was multiplied by is a sum again.
        if len(factors) == 1 and isinstance(factors[0], Group):
            inner = _times(coefficient, factors[0].terms)
        else:
            inner = ((factors, coefficient),)
        for each, c in inner:
            found[each] = found.get(each, 0) + c
    return _collected(found)


def _times(number: int, terms: Terms) -> Terms:
    return tuple([(factors, c * number) for factors, c in terms]) if number else ()


def _product(one: Terms, other: Terms) -> Terms:
    for terms, by in ((one, other), (other, one)):
        if all(not factors for factors, _ in terms):
            return _times(sum(c for _, c in terms), by)
    (left, a), (right, b) = _as_factors(one), _as_factors(other)
    return (((*left, *right), a * b),)


def _as_factors(terms: Terms) -> tuple[tuple[Factor, ...], int]:
    return terms[0] if len(terms) == 1 else ((Group(terms),), 1)


def _quotient(above: int, below: int) -> Any:
    """A division rounded down; multiples of the divisor leave it, and floor((x - 1) / d) + 1 rounds up."""
    if int(below) == 1 and not isinstance(below, Traced):
        return above
    value = int(above) // int(below)
    top, bottom = dict(terms_of(above)), terms_of(below)
    if all(c < 0 for c in top.values()):
        raised = Quotient(_times(-1, terms_of(above)), bottom, up=True)
        return -_made(-value, _single(raised))
    outside = 0
    up = False
    if len(bottom) == 1 and bottom[0][1] == 1:
        outside = top.pop(bottom[0][0], 0)
        rest = len(top) - 1
        if outside and top.get((), 0) == -1 and (outside > 1 or rest == 1):
            del top[()]
            outside -= 1
            up = True
    inner = _made(value - outside, _single(Quotient(_collected(top), bottom, up)))
    return outside + inner if outside else inner
