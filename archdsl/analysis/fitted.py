"""Figures over a parameter of the network too: polynomials through some of its values, tried at others.

What a text computes with a parameter is not followed; its figures are. At five values they
determine a polynomial of degree 3 and whether it is one; at further values the network is
elaborated again and its figures are held against it. What is said is exact at the values that are
said to have been tried, and is not proven for others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from archdsl.analysis.cost import CostReport
from archdsl.analysis.memory import Memory
from archdsl.graph.graph import Graph
from archdsl.shapes.dim import Dim, floor_div, symbol
from archdsl.shapes.formula import Figure, Formula, Monomial, formula_of, largest, terms_of

_POINTS = 5
_MOST, _MOST_OF_SEVERAL = 32, 8
"""How many values of a parameter are tried beside those points."""

_LARGEST_STEP = 64
_SUMS = ("params", "trainable_params", "buffers", "macs", "flops", "activations", "weight_bytes")


class NotFitted(ArithmeticError):
    """The figures are no polynomial of a parameter in whole numbers."""


@dataclass(frozen=True)
class PartFigures:
    """The figures of a network or a stage; `alive` are the bytes alive while each of its layers runs."""

    params: Any
    trainable_params: Any
    buffers: Any
    macs: Any
    flops: Any
    activations: Any
    weight_bytes: Any
    saved: Any
    alive: tuple[Any, ...]

    @cached_property
    def memory(self) -> Memory:
        """Bytes, the peak the largest of what is alive."""
        return Memory(self.weight_bytes, largest(self.alive), self.saved)

    @property
    def figures(self) -> tuple[Any, ...]:
        """All of them in order."""
        sums = [getattr(self, name) for name in _SUMS]
        return (*sums, self.saved, *self.alive)

    @classmethod
    def of(cls, figures: Sequence[Any]) -> PartFigures:
        """A part with these figures, in the order of `figures`."""
        named = dict(zip(_SUMS, figures, strict=False))
        rest = figures[len(_SUMS) :]
        return cls(**named, saved=rest[0], alive=tuple(rest[1:]))


@dataclass(frozen=True)
class FittedReport(PartFigures):
    """The figures of a network and its stages as formulas, over parameters too.

    `graph` is the network at the parameters' values around which they were looked at; `tried` says
    for which values of each the formulas hold.
    """

    graph: Graph
    tried: Mapping[str, Tried]
    parts: Mapping[str, PartFigures]

    @classmethod
    def made(
        cls, graph: Graph, parts: Mapping[str, PartFigures], tried: Mapping[str, Tried]
    ) -> FittedReport:
        """A report of parts by path; that of the network is the empty one."""
        whole = parts[""]
        own = {each.name: getattr(whole, each.name) for each in fields(PartFigures)}
        return cls(**own, graph=graph, tried=tried, parts=parts)

    def of_region(self, id: int) -> PartFigures:
        """The figures of a stage; the network is region 0."""
        return self.parts[self.graph.regions[id].path]


@dataclass(frozen=True)
class Tried:
    """For which values of a parameter its formulas have been held against the figures.

    They stand around `value` and are multiples of `step`; at the `bad` ones there is no network, or
    it has other figures.
    """

    value: int
    step: int
    values: tuple[int, ...]
    bad: tuple[int, ...]

    def text(self, name: str) -> str:
        """`width = 8, 16, ... 512, each tried; not at 16`."""
        first, last = self.values[0], self.values[-1]
        if len(self.values) == last // self.step:
            said = f"{name} = {first}, {2 * self.step}, ... {last}, each tried"
        else:
            of = f"multiples of {self.step}" if self.step > 1 else "whole numbers"
            said = f"{name} in {of}, tried at {len(self.values)} from {first} to {last}"
        return f"{said}; not at {', '.join(map(str, self.bad))}" if self.bad else said


def formulas_over(
    parameters: Mapping[str, int], report_at: Callable[[Mapping[str, int]], CostReport | None]
) -> FittedReport:
    """The figures of a network over some of its parameters.

    Args:
        parameters: Each with the value around which the figures are looked at.
        report_at: The formulas of the network where the parameters have some values, None where
            it cannot have them.

    Raises:
        NotFitted: The figures are no polynomial of a parameter, or there is no network at its value.
    """
    base = report_at(parameters)
    if base is None:
        said = ", ".join(f"{name} = {value}" for name, value in parameters.items())
        raise NotFitted(f"there is no network at {said}")
    most = _MOST if len(parameters) == 1 else _MOST_OF_SEVERAL

    def at(rest: Mapping[str, int], names: tuple[str, ...]) -> FittedReport | None:
        if not names:
            found = report_at(rest)
            return None if found is None else FittedReport.made(found.graph, _parts(found), {})
        name, *others = names
        known: dict[int, FittedReport | None] = {}

        def sample(value: int) -> FittedReport | None:
            if value not in known:
                known[value] = at({**rest, name: value}, tuple(others))
            return known[value]

        return _over(name, parameters[name], sample, most)

    fitted = at({}, tuple(parameters))
    assert fitted is not None
    return FittedReport.made(base.graph, fitted.parts, fitted.tried)


def _parts(report: CostReport) -> dict[str, PartFigures]:
    """What is fitted of a network: the figures of the whole and of each stage."""
    found = {"": report, **{p: report.of_region(r.id) for p, r in report.graph.stages.items()}}
    return {
        path: PartFigures.of(
            [*[getattr(each, name) for name in _SUMS], each.memory.training_saved, *each.alive]
        )
        for path, each in found.items()
    }


def _over(
    name: str, value: int, sample: Callable[[int], FittedReport | None], most: int
) -> FittedReport:
    """Formulas over one parameter, the rest of whose values `sample` knows."""
    for step in [d for d in range(1, min(value, _LARGEST_STEP) + 1) if value % d == 0]:
        points = [value + step * k for k in range(_POINTS)]
        sampled = [sample(point) for point in points]
        fit = _fit(points, sampled)
        parts = None if fit is None else fit.formulas(symbol(name, value), step)
        if fit is None or parts is None:
            continue
        last = max(points[-1], 2 * value)
        values = range(step, last + 1, step)
        # Beside the points those from the smallest on, and the others evenly spread.
        chosen = sorted(
            {last, *points, *values[: most // 2], *values[:: max(1, len(values) // most)]}
        )
        bad = tuple([v for v in chosen if not fit.holds(v, sample(v))])
        if len(bad) > len(chosen) // 2:
            continue
        found = next(each for each in sampled if each is not None)
        tried = Tried(value, step, tuple(chosen), bad)
        return FittedReport.made(found.graph, parts, {**found.tried, name: tried})
    raise NotFitted(f"the figures are no polynomial of {name} in whole numbers around {value}")


class _Fit:
    """For each part and figure the polynomial that each product of dimensions has as coefficient."""

    def __init__(self, found: Mapping[str, list[dict[Monomial, list[Fraction]]]]) -> None:
        self._found = found

    def holds(self, value: int, report: FittedReport | None) -> bool:
        """Whether the figures at a value are these."""
        if report is None or report.parts.keys() != self._found.keys():
            return False
        for path, fitted in self._found.items():
            figures = report.parts[path].figures
            if len(figures) != len(fitted):
                return False
            for figure, polynomials in zip(figures, fitted, strict=True):
                expected = {m: _evaluate(p, value) for m, p in polynomials.items()}
                found = terms_of(figure)
                if any(expected.get(m, 0) != found.get(m, 0) for m in {*expected, *found}):
                    return False
        return True

    def formulas(self, dim: Dim, step: int) -> dict[str, PartFigures] | None:
        """The figures over the parameter, None where they take other than whole numbers of steps."""
        parts: dict[str, PartFigures] = {}
        for path, found in self._found.items():
            figures = [_formula(polynomials, dim, step) for polynomials in found]
            if any(figure is None for figure in figures):
                return None
            parts[path] = PartFigures.of(figures)
        return parts


def _fit(points: Sequence[int], reports: Sequence[FittedReport | None]) -> _Fit | None:
    """The polynomials through some values; None where there are none, or the network has another form."""
    parts = [report.parts for report in reports if report is not None]
    if len(parts) < len(points) or any(p.keys() != parts[0].keys() for p in parts):
        return None
    found: dict[str, list[dict[Monomial, list[Fraction]]]] = {}
    for path in parts[0]:
        columns = [part[path].figures for part in parts]
        if len({len(column) for column in columns}) > 1:
            return None
        found[path] = []
        for figures in zip(*columns, strict=True):
            terms = [terms_of(figure) for figure in figures]
            polynomials = {
                m: _through(points, [t.get(m, 0) for t in terms])
                for m in dict.fromkeys(m for t in terms for m in t)
            }
            if any(p is None for p in polynomials.values()):
                return None
            found[path].append({m: p for m, p in polynomials.items() if p is not None})
    return _Fit(found)


def _through(points: Sequence[int], values: Sequence[int]) -> list[Fraction] | None:
    """The coefficients of the polynomial through evenly spaced points; None if its degree is too high."""
    differences: list[int] = []
    row = list(values)
    while row:
        differences.append(row[0])
        row = [after - before for before, after in pairwise(row)]
    if differences[-1]:
        return None
    first, step = points[0], points[1] - points[0]
    total = [Fraction(0)] * len(differences)
    binomial = [Fraction(1)]
    for k, difference in enumerate(differences):
        for power, coefficient in enumerate(binomial):
            total[power] += difference * coefficient
        # The next binomial: times ((x - first) / step - k) / (k + 1).
        shifted = [Fraction(0), *[c / step for c in binomial]]
        offset = Fraction(first, step) + k
        binomial = [
            (up - offset * c) / (k + 1)
            for up, c in zip(shifted, [*binomial, Fraction(0)], strict=True)
        ]
    while total and not total[-1]:
        total.pop()
    return total


def _evaluate(polynomial: Iterable[Fraction], value: int) -> Fraction:
    return sum([c * value**power for power, c in enumerate(polynomial)], start=Fraction(0))


def _formula(
    polynomials: Mapping[Monomial, Sequence[Fraction]], dim: Dim, step: int
) -> Figure | None:
    """A figure over a parameter, or over its whole steps; None where both take fractions."""
    whole = all(c.denominator == 1 for p in polynomials.values() for c in p)
    unit: Any = formula_of(dim if whole else floor_div(dim, step))
    total: Any = 0
    for factors, coefficients in polynomials.items():
        rest: Any = Formula({factors: 1}) if factors else 1
        for power, c in enumerate(coefficients):
            scaled = c if whole else c * step**power
            if scaled.denominator != 1:
                return None
            term: Any = int(scaled) * rest
            for _ in range(power):
                term = term * unit
            total = total + term
    return total  # type: ignore[no-any-return]
