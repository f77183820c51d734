"""Which modules are instances of one class: bottom-up, declaration by declaration.

Units of one declaration share a class where they differ in values, or in
which branch of an `if` they took. What cannot share one is split, at worst into classes with one
instance each, in which everything is written out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from archdsl.backend.merging import Merging
from archdsl.backend.resolution import Resolution
from archdsl.backend.signatures import arguments_of, as_module, is_literal
from archdsl.backend.skeleton import Skeleton
from archdsl.backend.template import Differ, Template
from archdsl.backend.units import (
    LOOPS,
    Child,
    If,
    Item,
    Keep,
    Loop,
    Unit,
    Use,
    home_of,
    reach,
    walk,
)
from archdsl.backend.wiring import After, Incoming, Result, Source, Wiring, in_fact
from archdsl.graph.region import RegionKind
from archdsl.layers.definition import Weight
from archdsl.layers.torch_call import Infix, TorchCall

_INLINE = (RegionKind.STAGE, RegionKind.PATH, RegionKind.CHAIN, RegionKind.OUTPUT)
"""What is written down where it is made, if it is a chain."""


class Groups:
    """The classes of a network, and which units are written down without one."""

    def __init__(self, skeleton: Skeleton, reserved: Iterable[str]) -> None:
        self.skeleton = skeleton
        self.wirings: dict[Unit, Wiring] = {}
        self.templates: dict[Unit, Template] = {}
        self.chains: dict[Unit, Sequence[Item]] = {}
        self.empty: set[Unit] = set()
        self.classes: list[Template] = []
        self._reserved = frozenset(reserved)
        self._fingerprints: dict[Unit, Any] = {}
        for units in _batches(skeleton.root):
            self._batch(units)

    def function(self, use: Use) -> TorchCall:
        """The functional form of a layer's use."""
        return self.skeleton.function(use)

    # One declaration

    def first_values(self, use: Use) -> tuple[Weight, ...]:
        """The weights that are filled where a layer's module is made."""
        return self.skeleton.first_values.beside(use.node, use.types)

    def _batch(self, units: Sequence[Unit]) -> None:
        if all(not unit.items for unit in units) and not units[0].is_network:
            self.empty.update(units)
            return
        for unit in units:
            self.wirings[unit] = Wiring(unit, self.empty)
        grouped: dict[Any, list[Unit]] = {}
        for unit in units:
            chain = self._chain(unit)
            if chain is not None:
                self.chains[unit] = chain
                if not self._is_class(unit, chain):
                    continue
            grouped.setdefault(self._signature(unit), []).append(unit)
        made: list[Template] = []
        for alike in grouped.values():
            self._place(alike, made)
        for template in made:
            self.templates.update(dict.fromkeys(template.units, template))
        for unit in units:
            self._fingerprints.pop(unit, None)
        self.classes.extend(sorted(made, key=lambda t: t.unit.start))

    def _place(self, units: list[Unit], made: list[Template]) -> None:
        """Put units into the first class that takes them, else into new ones."""
        for position, template in enumerate(made):
            joined = self._made([*template.units, *units])
            if joined is not None:
                made[position] = joined
                return
        whole = self._made(units)
        if whole is not None:
            made.append(whole)
            return
        equal: dict[Any, list[Unit]] = {}
        for unit in units:
            equal.setdefault(self.fingerprint(unit), []).append(unit)
        for alike in equal.values():
            template = Merging(self).template(alike)
            Resolution(template, self, self.skeleton.text, self._reserved)
            made.append(template)

    def _made(self, units: Sequence[Unit]) -> Template | None:
        try:
            template = Merging(self).template(units)
            Resolution(template, self, self.skeleton.text, self._reserved)
        except Differ:
            return None
        return template

    # Chains

    def _chain(self, unit: Unit) -> Sequence[Item] | None:
        """The items of a unit that does one module after the other and nothing else."""
        wiring = self.wirings[unit]
        if unit.is_network or unit.needs or len(unit.inputs) != 1 or len(wiring.outputs) != 1:
            return None
        items = list(_flat(unit.items, self.empty))
        if not items or in_fact(wiring.outputs[0]) != Result(items[-1], 0):
            return None
        before: Source | None = None
        for item in items:
            operands = tuple(map(in_fact, wiring.operands[item]))
            if before is not None and operands != (before,):
                return None
            if len(operands) != 1 or not self._is_link(item, unit):
                return None
            before = Result(item, 0)
        names = [_name(item) for item in items if not isinstance(item, Loop)]
        return items if len(set(names)) == len(names) else None

    def as_modules(self) -> frozenset[str]:
        """The paths of the layers that are functions by themselves and modules in a chain."""
        return frozenset(
            [
                use.node.path
                for items in self.chains.values()
                for use in walk(items)
                if isinstance(use, Use) and use.module is None
            ]
        )

    def _is_link(self, item: Item, unit: Unit) -> bool:
        """Whether an item can be a module in a chain."""
        match item:
            case Use(node=node, module=module):
                if len(node.outputs) != 1 or self.first_values(item):
                    return False
                if module is None:
                    return as_module(self.function(item)) is not None
                return home_of(item.root) == unit.path and not item.share
            case Child(unit=child):
                return (
                    home_of(child.path) == unit.path
                    and not child.needs
                    and len(child.inputs) == len(child.outputs) == 1
                )
            case Loop(copies=copies):
                return all(self._is_link(copy, unit) for copy in copies)
        return False

    def _is_class(self, unit: Unit, chain: Sequence[Item]) -> bool:
        """Whether a chain is a class: a block is, and a copy, unless it holds nothing but copies.

        A block or copy without a loop is no chain at all, but a class with a forward.
        """
        has_loop = any(isinstance(item, Loop) for item in chain)
        only_loops = all(isinstance(item, Loop) for item in chain)
        if only_loops or (unit.region.kind in _INLINE and unit.outer.kind not in LOOPS):
            return False
        if not has_loop:
            del self.chains[unit]
        return True

    # What units have alike

    def _signature(self, unit: Unit) -> Any:
        """Equal for units that one class takes whatever their values."""
        return (
            unit in self.chains,
            len(unit.inputs),
            len(unit.needs),
            self._items(unit, unit.items, values=False),
            self._outputs(unit),
        )

    def fingerprint(self, unit: Unit) -> Any:
        """Equal for units that one line could make."""
        known = self._fingerprints.get(unit)
        if known is None:
            template = self.templates.get(unit)
            if template is not None:
                values = tuple(_frozen(p.values[unit]) for p in template.parameters)
                known = (id(template), values)
            else:
                items = self._items(unit, unit.items, values=True)
                known = (items, self._outputs(unit)) if unit in self.wirings else ()
            self._fingerprints[unit] = known
        return known

    def unequal_shares(self) -> frozenset[str]:
        """The paths of shares whose uses one module cannot run: a size of the input is in their code."""
        uses: dict[str, set[Any]] = {}
        for unit in self.wirings:
            if unit.outer.kind is RegionKind.SHARE:
                uses.setdefault(unit.path, set()).add(self.fingerprint(unit))
        return frozenset(path for path, marks in uses.items() if len(marks) > 1)

    def _outputs(self, unit: Unit) -> Any:
        places = _places(unit.items)
        return tuple(_place(source, places) for source in self.wirings[unit].outputs)

    def _items(self, unit: Unit, items: Sequence[Item], *, values: bool) -> Any:
        places = _places(unit.items)
        return tuple(self._item(unit, item, places, values=values) for item in items)

    def _item(self, unit: Unit, item: Item, places: dict[Item, int], *, values: bool) -> Any:
        if isinstance(item, If):
            inner = tuple(self._item(unit, i, places, values=values) for i in item.items)
            return ("if", item.span, item.arm, item.training, inner)
        if isinstance(item, Keep):
            return ("keep", self._item(unit, item.made, {}, values=values))
        wired = tuple(
            _place(source, places) for source in self.wirings[unit].operands.get(item, ())
        )
        match item:
            case Use(node=node, module=module):
                call = module or self.function(item)
                name = item.name if module is not None else ""
                inits = tuple((w.name, w.init) for w in self.first_values(item))
                reached = item.reach(unit) if module is not None else None
                shape = _shape(call, values=values)
                return (name, reached, len(node.outputs), shape, inits if values else (), wired)
            case Child(unit=child):
                return (
                    child.name,
                    reach(unit, child.path),
                    self._made_by(child, values),
                    wired,
                )
            case Loop(copies=copies):
                made = [self._made_by(copy.unit, values) for copy in copies]
                return (
                    copies[0].unit.outer.index,
                    tuple(made) if values else frozenset(made),
                    wired,
                )
        raise AssertionError(item)

    def _made_by(self, unit: Unit, values: bool) -> Any:
        if values:
            return self.fingerprint(unit)
        if unit in self.templates:
            return id(self.templates[unit])
        if unit in self.chains:
            return ("chain", self._items(unit, self.chains[unit], values=False))
        return None


