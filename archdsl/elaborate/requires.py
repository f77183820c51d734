"""Preconditions: `require`, and what is said where one does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.elaborate.state import Elaboration, Frame
from archdsl.shapes.dim import Dim, Product, default_of
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.scope import Failed, Scope

_LONGEST = 16
"""Characters of a number that is written out in full."""


def run_require(
    elaboration: Elaboration, statement: tree.Require, scope: Scope, frame: Frame
) -> None:
    """Hold a body's precondition; where it fails the arguments of the call are blamed."""
    if holds_at_defaults(elaboration, statement.condition, scope):
        return
    region = frame.region
    while region.declaration is None and region.parent is not None:
        region = region.parent
    owner, call = None, None
    if frame.origin:
        site = frame.origin[-1]
        owner, call = site.name, site.span
    raise unmet(elaboration, statement, scope, region.argument_expressions, owner, call)


def unmet(
    elaboration: Elaboration,
    statement: tree.Require,
    scope: Scope,
    given: Mapping[str, tree.Expression],
    owner: str | None,
    call: Span | None,
    *,
    help: str | None = None,
) -> Failed:
    """Report a precondition that does not hold, and give the exception to raise.

    Args:
        elaboration: The network's.
        statement: The precondition.
        scope: The names it speaks of.
        given: The arguments of the call, as they are written.
        owner: What was called, None for a network.
        call: Where it was called, None for a network.
        help: An edit that mends it.
    """
    condition = statement.condition
    said = f": {statement.message.text}" if statement.message is not None else ""
    asked = names_asked(condition)
    spans = [expression.span for name, expression in given.items() if name in asked]
    if owner is not None and call is not None:
        message = f"`{owner}` requires `{condition.span.text}`{said}"
        spans = spans or [call]
    else:
        message = f"`{condition.span.text}` does not hold{said}"
    known = [(name, scope.find(name)) for name in sorted(asked)]
    notes = [
        f"`{name}` is {default_of(value)}"
        if isinstance(value, Dim)
        else f"`{name}` is {number.text(value)}"
        for name, value in known
        if isinstance(value, Dim) or number.is_number(value)
    ]
    notes += _sides(elaboration, condition, scope)
    if not spans:
        return elaboration.fail("E0513", message, condition.span, notes=notes, help=help)
    labels = [
        *(Label(span, "and this") for span in spans[1:]),
        Label(condition.span, "required here"),
    ]
    return elaboration.fail("E0513", message, spans[0], labels=labels, notes=notes, help=help)


def _sides(elaboration: Elaboration, condition: tree.Expression, scope: Scope) -> list[str]:
    """What the computed sides of a comparison come to, and what its tolerance allows."""
    if not isinstance(condition, tree.Comparison):
        return []
    notes: list[str] = []
    values: list[Any] = []
    for side in (condition.left, condition.right):
        value = elaboration.evaluate(side, scope)
        value = default_of(value) if isinstance(value, Dim | Product) else value
        values.append(value)
        if number.is_number(value) and not isinstance(side, tree.Name | tree.Number):
            notes.append(f"`{side.span.text}` is {_short(value)}")
    right = values[1]
    if condition.within is not None and number.is_number(right):
        slack = abs(Fraction(right)) * Fraction(condition.within.value) / 100
        low, high = _short(Fraction(right) - slack), _short(Fraction(right) + slack)
        allowed = {"<=": f"at most {high}", ">=": f"at least {low}"}
        notes.append(
            f"`within {condition.within.span.text}` allows "
            + allowed.get(condition.operator, f"{low} to {high}")
        )
    return notes


def _short(value: Any) -> str:
    """A number in full where that is short, else its first digits."""
    text = number.text(number.normal(value) if isinstance(value, Fraction) else value)
    return text if len(text) <= _LONGEST else f"about {format(float(value), '.6g')}"


def holds_at_defaults(elaboration: Elaboration, condition: tree.Expression, scope: Scope) -> bool:
    """The truth of a condition that may ask for sizes, which stand at their defaults."""
    elaboration.sizes_allowed = True
    try:
        return elaboration.condition(condition, scope)
    finally:
        elaboration.sizes_allowed = False


def names_asked(expression: tree.Tree) -> set[str]:
    """The names that an expression asks for."""
    found: set[str] = set()
    stack: list[object] = [expression]
    while stack:
        match stack.pop():
            case tree.Name(name):
                found.add(name)
            case tree.Tree() as part:
                stack.extend([getattr(part, f.name) for f in fields(part) if f.name != "span"])
            case tuple() as parts:
                stack.extend(parts)
    return found
