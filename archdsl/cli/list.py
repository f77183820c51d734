"""List the networks of files: parameters, MACs, input, and the paper they cite.

Without a target, those that come with the package.
"""

from __future__ import annotations

import argparse

from archdsl.cli import targets
from archdsl.cli.exits import Exit
from archdsl.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc list`."""
    targets.configure(
        parser, several=True, default="zoo", formats=("text", "json", "csv", "markdown")
    )


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """List every network of the targets."""
    from archdsl.reports import list as report

    opened = targets.open_networks(arguments, output)
    networks = [report.Listed(n.name, n.file, n.graph, n.cost()) for n in opened.networks]
    if output.is_text:
        if networks:
            output.result(report.text(networks))
    elif output.is_table:
        output.table(report.table(networks))
    else:
        targets.document(output, opened, report.json(networks))
    return opened.status
