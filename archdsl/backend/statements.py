"""A forward as statements: which calls stand inside others, which get a line and a name.

Calls run in the order of the graph. A value that is used once, by a call that comes right
behind it, may be written inside that call; Python evaluates operands from left to right, so the
order stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from archdsl.backend.code import Code, flat
from archdsl.backend.template import Phi, Ref

ATOM, PRODUCT, SUM = 3, 2, 1
"""How tightly a piece of code holds together."""

_WIDEST = 84


@dataclass(eq=False, repr=False, slots=True)
class Operation:
    """A call: what it gives and takes, and how it is written around its operands.

    `line` is where it stands in the text. `ends` says that it ends a line of thought (an
    activation), `settles` that weights begin a new one behind it (a norm), `joins` that it merges
    flows (and `folds` that it does so two at a time), `is_light` that it has no weights to speak
    of (and `is_close` that it still keeps to its line), `is_apart` that it always has its own
    statement. Operands at the positions in `repeats` are
    written more than once. `head` begins the loop that runs it on its own result. `nodes` are
    the paths of the layers that it runs.
    """

    results: tuple[Ref, ...]
    operands: tuple[Ref, ...]
    write: Callable[[Sequence[tuple[Code, int]]], tuple[Code, int]]
    line: tuple[str, int] = ("", 0)
    ends: bool = False
    joins: bool = False
    folds: bool = False
    settles: bool = False
    is_light: bool = False
    is_close: bool = False
    is_apart: bool = False
    repeats: frozenset[int] = frozenset()
    head: str | None = None
    nodes: tuple[str, ...] = ()


@dataclass(eq=False, repr=False, slots=True)
class Branch:
    """An `if`: its arms with their tests (None for `else`), and the values that go on after it.

    A phi's sources are by arm; that under None was made before.
    """

    arms: list[tuple[int, str | None, list[Operation | Branch]]]
    phis: list[Phi] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Read:
    """A value by its name."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Applied:
    """A call around what it is applied to."""

    operation: Operation
    operands: tuple[Term, ...]

    @property
    def calls(self) -> int:
        """How many calls stand in it."""
        return 1 + sum(o.calls for o in self.operands if isinstance(o, Applied))


Term: TypeAlias = Read | Applied


@dataclass(eq=False, repr=False, slots=True)
class Assign:
    """`a, b = call`; None for a value that nobody reads."""

    targets: tuple[Ref | None, ...]
    term: Applied


@dataclass(eq=False, repr=False, slots=True)
class Choose:
    """An `if` with statements in its arms."""

    branch: Branch
    arms: list[tuple[int, str | None, list[Statement]]]


@dataclass(eq=False, repr=False, slots=True)
class Return:
    """The end of a forward: one term, several as a tuple, or with keys as a dict."""

    terms: tuple[Term, ...]
    keys: tuple[str, ...] = ()


Statement: TypeAlias = Assign | Choose | Return


def nodes_in(term: Term) -> Iterator[str]:
    """The paths of the layers that a term runs."""
    if isinstance(term, Applied):
        yield from term.operation.nodes
        for operand in term.operands:
            yield from nodes_in(operand)


def reads(term: Term) -> Iterator[Ref]:
    """The values that a term reads by name, from left to right."""
    if isinstance(term, Read):
        yield term.ref
    else:
        for operand in term.operands:
            yield from reads(operand)


def written(term: Term, name: Callable[[Ref], str]) -> tuple[Code, int]:
    """A term as code, and how tightly it holds together."""
    if isinstance(term, Read):
        return name(term.ref), ATOM
    return term.operation.write([written(operand, name) for operand in term.operands])


def operations(body: Sequence[Operation | Branch]) -> Iterator[Operation]:
    """The calls of a body in order, those of branches too."""
    for item in body:
        if isinstance(item, Operation):
            yield item
        else:
            for _, _, arm in item.arms:
                yield from operations(arm)


