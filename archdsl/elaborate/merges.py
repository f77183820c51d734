"""Merges: the flow goes into every path, and the results are joined in order."""

from __future__ import annotations

from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import calls, infer, statements
from archdsl.elaborate.arguments import BoundLayer, bind_layer
from archdsl.elaborate.naming import count_kinds, holds_sole_call
from archdsl.elaborate.place import BROKEN, Body, Place
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import Elaboration, Frame
from archdsl.graph.node import Value
from archdsl.graph.region import RegionKind
from archdsl.layers.definition import Family
from archdsl.syntax import tree
from archdsl.values.scope import Failed, Scope
from archdsl.values.value import LayerValue

_MERGES = ("add", "sub", "mul", "concat", "max", "mean", "matmul")


def run_merge(elaboration: Elaboration, merge: tree.Merge, scope: Scope, frame: Frame) -> None:
    """Run every path that applies and join what they give; one path alone needs no join."""
    kind = merge.kind.name
    body = frame.body
    labels = merge.labels
    label = calls.label_of(labels)
    name = body.ordinal(kind)
    name = attribute_name(label or name)
    bound = _bound(elaboration, merge, scope, frame)
    entry = frame.value
    if entry is None:
        raise infer.no_flow(elaboration, merge.kind.span)
    paths = [_paths_of(elaboration, written, scope) for written in merge.paths]
    if not any(paths):
        raise elaboration.fail(
            "E0416",
            "none of the paths applies, so there is nothing to join",
            merge.span,
            help="a path without a condition always applies: `| skip` is the flow as it came",
        )
    joined = f"{body.prefix}{name}{body.suffix}" if sum(map(len, paths)) > 1 else None
    results: list[Any] = []
    for written, copies in zip(merge.paths, paths, strict=True):
        for inner in copies:
            results.append(_run_path(elaboration, written, inner, frame, joined))
            frame.value = entry
        if not copies and written.label is None and written.iterable is None:
            count_kinds(elaboration, written.body, scope, body.counts)
    if joined is None:
        frame.value = results[0]
        calls.bind_labels(elaboration, labels, scope, frame, (frame.value,))
        return
    frame.value = BROKEN
    claimed = True
    outputs = None
    if bound is not None and all(isinstance(result, Value) for result in results):
        claimed = elaboration.claim(body, name, merge.kind.span)
        outputs = infer.add_node(
            elaboration,
            frame,
            body,
            name,
            label,
            bound.layer,
            tuple(results),
            merge.kind.span,
            bound.spans,
            bound.expressions,
        )
    if outputs is not None:
        frame.value = outputs[0]
        place = Place()
        place.value = outputs[0]
        place.node = outputs[0].node
        body.place.children[label or name] = place
    calls.bind_labels(elaboration, labels, scope, frame, outputs or (), claimed=claimed)


def _bound(
    elaboration: Elaboration, merge: tree.Merge, scope: Scope, frame: Frame
) -> BoundLayer | None:
    """The layer that joins, None where its arguments do not suit, which has been reported.

    Raises:
        Failed: the word before the brace joins nothing.
    """
    kind = merge.kind.name
    definition = elaboration.layer(kind)
    if definition is None or definition.family is not Family.MERGE:
        raise elaboration.fail(
            "E0415",
            f"`{kind}` joins no paths",
            merge.kind.span,
            notes=[f"paths are joined by {', '.join(_MERGES)}"],
            help=did_you_mean(kind, _MERGES),
        )
    try:
        positional, keywords = elaboration.arguments(merge.arguments or (), scope)
        if positional:
            raise elaboration.fail(
                "E0412",
                "a merge joins named values or paths, not both",
                merge.kind.span,
                labels=[Label(merge.arguments[0].span, "a named value")] if merge.arguments else [],
                help="a named value is a path too: `| from NAME`",
            )
        callee = LayerValue(kind, definition, (), {})
        return bind_layer(elaboration, callee, (), keywords, merge.kind.span, scope, frame)
    except Failed:
        return None


def _paths_of(elaboration: Elaboration, written: tree.MergePath, scope: Scope) -> list[Scope]:
    """The names of each copy of a path: one, as many as a list has elements, none where it is left out."""
    if written.iterable is None:
        if written.when is not None and not elaboration.condition(written.when, scope):
            return []
        return [Scope(scope)]
    copies: list[Scope] = []
    span = written.iterable.span
    for item in elaboration.items(elaboration.evaluate(written.iterable, scope), span):
        inner = Scope(scope)
        elaboration.bind_targets(written.targets, item, inner, span)
        copies.append(inner)
    return copies


def _run_path(
    elaboration: Elaboration, written: tree.MergePath, inner: Scope, frame: Frame, merge: str | None
) -> Any:
    """Run one path from the merge's entry; gives the value it ends with."""
    around = frame.body
    body = around
    name = None
    index = None
    if written.label is not None or written.iterable is not None:
        if written.label is not None:
            text = written.label.name
            span = written.label.span
        else:
            index = around.copies
            around.copies += 1
            text = str(index)
            span = written.span
        name = attribute_name(text)
        elaboration.claim(around, name, span)
        place = Place()
        around.place.children[text] = place
        if index is not None:
            around.place.copies[index] = place
        body = Body(f"{around.prefix}{name}.", around.suffix, place)
    region = elaboration.open_region(RegionKind.PATH, name, body.prefix[:-1], frame, written.span)
    region.merge = merge
    region.index = index
    if body is not around:
        inner.part = body.place
        body.sole = holds_sole_call(elaboration, written.body, inner)
        child = Frame(region, body, frame.value, frame)
        statements.run_body(elaboration, written.body, inner, child)
        body.place.region = region
        body.place.value = child.value
    else:
        sole, around.sole = around.sole, False
        child = Frame(region, body, frame.value, frame)
        statements.run_body(elaboration, written.body, inner, child)
        around.sole = sole
    elaboration.close_region(region, child.value)
    return child.value
