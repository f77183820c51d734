"""Calls in expressions: functions are applied, blocks and layers get arguments filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.domain import check_parameter
from archdsl.values.functions import ValueProblem
from archdsl.values.scope import MISSING, Failed, Scope
from archdsl.values.value import (
    BlockValue,
    ChainValue,
    FunctionValue,
    Given,
    LayerValue,
    NetworkValue,
    ScalingValue,
    describe,
    is_callable,
)

if TYPE_CHECKING:
    from archdsl.values.evaluate import Evaluator

MAX_CALL_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Signature:
    """What can be given in a call.

    `ordered` are the parameters that positional arguments fill; `more` says that any number
    may follow them (the named values of a merge, the sides of a `reshape`). `declared` is where
    the author wrote it, None for what is built in.
    """

    name: str
    names: tuple[str, ...]
    ordered: tuple[str, ...]
    required: frozenset[str]
    more: bool = False
    declared: Span | None = None


Declaration = tree.BlockDecl | tree.NetworkDecl | tree.InstanceDecl | tree.ScalingDecl | tree.Def


def signature_of(declaration: Declaration) -> Signature:
    """The signature that a declaration writes."""
    names = tuple([parameter.name for parameter in declaration.parameters])
    required = frozenset(p.name for p in declaration.parameters if p.default is None)
    name = declaration.name
    return Signature(name.name, names, names, required, declared=name.span)


def assign(
    evaluator: Evaluator,
    signature: Signature,
    before: Mapping[str, Given],
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    span: Span,
) -> tuple[dict[str, Given], tuple[Given, ...]]:
    """The arguments of one call by parameter, and the positional ones that go on behind them.

    Positional arguments fill the parameters that `before` does not give, left to right; a
    keyword given again replaces.

    Raises:
        Failed: too many, unknown or given twice; every misfit has been reported.
    """
    labels = _declared(signature, span)
    open_names = [name for name in signature.ordered if name not in before]
    own = dict(zip(open_names, positional, strict=False))
    rest = positional[len(open_names) :]
    failed = False
    if rest and not signature.more:
        takes = "no arguments"
        if signature.names:
            takes = _counted(len(open_names), "more argument" if before else "argument")
        evaluator.report.error(
            "E0508",
            f"`{signature.name}` takes {takes}, and {_counted(len(positional), 'is', 'are')} given",
            rest[0].expression.span if rest[0].expression is not None else span,
            labels=labels,
            notes=_listed(signature),
        )
        failed = True
    for name, argument in keywords.items():
        at = argument.name or span
        if name not in signature.names:
            evaluator.report.error(
                "E0505",
                f"`{signature.name}` has no parameter `{name}`",
                at,
                labels=labels,
                notes=_listed(signature),
                help=did_you_mean(name, signature.names),
            )
            failed = True
            continue
        if name in own:
            first = own[name].expression
            evaluator.report.error(
                "E0507",
                f"`{name}` is given twice in this call",
                at,
                labels=[Label(first.span, "by its place here")] if first is not None else [],
            )
            failed = True
        own[name] = argument
    if failed:
        raise Failed
    return own, rest


def _listed(signature: Signature) -> list[str]:
    """What a built-in layer takes; of what the author declared the place is shown."""
    if signature.declared is not None or not signature.names:
        return []
    return [f"its parameters are {', '.join(signature.names)}"]


def _counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def check_complete(
    evaluator: Evaluator, signature: Signature, given: Mapping[str, Given], span: Span
) -> None:
    """Refuse a call that leaves out what has no default.

    Raises:
        Failed: it does; that has been reported.
    """
    missing = [n for n in signature.names if n in signature.required and n not in given]
    if missing:
        needed = " and ".join(f"`{name}`" for name in missing)
        raise evaluator.fail(
            "E0506",
            f"`{signature.name}` needs {needed}",
            span,
            labels=_declared(signature, span),
        )


def _declared(signature: Signature, call: Span) -> list[Label]:
    """Where the author declared it, unless that is the very place."""
    declared = signature.declared
    return [] if declared is None or declared == call else [Label(declared, "declared here")]


def call(evaluator: Evaluator, expression: tree.Call, scope: Scope) -> Any:
    """The value of a call: of a function its result, of a block or rule itself with more filled in."""
    callee = evaluator.value(expression.callee, scope)
    if not (
        is_callable(callee) or isinstance(callee, FunctionValue | ScalingValue) or callable(callee)
    ):
        found = evaluator.call(callee, expression, scope)
        if found is not MISSING:
            return found
        raise evaluator.fail(
            "E0409", f"this cannot be called: it is {describe(callee)}", expression.callee.span
        )
    positional, keywords = arguments(evaluator, expression.arguments, scope)
    if isinstance(callee, FunctionValue):
        return _apply(evaluator, callee, positional, keywords, expression.span)
    if is_callable(callee) or isinstance(callee, ScalingValue):
        return fill(evaluator, callee, positional, keywords, expression.span)
    return _builtin(evaluator, callee, positional, keywords, expression.span)


def arguments(
    evaluator: Evaluator, written: tuple[tree.Argument, ...], scope: Scope
) -> tuple[tuple[Given, ...], dict[str, Given]]:
    """The values of a call's arguments, those without and those with a name.

    Raises:
        Failed: one has none; every failing one has been reported.
    """
    positional: list[Given] = []
    keywords: dict[str, Given] = {}
    failed = False
    for argument in written:
        try:
            value = evaluator.value(argument.value, scope)
        except Failed:
            failed = True
            continue
        name = argument.name
        if name is None:
            if keywords:
                evaluator.report.error(
                    "E0507", "a positional argument cannot follow one with a name", argument.span
                )
                failed = True
            positional.append(Given(value, argument.value, scope))
            continue
        span = Span(argument.span.source, argument.span.start, argument.span.start + len(name))
        if name in keywords:
            before = keywords[name].name
            evaluator.report.error(
                "E0507",
                f"`{name}` is given twice in this call",
                span,
                labels=[Label(before, "here too")] if before is not None else [],
            )
            failed = True
        keywords[name] = Given(value, argument.value, scope, span)
    if failed:
        raise Failed
    return tuple(positional), keywords


def fill(
    evaluator: Evaluator,
    callee: Any,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    span: Span,
) -> Any:
    """A block, layer or rule with more of its arguments given; a chain's go to its open member."""
    if not positional and not keywords:
        return callee
    match callee:
        case LayerValue(name, definition, before, named):
            signature = evaluator.layer_signature(callee)
            own, rest = assign(evaluator, signature, named, positional, keywords, span)
            return LayerValue(name, definition, before + rest, {**named, **own})
        case BlockValue(declaration, home, named):
            signature = evaluator.signature(declaration)
            own, _ = assign(evaluator, signature, named, positional, keywords, span)
            return BlockValue(declaration, home, {**named, **own})
        case NetworkValue(declaration, home, named):
            signature = evaluator.network_signature(callee)
            own, _ = assign(evaluator, signature, named, positional, keywords, span)
            return NetworkValue(declaration, home, {**named, **own})
        case ScalingValue(declaration, home, named):
            signature = evaluator.signature(declaration)
            own, _ = assign(evaluator, signature, named, positional, keywords, span)
            return ScalingValue(declaration, home, {**named, **own})
        case ChainValue(members, int(open_member)):
            filled = fill(evaluator, members[open_member], positional, keywords, span)
            members = (*members[:open_member], filled, *members[open_member + 1 :])
            return ChainValue(members, open_member)
        case ChainValue():
            raise evaluator.fail("E0516", "no member of this chain takes further arguments", span)
    raise evaluator.fail("E0508", f"{describe(callee)} takes no arguments", span)