def _name(item: Item) -> str:
    """The name of a layer's module or of one of our own."""
    assert isinstance(item, Use | Child)
    return item.name if isinstance(item, Use) else item.unit.name


def _flat(items: Iterable[Item], empty: set[Unit]) -> Iterator[Item]:
    """Items with those of taken arms in their place, and without calls that do nothing."""
    for item in items:
        if isinstance(item, If) and not item.training:
            yield from _flat(item.items, empty)
        elif not (isinstance(item, Child) and item.unit in empty):
            yield item


def _places(items: Sequence[Item]) -> dict[Item, int]:
    """A number for each item, the same in all units that took the same branches."""
    found: dict[Item, int] = {}

    def number(inner: Sequence[Item]) -> None:
        for item in inner:
            found[item] = len(found)
            if isinstance(item, If):
                number(item.items)

    number(items)
    return found


def _place(source: Source, places: dict[Item, int]) -> tuple[int, int]:
    match source:
        case Result(item, port):
            return (places[item], port)
        case After(branch):
            return (places[branch], -1)
        case Incoming(position):
            return (-1, position)


def _shape(value: Any, *, values: bool) -> Hashable:
    """A call with its values left out, or with them."""
    if isinstance(value, TorchCall):
        arguments = tuple(
            (a.name, a.is_keyword, _shape(a.value, values=values)) for a in arguments_of(value)
        )
        return (value.target, arguments)
    if is_literal(value):
        return _frozen(value) if values else None
    if isinstance(value, Infix):
        sides = (_shape(value.left, values=values), _shape(value.right, values=values))
        return (value.operator, *sides)
    if isinstance(value, list | tuple):
        return (type(value), *(_shape(part, values=values) for part in value))
    return value  # type: ignore[no-any-return]


