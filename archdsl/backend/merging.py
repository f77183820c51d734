"""Instances laid side by side: what agrees becomes an element, what does not a hole or a branch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeAlias

from archdsl.backend.patterns import call_of
from archdsl.backend.signatures import as_module
from archdsl.backend.template import (
    BranchElement,
    Call,
    ChildElement,
    Differ,
    Element,
    Input,
    LoopElement,
    Output,
    Phi,
    Ref,
    Template,
    UseElement,
    elements_of,
)
from archdsl.backend.units import Child, If, Item, Keep, Loop, Reach, Unit, Use, reach
from archdsl.backend.wiring import After, Incoming, Result, Source, Wiring
from archdsl.layers import initialisation
from archdsl.layers.definition import Weight
from archdsl.layers.torch_call import TorchCall

Around: TypeAlias = tuple[tuple[BranchElement, int], ...]


class Forms(Protocol):
    """What is known of units: how each is wired, and what it is made by."""

    @property
    def wirings(self) -> Mapping[Unit, Wiring]:
        """How the items of each unit are joined."""
        ...

    @property
    def templates(self) -> Mapping[Unit, Template]:
        """The class of each unit that has one."""
        ...

    @property
    def chains(self) -> Mapping[Unit, Sequence[Item]]:
        """The links of each unit that is a chain."""
        ...

    @property
    def empty(self) -> Collection[Unit]:
        """Units that never do anything."""
        ...

    def function(self, use: Use) -> TorchCall:
        """The functional form of a layer's use."""
        ...

    def first_values(self, use: Use) -> tuple[Weight, ...]:
        """The weights that are filled where a layer's module is made."""
        ...

    def fingerprint(self, unit: Unit) -> Any:
        """What two units have alike only if one line could make both."""
        ...