def _apply(
    evaluator: Evaluator,
    function: FunctionValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    span: Span,
) -> Any:
    """The result of a declared function."""
    declaration = function.declaration
    signature = evaluator.signature(declaration)
    given, _ = assign(evaluator, signature, {}, positional, keywords, span)
    check_complete(evaluator, signature, given, span)
    if evaluator.depth == 0:
        evaluator.outermost = span
    if evaluator.depth >= MAX_CALL_DEPTH:
        raise evaluator.fail(
            "E0311",
            f"functions call each other more than {MAX_CALL_DEPTH} deep",
            span,
            labels=[Label(evaluator.outermost or span, "the first of these calls")],
        )
    inner = Scope(function.scope, is_boundary=True)
    evaluator.depth += 1
    try:
        for parameter in declaration.parameters:
            argument = given.get(parameter.name)
            at = span
            if argument is None:
                assert parameter.default is not None
                value = evaluator.value(parameter.default, inner)
                at = parameter.default.span
            else:
                value = argument.value
                if argument.expression is not None:
                    at = argument.expression.span
            check_parameter(evaluator, parameter, value, at, signature.name, inner)
            inner.bind(parameter.name, value, parameter.span)
        return evaluator.value(declaration.value, inner)
    finally:
        evaluator.depth -= 1


def _builtin(
    evaluator: Evaluator,
    function: Callable[..., Any],
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    span: Span,
) -> Any:
    """The result of a built-in function."""
    for name, given in keywords.items():
        at = given.name or span
        raise evaluator.fail(
            "E0505", f"a built-in function takes no argument by name, and `{name}` is one", at
        )
    values = [given.value for given in positional]
    evaluator.charge(sum([len(v) for v in values if isinstance(v, tuple)]), span)
    try:
        result = function(*values)
    except ValueProblem as problem:
        raise evaluator.fail(problem.code, str(problem), span) from None
    except (number.TooLarge, OverflowError):
        raise evaluator.too_large(span) from None
    return evaluator.made(result, span) if isinstance(result, tuple) else result


def chain(evaluator: Evaluator, expression: tree.Chain, scope: Scope) -> ChainValue:
    """`a -> b`: a block whose call gives its arguments to the one member that lacks some."""
    members = [evaluator.value(member, scope) for member in expression.members]
    for member, written in zip(members, expression.members, strict=True):
        if not is_callable(member):
            raise evaluator.fail(
                "E0409",
                f"a chain is made of layers and blocks, and this is {describe(member)}",
                written.span,
            )
    still_open = [i for i, member in enumerate(members) if lacking(evaluator, member)]
    for first, second in pairwise(still_open):
        raise evaluator.fail(
            "E0516",
            "two members of this chain lack arguments, so its call could not say whose they are",
            expression.members[second].span,
            labels=[Label(expression.members[first].span, "the other")],
            help="give one of them all its arguments here",
        )
    return ChainValue(tuple(members), still_open[0] if still_open else None)


def lacking(evaluator: Evaluator, callee: Any) -> list[str]:
    """The parameters that a block or layer still needs before it can run."""
    match callee:
        case ChainValue(members, int(open_member)):
            return lacking(evaluator, members[open_member])
        case LayerValue(keywords=given):
            signature = evaluator.layer_signature(callee)
        case BlockValue(declaration, keywords=given):
            signature = evaluator.signature(declaration)
        case NetworkValue(keywords=given):
            signature = evaluator.network_signature(callee)
        case _:
            return []
    return [n for n in signature.names if n in signature.required and n not in given]
