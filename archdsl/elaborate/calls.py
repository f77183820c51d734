"""Steps: running a layer, block, chain or share on the flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from archdsl.diagnostics.diagnostic import Label
from archdsl.elaborate import digests, infer, networks, parameters, statements
from archdsl.elaborate.arguments import bind_layer
from archdsl.elaborate.limits import MAX_BLOCK_DEPTH
from archdsl.elaborate.naming import holds_sole_call
from archdsl.elaborate.place import BROKEN, Body, Broken, Place
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import Elaboration, Frame, RegionBuilder, ShareState
from archdsl.graph.node import CallSite, Value
from archdsl.graph.region import RegionKind
from archdsl.syntax import tree
from archdsl.values.scope import MISSING, UNRESOLVED, Exhausted, Failed, Scope
from archdsl.values.value import (
    BlockValue,
    ChainValue,
    Given,
    LayerValue,
    NetworkValue,
    ShareValue,
    SkipValue,
    describe,
    is_callable,
)

Labels = tuple[tree.Name, ...]


def run_step(elaboration: Elaboration, step: tree.Step, scope: Scope, frame: Frame) -> None:
    """Run one step and name what it gives."""
    try:
        callee = _resolve(elaboration, step, scope)
    except Failed:
        callee = None
    # The arguments are looked at even where nobody takes them.
    try:
        positional, keywords = elaboration.arguments(step.arguments or (), scope)
    except Failed:
        callee = None
    if callee is None:
        give_up(elaboration, step.labels, scope, frame)
    else:
        run_call(elaboration, callee, positional, keywords, step, scope, frame)


def _resolve(elaboration: Elaboration, step: tree.Step, scope: Scope) -> Any:
    """What a step calls: names of the text first, then the built-in layers."""
    callee = step.callee
    if isinstance(callee, tree.Name):
        found = scope.find(callee.name)
        if found is MISSING:
            definition = elaboration.layer(callee.name)
            if definition is not None:
                return LayerValue(callee.name, definition, (), {})
    found = elaboration.evaluate(callee, scope)
    if is_callable(found):
        return found
    hint = None
    if isinstance(found, Value | Place):
        hint = f"to go on from a named value write `from {callee.span.text}`"
    raise elaboration.fail(
        "E0409",
        f"a step is a layer, a block or a chain, and this is {describe(found)}",
        callee.span,
        help=hint,
    )


def run_call(
    elaboration: Elaboration,
    callee: Any,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
) -> None:
    """Run a callee whose arguments are known."""
    match callee:
        case LayerValue():
            _run_layer(elaboration, callee, positional, keywords, step, scope, frame)
        case BlockValue():
            _run_block(elaboration, callee, positional, keywords, step, scope, frame)
        case ChainValue():
            _run_chain(elaboration, callee, positional, keywords, step, scope, frame)
        case ShareValue():
            _run_share(elaboration, callee, positional, keywords, step, scope, frame)
        case SkipValue():
            if positional or keywords:
                elaboration.report.error("E0508", "`skip` takes no arguments", step.span)
            if frame.value is None:
                infer.no_flow(elaboration, step.span)
                frame.value = BROKEN
            bind_labels(elaboration, step.labels, scope, frame, (frame.value,))
        case NetworkValue():
            given = (callee, positional, keywords)
            networks.run_network(elaboration, given, step, scope, frame)


def bind_labels(
    elaboration: Elaboration,
    labels: Labels,
    scope: Scope,
    frame: Frame,
    values: tuple[Any, ...],
    *,
    claimed: bool = True,
) -> None:
    """Bind the names behind `as`; those of a broken step are bound in silence.

    `claimed` is False where the label's name was taken and that has been reported.
    """
    if not labels:
        return
    broken = not values or isinstance(values[0], Broken)
    if len(labels) > len(values) and not broken:
        elaboration.report.error(
            "E0413",
            f"{len(labels)} names are bound here, and the step gives {len(values)} "
            f"value{'s' if len(values) > 1 else ''}",
            labels[0].span.to(labels[-1].span),
        )
        broken = True
    for position, label in enumerate(labels):
        value = BROKEN if broken else values[position]
        if label.name == "_":
            if isinstance(value, Value):
                elaboration.dropped.add(value.source)
            continue
        named: Any = UNRESOLVED
        if isinstance(value, Value):
            named = replace(value, names=(*value.names, label.name))
            elaboration.named.setdefault((value.node, value.port), label.span)
            frame.body.place.ports[label.name] = named
            if position == 0 and frame.value is value:
                frame.value = named
        if claimed:
            elaboration.declare(label, named, scope)
        else:
            scope.bind(label.name, named, label.span)


def give_up(elaboration: Elaboration, labels: Labels, scope: Scope, frame: Frame) -> None:
    """Go on with a broken flow after what has been reported."""
    frame.value = BROKEN
    bind_labels(elaboration, labels, scope, frame, ())


def label_of(labels: Labels) -> str | None:
    """The label that one name behind `as` is; several name values only."""
    return labels[0].name if len(labels) == 1 and labels[0].name != "_" else None


# Layers


def _run_layer(
    elaboration: Elaboration,
    callee: LayerValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
) -> None:
    """Make a node of a layer, in the frame's body."""
    body = frame.body
    label = label_of(step.labels)
    name = body.ordinal(callee.name)
    name = attribute_name(label or name)
    given = (callee, positional, keywords)
    made = _make_node(elaboration, given, step, scope, frame, body, name, label)
    if not made.outputs:
        place = Place()
        place.value = BROKEN
        body.place.children[label or name] = place
    bind_labels(elaboration, step.labels, scope, frame, made.outputs, claimed=made.claimed)


