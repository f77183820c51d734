"""Networks: a template's body and those of the instances around it, by itself or called like a block.

A network that is called in another's flow takes it in the place of its input. Its rules, files of
weights and frozen parts come along; its expectations do not, and what it computes in training alone
is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.elaborate import (
    calls,
    derive,
    edits,
    freezing,
    infer,
    init_rules,
    parameters,
    statements,
    weights_files,
)
from archdsl.elaborate.instances import Level, Resolved, is_concrete, unfold
from archdsl.elaborate.place import BROKEN, Body, Place
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import Elaboration, Frame
from archdsl.graph.graph import Output
from archdsl.graph.node import CallSite, Port, Value
from archdsl.graph.region import RegionKind
from archdsl.syntax import tree
from archdsl.values.calling import assign
from archdsl.values.scope import Failed, Scope
from archdsl.values.value import Given, NetworkValue

# From a template to its instance


def build(
    elaboration: Elaboration, resolved: Resolved, frame: Frame, call: Span, named: Span
) -> None:
    """Run a template's body in a frame, then the bodies of the instances around it, innermost first.

    Args:
        elaboration: The whole network's.
        resolved: The network.
        frame: That of its region, in which the arguments are noted.
        call: Where misfits of its parameters are shown where no instance gives them.
        named: Where it is said that it lacks an input.

    Raises:
        Failed: its parameters do not fit; that has been reported.
    """
    declaration, levels = resolved.declaration, resolved.levels
    region = frame.region
    scope = Scope(resolved.scope, is_boundary=True)
    scope.part = frame.body.place
    at = levels[-1].declaration.base.span if levels else call
    rules, freezings = len(elaboration.rules), len(elaboration.freezings)
    loadings, claims = len(elaboration.loadings), len(elaboration.claims)
    region.arguments, written = parameters.bind_block(
        elaboration, declaration, {}, (), resolved.given, scope, scope, at
    )
    if region.parent is None:
        region.argument_expressions = written
    statements.run_body(elaboration, declaration.body, scope, frame)
    if "input" not in scope.names and not elaboration.report.has_errors:
        elaboration.report.error(
            "E0407",
            f"the network `{declaration.name.name}` has no input",
            named,
            help="declare one: `input image[3, H = 224, W = 224]`",
        )
    init_rules.settle(elaboration, rules)
    freezing.settle(elaboration, freezings)
    weights_files.settle(elaboration, mark=loadings)
    if levels and is_concrete(declaration):
        del elaboration.claims[claims:]
    else:
        elaboration.claims[claims:] = [
            claim._replace(inherited=bool(levels)) for claim in elaboration.claims[claims:]
        ]
    for level in reversed(levels):
        own = level is levels[0]
        kept = own or not is_concrete(level.declaration)
        _finish_instance(elaboration, level, scope, frame, claims, keep=kept, inherited=not own)


def _finish_instance(
    elaboration: Elaboration,
    level: Level,
    template: Scope,
    frame: Frame,
    claims: int,
    *,
    keep: bool,
    inherited: bool,
) -> None:
    """Run an instance's own body: its expectations speak of the finished network, as edited.

    They are kept where they are those of the network at hand, or `inherited` from an instance
    with required parameters. Those from number `claims` on are of the network before.
    """
    body = level.declaration.body or ()
    scope = Scope(level.scope)
    scope.part = template.part
    before, rules = len(elaboration.claims), len(elaboration.rules)
    freezings, loadings = len(elaboration.freezings), len(elaboration.loadings)
    names_files = any(isinstance(statement, tree.Weights) for statement in body)
    base = weights_files.snapshot(elaboration) if names_files else None
    editing = edits.Editing(elaboration, scope, frame, (claims, before))
    for statement in body:
        if isinstance(statement, edits.EDITS):
            with suppress(Failed):
                editing.add(statement)
        elif isinstance(statement, _IN_AN_INSTANCE):
            editing.finish()
            statements.run_body(elaboration, (statement,), scope, frame)
            init_rules.settle(elaboration, rules, override=True)
            freezing.settle(elaboration, freezings)
        else:
            elaboration.report.error(
                "E0421",
                "an instance's body holds expectations and edits, and this is a step of a flow",
                statement.span,
            )
    editing.finish()
    weights_files.settle(elaboration, base, loadings)
    added = elaboration.claims[before:]
    del elaboration.claims[before:]
    if keep:
        elaboration.claims += [claim._replace(inherited=inherited) for claim in added]


_IN_AN_INSTANCE = (
    tree.Expect,
    tree.Let,
    tree.Cite,
    tree.Require,
    tree.Init,
    tree.Freeze,
    tree.Weights,
)


def outputs_of(
    elaboration: Elaboration, declaration: tree.NetworkDecl, frame: Frame
) -> tuple[Output, ...]:
    """The outputs of the network that was built last, main first."""
    flow = [
        s
        for s in declaration.body
        if not isinstance(s, tree.Let | tree.Require | tree.Expect | tree.Init | tree.Cite)
    ]
    names = {output.name for output in elaboration.outputs}
    while flow and isinstance(flow[-1], tree.Output) and flow[-1].name.name not in names:
        flow.pop()
    last = flow[-1] if flow else None
    if isinstance(last, tree.Output) and not last.training:
        if isinstance(frame.value, Value):
            elaboration.left.append((frame.value, last.span))
        return tuple(elaboration.outputs)
    if not isinstance(frame.value, Value):
        return tuple(elaboration.outputs)
    return (Output("output", frame.value), *elaboration.outputs)


def check_training(
    elaboration: Elaboration, outputs: tuple[Output, ...], end: Span, start: int = 0
) -> None:
    """What evaluation computes may not ask for what only training computes.

    The nodes are those from number `start` on; an output without a place of its own ends at `end`.
    """
    alone = {node.path for node in elaboration.order[start:] if node.training_only}
    if not alone:
        return
    users = [
        (node.span, node.inputs) for node in elaboration.order[start:] if not node.training_only
    ]
    users += [
        (elaboration.output_spans.get(output.name, end), (output.value.source,))
        for output in outputs
        if not output.training_only
    ]
    for span, ports in users:
        for port in ports:
            if port.node in alone:
                made = elaboration.order[elaboration.position[port.node]].span
                elaboration.report.error(
                    "E0423",
                    f"`{port.node}` is computed in training alone, and this in evaluation too",
                    span,
                    labels=[Label(made, "in an output for training")],
                )


# A network in a network


def run_network(
    elaboration: Elaboration,
    given: tuple[NetworkValue, tuple[Given, ...], Mapping[str, Given]],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
    share: calls.ShareBody | None = None,
) -> None:
    """Run a network on the flow, under its label or its own name.

    `given` is what is called, with the positional arguments of the call and those by name.
    """
    callee, positional, keywords = given
    declared = callee.declaration
    kind = declared.name.name
    labels = step.labels
    around = frame.body
    claimed = True
    if share is not None:
        body, name = share.body, share.name
    else:
        label = calls.label_of(labels) or kind
        name = attribute_name(label)
        claimed = elaboration.claim(around, name, step.span)
        place = Place()
        around.place.children[label] = place
        body = Body(f"{around.prefix}{name}.", around.suffix, place)
    if not isinstance(frame.value, Value):
        # What is wrong within it is told of the network by itself.
        if frame.value is None:
            infer.no_flow(elaboration, step.span)
        body.place.value = BROKEN
        calls.give_up(elaboration, labels, scope, frame)
        return
    calls.enter(elaboration, step, frame)
    region_kind = RegionKind.BLOCK if share is None else RegionKind.SHARE
    region = elaboration.open_region(region_kind, name, body.prefix[:-1], frame, step.span)
    region.called = region.label = kind
    if share is not None:
        region.use = share.use
        region.declared_in = share.region
    child = Frame(region, body, frame.value)
    child.origin = (*frame.origin, CallSite(kind, step.callee.span))
    before = _Around(elaboration)
    errors = elaboration.report.errors
    try:
        signature = elaboration.network_signature(callee)
        own, _ = assign(elaboration, signature, callee.keywords, positional, keywords, step.span)
        resolved = unfold(elaboration, callee, own)
        region.declaration = resolved.declaration
        region.doc = declared.doc or resolved.declaration.doc
        build(elaboration, resolved, child, step.span, step.callee.span)
    except Failed:
        child.value = BROKEN
    else:
        _leave_out_training(elaboration, child, step.span)
        outputs = outputs_of(elaboration, resolved.declaration, child)
        child.value = _going_on(elaboration, outputs, child.value)
        if elaboration.report.errors > errors:
            # What it would have given is not known.
            child.value = BROKEN
    before.restore(elaboration)
    calls.leave(elaboration, region, body.place, child.value)
    frame.value = child.value
    calls.bind_labels(elaboration, labels, scope, frame, (child.value,), claimed=claimed)


class _Around:
    """What a network keeps to itself while another is built in it."""

    def __init__(self, elaboration: Elaboration) -> None:
        self._outputs = elaboration.outputs
        self._spans = elaboration.output_spans
        self._cite = elaboration.cite
        self._claims = len(elaboration.claims)
        self._named = set(elaboration.named)
        elaboration.outputs = []
        elaboration.output_spans = {}

    def restore(self, elaboration: Elaboration) -> None:
        """Go on with the network around; what the inner one names need not be used."""
        elaboration.outputs = self._outputs
        elaboration.output_spans = self._spans
        elaboration.cite = self._cite
        del elaboration.claims[self._claims :]
        inner = [port for port in elaboration.named if port not in self._named]
        elaboration.dropped.update(Port(*port) for port in inner)
        for port in inner:
            del elaboration.named[port]


def _leave_out_training(elaboration: Elaboration, frame: Frame, end: Span) -> None:
    """Take what is computed in training alone off the graph again."""
    region = frame.region
    alone = [
        r
        for r in elaboration.regions[region.id + 1 :]
        if r.training_only and r.parent is not None and not r.parent.training_only
    ]
    kept = [output for output in elaboration.outputs if not output.training_only]
    check_training(elaboration, tuple(kept), end, region.start)
    elaboration.outputs[:] = kept
    if alone and not elaboration.report.has_errors:
        found = [derive.Edit(r.span, (r,), None) for r in alone]
        derive.rebuild(elaboration, frame, derive.Edits({edit.key: edit for edit in found}))


def _going_on(elaboration: Elaboration, outputs: tuple[Output, ...], flow: Any) -> Any:
    """The value that the flow goes on with: the main output, else the first."""
    elaboration.dropped.update(output.value.source for output in outputs)
    kept = [output.value for output in outputs if not output.training_only]
    if kept:
        return kept[0]
    return flow if not isinstance(flow, Value) else BROKEN
