"""Print resolved networks, one node a line.

Shows what every name, default, condition and computed number of the text came to: each layer's
path, its call with the arguments that were given or are not the default, and the shape that
leaves it. Meant for reading: the result is not a specification.
"""

from __future__ import annotations

import argparse

from archdsl.cli import targets
from archdsl.cli.exits import Exit
from archdsl.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc expand`."""
    targets.configure(parser, several=True)


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Print every network of the targets."""
    from archdsl.reports import expand as report

    opened = targets.open_networks(arguments, output)
    if output.is_text:
        output.result("\n".join(report.text(network.graph) for network in opened.networks))
    else:
        rows = [report.json(n.name, n.file, n.graph) for n in opened.networks]
        targets.document(output, opened, rows)
    return opened.status
