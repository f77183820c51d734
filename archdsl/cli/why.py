"""Where a number comes from: its formula, the numbers in that, and the line each is written in.

QUESTION is a path and a figure (`conv3[0].conv2.shape`, `conv3.macs`), a figure of the whole network
(`params`), a condition as `archc check` prints it (`"H % 32 == 0"`), or a size (`H`) for all of its
conditions. Figures are shape, channels, features, height, width, params, trainable_params, buffers,
macs, flops and activations. With --quiz the results are blanks, and the answers come below: an
exercise for a class.
"""

from __future__ import annotations

import argparse
import re

from archdsl.cli import targets
from archdsl.cli.exits import Exit
from archdsl.cli.output import Output, Usage, shown_path

_DEEPEST = 99


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc why`."""
    targets.configure(parser)
    parser.add_argument("question", metavar="QUESTION", help="what is asked, as above")
    parser.add_argument(
        "--depth", metavar="N", help="how many steps back are told (24; 1 for a sum over parts)"
    )
    parser.add_argument(
        "--quiz", action="store_true", help="blanks for the results, and the answers below"
    )


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Answer a question about one network."""
    from archdsl.analysis.why import NoAnswer
    from archdsl.reports import why as report

    levels = _levels(arguments.depth)
    if arguments.quiz and not output.is_text:
        raise Usage("--quiz is text")
    opened = targets.open_networks(arguments, output)
    network = targets.one_network(opened, "be asked at once")
    rows = []
    if network is not None:
        try:
            found = network.why(arguments.question, levels=levels)
        except NoAnswer as problem:
            raise Usage(shown_path(str(problem))) from None
        if output.is_text:
            output.result(report.text(network.file, found, quiz=arguments.quiz))
        else:
            rows.append(report.json(network.name, network.file, arguments.question, found))
    if not output.is_text:
        targets.document(output, opened, rows)
    return opened.status


def _levels(given: str | None) -> int | None:
    if given is None:
        return None
    if re.fullmatch(r"[0-9]{1,2}", given) and 1 <= int(given) <= _DEEPEST:
        return int(given)
    raise Usage(f"--depth takes a whole number from 1 to {_DEEPEST}")
