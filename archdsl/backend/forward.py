"""The forward of a class: its elements as calls, its calls as statements, its statements as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archdsl.backend.bodies import Body
from archdsl.backend.code import INDENT, Code, Group, lines
from archdsl.backend.constructors import Constructors, attribute, number_range, spelled
from archdsl.backend.expression import Binary, Expression, Literal, Name
from archdsl.backend.functions import Functions, indices
from archdsl.backend.loops import NUMBER, Part
from archdsl.backend.names import TAKEN, Namespace, local_word
from archdsl.backend.printer import Printer
from archdsl.backend.statements import (
    ATOM,
    Branch,
    Choose,
    Operation,
    Read,
    Return,
    Statement,
    Statements,
    operations,
)
from archdsl.backend.template import (
    BranchElement,
    ChildElement,
    Element,
    Input,
    LoopElement,
    Output,
    Phi,
    Ref,
    Template,
    UseElement,
)
from archdsl.backend.units import Lane, Reach, Unit, reach
from archdsl.backend.variables import Variables, Wish
from archdsl.graph.graph import Graph
from archdsl.graph.node import Port
from archdsl.graph.region import RegionKind
from archdsl.graph.text_index import TextIndex
from archdsl.layers.definition import Family
from archdsl.layers.torch_call import Operand

LETTERS = "abcdefghjklnopqstuvw"
"""Names for the flows of paths: without `i`, and without `m` and `r`, which hold modules."""

Pieces = Sequence[tuple[Code, int]]

_LIGHT = (
    Family.NORMALISATION,
    Family.ACTIVATION,
    Family.REGULARISATION,
    Family.SHAPE,
    Family.SCALE,
)
_CLOSE = (Family.REGULARISATION, Family.SHAPE, Family.SCALE)


class Forward:
    """Writes the forward of a class."""

    one_by_one = False

    def __init__(
        self,
        graph: Graph,
        text: TextIndex,
        template: Template,
        body: Body,
        constructors: Constructors,
        reserved: Iterable[str],
    ) -> None:
        self.graph = graph
        self.text = text
        self.template = template
        self.body = body
        self.constructors = constructors
        self.reserved = frozenset(reserved) | TAKEN
        self.functions = Functions(constructors.needs, self._value)
        self._phis: dict[BranchElement, list[Phi]] = {}
        self._same: dict[Ref, Ref] = {}
        self._letters: dict[tuple[int, ...], list[int]] = {}
        self.inputs = self._inputs()
        self.needs = self._needs()

    # What a forward is given

    def _inputs(self) -> dict[Ref, str]:
        unit = self.template.unit
        names = Namespace(self.reserved)
        if unit.is_network:
            given = [value.names[0] for value in self.graph.inputs]
        else:
            given = ["x", *(self._input_name(k) for k in range(1, len(unit.inputs)))]
        return {Input(k): names.claim(local_word(name)) for k, name in enumerate(given)}

    def _input_name(self, position: int) -> str:
        """What the text calls an input besides the flow: a `value` parameter, or the value's name."""
        for unit in self.template.units:
            port = unit.inputs[position]
            for name, value in self.text.declaring(unit.region).arguments.items():
                if getattr(value, "source", None) == port:
                    return name
        return self.port_name(self.template.unit.inputs[position])

    def port_name(self, port: Port) -> str:
        """What the text calls a value: its label, else what makes it."""
        node = self.graph.nodes[port.node]
        if node.label is not None and port.port == 0:
            return node.label
        labels = self.text.labels(self.graph.regions[node.region], node.span)
        if port.port < len(labels) and labels[port.port] != "_":
            return labels[port.port]
        return node.weights.rpartition(".")[2]

    def _needs(self) -> list[str]:
        """The names of the modules that are handed in."""
        names = Namespace([*self.reserved, *self.inputs.values()])
        found: list[str] = []
        for position in range(len(self.template.needs)):
            words = {unit.needs[position].rpartition(".")[2] for unit in self.template.units}
            found.append(names.claim(local_word(words.pop() if len(words) == 1 else "shared")))
        return found

    # Calls

    def block(self, elements: Sequence[Element]) -> list[Operation | Branch]:
        """The calls of elements in order."""
        made: list[Operation | Branch] = []
        for element in elements:
            match element:
                case Element(is_called=False):
                    pass
                case UseElement():
                    if not self._is_identity(element):
                        made.append(self._use(element))
                case ChildElement():
                    made.append(self._child(element))
                case LoopElement():
                    made.extend(self._loop(element))
                case BranchElement():
                    made.append(self._branch(element))
        return made

    def _is_identity(self, element: UseElement) -> bool:
        """Whether a layer gives what it takes; its value is then the operand under another name."""
        call = element.function
        if call is None or call.target != "+" or len(call.slots) != 1:
            return False
        pattern = call.slots[0].pattern
        if not isinstance(pattern, Operand):
            return False
        self._same[Output(element, 0)] = self.ref(element.operands[pattern.index])
        return True

    def ref(self, ref: Ref) -> Ref:
        """A value, or the one that it is under another name."""
        if isinstance(ref, Phi):
            return Phi(ref.branch, tuple((arm, self.ref(s)) for arm, s in ref.sources))
        return self._same.get(ref, ref)

    def _operands(self, element: Element) -> tuple[Ref, ...]:
        found = tuple(map(self.ref, element.operands))
        for ref in found:
            self._note(ref)
        return found

    def _note(self, ref: Ref) -> None:
        """Keep in mind which values go on after a branch."""
        if isinstance(ref, Phi):
            known = self._phis.setdefault(ref.branch, [])
            if ref not in known:
                known.append(ref)
                for _, source in ref.sources:
                    self._note(source)

    def _results(self, element: Element) -> tuple[Ref, ...]:
        return tuple(Output(element, port) for port in range(element.ports))

    def _use(self, element: UseElement) -> Operation:
        family = element.node.layer.family
        operands = self._operands(element)
        if element.function is None:
            module = self._module(element.reach)
            return Operation(
                self._results(element),
                operands,
                lambda pieces: (Group(f"{module}(", tuple(c for c, _ in pieces)), ATOM),
                _line(element),
                ends=family in (Family.ACTIVATION, Family.REGULARISATION),
                is_light=family in _LIGHT,
                is_close=family in _CLOSE,
                settles=family is Family.NORMALISATION,
                nodes=_nodes(element),
            )
        call = element.function
        mentions = list(indices(call))
        order = list(dict.fromkeys(mentions))
        return Operation(
            self._results(element),
            tuple(operands[index] for index in order),
            lambda pieces: self.functions.call(
                call, element.name, dict(zip(order, pieces, strict=True))
            ),
            _line(element),
            ends=family is Family.ACTIVATION,
            joins=family is Family.MERGE,
            folds=family is Family.MERGE and call.target != "torch.cat",
            is_light=family in _LIGHT and element.ports == 1,
            is_close=family in _CLOSE,
            repeats=frozenset(p for p, index in enumerate(order) if mentions.count(index) > 1),
            nodes=_nodes(element),
        )

    def _module(self, way: Reach) -> str:
        code = "self" if way.need is None else self.needs[way.need]
        for name in way.names:
            code = attribute(code, name)
        return code

    def _child(self, element: ChildElement) -> Operation:
        module = self._module(element.reach)
        handed = self._handed(*next(iter(element.units.items())))
        return Operation(
            self._results(element),
            self._operands(element),
            lambda pieces: (Group(f"{module}(", (*(c for c, _ in pieces), *handed)), ATOM),
            _line(element),
            is_apart=element.unit.outer.kind in (RegionKind.STAGE, RegionKind.OUTPUT),
        )

    def _handed(self, owner: Unit, unit: Unit) -> list[Code]:
        """The modules that a part is handed: our own, or what we were handed."""
        return [self._module(reach(owner, path)) for path in unit.needs]

    def _loop(self, element: LoopElement) -> Iterator[Operation]:
        """The copies one behind the other: each by itself where there are two, else in a loop."""
        owner, copies = next(iter(element.copies.items()))
        handed = self._handed(owner, copies[0])
        parts: list[Part] = element.parts
        total = _total([part.count for part in parts])
        operands = self._operands(element)
        if total == Literal(1):
            module = f'getattr(self, "{element.first}")'

            def once(pieces: Pieces) -> tuple[Code, int]:
                return Group(f"{module}(", (*(c for c, _ in pieces), *handed)), ATOM

            yield Operation(self._results(element), operands, once, _line(element), is_apart=True)
            return
        count = total if isinstance(total, Literal) else Name(self.body.keep(total, "copies"))
        head = f"for {NUMBER} in {number_range(element.first, count)}:"

        def write(pieces: Pieces) -> tuple[Code, int]:
            module = f"getattr(self, str({NUMBER}))"
            return Group(f"{module}(", (*(c for c, _ in pieces), *handed)), ATOM

        yield Operation(
            self._results(element), operands, write, _line(element), is_apart=True, head=head
        )

    def _branch(self, element: BranchElement) -> Branch:
        arms = []
        for arm in sorted(element.arms):
            test = TRAINING if element.training else self.body.tests.get((element, arm))
            arms.append((arm, test, self.block(element.arms[arm])))
        return Branch(arms, self._phis.setdefault(element, []))

    def _value(self, expression: Expression, name: str) -> Code:
        """A literal, or the attribute that holds what the constructor was given."""
        if isinstance(expression, Literal):
            return spelled(expression)
        return self.body.keep(expression, name)

    # Lines

    def lines(self) -> list[str]:
        """The lines of the forward, indented as in a class."""
        body = self.block(self.template.elements)
        leaving = [self.ref(output) for output in self.template.outputs]
        for ref in leaving:
            self._note(ref)
        if self.template.unit.is_network:
            statements = self._network(body, leaving)
            optional: list[Ref] = []
        else:
            made = Statements(body, leaving, one_by_one=self.one_by_one)
            end = made.end(leaving)
            statements = [*made.made, *([Return(end)] if end else [])]
            optional = [r for r in leaving if isinstance(r, Phi) and r.branch.training]
        variables = Variables(statements, self.inputs, self.wish, self._own_names(body), optional)
        head = Group("def forward(", ("self", *self.inputs.values(), *self.needs), "):")
        printer = self.printer(statements, variables)
        return [*lines(head, INDENT), *printer.block(statements, 2 * INDENT)]

    def printer(self, statements: Sequence[Statement], variables: Variables) -> Printer:
        """What writes the statements."""
        return Printer(variables)

    def _own_names(self, body: Sequence[Operation | Branch]) -> Namespace:
        """Where values that need names of their own get them."""
        flows = {self.wish(r).flow for o in operations(body) for r in o.results}
        return Namespace([*self.reserved, *self.inputs.values(), *self.needs, *flows, "x", "y"])

    def _network(
        self, body: Sequence[Operation | Branch], leaving: Sequence[Ref]
    ) -> list[Statement]:
        """The statements of a network, which returns a tensor or a dict from names to tensors."""
        outputs = self.graph.outputs
        names = tuple(output.name for output in outputs)
        always = [r for r, o in zip(leaving, outputs, strict=True) if not o.training_only]
        kept = tuple(o.name for o in outputs if not o.training_only)
        if len(always) == len(leaving):
            made = Statements(body, leaving, one_by_one=self.one_by_one)
            end = Return(made.end(leaving), names if len(names) > 1 else ())
            return [*made.made, end]
        made = Statements(body, [*leaving, *always], one_by_one=self.one_by_one)
        end = Return(made.end(always), kept if len(kept) > 1 else ())
        statements = made.made
        last = statements[-1] if statements else None
        if isinstance(last, Choose) and last.arms[0][1] == TRAINING:
            own = last.branch.phis
            inner = [r.of(0) if isinstance(r, Phi) and r in own else r for r in leaving]
            last.arms[0][2].append(Return(tuple(map(Read, inner)), names))
        else:
            returned: Statement = Return(tuple(map(Read, leaving)), names)
            statements.append(Choose(Branch([]), [(0, TRAINING, [returned])]))
        return [*statements, end]

    # What values would be called

    def wish(self, ref: Ref) -> Wish:
        """What a value would be called: on its flow, and by itself."""
        match ref:
            case Phi(_, sources):
                return self.wish(next(s for arm, s in sources if arm is not None))
            case Output(element, port):
                own = self._own_name(element, port)
                if element.ports == 1 or (port == 0 and own == _name_of(element)):
                    return Wish(self.lane_name(element.lane), own)
                return Wish(self._word(own), own)
        return Wish("x", "x")

    def _word(self, name: str) -> str:
        word = local_word(name)
        while word in self.reserved or word in self.needs or word in self.inputs.values():
            word += "_"
        return word

    def lane_name(self, lane: Lane) -> str:
        """`x` for the flow of a body, a letter for a path's, an output's own name for its flow."""
        while not lane.joined and lane.parent is not None:
            lane = lane.parent
        if lane.name is not None:
            return self._word(lane.name)
        index = self._letter(lane)
        if index is None:
            return "x"
        return LETTERS[index] if index < len(LETTERS) else f"a{index}"

    def _letter(self, lane: Lane) -> int | None:
        """Which letter a path has: behind that of the path around it, in order of use."""
        if lane.parent is None:
            return None
        around = self._letter(lane.parent)
        if lane.name is not None or not lane.joined:
            return around
        beside = self._letters.setdefault((*lane.parent.place, lane.merge), [])
        if lane.position not in beside:
            beside.append(lane.position)
        return beside.index(lane.position) + (0 if around is None else around + 1)

    def _own_name(self, element: Element, port: int) -> str:
        if isinstance(element, UseElement):
            return self.port_name(Port(element.node.path, port))
        if isinstance(element, ChildElement) and port > 0:
            return self.port_name(element.unit.outputs[port])
        return _name_of(element)


TRAINING = "self.training"


def _name_of(element: Element) -> str:
    if isinstance(element, UseElement):
        return element.node.weights.rpartition(".")[2]
    return element.name if isinstance(element, ChildElement) else "copies"


def _nodes(element: UseElement) -> tuple[str, ...]:
    return tuple(node.path for node in element.nodes.values())


def _line(element: Element) -> tuple[str, int]:
    """Where in the text an element stands."""
    if isinstance(element, UseElement):
        span = element.node.span
    elif isinstance(element, ChildElement):
        span = element.unit.outer.span
    else:
        span = next(iter(element.scopes.values())).span
    return (span.source.path, span.line)


def _total(counts: Sequence[Expression]) -> Expression:
    """How many copies there are in all."""
    known = sum(c.value for c in counts if isinstance(c, Literal))
    total: Expression = Literal(known)
    for count in counts:
        if isinstance(count, Binary) and count.right == Literal(known) and count.operator == "-":
            total = count.left
        elif not isinstance(count, Literal):
            total = count if known == 0 else Binary("+", count, Literal(known))
    return total
