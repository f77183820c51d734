"""Steps: running a layer, block, chain or share on the flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import bind, infer, parameters, statements
from archdsl.elaborate.limits import MAX_BLOCK_DEPTH
from archdsl.elaborate.naming import holds_sole_call
from archdsl.elaborate.paths import find_segments, segments_in
from archdsl.elaborate.place import Body, Place
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import BROKEN, Broken, Elaboration, Frame, RegionBuilder
from archdsl.graph.node import CallSite, Node, Value
from archdsl.graph.region import RegionKind
from archdsl.layers.definition import REQUIRED, Family, Kind, Layer
from archdsl.syntax import tree
from archdsl.values.evaluate import Failed
from archdsl.values.scope import MISSING, UNRESOLVED, Scope
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
        callee = resolve(elaboration, step, scope)
    except Failed:
        _check_arguments(elaboration, step, scope)
        frame.value = BROKEN
        bind_labels(elaboration, step.labels, scope, frame, ())
        return
    try:
        positional, keywords = (
            elaboration.arguments(step.arguments, scope) if step.arguments else ((), {})
        )
    except Failed:
        frame.value = BROKEN
        bind_labels(elaboration, step.labels, scope, frame, ())
        return
    elaboration.steps = 0
    run_call(elaboration, callee, positional, keywords, step, scope, frame)


def resolve(elaboration: Elaboration, step: tree.Step, scope: Scope) -> Any:
    """What a step calls: names of the text first, then the built-in layers."""
    callee = step.callee
    if isinstance(callee, tree.Name):
        found = scope.find(callee.name)
        if found is MISSING:
            definition = elaboration.layer(callee.name)
            if definition is not None:
                return LayerValue(callee.name, definition, (), {})
            found = elaboration.evaluate(callee, scope)
        elif found is UNRESOLVED:
            raise Failed
    else:
        found = elaboration.evaluate(callee, scope)
    if not is_callable(found):
        hint = None
        if isinstance(found, Value | Place):
            hint = f"to go on from a named value write `from {callee.span.text}`"
        raise elaboration.fail(
            "E0409",
            f"a step is a layer, a block or a chain, and this is {describe(found)}",
            callee.span,
            help=hint,
        )
    return found


def _check_arguments(elaboration: Elaboration, step: tree.Step, scope: Scope) -> None:
    """Report what is wrong with the arguments of a call whose callee is unknown."""
    try:
        elaboration.arguments(step.arguments or (), scope)
    except Failed:
        pass


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
            run_layer(elaboration, callee, positional, keywords, step, scope, frame)
        case BlockValue():
            run_block(elaboration, callee, positional, keywords, step, scope, frame)
        case ChainValue():
            _run_chain(elaboration, callee, positional, keywords, step, scope, frame)
        case ShareValue():
            _run_share(elaboration, callee, positional, keywords, step, scope, frame)
        case SkipValue():
            if positional or keywords:
                elaboration.report.error("E0508", "`skip` takes no arguments", step.span)
            bind_labels(elaboration, step.labels, scope, frame, (frame.value,))
        case NetworkValue():
            elaboration.report.error(
                "E0490", "a network called in a network is not supported yet", step.callee.span
            )
            frame.value = BROKEN
            bind_labels(elaboration, step.labels, scope, frame, ())


def bind_labels(
    elaboration: Elaboration,
    labels: Labels,
    scope: Scope,
    frame: Frame,
    values: tuple[Any, ...],
) -> None:
    """Bind the names behind `as`; those of a broken step are bound in silence."""
    if not labels:
        return
    if values and len(labels) > len(values):
        elaboration.report.error(
            "E0413",
            f"{len(labels)} names are bound here, and the step gives {len(values)} "
            f"value{'s' if len(values) > 1 else ''}",
            labels[0].span.to(labels[-1].span),
        )
        values = ()
    for position, label in enumerate(labels):
        if label.name == "_":
            continue
        value = values[position] if position < len(values) else BROKEN
        if isinstance(value, Value):
            named = Value(value.node, value.port, value.type, (*value.names, label.name))
            elaboration.named.setdefault((value.node, value.port), label.span)
            elaboration.declare(label, named, scope)
            frame.body.place.ports[label.name] = named
            if position == 0 and frame.value is value:
                frame.value = named
        else:
            elaboration.declare(label, UNRESOLVED, scope)


# Layers


def run_layer(
    elaboration: Elaboration,
    callee: LayerValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
) -> None:
    """Make a node of a layer."""
    body = frame.body
    labels = step.labels
    label = labels[0].name if len(labels) == 1 and labels[0].name != "_" else None
    ordinal = body.ordinal(callee.name)
    name = attribute_name(label or ordinal)
    try:
        bound = bind_layer(elaboration, callee, positional, keywords, step, scope)
    except Failed:
        frame.value = BROKEN
        bind_labels(elaboration, labels, scope, frame, ())
        return
    flow = frame.value
    if flow is None:
        infer.no_flow(elaboration, step.span)
        frame.value = BROKEN
        bind_labels(elaboration, labels, scope, frame, ())
        return
    operands = bound.operands
    if isinstance(flow, Broken) or any(isinstance(v, Broken) for v in operands):
        frame.value = BROKEN
        bind_labels(elaboration, labels, scope, frame, ())
        return
    elaboration.claim(body, name, step.span)
    values = (flow, *operands)
    outputs = infer.add_node(
        elaboration,
        frame,
        body.prefix + name,
        label,
        bound.layer,
        values,
        step.callee.span,
        bound.spans,
        bound.expressions,
    )
    if outputs is None:
        frame.value = BROKEN
        bind_labels(elaboration, labels, scope, frame, ())
        return
    frame.value = outputs[0]
    place = Place()
    place.value = outputs[0]
    place.node = outputs[0].node
    body.place.children[label or name] = place
    if labels:
        bind_labels(elaboration, labels, scope, frame, outputs)


class BoundLayer:
    """A layer with its fields, the values given as arguments, and where each field was written."""

    __slots__ = ("expressions", "layer", "operands", "spans")

    def __init__(
        self,
        layer: Layer,
        operands: tuple[Any, ...],
        spans: Mapping[str, Span],
        expressions: Mapping[str, tree.Expression],
    ) -> None:
        self.layer = layer
        self.operands = operands
        self.spans = spans
        self.expressions = expressions


def bind_layer(
    elaboration: Elaboration,
    callee: LayerValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    step: tree.Step | tree.Merge,
    scope: Scope,
) -> BoundLayer:
    """Check a layer call's arguments against its signature.

    Raises:
        Failed: something does not suit; every misfit has been reported.
    """
    definition: type[Layer] = callee.definition
    specs = bind.specs_of(definition)
    names = bind.names_of(definition)
    given: dict[str, Given] = {}
    own: dict[str, tree.Expression] = {}
    operands: list[Any] = []
    failed = False
    all_positional = callee.positional + positional
    if definition.family is Family.MERGE:
        failed = not _merge_operands(elaboration, all_positional, scope, operands)
        all_positional = ()
    variadic = names[-1] if names and specs[names[-1]].variadic else None
    plain = names[:-1] if variadic else names
    # Positional arguments fill the parameters not yet given, left to right.
    open_names = [n for n in plain if n not in callee.keywords] if callee.keywords else plain
    if len(all_positional) > len(open_names) and variadic is None:
        elaboration.report.error(
            "E0508",
            f"`{callee.name}` takes {len(open_names)} argument{'s' if len(open_names) != 1 else ''}, "
            f"and {len(all_positional)} are given",
            step.span,
            notes=[f"its parameters are {', '.join(names)}"] if names else [],
        )
        raise Failed
    before = len(callee.positional)
    for position, argument in enumerate(all_positional[: len(open_names)]):
        given[open_names[position]] = argument
        if position >= before and argument.expression is not None:
            own[open_names[position]] = argument.expression
    rest = all_positional[len(open_names) :]
    for name, argument in callee.keywords.items():
        given[name] = argument
    for name, argument in keywords.items():
        if name not in specs:
            _unknown_argument(elaboration, callee.name, name, argument, names, step.span)
            failed = True
            continue
        if name in given and name not in callee.keywords and name in own:
            elaboration.report.error(
                "E0507",
                f"`{name}` is given twice in this call",
                argument.expression.span if argument.expression else step.span,
            )
            failed = True
        given[name] = argument
        if argument.expression is not None:
            own[name] = argument.expression
    fields: dict[str, Any] = {}
    spans: dict[str, Span] = {}
    for name, argument in given.items():
        spec = specs.get(name)
        if spec is None:
            _unknown_argument(elaboration, callee.name, name, argument, names, step.span)
            failed = True
            continue
        span = argument.expression.span if argument.expression is not None else step.span
        spans[name] = span
        if spec.kind is Kind.VALUE:
            if argument.value is None:
                fields[name] = None
                continue
            value = as_value(elaboration, argument.value, scope, span)
            if value is None:
                failed = True
                continue
            operands.append(value)
            fields[name] = len(operands)
            continue
        try:
            fields[name] = bind.convert(spec, argument.value)
        except bind.Unfit as unfit:
            _report_unfit(elaboration, unfit, argument, span, step.span)
            failed = True
    if variadic is not None and rest:
        try:
            fields[variadic] = tuple(bind.convert(specs[variadic], a.value) for a in rest)
        except bind.Unfit as unfit:
            _report_unfit(elaboration, unfit, rest[0], step.span, step.span)
            failed = True
    missing = [
        name
        for name, spec in specs.items()
        if spec.default is REQUIRED and not spec.variadic and name not in given
    ]
    if missing and not failed:
        needed = " and ".join(f"`{name}`" for name in missing)
        elaboration.report.error("E0506", f"`{callee.name}` needs {needed}", step.span)
        failed = True
    if failed:
        raise Failed
    return BoundLayer(definition(**fields), tuple(operands), spans, own)


def _report_unfit(
    elaboration: Elaboration, unfit: bind.Unfit, argument: Given, span: Span, call: Span
) -> None:
    labels = []
    if span.source is not call.source or not (call.start <= span.start <= call.end):
        labels.append(Label(call, "used here"))
    elaboration.report.error(unfit.code, unfit.message, span, labels=labels, help=unfit.help)


def _unknown_argument(
    elaboration: Elaboration,
    callee: str,
    name: str,
    argument: Given,
    names: tuple[str, ...],
    call: Span,
) -> None:
    guess = did_you_mean(name, names)
    elaboration.report.error(
        "E0505",
        f"`{callee}` has no argument `{name}`",
        argument.expression.span if argument.expression is not None else call,
        notes=[f"its arguments are {', '.join(names)}" if names else "it takes no arguments"],
        help=f"did you mean `{guess}`?" if guess else None,
    )


def _merge_operands(
    elaboration: Elaboration, positional: tuple[Given, ...], scope: Scope, operands: list[Any]
) -> bool:
    """Take the named values of `add(c1, c2)`."""
    fine = True
    for argument in positional:
        span = argument.expression.span if argument.expression else None
        value = as_value(elaboration, argument.value, scope, span)
        if value is None:
            fine = False
        else:
            operands.append(value)
    return fine


def as_value(elaboration: Elaboration, value: Any, scope: Scope, span: Span | None) -> Any:
    """A named value, the value that leaves a place, or what a path in a text stands for.

    None where it is none; that has been reported.
    """
    if isinstance(value, Value | Broken):
        return value
    if isinstance(value, str):
        segments = segments_in(value)
        found: Any = MISSING
        if segments is not None and len(segments) == 1 and isinstance(segments[0], str):
            found = scope.find(segments[0])
        if found is UNRESOLVED:
            return BROKEN
        if found is MISSING and segments is not None:
            found = find_segments(segments, scope)
            if found is None and isinstance(segments[0], str):
                first = scope.find(segments[0])
                if first is UNRESOLVED:
                    return BROKEN
        if found is None or found is MISSING:
            if span is not None:
                elaboration.report.error("E0404", f"nothing here is called `{value}`", span)
            return None
        value = found
    if isinstance(value, Place):
        if value.value is None:
            if span is not None:
                elaboration.report.error(
                    "E0404", "no value leaves this part, or it is not finished here", span
                )
            return None
        return value.value
    if isinstance(value, Value | Broken):
        return value
    if span is not None:
        elaboration.report.error(
            "E0501", f"a named value is wanted here, and this is {describe(value)}", span
        )
    return None


# Blocks


def run_block(
    elaboration: Elaboration,
    callee: BlockValue,
    positional: tuple[Given, ...],
    keywords: Mapping[str, Given],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
    *,
    share: ShareBody | None = None,
) -> None:
    """Run a block's body on the flow, in a region of its own."""
    declaration = callee.declaration
    kind = declaration.name.name
    labels = step.labels
    label = labels[0].name if len(labels) == 1 and labels[0].name != "_" else None
    around = frame.body
    if share is not None:
        body, name = share.body, share.name
    elif label is None and around.sole:
        body = Body(around.prefix, around.suffix, around.place)
        around.ordinal(kind)
        name = None
    else:
        ordinal = around.ordinal(kind)
        name = attribute_name(label or ordinal)
        elaboration.claim(around, name, step.span)
        place = Place()
        around.place.children[label or name] = place
        body = Body(f"{around.prefix}{name}.", around.suffix, place)
    if len(frame.origin) >= MAX_BLOCK_DEPTH:
        elaboration.report.error(
            "E0302",
            f"blocks call each other more than {MAX_BLOCK_DEPTH} deep",
            step.span,
            help="end the recursion with an `if`",
        )
        frame.value = BROKEN
        bind_labels(elaboration, labels, scope, frame, ())
        return
    statements.spend(elaboration, 1, step.span)
    region_kind = RegionKind.SHARE if share is not None else RegionKind.BLOCK
    path = body.prefix[:-1]
    region = elaboration.open_region(region_kind, name, path, frame, step.span)
    region.declaration = declaration
    region.doc = declaration.doc
    inner = Scope(callee.scope, is_boundary=True)
    inner.part = body.place
    inner.names["input"] = frame.value if isinstance(frame.value, Value) else UNRESOLVED
    child = Frame(region, body, frame.value)
    child.origin = (*frame.origin, CallSite(kind, step.callee.span))
    if share is not None:
        region.use = share.use
    try:
        region.arguments, region.argument_expressions = parameters.bind_block(
            elaboration, declaration, callee, positional, keywords, inner, scope, step.span
        )
    except Failed:
        statements.check_broken(elaboration, declaration, inner, child)
        _leave_block(elaboration, region, body, BROKEN)
        frame.value = BROKEN
        bind_labels(elaboration, labels, scope, frame, ())
        return
    body.sole = holds_sole_call(elaboration, declaration.body, inner)
    statements.run_body(elaboration, declaration.body, inner, child)
    _leave_block(elaboration, region, body, child.value)
    frame.value = child.value
    if labels:
        values = (child.value, *[value for _, value in child.outputs])
        bind_labels(elaboration, labels, scope, frame, values)


