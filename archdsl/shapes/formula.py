"""Figures over the inputs' sizes: sums of products of dimensions, exact at every size.

A formula stands wherever a count of elements does: what adds and multiplies counts makes formulas of
formulas. So the figures of a network are worked out by the same code for one size and for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import gcd, prod
from typing import Any, TypeAlias

from archdsl.shapes.dim import Dim, Product, floor_div, order, positive, substitute
from archdsl.shapes.tensor import Length

Monomial: TypeAlias = tuple[Dim, ...]


class NoFormula(ArithmeticError):
    """A figure is no sum of products of dimensions."""


class Formula:
    """Σ coefficient × product of dimensions.

    `terms` has no coefficient that is 0; the factors of a product are in order, and the constant
    is the empty product's coefficient.
    """

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        self.terms = {m: c for m, c in terms.items() if c}
        self._hash = hash(frozenset(self.terms.items()))

    @property
    def value(self) -> Formula:
        """Itself: where a dimension has its default, a formula stays what it is."""
        return self

    def at(self, sizes: Mapping[str, int]) -> int:
        """The figure at given sizes; symbols that are not given have their defaults."""
        known = {d: substitute(d, sizes) for m in self.terms for d in m}
        return sum(c * prod([known[d] for d in m]) for m, c in self.terms.items())

    def __add__(self, other: int | Formula) -> Any:
        terms = dict(self.terms)
        for m, c in terms_of(other).items():
            terms[m] = terms.get(m, 0) + c
        return plain(Formula(terms))

    __radd__ = __add__

    def __neg__(self) -> Formula:
        return Formula({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: int | Formula) -> Any:
        return self + (-other)

    def __rsub__(self, other: int | Formula) -> Any:
        return -self + other

    def __mul__(self, other: int | Formula) -> Any:
        terms: dict[Monomial, int] = {}
        for m, c in self.terms.items():
            for n, d in terms_of(other).items():
                coefficient, factors = _product((*m, *n))
                terms[factors] = terms.get(factors, 0) + c * d * coefficient
        return plain(Formula(terms))

    __rmul__ = __mul__

    def __floordiv__(self, other: int | Formula) -> Any:
        if isinstance(other, Formula):
            return self._over(other)
        if all(c % other == 0 for c in self.terms.values()):
            return plain(Formula({m: c // other for m, c in self.terms.items()}))
        if all(len(m) <= 1 for m in self.terms):
            return formula_of(floor_div(self._length(), other))
        raise NoFormula(f"({self}) // {other}")

    def _length(self) -> Any:
        """A sum of single dimensions as one."""
        total: Any = 0
        for m, c in self.terms.items():
            total = total + (m[0] * c if m else c)
        return total

    def positive(self) -> Any:
        """The formula where it is above 0, else 0.

        Raises:
            NoFormula: It multiplies dimensions.
        """
        if any(len(m) > 1 for m in self.terms):
            raise NoFormula(f"max(0, {self})")
        return formula_of(positive(self._length()))

    def _over(self, other: Formula) -> Any:
        """Divided by what is a factor of every term."""
        if len(other.terms) == 1:
            ((divisor, coefficient),) = other.terms.items()
            terms: dict[Monomial, int] = {}
            for m, c in self.terms.items():
                left = Counter(m)
                left.subtract(divisor)
                if c % coefficient or min(left.values(), default=0) < 0:
                    break
                terms[_ordered(left.elements())] = c // coefficient
            else:
                return plain(Formula(terms))
        raise NoFormula(f"({self}) // ({other})")

    def __lt__(self, other: int | Formula) -> bool:
        return sign(self - other) < 0

    def __gt__(self, other: int | Formula) -> bool:
        return sign(self - other) > 0

    def __le__(self, other: int | Formula) -> bool:
        return sign(self - other) <= 0

    def __ge__(self, other: int | Formula) -> bool:
        return sign(self - other) >= 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return text(self.terms, str)

    def __repr__(self) -> str:
        return f"Formula({self})"


Figure: TypeAlias = int | Formula


def formula_of(length: Length) -> Any:
    """A length as a figure; a number stays one."""
    if isinstance(length, int):
        return length
    coefficient, factors = _product(length.dims if isinstance(length, Product) else (length,))
    if isinstance(length, Product):
        coefficient *= length.coefficient
    return Formula({factors: coefficient})


def plain(formula: Formula) -> Any:
    """A number where a formula is one."""
    return formula if any(formula.terms) else formula.terms.get((), 0)


def positive_part(figure: Any) -> Any:
    """A number or formula where it is above 0, else 0."""
    return figure.positive() if isinstance(figure, Formula) else max(figure, 0)


def common_divisor(n: Any, m: int) -> Any:
    """The greatest common divisor of a length and a number.

    Of a formula as Σ φ(d) [d divides n] over the divisors d of m, where a divisor of n is one at
    which floor(n / d) steps up.
    """
    if isinstance(n, int):
        return gcd(n, m)
    total: Any = 0
    for d in range(1, m + 1):
        if m % d == 0:
            coprime = sum(gcd(k, d) == 1 for k in range(1, d + 1))
            total = total + coprime * (n // d - (n - 1) // d)
    return total


def at(figure: Figure | Largest, sizes: Mapping[str, int]) -> int:
    """A figure at given sizes."""
    return figure if isinstance(figure, int) else figure.at(sizes)


def sign(difference: Figure) -> int:
    """-1, 0 or 1 where a figure is that at every size.

    Raises:
        NoFormula: That depends on the size, or is not plain to see.
    """
    if isinstance(difference, int):
        return (difference > 0) - (difference < 0)
    for direction in (1, -1):
        if all(_is_positive(m) and c * direction > 0 for m, c in difference.terms.items()):
            return direction
    raise NoFormula(f"the sign of {difference}")


def expanded(figure: Figure) -> Figure:
    """A figure multiplied out, each factor one rounded size without anything added."""
    total: Any = 0
    for factors, coefficient in terms_of(figure).items():
        term: Any = coefficient
        for dim in factors:
            parts = [c * Formula({(Dim(0, ((atom, 1),)),): 1}) for atom, c in dim.terms]
            term = term * sum(parts, start=dim.constant)
        total = total + term
    return total  # type: ignore[no-any-return]


class Largest:
    """The largest of several formulas, none of which is plainly the smaller one."""

    __slots__ = ("candidates",)

    def __init__(self, candidates: tuple[Figure, ...]) -> None:
        self.candidates = candidates

    def at(self, sizes: Mapping[str, int]) -> int:
        """The figure at given sizes."""
        return max(at(candidate, sizes) for candidate in self.candidates)

    def __str__(self) -> str:
        return f"max({', '.join(map(str, self.candidates))})"


def largest(figures: Iterable[Figure | Largest]) -> Any:
    """The largest figure, 0 of none: a number, a formula, or `Largest` where it depends on the size."""
    given = tuple(figures)
    if {*map(type, given)} <= {int}:
        return max(given, default=0)  # type: ignore[type-var]
    found: dict[Figure, None] = {}
    for figure in given:
        found.update(dict.fromkeys(figure.candidates if isinstance(figure, Largest) else [figure]))
    kept = [f for f in found if not any(_beaten(f, g) for g in found if g is not f)]
    return kept[0] if len(kept) == 1 else Largest(tuple(kept))


def _beaten(one: Figure, other: Figure) -> bool:
    try:
        return sign(other - one) >= 0
    except NoFormula:
        return False


def text(terms: Mapping[tuple[Any, ...], int], name: Callable[[Any], str]) -> str:
    """Terms as they are printed, the longest products first; `name` says a factor.

    The factors of a product stand in the order of their names, capitals before the rest.
    """
    said = ""
    ordered = sorted(terms.items(), key=lambda t: (-len(t[0]), -abs(t[1])))
    for m, c in ordered:
        number = f"{abs(c):_}"
        factors = sorted([_factor(name(d)) for d in m], key=_late)
        written = "*".join([number, *factors] if abs(c) != 1 or not factors else factors)
        if said:
            said += f" {'-' if c < 0 else '+'} {written}"
        else:
            said = f"-{written}" if c < 0 else written
    return said or "0"


def _late(factor: str) -> tuple[bool, str]:
    """Sorts the names of sizes before words, which are longer: `h*w*batch`."""
    return factor.isalpha() and len(factor) > 1, factor


def _factor(said: str) -> str:
    """A factor of a product, in brackets where it is a sum."""
    return f"({said})" if " + " in said or " - " in said else said


def terms_of(figure: Figure) -> Mapping[Monomial, int]:
    """The coefficients of products of dimensions; a number is that of the empty product."""
    return figure.terms if isinstance(figure, Formula) else {(): figure}


def _product(dims: Iterable[Dim]) -> tuple[int, Monomial]:
    """Dimensions multiplied: what their terms have in common, and the factors in order."""
    coefficient = 1
    factors: list[Dim] = []
    for dim in dims:
        common = gcd(dim.constant, *[c for _, c in dim.terms])
        coefficient *= common
        if common > 1:
            terms = tuple([(atom, c // common) for atom, c in dim.terms])
            factors.append(Dim(dim.constant // common, terms))
        else:
            factors.append(dim)
    return coefficient, _ordered(factors)


def _ordered(factors: Iterable[Dim]) -> Monomial:
    return tuple(sorted(factors, key=order))


def _is_positive(factors: Monomial) -> bool:
    return all(d.least is not None and d.least >= 0 for d in factors)
