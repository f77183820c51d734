"""From a declared network to its graph."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.report import Report, Result
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import (
    freezing,
    infer,
    init_rules,
    parameters,
    scaling,
    statements,
    weights_files,
)
from archdsl.elaborate.digests import Digests
from archdsl.elaborate.finish import freeze_regions
from archdsl.elaborate.limits import DEFAULT_LIMITS, MAX_INSTANCES, Limits
from archdsl.elaborate.paths import Undigested
from archdsl.elaborate.place import Body, Place
from archdsl.elaborate.schedule import schedule
from archdsl.elaborate.state import Elaboration, Frame, Locate, RegionBuilder, nowhere
from archdsl.graph.graph import Expected, Graph, Output
from archdsl.graph.node import Port, Value
from archdsl.graph.region import RegionKind
from archdsl.syntax import tree
from archdsl.values.evaluate import MAX_TOTAL_STEPS, Budget
from archdsl.values.scope import Failed, Scope
from archdsl.values.value import Given, NetworkValue, describe

_RECURSION = 150_000
"""Above 64 blocks, each with bodies nested as deep as a text may nest them, and their expressions."""


_STEPS_A_NODE = 20
"""What the expressions of a large network may take, where more nodes are allowed."""


def is_concrete(network: NetworkValue) -> bool:
    """Whether every parameter that a network declares has a default."""
    return all(p.default is not None for p in network.declaration.parameters)


def elaborate(
    network: NetworkValue,
    *,
    arguments: Mapping[str, Given] | None = None,
    at: Mapping[str, int] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    cite: tree.Cite | None = None,
    locate: Locate = nowhere,
    digests: Digests | None = None,
) -> Result[Graph]:
    """Resolve a network: values, shapes and conditions in one walk of its text.

    Args:
        network: The declared network.
        arguments: Arguments for its parameters, by name.
        at: Sizes for its inputs' symbols, in place of their defaults.
        limits: How large it may grow.
        cite: What the file cites, where the network cites nothing itself.
        locate: Where each text stands on disk, for the weights files that it names.
        digests: Where given, blocks whose calls are alike become single nodes: the graph is good
            for the figures of the whole network, but for what training keeps. There is none, and
            no diagnostic either, where the text has to be elaborated as it is.

    Returns:
        The graph, None where anything is wrong, with every diagnostic but those of the file.
    """
    report = Report()
    budget = Budget(max(MAX_TOTAL_STEPS, _STEPS_A_NODE * limits.max_nodes))
    elaboration = Elaboration(report, limits, at or {}, budget)
    elaboration.locate = locate
    if digests is not None:
        elaboration.digests = digests
        elaboration.inferred = digests.inferred
    with deep_recursion():
        try:
            graph = _elaborate(elaboration, network, dict(arguments or {}), cite)
        except (Failed, Undigested):
            graph = None
    if report.has_errors or elaboration.unresolved:
        graph = None
    return Result(graph, report)


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for what is walked recursively: its depth is bounded, and beyond Python's default.

    The garbage collector rests, which would walk all that is being built over and over.
    """
    before = sys.getrecursionlimit()
    collecting = gc.isenabled()
    sys.setrecursionlimit(max(before, _RECURSION))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        if collecting:
            gc.enable()


class _Level:
    """One instance on the way to its template."""

    __slots__ = ("declaration", "scope")

    def __init__(self, declaration: tree.InstanceDecl, scope: Scope) -> None:
        self.declaration = declaration
        self.scope = scope


