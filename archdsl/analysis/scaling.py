"""The search for scaling coefficients under a budget, as EfficientNet's grid search does.

Source: M. Tan and Q. V. Le, 2019, section 3.3, where the coefficients of equation 3 are searched
for at phi = 1, under about twice the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, product
from typing import Any, NamedTuple

from archdsl.analysis.space import Space
from archdsl.analysis.totals import Total, Totals
from archdsl.diagnostics.diagnostic import Diagnostic
from archdsl.diagnostics.report import Report
from archdsl.elaborate import scaling
from archdsl.elaborate.elaborate import deep_recursion
from archdsl.elaborate.limits import DEFAULT_LIMITS, Limits
from archdsl.elaborate.state import Elaboration
from archdsl.values.scope import Failed
from archdsl.values.value import Given, ScalingValue, shown

QUANTITIES: Mapping[str, Callable[[Total], int]] = {
    "macs": lambda total: total.sums.macs,
    "params": lambda total: total.sums.params,
    "memory": lambda total: total.inference_peak,
}
"""What a budget may be on; that on memory is on the peak in inference."""

_AT_ONCE = 500
"""Points that are tried before the garbage collector has its turn."""


class Bound(NamedTuple):
    """The most of a quantity, as it was asked for: `2x` of the network as it is written, or `10M`."""

    quantity: str
    most: int
    written: str

    def of(self, total: Total) -> int:
        """What it bounds."""
        return QUANTITIES[self.quantity](total)

    def text(self, count: int) -> str:
        """So much of the quantity: `1,000 macs`."""
        return f"{count:,} {'bytes of memory' if self.quantity == 'memory' else self.quantity}"


class Candidate(NamedTuple):
    """A point of the search that can be built.

    `point` has the values of the parameters that are searched, `coefficients` what the network's
    parameters are set to, `alike` how many later points come to the same figures.
    """

    point: Mapping[str, Any]
    coefficients: Mapping[str, Any]
    total: Total
    alike: int = 0


@dataclass
class Search:
    """What a search came to: the candidates within the budget, nearest first, and what was dropped.

    `unmet` points break a `require`, `failed` ones cannot be built (`failure` says why the first
    of them cannot), `over` ones are beyond the budget. `least` has, for each quantity of the
    budget, the candidate with the least of it; `nearest` is least beyond the budget.
    """

    budget: tuple[Bound, ...]
    points: int
    found: list[Candidate] = field(default_factory=list)
    unmet: int = 0
    failed: int = 0
    over: int = 0
    failure: Diagnostic | None = None
    least: dict[str, Candidate] = field(default_factory=dict)
    nearest: Candidate | None = None

    def add(self, candidate: Candidate) -> None:
        """Take a point that can be built."""
        for bound in self.budget:
            least = self.least.setdefault(bound.quantity, candidate)
            if bound.of(candidate.total) < bound.of(least.total):
                self.least[bound.quantity] = candidate
        if all(bound.of(candidate.total) <= bound.most for bound in self.budget):
            self.found.append(candidate)
            return
        self.over += 1
        if self.nearest is None or self._excess(candidate) < self._excess(self.nearest):
            self.nearest = candidate

    def _excess(self, candidate: Candidate) -> Fraction:
        """How many times a budget a candidate is."""
        return max(Fraction(bound.of(candidate.total), max(1, bound.most)) for bound in self.budget)

    def fail(self, report: Report) -> None:
        """Take a point that cannot be built."""
        self.failed += 1
        if self.failure is None:
            self.failure = report.sorted()[0]

    def rank(self) -> None:
        """Put those nearest the budget first, and of those with equal figures only the first."""
        alike: dict[Total, list[Candidate]] = {}
        for candidate in self.found:
            alike.setdefault(candidate.total, []).append(candidate)
        distinct = [first._replace(alike=len(rest)) for first, *rest in alike.values()]
        self.found = sorted(distinct, key=lambda c: tuple([-b.of(c.total) for b in self.budget]))


class Grid:
    """The points of a space, each costed exactly; what they have in common is costed once."""

    def __init__(
        self,
        space: Space,
        arguments: Mapping[str, Given],
        at: Mapping[str, int] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take a space with what is given to the network beside its points."""
        self.space = space
        self._arguments = arguments
        self._at = at
        self._totals = Totals(limits)

    def base(self, report: Report) -> Total | None:
        """The figures of the network as it is written; None for one that cannot be scaled.

        What is wrong with it, or with a rule that sets what it does not take, is reported.
        """
        with deep_recursion():
            found = self._totals.of(self.space.network, self._arguments, self._at)
            if found.value is None:
                report.extend(found.report)
            return found.value if self._rule_fits(report) else None

    def _rule_fits(self, report: Report) -> bool:
        """Whether the rule sets what the network takes, at the first point that it allows."""
        rule, call = self.space.rule, self.space.call
        if rule is None:
            return True
        for point in self._points():
            elaboration = Elaboration(report, DEFAULT_LIMITS, {})
            there = _with(rule, point)
            try:
                found = scaling.run_rule(elaboration, there, call, explain=False)
                scaling.check_taken(elaboration, there, found, self.space.network, call)
            except scaling.Unmet:
                continue
            except Failed:
                return False
            break
        return True

    def _points(self) -> Iterator[Mapping[str, Any]]:
        names = tuple(self.space.choices)
        for values in product(*self.space.choices.values()):
            yield dict(zip(names, values, strict=True))

    def search(
        self, budget: Sequence[Bound], progress: Callable[[int], None] | None = None
    ) -> Search:
        """Cost every point, and rank those within a budget.

        Args:
            budget: Bounds that all hold; those that come nearest the first stand first.
            progress: Is told now and then how many points are done.
        """
        result = Search(tuple(budget), self.space.points)
        waiting = self._points()
        for start in range(0, self.space.points, _AT_ONCE):
            if progress is not None:
                progress(start)
            with deep_recursion():
                for point in islice(waiting, _AT_ONCE):
                    self._try(point, result)
        result.rank()
        return result

    def why_unmet(self) -> list[str]:
        """Of the first point, what it breaks and with which figures."""
        if self.space.rule is None:
            return []
        point = next(self._points())
        elaboration = Elaboration(Report(), DEFAULT_LIMITS, {})
        with suppress(Failed):
            scaling.run_rule(elaboration, _with(self.space.rule, point), self.space.call)
        return [
            text
            for found in elaboration.report.diagnostics
            for text in (f"at {point_text(point)}, {found.message}", *found.notes)
        ]

    def _try(self, point: Mapping[str, Any], result: Search) -> None:
        coefficients = point
        if self.space.rule is not None:
            elaboration = Elaboration(Report(), DEFAULT_LIMITS, {})
            try:
                found = scaling.run_rule(
                    elaboration, _with(self.space.rule, point), self.space.call, explain=False
                )
            except scaling.Unmet:
                result.unmet += 1
                return
            except Failed:
                result.fail(elaboration.report)
                return
            coefficients = {name: each.value for name, each in found.items()}
        costed = self._totals.of(
            self.space.network, {**self._arguments, **_given(coefficients)}, self._at
        )
        if costed.value is not None:
            result.add(Candidate(point, coefficients, costed.value))
        elif all(d.code == "E0513" for d in costed.report.diagnostics):
            result.unmet += 1
        else:
            result.fail(costed.report)


