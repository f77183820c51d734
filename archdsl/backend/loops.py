"""Copies: runs of equal ones, numbers that grow by steps, a first or last one that differs.

The loop of a class with one instance has a value for every copy, and is written
as runs. Where a class has several instances, the copies of all of them must come from one line
(or from one for the first copy and one for the rest).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.backend.arguments import Arguments, Resolver, number_name, same
from archdsl.backend.expression import Binary, Choice, Expression, Literal, Name, names_in
from archdsl.backend.template import Differ, Element, LoopElement, Template
from archdsl.backend.units import Unit
from archdsl.graph.region import Region
from archdsl.syntax import tree

NUMBER = "i"
"""The variable that holds the number of a copy."""

Cell = tuple[Unit, int]


@dataclass(eq=False, repr=False, slots=True)
class Part:
    """Copies made by one line: of one class with these arguments, or all of one chain.

    `first` is the number of the first of them. The arguments may speak of the number.
    """

    first: int
    count: Expression
    template: Template | None
    arguments: Mapping[str, Expression]
    chain: tuple[Element, ...] = ()

    @property
    def uses_number(self) -> bool:
        """Whether the copies are told apart by their number."""
        return any(NUMBER in names_in(e) for e in self.arguments.values())

    @property
    def is_single(self) -> bool:
        """Whether it is one copy."""
        return self.count == Literal(1)


# One instance: every value is known


@dataclass(eq=False, repr=False, slots=True)
class _Run:
    """Consecutive copies that are equal: their number, and one of them."""

    first: int
    count: int
    unit: Unit


def literal_parts(
    loop: LoopElement,
    copies: Sequence[Unit],
    templates: Mapping[Unit, Template],
    fingerprint: Callable[[Unit], Any],
    chain: Callable[[Unit], tuple[Element, ...]],
) -> list[Part]:
    """The copies of one instance: runs of equal ones, or one line whose numbers grow."""
    runs: list[_Run] = []
    before: Any = None
    for number, unit in enumerate(copies, loop.first):
        mark = fingerprint(unit)
        if runs and mark == before:
            runs[-1].count += 1
        else:
            runs.append(_Run(number, 1, unit))
        before = mark
    if len(runs) > 2:
        for skipped in (0, 1):
            grown = _growing(copies[skipped:], loop.first + skipped, templates)
            if grown is not None and len(copies) - skipped > 2:
                return [*(_part(run, templates, chain) for run in runs[:skipped]), grown]
    return [_part(run, templates, chain) for run in runs]


def _part(
    run: _Run,
    templates: Mapping[Unit, Template],
    chain: Callable[[Unit], tuple[Element, ...]],
) -> Part:
    template = templates.get(run.unit)
    if template is None:
        return Part(run.first, Literal(run.count), None, {}, chain(run.unit))
    arguments = {p.name: Literal(p.values[run.unit]) for p in template.parameters}
    return Part(run.first, Literal(run.count), template, arguments)


def _growing(copies: Sequence[Unit], first: int, templates: Mapping[Unit, Template]) -> Part | None:
    """One line for copies of one class whose numbers grow by even steps."""
    template = templates.get(copies[0]) if copies else None
    if template is None or any(templates.get(unit) is not template for unit in copies):
        return None
    arguments: dict[str, Expression] = {}
    for parameter in template.parameters:
        values = [parameter.values[unit] for unit in copies]
        found = _progression(values, first)
        if found is None:
            return None
        arguments[parameter.name] = found
    return Part(first, Literal(len(copies)), template, arguments)


def _progression(values: Sequence[Any], first: int) -> Expression | None:
    """One value throughout, or whole numbers that grow by even steps with the copy's number."""
    if all(same(value, values[0]) for value in values):
        return Literal(values[0])
    if any(type(value) is not int for value in values):
        return None
    step = values[1] - values[0]
    base = values[0] - step * first
    if any(value != base + step * number for number, value in enumerate(values, first)):
        return None
    return line(Literal(base), step)


def line(base: Expression, step: int | Expression) -> Expression:
    """`base + step * i`, as one would write it."""
    number: Expression = Name(NUMBER)
    if isinstance(step, int):
        times = abs(step)
        grown = number if times == 1 else Binary("*", Literal(times), number)
        if base == Literal(0) and step > 0:
            return grown
        return Binary("+" if step > 0 else "-", base, grown)
    grown = Binary("*", step, number)
    return grown if base == Literal(0) else Binary("+", base, grown)


# Several instances: one line for all of them


def shared_parts(
    loop: LoopElement, template: Template, arguments: Arguments, name: str
) -> list[Part]:
    """The copies of all instances, by one line or by one for the first and one for the rest.

    Raises:
        Differ: the copies follow no rule that holds in every instance.
    """
    copies = loop.copies
    whole = _Copies(loop, copies, arguments)
    count = _count(loop, arguments, name)
    found = whole.arguments_of(template)
    if found is not None:
        return [Part(loop.first, count, template, found)]
    if all(len(units) > 1 for units in copies.values()):
        rest = _Copies(loop, {u: units[1:] for u, units in copies.items()}, arguments, skipped=1)
        later = rest.arguments_of(template)
        if later is not None:
            first = {
                p.name: arguments.resolve(
                    {u: p.values[units[0]] for u, units in copies.items()}, f"{name}_{p.name}"
                )
                for p in template.parameters
            }
            fewer = _count(loop, arguments, name, skipped=1)
            return [
                Part(loop.first, Literal(1), template, first),
                Part(loop.first + 1, fewer, template, later),
            ]
    found = whole.arguments_of(template, count=count)
    if found is None:
        raise Differ
    return [Part(loop.first, count, template, found)]


