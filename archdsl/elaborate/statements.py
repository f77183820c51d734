"""Statements: how each one moves the flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.elaborate import (
    calls,
    edits,
    freezing,
    infer,
    init_rules,
    inputs,
    merges,
    requires,
    weights_files,
)
from archdsl.elaborate.arguments import as_value
from archdsl.elaborate.limits import AMPLIFICATION, AMPLIFICATION_FREE
from archdsl.elaborate.naming import count_arms, holds_sole_call, raise_counts
from archdsl.elaborate.place import BROKEN, Body, Place
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import Claim, Elaboration, Frame, ShareState
from archdsl.graph.graph import Output
from archdsl.graph.node import Value
from archdsl.graph.region import Branch, RegionKind
from archdsl.syntax import tree
from archdsl.values.calling import lacking
from archdsl.values.scope import UNRESOLVED, Exhausted, Failed, Scope
from archdsl.values.value import ShareValue, describe, is_callable

Body_ = tuple[tree.FlowStatement, ...]


def run_body(elaboration: Elaboration, body: Body_, scope: Scope, frame: Frame) -> None:
    """Run statements one after the other on the frame's flow."""
    if frame.region.scope is None:
        frame.region.scope = scope
    rules = _rules()
    for statement in body:
        try:
            rules[type(statement)](elaboration, statement, scope, frame)
        except Exhausted:
            raise
        except Failed:
            frame.value = BROKEN


def spend(elaboration: Elaboration, span: Span) -> None:
    """Count a block call or copy, so that even empty ones are bounded.

    Raises:
        Exhausted: there are too many; that has been reported.
    """
    elaboration.calls += 1
    limits = elaboration.limits
    if elaboration.calls > 2 * limits.max_nodes:
        raise infer.too_many(elaboration, elaboration.calls, span)
    most = max(AMPLIFICATION_FREE, AMPLIFICATION * elaboration.written)
    if elaboration.calls > most and not limits.raised:
        raise infer.grown(elaboration, f"{most:,} calls and copies", span)


def _flows(elaboration: Elaboration, body: Body_, span: Span, frame: Frame) -> None:
    """Report a part that holds something before the first input."""
    if frame.value is None and body:
        raise infer.no_flow(elaboration, span)


def _from(elaboration: Elaboration, statement: tree.From, scope: Scope, frame: Frame) -> None:
    if isinstance(frame.value, Value):
        elaboration.left.append((frame.value, statement.span))
    found = elaboration.evaluate(statement.value, scope)
    value = as_value(elaboration, found, scope, statement.value.span)
    frame.value = BROKEN if value is None else value


def _stage(elaboration: Elaboration, statement: tree.Stage, scope: Scope, frame: Frame) -> None:
    written = statement.name
    computed = isinstance(written, tree.Template)
    if isinstance(written, tree.Name):
        text = written.name
    else:
        text = elaboration.evaluate(written, scope)
        if not (isinstance(text, str) and text.isascii() and text.isidentifier()):
            raise elaboration.fail(
                "E0414",
                f"a stage's name must be a word, and this is {describe(text)}",
                written.span,
                help="letters, digits and `_`, no digit first: weights are named after it",
            )
    _flows(elaboration, statement.body, written.span, frame)
    around = frame.body.outside_loops() if computed else frame.body
    name = attribute_name(text)
    elaboration.claim(around, name, written.span)
    place = Place()
    around.place.children[text] = place
    body = Body(f"{around.prefix}{name}.", around.suffix, place)
    region = elaboration.open_region(
        RegionKind.STAGE, name, body.prefix[:-1], frame, statement.span
    )
    region.doc = statement.doc
    inner = Scope(scope)
    inner.part = place
    inner.names["input"] = frame.value if isinstance(frame.value, Value) else UNRESOLVED
    child = Frame(region, body, frame.value, frame)
    body.sole = holds_sole_call(elaboration, statement.body, inner)
    run_body(elaboration, statement.body, inner, child)
    elaboration.close_region(region, child.value)
    place.region = region
    place.value = child.value
    if isinstance(child.value, Value):
        elaboration.named.setdefault((child.value.node, child.value.port), written.span)
    frame.value = child.value


def written_steps(body: Body_) -> int:
    """Steps written in a body, those of an inner `repeat` of a plain number as often as it says."""
    total = 0
    for statement in body:
        match statement:
            case tree.Step():
                total += 1
            case tree.Merge(paths=paths):
                total += 1 + sum(written_steps(path.body) for path in paths)
            case tree.Repeat(count=count, body=inner):
                times = count.value if isinstance(count, tree.Number) else 1
                total += int(times) * written_steps(inner)
            case tree.Stage(body=inner) | tree.For(body=inner):
                total += written_steps(inner)
            case tree.If(then=then, otherwise=otherwise):
                total += min(written_steps(then), written_steps(otherwise or ()))
            case tree.Output(body=inner) if inner is not None:
                total += written_steps(inner)
    return total


