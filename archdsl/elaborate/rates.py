"""Parameters that are rates of dropping: numbers that only say how much of something is dropped.

Between none and all such a number changes no shape, no weight and no figure of inference. In a
text it is one where a block uses it for nothing else than the rate of a layer that drops and
comparisons with 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from archdsl.layers import registry
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.scope import MISSING, Scope


def is_rate(value: Any) -> bool:
    """Whether a value is a number that drops something, and not everything."""
    return number.is_number(value) and bool(0 < value < 1)


def rates_of(declaration: tree.BlockDecl, scope: Scope) -> frozenset[str]:
    """The parameters of a block that are nothing but rates; `scope` is that of its file."""
    own = {parameter.name for parameter in declaration.parameters}
    used = {
        name
        for part in (*declaration.parameters, *declaration.body)
        for name in _used_otherwise(part, own, scope)
    }
    return frozenset(own - used)


def _used_otherwise(part: tree.Tree, own: set[str], scope: Scope) -> Iterator[str]:
    """The names that a part of the text asks for in any other way than for a rate."""
    match part:
        case tree.Name(name):
            yield name
            return
        case tree.Comparison(left=tree.Name(), right=tree.Number(value=0 | 1), within=None):
            return
        case tree.Step(callee=callee, arguments=arguments) | tree.Call(callee, arguments):
            rate = _rate_field(callee, own, scope)
            for position, argument in enumerate(arguments or ()):
                field = rate if argument.name is None and position == 0 else argument.name
                if rate is None or field != rate or not isinstance(argument.value, tree.Name):
                    yield from _used_otherwise(argument, own, scope)
            yield from _used_otherwise(callee, own, scope)
            return
    for each in fields(part):
        inside = getattr(part, each.name)
        for below in inside if isinstance(inside, tuple) else (inside,):
            if isinstance(below, tree.Tree):
                yield from _used_otherwise(below, own, scope)


def _rate_field(callee: tree.Expression, own: set[str], scope: Scope) -> str | None:
    """The field of a built-in layer that is its rate, where a call is of such a layer."""
    if not isinstance(callee, tree.Name) or callee.name in own:
        return None
    if scope.find(callee.name) is not MISSING:
        return None
    definition = registry.find(callee.name)
    return None if definition is None else definition.rate_field
