"""Parameters of blocks and networks: arguments, defaults, types and domains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import calls
from archdsl.elaborate.state import Broken, Elaboration
from archdsl.shapes.dim import Dim
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.evaluate import Failed
from archdsl.values.scope import UNRESOLVED, Scope
from archdsl.values.value import (
    BlockValue,
    ChainValue,
    Given,
    LayerValue,
    ListValue,
    NetworkValue,
    ShareValue,
    SkipValue,
    describe,
    shown,
)


def bind_block(
    elaboration: Elaboration,
    declaration: tree.BlockDecl | tree.NetworkDecl | tree.InstanceDecl,
    callee: BlockValue | NetworkValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    inner: Scope,
    scope: Scope,
    call: Span,
) -> tuple[Mapping[str, Any], Mapping[str, tree.Expression]]:
    """Bind a declaration's parameters in its own scope.

    Returns the values of all parameters, and the expressions written at this call.

    Raises:
        Failed: an argument is missing, unknown or unfit; every misfit has been reported.
    """
    name = declaration.name.name
    parameters = declaration.parameters
    known = {p.name for p in parameters}
    given: dict[str, Given] = dict(callee.keywords)
    own: dict[str, tree.Expression] = {}
    failed = False
    open_names = [p.name for p in parameters if p.name not in callee.keywords]
    arguments = callee.positional + positional
    if len(arguments) > len(open_names):
        elaboration.report.error(
            "E0508",
            f"`{name}` takes {len(open_names)} argument{'s' if len(open_names) != 1 else ''}, "
            f"and {len(arguments)} are given",
            call,
            labels=[Label(declaration.name.span, "declared here")],
        )
        failed = True
    filled: set[str] = set()
    for position, (parameter_name, argument) in enumerate(
        zip(open_names, arguments, strict=False)
    ):
        given[parameter_name] = argument
        filled.add(parameter_name)
        if position >= len(callee.positional) and argument.expression is not None:
            own[parameter_name] = argument.expression
    for key, argument in keywords.items():
        if key not in known:
            guess = did_you_mean(key, sorted(known))
            elaboration.report.error(
                "E0505",
                f"`{name}` has no parameter `{key}`",
                argument.expression.span if argument.expression is not None else call,
                labels=[Label(declaration.name.span, "declared here")],
                help=f"did you mean `{guess}`?" if guess else None,
            )
            failed = True
            continue
        if key in own:
            elaboration.report.error("E0507", f"`{key}` is given twice in this call", call)
            failed = True
        given[key] = argument
        if argument.expression is not None:
            own[key] = argument.expression
    values: dict[str, Any] = {}
    missing: list[str] = []
    for parameter in parameters:
        argument = given.get(parameter.name)  # type: ignore[assignment]
        span = parameter.span
        try:
            if argument is not None:
                span = argument.expression.span if argument.expression is not None else call
                value = argument.value
                if parameter.type == "value" and value is not None:
                    value = calls.as_value(elaboration, value, scope, span)
                    if value is None:
                        raise Failed
                check_type(elaboration, parameter, value, span, name)
            elif parameter.default is not None:
                value = elaboration.evaluate(parameter.default, inner)
                check_type(elaboration, parameter, value, parameter.default.span, name)
            else:
                missing.append(parameter.name)
                raise Failed
            check_domain(elaboration, parameter, value, inner, span)
        except Failed:
            failed = True
            value = UNRESOLVED
        if isinstance(value, Broken):
            value = UNRESOLVED
        values[parameter.name] = value
        inner.bind(parameter.name, value, parameter.span)
    if missing:
        needed = " and ".join(f"`{n}`" for n in missing)
        elaboration.report.error(
            "E0506",
            f"`{name}` needs {needed}",
            call,
            labels=[Label(declaration.name.span, "declared here")],
        )
    if failed:
        raise Failed
    return values, own


_CHECKS: dict[str, Any] = {
    "int": (lambda v: type(v) is int, "a whole number"),
    "float": (number.is_number, "a number"),
    "bool": (lambda v: isinstance(v, bool), "true or false"),
    "string": (lambda v: isinstance(v, str), "a text"),
    "list": (lambda v: isinstance(v, ListValue), "a list"),
    "size": (
        lambda v: type(v) is int or isinstance(v, Dim) or (isinstance(v, tuple) and bool(v)),
        "a size",
    ),
    "layer": (lambda v: isinstance(v, LayerValue | SkipValue), "a layer or `skip`"),
    "block": (
        lambda v: isinstance(
            v, LayerValue | SkipValue | BlockValue | ChainValue | NetworkValue | ShareValue
        ),
        "a block",
    ),
    "value": (lambda v: True, "a named value"),
}


def check_type(
    elaboration: Elaboration, parameter: tree.Parameter, value: Any, span: Span, owner: str
) -> None:
    """Check a value against a parameter's type; `none` may be given where it is the default."""
    if parameter.type is None or value is UNRESOLVED or isinstance(value, Broken):
        return
    if parameter.type == "scale":
        raise elaboration.fail(
            "E0490", "parameters of type `scale` are not supported yet", parameter.span
        )
    default = parameter.default
    if value is None and isinstance(default, tree.Constant) and default.value is None:
        return
    fits, wanted = _CHECKS[parameter.type]
    if not fits(value):
        inside = parameter.span.start <= span.start < parameter.span.end
        labels = [] if inside else [Label(parameter.span, "declared here")]
        raise elaboration.fail(
            "E0501",
            f"`{parameter.name}` of `{owner}` is {wanted}, and this is {describe(value)}",
            span,
            labels=labels,
        )


def check_domain(
    elaboration: Elaboration, parameter: tree.Parameter, value: Any, scope: Scope, span: Span
) -> None:
    """Check a value against a parameter's domain (`in [3, 5, 7]`, `in 0.25..1.4`)."""
    match parameter.domain:
        case None:
            return
        case tree.ChoiceDomain(choices=choices):
            allowed = elaboration.evaluate(choices, scope)
            if not isinstance(allowed, tuple) or value in allowed:
                return
            listed = ", ".join(map(shown, allowed))
            nearest = _nearest(value, allowed)
            raise elaboration.fail(
                "E0512",
                f"`{parameter.name}` is one of {listed}, and this is {shown(value)}",
                span,
                help=f"the nearest is {shown(nearest)}" if nearest is not None else None,
            )
        case tree.RangeDomain(low=low, high=high):
            bounds = (elaboration.evaluate(low, scope), elaboration.evaluate(high, scope))
            if not all(number.is_number(b) for b in (*bounds, value)):
                return
            if not bounds[0] <= value <= bounds[1]:
                nearest = min(max(value, bounds[0]), bounds[1])
                raise elaboration.fail(
                    "E0512",
                    f"`{parameter.name}` lies in {shown(bounds[0])}..{shown(bounds[1])}, "
                    f"and this is {shown(value)}",
                    span,
                    help=f"the nearest is {shown(nearest)}",
                )


def _nearest(value: Any, allowed: tuple[Any, ...]) -> Any:
    if not number.is_number(value) or not all(number.is_number(a) for a in allowed) or not allowed:
        return None
    return min(allowed, key=lambda a: abs(a - value))
