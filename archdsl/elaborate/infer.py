"""Applying a layer to values: shapes, conditions, and the node that comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import NamedTuple

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.elaborate import blame
from archdsl.elaborate.limits import (
    AMPLIFICATION,
    AMPLIFICATION_FREE,
    MAX_AXES,
    MAX_ELEMENTS,
)
from archdsl.elaborate.place import Body
from archdsl.elaborate.state import Elaboration, Frame, RegionBuilder
from archdsl.graph.graph import Requirement
from archdsl.graph.node import CallSite, Node, Port, Value
from archdsl.layers import initialisation
from archdsl.layers.definition import Family, Layer, Reject
from archdsl.shapes.condition import AtLeast, Condition
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree
from archdsl.values.scope import Exhausted, Failed


def no_flow(elaboration: Elaboration, span: Span) -> Failed:
    """Report something that nothing flows into, and give the exception to raise."""
    return elaboration.fail(
        "E0407",
        "nothing flows into this step: the network has no input above it",
        span,
        help="declare one first: `input image[3, H = 224, W = 224]`",
    )


class Inferred(NamedTuple):
    """What a layer makes of its operands: its outputs, what it asks of sizes, and what training would.

    `untrainable` are the conditions that a batch of one sample does not meet in training.
    """

    outputs: tuple[TensorType, ...]
    conditions: tuple[Condition, ...]
    untrainable: tuple[Condition, ...]


class Untrainable(NamedTuple):
    """A layer that cannot train on a batch of one: what it needs, and where it stands."""

    path: str
    needs: str
    where: str


def report_untrainable(elaboration: Elaboration) -> None:
    """Warn of what cannot train on a batch of one; what is frozen takes no statistics."""
    for path, needs, where in elaboration.untrainable:
        node = elaboration.order[elaboration.position[path]]
        if not (node.frozen and node.layer.has_statistics):
            elaboration.report.warning(
                "W0601",
                f"`{node.layer.kind}` cannot train on a batch of one: it needs {needs}",
                node.span,
                labels=call_labels(node.origin),
                notes=[where],
                help="train with more than one sample in each batch",
            )


def call_labels(origin: Iterable[CallSite]) -> list[Label]:
    """The calls that led to a layer, innermost first."""
    return [Label(site.span, f"in the call of `{site.name}`") for site in reversed(tuple(origin))]


def types_of(elaboration: Elaboration, layer: Layer, types: tuple[TensorType, ...]) -> Inferred:
    """What a layer makes of its operands; equal questions are answered once.

    Raises:
        Reject: no size of the input would do, or the default size does not.
    """
    key = (layer, types)
    known = elaboration.inferred.get(key)
    if known is None:
        try:
            known = _infer(layer, types)
        except Reject as reject:
            known = reject
        elaboration.inferred[key] = known
    if isinstance(known, Reject):
        raise known
    return known


def _infer(layer: Layer, types: tuple[TensorType, ...]) -> Inferred:
    conditions: list[Condition] = []
    for condition in layer.conditions(*types):
        if not condition.holds:
            length = condition.value if isinstance(condition, AtLeast) else condition.left
            raise Reject(
                "E0640",
                f"a size that `{layer.kind}` meets is {default_of(length)}, "
                f"and must be {condition.reason}",
                field=condition.field,
            )
        if not condition.is_constant:
            conditions.append(condition)
    if getattr(layer, "init", None) is not None:
        for weight in layer.weights(*types):
            if weight.init is not None:
                initialisation.check(weight)
    outputs = layer.outputs(*types)
    for output in outputs:
        _check_extent(output)
    untrainable = [condition for condition in layer.training(*types) if not condition.holds]
    return Inferred(outputs, tuple(conditions), tuple(untrainable))


def _check_extent(type: TensorType) -> None:
    if type.rank > MAX_AXES:
        raise Reject("E0307", f"a value has at most {MAX_AXES} axes, and this has {type.rank}")
    shape = type.shape
    if shape and min(shape) < 1:
        text = "×".join(map(str, shape))
        raise Reject("E0643", f"nothing is left of the value: its shape would be {text}")
    elements = prod(shape)
    if elements > MAX_ELEMENTS:
        raise Reject("E0308", f"a value of {elements:,} elements is beyond 2**63 - 1")


def add_node(
    elaboration: Elaboration,
    frame: Frame,
    body: Body,
    name: str,
    label: str | None,
    layer: Layer,
    values: tuple[Value, ...],
    span: Span,
    spans: Mapping[str, Span],
    expressions: Mapping[str, tree.Expression],
) -> tuple[Value, ...] | None:
    """Put a layer on the graph, under a name of a body.

    None where its operands do not suit, which has been reported.
    """
    weights = body.prefix + name
    path = weights + body.suffix
    place = Placed(path, weights, layer, span, frame.origin)
    outputs = admit(elaboration, place, values, spans)
    if outputs is None:
        return None
    node = Node(
        path,
        weights,
        label,
        layer,
        tuple([value.source for value in values]),
        outputs,
        frame.region.id,
        span,
        frame.origin,
        expressions,
        False,
        frame.region.training_only,
    )
    return put(elaboration, frame.region, node, values)


class Placed(NamedTuple):
    """A layer and where it comes to stand."""

    path: str
    weights: str
    layer: Layer
    span: Span
    origin: tuple[CallSite, ...]


def admit(
    elaboration: Elaboration,
    place: Placed,
    values: tuple[Value, ...],
    spans: Mapping[str, Span],
    labels: Sequence[Label] = (),
) -> tuple[TensorType, ...] | None:
    """What a layer makes of its operands, with what it asks of sizes noted.

    None where they do not suit, which is reported with what `labels` say of other places.
    """
    path, weights, layer, span, _ = place
    types = tuple([value.type for value in values])
    try:
        outputs, conditions, untrainable = types_of(elaboration, layer, types)
        if path != weights:
            _check_share(elaboration, weights, layer, types)
    except Reject as reject:
        _report(elaboration, place, values, spans, reject, labels)
        return None
    elaboration.untrainable += [
        Untrainable(path, condition.reason, _where(path, values)) for condition in untrainable
    ]
    for condition in conditions:
        elaboration.requirements.append(Requirement(condition, path, span))
    grow(elaboration, span)
    return outputs


def put(
    elaboration: Elaboration, region: RegionBuilder, node: Node, values: tuple[Value, ...]
) -> tuple[Value, ...]:
    """Put a node behind the others, as a member of a region; gives its values."""
    path, outputs = node.path, node.outputs
    elaboration.position[path] = len(elaboration.order)
    elaboration.order.append(node)
    region.members.append(node)
    asked = tuple([value.asked for value in values])
    if any(asked):
        elaboration.asked[path] = asked
    if len(outputs) == 1:
        return (Value(Port(path, 0), outputs[0]),)
    return tuple([Value(Port(path, port), type) for port, type in enumerate(outputs)])


def _check_share(
    elaboration: Elaboration, weights: str, layer: Layer, types: tuple[TensorType, ...]
) -> None:
    """Refuse a further use of a share for which its weights would have other dimensions."""
    at = elaboration.position.get(weights)
    if at is None:
        return
    first = elaboration.order[at]
    before = [elaboration.order[elaboration.position[p.node]].outputs[p.port] for p in first.inputs]
    known = {weight.name: list(weight.dims) for weight in first.layer.weights(*before)}
    asked = {weight.name: list(weight.dims) for weight in layer.weights(*types)}
    for name in known | asked:
        if known.get(name) != asked.get(name):
            raise _Unshared(
                "E0422",
                f"`{weights}` has the {name} {known.get(name, [])} since its first use, "
                f"and would need {asked.get(name, [])} here",
                first.span,
            )


class _Unshared(Reject):
    """A share that does not fit: `first` is where its weights were made."""

    def __init__(self, code: str, message: str, first: Span) -> None:
        super().__init__(code, message)
        self.first = first


def grow(elaboration: Elaboration, span: Span) -> None:
    """Refuse a network that is larger than the limits allow.

    Raises:
        Exhausted: it is; that has been reported.
    """
    nodes = len(elaboration.order) + 1
    limits = elaboration.limits
    if nodes > limits.max_nodes:
        raise too_many(elaboration, nodes, span)
    if (
        not limits.raised
        and nodes > AMPLIFICATION_FREE
        and nodes > AMPLIFICATION * elaboration.written
    ):
        raise grown(elaboration, f"{nodes - 1:,} nodes", span)


def too_many(elaboration: Elaboration, nodes: int, span: Span) -> Exhausted:
    """Report that the network would have too many nodes."""
    elaboration.report.error(
        "E0301",
        f"this would make {nodes:,} nodes, and at most {elaboration.limits.max_nodes:,} are allowed",
        span,
        help="a larger network can be allowed with --max-nodes",
    )
    return Exhausted()


def grown(elaboration: Elaboration, what: str, span: Span) -> Exhausted:
    """Report that a short text makes too much."""
    elaboration.report.error(
        "E0303",
        f"{elaboration.written} written steps and lines have grown to more than {what}, "
        f"over {AMPLIFICATION} times as many",
        span,
        help="if that is meant, allow it: --max-nodes 100000",
    )
    return Exhausted()


def _report(
    elaboration: Elaboration,
    place: Placed,
    values: tuple[Value, ...],
    spans: Mapping[str, Span],
    reject: Reject,
    further: Sequence[Label],
) -> None:
    path, _, layer, span, origin = place
    at = spans.get(reject.field, span) if reject.field is not None else span
    labels = [Label(reject.first, "the first use")] if isinstance(reject, _Unshared) else []
    labels += call_labels(origin)
    labels += further
    notes: list[str] = []
    help = reject.help
    if layer.family is Family.MERGE and len(values) > 1:
        help = help or blame.mend(elaboration, values)
        notes.extend(blame.paths(elaboration, values))
        notes.extend(blame.differences(elaboration, layer, values))
    elif values:
        notes.append(_where(path, values))
    elaboration.report.error(reject.code, reject.message, at, labels=labels, notes=notes, help=help)


def _where(path: str, values: tuple[Value, ...]) -> str:
    shapes = " and ".join(blame.shape_text(value.type) for value in values)
    return f"at {path}, whose input is {shapes}"
