"""Calls of initialisers: `normal(std=0.01)` gives the initialiser with its arguments."""

from __future__ import annotations

from functools import cache
from typing import Any

from archdsl.diagnostics.source import Span
from archdsl.elaborate import bind
from archdsl.layers.definition import REQUIRED, InitialiserValue, Reject
from archdsl.layers.initialisation import INITIALISERS, value_of
from archdsl.syntax import tree
from archdsl.values import calling
from archdsl.values.evaluate import Evaluator
from archdsl.values.scope import Failed, Scope
from archdsl.values.value import Given


@cache
def _signature(name: str) -> calling.Signature:
    specs = INITIALISERS[name].parameters
    names = tuple(spec.name for spec in specs)
    required = frozenset(spec.name for spec in specs if spec.default is REQUIRED)
    return calling.Signature(name, names, names, required)


def fill(
    evaluator: Evaluator, callee: InitialiserValue, expression: tree.Call, scope: Scope
) -> InitialiserValue:
    """An initialiser with more of its arguments given; one given again replaces.

    Raises:
        Failed: an argument does not suit; every misfit has been reported.
    """
    positional, keywords = calling.arguments(evaluator, expression.arguments, scope)
    values: dict[str, Any] = dict(callee.arguments)
    before = {name: Given(value, None, None) for name, value in values.items()}
    given, _ = calling.assign(
        evaluator, _signature(callee.name), before, positional, keywords, expression.span
    )
    specs = {spec.name: spec for spec in INITIALISERS[callee.name].parameters}
    failed = False
    for name, argument in given.items():
        try:
            values[name] = bind.convert(specs[name], argument.value)
        except bind.Unfit as unfit:
            span = _span(argument, expression)
            evaluator.report.error(unfit.code, unfit.message, span, help=unfit.help)
            failed = True
    if failed:
        raise Failed
    try:
        return value_of(callee.name, values)
    except Reject as reject:
        blamed = given.get(reject.field) if reject.field is not None else None
        span = expression.span if blamed is None else _span(blamed, expression)
        raise evaluator.fail(reject.code, reject.message, span) from None


def _span(argument: Given, call: tree.Call) -> Span:
    return argument.expression.span if argument.expression is not None else call.span
