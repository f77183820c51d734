"""Merges: the flow goes into every path, and the results are joined in order."""

from __future__ import annotations

from typing import Any

from archdsl.elaborate import calls, infer, statements
from archdsl.elaborate.naming import count_kinds, holds_sole_call
from archdsl.elaborate.place import Body, Place
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import BROKEN, Elaboration, Frame
from archdsl.graph.node import Value
from archdsl.graph.region import RegionKind
from archdsl.layers.definition import Family
from archdsl.syntax import tree
from archdsl.values.evaluate import Failed
from archdsl.values.scope import Scope
from archdsl.values.value import LayerValue


def run_merge(elaboration: Elaboration, merge: tree.Merge, scope: Scope, frame: Frame) -> None:
    """Run every path that applies and join what they give; one path alone needs no join."""
    kind = merge.kind.name
    body = frame.body
    ordinal = body.ordinal(kind)
    definition = elaboration.layer(kind)
    if definition is None or definition.family is not Family.MERGE:
        raise elaboration.fail(
            "E0415",
            f"`{kind}` joins no paths",
            merge.kind.span,
            help="paths are joined by add, sub, mul, concat, max, mean or matmul",
        )
    labels = merge.labels
    label = labels[0].name if len(labels) == 1 and labels[0].name != "_" else None
    name = attribute_name(label or ordinal)
    weights = body.prefix + name
    path = weights + body.suffix
    entry = frame.value
    copies: list[tuple[tree.MergePath, Scope]] = []
    for written in merge.paths:
        copies.extend(_paths_of(elaboration, written, scope, frame))
    joined = len(copies) > 1
    if not copies:
        raise elaboration.fail(
            "E0416", "none of the paths applies, so there is nothing to join", merge.span
        )
    results: list[Any] = []
    for written, inner in copies:
        results.append(_run_path(elaboration, written, inner, frame, path if joined else None))
        frame.value = entry
    if not joined:
        frame.value = results[0]
        calls.bind_labels(elaboration, labels, scope, frame, (frame.value,))
        return
    callee = LayerValue(kind, definition, (), {})
    try:
        positional, keywords = elaboration.arguments(merge.arguments or (), scope)
        if positional:
            raise elaboration.fail(
                "E0412",
                "a merge joins named values or paths, not both",
                merge.kind.span,
                help="write the named value as a path: `| from NAME`",
            )
        bound = calls.bind_layer(elaboration, callee, (), keywords, merge, scope)
    except Failed:
        results.append(BROKEN)
    if all(isinstance(result, Value) for result in results):
        elaboration.claim(body, name, merge.kind.span)
        outputs = infer.add_node(
            elaboration,
            frame,
            weights,
            label,
            bound.layer,
            tuple(results),
            merge.kind.span,
            bound.spans,
            bound.expressions,
        )
    else:
        outputs = None
        if entry is None and not any(isinstance(r, Value) for r in results):
            infer.no_flow(elaboration, merge.kind.span)
    if outputs is None:
        frame.value = BROKEN
        calls.bind_labels(elaboration, labels, scope, frame, ())
        return
    frame.value = outputs[0]
    place = Place()
    place.value = outputs[0]
    place.node = outputs[0].node
    body.place.children[label or name] = place
    calls.bind_labels(elaboration, labels, scope, frame, outputs)


def _paths_of(
    elaboration: Elaboration, written: tree.MergePath, scope: Scope, frame: Frame
) -> list[tuple[tree.MergePath, Scope]]:
    """The copies of a path that apply, each with its own names."""
    if written.iterable is not None:
        items = elaboration.items(
            elaboration.evaluate(written.iterable, scope), written.iterable.span
        )
        copies: list[tuple[tree.MergePath, Scope]] = []
        for item in items:
            inner = Scope(scope)
            elaboration.bind_targets(written.targets, item, inner, written.iterable.span)
            if written.when is None or elaboration.condition(written.when, inner):
                copies.append((written, inner))
        return copies
    if written.when is not None and not elaboration.condition(written.when, scope):
        if written.label is None:
            count_kinds(elaboration, written.body, scope, frame.body.counts)
        return []
    return [(written, Scope(scope))]


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
            if written.iterable is not None:
                text = f"{text}{around.copies}"
        else:
            text = str(around.copies)
            span = written.span
        if written.iterable is not None:
            index = around.copies
            around.copies += 1
        name = attribute_name(text)
        elaboration.claim(around, name, span)
        place = Place()
        around.place.children[text] = place
        if index is not None:
            around.place.copies[index] = place
        body = Body(f"{around.prefix}{name}.", around.suffix, place)
    region = elaboration.open_region(
        RegionKind.PATH, name, body.prefix[:-1], frame, written.span
    )
    region.merge = merge
    region.index = index
    if body is not around:
        inner.part = body.place
        body.sole = holds_sole_call(elaboration, written.body, inner)
        child = Frame(region, body, frame.value, frame)
        statements.run_body(elaboration, written.body, inner, child)
        body.place.region = region.id
        if isinstance(child.value, Value):
            body.place.value = child.value
    else:
        sole, around.sole = around.sole, False
        child = Frame(region, body, frame.value, frame)
        statements.run_body(elaboration, written.body, inner, child)
        around.sole = sole
    elaboration.close_region(region, child.value)
    return child.value


