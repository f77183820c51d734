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
from archdsl.elaborate import infer, init_rules, networks, statements, weights_files
from archdsl.elaborate.digests import Digests
from archdsl.elaborate.finish import freeze_regions
from archdsl.elaborate.instances import unfold
from archdsl.elaborate.limits import DEFAULT_LIMITS, Limits
from archdsl.elaborate.place import Body, Place
from archdsl.elaborate.schedule import schedule
from archdsl.elaborate.state import Elaboration, Frame, Locate, RegionBuilder, nowhere
from archdsl.graph.digest import Undigested
from archdsl.graph.graph import Graph, Output
from archdsl.graph.node import Port
from archdsl.graph.region import RegionKind
from archdsl.syntax import tree
from archdsl.values.evaluate import MAX_TOTAL_STEPS, Budget
from archdsl.values.scope import Failed
from archdsl.values.value import Given, NetworkValue

_RECURSION = 150_000
"""Above 64 blocks, each with bodies nested as deep as a text may nest them, and their expressions."""


_STEPS_A_NODE = 20
"""What the expressions of a large network may take, where more nodes are allowed."""


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
    if digests is not None:
        for region in elaboration.regions:
            # Hundreds of elaborations are let go without the garbage collector.
            region.parent = region.body = None
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


def _elaborate(
    elaboration: Elaboration,
    network: NetworkValue,
    arguments: dict[str, Given],
    cite: tree.Cite | None,
) -> Graph:
    declared = network.declaration
    call = declared.name.span
    resolved = unfold(elaboration, network, arguments)
    declaration = resolved.declaration
    elaboration.written = max(1, statements.written_steps(declaration.body)) + _written_around(
        declaration
    )
    place = Place()
    root = RegionBuilder(0, RegionKind.NETWORK, None, "", None, declared.span, 0)
    root.declaration = declaration
    root.called = declared.name.name
    root.doc = declared.doc or declaration.doc
    elaboration.regions.append(root)
    place.region = root
    frame = Frame(root, Body("", "", place), None)
    networks.build(elaboration, resolved, frame, call, call)
    elaboration.close_region(root, frame.value)
    outputs = networks.outputs_of(elaboration, declaration, frame)
    _check_flows(elaboration, outputs, call)
    infer.report_untrainable(elaboration)
    unknown = [name for name in elaboration.at if name not in elaboration.symbols]
    for name in unknown:
        elaboration.report.error(
            "E0419",
            f"no input of `{declared.name.name}` has a size called `{name}`",
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
        declared.name.name,
        regions[0],
        regions,
        tuple(elaboration.order),
        tuple(elaboration.inputs),
        outputs,
        elaboration.symbols,
        tuple(elaboration.requirements),
        tuple(claim.finished() for claim in elaboration.claims),
        elaboration.cite or cite,
        {name: given.value for name, given in arguments.items()},
        dict(elaboration.at),
        weights_files.finish(elaboration),
    )


def _written_around(declaration: tree.NetworkDecl) -> int:
    """Steps written in the file of a network, so that its blocks count as written too."""
    return declaration.span.source.text.count("\n")


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
    networks.check_training(elaboration, outputs, end)


def _unused(path: str, span: Span) -> str:
    if path.startswith("input."):
        return f"the input `{span.text}` is never used"
    if path.rpartition(".")[2] == span.text:
        return f"`{span.text}` is never used; it is computed all the same"
    return f"`{span.text}`, the value of `{path}`, is never used; it is computed all the same"