def _given(values: Mapping[str, Any]) -> dict[str, Given]:
    return {name: Given(value, None, None) for name, value in values.items()}


def _with(rule: ScalingValue, point: Mapping[str, Any]) -> ScalingValue:
    """A rule with the values of a point for its open parameters."""
    return ScalingValue(rule.declaration, rule.scope, {**rule.keywords, **_given(point)})


def report_none(grid: Grid, result: Search, report: Report) -> None:
    """Report that no point is within the budget, with the least that can be reached."""
    call = grid.space.call
    notes: list[str] = []
    if result.unmet:
        notes.append(f"{result.unmet:,} of them break a `require`")
        if not result.least:
            notes += grid.why_unmet()
    if result.failure is not None:
        notes.append(
            f"{result.failed:,} cannot be built, the first because {result.failure.message}"
        )
    nearest = result.nearest
    if nearest is None:
        report.error(
            "E0436",
            f"none of the {result.points:,} points makes a network",
            call,
            notes=notes,
            help="let the parameters take other values",
        )
        return
    for bound in result.budget:
        least = result.least[bound.quantity]
        amount = bound.text(bound.of(least.total))
        notes.append(f"the least are {amount}, at {point_text(least.point)}")
    asked = " and ".join(b.text(b.most) for b in result.budget)
    reached = " ".join(f"--budget {b.quantity}={b.of(nearest.total)}" for b in result.budget)
    report.error(
        "E0435",
        f"none of the {result.points:,} points comes down to {asked}",
        call,
        notes=notes,
        help=f"the nearest that can be met: {reached}",
    )


def point_text(point: Mapping[str, Any]) -> str:
    """`alpha = 1.2, beta = 1.1`."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in point.items())
