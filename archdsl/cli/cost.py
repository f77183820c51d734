"""What networks cost: parameters, MACs, FLOPs, activations, memory, depth, receptive field.

MACs, FLOPs and activations are those of one sample in inference; memory is for --batch samples.
A row of the table with × 3 holds the sum of three equal copies. As csv or markdown there is one
table with a row for each network. With --symbolic the figures are formulas, exact at every legal
size; below them polynomials for the sizes that leave the default's remainders; `-D width=?` leaves a
parameter open (`-D width=?64` around 64). With --plot they are drawn over a range of sizes.
"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from archdsl.cli import cost_counters, cost_parameters, cost_plot, targets
from archdsl.cli.exits import Exit
from archdsl.cli.output import Output, Usage

if TYPE_CHECKING:
    from archdsl.analysis.legal_inputs import LegalInputs
    from archdsl.reports.formulas import Formulas

_MOST_SAMPLES = 2**31


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc cost`."""
    targets.configure(parser, several=True, formats=("text", "json", "csv", "markdown"))
    parser.add_argument(
        "--by",
        choices=("stage", "block", "layer"),
        default="stage",
        help="what the rows of the table are: %(choices)s (stage)",
    )
    parser.add_argument(
        "--batch", default="1", metavar="N", help="how many samples memory is for (1)"
    )
    parser.add_argument(
        "--symbolic",
        action="store_true",
        help="formulas over the inputs' sizes and the batch, in place of figures",
    )
    parser.add_argument(
        "--plot",
        metavar="H,W=64..512",
        help="MACs and memory over sizes as a picture, at the legal ones of a range; with -o",
    )
    parser.add_argument(
        "--as",
        dest="convention",
        choices=cost_counters.tools(),
        help="count as this tool does, of the compiled module; as the paper prints it",
    )
    parser.add_argument(
        "--reconcile",
        metavar="4.13G",
        help="which count, variant or input size a published figure is; exit status 1 if none",
    )
    parser.add_argument("-o", "--output", metavar="F.svg", help="where --plot goes; - is stdout")
    parser.add_argument(
        "--dtype",
        choices=("float64", "float32", "float16", "bfloat16"),
        help="what floating tensors are taken as, for memory (as declared)",
    )


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Print the figures of every network of the targets."""
    from archdsl.reports import cost as report

    batch = _batch(arguments.batch)
    if arguments.plot is not None:
        return cost_plot.run(arguments, output, batch)
    if arguments.convention is not None or arguments.reconcile is not None:
        return cost_counters.run(arguments, output)
    if arguments.symbolic:
        return _symbolic(arguments, output)
    opened = targets.open_networks(arguments, output)
    found = [
        (network.name, network.file, network.cost(batch=batch, dtype=arguments.dtype))
        for network in opened.networks
    ]
    if output.is_table:
        output.table(report.table(found))
    elif not output.is_text:
        targets.document(output, opened, [report.json(*each) for each in found])
    elif found:
        output.result("\n".join([report.text(*each, by=arguments.by) for each in found]))
    return opened.status


def _symbolic(arguments: argparse.Namespace, output: Output) -> Exit:
    """Print the figures as formulas."""
    from archdsl.analysis.fitted import NotFitted
    from archdsl.reports import formulas as report
    from archdsl.shapes.formula import NoFormula

    if output.is_table:
        raise Usage("--symbolic takes --format text or json")
    open_parameters = cost_parameters.taken(arguments)
    opened = targets.open_networks(arguments, output)
    said: list[tuple[str, str, Formulas, LegalInputs]] = []
    for network in opened.networks:
        try:
            formulas: Formulas = network.formulas(dtype=arguments.dtype)
            if open_parameters:
                output.progress(f"trying values for {network.name}")
                formulas = cost_parameters.formulas(network, open_parameters, arguments)
        except (NoFormula, NotFitted) as problem:
            raise Usage(f"{network.name} has no formula: {problem}") from None
        said.append((network.name, network.file, formulas, network.legal_inputs))
    if output.is_text:
        output.result("\n".join([report.text(*each) for each in said]))
    else:
        targets.document(output, opened, [report.json(*each) for each in said])
    return opened.status


def _batch(given: str) -> int:
    if re.fullmatch(r"[0-9]{1,10}", given) and 1 <= int(given) <= _MOST_SAMPLES:
        return int(given)
    raise Usage(f"--batch takes a whole number from 1 to {_MOST_SAMPLES:,}")
