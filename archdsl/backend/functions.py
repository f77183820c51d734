"""Calls of functions as a forward writes them, around the code of their operands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from archdsl.backend.code import Code, Group, joined
from archdsl.backend.constructors import Needs
from archdsl.backend.expression import Expression, Literal
from archdsl.backend.statements import ATOM, PRODUCT, SUM
from archdsl.backend.template import Call, Hole
from archdsl.backend.template import Operation as Infix
from archdsl.layers.torch_call import Operand, SizeOf, Training, WeightOf

Piece: TypeAlias = tuple[Code, int]
"""Code, and how tightly it holds together."""

LEVELS: Mapping[str, int] = {
    "+": SUM,
    "-": SUM,
    "*": PRODUCT,
    "/": PRODUCT,
    "//": PRODUCT,
    "%": PRODUCT,
    "@": PRODUCT,
}


class Functions:
    """Writes functions, methods and operators.

    `value` writes what the constructor has to hand on; it is given a name for it. `module` is
    what reaches the layer's module: its mode, and its tensors but for those in `tensors`, which
    are reached otherwise.
    """

    def __init__(self, needs: Needs, value: Callable[[Expression, str], Code]) -> None:
        self.needs = needs
        self.value = value
        self.module = "self"
        self.tensors: Mapping[str, str] = {}

    def call(self, call: Call, name: str, operands: Mapping[int, Piece]) -> Piece:
        """A function, a method of the first operand, or an operator between all of them."""
        target = call.target
        if isinstance(target, str) and target in LEVELS:
            parts = [self._argument(slot.pattern, name, operands) for slot in call.slots]
            return _infix(target, parts)
        items: list[Code] = []
        for slot in call.slots:
            pattern = slot.pattern
            if slot.is_keyword and _is_default(pattern):
                continue
            code, _ = self._argument(pattern, f"{name}_{slot.name or 'value'}", operands)
            items.append(joined(f"{slot.name}=", code) if slot.is_keyword else code)
        if isinstance(target, str) and target.startswith("."):
            self.needs.targets.add(target)
            return joined(_whole(operands[0]), Group(f"{target}(", tuple(items))), ATOM
        return Group(f"{self.needs.target(target)}(", tuple(items)), ATOM

    def _argument(self, pattern: Any, name: str, operands: Mapping[int, Piece]) -> Piece:
        match pattern:
            case Operand(index):
                return operands[index]
            case SizeOf(index, axis):
                return joined(_whole(operands[index]), f".shape[{axis}]"), ATOM
            case WeightOf(weight):
                return self.tensors.get(weight) or f"{self.module}.{weight}", ATOM
            case Training():
                return f"{self.module}.training", ATOM
            case Hole():
                return self.value(pattern.filled, name), ATOM
            case Call():
                return self.call(pattern, name, operands)
            case Infix(operator=operator, left=left, right=right):
                sides = [self._argument(p, name, operands) for p in (left, right)]
                return _infix(operator, sides)
            case list() | tuple():
                parts = tuple(self._argument(p, name, operands)[0] for p in pattern)
                if isinstance(pattern, list):
                    return Group("[", parts, "]"), ATOM
                return joined("(", parts[0], ",)") if len(parts) == 1 else Group("(", parts), ATOM
        raise AssertionError(pattern)


def _is_default(pattern: Any) -> bool:
    return isinstance(pattern, Hole) and pattern.filled == Literal(pattern.default)


def _whole(piece: Piece) -> Code:
    """A piece that something can be asked of: in parentheses where it is an operation."""
    code, level = piece
    return code if level == ATOM else joined("(", code, ")")


def _infix(operator: str, parts: Sequence[Piece]) -> Piece:
    """Parts with an operator between them, in parentheses where they would fall apart."""
    own = LEVELS[operator]
    if len(parts) == 1:
        return parts[0]
    pieces: list[Code] = []
    for position, (code, level) in enumerate(parts):
        if position:
            pieces.append(f" {operator} ")
        is_loose = level < own or (level == own and position > 0)
        pieces.append(joined("(", code, ")") if is_loose else code)
    return joined(*pieces), own


def indices(pattern: Any) -> Iterator[int]:
    """The operands that a call mentions, in the order in which Python evaluates them."""
    match pattern:
        case Call(target=target, slots=slots):
            if isinstance(target, str) and target.startswith("."):
                yield 0
            for slot in slots:
                yield from indices(slot.pattern)
        case Operand(index) | SizeOf(index, _):
            yield index
        case Infix(left=left, right=right):
            yield from indices((left, right))
        case list() | tuple():
            for part in pattern:
                yield from indices(part)


def reaches(pattern: Any) -> Iterator[WeightOf | Training]:
    """What a call needs of its layer's module: tensors, and the mode."""
    match pattern:
        case Call(slots=slots):
            for slot in slots:
                yield from reaches(slot.pattern)
        case WeightOf() | Training():
            yield pattern
        case Infix(left=left, right=right):
            yield from reaches((left, right))
        case list() | tuple():
            for part in pattern:
                yield from reaches(part)