class Merging:
    """Lays the units of a group side by side."""

    def __init__(self, forms: Forms) -> None:
        self.forms = forms
        self._elements: dict[Item, Element] = {}
        self._flows: dict[BranchElement, Ref] = {}
        self._items: dict[BranchElement, Mapping[Unit, If]] = {}
        self._branches = 0

    def template(self, units: Sequence[Unit]) -> Template:
        """What units have in common, its holes still open.

        Raises:
            Differ: they are not alike enough for one class.
        """
        first = units[0]
        if any(len(u.inputs) != len(first.inputs) for u in units):
            raise Differ
        if any(len(u.outputs) != len(first.outputs) for u in units):
            raise Differ
        if any(len(u.needs) != len(first.needs) for u in units):
            raise Differ
        if all(unit in self.forms.chains for unit in units):
            return Template(tuple(units), self.chain(units), (), (), is_steps=True)
        elements = self._body({u: u.items for u in units}, ())
        outputs = tuple(
            self._join({u: self.forms.wirings[u].outputs[port] for u in units}, ())
            for port in range(len(first.outputs))
        )
        _check_names(elements)
        return Template(tuple(units), elements, outputs, first.needs)

    def _body(self, columns: Mapping[Unit, Sequence[Item]], around: Around) -> list[Element]:
        kept = {u: self.called(items) for u, items in columns.items()}
        length = len(next(iter(kept.values())))
        if any(len(items) != length for items in kept.values()):
            raise Differ
        elements: list[Element] = []
        for position in range(length):
            self._item({u: items[position] for u, items in kept.items()}, around, elements)
        return elements

    def called(self, items: Sequence[Item]) -> list[Item]:
        """The items but for calls of modules that never do anything."""
        return [i for i in items if not (isinstance(i, Child) and i.unit in self.forms.empty)]

    def _item(self, items: Mapping[Unit, Item], around: Around, elements: list[Element]) -> None:
        kinds = {type(item) for item in items.values()}
        if len(kinds) > 1:
            raise Differ
        kind = kinds.pop()
        if kind is If:
            self._branch(items, around, elements)  # type: ignore[arg-type]
            return
        if kind is Keep:
            elements.append(self._kept(items, around))  # type: ignore[arg-type]
            return
        element: Element
        if kind is Use:
            element = self._use(items, around)  # type: ignore[arg-type]
        elif kind is Child:
            element = self._child(items, around)  # type: ignore[arg-type]
        else:
            element = self._loop(items, around)  # type: ignore[arg-type]
        wirings = self.forms.wirings
        operands = [wirings[u].operands[item] for u, item in items.items()]
        if len({len(sources) for sources in operands}) > 1:
            raise Differ
        element.operands = tuple(
            self._join(dict(zip(items, sources, strict=True)), around)
            for sources in zip(*operands, strict=True)
        )
        for item in items.values():
            self._elements[item] = element
        elements.append(element)

    def _use(
        self, uses: Mapping[Unit, Use], around: Around, *, in_chain: bool = False
    ) -> UseElement:
        first = next(iter(uses.values()))
        if len({len(use.node.outputs) for use in uses.values()}) > 1:
            raise Differ
        element = UseElement(
            first.lane,
            around,
            {u: use.scope for u, use in uses.items()},
            ports=len(first.node.outputs),
            name=first.name,
            nodes={u: use.node for u, use in uses.items()},
        )
        if len({use.module is None for use in uses.values()}) > 1:
            raise Differ
        if first.module is None:
            element.function = call_of({u: self.forms.function(use) for u, use in uses.items()})
            return element
        element.constructor = call_of({u: use.module for u, use in uses.items()})
        if any(use.name != first.name for use in uses.values()):
            raise Differ
        element.reach = Reach(None, (first.name,))
        if not in_chain:
            element.reach = _same(use.reach(u) for u, use in uses.items())
        if element.is_made:
            element.inits = self._inits(uses)
        return element

    def _inits(self, uses: Mapping[Unit, Use]) -> tuple[tuple[str, Call], ...]:
        """The calls that fill weights otherwise than PyTorch does."""
        filled: dict[Unit, list[tuple[str, TorchCall]]] = {
            u: [
                (weight.name, initialisation.call(weight))
                for weight in self.forms.first_values(use)
            ]
            for u, use in uses.items()
        }
        names = {tuple(name for name, _ in calls) for calls in filled.values()}
        if len(names) > 1:
            raise Differ
        return tuple(
            (name, call_of({u: calls[position][1] for u, calls in filled.items()}))
            for position, name in enumerate(names.pop())
        )

    def _child(
        self, children: Mapping[Unit, Child], around: Around, *, in_chain: bool = False
    ) -> ChildElement:
        first = next(iter(children.values()))
        element = ChildElement(
            first.lane,
            around,
            {u: child.scope for u, child in children.items()},
            ports=len(first.unit.outputs),
            name=first.unit.name,
            units={u: child.unit for u, child in children.items()},
        )
        if any(child.unit.name != first.unit.name for child in children.values()):
            raise Differ
        element.reach = Reach(None, (first.unit.name,))
        if not in_chain:
            element.reach = _same(reach(u, child.unit.path) for u, child in children.items())
        element.template = self._template([child.unit for child in children.values()])
        if element.template is None:
            columns = {u: self.forms.chains[child.unit] for u, child in children.items()}
            element.chain = tuple(self._chain(columns))
        return element

    def _kept(self, keeps: Mapping[Unit, Keep], around: Around) -> Element:
        """A module that is made and not called."""
        made: Any = {u: keep.made for u, keep in keeps.items()}
        if len({type(item) for item in made.values()}) > 1:
            raise Differ
        first = next(iter(made.values()))
        element = self._use(made, around) if isinstance(first, Use) else self._child(made, around)
        element.is_called = False
        return element

    def _template(self, units: Sequence[Unit]) -> Template | None:
        """The class of units, None where all of them are chains."""
        templates = {self.forms.templates.get(unit) for unit in units}
        if len(templates) > 1:
            raise Differ
        return templates.pop()

    def _chain(self, columns: Mapping[Unit, Sequence[Item]]) -> list[Element]:
        """The elements of chains, in which functions are modules."""
        length = len(next(iter(columns.values())))
        if any(len(items) != length for items in columns.values()):
            raise Differ
        elements: list[Element] = []
        for position in range(length):
            items: Any = {u: column[position] for u, column in columns.items()}
            kinds = {type(item) for item in items.values()}
            if len(kinds) > 1:
                raise Differ
            match kinds.pop():
                case kind if kind is Use:
                    elements.append(self._use(self._as_modules(items), (), in_chain=True))
                case kind if kind is Child:
                    elements.append(self._child(items, (), in_chain=True))
                case _:
                    elements.append(self._loop(items, ()))
        return elements

    def _as_modules(self, uses: Mapping[Unit, Use]) -> dict[Unit, Use]:
        return {
            u: use
            if use.module is not None
            else replace(use, module=as_module(self.forms.function(use)))
            for u, use in uses.items()
        }

    def chain(self, units: Sequence[Unit]) -> list[Element]:
        """The elements of units that are chains, in which functions are modules."""
        return self._chain({u: self.forms.chains[u] for u in units})

    def _loop(self, loops: Mapping[Unit, Loop], around: Around) -> LoopElement:
        first = next(iter(loops.values()))
        numbers = {loop.copies[0].unit.outer.index for loop in loops.values()}
        if len(numbers) > 1:
            raise Differ
        return LoopElement(
            first.lane,
            around,
            {u: loop.copies[0].unit.outer for u, loop in loops.items()},
            first=numbers.pop() or 0,
            copies={u: [copy.unit for copy in loop.copies] for u, loop in loops.items()},
        )

    def _branch(self, branches: Mapping[Unit, If], around: Around, elements: list[Element]) -> None:
        first = next(iter(branches.values()))
        if any(b.span != first.span or b.training != first.training for b in branches.values()):
            raise Differ
        arms: dict[int | None, dict[Unit, Sequence[Item]]] = {}
        for u, branch in branches.items():
            arm = 0 if first.training else branch.arm
            arms.setdefault(arm if self._does_something(branch) else None, {})[u] = branch.items
        if len(arms) == 1 and not first.training:
            (columns,) = arms.values()
            if None not in arms:
                elements.extend(self._body(columns, around))
            return
        self._branches += 1
        element = BranchElement(
            first.lane,
            around,
            {u: branch.scope for u, branch in branches.items()},
            ports=0,
            serial=self._branches,
            conditions=first.conditions,
            arm_of={u: arm for arm, columns in arms.items() for u in columns},
            training=first.training,
        )
        self._items[element] = branches
        self._elements.update(dict.fromkeys(branches.values(), element))
        for arm, columns in arms.items():
            if arm is not None:
                element.arms[arm] = self._body(columns, (*around, (element, arm)))
        elements.append(element)

    def _does_something(self, branch: If) -> bool:
        return any(
            self._does_something(item) if isinstance(item, If) else True
            for item in self.called(branch.items)
        )

    # Where operands come from

    def _ref(self, source: Source) -> Ref:
        match source:
            case Incoming(position):
                return Input(position)
            case Result(item, port):
                return Output(self._elements[item], port)
            case After(branch, inner):
                element = self._elements.get(branch)
                return self._ref(inner) if element is None else self._flow(element)

    def _flow(self, element: Element) -> Ref:
        """What flows behind a branch, one arm or another having been taken."""
        assert isinstance(element, BranchElement)
        known = self._flows.get(element)
        if known is None:
            arms: dict[int | None, dict[Unit, Source]] = {}
            for unit, branch in self._items[element].items():
                source = self.forms.wirings[unit].behind[branch]
                arms.setdefault(element.arm_of[unit], {})[unit] = source
            known = self._flows[element] = _chosen(
                element,
                {arm: self._join(sources, _inside(element, arm)) for arm, sources in arms.items()},
            )
        return known

    def _join(self, sources: Mapping[Unit, Source], around: Around) -> Ref:
        return self._joined({u: self._ref(source) for u, source in sources.items()}, around)

    def _joined(self, refs: Mapping[Unit, Ref], around: Around) -> Ref:
        """What stands for a value in all instances, at a place that `around` describes."""
        first = next(iter(refs.values()))
        hidden = [found for ref in set(refs.values()) if (found := _hidden(ref, around))]
        if not hidden:
            if any(ref != first for ref in refs.values()):
                raise Differ
            return first
        branch = max(hidden, key=lambda b: b.serial)
        arms: dict[int | None, dict[Unit, Ref]] = {}
        for u, ref in refs.items():
            arms.setdefault(branch.arm_of[u], {})[u] = ref
        if len(arms) == 1 and None in arms:
            raise Differ
        return _chosen(
            branch,
            {arm: self._joined(found, _inside(branch, arm)) for arm, found in arms.items()},
        )


