"""Types and domains of parameters: which values a declaration takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.shapes.dim import Dim
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.operators import equal
from archdsl.values.scope import Scope
from archdsl.values.value import LayerValue, ListValue, SkipValue, describe, is_callable, shown

if TYPE_CHECKING:
    from archdsl.values.evaluate import Evaluator


def check_parameter(
    evaluator: Evaluator,
    parameter: tree.Parameter,
    value: Any,
    span: Span,
    owner: str,
    scope: Scope,
) -> None:
    """Hold a value, written at `span`, against the type and domain of a parameter of `owner`.

    Raises:
        Failed: it is of another kind or outside; that has been reported.
    """
    if parameter.type is not None:
        _check_type(evaluator, parameter, value, span, owner)
    match parameter.domain:
        case tree.ChoiceDomain(choices=choices):
            _check_choice(evaluator, parameter, value, span, evaluator.value(choices, scope))
        case tree.RangeDomain(low=low, high=high):
            bounds = evaluator.value(low, scope), evaluator.value(high, scope)
            _check_range(evaluator, parameter, value, span, bounds)


def _is_size(value: Any) -> bool:
    if isinstance(value, tuple) and not isinstance(value, ListValue):
        return bool(value) and all(map(_is_size, value))
    return type(value) is int or isinstance(value, Dim)


_TYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "int": (lambda v: type(v) is int, "a whole number"),
    "float": (number.is_number, "a number"),
    "bool": (lambda v: isinstance(v, bool), "true or false"),
    "string": (lambda v: isinstance(v, str), "a text"),
    "list": (lambda v: isinstance(v, ListValue), "a list"),
    "size": (_is_size, "a size"),
    "layer": (lambda v: isinstance(v, LayerValue | SkipValue), "a layer or `skip`"),
    "block": (is_callable, "a block"),
    "value": (lambda v: v is not None, "a named value"),
    "scale": (lambda v: number.is_number(v) and v > 0, "a number above 0"),
}


def _check_type(
    evaluator: Evaluator, parameter: tree.Parameter, value: Any, span: Span, owner: str
) -> None:
    """`none` may be given where it is the default."""
    assert parameter.type is not None
    default = parameter.default
    if value is None and isinstance(default, tree.Constant) and default.value is None:
        return
    fits, wanted = _TYPES[parameter.type]
    if not fits(value):
        raise evaluator.fail(
            "E0501",
            f"`{parameter.name}` of `{owner}` must be {wanted}, and this is {describe(value)}",
            span,
            labels=_declared(parameter, span),
        )


def _check_choice(
    evaluator: Evaluator, parameter: tree.Parameter, value: Any, span: Span, allowed: Any
) -> None:
    allowed = evaluator.items(allowed, parameter.domain.span if parameter.domain else span)
    if any(equal(value, choice) for choice in allowed):
        return
    nearest = None
    if number.is_number(value) and allowed and all(map(number.is_number, allowed)):
        nearest = min(allowed, key=lambda choice: abs(choice - value))
    raise evaluator.fail(
        "E0512",
        f"`{parameter.name}` must be one of {', '.join(map(shown, allowed))}, and this is "
        f"{shown(value)}",
        span,
        labels=_declared(parameter, span),
        help=f"the nearest is {shown(nearest)}" if nearest is not None else None,
    )


def _check_range(
    evaluator: Evaluator, parameter: tree.Parameter, value: Any, span: Span, bounds: tuple[Any, Any]
) -> None:
    low, high = bounds
    if not all(map(number.is_number, (low, high, value))):
        wrong = next(v for v in (low, high, value) if not number.is_number(v))
        raise evaluator.fail(
            "E0501",
            f"`{parameter.name}` must lie in a range of numbers, and this is {describe(wrong)}",
            span,
            labels=_declared(parameter, span),
        )
    if not low <= value <= high:
        nearest = min(max(value, low), high)
        raise evaluator.fail(
            "E0512",
            f"`{parameter.name}` must lie in {shown(low)}..{shown(high)}, and this is {shown(value)}",
            span,
            labels=_declared(parameter, span),
            help=f"the nearest is {shown(nearest)}",
        )


def _declared(parameter: tree.Parameter, span: Span) -> list[Label]:
    """Where the parameter stands, unless the value is its own default."""
    own = parameter.span
    if span.source is own.source and own.start <= span.start < own.end:
        return []
    return [Label(own, "declared here")]
