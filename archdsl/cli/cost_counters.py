"""`archc cost --as TOOL` and `archc cost --reconcile FIGURE`: how others count."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from archdsl.cli import targets
from archdsl.cli.exits import Exit
from archdsl.cli.output import Output, Usage, shown_path

if TYPE_CHECKING:
    from archdsl.analysis.counters.reconcile import Form
    from archdsl.network import Network

PAPER = "paper"
_CLASSES = (10, 100, 1000, 1024)


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Print what a tool counts, or what a figure counts, of every network of the targets."""
    if output.is_table:
        raise Usage("--as and --reconcile take --format text or json")
    if arguments.reconcile is not None:
        return _reconcile(arguments, output)
    opened = targets.open_networks(arguments, output)
    if arguments.convention == PAPER:
        _tell_papers(opened, output)
    else:
        _tell_counts(opened, arguments.convention, output)
    return opened.status


def tools() -> tuple[str, ...]:
    """What `--as` may be."""
    from archdsl.analysis.counters import CONVENTIONS

    return (*CONVENTIONS, PAPER)


def _tell_papers(opened: targets.Opened, output: Output) -> None:
    """What is printed of each network."""
    from archdsl.reports import counters as report

    said = [(n.name, n.file, n.cost().macs, n.check()) for n in opened.networks]
    if output.is_text:
        output.result("\n".join([report.paper_text(*each) for each in said]))
    else:
        targets.document(output, opened, [report.paper_json(*each) for each in said])


def _tell_counts(opened: targets.Opened, tool: str, output: Output) -> None:
    """What a tool counts of each network."""
    from archdsl.analysis.counters import CONVENTIONS, count
    from archdsl.reports import counters as report

    convention = CONVENTIONS[tool]
    said = [
        (
            n.name,
            n.file,
            count(n.graph, convention, n.emit().as_modules),
            count(n.graph, convention),
        )
        for n in opened.networks
    ]
    if output.is_text:
        output.result("\n".join([report.text(*each) for each in said]))
    else:
        targets.document(output, opened, [report.json(*each) for each in said])


def _reconcile(arguments: argparse.Namespace, output: Output) -> Exit:
    from archdsl.analysis.counters.reconcile import Published, search
    from archdsl.reports import counters as report

    printed: str = arguments.reconcile
    try:
        published = Published.of(printed)
    except ValueError:
        raise Usage(
            f"--reconcile takes a figure as it is printed, as 4.13G or 25.6M: `{shown_path(printed)}`"
        ) from None
    if published.value <= 0:
        raise Usage("--reconcile takes a figure above 0")
    opened = targets.open_networks(arguments, output)
    options = targets.Options.of(arguments)
    said: list[str] = []
    rows = []
    explained = True
    for network in opened.networks:
        output.progress(f"counting {network.name}")
        found, near = search(published, _forms(network, options))
        explained &= bool(found)
        said.append(report.reconciled_text(network.name, network.file, printed, found, near))
        rows.append(report.reconciled_json(network.name, network.file, printed, found, near))
    if output.is_text:
        output.result("\n".join(said))
    else:
        targets.document(output, opened, rows)
    return opened.status if explained else Exit.DIAGNOSED


def _forms(network: Network, options: targets.Options) -> Iterator[Form]:
    """The network, at other sizes, with other numbers of classes, and the others of its file."""
    from archdsl.analysis.counters.reconcile import Form, at_sizes
    from archdsl.workspace import STDIN_NAME

    def form(each: Network, called: str, cost: int) -> Form:
        return Form(called, cost, each.cost(), each.emit().as_modules)

    yield form(network, "", 0)
    if network.file == STDIN_NAME:
        return
    target = f"{network.file}::{network.name}"
    accepts = network.legal_inputs.accepts
    for sizes in at_sizes(network.graph, lambda asked: accepts(**asked)):
        for each in replace(options, at=sizes).open(target).networks:
            called = ",".join(f"{name}={size}" for name, size in sizes.items())
            yield form(each, f"at {called}", 3)
    bound = network.graph.root.arguments
    for classes in _CLASSES:
        if type(bound.get("classes")) is int and bound["classes"] != classes:
            given = {**options.definitions, "classes": str(classes)}
            for each in replace(options, definitions=given).open(target).networks:
                yield form(each, f"with {classes:,} classes", 3)
    for each in replace(options, definitions={}, at={}).open(network.file).networks:
        if each.name != network.name:
            yield form(each, f"of {each.name}", 3)
