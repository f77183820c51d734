"""Holes: guess an expression over the constructor's arguments, and keep it if it is right everywhere.

A hole has one value in each instance. The first candidate that gives all of
them is taken; a guess that is wrong anywhere is no candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Generic, TypeVar

from archdsl.backend import expression as ex
from archdsl.backend.expression import Binary, Expression, Literal, Name, Unknown, evaluate
from archdsl.backend.names import Namespace, local_word
from archdsl.backend.signatures import REQUIRED
from archdsl.backend.template import Parameter
from archdsl.backend.translate import collapsed, translate
from archdsl.backend.units import Unit
from archdsl.graph.region import Region, RegionKind
from archdsl.graph.text_index import TextIndex
from archdsl.syntax import tree
from archdsl.values.value import ListValue

Cell = TypeVar("Cell", bound=Hashable)

_ENTERED = {
    RegionKind.NETWORK,
    RegionKind.STAGE,
    RegionKind.REPEAT,
    RegionKind.FOR,
    RegionKind.BLOCK,
}
"""What `input` speaks of in the text."""


class Unplain(Exception):
    """A value of the language that emitted code has no literal for."""


def plain(value: Any) -> Any:
    """A value of the language as Python's: a whole size collapsed, a fraction as a float.

    Raises:
        Unplain: it is no number, text, truth value or list of those.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Fraction | float):
        return float(value)
    if isinstance(value, ListValue):
        return [plain(item) for item in value]
    if isinstance(value, tuple) and value:
        sides = tuple(plain(item) for item in value)
        return collapsed(sides) if all(type(side) is int for side in sides) else sides
    raise Unplain


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal, `1`, `1.0` and `True` being three."""
    if isinstance(left, list | tuple):
        return type(left) is type(right) and len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)


class Resolver(Generic[Cell]):
    """Finds expressions for values that vary over cells, each with names of its own.

    A cell is an instance of a class, or one copy of a loop in one.
    """

    def __init__(self, text: TextIndex, names: Mapping[Cell, dict[str, Any]]) -> None:
        self.text = text
        self.names = names
        self.found: list[Expression] = []

    # What a kind of cell adds

    def declared(self, name: str, regions: Mapping[Cell, Region]) -> Expression | None:
        """A parameter of the declaration that the class is of, None where regions are inside it."""
        return None

    def constant(self, name: str, regions: Mapping[Cell, Region]) -> Expression | None:
        """A `let` in the text of regions."""
        return None

    def entered(self, regions: Mapping[Cell, Region]) -> Expression | None:
        """The channels of what enters regions."""
        return None

    def loop_name(self, name: str, regions: Mapping[Cell, Region]) -> Expression | None:
        """`index`, `first`, `last` or a loop's own name for the number, in the text of copies."""
        return None

    def bases(self) -> Iterable[str]:
        """The names that guesses are made of, the likeliest first."""
        return ()

    # Finding

    def is_right(self, guess: Expression, values: Mapping[Cell, Any]) -> bool:
        """Whether an expression gives every value."""
        try:
            return all(
                same(evaluate(guess, self.names[cell]), value) for cell, value in values.items()
            )
        except Unknown:
            return False

    def find(
        self,
        values: Mapping[Cell, Any],
        written: Iterable[tree.Expression] = (),
        regions: Mapping[Cell, Region] | None = None,
        hint: Expression | None = None,
    ) -> Expression | None:
        """An expression for values, None where no guess is right.

        Args:
            values: The value in each cell.
            written: Expressions of the text that may mean it.
            regions: In each cell the region whose text they stand in.
            hint: What the value is likely to be.
        """
        written = list(written)
        for guess in self._guesses(values, written, regions, hint):
            if self.is_right(guess, values):
                if not isinstance(guess, Literal) and guess not in self.found:
                    self.found.append(guess)
                return guess
        return self._by_parts(values, written, regions)

    def _guesses(
        self,
        values: Mapping[Cell, Any],
        written: Iterable[tree.Expression],
        regions: Mapping[Cell, Region] | None,
        hint: Expression | None,
    ) -> Iterator[Expression]:
        first = next(iter(values.values()))
        partial = len(values) < len(self.names)
        if not partial:
            yield Literal(first)
        if regions is not None:
            within = {cell: regions[cell] for cell in values}
            for text in written:
                translated = self.translated(text, within)
                if translated is not None and not (partial and self._is_constant(translated)):
                    yield translated
        if partial:
            yield Literal(first)
        if hint is not None:
            yield hint
        bases = list(self.bases())
        yield from map(Name, bases)
        yield from list(self.found)
        if type(first) is int:
            yield from self._arithmetic(first, next(iter(values)), bases)

    def _is_constant(self, guess: Expression) -> bool:
        """Whether an expression has one value in all cells, those left out too."""
        try:
            values = [evaluate(guess, names) for names in self.names.values()]
        except Unknown:
            return True
        return all(same(value, values[0]) for value in values)

    def _arithmetic(self, value: int, cell: Cell, bases: Sequence[str]) -> Iterator[Expression]:
        """`p // 2`, `p * k`, `p // k`, and two names added, subtracted or multiplied."""
        names = self.names[cell]
        numbers = [(Name(b), names[b]) for b in bases if type(names.get(b)) is int and names[b]]
        for name, _ in numbers:
            yield Binary("//", name, Literal(2))
        for name, number in numbers:
            if value % number == 0 and value // number > 1:
                yield Binary("*", name, Literal(value // number))
        for name, number in numbers:
            if value and number % value == 0 and number // value > 1:
                yield Binary("//", name, Literal(number // value))
        for position, (left, _) in enumerate(numbers):
            for right, _ in numbers[position + 1 :]:
                for operator in ("+", "-", "*"):
                    yield Binary(operator, left, right)
                yield Binary("-", right, left)

    def _by_parts(
        self,
        values: Mapping[Cell, Any],
        written: Sequence[tree.Expression],
        regions: Mapping[Cell, Region] | None,
    ) -> Expression | None:
        """The items of a tuple or list each by themselves."""
        first = next(iter(values.values()))
        if not isinstance(first, list | tuple):
            return None
        if any(type(v) is not type(first) or len(v) != len(first) for v in values.values()):
            return None
        parts = [
            self.find({cell: value[i] for cell, value in values.items()}, written, regions)
            for i in range(len(first))
        ]
        if any(part is None for part in parts):
            return None
        return ex.Sequence(tuple(p for p in parts if p is not None), isinstance(first, list))

    # What the text says

    def translated(
        self, written: tree.Expression, regions: Mapping[Cell, Region]
    ) -> Expression | None:
        """An expression of the text in Python, None where there is no like."""
        return translate(written, lambda name: self.lookup(name, regions), self.entered(regions))

    def lookup(self, name: str, regions: Mapping[Cell, Region]) -> Expression | None:
        """What a name stands for in the text of regions."""
        around: dict[Cell, Region] = dict(regions)
        while around:
            region = next(iter(around.values()))
            if all(name in r.lets for r in around.values()):
                return self.constant(name, around)
            if region.kind is RegionKind.REPEAT:
                found = self.loop_name(name, around)
                if found is not None:
                    return found
            if region.declaration is not None:
                if any(name not in r.arguments for r in around.values()):
                    return None
                return self.declared(name, around) or self._argument(name, around)
            around = self._outside(around)
        return None

    def _argument(self, name: str, regions: Mapping[Cell, Region]) -> Expression | None:
        """An argument of a block that is called within the class and is no class of its own."""
        try:
            values = {cell: plain(r.arguments[name]) for cell, r in regions.items()}
        except Unplain:
            return None
        written = [
            r.argument_expressions[name]
            for r in list(regions.values())[:1]
            if name in r.argument_expressions
        ]
        return self.find(values, written, self._outside(regions))

    def _outside(self, regions: Mapping[Cell, Region]) -> dict[Cell, Region]:
        """The regions around regions; nothing where one of them has none."""
        found = {cell: self.text.parent(region) for cell, region in regions.items()}
        return {c: r for c, r in found.items() if r} if all(found.values()) else {}

    def entered_region(self, region: Region) -> Region:
        """The region that `input` speaks of in the text of a region."""
        while region.kind not in _ENTERED and not (
            region.kind is RegionKind.SHARE and region.declaration is not None
        ):
            outside = self.text.parent(region)
            assert outside is not None
            region = outside
        return region


class Arguments(Resolver[Unit]):
    """The arguments of a class's constructor, found hole by hole.

    Those on offer are `in_channels` and the plain parameters of the declaration; a value that
    nothing on offer gives becomes an argument of its own.
    """

    def __init__(self, units: Sequence[Unit], text: TextIndex, locals: Namespace) -> None:
        super().__init__(text, {unit: {} for unit in units})
        self.units = units
        self.parameters: dict[str, Parameter] = {}
        self.constants: dict[str, Expression] = {}
        self.channels: Expression | None = None
        self._local_names: dict[str, str] = {}
        self._by_source: dict[str, str] = {}
        self._locals = locals
        if len(units) > 1:
            self._offer_declared()
            self._offer_channels()

    def bases(self) -> Iterable[str]:
        """Declared parameters, the channels that come in, and what was added."""
        return [*self.parameters, *self.constants]

    # What is on offer

    def _offer_declared(self) -> None:
        regions = [self.text.declaring(unit.region) for unit in self.units]
        declaration = regions[0].declaration
        assert declaration is not None
        for parameter in declaration.parameters:
            try:
                values = {
                    unit: plain(region.arguments[parameter.name])
                    for unit, region in zip(self.units, regions, strict=True)
                }
            except (Unplain, KeyError):
                continue
            name = self._locals.claim(local_word(parameter.name))
            default = self._literal_default(parameter)
            self._by_source[parameter.name] = name
            self._offer(Parameter(name, values, default, parameter.name))

    def _literal_default(self, parameter: tree.Parameter) -> Any:
        if parameter.default is None:
            return REQUIRED
        found = translate(parameter.default, lambda _: None, None)
        return found.value if isinstance(found, Literal) else REQUIRED

    def _offer_channels(self) -> None:
        entering = [unit.input_types[0] for unit in self.units if unit.input_types]
        if len(entering) < len(self.units) or not all(type.dims for type in entering):
            return
        flat = all(type.rank == 1 for type in entering)
        name = self._locals.claim("in_features" if flat else "in_channels")
        values = {u: type.channels for u, type in zip(self.units, entering, strict=True)}
        self.channels = Name(name)
        self._offer(Parameter(name, values))

    def _offer(self, parameter: Parameter) -> None:
        self.parameters[parameter.name] = parameter
        for unit, value in parameter.values.items():
            self.names[unit][parameter.name] = value

    # What the text says

    def declared(self, name: str, regions: Mapping[Unit, Region]) -> Expression | None:
        """The parameter, where the regions are those that declare it."""
        if any(self.text.declaring(u.region) is not region for u, region in regions.items()):
            return None
        known = self._by_source.get(name)
        return None if known is None else Name(known)

    def constant(self, name: str, regions: Mapping[Unit, Region]) -> Expression | None:
        """The `let`'s own expression under its name, else an argument of that name."""
        try:
            values = {unit: plain(region.lets[name]) for unit, region in regions.items()}
        except Unplain:
            return None
        key = f"{name}@{next(iter(regions.values())).span.start}"
        local = self._local_names.get(key)
        if local is not None and self.is_right(Name(local), values):
            return Name(local)
        for written in self.text.constants(next(iter(regions.values())), name):
            translated = self.translated(written, regions)
            if translated is None or not self.is_right(translated, values):
                continue
            if isinstance(translated, Name | Literal) or len(values) < len(self.units):
                return translated
            local = self._local_names[key] = self._locals.claim(local_word(name))
            self.constants[local] = translated
            for unit, value in values.items():
                self.names[unit][local] = value
            return Name(local)
        return self.find(values) or self.invent(name, values)

    def entered(self, regions: Mapping[Unit, Region]) -> Expression | None:
        """What comes in, where that is what the class is given; else by its value."""
        found = {unit: self.entered_region(region) for unit, region in regions.items()}
        if all(r in (u.region, u.outer) for u, r in found.items()):
            return self.channels
        if not all(r.inputs and r.inputs[0].type.dims for r in found.values()):
            return None
        return self.find({unit: r.inputs[0].type.channels for unit, r in found.items()})

    def loop_name(self, name: str, regions: Mapping[Unit, Region]) -> Expression | None:
        """The number of the copy that the class is, as an argument."""
        number = number_name(self.text, name, next(iter(regions.values())))
        if number is None:
            return None
        values = {unit: number(*self.text.copies(r)) for unit, r in regions.items()}
        return self.find(values) or self.invent(name, values)

    # New arguments

    def resolve(
        self,
        values: Mapping[Unit, Any],
        name: str,
        written: Iterable[tree.Expression] = (),
        regions: Mapping[Unit, Region] | None = None,
        hint: Expression | None = None,
    ) -> Expression:
        """An expression for values: a guess that is right, else a new argument of that name."""
        return self.find(values, written, regions, hint) or self.invent(name, values)

    def invent(self, name: str, values: Mapping[Unit, Any]) -> Expression:
        """A new argument; where some instances have no value, it may be left out."""
        default = REQUIRED if len(values) == len(self.units) else None
        everywhere = {unit: values.get(unit) for unit in self.units}
        claimed = self._locals.claim(local_word(name))
        self._offer(Parameter(claimed, everywhere, default))
        return Name(claimed)


def number_name(text: TextIndex, name: str, copy: Region) -> Callable[[int, int], Any] | None:
    """What a name says of a copy's number and the number of copies, None where it says nothing."""
    repeat = text.repeat(copy)
    names = {"index"}
    if repeat is not None and repeat.index is not None:
        names.add(repeat.index.name)
    if name in names:
        return lambda number, _: number
    if name == "first":
        return lambda number, _: number == 0
    if name == "last":
        return lambda number, count: number == count - 1
    return None
