"""The constructor of a class: its locals, attributes, modules and first values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from archdsl.backend.code import INDENT, Code, Group, flat, joined, lines
from archdsl.backend.constructors import Constructors, attribute, number_range
from archdsl.backend.expression import Expression, Literal, Name, Unary, literal, written
from archdsl.backend.first_values import Kinds
from archdsl.backend.loops import NUMBER
from archdsl.backend.names import Namespace, is_plain_attribute
from archdsl.backend.printer import noted
from archdsl.backend.signatures import REQUIRED
from archdsl.backend.template import (
    BranchElement,
    ChildElement,
    Element,
    LoopElement,
    Template,
    UseElement,
    elements_of,
)
from archdsl.backend.units import Unit, nodes_of


class Body:
    """The constructor of a class: its locals, attributes, modules, first values.

    `kept` are the attributes that forward reads: tests of branches, values of functions, counts.
    `loop` are the first values that one loop over all modules below gives, `frozen` the parts
    that a call of `freeze` leaves as they are.
    """

    def __init__(self, template: Template, constructors: Constructors) -> None:
        self.template = template
        self.constructors = constructors
        taken = [
            e.name
            for e in elements_of(template.elements)
            if isinstance(e, UseElement | ChildElement)
        ]
        self._attributes = Namespace(taken)
        self.kept: dict[str, Expression] = {}
        self.tests: dict[tuple[BranchElement, int], str] = {}
        self._names: dict[Expression, str] = {}
        self.remark: Callable[[str], str] = lambda _: ""
        self.loop: tuple[Kinds, ...] = ()
        self.frozen: tuple[str, ...] = ()
        self.freeze = ""
        self._keep_tests()

    def keep(self, expression: Expression, name: str) -> str:
        """The attribute that holds what forward needs of the constructor's arguments."""
        known = self._names.get(expression)
        if known is None:
            wanted = expression.name if isinstance(expression, Name) else name
            known = self._names[expression] = self._attributes.claim(wanted)
            self.kept[known] = expression
        return f"self.{known}"

    def _keep_tests(self) -> None:
        for element in elements_of(self.template.elements):
            if not isinstance(element, BranchElement):
                continue
            for arm, test in element.tests.items():
                if test == Literal(True):
                    continue
                inner = test.operand if isinstance(test, Unary) else test
                if isinstance(inner, Name):
                    text = self.keep(inner, inner.name)
                    self.tests[element, arm] = text if inner is test else f"not {text}"
                else:
                    name = element.names.get(arm) or f"has_{_first_name(element, arm)}"
                    self.tests[element, arm] = self.keep(test, name)

    def lines(self) -> list[str]:
        """The constructor's lines, indented as in a class."""
        indent = 2 * INDENT
        template = self.template
        names = [p.name for p in template.parameters]
        if template.is_steps:
            steps = [*self._head(), *self._local_lines(indent), *self._steps_lines(indent)]
            return [*steps, *self._freeze_lines(indent)]
        body = [
            *self._local_lines(indent),
            *self._kept_lines(indent),
            *self._modules(template.elements, indent, set()),
            *self._first_values(template.elements, indent),
            *self._loop_lines(indent),
            *self._freeze_lines(indent),
        ]
        if not body and not names:
            return []
        return [*self._head(), f"{indent}super().__init__()", *body]

    def _head(self) -> list[str]:
        parameters = [
            p.name if p.default is REQUIRED else f"{p.name}={literal(p.default)}"
            for p in self.template.parameters
        ]
        head = Group("def __init__(", ("self", *parameters), "):")
        return list(lines(head, INDENT))

    def _local_lines(self, indent: str) -> Iterator[str]:
        for name, expression in self.template.locals.items():
            yield from lines(joined(f"{name} = ", written(expression)), indent)

    def _kept_lines(self, indent: str) -> Iterator[str]:
        for name, expression in self.kept.items():
            yield from lines(joined(f"self.{name} = ", written(expression)), indent)

    def _steps_lines(self, indent: str) -> Iterator[str]:
        made = tuple(self.constructors.steps(self.template.elements))
        whole = lines(Group("super().__init__(", made), indent)
        yield from noted(whole, _nodes_of(self.template.units))

    def _modules(self, elements: Sequence[Element], indent: str, made: set[str]) -> Iterator[str]:
        for element in elements:
            match element:
                case UseElement(name=name) | ChildElement(name=name):
                    if element.is_made and name not in made:
                        made.add(name)
                        code = self.constructors.make(element)
                        nodes = _nodes(element) if isinstance(element, ChildElement) else ()
                        yield from noted(self._kept_module(name, code, indent), nodes)
                case LoopElement():
                    yield from self._copies(element, indent)
                case BranchElement():
                    yield from self._branch(element, indent, made)

    def _kept_module(self, name: str, code: Code, indent: str) -> Iterator[str]:
        if is_plain_attribute(name):
            code = joined(f"self.{name} = ", code)
        else:
            code = Group("self.add_module(", (literal(name), code))
        yield from lines(code, indent, comment=self.remark(name))

    def _copies(self, element: LoopElement, indent: str) -> Iterator[str]:
        for part in element.parts:
            code = self.constructors.copy(part)
            if part.is_single:
                yield from self._kept_module(str(part.first), code, indent)
            else:
                yield f"{indent}for {NUMBER} in {number_range(part.first, part.count)}:"
                added = Group("self.add_module(", (f"str({NUMBER})", code))
                yield from lines(added, indent + INDENT)

    def _branch(self, element: BranchElement, indent: str, made: set[str]) -> Iterator[str]:
        if element.training:
            yield from self._modules(element.arms[0], indent, made)
            return
        bodies = {
            arm: list(self._modules(element.arms[arm], indent + INDENT, set(made)))
            for arm in sorted(element.arms)
        }
        while bodies and not bodies[max(bodies)]:
            del bodies[max(bodies)]
        for position, (arm, body) in enumerate(bodies.items()):
            test = self.tests.get((element, arm))
            head = "else:" if test is None else f"{'elif' if position else 'if'} {test}:"
            yield from lines(head, indent)
            yield from body or [f"{indent}{INDENT}pass"]

    def _first_values(self, elements: Sequence[Element], indent: str) -> Iterator[str]:
        """Initialisation that is not PyTorch's own: equal calls together, in order of appearance."""
        grouped: dict[tuple[str, str], list[str]] = {}
        for element in elements:
            if isinstance(element, BranchElement):
                yield from _flushed(grouped, indent)
                grouped = {}
                yield from self._branch_values(element, indent)
            elif isinstance(element, UseElement) and element.is_made:
                for weight, call in element.inits:
                    template = flat(self.constructors.call(call, [f"{{}}.{weight}"]))
                    module = attribute("self", element.name)
                    modules = grouped.setdefault((weight, template), [])
                    if module not in modules:
                        modules.append(module)
        yield from _flushed(grouped, indent)

    def _freeze_lines(self, indent: str) -> Iterator[str]:
        if self.frozen:
            yield from lines(Group(f"{self.freeze}(", self.frozen), indent)

    def _loop_lines(self, indent: str) -> Iterator[str]:
        """First values of all modules of some classes, in one loop over those of the network."""
        if not self.loop:
            return
        target = self.constructors.needs.target
        yield f"{indent}for layer in self.modules():"
        for position, kinds in enumerate(self.loop):
            inner = indent + INDENT
            classes = tuple(map(target, kinds.classes))
            of = classes[0] if len(classes) == 1 else f"({', '.join(classes)})"
            yield f"{inner}{'elif' if position else 'if'} isinstance(layer, {of}):"
            for filling in kinds.fillings:
                deeper = inner + INDENT
                tensor = f"layer.{filling.weight}"
                if filling.some:
                    yield f"{deeper}if {tensor} is not None:"
                    deeper += INDENT
                call = filling.call
                arguments = (tensor, *(f"{k}={literal(v)}" for k, v in call.kwargs.items()))
                yield from lines(Group(f"{target(call.target)}(", arguments), deeper)

    def _branch_values(self, element: BranchElement, indent: str) -> Iterator[str]:
        deeper = indent if element.training else indent + INDENT
        bodies = {
            arm: list(self._first_values(element.arms[arm], deeper)) for arm in sorted(element.arms)
        }
        if element.training:
            yield from bodies[0]
            return
        for arm, body in bodies.items():
            if body:
                earlier = [f"not ({self.tests[element, a]})" for a in bodies if a < arm]
                own = self.tests.get((element, arm))
                yield f"{indent}if {' and '.join([*earlier, *([own] if own else [])])}:"
                yield from body


def _nodes(element: ChildElement) -> Iterator[str]:
    """The layers of a chain, which its constructor is all there is of."""
    if element.template is None:
        yield from _nodes_of(element.units.values())


def _nodes_of(units: Iterable[Unit]) -> Iterator[str]:
    for unit in units:
        for item in unit.items:
            yield from (node.path for node in nodes_of(item))


def _flushed(grouped: Mapping[tuple[str, str], Sequence[str]], indent: str) -> Iterator[str]:
    for (_, call), modules in grouped.items():
        if len(modules) == 1:
            yield from lines(call.replace("{}", modules[0]), indent)
        else:
            yield from lines(Group("for layer in (", tuple(modules), "):"), indent)
            yield f"{indent}{INDENT}{call.replace('{}', 'layer')}"


def _first_name(element: BranchElement, arm: int) -> str:
    for inner in element.arms[arm]:
        if isinstance(inner, UseElement):
            return inner.name
        if isinstance(inner, ChildElement):
            return inner.name
        if isinstance(inner, LoopElement):
            return "copies"
        if isinstance(inner, BranchElement):
            return _first_name(inner, min(inner.arms))
    return "branch"
