"""Legal inputs: exactly which sizes a network runs on, and the cause of each condition.

A size is legal when the network runs on it with the weights of the default sizes: in inference,
at batch 1. The set of all legal sizes is a union of boxes, each with a set of sizes for every
symbol, less what ties between symbols rule out. Conditions that hold for every size are left out,
and so are bounds that follow from the others.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod

from archdsl.analysis.at_sizes import refusing
from archdsl.analysis.legal_sets import Box, Open, boxes_of, meet, minus
from archdsl.diagnostics.source import Span
from archdsl.graph.graph import Graph, Requirement
from archdsl.shapes.condition import AtLeast, Claim
from archdsl.shapes.dim import Dim, Product
from archdsl.shapes.sizes import ALL, Sizes, TooLong
from archdsl.shapes.sizes_text import text

_FARTHEST = 4096
"""How far sizes that keep a tie, or a condition without closed form, are looked for."""


@dataclass(frozen=True, slots=True)
class SizeCondition:
    """A condition on the sizes of the inputs.

    `path` is the layer (None for an input's `where`), `reason` what it asks for
    in words, `others` the further layers that ask for as much. `boxes` are the sizes it leaves,
    None for a tie between symbols; `unknown` says why it has no closed form where it has none.
    """

    symbols: tuple[str, ...]
    path: str | None
    reason: str
    span: Span
    condition: Claim
    boxes: tuple[Box, ...] | None = None
    unknown: str | None = None
    others: tuple[str, ...] = ()

    @property
    def relation(self) -> str:
        """The relation of the two sides that a layer asks for."""
        return str(self.condition)

    @property
    def text(self) -> str:
        """The closed form where it is that of one symbol, else the relation."""
        return box_text(self.boxes[0]) if self._is_closed and self.boxes else self.relation

    @property
    def key(self) -> Hashable:
        """Equal for conditions that leave the same sizes of one symbol, or are the same."""
        if self._is_closed and self.boxes:
            return tuple(self.boxes[0].items())
        return self.condition.key

    @property
    def _is_closed(self) -> bool:
        return self.boxes is not None and len(self.boxes) == 1 and len(self.symbols) == 1

    def holds(self, sizes: Mapping[str, int]) -> bool:
        """Whether it holds where the symbols have these sizes."""
        return self.condition.holds_at(sizes)


@dataclass(frozen=True, eq=False)
class LegalInputs:
    """The legal sizes of a network's inputs.

    `boxes` is their closed form, the one that holds the defaults first, but for `open`: the
    conditions that tie symbols to each other or have no closed form. With `training` they are
    those of a run that computes the outputs of training too.
    """

    graph: Graph
    conditions: tuple[SizeCondition, ...]
    boxes: tuple[Box, ...]
    training: bool = False

    @property
    def open(self) -> tuple[SizeCondition, ...]:
        """The conditions that the boxes do not express."""
        return tuple([c for c in self.conditions if c.boxes is None])

    @property
    def unknown(self) -> tuple[SizeCondition, ...]:
        """The conditions without a closed form."""
        return tuple([c for c in self.conditions if c.unknown is not None])

    @property
    def text(self) -> str:
        """The legal sizes in one line: `H % 16 == 0 and W % 16 == 0`; nothing where all are."""
        said = box_text(self.boxes[0]) if self.boxes else ""
        others = len(self.boxes) - 1
        if " or " in said and self.open and " and " not in said:
            said = f"({said})"
        if others > 0:
            said += f", or {others} other rectangle{'s' if others > 1 else ''}"
        return " and ".join([*([said] if said else []), *[c.text for c in self.open]])

    def accepts(self, **sizes: int) -> bool:
        """Whether the network runs on these sizes with the same weights.

        Sizes that are not given keep their defaults.

        Raises:
            ValueError: No input has a size of this name, or a size is below 1.
        """
        return refusing(self.graph, self._known(sizes), training=self.training) is None

    def contains(self, sizes: Mapping[str, int]) -> bool:
        """Whether the closed form, ties included, holds these sizes."""
        inside = any(all(sizes[s] in these for s, these in box.items()) for box in self.boxes)
        return inside and all(condition.holds(sizes) for condition in self.open)

    @cached_property
    def smallest(self) -> Mapping[str, int] | None:
        """The smallest legal input: least larger side, then least product.

        None where it lies beyond the sizes that are looked at for ties.
        """
        return self.smallest_in(self.boxes)

    def nearest(self, **sizes: int) -> tuple[Mapping[str, int] | None, Mapping[str, int] | None]:
        """The nearest legal sizes none of which is larger, and none of which is smaller.

        Sizes that are not given stay at their defaults where they can.

        Raises:
            ValueError: As for `accepts`.
        """
        wanted = self._known(sizes)
        below = [b for box in self.boxes if (b := self._towards(box, wanted, -1)) is not None]
        above = [a for box in self.boxes if (a := self._towards(box, wanted, 1)) is not None]

        def distance(found: Mapping[str, int]) -> tuple[int, int]:
            moved = [s for s, n in wanted.items() if s not in sizes and found[s] != n]
            return len(moved), _distance(found, wanted)

        return min(below, key=distance, default=None), min(above, key=distance, default=None)

    def smallest_in(self, boxes: Iterable[Box]) -> Mapping[str, int] | None:
        """The smallest sizes in some boxes that keep what the boxes do not express."""
        found = [each for box in boxes if (each := self._smallest_in(box)) is not None]
        return min(found, key=_extent, default=None)

    def _known(self, sizes: Mapping[str, int]) -> dict[str, int]:
        for name, size in sizes.items():
            if name not in self.graph.symbols:
                raise ValueError(f"no input has a size called {name!r}")
            if size < 1:
                raise ValueError(f"the size {name} is {size}, and the least is 1")
        return {name: sizes.get(name, s.default) for name, s in self.graph.symbols.items()}

    def _smallest_in(self, box: Box) -> Mapping[str, int] | None:
        names = list(self.graph.symbols)
        least = {s: box.get(s, ALL).smallest for s in names}
        if not self.open:
            return least
        for candidate in by_extent(names, box, max(least.values(), default=1)):
            if all(condition.holds(candidate) for condition in self.open):
                return candidate
        return None

    def _towards(
        self, box: Box, wanted: Mapping[str, int], direction: int
    ) -> Mapping[str, int] | None:
        """The nearest sizes of a box that are nowhere larger, or nowhere smaller."""
        options: list[list[int]] = []
        for name, n in wanted.items():
            these = box.get(name, ALL)
            steps: list[int] = []
            step = these.previous(n) if direction < 0 else these.next(n)
            while step is not None and len(steps) < (64 if self.open else 1):
                steps.append(step)
                step = these.previous(step - 1) if direction < 0 else these.next(step + 1)
            options.append(steps)
        found = [dict(zip(wanted, each, strict=True)) for each in product(*options)]
        fitting = [f for f in found if all(condition.holds(f) for condition in self.open)]
        return min(fitting, key=lambda each: _distance(each, wanted), default=None)


def legal_inputs(graph: Graph, *, training: bool = False) -> LegalInputs:
    """The legal sizes of a graph's inputs, with the conditions that make them.

    Args:
        graph: The network.
        training: Whether what training-only outputs ask is asked too.
    """
    found: dict[Hashable, SizeCondition] = {}
    keys: dict[Hashable, Hashable] = {}
    asking: dict[Hashable, dict[str, None]] = {}
    for requirement in graph.requirements:
        condition, path = requirement.condition, requirement.node
        if path is not None and not training and graph.nodes[path].training_only:
            continue
        asked = condition.key
        if asked not in keys:
            # What equal conditions of other layers come to is known from then on.
            each = None if _always_holds(condition) else _described(requirement)
            if each is not None and each.boxes and any(map(_is_everything, each.boxes)):
                each = None
            keys[asked] = None if each is None else each.key
            if each is not None:
                found.setdefault(each.key, each)
        if keys[asked] is not None and path is not None:
            asking.setdefault(keys[asked], {})[path] = None
    for key, each in found.items():
        others = tuple([path for path in asking.get(key, ()) if path != each.path])
        if others:
            found[key] = replace(each, others=others)
    promised = promised_boxes(graph)
    kept = [c for c in _needed(list(found.values())) if not _is_kept_by(promised, c)]
    boxes: tuple[Box, ...] = ({},)
    conditions: list[SizeCondition] = []
    for each in kept:
        if each.boxes is not None:
            try:
                boxes = meet(boxes, each.boxes)
            except Open as reason:
                each = replace(each, boxes=None, unknown=str(reason))  # noqa: PLW2901
        conditions.append(each)
    defaults = {name: s.default for name, s in graph.symbols.items()}
    boxes = tuple(sorted(boxes, key=lambda box: not _holds(box, defaults)))
    return LegalInputs(graph, tuple(conditions), boxes, training)


def promised_boxes(graph: Graph) -> tuple[Box, ...] | None:
    """The sizes that the inputs' `where` promise; None where there is none, or no closed form."""
    boxes: tuple[Box, ...] | None = None
    for requirement in graph.requirements:
        if requirement.node is None:
            with suppress(Open):
                found = boxes_of(requirement.condition)
                if found is not None:
                    boxes = found if boxes is None else meet(boxes, found)
    return boxes


def _is_kept_by(promised: tuple[Box, ...] | None, condition: SizeCondition) -> bool:
    """Whether what is promised keeps what a layer asks."""
    if promised is None or condition.path is None or condition.boxes is None:
        return False
    with suppress(Open):
        return not minus(promised, condition.boxes)
    return False


def box_text(box: Box) -> str:
    """The sizes in a box: `224 <= H <= 255 and 224 <= W <= 255`; nothing where all are."""
    said = [text(these, name) for name, these in box.items() if these != ALL]
    return " and ".join(f"({each})" if " or " in each and len(said) > 1 else each for each in said)


def _described(requirement: Requirement) -> SizeCondition:
    condition = requirement.condition
    symbols = tuple(sorted(condition.symbols))
    try:
        boxes, unknown = boxes_of(condition), None
    except Open as reason:
        boxes, unknown = None, str(reason)
    return SizeCondition(
        symbols,
        requirement.node,
        condition.reason,
        requirement.span,
        condition,
        boxes,
        unknown,
    )


def _is_everything(box: Box) -> bool:
    return all(these == ALL for these in box.values())


def _needed(conditions: list[SizeCondition]) -> list[SizeCondition]:
    """The conditions but for the bounds that follow from the others."""
    by_symbol: dict[str, Sizes] = {}
    needed = set(range(len(conditions)))
    bounds: list[int] = []
    for number, each in enumerate(conditions):
        if isinstance(each.condition, AtLeast) and each.boxes and len(each.symbols) == 1:
            bounds.append(number)
        elif each.boxes:
            for symbol in each.symbols:
                with suppress(TooLong):
                    shadow = _shadow(each.boxes, symbol)
                    by_symbol[symbol] = by_symbol.get(symbol, ALL) & shadow
    # The tightest first: what it implies falls away.
    bounds.sort(key=lambda n: -_only(conditions[n]).smallest)
    for number in bounds:
        (symbol,) = conditions[number].symbols
        these = _only(conditions[number])
        try:
            others = by_symbol.get(symbol, ALL)
            together = others & these
        except TooLong:
            continue
        if together == others:
            needed.discard(number)
        else:
            by_symbol[symbol] = together
    return [each for number, each in enumerate(conditions) if number in needed]


def _only(condition: SizeCondition) -> Sizes:
    """The set of a condition of one box and symbol."""
    assert condition.boxes is not None
    return condition.boxes[0][condition.symbols[0]]


def _shadow(boxes: Iterable[Box], symbol: str) -> Sizes:
    """What a union of boxes leaves of one symbol."""
    first, *others = [box.get(symbol, ALL) for box in boxes]
    for other in others:
        first |= other
    return first


def _holds(box: Box, sizes: Mapping[str, int]) -> bool:
    return all(sizes[name] in these for name, these in box.items())


def _distance(found: Mapping[str, int], wanted: Mapping[str, int]) -> int:
    return sum(abs(found[name] - n) for name, n in wanted.items())


def _extent(sizes: Mapping[str, int]) -> tuple[int, int]:
    return max(sizes.values(), default=0), prod(sizes.values())


def by_extent(names: list[str], box: Box, least: int) -> Iterator[Mapping[str, int]]:
    """The sizes in a box by their largest side, then by their product."""
    for most in range(least, _FARTHEST + 1):
        members = [list(box.get(name, ALL).members(most)) for name in names]
        if sum(map(len, members)) > _FARTHEST and len(names) > 2:
            return
        at_most = [
            dict(zip(names, each, strict=True))
            for number, name in enumerate(names)
            if most in box.get(name, ALL)
            for each in product(*[[most] if i == number else m for i, m in enumerate(members)])
        ]
        yield from sorted(at_most, key=_extent)


def _always_holds(condition: Claim) -> bool:
    """Whether it holds for every size from 1, where that is plain to see."""
    if not isinstance(condition, AtLeast):
        return condition.is_constant
    value, bound = condition.value, condition.bound
    if isinstance(value, Product) or isinstance(bound, Product):
        return False
    difference = value - bound
    if isinstance(difference, Dim):
        return difference.least is not None and difference.least >= 0
    return bool(difference >= 0)
