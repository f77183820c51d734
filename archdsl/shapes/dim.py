"""Dimensions as exact integer expressions over the inputs' symbols, in normal form.

`Dim` = constant + Σ coefficient × atom; an atom is a `Symbol`, `Floor(dim, den)` or
`Positive(dim)` = max(0, dim). A constant dimension is a plain `int`, so the same rules run on
both. Every `Dim` carries its value at the symbols' defaults, so asking for a figure costs
nothing. `==` and `hash` are structural on the normal form, in which a chain of windows is one
floor and equal chains are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import count
from math import gcd
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

_MOST_LEVELS = 24
"""Floors nested deeper than this are not written out."""

_MOST_BITS = 128
"""Nor are numbers longer than this."""

_serial = count()
_atoms: WeakValueDictionary[Any, Any] = WeakValueDictionary()


class _Atom:
    """What a dimension is made of: equal atoms are one object, made after those inside it.

    `least` is a lower bound over all sizes, None where there is none. `serial` orders atoms so
    that those inside one come before it.
    """

    __slots__ = ("__weakref__", "least", "levels", "serial", "symbols", "value")

    value: int
    least: int | None
    levels: int
    symbols: frozenset[str]

    def __init__(self) -> None:
        self.serial = next(_serial)


class Symbol(_Atom):
    """A size that an input declares, with its default; any whole number from 1."""

    __slots__ = ("name",)

    def __init__(self, name: str, default: int) -> None:
        super().__init__()
        self.name = name
        self.value = default
        self.least = 1
        self.levels = 0
        self.symbols = frozenset((name,))


class Floor(_Atom):
    """`floor(dim / den)`."""

    __slots__ = ("den", "dim")

    def __init__(self, dim: Dim, den: int) -> None:
        super().__init__()
        self.dim = dim
        self.den = den
        self.value = dim.value // den
        self.least = None if dim.least is None else dim.least // den
        self.levels = dim.levels + (1 if den.bit_length() <= _MOST_BITS else _MOST_LEVELS)
        self.symbols = dim.symbols


class Positive(_Atom):
    """`max(0, dim)`."""

    __slots__ = ("dim",)

    def __init__(self, dim: Dim) -> None:
        super().__init__()
        self.dim = dim
        self.value = max(0, dim.value)
        self.least = 0 if dim.least is None else max(0, dim.least)
        self.levels = dim.levels + 1
        self.symbols = dim.symbols


Atom: TypeAlias = Symbol | Floor | Positive
Terms: TypeAlias = tuple[tuple[Atom, int], ...]


class Dim:
    """A dimension that depends on the input's size; never a constant, which is an `int`.

    `terms` pairs atoms with coefficients other than 0, in the atoms' order. `value` is the size
    at the symbols' defaults, `least` a lower bound over all sizes where one is plain to see.
    """

    __slots__ = ("_hash", "constant", "least", "levels", "symbols", "terms", "value")

    def __init__(self, constant: int, terms: Terms) -> None:
        self.constant = constant
        self.terms = terms
        self._hash = hash((constant, terms))
        value = least = constant
        levels = 0
        bounded = True
        for atom, coefficient in terms:
            value += coefficient * atom.value
            levels = max(levels, atom.levels)
            if coefficient < 0 or atom.least is None:
                bounded = False
            else:
                least += coefficient * atom.least
        self.value = value
        self.least = least if bounded else None
        self.levels = levels
        self.symbols: frozenset[str] = (
            terms[0][0].symbols
            if len(terms) == 1
            else frozenset().union(*[atom.symbols for atom, _ in terms])
        )

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Dim):
            return NotImplemented
        return (
            self._hash == other._hash
            and self.constant == other.constant
            and self.terms == other.terms
        )

    def __add__(self, other: int | Dim) -> Any:
        if type(other) is int:
            return Dim(self.constant + other, self.terms) if other else self
        if isinstance(other, Dim):
            return _sum(self, other, 1)
        return NotImplemented

    __radd__ = __add__

    def __sub__(self, other: int | Dim) -> Any:
        if type(other) is int:
            return Dim(self.constant - other, self.terms) if other else self
        if isinstance(other, Dim):
            return _sum(self, other, -1)
        return NotImplemented

    def __rsub__(self, other: int) -> Any:
        return (-self) + other

    def __neg__(self) -> Dim:
        return self._times(-1)

    def __mul__(self, other: int | Dim | Product) -> Any:
        if type(other) is int:
            return self._times(other) if other else 0
        if isinstance(other, Dim | Product):
            return product((self, other))
        return NotImplemented

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> Any:
        return floor_div(self, other) if type(other) is int else NotImplemented

    def __mod__(self, other: int) -> Any:
        return self - other * floor_div(self, other) if type(other) is int else NotImplemented

    def _times(self, factor: int) -> Dim:
        if factor == 1:
            return self
        return Dim(self.constant * factor, tuple([(a, c * factor) for a, c in self.terms]))

    def __str__(self) -> str:
        if self.levels > _MOST_LEVELS or self.constant.bit_length() > _MOST_BITS:
            return f"f({', '.join(sorted(self.symbols))})"
        return _text(self)

    def __repr__(self) -> str:
        return f"Dim({self})"


class Product:
    """`coefficient · d1 · d2 · ...`: the size of a flattened value, never multiplied out.

    `dims` holds at least two dimensions without a common factor of their terms.
    """

    __slots__ = ("coefficient", "dims", "value")

    def __init__(self, coefficient: int, dims: tuple[Dim, ...]) -> None:
        self.coefficient = coefficient
        self.dims = dims
        self.value = coefficient
        for dim in dims:
            self.value *= dim.value

    @property
    def symbols(self) -> frozenset[str]:
        """The symbols it depends on."""
        return frozenset().union(*[dim.symbols for dim in self.dims])

    def __hash__(self) -> int:
        return hash((self.coefficient, self.dims))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Product):
            return NotImplemented
        return self.coefficient == other.coefficient and self.dims == other.dims

    def __mul__(self, other: int | Dim | Product) -> Any:
        if isinstance(other, int | Dim | Product):
            return product((self, other))
        return NotImplemented

    __rmul__ = __mul__

    def __str__(self) -> str:
        written = [f"({d})" if _is_sum(d) else str(d) for d in self.dims]
        return "*".join([str(self.coefficient)] * (self.coefficient != 1) + written)

    def __repr__(self) -> str:
        return f"Product({self})"


Size: TypeAlias = int | Dim
"""One side of a value."""


def symbol(name: str, default: int) -> Dim:
    """The dimension that an input declares as `name = default`."""
    atom: Symbol = _interned((name, default), lambda: Symbol(name, default))
    return Dim(0, ((atom, 1),))


def product(dims: Iterable[int | Dim | Product]) -> int | Dim | Product:
    """The dimensions multiplied: an int where all are, a `Dim` where one is symbolic."""
    coefficient = 1
    factors: list[Dim] = []
    for dim in dims:
        if isinstance(dim, Product):
            coefficient *= dim.coefficient
            factors.extend(dim.dims)
        elif isinstance(dim, Dim):
            factors.append(dim)
        else:
            coefficient *= dim
    if not factors or coefficient == 0:
        return coefficient
    if len(factors) == 1:
        return factors[0] * coefficient  # type: ignore[no-any-return]
    bare: list[Dim] = []
    for dim in factors:
        common = gcd(dim.constant, *[c for _, c in dim.terms])
        coefficient *= common
        terms = tuple([(atom, c // common) for atom, c in dim.terms])
        bare.append(Dim(dim.constant // common, terms))
    return Product(coefficient, tuple(sorted(bare, key=order)))


def floor_div(x: Size, d: int) -> Any:
    """`floor(x / d)` in normal form, d at least 1.

    Terms that d divides leave the floor; what the other coefficients share with d cancels; a
    lone floor inside with the coefficient 1 becomes part of this one, since
    floor((A + floor(B / e) + r) / d) = floor((e A + B + e r) / (e d)).
    """
    if isinstance(x, int):
        return x // d
    assert isinstance(x, Dim)
    if d == 1:
        return x
    return _floor(x, d)


@lru_cache(maxsize=4096)
def _floor(x: Dim, d: int) -> Any:
    """`floor(x / d)` in normal form: what is asked often, for both axes and each network of a file."""
    constant, terms = x.constant, x.terms
    shift = 0
    outside: list[tuple[Atom, int]] = []
    while True:
        more, constant = divmod(constant, d)
        shift += more
        inside = [(a, c) for a, c in terms if c % d]
        if len(inside) < len(terms):
            outside += [(a, c // d) for a, c in terms if not c % d]
        if not inside:
            break
        common = gcd(d, *[c for _, c in inside])
        if common > 1:
            constant //= common
            d //= common
            inside = [(a, c // common) for a, c in inside]
        floors = [a for a, c in inside if c == 1 and type(a) is Floor]
        if len(floors) != 1:
            outside.append((_floor_of(Dim(constant, tuple(inside)), d), 1))
            break
        (inner,) = floors
        constant = inner.dim.constant + inner.den * constant
        terms = inner.dim.terms
        if len(inside) > 1:
            terms = _collected([*terms, *[(a, c * inner.den) for a, c in inside if a is not inner]])
        d *= inner.den
    return _or_constant(shift, _collected(outside))


def _floor_of(dim: Dim, den: int) -> Floor:
    floor: Floor = _interned((dim, den), lambda: Floor(dim, den))
    return floor


def ceil_div(x: Size, d: int) -> Any:
    """`ceil(x / d)`, d at least 1."""
    return floor_div(x + (d - 1), d)


def positive(x: Size) -> Any:
    """`max(0, x)`; x itself or 0 where its sign is plain to see."""
    if isinstance(x, int):
        return max(0, x)
    assert isinstance(x, Dim)
    if x.least is not None and x.least >= 0:
        return x
    most = (-x).least
    if most is not None and most >= 0:
        return 0
    atom: Positive = _interned(x, lambda: Positive(x))
    return Dim(0, ((atom, 1),))


def maximum(x: Size, y: Size) -> Any:
    """The larger one."""
    return y + positive(x - y)


def minimum(x: Size, y: Size) -> Any:
    """The smaller one."""
    return x - positive(x - y)


def default_of(x: int | Dim | Product) -> int:
    """The size at the symbols' defaults."""
    return x if type(x) is int else x.value  # type: ignore[union-attr]


