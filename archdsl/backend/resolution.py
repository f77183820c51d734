"""One class worked out: every hole gets its expression, every branch its test, every loop its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from archdsl.backend.arguments import Arguments
from archdsl.backend.expression import (
    Expression,
    Literal,
    Logic,
    Name,
    Unknown,
    evaluate,
    names_in,
    negation,
    substitute,
)
from archdsl.backend.loops import Part, literal_parts, shared_parts
from archdsl.backend.merging import Forms, Merging
from archdsl.backend.names import Namespace
from archdsl.backend.signatures import REQUIRED
from archdsl.backend.template import (
    BranchElement,
    Call,
    ChildElement,
    Differ,
    Element,
    Hole,
    Input,
    LoopElement,
    Output,
    Parameter,
    Phi,
    Ref,
    Template,
    UseElement,
)
from archdsl.backend.units import Unit
from archdsl.graph.region import Region
from archdsl.graph.text_index import TextIndex
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree

_FIELDS = {
    "kernel_size": "kernel",
    "normalized_shape": "features",
    "num_groups": "groups",
    "out_channels": "out",
    "out_features": "out",
}
"""What the language calls an argument that PyTorch calls otherwise."""


class Resolution:
    """Fills the holes of a template, in the order in which they stand.

    Raises:
        Differ: a branch or a loop follows no rule that holds in every instance.
    """

    def __init__(
        self, template: Template, forms: Forms, text: TextIndex, reserved: Iterable[str]
    ) -> None:
        self.template = template
        self.forms = forms
        self.text = text
        self.arguments = Arguments(template.units, text, Namespace(reserved))
        if self.arguments.channels is not None:
            template.channels[Input(0)] = self.arguments.channels
        self._elements(template.elements)
        self._finish()

    # Elements in order

    def _elements(self, elements: Sequence[Element]) -> None:
        for element in elements:
            hint = self._channels(element.operands[0]) if element.operands else None
            self._element(element, hint)

    def _chain(self, elements: Sequence[Element], hint: Expression | None) -> Expression | None:
        """The elements of a chain, each hinting at the channels of the next."""
        for element in elements:
            self._element(element, hint)
            hint = self.template.channels.get(Output(element, 0))
        return hint

    def _element(self, element: Element, hint: Expression | None) -> None:
        match element:
            case UseElement():
                self._use(element, hint)
            case ChildElement():
                self._child(element, hint)
            case LoopElement():
                self._loop(element)
            case BranchElement():
                self._branch(element)

    def _channels(self, ref: Ref) -> Expression | None:
        """How many channels a value has, where every source of it says the same."""
        if isinstance(ref, Phi):
            said = {self._channels(source) for _, source in ref.sources}
            return said.pop() if len(said) == 1 else None
        return self.template.channels.get(ref)

    def _note_channels(
        self,
        element: Element,
        types: Mapping[Unit, Sequence[TensorType]],
        candidates: Iterable[Expression | None],
    ) -> None:
        """Say how many channels an element's values have, if a candidate is right."""
        known = [c for c in candidates if c is not None]
        for port in range(element.ports):
            leaving = {u: found[port] for u, found in types.items()}
            if not all(t.dims for t in leaving.values()):
                continue
            values = {u: t.channels for u, t in leaving.items()}
            for candidate in [Literal(next(iter(values.values()))), *known]:
                if self.arguments.is_right(candidate, values):
                    self.template.channels[Output(element, port)] = candidate
                    break

    # Layers

    def _use(self, element: UseElement, hint: Expression | None) -> None:
        call = element.constructor or element.function
        assert call is not None
        if element.constructor is None or element.is_made:
            self._call(element, call, hint)
        for weight, fill in element.inits:
            for hole in fill.holes():
                name = f"{element.name}_{weight}_{hole.name}"
                hole.expression = self.arguments.resolve(hole.values, name)
        holes = sorted(call.holes(), key=lambda h: not (h.name or "").startswith("out"))
        types = {u: node.outputs for u, node in element.nodes.items()}
        self._note_channels(element, types, [*(h.expression for h in holes), hint])

    def _call(self, element: UseElement, call: Call, hint: Expression | None) -> None:
        expressions = element.node.expressions
        for hole in call.holes():
            field = _FIELDS.get(hole.name or "", hole.name or "value")
            written = [e for name, e in expressions.items() if name == field]
            written += [e for name, e in expressions.items() if name != field]
            hole.expression = self.arguments.resolve(
                hole.values, f"{element.name}_{field}", written, element.scopes, hint
            )

    # Modules of our own

    def _child(self, element: ChildElement, hint: Expression | None) -> None:
        template = element.template
        types = {u: unit.output_types for u, unit in element.units.items()}
        if template is None:
            self._note_channels(element, types, [self._chain(element.chain, hint)])
            return
        if not element.is_made:
            self._note_channels(element, types, [hint])
            return
        holes: dict[str, Hole] = {}
        for parameter in template.parameters:
            values = {u: parameter.values[unit] for u, unit in element.units.items()}
            holes[parameter.name] = Hole(
                parameter.name, values, parameter.default, self._given(element, parameter, hint)
            )
        element.arguments = holes
        filled = {name: hole.filled for name, hole in holes.items()}
        said = template.channels.get(template.outputs[0]) if template.outputs else None
        inner = None if said is None else substitute(said, filled)
        self._note_channels(element, types, [inner, *filled.values(), hint])

    def _given(
        self, element: ChildElement, parameter: Parameter, hint: Expression | None
    ) -> Expression:
        """What an instance is given for a parameter."""
        values = {u: parameter.values[unit] for u, unit in element.units.items()}
        written: list[tree.Expression] = []
        regions: dict[Unit, Region] = {}
        for u, unit in element.units.items():
            around = self.text.parent(unit.region)
            if around is not None:
                regions[u] = around
        if parameter.source is not None:
            found = element.unit.region.argument_expressions.get(parameter.source)
            written = [] if found is None else [found]
        name = parameter.name
        if name in self.arguments.parameters or len(regions) < len(values):
            name = f"{element.name}_{name}"
        return self.arguments.resolve(
            values, name, written, regions if len(regions) == len(values) else None, hint
        )

    # Copies

    def _loop(self, element: LoopElement) -> None:
        owners = list(element.copies)
        marks = [tuple(map(self.forms.fingerprint, element.copies[u])) for u in owners]
        if all(mark == marks[0] for mark in marks):
            element.parts = literal_parts(
                element,
                element.copies[owners[0]],
                self.forms.templates,
                self.forms.fingerprint,
                self._literal_chain,
            )
        else:
            templates = {
                self.forms.templates.get(unit)
                for units in element.copies.values()
                for unit in units
            }
            template = templates.pop()
            if templates or template is None:
                raise Differ
            name = element.copies[owners[0]][0].outer.kind.value
            element.parts = shared_parts(element, template, self.arguments, name)
        types = {u: units[-1].output_types for u, units in element.copies.items()}
        last = element.parts[-1]
        said = None
        if last.template is not None and last.template.outputs:
            said = last.template.channels.get(last.template.outputs[0])
        inner = None if said is None else substitute(said, last.arguments)
        self._note_channels(element, types, [inner, *last.arguments.values()])

    def _literal_chain(self, unit: Unit) -> tuple[Element, ...]:
        """The elements of a chain that is like no other, their holes filled with what they hold."""
        chain = tuple(Merging(self.forms).chain([unit]))
        for element in chain:
            self._fill(element, unit)
        return chain

    def _fill(self, element: Element, unit: Unit) -> None:
        if isinstance(element, UseElement):
            assert element.constructor is not None
            for hole in element.constructor.holes():
                hole.expression = Literal(hole.values[unit])
        elif isinstance(element, ChildElement):
            for inner in element.chain:
                self._fill(inner, unit)
            if element.template is not None:
                child = element.units[unit]
                element.arguments = {
                    p.name: Hole(p.name, {}, p.default, Literal(p.values[child]))
                    for p in element.template.parameters
                }
        elif isinstance(element, LoopElement):
            element.parts = literal_parts(
                element,
                element.copies[unit],
                self.forms.templates,
                self.forms.fingerprint,
                self._literal_chain,
            )

    # Branches

    def _branch(self, element: BranchElement) -> None:
        if not element.training:
            element.tests = self._tests(element)
        for arm in sorted(element.arms):
            self._elements(element.arms[arm])

    def _tests(self, element: BranchElement) -> dict[int, Expression]:
        """For each arm that holds something the condition under which it is taken.

        Each speaks of instances in which no earlier arm that holds something was taken.
        """
        conditions = [
            self.arguments.translated(condition, element.scopes)
            for condition in element.conditions[: max(element.arms) + 1]
        ]
        tests: dict[int, Expression] = {}
        for arm in sorted(element.arms):
            needed = [
                negation(self._sure(conditions[before]))
                for before in range(min(arm, len(conditions)))
                if before not in element.arms
            ]
            if arm < len(conditions):
                needed.append(self._sure(conditions[arm]))
            if not needed:
                needed.append(Literal(True))
            tests[arm] = needed[0] if len(needed) == 1 else Logic("and", tuple(needed))
            written = element.conditions[arm] if arm < len(conditions) else None
            if len(needed) == 1 and isinstance(written, tree.Name):
                element.names[arm] = written.name
        for unit, taken in element.arm_of.items():
            if self._taken(tests, unit) != taken:
                raise Differ
        return tests

    def _sure(self, condition: Expression | None) -> Expression:
        if condition is None:
            raise Differ
        return condition

    def _taken(self, tests: Mapping[int, Expression], unit: Unit) -> int | None:
        for arm, test in tests.items():
            try:
                if evaluate(test, self.arguments.names[unit]) is True:
                    return arm
            except Unknown as unknown:
                raise Differ from unknown
        return None

    # The end: what was offered and not used goes

    def _finish(self) -> None:
        constants = self.arguments.constants
        uses = list(self._names())
        once: dict[str, Expression] = {}
        for name, expression in constants.items():
            inner = substitute(expression, once)
            if uses.count(name) < 2:
                once[name] = inner
                uses.extend(names_in(inner) if name in uses else ())
            else:
                self.template.locals[name] = inner
                uses.extend(names_in(inner))
        rewrite(self.template, lambda e: substitute(e, once))
        everything = {n: substitute(e, once) for n, e in self.template.locals.items()}
        for ref, said in self.template.channels.items():
            self.template.channels[ref] = substitute(substitute(said, once), everything)
        used = set(uses)
        kept = [p for p in self.arguments.parameters.values() if p.name in used]
        channels = self.arguments.channels

        def place(parameter: Parameter) -> tuple[bool, bool]:
            is_input = isinstance(channels, Name) and parameter.name == channels.name
            return parameter.default is not REQUIRED, not is_input

        self.template.parameters = sorted(kept, key=place)

    def _names(self) -> Iterator[str]:
        found: list[str] = []

        def note(expression: Expression) -> Expression:
            found.extend(names_in(expression))
            return expression

        rewrite(self.template, note)
        return iter(found)


def rewrite(template: Template, change: Callable[[Expression], Expression]) -> None:
    """Change every expression of a class's body."""
    for element in template.elements:
        _rewrite(element, change)


def _rewrite(element: Element, change: Callable[[Expression], Expression]) -> None:
    match element:
        case UseElement(constructor=constructor, function=function, inits=inits):
            calls: list[Any] = [c for c in (constructor, function) if c is not None]
            for call in (*calls, *(fill for _, fill in inits)):
                for hole in call.holes():
                    if hole.expression is not None:
                        hole.expression = change(hole.expression)
        case ChildElement(arguments=arguments, chain=chain):
            for hole in arguments.values():
                hole.expression = change(hole.filled)
            for inner in chain:
                _rewrite(inner, change)
        case LoopElement(parts=parts):
            part: Part
            for part in parts:
                part.count = change(part.count)
                part.arguments = {name: change(e) for name, e in part.arguments.items()}
        case BranchElement(tests=tests, arms=arms):
            for arm in sorted(arms):
                if arm in tests:
                    tests[arm] = change(tests[arm])
                for inner in arms[arm]:
                    _rewrite(inner, change)