def _elaborate(
    elaboration: Elaboration,
    network: NetworkValue,
    arguments: dict[str, Given],
    cite: tree.Cite | None,
) -> Graph:
    levels: list[_Level] = []
    outer = network
    overridden = dict(arguments)
    while isinstance(network.declaration, tree.InstanceDecl):
        if len(levels) >= MAX_INSTANCES:
            raise elaboration.fail(
                "E0302",
                f"instances of instances, more than {MAX_INSTANCES} deep",
                network.declaration.name.span,
            )
        network, arguments = _unfold(elaboration, network, arguments, levels)
    declaration = network.declaration
    assert isinstance(declaration, tree.NetworkDecl)
    elaboration.written = max(1, statements.written_steps(declaration.body)) + _written_around(
        declaration
    )
    place = Place()
    body = Body("", "", place)
    root = RegionBuilder(0, RegionKind.NETWORK, None, "", None, outer.declaration.span, 0)
    root.declaration = declaration
    root.doc = outer.declaration.doc or declaration.doc
    elaboration.regions.append(root)
    place.region = 0
    scope = Scope(network.scope, is_boundary=True)
    scope.part = place
    call = outer.declaration.name.span
    given = {**network.keywords, **arguments}
    at = levels[-1].declaration.base.span if levels else call
    root.arguments, root.argument_expressions = parameters.bind_block(
        elaboration, declaration, {}, (), given, scope, scope, at
    )
    frame = Frame(root, body, None)
    statements.run_body(elaboration, declaration.body, scope, frame)
    init_rules.settle(elaboration)
    freezing.settle(elaboration)
    weights_files.settle(elaboration)
    if levels and is_concrete(network):
        elaboration.expectations.clear()
    else:
        elaboration.expectations[:] = [
            Expected(e.item, e.region, e.scope, bool(levels)) for e in elaboration.expectations
        ]
    for level in reversed(levels):
        own = level is levels[0]
        kept = own or any(p.default is None for p in level.declaration.parameters)
        _finish_instance(elaboration, level, scope, frame, keep=kept, inherited=not own)
    elaboration.close_region(root, frame.value)
    outputs = _outputs(elaboration, declaration, frame)
    _check_flows(elaboration, outputs, call)
    infer.report_untrainable(elaboration)
    unknown = [name for name in elaboration.at if name not in elaboration.symbols]
    for name in unknown:
        elaboration.report.error(
            "E0419",
            f"no input of `{outer.declaration.name.name}` has a size called `{name}`",
            call,
            notes=[f"it has {', '.join(elaboration.symbols)}"] if elaboration.symbols else [],
            help=did_you_mean(name, elaboration.symbols),
        )
    if not elaboration.report.has_errors and not elaboration.unresolved:
        init_rules.report_unused(elaboration)
    if elaboration.report.has_errors:
        raise Failed
    schedule(elaboration)
    regions = freeze_regions(elaboration, outputs)
    return Graph(
        outer.declaration.name.name,
        regions[0],
        regions,
        tuple(elaboration.order),
        tuple(elaboration.inputs),
        outputs,
        elaboration.symbols,
        tuple(elaboration.requirements),
        tuple(elaboration.expectations),
        elaboration.cite or cite,
        {name: given.value for name, given in overridden.items()},
        dict(elaboration.at),
        weights_files.finish(elaboration),
    )


def _written_around(declaration: tree.NetworkDecl) -> int:
    """Steps written in the file of a network, so that its blocks count as written too."""
    return declaration.span.source.text.count("\n")


def _unfold(
    elaboration: Elaboration,
    network: NetworkValue,
    arguments: dict[str, Given],
    levels: list[_Level],
) -> tuple[NetworkValue, dict[str, Given]]:
    """From an instance to what it calls, with the arguments that are not its own passed on."""
    declaration = network.declaration
    assert isinstance(declaration, tree.InstanceDecl)
    arguments = {**network.keywords, **arguments}
    own = {p.name for p in declaration.parameters}
    scope = Scope(network.scope, is_boundary=True)
    parameters.bind_block(
        elaboration,
        declaration,
        {},
        (),
        {name: given for name, given in arguments.items() if name in own},
        scope,
        scope,
        declaration.name.span,
    )
    levels.append(_Level(declaration, scope))
    base = elaboration.evaluate(declaration.base, scope)
    if not isinstance(base, NetworkValue):
        raise elaboration.fail(
            "E0408",
            f"an instance is of a network, and this is {describe(base)}",
            declaration.base.span,
        )
    circle = [level.declaration for level in levels]
    if base.declaration in circle:
        # Whichever of them was asked for, it is one mistake.
        circle = circle[circle.index(base.declaration) :]
        first = min(circle, key=lambda other: other.span.start)
        raise elaboration.fail(
            "E0418",
            f"`{first.name.name}` is an instance of itself",
            first.base.span,
            labels=[
                Label(other.base.span, "by way of this") for other in circle if other is not first
            ],
        )
    coefficients = _scaled(elaboration, levels, base)
    rest = {name: given for name, given in arguments.items() if name not in own}
    for name, given in rest.items():
        bound = base.keywords.get(name) or coefficients.get(name)
        if bound is not None:
            at = given.expression.span if given.expression is not None else declaration.name.span
            labels = (
                [Label(bound.expression.span, "bound here")] if bound.expression is not None else []
            )
            raise elaboration.fail(
                "E0420",
                f"`{name}` of `{declaration.name.name}` is bound already",
                at,
                labels=labels,
            )
    return base, {**rest, **coefficients}