def symbols_of(x: int | Dim | Product) -> frozenset[str]:
    """The symbols that a size depends on."""
    return frozenset() if isinstance(x, int) else x.symbols


def substitute(x: int | Dim | Product, sizes: Mapping[str, int]) -> int:
    """The size where the symbols have these values; those not given keep their defaults."""
    if isinstance(x, int):
        return x
    if isinstance(x, Product):
        count = x.coefficient
        for dim in x.dims:
            count *= substitute(dim, sizes)
        return count
    known: dict[Atom, int] = {}
    for atom in atoms_of(x):
        match atom:
            case Symbol():
                known[atom] = sizes.get(atom.name, atom.value)
            case Floor():
                known[atom] = _evaluate(atom.dim, known) // atom.den
            case Positive():
                known[atom] = max(0, _evaluate(atom.dim, known))
    return _evaluate(x, known)


def _evaluate(x: Dim, known: Mapping[Atom, int]) -> int:
    return x.constant + sum([c * known[a] for a, c in x.terms])


def atoms_of(x: Dim) -> list[Atom]:
    """Every atom in a dimension, those inside others first."""
    found = {atom for atom, _ in x.terms}
    waiting = list(found)
    while waiting:
        atom = waiting.pop()
        if not isinstance(atom, Symbol):
            for inner, _ in atom.dim.terms:
                if inner not in found:
                    found.add(inner)
                    waiting.append(inner)
    return sorted(found, key=lambda atom: atom.serial)


