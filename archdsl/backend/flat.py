"""The flat style: one straight line of functions, with the weights of the same modules.

EMISSION.md, 13. Every call is a statement, so that a value is let go as soon as nobody needs it:
its name is given to the next value, or deleted. Modes are those of the leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.backend.bodies import Body
from archdsl.backend.code import INDENT, Code, Group
from archdsl.backend.constructors import Constructors
from archdsl.backend.expression import Literal
from archdsl.backend.forward import Forward, Pieces
from archdsl.backend.functions import reaches
from archdsl.backend.holders import Holders
from archdsl.backend.merging import Merging
from archdsl.backend.printer import Printer
from archdsl.backend.skeleton import Skeleton
from archdsl.backend.statements import (
    ATOM,
    Applied,
    Assign,
    Choose,
    Operation,
    Return,
    Statement,
    reads,
)
from archdsl.backend.template import Phi, Ref, Template, UseElement, elements_of
from archdsl.backend.units import Item, Unit, Use, home_of
from archdsl.backend.variables import Variables
from archdsl.backend.wiring import Wiring
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node
from archdsl.layers.definition import Family
from archdsl.layers.torch_call import TorchCall
from archdsl.shapes.tensor import TensorType

REGION = "r"
"""The local that holds the module around the layers at hand."""

MODULE = "m"
"""The local that holds a layer of which more than one tensor is needed."""


class _Whole:
    """The forms of a network that is one body: there are no modules of our own to call."""

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self.wirings: Mapping[Unit, Wiring] = {skeleton.root: Wiring(skeleton.root, ())}
        self.templates: Mapping[Unit, Template] = {}
        self.chains: Mapping[Unit, Sequence[Item]] = {}
        self.empty: set[Unit] = set()

    def function(self, use: Use) -> TorchCall:
        """The functional form of a layer's use."""
        return self.skeleton.function(use)

    def fingerprint(self, unit: Unit) -> Any:
        """There is one unit."""
        return ()


def whole_body(skeleton: Skeleton) -> Template:
    """A flattened network's elements, every hole filled with what it holds."""
    template = Merging(_Whole(skeleton)).template([skeleton.root])
    for element in elements_of(template.elements):
        if isinstance(element, UseElement) and element.function is not None:
            for hole in element.function.holes():
                hole.expression = Literal(hole.values[skeleton.root])
    return template


@dataclass(eq=False, repr=False, slots=True)
class FlatOperation(Operation):
    """A function with the path of the module that it takes its tensors from.

    `is_held` says that the module gets a local, `counts_batches` that it counts what it sees.
    """

    module: str | None = None
    is_held: bool = False
    counts_batches: bool = False


class FlatForward(Forward):
    """Writes the one forward of the flat style."""

    def __init__(
        self,
        graph: Graph,
        constructors: Constructors,
        holders: Holders,
        reserved: Iterable[str],
    ) -> None:
        skeleton = Skeleton(graph, flattened=True)
        template = whole_body(skeleton)
        super().__init__(
            graph,
            skeleton.text,
            template,
            Body(template, constructors),
            constructors,
            {*reserved, REGION, MODULE},
        )
        self.holders = holders

    one_by_one = True

    def _use(self, element: UseElement) -> Operation:
        written = super()._use(element)
        node = element.node
        assert element.function is not None
        reach = sum(1 for _ in reaches(element.function))
        counts = any(
            w.name == "num_batches_tracked" for w in node.layer.weights(*self._types(node))
        )
        operation = FlatOperation(
            written.results,
            written.operands,
            written.write,
            repeats=written.repeats,
            nodes=written.nodes,
            module=node.weights if reach else None,
            is_held=reach + counts > 1,
            counts_batches=counts,
        )
        if node.layer.family is Family.RECURRENT:
            operation.write = self._called
            operation.is_held = False
        return operation

    def _types(self, node: Node) -> tuple[TensorType, ...]:
        return tuple(map(self.graph.type_of, node.inputs))

    def _called(self, pieces: Pieces) -> tuple[Code, int]:
        return Group(f"{self.functions.module}(", tuple(code for code, _ in pieces)), ATOM

    def printer(self, statements: Sequence[Statement], variables: Variables) -> Printer:
        """What writes the statements, with the modules they need and the values they let go."""
        return _FlatPrinter(self, statements, variables)