def _frozen(value: Any) -> Hashable:
    if isinstance(value, list | tuple):
        return (type(value), *map(_frozen, value))
    return (type(value), value)


# Order


def _key(unit: Unit) -> Hashable:
    """Units that may share a class have one key: that of their text."""
    declaration = unit.region.declaration
    if declaration is not None:
        return id(declaration)
    if unit.outer.kind is RegionKind.SHARE:
        return unit.path
    return (unit.outer.kind, unit.region.span)


def _batches(root: Unit) -> Iterator[list[Unit]]:
    """Units by declaration, those inside before those around them."""
    by_key: dict[Hashable, list[Unit]] = {}
    inside: dict[Hashable, set[Hashable]] = {}
    heights: dict[Unit, int] = {}

    def visit(unit: Unit) -> None:
        height = 0
        for call in walk(unit.items):
            if isinstance(call, Child):
                visit(call.unit)
                inside.setdefault(_key(unit), set()).add(_key(call.unit))
                height = max(height, heights[call.unit] + 1)
        heights[unit] = height
        by_key.setdefault(_key(unit), []).append(unit)

    visit(root)
    done: set[Hashable] = set()
    while len(done) < len(by_key):
        ready = [k for k in by_key if k not in done and inside.get(k, set()) <= done]
        if not ready:
            yield from _by_height(by_key, done, heights)
            return
        for key in ready:
            yield sorted(by_key[key], key=lambda u: u.start)
        done.update(ready)


def _by_height(
    by_key: dict[Hashable, list[Unit]], done: set[Hashable], heights: dict[Unit, int]
) -> Iterator[list[Unit]]:
    """Blocks that call themselves, and what is around them: each depth for itself."""
    apart: dict[tuple[int, int], list[Unit]] = {}
    for position, (key, units) in enumerate(by_key.items()):
        if key not in done:
            for unit in units:
                apart.setdefault((heights[unit], position), []).append(unit)
    for place in sorted(apart):
        yield sorted(apart[place], key=lambda u: u.start)