class Statements:
    """The statements of a body, but for its end.

    `leaving` are the values that leave it, each as often as the end writes it. `one_by_one`
    gives every call a statement of its own, so that each value can be let go as soon as it is
    not needed.
    """

    def __init__(
        self,
        body: Sequence[Operation | Branch],
        leaving: Sequence[Ref],
        *,
        one_by_one: bool = False,
    ) -> None:
        self.one_by_one = one_by_one
        self.uses: Counter[Ref] = Counter(leaving)
        for operation in operations(body):
            self.uses.update(operation.operands)
        self.carried = {source for phi in _phis(body) for _, source in phi.sources}
        self.uses.update(self.carried)
        self._pending: list[tuple[Ref, Applied]] = []
        self._lines: list[Statement] = []
        self.made = self._block(body)

    def end(self, leaving: Sequence[Ref]) -> tuple[Term, ...]:
        """The values that leave, those written inside that nothing stands between."""
        if self.one_by_one and len(leaving) == 1 and self.uses[leaving[0]] == 1:
            last = self.made[-1] if self.made else None
            if isinstance(last, Assign) and last.targets == (leaving[0],):
                del self.made[-1]
                return (last.term,)
        terms = self._take(leaving)
        self._flush(len(self._pending))
        return terms

    def _block(self, body: Sequence[Operation | Branch]) -> list[Statement]:
        self._pending = []
        self._lines = []
        for item in body:
            if isinstance(item, Branch):
                self._flush(len(self._pending))
                lines, self._lines = self._lines, []
                arms: list[tuple[int, str | None, list[Statement]]] = []
                for arm, test, inner in item.arms:
                    statements = self._block(inner)
                    self._flush(len(self._pending))
                    arms.append((arm, test, statements))
                    self._lines = []
                self._lines = lines
                lines.append(Choose(item, arms))
            else:
                self._operation(item)
        return self._lines

    def _operation(self, operation: Operation) -> None:
        term = Applied(operation, self._take(operation.operands, operation))
        result = operation.results[0] if operation.results else None
        stays = (
            len(operation.results) == 1
            and result is not None
            and self.uses[result] == 1
            and result not in self.carried
            and operation.head is None
            and not self.one_by_one
        )
        if stays:
            assert result is not None
            self._pending.append((result, term))
            return
        self._flush(len(self._pending))
        targets = tuple(r if self.uses[r] else None for r in operation.results)
        self._lines.append(Assign(targets, term))

    def _take(self, operands: Sequence[Ref], consumer: Operation | None = None) -> tuple[Term, ...]:
        """Operands, those written inside that are the last to have been made, in their order."""
        waiting = {ref: position for position, (ref, _) in enumerate(self._pending)}
        wanted = [waiting[ref] for ref in operands if ref in waiting]
        end = len(self._pending)
        inside = 0
        for position in reversed(wanted):
            if position != end - 1 - inside or not self._fits(position, consumer, operands):
                break
            inside += 1
        outside = [position for position in wanted if position < end - inside]
        if outside:
            self._flush(max(outside) + 1)
        taken = dict(self._pending[len(self._pending) - inside :]) if inside else {}
        if inside:
            del self._pending[len(self._pending) - inside :]
        return tuple(taken[ref] if ref in taken else Read(ref) for ref in operands)

    def _fits(self, position: int, consumer: Operation | None, operands: Sequence[Ref]) -> bool:
        """Whether a waiting call reads well inside the one that takes it."""
        _, term = self._pending[position]
        inner = term.operation
        if consumer is None:
            return not (inner.is_apart and len(operands) > 1)
        if inner.is_apart or consumer.is_apart:
            return False
        if operands.index(self._pending[position][0]) in consumer.repeats:
            return False
        if term.calls >= 4 or _width(term) > _WIDEST - 24:
            return False
        if consumer.folds and operands.index(self._pending[position][0]) > 1:
            return False  # the first two would be joined before it runs
        if consumer.joins:
            return term.calls <= 1
        if consumer.is_light and not consumer.is_close:
            return True
        if inner.line != consumer.line:
            return False
        return consumer.is_light or not (inner.ends or inner.settles)

    def _flush(self, count: int) -> None:
        """Give the first of the waiting calls statements of their own."""
        for ref, term in self._pending[:count]:
            self._lines.append(Assign((ref,), term))
        del self._pending[:count]


def _phis(body: Sequence[Operation | Branch]) -> Iterator[Phi]:
    for item in body:
        if isinstance(item, Branch):
            yield from item.phis
            for _, _, arm in item.arms:
                yield from _phis(arm)


def _width(term: Term) -> int:
    return len(flat(written(term, lambda _: "x")[0]))
