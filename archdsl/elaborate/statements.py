"""Statements: how each one moves the flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.elaborate import calls, infer, inputs, merges
from archdsl.elaborate.naming import count_arms, holds_sole_call, raise_counts
from archdsl.elaborate.place import Body, Place
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import BROKEN, Elaboration, Frame, ShareState
from archdsl.graph.graph import Expected, Output
from archdsl.graph.node import Value
from archdsl.graph.region import Branch, RegionKind
from archdsl.syntax import tree
from archdsl.values.evaluate import Failed
from archdsl.values.scope import UNRESOLVED, Scope
from archdsl.values.value import ShareValue, describe, is_callable

Body_ = tuple[tree.FlowStatement, ...]


def run_body(elaboration: Elaboration, body: Body_, scope: Scope, frame: Frame) -> None:
    """Run statements one after the other on the frame's flow."""
    for statement in body:
        try:
            _RULES[type(statement)](elaboration, statement, scope, frame)
        except Failed:
            frame.value = BROKEN


def check_broken(
    elaboration: Elaboration, declaration: tree.BlockDecl, scope: Scope, frame: Frame
) -> None:
    """What can still be said of a block whose arguments failed: nothing that would cascade."""
    frame.value = BROKEN


def spend(elaboration: Elaboration, calls_made: int, span: Span) -> None:
    """Count block calls and copies, so that even empty ones are bounded."""
    elaboration.calls += calls_made
    limit = elaboration.limits.max_nodes
    if elaboration.calls > 2 * limit:
        raise infer.too_many(elaboration, elaboration.calls, span)
    if not elaboration.limits.raised and elaboration.calls > max(
        infer.AMPLIFICATION_FREE, infer.AMPLIFICATION * elaboration.written
    ):
        raise elaboration.fail(
            "E0303",
            f"{elaboration.written} written steps have grown to more than "
            f"{elaboration.calls - 1:,} calls and copies",
            span,
            help="if that is meant, allow it: --max-nodes 100000",
        )


def _from(elaboration: Elaboration, statement: tree.From, scope: Scope, frame: Frame) -> None:
    if isinstance(frame.value, Value):
        elaboration.left.append((frame.value, statement.span))
    value = calls.as_value(
        elaboration, elaboration.evaluate(statement.value, scope), scope, statement.value.span
    )
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
                "E0414", f"a stage's name must be a word, and this is {describe(text)}", written.span
            )
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
    place.region = region.id
    if isinstance(child.value, Value):
        place.value = child.value
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
    spend(elaboration, 1, statement.span)
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
    place.region = region.id
    if isinstance(child.value, Value):
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
    value = elaboration.evaluate(statement.value, scope)
    if not is_callable(value):
        raise elaboration.fail(
            "E0409",
            f"a share is of a layer or a block, and this is {describe(value)}",
            statement.value.span,
        )
    missing = elaboration.missing(value) if elaboration.lacks_arguments(value) else []
    if missing:
        needed = " and ".join(f"`{name}`" for name in missing)
        raise elaboration.fail(
            "E0506", f"{describe(value)} needs {needed}", statement.value.span
        )
    name = statement.name.name
    elaboration.claim(frame.body, attribute_name(name), statement.name.span)
    identity = len(elaboration.shares)
    elaboration.shares[identity] = ShareState(name, frame.body, statement.name.span)
    elaboration.declare(statement.name, ShareValue(name, value, identity), scope)


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


def _require(elaboration: Elaboration, statement: tree.Require, scope: Scope, frame: Frame) -> None:
    elaboration.sizes_allowed = True
    try:
        holds = elaboration.condition(statement.condition, scope)
    finally:
        elaboration.sizes_allowed = False
    if holds:
        return
    said = f": {statement.message.text}" if statement.message is not None else ""
    condition = statement.condition.span.text
    if frame.origin:
        site = frame.origin[-1]
        raise elaboration.fail(
            "E0513",
            f"`{site.name}` requires `{condition}`{said}",
            site.span,
            labels=[Label(statement.condition.span, "required here")],
        )
    raise elaboration.fail(
        "E0513", f"`{condition}` does not hold{said}", statement.condition.span
    )


def _expect(elaboration: Elaboration, statement: tree.Expect, scope: Scope, frame: Frame) -> None:
    if frame.origin:
        elaboration.report.error(
            "E0801",
            "an expectation speaks of a network or a stage, and this is a block",
            statement.span,
            help="state it in the network, with the path of the part",
        )
        return
    for item in statement.items:
        elaboration.expectations.append(Expected(item, frame.region.id, scope))


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
        below.region = region.id
        flow = child.value
        if isinstance(flow, Value):
            below.value = flow
    else:
        found = scope.find(name)
        if isinstance(found, Value):
            flow = found
        elif found is UNRESOLVED:
            flow = BROKEN
    if flow is None:
        infer.no_flow(elaboration, statement.span)
        return
    if not isinstance(flow, Value):
        return
    if frame.origin:
        frame.outputs.append((name, flow))
        return
    if any(output.name == name for output in elaboration.outputs):
        elaboration.report.error(
            "E0405", f"there are two outputs called `{name}`", statement.name.span
        )
        return
    elaboration.outputs.append(Output(name, flow, statement.training))
    elaboration.output_spans[name] = statement.name.span


_NOT_YET = {
    tree.Init: "`init` rules are",
    tree.Freeze: "`freeze` and `unfreeze` are",
    tree.Weights: "`weights` is",
    tree.Replace: "`replace` is",
    tree.Remove: "`remove` is",
    tree.Insert: "`insert` is",
}


def _not_yet(elaboration: Elaboration, statement: Any, scope: Scope, frame: Frame) -> None:
    elaboration.report.error(
        "E0490", f"{_NOT_YET[type(statement)]} not supported yet", statement.span
    )


def _cite(elaboration: Elaboration, statement: tree.Cite, scope: Scope, frame: Frame) -> None:
    elaboration.cite = statement


_RULES: dict[type, Callable[[Elaboration, Any, Scope, Frame], None]] = {
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
    tree.Require: _require,
    tree.Expect: _expect,
    tree.Cite: _cite,
    tree.Init: _not_yet,
    tree.Freeze: _not_yet,
    tree.Weights: _not_yet,
    tree.Replace: _not_yet,
    tree.Remove: _not_yet,
    tree.Insert: _not_yet,
}