class _FlatPrinter(Printer):
    def __init__(
        self, forward: FlatForward, statements: Sequence[Statement], variables: Variables
    ) -> None:
        super().__init__(variables)
        self._forward = forward
        self._region = ""
        self._dead: dict[Statement, list[str]] = {}
        self._find_dead(statements)

    def assigned(self, statement: Assign, indent: str) -> Iterator[str]:
        """The call, behind what fetches the module that it needs."""
        yield from self._fetched(statement.term, indent)
        yield from super().assigned(statement, indent)

    def returned(self, statement: Return, indent: str) -> Iterator[str]:
        """The end, behind what fetches the module of the last call."""
        for term in statement.terms:
            if isinstance(term, Applied):
                yield from self._fetched(term, indent)
        yield from super().returned(statement, indent)

    def _fetched(self, term: Applied, indent: str) -> Iterator[str]:
        operation = term.operation
        assert isinstance(operation, FlatOperation)
        path = operation.module
        if path is None:
            return
        holders = self._forward.holders
        home = home_of(path)
        if home and home != self._region:
            yield f"{indent}{REGION} = {holders.of(home)}"
            self._region = home
        leaf = holders.below(REGION if home else "self", home, path)
        if operation.is_held:
            yield f"{indent}{MODULE} = {leaf}"
            leaf = MODULE
        if operation.counts_batches:
            yield f"{indent}if {leaf}.training:"
            yield f"{indent}{INDENT}{leaf}.num_batches_tracked.add_(1)"
        self._forward.functions.module = leaf

    def chosen(self, statement: Choose, indent: str) -> Iterator[str]:
        """The branch; which module is at hand is not known within it nor behind it."""
        self._region = ""
        yield from super().chosen(statement, indent)
        self._region = ""

    def after(self, statement: Statement, indent: str) -> Iterator[str]:
        """The values that are not needed any more, deleted."""
        names = self._dead.get(statement)
        if names:
            yield f"{indent}del {', '.join(names)}"

    def _find_dead(
        self, statements: Sequence[Statement], leaving: Collection[Ref | None] = ()
    ) -> None:
        """Which names hold, behind each statement, what nobody reads again.

        Values that leave an arm are read behind the branch.
        """
        last: dict[Ref, Statement] = {}
        made: dict[Ref, None] = {}
        for statement in statements:
            for ref in self._reads(statement):
                last[ref] = statement
            made.update(dict.fromkeys(_gives(statement)))
            if isinstance(statement, Choose):
                for key, _, arm in statement.arms:
                    phis = statement.branch.phis
                    self._find_dead(arm, {dict(phi.sources).get(key) for phi in phis})
            elif isinstance(statement, Assign) and len({t is None for t in statement.targets}) > 1:
                self._dead[statement] = ["_"]
        for ref in made:
            end = last.get(ref)
            if end is not None and ref not in leaving:
                self._let_go(ref, end)

    def _let_go(self, ref: Ref, end: Statement) -> None:
        """Delete a value behind the statement that reads it last, if its name still holds it."""
        name = self.variables.of(ref)
        if isinstance(end, Choose):
            arm = end.arms[0][2]
            if isinstance(ref, Phi) and ref.branch.training:
                self._let_go(ref, next(s for s in reversed(arm) if ref in self._reads(s)))
                return
            if name in [self.variables.of(given) for inner in arm for given in _gives(inner)]:
                return
        if isinstance(end, Return) or name in [self.variables.of(given) for given in _gives(end)]:
            return
        self._dead.setdefault(end, []).append(name)

    def _reads(self, statement: Statement) -> Iterator[Ref]:
        match statement:
            case Assign(_, term):
                yield from reads(term)
            case Return(terms):
                for returned in terms:
                    yield from reads(returned)
            case Choose(arms=arms):
                for _, _, arm in arms:
                    for inner in arm:
                        yield from self._reads(inner)


def _gives(statement: Statement) -> Iterator[Ref]:
    """The values that have names once a statement has run."""
    match statement:
        case Assign(targets):
            yield from (target for target in targets if target is not None)
        case Choose(branch=branch):
            yield from branch.phis
