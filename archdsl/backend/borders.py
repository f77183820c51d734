"""What crosses the borders of modules: values that enter and leave, and modules that are handed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from archdsl.backend.units import (
    Child,
    If,
    Item,
    Keep,
    Loop,
    Unit,
    Use,
    home_of,
    is_under,
    nodes_of,
    walk,
)
from archdsl.graph.graph import Graph
from archdsl.graph.node import Port, Value
from archdsl.graph.region import RegionKind

if TYPE_CHECKING:
    from archdsl.backend.skeleton import Skeleton


class Borders:
    """Finds what units take, give and need, once all of them have been made."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._graph = skeleton.graph
        self._position = skeleton.position
        self._has_training = any(node.training_only for node in skeleton.graph.order)
        self._last_use = _last_uses(skeleton.graph)

    def settle(self, unit: Unit) -> None:
        """Find what units take, give and need, and which part of the order they run."""
        start, stop = len(self._graph.order), 0
        used: dict[Port, None] = {}
        made: list[Port] = []
        needs: dict[str, None] = {}
        if self._has_training and not unit.outer.training_only:
            unit.items = grouped(unit.items)
        for call in walk(unit.items):
            if isinstance(call, Use):
                node = call.node
                first = self._position[node.path]
                last = first + 1
                used.update(dict.fromkeys(node.inputs))
                made.extend(Port(node.path, port) for port in range(len(node.outputs)))
                if call.module is not None and not is_under(call.root, unit.path):
                    needs[call.root] = None
            else:
                self.settle(call.unit)
                first, last = call.unit.start, call.unit.stop
                used.update(dict.fromkeys(call.unit.inputs))
                made.extend(p for p in call.unit.outputs if p not in call.unit.inputs)
                inside_out = (call.unit.path, *call.unit.needs)
                needs.update(dict.fromkeys(n for n in inside_out if not is_under(n, unit.path)))
            start, stop = min(start, first), max(stop, last)
        inside = set(made)
        unit.start, unit.stop = start, stop
        unit.needs = tuple(needs)
        unit.items = self._keeping(unit, self._without_knots(unit.items), set())
        if unit.is_network:
            unit.inputs = tuple(value.source for value in self._graph.inputs)
            unit.outputs = tuple(output.value.source for output in self._graph.outputs)
        elif start >= stop:
            unit.inputs = unit.outputs = tuple(v.source for v in unit.region.outputs[:1])
        else:
            entering = _first(unit.region.inputs[:1], used)
            unit.inputs = tuple(port for port in entering if port not in inside)
            leaving = _first(unit.region.outputs[:1], dict.fromkeys(made))
            unit.outputs = tuple(port for port in leaving if self._last_use.get(port, -1) >= stop)
        unit.input_types = tuple(map(self._graph.type_of, unit.inputs))
        unit.output_types = tuple(map(self._graph.type_of, unit.outputs))

    def adopt(self, root: Unit) -> None:
        """Let units keep those modules of theirs that only others call."""
        homes: dict[str, list[Unit]] = {}
        kept: set[str] = set()
        wanted: dict[str, None] = {}
        waiting = [root]
        while waiting:
            unit = waiting.pop()
            homes.setdefault(unit.path, []).append(unit)
            for item in _with_keeps(unit.items):
                path = item.unit.path if isinstance(item, Child) else item.root
                if isinstance(item, Use) and item.module is None:
                    continue
                wanted[path] = None
                if home_of(path) == unit.path:
                    kept.add(path)
                if isinstance(item, Child):
                    waiting.append(item.unit)
        for path in wanted:
            if path not in kept:
                made = self._skeleton.made[path]
                for unit in homes[home_of(path)]:
                    unit.items.append(Keep(unit.lane, unit.region, made))

    def _keeping(self, unit: Unit, items: list[Item], known: set[str]) -> list[Item]:
        """A body that makes, beside the parts that they are handed to, the modules it only keeps.

        One is made behind the part that uses it first, unless it is the first thing used there.
        """
        result: list[Item] = []
        for item in items:
            if isinstance(item, If):
                item.items = self._keeping(unit, item.items, known)
                result.append(item)
                continue
            before: list[Item] = []
            behind: list[Item] = []
            for call in walk([item]):
                for need in call.unit.needs if isinstance(call, Child) else (call.share,):
                    if need and home_of(need) == unit.path and need not in known:
                        known.add(need)
                        kept = Keep(item.lane, item.scope, self._skeleton.made[need])
                        (behind if self._begins_before(item, need) else before).append(kept)
                known.add(call.unit.path if isinstance(call, Child) else call.root)
            result += [*before, item, *behind]
        return result

    def _begins_before(self, item: Item, need: str) -> bool:
        """Whether a part uses a module of its own before one that it is handed."""
        for node in nodes_of(item):
            if is_under(node.weights, need):
                return False
            if node.weights in self._skeleton.stateful:
                return True
        return False

    def _without_knots(self, items: list[Item]) -> list[Item]:
        """A body in which only loops whose copies are strung on one flow are loops."""
        result: list[Item] = []
        for item in items:
            if isinstance(item, If):
                item.items = self._without_knots(item.items)
            if isinstance(item, Loop) and not self._is_strung(item.copies):
                result.extend(item.copies)
            else:
                result.append(item)
        return result

    def _is_strung(self, copies: list[Child]) -> bool:
        """Whether each copy takes what the one before gives, and all else is alike."""
        units = [copy.unit for copy in copies]
        first = units[0]
        return (
            all(len(u.outputs) == 1 and u.inputs[1:] == first.inputs[1:] for u in units)
            and all(u.needs == first.needs and u.inputs for u in units)
            and all(
                after.inputs[0] == before.outputs[0]
                and self._last_use.get(before.outputs[0], 0) < max(after.stop, before.stop)
                for before, after in pairwise(units)
            )
        )