def _scaled(elaboration: Elaboration, levels: list[_Level], base: NetworkValue) -> dict[str, Given]:
    """The coefficients that the rule of the innermost instance so far gives to its base."""
    level = levels[-1]
    written = level.declaration.scaled
    if written is None:
        return {}
    for outer in levels[:-1]:
        if outer.declaration.scaled is not None:
            raise scaling.again(elaboration, written, outer.declaration.scaled)
    return scaling.apply(elaboration, written, base, level.scope)


def _finish_instance(
    elaboration: Elaboration,
    level: _Level,
    template: Scope,
    frame: Frame,
    *,
    keep: bool,
    inherited: bool,
) -> None:
    """Run an instance's own body: its expectations speak of the finished network.

    They are kept where they are those of the network at hand, or `inherited` from an instance
    with required parameters.
    """
    body = level.declaration.body or ()
    scope = Scope(level.scope)
    scope.part = template.part
    before = len(elaboration.expectations)
    names_files = any(isinstance(statement, tree.Weights) for statement in body)
    base = weights_files.snapshot(elaboration) if names_files else None
    for statement in body:
        if isinstance(statement, _IN_AN_INSTANCE):
            statements.run_body(elaboration, (statement,), scope, frame)
            init_rules.settle(elaboration, override=True)
            freezing.settle(elaboration)
        else:
            elaboration.report.error(
                "E0421",
                "an instance's body holds expectations and edits, and this is a step of a flow",
                statement.span,
            )
    weights_files.settle(elaboration, base)
    added = elaboration.expectations[before:]
    del elaboration.expectations[before:]
    if keep:
        elaboration.expectations += [Expected(e.item, e.region, e.scope, inherited) for e in added]


_IN_AN_INSTANCE = (
    tree.Expect,
    tree.Let,
    tree.Cite,
    tree.Require,
    tree.Init,
    tree.Freeze,
    tree.Weights,
    tree.Replace,
    tree.Remove,
    tree.Insert,
)


def _outputs(
    elaboration: Elaboration, declaration: tree.NetworkDecl, frame: Frame
) -> tuple[Output, ...]:
    """The outputs, main first."""
    if not elaboration.inputs:
        if not elaboration.report.has_errors:
            elaboration.report.error(
                "E0407",
                f"the network `{declaration.name.name}` has no input",
                declaration.name.span,
                help="declare one: `input image[3, H = 224, W = 224]`",
            )
        return ()
    flow = [
        s
        for s in declaration.body
        if not isinstance(s, tree.Let | tree.Require | tree.Expect | tree.Init | tree.Cite)
    ]
    last = flow[-1] if flow else None
    if isinstance(last, tree.Output) and not last.training:
        if isinstance(frame.value, Value):
            elaboration.left.append((frame.value, last.span))
        return tuple(elaboration.outputs)
    if not isinstance(frame.value, Value):
        return tuple(elaboration.outputs)
    return (Output("output", frame.value), *elaboration.outputs)


def _check_flows(elaboration: Elaboration, outputs: tuple[Output, ...], end: Span) -> None:
    """A flow left behind must be named, joined or an output; a named value should be used."""
    if elaboration.report.has_errors or elaboration.unresolved:
        return
    used: set[Port] = {port for node in elaboration.order for port in node.inputs}
    used.update(output.value.source for output in outputs)
    known = used | elaboration.dropped | elaboration.named.keys()
    for value, span in elaboration.left:
        if value.source not in known:
            node = elaboration.order[elaboration.position[value.node]]
            elaboration.report.error(
                "E0406",
                f"the flow of `{value.node}` ends here, and nothing uses it",
                span,
                labels=[Label(node.span, "the value that is left behind")],
                help="name it with `as`, join it, or make it an `output`",
            )
    for (path, port), span in elaboration.named.items():
        if Port(path, port) not in used:
            elaboration.report.warning("W0401", _unused(path, span), span)
    _check_training(elaboration, outputs, end)


def _unused(path: str, span: Span) -> str:
    if path.startswith("input."):
        return f"the input `{span.text}` is never used"
    if path.rpartition(".")[2] == span.text:
        return f"`{span.text}` is never used; it is computed all the same"
    return f"`{span.text}`, the value of `{path}`, is never used; it is computed all the same"


def _check_training(elaboration: Elaboration, outputs: tuple[Output, ...], end: Span) -> None:
    """What evaluation computes may not ask for what only training computes."""
    alone = {node.path for node in elaboration.order if node.training_only}
    if not alone:
        return
    users = [(node.span, node.inputs) for node in elaboration.order if not node.training_only]
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
