"""Search the coefficients of a network under a budget of MACs, parameters or memory.

Tries every point of the finite domains of the rule behind --by, without it of the network's own
parameters of type `scale`, with the exact figures of each. Points that break a `require` or the
budget are dropped; the others are printed, those nearest the budget first. `2x` is relative to the
network as it is written; a budget on memory is on the peak of one sample in inference.

    archc scale specs/efficientnet.arch::efficientnet_b0 --budget macs=2x --by "compound(1)"
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from fractions import Fraction
from math import floor
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from archdsl.cli import targets
from archdsl.cli.exits import Exit
from archdsl.cli.numbers import whole_number
from archdsl.cli.output import Output, Usage, shown_path, write_outputs

if TYPE_CHECKING:
    from archdsl.analysis.scaling import Bound
    from archdsl.analysis.totals import Total
    from archdsl.diagnostics.diagnostic import Diagnostic
    from archdsl.network import Network
    from archdsl.reports.scale import Scaled

SUFFIX = ".arch"
STDOUT = "-"

_MOST_SHOWN = 100_000

_UNITS = {"": 1, "x": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

_BUDGET = re.compile(r"([a-z_]+)=([0-9][0-9_]*(?:\.[0-9]+)?)([KMGTx]?)")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc scale`."""
    targets.configure(parser)
    parser.add_argument(
        "--budget",
        action="append",
        required=True,
        metavar="macs=2x",
        help="the most of macs, params or memory: a number, or a multiple; may be repeated",
    )
    parser.add_argument(
        "--by", metavar="RULE", help='the scaling rule whose parameters are searched: "compound(1)"'
    )
    parser.add_argument("--top", default="5", metavar="N", help="how many are shown (5)")
    parser.add_argument(
        "-o",
        "--output",
        metavar="F.arch",
        help="write the first as a network of a file; - is standard output, in place of the table",
    )


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Search, print the best, and write the first."""
    from archdsl.reports import scale as report

    asked = [_asked(each) for each in arguments.budget]
    most = whole_number(arguments.top, "--top", 1, _MOST_SHOWN)
    target: str | None = arguments.output
    if target not in (None, STDOUT) and not target.endswith(SUFFIX):
        raise Usage(f"`{shown_path(target)}` does not end in {SUFFIX}")
    if target == STDOUT and not output.is_text:
        raise Usage(f"-o - and --format {output.format} both want standard output")
    opened = targets.open_networks(arguments, output)
    network = targets.one_network(opened, "be scaled at once")
    scaled = None
    if network is not None and opened.status is Exit.OK:
        options = targets.Options.of(arguments)
        scaled, found = _searched(network, asked, arguments.by, options, output)
        targets.refuse(opened, found, output)
        if scaled is not None and target is not None:
            _write(scaled, network, target, options, opened.files, output)
    if not output.is_text:
        rows = [report.json(scaled, most)] if scaled is not None else []
        targets.document(output, opened, rows)
    elif scaled is not None and target != STDOUT:
        output.result(report.text(scaled, most))
    return opened.status


class _Asked(NamedTuple):
    """A budget as it is given: a number of a quantity, or a multiple of what the network has."""

    quantity: str
    number: Fraction
    relative: bool
    written: str

    def bound(self, base: Total) -> Bound:
        """The budget in figures."""
        from archdsl.analysis.scaling import QUANTITIES, Bound

        of = QUANTITIES[self.quantity](base) if self.relative else 1
        return Bound(self.quantity, floor(self.number * of), self.written)


def _asked(given: str) -> _Asked:
    from archdsl.analysis.scaling import QUANTITIES
    from archdsl.diagnostics.suggest import did_you_mean

    match = _BUDGET.fullmatch(given)
    if match is None:
        raise Usage(
            f"--budget takes QUANTITY=NUMBER, as in macs=2x, params=10M or memory=64M, and "
            f"`{shown_path(given)}` is not of this form"
        )
    quantity, digits, unit = match.groups()
    if quantity not in QUANTITIES:
        also = did_you_mean(quantity, list(QUANTITIES))
        raise Usage(
            f"--budget is on {', '.join(QUANTITIES)}, not on `{quantity}`"
            + (f"; {also}" if also else "")
        )
    number = Fraction(digits.replace("_", "")) * _UNITS[unit]
    return _Asked(quantity, number, unit == "x", f"{digits}{unit}")


def _searched(
    network: Network,
    asked: Sequence[_Asked],
    by: str | None,
    options: targets.Options,
    output: Output,
) -> tuple[Scaled | None, list[Diagnostic]]:
    """What a search comes to, and what is wrong with it."""
    from archdsl.analysis.scaling import Grid, report_none
    from archdsl.analysis.space import space_of
    from archdsl.diagnostics.report import Report
    from archdsl.diagnostics.source import Source
    from archdsl.reports.scale import Scaled
    from archdsl.syntax.parse import parse_expression
    from archdsl.workspace import literals

    given = literals(options.definitions)
    written = None
    if by is not None:
        parsed = parse_expression(Source("--by", by))
        if parsed.value is None:
            return None, parsed.report.sorted()
        written = parsed.value
    report = Report()
    space = space_of(network.value, written, given, report)
    if space is None:
        return None, report.sorted()
    grid = Grid(space, given, options.at, network.workspace.limits)
    base = grid.base(report)
    if base is None:
        return None, report.sorted()
    budget = [each.bound(base) for each in asked]
    result = grid.search(budget, lambda n: output.progress(f"{n:,} of {space.points:,} points"))
    if not result.found:
        report_none(grid, result, report)
        return None, report.sorted()
    return Scaled(network.name, network.file, network.graph, space, base, result), []


def _write(
    scaled: Scaled,
    network: Network,
    target: str,
    options: targets.Options,
    inputs: Sequence[str],
    output: Output,
) -> None:
    """Write the first candidate as a network that imports what it scales."""
    from archdsl.diagnostics.source import Source
    from archdsl.reports.scale import network_text
    from archdsl.workspace import STDIN_NAME, Wanted, literals

    if network.file == STDIN_NAME:
        raise Usage("a network of standard input has no file that another could import")
    place = os.path.realpath(target if target != STDOUT else "scaled.arch")
    path = PurePath(os.path.relpath(os.path.realpath(network.file), PurePath(place).parent))
    written = path.as_posix() if path.parts[0] == ".." else f"./{path.as_posix()}"
    given = {name: each.value for name, each in literals(options.definitions).items()}
    text = network_text(scaled, written, given, expects=not options.at)
    read = network.workspace.open_text(Source(target, text), place, Wanted())
    for found in [*read.common.diagnostics, *(d for b in read.built for d in b.report.diagnostics)]:
        raise Usage(f"`{shown_path(target)}` could not be read there: {found.message}")
    if target == STDOUT:
        output.result(text)
    else:
        write_outputs({target: text.encode()}, inputs)
