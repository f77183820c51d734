"""Lists, tuples and computed texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.syntax import tree
from archdsl.values.scope import Scope
from archdsl.values.value import ListValue, describe

if TYPE_CHECKING:
    from archdsl.values.evaluate import Evaluator


def template(evaluator: Evaluator, expression: tree.Template, scope: Scope) -> str:
    """A text with its computed parts in place."""
    parts: list[str] = []
    for part in expression.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        value = evaluator.value(part, scope)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise evaluator.fail(
                "E0501",
                f"a computed name takes whole numbers and texts, and this is {describe(value)}",
                part.span,
            )
        parts.append(str(value))
    return "".join(parts)


def list_display(evaluator: Evaluator, expression: tree.ListDisplay, scope: Scope) -> Any:
    """`[a, b]`."""
    items = [evaluator.value(item, scope) for item in expression.items]
    return evaluator.made(ListValue(items), expression.span)


def tuple_display(evaluator: Evaluator, expression: tree.TupleDisplay, scope: Scope) -> Any:
    """`(a, b)`."""
    items = [evaluator.value(item, scope) for item in expression.items]
    return evaluator.made(tuple(items), expression.span)


def comprehension(evaluator: Evaluator, expression: tree.Comprehension, scope: Scope) -> Any:
    """`[e for x in list if condition]`."""
    result: list[Any] = []
    written = expression.iterable
    for item in evaluator.items(evaluator.value(written, scope), written.span):
        inner = Scope(scope)
        evaluator.bind_targets(expression.targets, item, inner, written.span)
        kept = expression.condition
        if kept is None or evaluator.boolean(kept, inner, "a condition must be"):
            result.append(evaluator.value(expression.element, inner))
    return evaluator.made(ListValue(result), expression.span)
