"""The flat style: one straight line of functions, with the weights of the same modules.

Every call is a statement, so that a value is let go as soon as nobody needs it:
its name is given to the next value, or deleted. Modes are those of the leaves. Tensors are read
from the tables that modules keep them in: an attribute of a module takes ten times as long, which
is what the straight line is there to save.
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
from archdsl.backend.units import Item, Unit, Use
from archdsl.backend.variables import Variables
from archdsl.backend.wiring import Wiring
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node
from archdsl.layers.definition import Family, Weight
from archdsl.layers.torch_call import TorchCall, WeightOf
from archdsl.shapes.tensor import TensorType

REGION = "r"
"""The local that holds the modules around the layers at hand, by name."""

MODULE = "m"
"""The local that holds a layer whose mode is asked for, or which has two tables of tensors."""

PARAMETERS = "p"
"""The local that holds the parameters of a layer that has several."""

BUFFERS = "s"
"""The local that holds the buffers of a layer, its statistics."""


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

    def first_values(self, use: Use) -> tuple[Weight, ...]:
        """None: no modules are made here."""
        return ()

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

    `parameters` and `buffers` are the tensors it reads from the module's tables, `asks` says that
    it asks the module itself (for its mode, for tensors deeper inside, or to be called),
    `counts_batches` that the module counts what it sees.
    """

    module: str | None = None
    parameters: tuple[str, ...] = ()
    buffers: tuple[str, ...] = ()
    asks: bool = False
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
            {*reserved, REGION, MODULE, PARAMETERS, BUFFERS},
        )
        self.holders = holders

    one_by_one = True

    def _use(self, element: UseElement) -> Operation:
        written = super()._use(element)
        node = element.node
        assert element.function is not None
        reached = list(reaches(element.function))
        names = {reach.name for reach in reached if isinstance(reach, WeightOf)}
        own = {weight.name: weight for weight in node.layer.weights(*self._types(node))}
        listed = sorted(name for name in names if name in own and "." not in name)
        counts = "num_batches_tracked" in own
        operation = FlatOperation(
            written.results,
            written.operands,
            written.write,
            repeats=written.repeats,
            nodes=written.nodes,
            module=node.weights if reached else None,
            parameters=tuple(name for name in listed if own[name].trainable),
            buffers=tuple(name for name in listed if not own[name].trainable),
            asks=len(listed) < len(names) or len(names) < len(reached),
            counts_batches=counts,
        )
        if node.layer.family is Family.RECURRENT:
            operation.write = self._called
            operation.parameters = ()
            operation.asks = False
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
        self._region: str | None = None
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
        home, _, name = path.rpartition(".")
        if home != self._region:
            yield f"{indent}{REGION} = {self._forward.holders.of(home)}._modules"
            self._region = home
        leaf = f'{REGION}["{name}"]'
        parameters, buffers = operation.parameters, operation.buffers
        counts = operation.counts_batches
        if operation.asks or counts or (parameters and buffers):
            yield f"{indent}{MODULE} = {leaf}"
            leaf = MODULE
        tables = {PARAMETERS: f"{leaf}._parameters"} if len(parameters) > 1 else {}
        if len(buffers) + counts > 1:
            tables[BUFFERS] = f"{leaf}._buffers"
        if tables:
            yield f"{indent}{', '.join(tables)} = {', '.join(tables.values())}"
        read = {
            **dict.fromkeys(
                parameters, PARAMETERS if PARAMETERS in tables else f"{leaf}._parameters"
            ),
            **dict.fromkeys(buffers, BUFFERS if BUFFERS in tables else f"{leaf}._buffers"),
        }
        if counts:
            table = BUFFERS if BUFFERS in tables else f"{leaf}._buffers"
            yield f"{indent}if {leaf}.training:"
            yield f'{indent}{INDENT}{table}["num_batches_tracked"].add_(1)'
        self._forward.functions.module = leaf
        self._forward.functions.tensors = {n: f'{table}["{n}"]' for n, table in read.items()}

    def chosen(self, statement: Choose, indent: str) -> Iterator[str]:
        """The branch; which module is at hand is not known within it nor behind it."""
        self._region = None
        yield from super().chosen(statement, indent)
        self._region = None

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