def _repeat(elaboration: Elaboration, statement: tree.Repeat, scope: Scope, frame: Frame) -> None:
    count = elaboration.integer(statement.count, scope, "the count of a `repeat`")
    if count < 0:
        raise elaboration.fail(
            "E0503",
            f"the count of a `repeat` must be at least 0, and this is {count}",
            statement.count.span,
        )
    predicted = len(elaboration.order) + count * max(1, written_steps(statement.body))
    if predicted > elaboration.limits.max_nodes:
        raise infer.too_many(elaboration, predicted, statement.span)
    for index in range(count):
        inner = Scope(scope)
        inner.names["index"] = index
        inner.names["first"] = index == 0
        inner.names["last"] = index == count - 1
        if statement.index is not None:
            elaboration.declare(statement.index, index, inner)
        _copy(elaboration, RegionKind.REPEAT, statement, inner, frame)


def _for(elaboration: Elaboration, statement: tree.For, scope: Scope, frame: Frame) -> None:
    value = elaboration.evaluate(statement.iterable, scope)
    items = elaboration.items(value, statement.iterable.span)
    for item in items:
        inner = Scope(scope)
        elaboration.bind_targets(statement.targets, item, inner, statement.iterable.span)
        _copy(elaboration, RegionKind.FOR, statement, inner, frame)


def _copy(
    elaboration: Elaboration,
    kind: RegionKind,
    statement: tree.Repeat | tree.For,
    inner: Scope,
    frame: Frame,
) -> None:
    """One copy of a loop's body, numbered on through all loops of the body around it."""
    spend(elaboration, statement.span)
    _flows(elaboration, statement.body, statement.span, frame)
    around = frame.body
    number = around.copies
    around.copies += 1
    place = Place()
    around.place.copies[number] = place
    around.place.children[str(number)] = place
    body = Body(f"{around.prefix}{number}.", around.suffix, place, around=around)
    region = elaboration.open_region(kind, str(number), body.prefix[:-1], frame, statement.span)
    region.index = number
    inner.part = place
    inner.names["input"] = frame.value if isinstance(frame.value, Value) else UNRESOLVED
    child = Frame(region, body, frame.value, frame)
    body.sole = holds_sole_call(elaboration, statement.body, inner)
    run_body(elaboration, statement.body, inner, child)
    elaboration.close_region(region, child.value)
    place.region = region
    place.value = child.value
    frame.value = child.value


def _if(elaboration: Elaboration, statement: tree.If, scope: Scope, frame: Frame) -> None:
    conditions: list[tree.Expression] = []
    arms: list[Body_] = []
    rest: tree.If | None = statement
    while rest is not None:
        conditions.append(rest.condition)
        arms.append(rest.then)
        otherwise = rest.otherwise
        rest = None
        if otherwise is not None:
            if len(otherwise) == 1 and isinstance(otherwise[0], tree.If):
                rest = otherwise[0]
            else:
                arms.append(otherwise)
    taken: int | None = len(conditions) if len(arms) > len(conditions) else None
    for position, condition in enumerate(conditions):
        if elaboration.condition(condition, scope):
            taken = position
            break
    body = frame.body
    before = dict(body.counts)
    start = len(frame.region.members)
    if taken is not None:
        run_body(elaboration, arms[taken], scope, frame)
    untaken = tuple(arm for position, arm in enumerate(arms) if position != taken)
    if untaken:
        count_arms(elaboration, untaken, scope, before)
        raise_counts(body.counts, before)
    frame.region.branches.append(
        Branch(statement.span, tuple(conditions), taken, start, len(frame.region.members))
    )


def _share(elaboration: Elaboration, statement: tree.Share, scope: Scope, frame: Frame) -> None:
    name = statement.name
    try:
        value = _shared(elaboration, statement.value, scope)
    except Failed:
        scope.bind(name.name, UNRESOLVED, name.span)
        return
    elaboration.claim(frame.body, attribute_name(name.name), name.span)
    identity = len(elaboration.shares)
    elaboration.shares[identity] = ShareState(frame.body, frame.region)
    elaboration.declare(name, ShareValue(name.name, value, identity), scope)


