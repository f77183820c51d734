"""Applying a layer to values: shapes, conditions, and the node that comes of it."""

from __future__ import annotations

from collections.abc import Mapping

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.elaborate import blame
from archdsl.elaborate.limits import (
    AMPLIFICATION,
    AMPLIFICATION_FREE,
    MAX_AXES,
    MAX_ELEMENTS,
)
from archdsl.elaborate.state import Elaboration, Frame
from archdsl.graph.graph import Requirement
from archdsl.graph.node import Node, Value
from archdsl.layers.definition import Family, Layer, Reject
from archdsl.shapes.condition import Condition
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree
from archdsl.values.evaluate import Failed


def no_flow(elaboration: Elaboration, span: Span) -> None:
    """Report a step that nothing flows into."""
    elaboration.report.error(
        "E0407",
        "nothing flows into this step: the network has no input above it",
        span,
        help="declare one first: `input image[3, H = 224, W = 224]`",
    )


def types_of(
    elaboration: Elaboration, layer: Layer, types: tuple[TensorType, ...]
) -> tuple[tuple[TensorType, ...], tuple[Condition, ...]]:
    """The outputs of a layer and what it asks of sizes; equal questions are answered once.

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


def _infer(
    layer: Layer, types: tuple[TensorType, ...]
) -> tuple[tuple[TensorType, ...], tuple[Condition, ...]]:
    conditions: list[Condition] = []
    for condition in layer.conditions(*types):
        if not condition.holds:
            raise Reject(
                "E0641" if layer.family is Family.MERGE else "E0640",
                condition.reason,
                field=condition.field,
            )
        if not condition.is_constant:
            conditions.append(condition)
    result = layer.output(*types)
    outputs = result if isinstance(result, tuple) else (result,)
    for output in outputs:
        _check_extent(output)
    return outputs, tuple(conditions)


def _check_extent(type: TensorType) -> None:
    if type.rank > MAX_AXES:
        raise Reject("E0307", f"a value has at most {MAX_AXES} axes, and this one {type.rank}")
    shape = type.shape
    if any(side < 1 for side in shape):
        text = "×".join(map(str, shape))
        raise Reject("E0643", f"nothing is left of the value: its shape would be {text}")
    if type.elements > MAX_ELEMENTS:
        raise Reject("E0308", f"a value of {type.elements:,} elements is beyond 2**63 - 1")


def add_node(
    elaboration: Elaboration,
    frame: Frame,
    weights: str,
    label: str | None,
    layer: Layer,
    values: tuple[Value, ...],
    span: Span,
    spans: Mapping[str, Span],
    expressions: Mapping[str, tree.Expression],
) -> tuple[Value, ...] | None:
    """Put a layer on the graph; None where its operands do not suit, which has been reported."""
    types = tuple([value.type for value in values])
    path = weights + frame.body.suffix
    try:
        outputs, conditions = types_of(elaboration, layer, types)
    except Reject as reject:
        _report(elaboration, frame, path, layer, values, span, spans, reject)
        return None
    for condition in conditions:
        elaboration.requirements.append(Requirement(condition, path, span))
    grow(elaboration, span)
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
    elaboration.position[path] = len(elaboration.order)
    elaboration.order.append(node)
    frame.region.members.append(node)
    if len(outputs) == 1:
        return (Value(path, 0, outputs[0]),)
    return tuple([Value(path, port, type) for port, type in enumerate(outputs)])


def grow(elaboration: Elaboration, span: Span) -> None:
    """Refuse a network that is larger than the limits allow."""
    nodes = len(elaboration.order) + 1
    limits = elaboration.limits
    if nodes > limits.max_nodes:
        raise too_many(elaboration, nodes, span)
    if (
        not limits.raised
        and nodes > AMPLIFICATION_FREE
        and nodes > AMPLIFICATION * elaboration.written
    ):
        raise elaboration.fail(
            "E0303",
            f"{elaboration.written} written steps have grown to more than {nodes - 1:,} nodes, "
            f"over {AMPLIFICATION} times as many",
            span,
            help="if that is meant, allow it: --max-nodes 100000",
        )


def too_many(elaboration: Elaboration, nodes: int, span: Span) -> Failed:
    """Report that the network would have too many nodes."""
    return elaboration.fail(
        "E0301",
        f"this would make {nodes:,} nodes, and at most {elaboration.limits.max_nodes:,} are allowed",
        span,
        help="a larger network can be allowed with --max-nodes",
    )


def _report(
    elaboration: Elaboration,
    frame: Frame,
    path: str,
    layer: Layer,
    values: tuple[Value, ...],
    span: Span,
    spans: Mapping[str, Span],
    reject: Reject,
) -> None:
    at = spans.get(reject.field, span) if reject.field is not None else span
    labels = [
        Label(site.span, f"in the call of `{site.name}`") for site in reversed(frame.origin)
    ]
    notes: list[str] = []
    if layer.family is Family.MERGE and len(values) > 1:
        notes.extend(blame.paths(elaboration, values))
    elif values:
        shapes = " and ".join(blame.shape_text(value.type) for value in values)
        notes.append(f"at {path}, whose input is {shapes}")
    elaboration.report.error(
        reject.code, reject.message, at, labels=labels, notes=notes, help=reject.help
    )
