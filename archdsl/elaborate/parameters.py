"""Parameters of blocks, networks and rules: bound to arguments and defaults in the declaration's scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archdsl.diagnostics.source import Span
from archdsl.elaborate.arguments import as_value
from archdsl.elaborate.place import Broken
from archdsl.elaborate.state import Elaboration
from archdsl.syntax import tree
from archdsl.values.calling import assign, check_complete
from archdsl.values.domain import check_parameter
from archdsl.values.scope import UNRESOLVED, Failed, Scope
from archdsl.values.value import Given

Declaration = tree.BlockDecl | tree.NetworkDecl | tree.InstanceDecl | tree.ScalingDecl


def bind_block(
    elaboration: Elaboration,
    declaration: Declaration,
    before: Mapping[str, Given],
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    inner: Scope,
    scope: Scope,
    call: Span,
) -> tuple[Mapping[str, Any], Mapping[str, tree.Expression]]:
    """Bind a declaration's parameters in its own scope `inner`.

    Args:
        elaboration: The network's.
        declaration: Whose parameters they are.
        before: The arguments that were filled in before this call.
        positional: This call's arguments without a name.
        keywords: This call's arguments by name.
        inner: The scope of the declaration's body.
        scope: The scope of the call, in which named values are looked for.
        call: Where the call stands.

    Returns:
        The values of all parameters, and the expressions written at this call.

    Raises:
        Failed: an argument is missing, unknown or unfit; every misfit has been reported.
    """
    signature = elaboration.signature(declaration)
    own, _ = assign(elaboration, signature, before, positional, keywords, call)
    given = {**before, **own} if before else own
    check_complete(elaboration, signature, given, call)
    values: dict[str, Any] = {}
    failed = False
    for parameter in declaration.parameters:
        value: Any = UNRESOLVED
        try:
            argument = given.get(parameter.name)
            if argument is not None:
                span = argument.expression.span if argument.expression is not None else call
                value = _argument(elaboration, parameter, argument, scope, span)
            else:
                assert parameter.default is not None
                span = parameter.default.span
                value = elaboration.evaluate(parameter.default, inner)
            check_parameter(elaboration, parameter, value, span, signature.name, inner)
        except Failed:
            failed = True
            value = UNRESOLVED
        if isinstance(value, Broken):
            elaboration.unresolved = True
            value = UNRESOLVED
        values[parameter.name] = value
        inner.bind(parameter.name, value, parameter.span)
    if failed:
        raise Failed
    return values, {n: g.expression for n, g in own.items() if g.expression is not None}


def _argument(
    elaboration: Elaboration, parameter: tree.Parameter, given: Given, scope: Scope, span: Span
) -> Any:
    """What a parameter is given: for one of type `value` a value of the flow."""
    if parameter.type != "value" or given.value is None:
        return given.value
    found = as_value(elaboration, given.value, given.scope or scope, span)
    if found is None:
        raise Failed
    return found
