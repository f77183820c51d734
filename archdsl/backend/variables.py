"""Names for the values of a forward, checked by running it with names for values.

Values are first given the names that read best: `x` for the flow, a letter for a path. Then the
statements are run, remembering which value each name holds. Where a value is read whose name
holds another by then, it gets a name of its own, and the check begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archdsl.backend.names import Namespace, local_word
from archdsl.backend.statements import Assign, Choose, Return, Statement, reads
from archdsl.backend.template import Input, Output, Phi, Ref

Held = dict[str, Ref | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a value would be called: on its flow, and by a name of its own."""

    flow: str
    own: str


class Variables:
    """A name for every value that is read by name.

    `copies` are the assignments that carry a value over into a phi's name: at the end of an
    arm, or under None in front of the branch. A value in `optional` is None where its branch was
    not taken.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        inputs: Mapping[Ref, str],
        wish: Callable[[Ref], Wish],
        reserved: Namespace,
        optional: Collection[Ref] = (),
    ) -> None:
        self.names: dict[Ref, str] = dict(inputs)
        self.copies: dict[tuple[Choose, int | None], list[tuple[Phi, Ref | None]]] = {}
        self._optional = optional
        self._statements = statements
        self._inputs = inputs
        self._wish = wish
        self._own = reserved
        self._flows: dict[str, str] = {}
        self._unique: set[Ref] = set()
        self._followers: dict[Ref, list[Phi]] = {}
        self._name(statements)
        for _ in range(4 * len(self.names) + 8):
            if not self._clashes():
                return
        raise AssertionError("no names could be found for the values of a forward")

    def of(self, ref: Ref) -> str:
        """The name of a value."""
        return self.names[ref]

    # First names

    def _name(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            if isinstance(statement, Assign):
                for target in statement.targets:
                    if target is not None:
                        self.names.setdefault(target, self._first_name(target))
            elif isinstance(statement, Choose):
                for phi in statement.branch.phis:
                    self._name_phi(phi)
                for _, _, arm in statement.arms:
                    self._name(arm)

    def _first_name(self, ref: Ref) -> str:
        flow = self._wish(ref).flow
        return self._flows.get(flow, flow)

    def _name_phi(self, phi: Phi) -> None:
        """The name of what was there before, unless that is an input; the arms' values alike."""
        before = dict(phi.sources).get(None)
        name = self._first_name(phi)
        if isinstance(before, Output | Phi) and before in self.names:
            name = self.names[before]
            self._followers.setdefault(before, []).append(phi)
        self.names[phi] = name
        for source in _made_inside(phi):
            self.names.setdefault(source, name)

    # The check

    def _clashes(self) -> bool:
        """Run the statements; rename what is lost when it is read. Gives whether anything was."""
        self.copies = {}
        self._lost: dict[Ref, None] = {}
        held: Held = {name: ref for ref, name in self._inputs.items()}
        self._run(self._statements, held)
        for ref in self._lost:
            self._rename(ref)
        return bool(self._lost)

    def _run(self, statements: Sequence[Statement], held: Held) -> None:
        for statement in statements:
            match statement:
                case Assign(targets, term):
                    for ref in reads(term):
                        self._read(ref, held)
                    for target in targets:
                        if target is not None:
                            held[self.names[target]] = target
                case Return(terms):
                    for returned in terms:
                        for ref in reads(returned):
                            self._read(ref, held)
                case Choose():
                    self._choose(statement, held)

    def _choose(self, statement: Choose, held: Held) -> None:
        phis = statement.branch.phis
        before: dict[Phi, Ref] = {}
        for phi in phis:
            source = dict(phi.sources).get(None)
            if source is not None:
                before[phi] = source
                self._carry(statement, None, phi, source, held)
            elif phi in self._optional:
                self.copies.setdefault((statement, None), []).append((phi, None))
                held[self.names[phi]] = None
        ends = [dict(held)]
        for arm, _, body in statement.arms:
            inner = dict(held)
            self._run(body, inner)
            for phi in phis:
                source = dict(phi.sources).get(arm)
                if source is not None and source is not before.get(phi):
                    self._carry(statement, arm, phi, source, inner)
            ends.append(inner)
        if statement.arms and statement.arms[-1][1] is None:
            del ends[0]
        for name in list(held):
            if any(end.get(name) is not held[name] for end in ends):
                held[name] = None
        for phi in phis:
            held[self.names[phi]] = phi

    def _carry(self, statement: Choose, arm: int | None, phi: Phi, source: Ref, held: Held) -> None:
        """See that a phi's name holds a source, by an assignment where it does not."""
        self._read(source, held)
        if self.names[source] != self.names[phi]:
            self.copies.setdefault((statement, arm), []).append((phi, source))
            held[self.names[phi]] = source

    def _read(self, ref: Ref, held: Held) -> None:
        name = self.names[ref]
        if held.get(name) is ref or held.get(name) == ref:
            return
        if not isinstance(ref, Input):
            self._lost[ref] = None
        else:
            self._move_flow(name)

    def _move_flow(self, name: str) -> None:
        """Give what flows under the name of an input another name: the input is still needed."""
        moved = "y"
        if name != "x" or name in self._flows:
            moved = f"{self._flows.get(name, name)}_"
            while moved in self._own:
                moved += "_"
        self._flows[name] = moved
        for ref, known in self.names.items():
            if known == name and ref not in self._inputs:
                self.names[ref] = moved
                self._lost.pop(ref, None)
        self._lost = {next(iter(self._inputs)): None}

    def _rename(self, ref: Ref) -> None:
        if ref in self._inputs or self._part(ref):
            return
        if ref in self._unique:
            raise AssertionError("a value of a forward is read where it was not made")
        self._unique.add(ref)
        self._call(ref, self._own.claim(local_word(self._wish(ref).own)))

    def _part(self, ref: Ref) -> bool:
        """Give the flows that go on from a value under its name their own; whether any has one."""
        parted = False
        for phi in self._followers.pop(ref, ()):
            name = self._first_name(phi)
            if self.names[phi] == self.names[ref] != name:
                self._call(phi, name)
                parted = True
        return parted

    def _call(self, ref: Ref, name: str) -> None:
        """Rename a value, with what its arms make of it and what goes on from it under its name."""
        old = self.names[ref]
        self.names[ref] = name
        if not isinstance(ref, Phi):
            return
        for other in (*_made_inside(ref), *self._followers.get(ref, ())):
            if self.names[other] == old:
                self._call(other, name)


def _made_inside(phi: Phi) -> Iterator[Output]:
    """The values of a phi that its arms make."""
    for arm, source in phi.sources:
        if isinstance(source, Output) and (phi.branch, arm) in source.element.around:
            yield source