def _shared(elaboration: Elaboration, written: tree.Expression, scope: Scope) -> Any:
    """What a share is of: a layer, block or chain that can run as it stands."""
    value = elaboration.evaluate(written, scope)
    if not is_callable(value):
        raise elaboration.fail(
            "E0409",
            f"a share is of a layer or a block, and this is {describe(value)}",
            written.span,
        )
    missing = lacking(elaboration, value)
    if missing:
        needed = " and ".join(f"`{name}`" for name in missing)
        raise elaboration.fail("E0506", f"{describe(value)} needs {needed}", written.span)
    return value


def _let(elaboration: Elaboration, statement: tree.Let, scope: Scope, frame: Frame) -> None:
    try:
        value = elaboration.evaluate(statement.value, scope)
        elaboration.bind_targets(statement.targets, value, scope, statement.value.span)
    except Failed:
        for name in names_in(statement.targets):
            scope.bind(name.name, UNRESOLVED, name.span)
        return
    for name in names_in(statement.targets):
        frame.region.lets[name.name] = scope.names.get(name.name)


def names_in(targets: tuple[tree.Target, ...]) -> list[tree.Name]:
    """The names that targets bind."""
    names: list[tree.Name] = []
    for target in targets:
        if isinstance(target, tree.TupleTarget):
            names.extend(names_in(target.items))
        else:
            names.append(target)
    return names


def _expect(elaboration: Elaboration, statement: tree.Expect, scope: Scope, frame: Frame) -> None:
    if frame.outputs is not None:
        elaboration.report.error(
            "E0801",
            "an expectation speaks of a network or a stage, and this is a block",
            statement.span,
            help="state it in the network, with the path of the part",
        )
        return
    for item in statement.items:
        elaboration.claims.append(Claim(item, frame.region, scope))


def _output(elaboration: Elaboration, statement: tree.Output, scope: Scope, frame: Frame) -> None:
    name = statement.name.name
    flow: Any = frame.value
    if statement.body is not None:
        holder = frame.home
        path_name = attribute_name(name)
        elaboration.claim(holder, path_name, statement.name.span)
        below = Place()
        holder.place.children[name] = below
        body = Body(f"{holder.prefix}{path_name}.", holder.suffix, below)
        region = elaboration.open_region(
            RegionKind.OUTPUT, path_name, body.prefix[:-1], frame, statement.span
        )
        region.training_only = region.training_only or statement.training
        inner = Scope(scope)
        inner.part = below
        child = Frame(region, body, frame.value, frame)
        body.sole = holds_sole_call(elaboration, statement.body, inner)
        run_body(elaboration, statement.body, inner, child)
        elaboration.close_region(region, child.value)
        below.region = region
        below.value = flow = child.value
    else:
        found = scope.find(name)
        if isinstance(found, Value):
            flow = replace(found, asked=statement.name.span)
        elif found is UNRESOLVED:
            elaboration.unresolved = True
            flow = BROKEN
    if flow is None:
        raise infer.no_flow(elaboration, statement.span)
    if not isinstance(flow, Value):
        return
    if frame.outputs is not None:
        if any(name == other for other, _ in frame.outputs):
            elaboration.report.error(
                "E0405", f"this block has two outputs called `{name}`", statement.name.span
            )
        frame.outputs.append((name, flow))
        return
    if any(output.name == name for output in elaboration.outputs):
        elaboration.report.error(
            "E0405",
            f"there are two outputs called `{name}`",
            statement.name.span,
            labels=[Label(elaboration.output_spans[name], "the other")],
        )
        return
    elaboration.outputs.append(Output(name, flow, statement.training))
    elaboration.output_spans[name] = statement.name.span


def _cite(elaboration: Elaboration, statement: tree.Cite, _scope: Scope, _frame: Frame) -> None:
    elaboration.cite = statement


_Rule = Callable[[Elaboration, Any, Scope, Frame], None]


@cache
def _rules() -> dict[type, _Rule]:
    """What each statement does; the rooms that run bodies themselves are known once all are loaded."""
    return {
        tree.Step: calls.run_step,
        tree.Merge: merges.run_merge,
        tree.From: _from,
        tree.Stage: _stage,
        tree.Repeat: _repeat,
        tree.For: _for,
        tree.If: _if,
        tree.Share: _share,
        tree.Input: inputs.run_input,
        tree.Output: _output,
        tree.Let: _let,
        tree.Require: requires.run_require,
        tree.Expect: _expect,
        tree.Cite: _cite,
        tree.Init: init_rules.run_init,
        tree.Freeze: freezing.run_freeze,
        tree.Weights: weights_files.run_weights,
        tree.Replace: edits.run_misplaced,
        tree.Remove: edits.run_misplaced,
        tree.Insert: edits.run_misplaced,
    }
