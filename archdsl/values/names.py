"""Words and what stands behind a dot or in brackets: names, fields, elements, paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.syntax import tree
from archdsl.values.functions import FUNCTIONS
from archdsl.values.scope import MISSING, UNRESOLVED, Scope
from archdsl.values.value import SKIP, LayerValue, describe

if TYPE_CHECKING:
    from archdsl.values.evaluate import Evaluator


def name(evaluator: Evaluator, expression: tree.Name, scope: Scope) -> Any:
    """What a word stands for: names of the text first, then functions, layers, and paths."""
    name = expression.name
    found = scope.find(name)
    if found is MISSING:
        if name in FUNCTIONS:
            return FUNCTIONS[name]
        definition = evaluator.layer(name)
        if definition is not None:
            return LayerValue(name, definition, (), {})
        if name == "skip":
            return SKIP
        found = evaluator.path(expression, scope)
        if found is MISSING:
            raise evaluator.unknown(name, expression.span, scope)
    if found is UNRESOLVED:
        raise evaluator.silent()
    return found


def attribute(evaluator: Evaluator, expression: tree.Attribute, scope: Scope) -> Any:
    """`a.b`: a field of a value, or a path."""
    found = _attribute_of_value(evaluator, expression, scope)
    if found is MISSING:
        found = evaluator.path(expression, scope)
    if found is MISSING:
        raise evaluator.no_attribute(expression, scope)
    if found is UNRESOLVED:
        raise evaluator.silent()
    return found


def _attribute_of_value(evaluator: Evaluator, expression: tree.Attribute, scope: Scope) -> Any:
    """The field of a value, MISSING where what stands before the dot is no value."""
    root = expression.value
    while isinstance(root, tree.Attribute | tree.Index):
        root = root.value
    if not isinstance(root, tree.Name):
        return evaluator.attribute(evaluator.value(expression.value, scope), expression, scope)
    base = scope.find(root.name)
    if base is MISSING:
        return MISSING
    if base is UNRESOLVED:
        raise evaluator.silent()
    match expression.value:
        case tree.Attribute():
            base = _attribute_of_value(evaluator, expression.value, scope)
        case tree.Index():
            base = evaluator.value(expression.value, scope)
    return MISSING if base is MISSING else evaluator.attribute(base, expression, scope)


def index(evaluator: Evaluator, expression: tree.Index, scope: Scope) -> Any:
    """`a[i]`: an element of a list, or a copy on a path."""
    root: tree.Expression = expression
    while isinstance(root, tree.Attribute | tree.Index):
        root = root.value
    if isinstance(root, tree.Name) and not isinstance(scope.find(root.name), tuple):
        found = evaluator.path(expression, scope)
        if found is not MISSING:
            return found
    value = evaluator.value(expression.value, scope)
    index = evaluator.value(expression.index, scope)
    if not isinstance(value, tuple):
        raise evaluator.fail(
            "E0501",
            f"only lists have elements, and this is {describe(value)}",
            expression.value.span,
        )
    position = evaluator.whole(index, expression.index.span, "an index")
    if not -len(value) <= position < len(value):
        raise evaluator.fail(
            "E0511",
            f"there is no element {position} in {describe(value)}",
            expression.index.span,
            help=f"they are counted from 0: the last is [{len(value) - 1}]" if value else None,
        )
    return value[position]


def slice_of(evaluator: Evaluator, expression: tree.Slice, scope: Scope) -> Any:
    """`a[i:j]`."""
    value = evaluator.value(expression.value, scope)
    if not isinstance(value, tuple):
        raise evaluator.fail(
            "E0501",
            f"only lists have slices, and this is {describe(value)}",
            expression.value.span,
        )
    bounds: list[int | None] = []
    for bound in (expression.start, expression.stop):
        found = None if bound is None else evaluator.value(bound, scope)
        if bound is not None:
            found = evaluator.whole(found, bound.span, "a slice's bound")
        bounds.append(found)
    evaluator.charge(len(value), expression.span)
    return type(value)(value[bounds[0] : bounds[1]])