def _leave_block(
    elaboration: Elaboration, region: RegionBuilder, body: Body, flow: Any
) -> None:
    elaboration.close_region(region, flow)
    body.place.region = region.id
    if isinstance(flow, Value):
        body.place.value = flow


class ShareBody:
    """The body that one use of a share is made in."""

    __slots__ = ("body", "name", "use")

    def __init__(self, body: Body, name: str, use: int) -> None:
        self.body = body
        self.name = name
        self.use = use


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
        frame.value = BROKEN
        bind_labels(elaboration, step.labels, scope, frame, ())
        return
    share = elaboration.shares[callee.identity]
    share.uses += 1
    name = attribute_name(callee.name)
    suffix = share.body.suffix if share.uses == 1 else f"{share.body.suffix}@{share.uses}"
    place = Place()
    if share.uses == 1:
        share.body.place.children[callee.name] = place
    inside = Body(f"{share.body.prefix}{name}.", suffix, place)
    if isinstance(callee.callee, BlockValue):
        run_block(
            elaboration,
            callee.callee,
            (),
            {},
            step,
            scope,
            frame,
            share=ShareBody(inside, name, share.uses),
        )
        return
    region = elaboration.open_region(RegionKind.SHARE, name, inside.prefix[:-1], frame, step.span)
    region.use = share.uses
    child = Frame(region, inside, frame.value, frame)
    bare = tree.Step(step.callee, None, (), False, span=step.span)
    if isinstance(callee.callee, LayerValue):
        # A shared layer is the share itself: its weights stand right under the share's name.
        holder = Body(share.body.prefix, suffix, Place())
        child.body = holder
        holder.counts = {}
        region.path = share.body.prefix[:-1]
        region.name = None
        labelled = tree.Step(
            step.callee, None, (tree.Name(callee.name, span=step.span),), False, span=step.span
        )
        run_layer(elaboration, callee.callee, (), {}, labelled, Scope(), child)
        place.value = child.value if isinstance(child.value, Value) else None
        place.node = place.value.node if place.value else None
    else:
        run_call(elaboration, callee.callee, (), {}, bare, scope, child)
        place.region = region.id
        place.value = child.value if isinstance(child.value, Value) else None
    elaboration.close_region(region, child.value)
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
    label = labels[0].name if len(labels) == 1 and labels[0].name != "_" else None
    if callee.open_member is None and (positional or keywords):
        elaboration.report.error(
            "E0516", "no member of this chain takes further arguments", step.span
        )
        frame.value = BROKEN
        bind_labels(elaboration, labels, scope, frame, ())
        return
    body = frame.body
    name = None
    if label is not None:
        name = attribute_name(label)
        elaboration.claim(body, name, step.span)
        place = Place()
        body.place.children[label] = place
        body = Body(f"{body.prefix}{name}.", body.suffix, place)
    sole, frame.body.sole = frame.body.sole, False
    region = elaboration.open_region(RegionKind.CHAIN, name, body.prefix[:-1], frame, step.span)
    child = Frame(region, body, frame.value, frame)
    for position, member in enumerate(callee.members):
        given = position == callee.open_member
        run_call(
            elaboration,
            member,
            positional if given else (),
            keywords if given else {},
            tree.Step(step.callee, step.arguments, (), span=step.span),
            scope,
            child,
        )
    frame.body.sole = sole
    elaboration.close_region(region, child.value)
    if label is not None:
        body.place.region = region.id
        body.place.value = child.value if isinstance(child.value, Value) else None
    frame.value = child.value
    bind_labels(elaboration, labels, scope, frame, (child.value,))
