"""What makes the modules of a class: constructor calls, chains, copies, branches, first values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archdsl.backend.code import Code, Group, joined
from archdsl.backend.expression import Binary, Expression, Literal, literal, written
from archdsl.backend.loops import NUMBER, Part
from archdsl.backend.names import is_plain_attribute
from archdsl.backend.signatures import REQUIRED
from archdsl.backend.template import (
    Call,
    ChildElement,
    Element,
    Hole,
    LoopElement,
    Template,
    UseElement,
)
from archdsl.layers.torch_call import Helper, Operand

STEPS = '''\
class Steps(nn.Module):
    """Modules under names of their own, run one after the other."""

    def __init__(self, **steps):
        super().__init__()
        for name, step in steps.items():
            self.add_module(name, step)
'''

STEPS_FORWARD = """\

    def forward(self, x):
        for step in self._modules.values():
            x = step(x)
        return x
"""

NUMBERED = '''\
def numbered(*copies, start=0):
    """Copies by their numbers."""
    return {str(number): copy for number, copy in enumerate(copies, start)}
'''


@dataclass(slots=True)
class Needs:
    """What a file has to hold at its head: PyTorch's names, and helpers in order of use."""

    targets: set[str] = field(default_factory=set)
    helpers: dict[str, Helper] = field(default_factory=dict)
    has_steps: bool = False
    has_numbered: bool = False

    def target(self, target: str | Helper) -> str:
        """A target as emitted code names it."""
        if isinstance(target, Helper):
            for other in target.needs:
                self.target(other)
            self.helpers.setdefault(target.name, target)
            return target.name
        name = target
        for module, short in _SHORT:
            if target.startswith(module):
                name = short + target.removeprefix(module)
                break
        self.targets.add(name)
        return name


_SHORT = (
    ("torch.nn.functional.", "F."),
    ("torch.nn.", "nn."),
)


def attribute(holder: str, name: str) -> str:
    """A module by its attribute: with a dot where Python allows one."""
    if is_plain_attribute(name):
        return f"{holder}.{name}"
    return f"getattr({holder}, {literal(name)})"


class Constructors:
    """Writes what makes modules."""

    def __init__(self, needs: Needs) -> None:
        self.needs = needs

    def make(self, element: UseElement | ChildElement) -> Code:
        """The call that makes an element's module."""
        if isinstance(element, UseElement):
            assert element.constructor is not None
            return self.call(element.constructor, ())
        if element.template is None:
            return self.chain(element.chain)
        given = {name: hole.filled for name, hole in element.arguments.items()}
        return self.instance(element.template, given)

    def call(self, call: Call, operands: Sequence[Code]) -> Group:
        """A call of PyTorch's or of a helper."""
        items: list[Code] = []
        for slot in call.slots:
            pattern = slot.pattern
            if isinstance(pattern, Operand):
                items.append(operands[pattern.index])
                continue
            assert isinstance(pattern, Hole)
            if slot.is_keyword and pattern.filled == Literal(pattern.default):
                continue
            text = spelled(pattern.filled)
            items.append(joined(f"{slot.name}=", text) if slot.is_keyword else text)
        return Group(f"{self.needs.target(call.target)}(", tuple(items))

    def instance(self, template: Template, given: Mapping[str, Expression]) -> Code:
        """A call of a class of our own."""
        items: list[Code] = []
        for parameter in template.parameters:
            value = given[parameter.name]
            if parameter.default is REQUIRED:
                items.append(spelled(value))
            elif value != Literal(parameter.default):
                items.append(joined(f"{parameter.name}=", spelled(value)))
        return Group(f"{template.name}(", tuple(items))

    def chain(self, elements: Sequence[Element]) -> Code:
        """A chain: copies from 0 only as `nn.Sequential`, anything else as `Steps`."""
        if self._is_sequence(elements):
            copies = [code for e in elements for code in self.copies(e)]
            return Group(f"{self.needs.target('torch.nn.Sequential')}(", tuple(copies))
        self.needs.has_steps = True
        return Group("Steps(", tuple(self.steps(elements)))

    def _is_sequence(self, elements: Sequence[Element]) -> bool:
        number = 0
        for element in elements:
            if not isinstance(element, LoopElement) or element.first != number:
                return False
            number += len(next(iter(element.copies.values())))
        return True

    def steps(self, elements: Sequence[Element]) -> Iterator[Code]:
        """The links of a chain by name."""
        position = 0
        while position < len(elements):
            element = elements[position]
            if not isinstance(element, LoopElement):
                assert isinstance(element, UseElement | ChildElement)
                yield _named(element.name, self.make(element))
                position += 1
                continue
            first = number = element.first
            copies: list[Code] = []
            while position < len(elements):
                following = elements[position]
                if not isinstance(following, LoopElement) or following.first != number:
                    break
                copies.extend(self.copies(following))
                number += len(next(iter(following.copies.values())))
                position += 1
            if first:
                copies.append(f"start={first}")
            self.needs.has_numbered = True
            yield joined("**", Group("numbered(", tuple(copies)))

    def copies(self, element: Element) -> Iterator[Code]:
        """The copies of a loop as the arguments of a call."""
        assert isinstance(element, LoopElement)
        for part in element.parts:
            made = self.copy(part)
            if part.is_single:
                yield made
            else:
                variable = NUMBER if part.uses_number else "_"
                yield joined("*(", made, f" for {variable} in {numbers(part)})")

    def copy(self, part: Part) -> Code:
        """What makes one of the copies of a part."""
        if part.template is None:
            return self.chain(part.chain)
        return self.instance(part.template, part.arguments)


def _named(name: str, code: Code) -> Code:
    if is_plain_attribute(name):
        return joined(f"{name}=", code)
    return joined("**{", f"{literal(name)}: ", code, "}")


def spelled(expression: Expression) -> Code:
    """An expression as an argument; long lists may be broken."""
    if isinstance(expression, Literal) and isinstance(expression.value, list):
        return Group("[", tuple(spelled(Literal(v)) for v in expression.value), "]")
    return written(expression)


def numbers(part: Part) -> str:
    """The range of the numbers of a part's copies; only their count where numbers do not matter."""
    if not part.uses_number:
        return f"range({written(part.count)})"
    return number_range(part.first, part.count)


def number_range(first: int, count: Expression) -> str:
    """The range of so many numbers from a first one."""
    if first == 0:
        return f"range({written(count)})"
    return f"range({first}, {written(_sum(count, first))})"


def _sum(count: Expression, number: int) -> Expression:
    match count:
        case Literal(value):
            return Literal(value + number)
        case Binary("-", rest, Literal(value)) if value == number:
            return rest
    return Binary("+", count, Literal(number))
