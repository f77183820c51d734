"""Compare what is predicted of networks with what PyTorch does.

Shapes, parameters, buffers, MACs and state-dict keys are measured without data. Then the two
styles of emitted code and the graph itself run on the CPU with the same weights, in evaluation
and in training, and must agree bit for bit: outputs, gradients, running statistics. A difference
ends with status 1.
"""

from __future__ import annotations

import argparse

from archdsl.cli import targets
from archdsl.cli.exits import Exit
from archdsl.cli.output import Environment, Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc verify`."""
    targets.configure(parser, several=True)
    parser.add_argument(
        "--allow-large",
        action="store_true",
        help="run networks that need more than 4 GiB too",
    )


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Verify every network of the targets."""
    opened = targets.open_networks(arguments, output)
    try:
        from archdsl.testing.verify import verify
    except ModuleNotFoundError as error:
        raise Environment(
            f"verify runs PyTorch, and `{error.name}` is not installed: "
            "pip install 'archdsl[torch]'"
        ) from None
    from archdsl.backend.weights_check import WeightsRefused

    found = []
    for network in opened.networks:
        output.progress(f"verifying {network.name}")
        try:
            found.append(verify(network, allow_large=arguments.allow_large))
        except WeightsRefused as refused:
            targets.refuse(opened, refused.report.sorted(), output)
            continue
        if output.is_text:
            output.result(found[-1].text())
    if not output.is_text:
        targets.document(output, opened, [each.json() for each in found])
    return opened.status if all(each.agrees for each in found) else Exit.DIAGNOSED