def _interned(key: Any, make: Any) -> Any:
    """The one atom of a structure, made where it does not exist yet."""
    atom = _atoms.get(key)
    if atom is None:
        atom = _atoms[key] = make()
    return atom


def _sum(x: Dim, y: Dim, sign: int) -> Any:
    terms = _collected([*x.terms, *[(a, sign * c) for a, c in y.terms]])
    return _or_constant(x.constant + sign * y.constant, terms)


def _collected(terms: list[tuple[Atom, int]]) -> Terms:
    """Terms with each atom once, in the atoms' order."""
    if len(terms) < 2:
        return tuple(terms)
    together: dict[Atom, int] = {}
    for atom, coefficient in terms:
        together[atom] = together.get(atom, 0) + coefficient
    return tuple(sorted([t for t in together.items() if t[1]], key=lambda term: term[0].serial))


def _or_constant(constant: int, terms: Terms) -> Any:
    return Dim(constant, terms) if terms else constant


def _is_sum(x: Dim) -> bool:
    return len(x.terms) + (x.constant != 0) > 1


def order(x: Dim) -> tuple[str, int]:
    """Sorts by what is printed, so that no history shows; then by what is not."""
    return str(x), x.terms[0][0].serial


def _text(x: Dim) -> str:
    """`ceil(H/2)`, `2*H + 3`, `floor((3*H + 1)/4)`, terms in alphabetical order."""
    written = sorted(
        [(c < 0, _atom_text(a) if abs(c) == 1 else f"{abs(c)}*{_atom_text(a)}") for a, c in x.terms]
    )
    constant = (x.constant < 0, str(abs(x.constant)))
    if x.constant:
        written.insert(0 if written[0][0] and x.constant > 0 else len(written), constant)
    negative, first = written[0]
    parts = [f"-{first}" if negative else first]
    parts.extend([f" {'-' if negative else '+'} {text}" for negative, text in written[1:]])
    return "".join(parts)


def _atom_text(atom: Atom) -> str:
    """An atom as it is written; a floor of den - 1 more is a ceiling."""
    match atom:
        case Symbol():
            return atom.name
        case Positive():
            return f"max(0, {_text(atom.dim)})"
        case Floor(dim=dim, den=den):
            if dim.constant == den - 1:
                return f"ceil({_over(dim - dim.constant, den)})"
            return f"floor({_over(dim, den)})"


def _over(x: Dim, den: int) -> str:
    text = _text(x)
    return f"({text})/{den}" if _is_sum(x) else f"{text}/{den}"