def _chosen(branch: BranchElement, found: Mapping[int | None, Ref]) -> Ref:
    """One value or another, as the branch went; the value itself where all are one."""
    arms = sorted(found, key=lambda arm: -1 if arm is None else arm)
    if len(found) > 1 and len(set(found.values())) == 1:
        return found[arms[0]]
    return Phi(branch, tuple((arm, found[arm]) for arm in arms))


def _check_names(elements: Sequence[Element]) -> None:
    """Refuse a module that is made in a branch and used outside it: no line could make it once."""
    places: dict[str, list[Around]] = {}
    for element in elements_of(elements):
        if isinstance(element, UseElement | ChildElement) and element.is_made:
            for around in places.setdefault(element.name, []):
                decided = [(b, arm) for b, arm in element.around if not b.training]
                before = [(b, arm) for b, arm in around if not b.training]
                if (decided or before) and not _exclude(decided, before):
                    raise Differ
            places[element.name].append(element.around)


def _exclude(
    left: Sequence[tuple[BranchElement, int]], right: Sequence[tuple[BranchElement, int]]
) -> bool:
    """Whether two places are in different arms of one branch."""
    arms = dict(left)
    return any(arms.get(branch, arm) != arm for branch, arm in right)


def _inside(branch: BranchElement, arm: int | None) -> Around:
    return branch.around if arm is None else (*branch.around, (branch, arm))


def _hidden(ref: Ref, around: Around) -> BranchElement | None:
    """The outermost branch that a value stands in and its use does not; None where it is seen."""
    if not isinstance(ref, Output):
        return None
    for position, (branch, arm) in enumerate(ref.element.around):
        if position >= len(around) or around[position] != (branch, arm):
            return branch
    return None


def _same(found: Iterable[Reach]) -> Reach:
    """How all instances get at a module."""
    ways = set(found)
    if len(ways) > 1:
        raise Differ
    return ways.pop()