def _count(loop: LoopElement, arguments: Arguments, name: str, *, skipped: int = 0) -> Expression:
    values = {u: len(units) for u, units in loop.copies.items()}
    written: list[tree.Expression] = []
    regions: dict[Unit, Region] = {}
    for u, copy in loop.scopes.items():
        around = arguments.text.parent(copy)
        repeat = arguments.text.repeat(copy)
        if around is not None:
            regions[u] = around
        if repeat is not None and not written:
            written.append(repeat.count)
    count = arguments.resolve(values, f"{name}_count", written, regions)
    if skipped == 0:
        return count
    if isinstance(count, Literal):
        return Literal(count.value - skipped)
    return Binary("-", count, Literal(skipped))


class _Copies(Resolver[Cell]):
    """Finds what the arguments of copies are, in terms of their class's arguments and the number."""

    def __init__(
        self,
        loop: LoopElement,
        copies: Mapping[Unit, Sequence[Unit]],
        arguments: Arguments,
        *,
        skipped: int = 0,
    ) -> None:
        self.first = loop.first + skipped
        self.units: dict[Cell, Unit] = {
            (owner, number): unit
            for owner, units in copies.items()
            for number, unit in enumerate(units, self.first)
        }
        super().__init__(
            arguments.text,
            {cell: {**arguments.names[cell[0]], NUMBER: cell[1]} for cell in self.units},
        )
        self.arguments = arguments
        self.starts_at_zero = loop.first == 0

    def arguments_of(
        self, template: Template, *, count: Expression | None = None
    ) -> dict[str, Expression] | None:
        """An expression for every argument of the copies' class, None where one has none.

        With `count`, the number of copies, a first or last one may differ from the others.
        """
        found: dict[str, Expression] = {}
        for parameter in template.parameters:
            values = {cell: parameter.values[unit] for cell, unit in self.units.items()}
            written: list[tree.Expression] = []
            regions: dict[Cell, Region] = {}
            for cell, unit in self.units.items():
                outside = self.text.parent(unit.region)
                if outside is not None:
                    regions[cell] = outside
                if not written and parameter.source in unit.region.argument_expressions:
                    written = [unit.region.argument_expressions[parameter.source or ""]]
            guess = self.find(values, written, regions) or self._growing(values)
            if guess is None and count is not None:
                guess = self._but_one(values, count)
            if guess is None:
                return None
            found[parameter.name] = guess
        return found

    def bases(self) -> Iterable[str]:
        """The names of the class around."""
        return self.arguments.bases()

    def declared(self, name: str, regions: Mapping[Cell, Region]) -> Expression | None:
        """As in the class around."""
        return self._around(name, regions, self.arguments.declared)

    def constant(self, name: str, regions: Mapping[Cell, Region]) -> Expression | None:
        """As in the class around, where it is the same in all copies."""
        return self._around(name, regions, self.arguments.constant)

    def entered(self, regions: Mapping[Cell, Region]) -> Expression | None:
        """As in the class around, where the regions are not within the copies."""
        return self._around("", regions, lambda _, around: self.arguments.entered(around))

    def loop_name(self, name: str, regions: Mapping[Cell, Region]) -> Expression | None:
        """The copy's number itself, where the numbers of the loop begin at 0."""
        cell, region = next(iter(regions.items()))
        if number_name(self.text, name, region) is None or not self.starts_at_zero:
            return None
        if region is not self.units[cell].outer:
            return None
        if name == "first":
            return Binary("==", Name(NUMBER), Literal(0))
        return None if name == "last" else Name(NUMBER)

    def _around(
        self,
        name: str,
        regions: Mapping[Cell, Region],
        ask: Callable[[str, dict[Unit, Region]], Expression | None],
    ) -> Expression | None:
        around: dict[Unit, Region] = {}
        for (owner, _), region in regions.items():
            if around.setdefault(owner, region) is not region:
                return None
        return ask(name, around)

    def _by_owner(self, values: Mapping[Cell, Any]) -> dict[Unit, list[Any]]:
        found: dict[Unit, list[Any]] = {}
        for (owner, _), value in values.items():
            found.setdefault(owner, []).append(value)
        return found

    def _growing(self, values: Mapping[Cell, Any]) -> Expression | None:
        """Whole numbers that grow with the copy's number, by steps that the class knows."""
        if any(type(value) is not int for value in values.values()):
            return None
        rows = self._by_owner(values)
        steps = {u: row[1] - row[0] for u, row in rows.items() if len(row) > 1}
        if max(map(len, rows.values())) < 3:
            return None
        step = self.arguments.find(steps)
        if not isinstance(step, Literal | Name):
            return None
        default = next(iter(steps.values()))
        bases = {u: row[0] - steps.get(u, default) * self.first for u, row in rows.items()}
        base = self.arguments.find(bases)
        if base is None:
            return None
        literal = step.value if isinstance(step, Literal) else step
        guess = line(base, literal)
        return guess if self.is_right(guess, values) else None

    def _but_one(self, values: Mapping[Cell, Any], count: Expression) -> Expression | None:
        """One value for the first copy or the last, and one for all others."""
        rows = self._by_owner(values)
        for end in (0, -1):
            apart = self.arguments.find({u: row[end] for u, row in rows.items()})
            others = {
                u: (row[1:] if end == 0 else row[:-1])[0] for u, row in rows.items() if len(row) > 1
            }
            rest = self.arguments.find(others) if others else None
            if apart is None or rest is None:
                continue
            last = Binary("-", count, Literal(1))
            number: Expression = Literal(0) if end == 0 else last
            guess = Choice(Binary("==", Name(NUMBER), number), apart, rest)
            if self.is_right(guess, values):
                return guess
        return None