class _Made(NamedTuple):
    outputs: tuple[Value, ...] = ()
    claimed: bool = True


def _make_node(
    elaboration: Elaboration,
    given: tuple[LayerValue, tuple[Given, ...], Mapping[str, Given]],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
    body: Body,
    name: str,
    label: str | None,
) -> _Made:
    """Put a layer under a name on the flow; no outputs where that failed, which has been reported."""
    flow, frame.value = frame.value, BROKEN
    callee, positional, keywords = given
    try:
        bound = bind_layer(elaboration, callee, positional, keywords, step.span, scope, frame)
    except Failed:
        return _Made()
    if flow is None:
        infer.no_flow(elaboration, step.span)
        return _Made()
    values = (flow, *bound.operands)
    if BROKEN in values:
        return _Made()
    claimed = elaboration.claim(body, name, step.span)
    outputs = infer.add_node(
        elaboration,
        frame,
        body,
        name,
        label,
        bound.layer,
        values,
        step.callee.span,
        bound.spans,
        bound.expressions,
    )
    if outputs is None:
        return _Made((), claimed)
    frame.value = outputs[0]
    place = Place()
    place.value = outputs[0]
    place.node = outputs[0].node
    body.place.children[label or name] = place
    return _Made(outputs, claimed)


def run_layer_as(
    elaboration: Elaboration,
    step: tree.Step,
    scope: Scope,
    frame: Frame,
    name: str,
    label: str | None,
) -> Place:
    """Run a step that is a layer under a given name of the frame's body; gives its place."""
    place = Place()
    try:
        callee = _resolve(elaboration, step, scope)
        positional, keywords = elaboration.arguments(step.arguments or (), scope)
    except Failed:
        frame.value = place.value = BROKEN
        return place
    given = (callee, positional, keywords)
    _make_node(elaboration, given, step, scope, frame, frame.body, name, label)
    place.value = frame.value
    if isinstance(frame.value, Value):
        place.node = frame.value.node
    return place


# Blocks


def enter(elaboration: Elaboration, step: tree.Step, frame: Frame) -> None:
    """Count a call of a block or network.

    Raises:
        Exhausted: they call each other too deep, or there are too many; that has been reported.
    """
    if len(frame.origin) >= MAX_BLOCK_DEPTH:
        elaboration.report.error(
            "E0302",
            f"blocks call each other more than {MAX_BLOCK_DEPTH} deep",
            step.span,
            labels=[Label(frame.origin[0].span, "the first of these calls")],
            help="end the recursion with an `if`",
        )
        raise Exhausted
    statements.spend(elaboration, step.span)


class ShareBody(NamedTuple):
    """The body that one use of a share is made in; `region` is where the share is declared."""

    body: Body
    name: str
    use: int
    region: RegionBuilder


def _run_block(
    elaboration: Elaboration,
    callee: BlockValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
    share: ShareBody | None = None,
) -> None:
    """Run a block's body on the flow, in a region of its own."""
    declaration = callee.declaration
    kind = declaration.name.name
    labels = step.labels
    label = label_of(labels)
    around = frame.body
    claimed = True
    name: str | None = None
    if share is not None:
        body, name = share.body, share.name
    elif label is None and around.sole:
        body = Body(around.prefix, around.suffix, around.place)
        around.ordinal(kind)
    else:
        name = around.ordinal(kind)
        name = attribute_name(label or name)
        claimed = elaboration.claim(around, name, step.span)
        place = Place()
        around.place.children[label or name] = place
        body = Body(f"{around.prefix}{name}.", around.suffix, place)
    if frame.value is None and declaration.body:
        infer.no_flow(elaboration, step.span)
        give_up(elaboration, labels, scope, frame)
        return
    enter(elaboration, step, frame)
    alike = elaboration.digests if share is None and not labels else None
    if alike is not None:
        call = (callee, positional, keywords)
        if digests.run_alike(elaboration, alike, call, step, scope, frame, body):
            return
    region_kind = RegionKind.SHARE if share is not None else RegionKind.BLOCK
    region = elaboration.open_region(region_kind, name, body.prefix[:-1], frame, step.span)
    region.declaration = declaration
    region.label = label
    region.called = kind
    region.doc = declaration.doc
    if share is not None:
        region.use = share.use
        region.declared_in = share.region
    inner = Scope(callee.scope, is_boundary=True)
    inner.part = body.place
    inner.names["input"] = frame.value if isinstance(frame.value, Value) else UNRESOLVED
    child = Frame(region, body, frame.value)
    child.origin = (*frame.origin, CallSite(kind, step.callee.span))
    child.outputs = []
    try:
        region.arguments, region.argument_expressions = parameters.bind_block(
            elaboration, declaration, callee.keywords, positional, keywords, inner, scope, step.span
        )
    except Failed:
        child.value = BROKEN
    else:
        body.sole = holds_sole_call(elaboration, declaration.body, inner)
        statements.run_body(elaboration, declaration.body, inner, child)
    leave(elaboration, region, body.place, child.value)
    frame.value = child.value
    if labels:
        values = (child.value, *[value for _, value in child.outputs])
        bind_labels(elaboration, labels, scope, frame, values, claimed=claimed)