def _with_keeps(items: Iterable[Item]) -> Iterator[Use | Child]:
    """What a body calls, and what it makes without calling it."""
    for item in items:
        match item:
            case If(items=inner):
                yield from _with_keeps(inner)
            case Keep(made=made):
                yield made
            case _:
                yield from walk([item])


def _last_uses(graph: Graph) -> dict[Port, int]:
    """Where in the order each value is used for the last time; outputs behind everything."""
    order = graph.order
    last = {port: index for index, node in enumerate(order) for port in node.inputs}
    for output in graph.outputs:
        last[output.value.source] = len(order)
    return last


def _first(values: Iterable[Value], ports: dict[Port, None]) -> list[Port]:
    """Ports with the flow's in front, where it is among them."""
    flow = [value.source for value in values if value.source in ports]
    return [*flow, *(port for port in ports if port not in flow)]


def trimmed(unit: Unit) -> tuple[list[Item], list[Item]]:
    """Take what is kept elsewhere off both ends of a unit's body; gives both pieces.

    A share stays: its module is handed in. So does what stands between the unit's own modules.
    """

    def is_foreign(item: Item) -> bool:
        return any(
            isinstance(call, Child)
            and home_of(call.unit.path) != unit.path
            and call.unit.outer.kind is not RegionKind.SHARE
            for call in walk([item])
        )

    def is_own(item: Item) -> bool:
        return any(
            home_of(call.unit.path) == unit.path
            if isinstance(call, Child)
            else call.module is not None and home_of(call.root) == unit.path
            for call in walk([item])
        )

    if not any(map(is_foreign, unit.items)):
        return [], []
    items = list(_without_branches(unit.items))
    own = [index for index, item in enumerate(items) if is_own(item)]
    if not own:
        return [], []
    foreign = [index for index, item in enumerate(items) if is_foreign(item)]
    start = max((i + 1 for i in foreign if i < own[0]), default=0)
    stop = min((i for i in foreign if i > own[-1]), default=len(items))
    moved = [*items[:start], *items[stop:]]
    if any(item.lane is not unit.lane for item in moved):
        return [], []
    unit.items = items[start:stop]
    return items[:start], items[stop:]


def _without_branches(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        if isinstance(item, If):
            yield from _without_branches(item.items)
        else:
            yield item


def grouped(items: list[Item]) -> list[Item]:
    """A body in which what is computed in training only stands in `If`s of its own."""
    result: list[Item] = []
    for item in items:
        nodes = list(nodes_of(item))
        if nodes and all(node.training_only for node in nodes):
            last = result[-1] if result else None
            if not (isinstance(last, If) and last.training):
                last = If(item.lane, item.scope, None, (), None, training=True)
                result.append(last)
            last.items.append(item)
            continue
        if isinstance(item, If):
            item.items = grouped(item.items)
        last = result[-1] if result else None
        is_between = not nodes and isinstance(last, If) and last.training
        result.insert(len(result) - is_between, item)
    return result
