"""From a declared network to its graph."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.report import Report, Result
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import parameters, statements
from archdsl.elaborate.finish import freeze_regions
from archdsl.elaborate.limits import DEFAULT_LIMITS, Limits
from archdsl.elaborate.place import Body, Place
from archdsl.elaborate.state import Elaboration, Frame, RegionBuilder
from archdsl.graph.graph import Expected, Graph, Output
from archdsl.graph.node import Port, Value
from archdsl.graph.region import RegionKind
from archdsl.syntax import tree
from archdsl.values.evaluate import Failed
from archdsl.values.scope import Scope
from archdsl.values.value import Given, NetworkValue, describe

_RECURSION = 60_000


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
) -> Result[Graph]:
    """Resolve a network: values, shapes and conditions in one walk of its text.

    Args:
        network: The declared network.
        arguments: Arguments for its parameters, by name.
        at: Sizes for its inputs' symbols, in place of their defaults.
        limits: How large it may grow.
        cite: What the file cites, where the network cites nothing itself.

    Returns:
        The graph, None where anything is wrong, with every diagnostic.
    """
    report = Report()
    elaboration = Elaboration(report, limits, at or {})
    with _deep_recursion():
        try:
            graph = _elaborate(elaboration, network, dict(arguments or {}), cite)
        except Failed:
            graph = None
    return Result(None if report.has_errors else graph, report)


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Nested blocks are walked recursively; their depth is bounded, and beyond Python's default."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


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
        if len(levels) >= 64:
            raise elaboration.fail(
                "E0302", "instances of instances, more than 64 deep", network.declaration.span
            )
        network, arguments = _unfold(elaboration, network, arguments, levels)
    declaration = network.declaration
    assert isinstance(declaration, tree.NetworkDecl)
    elaboration.written = max(1, statements.written_steps(declaration.body)) + _written_around(
        declaration
    )
    place = Place()
    body = Body("", "", place)
    root = RegionBuilder(
        0, RegionKind.NETWORK, None, "", None, outer.declaration.span, 0
    )
    root.declaration = declaration
    root.doc = outer.declaration.doc or declaration.doc
    elaboration.regions.append(root)
    place.region = 0
    scope = Scope(network.scope, is_boundary=True)
    scope.part = place
    call = outer.declaration.name.span
    root.arguments, root.argument_expressions = parameters.bind_block(
        elaboration, declaration, network, (), arguments, scope, scope, call
    )
    frame = Frame(root, body, None)
    statements.run_body(elaboration, declaration.body, scope, frame)
    if levels and is_concrete(network):
        elaboration.expectations.clear()
    else:
        elaboration.expectations[:] = [
            Expected(e.item, e.region, e.scope, bool(levels)) for e in elaboration.expectations
        ]
    for level in reversed(levels):
        inherited = level is not levels[0]
        _finish_instance(elaboration, level, scope, frame, keep=not inherited)
    elaboration.close_region(root, frame.value)
    outputs = _outputs(elaboration, declaration, frame)
    _check_flows(elaboration, outputs)
    unknown = [name for name in elaboration.at if name not in elaboration.symbols]
    for name in unknown:
        guess = did_you_mean(name, list(elaboration.symbols))
        elaboration.report.error(
            "E0419",
            f"no input of `{outer.declaration.name.name}` has a size called `{name}`",
            call,
            help=f"did you mean `{guess}`?" if guess else None,
        )
    if elaboration.report.has_errors:
        raise Failed
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
    if declaration.scaled is not None:
        raise elaboration.fail("E0490", "`scaled` is not supported yet", declaration.scaled.span)
    own = {p.name for p in declaration.parameters}
    scope = Scope(network.scope, is_boundary=True)
    parameters.bind_block(
        elaboration,
        declaration,
        network,
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
    if any(base.declaration is level.declaration for level in levels):
        raise elaboration.fail(
            "E0418",
            f"`{declaration.name.name}` is an instance of itself",
            declaration.base.span,
        )
    rest = {name: given for name, given in arguments.items() if name not in own}
    names = [p.name for p in base.declaration.parameters]
    for name, given in rest.items():
        bound = base.keywords.get(name)
        if bound is None and name in names[: len(base.positional)]:
            bound = base.positional[names.index(name)]
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
    return base, rest


def _finish_instance(
    elaboration: Elaboration, level: _Level, template: Scope, frame: Frame, *, keep: bool
) -> None:
    """Run an instance's own body: its expectations speak of the finished network."""
    body = level.declaration.body or ()
    scope = Scope(level.scope)
    scope.part = template.part
    before = len(elaboration.expectations)
    for statement in body:
        if isinstance(statement, tree.Expect | tree.Let | tree.Cite | tree.Require):
            statements.run_body(elaboration, (statement,), scope, frame)
        elif isinstance(
            statement,
            tree.Init
            | tree.Freeze
            | tree.Weights
            | tree.Replace
            | tree.Remove
            | tree.Insert,
        ):
            statements.run_body(elaboration, (statement,), scope, frame)
        else:
            elaboration.report.error(
                "E0421",
                "an instance's body holds expectations and edits, and this is a step of a flow",
                statement.span,
            )
    if not keep:
        del elaboration.expectations[before:]


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
        return tuple(elaboration.outputs)
    if not isinstance(frame.value, Value):
        return tuple(elaboration.outputs)
    main = Output("output", frame.value)
    named = [o for o in elaboration.outputs if o.name != "output"]
    if len(named) < len(elaboration.outputs):
        elaboration.report.error(
            "E0405",
            "`output` is the name of the network's last value",
            elaboration.output_spans["output"],
            help="give this one another name",
        )
    return (main, *named)


def _check_flows(elaboration: Elaboration, outputs: tuple[Output, ...]) -> None:
    """A flow left behind must be named, joined or an output; a named value should be used."""
    if elaboration.report.has_errors:
        return
    used: set[Port] = {port for node in elaboration.order for port in node.inputs}
    used.update(output.value.source for output in outputs)
    for value, span in elaboration.left:
        if value.source not in used and tuple(value.source) not in elaboration.named:
            node = elaboration.order[elaboration.position[value.node]]
            elaboration.report.error(
                "E0406",
                f"the flow of {value.node} ends here, and nothing uses it",
                span,
                labels=[Label(node.span, "the value that is left behind")],
                help="name it with `as`, join it, or make it an `output`",
            )
    for (path, port), span in elaboration.named.items():
        if Port(path, port) not in used and port == 0:
            elaboration.report.warning(
                "W0401", f"the value of {path} is named and never used", span
            )


def network_names(networks: Mapping[str, NetworkValue]) -> list[str]:
    """The names of networks that can be built as they stand."""
    return [name for name, network in networks.items() if is_concrete(network)]