def leave(elaboration: Elaboration, region: RegionBuilder, place: Place, flow: Any) -> None:
    """End a part whose place is known by a path."""
    elaboration.close_region(region, flow)
    place.region = region
    place.value = flow


# Shares


def _use_around(share: ShareState, frame: Frame) -> str:
    """Which use of a share a declaration stands in: within one, even the first use has its number."""
    region: RegionBuilder | None = frame.region
    while region is not None and not share.body.suffix:
        if region.kind is RegionKind.SHARE and share.body.prefix.startswith(f"{region.path}."):
            return "@1"
        region = region.parent
    return share.body.suffix


def _run_share(
    elaboration: Elaboration,
    callee: ShareValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
) -> None:
    """Use a share: the first use makes its weights, the others speak of the same."""
    if positional or keywords:
        elaboration.report.error(
            "E0508",
            f"`{callee.name}` is a share, whose arguments are given where it is declared",
            step.span,
        )
        give_up(elaboration, step.labels, scope, frame)
        return
    share = elaboration.shares[callee.identity]
    share.uses += 1
    name = attribute_name(callee.name)
    suffix = share.body.suffix if share.uses == 1 else f"{_use_around(share, frame)}@{share.uses}"
    place = Place()
    if share.uses == 1:
        share.body.place.children[callee.name] = place
    inside = Body(f"{share.body.prefix}{name}.", suffix, place)
    shared = callee.callee
    use = ShareBody(inside, name, share.uses, share.region)
    if isinstance(shared, BlockValue):
        _run_block(elaboration, shared, (), {}, step, scope, frame, use)
        return
    if isinstance(shared, NetworkValue):
        networks.run_network(elaboration, (shared, (), {}), step, scope, frame, use)
        return
    region = elaboration.open_region(RegionKind.SHARE, name, inside.prefix[:-1], frame, step.span)
    region.use = share.uses
    region.declared_in = share.region
    child = Frame(region, inside, frame.value, frame)
    if isinstance(shared, LayerValue):
        # A shared layer is the share itself: its weights stand right under the share's name.
        holder = Body(share.body.prefix, suffix, Place())
        region.path = share.body.prefix[:-1]
        region.name = None
        _make_node(elaboration, (shared, (), {}), step, scope, child, holder, name, callee.name)
        elaboration.close_region(region, child.value)
        if isinstance(child.value, Value):
            place.value = child.value
            place.node = child.value.node
    else:
        bare = tree.Step(step.callee, None, span=step.span)
        run_call(elaboration, shared, (), {}, bare, scope, child)
        leave(elaboration, region, place, child.value)
    frame.value = child.value
    bind_labels(elaboration, step.labels, scope, frame, (child.value,))


# Chains


def _run_chain(
    elaboration: Elaboration,
    callee: ChainValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
) -> None:
    """Run a chain's members in order; its arguments go to the one that lacks some."""
    labels = step.labels
    label = label_of(labels)
    if callee.open_member is None and (positional or keywords):
        elaboration.report.error(
            "E0516", "no member of this chain takes further arguments", step.span
        )
        give_up(elaboration, labels, scope, frame)
        return
    around = body = frame.body
    claimed = True
    name = None
    if label is not None:
        name = attribute_name(label)
        claimed = elaboration.claim(body, name, step.span)
        place = Place()
        body.place.children[label] = place
        body = Body(f"{body.prefix}{name}.", body.suffix, place)
    sole, around.sole = around.sole, False
    region = elaboration.open_region(RegionKind.CHAIN, name, body.prefix[:-1], frame, step.span)
    region.label = label
    child = Frame(region, body, frame.value, frame)
    bare = tree.Step(step.callee, step.arguments, span=step.span)
    for position, member in enumerate(callee.members):
        if position == callee.open_member:
            run_call(elaboration, member, positional, keywords, bare, scope, child)
        else:
            run_call(elaboration, member, (), {}, bare, scope, child)
    around.sole = sole
    if label is not None:
        leave(elaboration, region, body.place, child.value)
    else:
        elaboration.close_region(region, child.value)
    frame.value = child.value
    bind_labels(elaboration, labels, scope, frame, (child.value,), claimed=claimed)
