"""Figures on a class of sizes, H = 32·h + r: there every floor is gone, and a polynomial is left."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import TypeAlias

from archdsl.shapes.dim import Atom, Dim, substitute
from archdsl.shapes.formula import Figure, Formula, Largest
from archdsl.shapes.solve import Course, course_of

Polynomial: TypeAlias = Mapping[tuple[str, ...], int]
"""Coefficients of products of symbols."""


class Mixed(Exception):
    """A dimension rounds several symbols at once: there is no class of each."""


@dataclass(frozen=True)
class Residues:
    """For each symbol its period and what is left over: H = period·h + rest, h from `starts` on.

    Polynomials are over the numbers of periods, called as `letters` says.
    """

    periods: Mapping[str, int]
    rests: Mapping[str, int]
    starts: Mapping[str, int]

    @cached_property
    def letters(self) -> Mapping[str, str]:
        """What the number of a symbol's periods is called: the symbol in small letters.

        A `_` behind it keeps it apart from other symbols, and from its own where the two differ.
        """
        found: dict[str, str] = {}
        for name, period in self.periods.items():
            differs = period > 1 or self.rests[name] > 0
            others = {
                *found.values(),
                *(self.periods.keys() - {name}),
                *([name] if differs else []),
            }
            letter = name.lower()
            while letter in others:
                letter += "_"
            found[name] = letter
        return found

    def text(self, *, but: Collection[str] = ()) -> str:
        """`H = 32*h, W = 32*w + 1`; symbols may be left out."""
        said: list[str] = []
        for name, period in self.periods.items():
            if name not in but:
                rest = f" + {self.rests[name]}" if self.rests[name] else ""
                times = f"{period}*" if period > 1 else ""
                said.append(f"{name} = {times}{self.letters[name]}{rest}")
        return ", ".join(said)

    def polynomial(self, figure: Figure) -> Polynomial:
        """A figure on the class, over the number of whole periods."""
        if not isinstance(figure, Formula):
            return {(): figure} if figure else {}
        total: dict[tuple[str, ...], int] = {}
        for factors, coefficient in figure.terms.items():
            term: dict[tuple[str, ...], int] = {(): coefficient}
            for dim in factors:
                term = _times(term, self._linear(dim))
            for names, number in term.items():
                total[names] = total.get(names, 0) + number
        return {names: number for names, number in total.items() if number}

    def largest(self, figure: Figure | Largest) -> list[Polynomial]:
        """The polynomials of which the largest is a figure on the class, but for those beaten."""
        figures = figure.candidates if isinstance(figure, Largest) else (figure,)
        found: list[Polynomial] = []
        for each in map(self.polynomial, figures):
            if each not in found:
                found.append(each)
        moved = [self._from_start(each) for each in found]
        return [
            each
            for number, each in enumerate(found)
            if not any(_beaten(moved[number], q) for q in moved)
        ]

    def _from_start(self, polynomial: Polynomial) -> Polynomial:
        """The polynomial over how far beyond their starts the numbers of periods are."""
        starts = {self.letters[name]: start for name, start in self.starts.items()}
        total: dict[tuple[str, ...], int] = {}
        for names, coefficient in polynomial.items():
            term: dict[tuple[str, ...], int] = {(): coefficient}
            for name in names:
                term = _times(term, {(name,): 1, (): starts[name]})
            for key, number in term.items():
                total[key] = total.get(key, 0) + number
        return total

    def _linear(self, dim: Dim) -> dict[tuple[str, ...], int]:
        """A dimension on the class: what it grows by in each period, and the rest."""
        found: dict[tuple[str, ...], int] = {(): dim.constant}
        for atom, coefficient in dim.terms:
            (name,) = atom.symbols
            course = course_of(Dim(0, ((atom, 1),)))
            period = self.periods[name]
            grows = course.increment * (period // course.period)
            rounds = -(-course.threshold // period)
            first = _value_at(atom, self.rests[name] + period * rounds) - grows * rounds
            key = (self.letters[name],)
            found[key] = found.get(key, 0) + coefficient * grows
            found[()] += coefficient * first
        return found


def residues_of(
    figures: Iterable[Figure | Largest], defaults: Mapping[str, int], least: Mapping[str, int]
) -> Residues:
    """The class of the default sizes on which figures have no floors.

    Args:
        figures: What has floors.
        defaults: The default size of each symbol.
        least: The least size of each symbol that counts.

    Raises:
        Mixed: A dimension rounds several symbols at once.
        TooLong: A period is too long.
    """
    courses: dict[str, list[Course]] = {name: [] for name in defaults}
    for dim in _dims(figures):
        for atom, _ in dim.terms:
            if len(atom.symbols) > 1:
                raise Mixed
            (name,) = atom.symbols
            courses[name].append(course_of(Dim(0, ((atom, 1),))))
    used = {name: found for name, found in courses.items() if found}
    periods = {name: lcm(*[c.period for c in found]) for name, found in used.items()}
    rests = {name: defaults[name] % period for name, period in periods.items()}
    starts = {
        name: max(0, -(-(max(least[name], *[c.threshold for c in used[name]]) - rest) // period))
        for (name, period), rest in zip(periods.items(), rests.values(), strict=True)
    }
    return Residues(periods, rests, starts)


def _dims(figures: Iterable[Figure | Largest]) -> Iterable[Dim]:
    for figure in figures:
        for each in figure.candidates if isinstance(figure, Largest) else (figure,):
            if isinstance(each, Formula):
                for factors in each.terms:
                    yield from factors


def _value_at(atom: Atom, size: int) -> int:
    (name,) = atom.symbols
    return substitute(Dim(0, ((atom, 1),)), {name: size})


def _times(one: Polynomial, other: Polynomial) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for m, c in one.items():
        for n, d in other.items():
            key = tuple(sorted((*m, *n)))
            found[key] = found.get(key, 0) + c * d
    return found


def _beaten(one: Polynomial, other: Polynomial) -> bool:
    """Whether another polynomial has no smaller coefficient."""
    return one != other and all(
        other.get(names, 0) >= one.get(names, 0) for names in {*one, *other}
    )
