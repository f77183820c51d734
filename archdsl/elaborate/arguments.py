"""What the call of a layer gives: its fields, and the named values among its operands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import bind
from archdsl.elaborate.infer import call_labels
from archdsl.elaborate.paths import find_segments, segments_in, visible_paths
from archdsl.elaborate.place import BROKEN, Broken, Place
from archdsl.elaborate.state import Elaboration, Frame, RegionBuilder
from archdsl.graph.node import Value
from archdsl.layers.definition import Family, Kind, Layer, ParameterSpec
from archdsl.syntax import tree
from archdsl.values.calling import assign, check_complete
from archdsl.values.scope import MISSING, UNRESOLVED, Failed, Scope
from archdsl.values.value import Given, LayerValue, describe


class BoundLayer(NamedTuple):
    """A layer with its fields, and what was given for them.

    `operands` are the named values among the arguments, `spans` where each field was written,
    `expressions` the expressions of those that this very call gives.
    """

    layer: Layer
    operands: tuple[Any, ...]
    spans: Mapping[str, Span]
    expressions: Mapping[str, tree.Expression]


def bind_layer(
    elaboration: Elaboration,
    callee: LayerValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    call: Span,
    scope: Scope,
    frame: Frame,
) -> BoundLayer:
    """Check a layer call's arguments against its signature, in a frame of the flow.

    Raises:
        Failed: something does not suit; every misfit has been reported.
    """
    definition: type[Layer] = callee.definition
    signature = elaboration.layer_signature(callee)
    if not (positional or keywords or callee.keywords or callee.positional or signature.required):
        return _bare(definition)
    specs = bind.specs_of(definition)
    own, rest = assign(elaboration, signature, callee.keywords, positional, keywords, call)
    given = {**callee.keywords, **own} if callee.keywords else own
    further = callee.positional + rest
    fields: dict[str, Any] = {}
    spans: dict[str, Span] = {}
    operands: list[Any] = []
    failed = False
    if definition.family is Family.MERGE:
        for argument in further:
            value = as_value(elaboration, argument.value, scope, _span(argument, call))
            operands.append(value)
            failed = failed or value is None
    elif signature.more:
        variadic = bind.variadic_of(definition)
        sides = [_converted(elaboration, variadic, argument, call, frame) for argument in further]
        failed = any(side is _UNFIT for side in sides)
        fields[variadic.name] = tuple(sides)
    for name in signature.names if len(given) > 1 else given:
        argument_given = given.get(name)
        if argument_given is None:
            continue
        spans[name] = _span(argument_given, call)
        spec = specs[name]
        if spec.kind is not Kind.VALUE:
            field = _converted(elaboration, spec, argument_given, call, frame)
            failed = failed or field is _UNFIT
            fields[name] = field
        elif argument_given.value is None and spec.optional:
            fields[name] = None
        else:
            value = as_value(elaboration, argument_given.value, scope, spans[name])
            failed = failed or value is None
            operands.append(value)
            fields[name] = len(operands)
            if spec.second_of is not None and isinstance(value, Value):
                entered = _entered(elaboration, spec, definition.kind, value, spans[name])
                failed = failed or entered is None
                operands.append(entered)
    if failed:
        raise Failed
    check_complete(elaboration, signature, given, call)
    expressions = {n: g.expression for n, g in own.items() if g.expression is not None}
    return BoundLayer(definition(**fields), tuple(operands), spans, expressions)


def _entered(
    elaboration: Elaboration, spec: ParameterSpec, kind: str, value: Value, span: Span
) -> Value | None:
    """What entered the layer whose second output a value is.

    None where it is no such value; that has been reported.
    """
    made = elaboration.order[elaboration.position[value.node]]
    if made.layer.kind == spec.second_of and value.port == 1:
        source = made.inputs[0]
        node = elaboration.order[elaboration.position[source.node]]
        return Value(source, node.outputs[source.port])
    first = made.layer.kind == spec.second_of
    elaboration.report.error(
        "E0650",
        f"`{kind}` takes the {spec.name} of a `{spec.second_of}`, and `{span.text}` is "
        + ("what it pooled" if first else f"what `{made.layer.kind}` gives"),
        span,
        labels=[Label(made.span, "made here")],
        help=f"name them: `{spec.second_of}(..., return_{spec.name}=true) as pooled, switches`",
    )
    return None


@cache
def _bare(definition: type[Layer]) -> BoundLayer:
    """A layer called without arguments."""
    return BoundLayer(definition(), (), {}, {})


_UNFIT = object()


def _converted(
    elaboration: Elaboration, spec: Any, argument: Given, call: Span, frame: Frame
) -> Any:
    """An argument as the field holds it; what does not suit is reported."""
    try:
        return bind.convert(spec, argument.value)
    except bind.Unfit as unfit:
        span = _span(argument, call)
        labels = []
        if span.source is not call.source or not call.start <= span.start <= call.end:
            labels.append(Label(call, "used here"))
        # A call that led to a layer has no part in a literal.
        if not isinstance(argument.expression, tree.LITERALS):
            labels += call_labels(frame.origin)
            labels += _given_at(frame.region, argument.expression)
        elaboration.report.error(unfit.code, unfit.message, span, labels=labels, help=unfit.help)
        return _UNFIT


def _given_at(region: RegionBuilder | None, written: tree.Expression | None) -> list[Label]:
    """Where a parameter that a block hands on as it is was given, at the outermost of its calls."""
    found: tree.Expression | None = None
    while region is not None and isinstance(written, tree.Name):
        if region.declaration is not None:
            written = region.argument_expressions.get(written.name)
            found = written or found
        region = region.parent
    return [] if found is None else [Label(found.span, "given here")]


def _span(argument: Given, call: Span) -> Span:
    return argument.expression.span if argument.expression is not None else call


def as_value(elaboration: Elaboration, value: Any, scope: Scope, span: Span) -> Any:
    """A named value, the value that leaves a place, or what a path in a text stands for.

    None where it is none; that has been reported.
    """
    if isinstance(value, str):
        value = _named(elaboration, value, scope, span)
        if value is None:
            return None
    if isinstance(value, Place):
        if value.value is None:
            elaboration.report.error(
                "E0404", f"`{span.text}` is not finished here: no value leaves it yet", span
            )
            return None
        value = value.value
    if isinstance(value, Broken):
        return value
    if isinstance(value, Value):
        # `input` is the flow, whatever it came from.
        return value if span.text == "input" else replace(value, asked=span)
    elaboration.report.error(
        "E0501", f"a named value is wanted here, and this is {describe(value)}", span
    )
    return None


def _named(elaboration: Elaboration, text: str, scope: Scope, span: Span) -> Any:
    """What a computed name stands for: a value first, then a path; None for nothing."""
    segments = segments_in(text)
    first = scope.find(segments[0]) if segments and isinstance(segments[0], str) else MISSING
    if first is UNRESOLVED:
        elaboration.unresolved = True
        return BROKEN
    if segments is not None:
        if len(segments) == 1 and first is not MISSING:
            return first
        found = find_segments(segments, scope)
        if found is not None:
            return found
    elaboration.report.error(
        "E0404",
        f"nothing here is called `{text}`",
        span,
        help=did_you_mean(text, [*scope.visible(), *visible_paths(scope)]),
    )
    return None
