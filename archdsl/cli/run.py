"""Build networks as PyTorch modules and run random input through them.

Says what goes in and comes out, how long a pass takes and how much memory its values need. The
weights are those of a fresh network, drawn with --seed.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from archdsl.cli import targets
from archdsl.cli.compile import STYLES
from archdsl.cli.exits import Exit
from archdsl.cli.numbers import DTYPES, seed_of, whole_number
from archdsl.cli.output import Environment, Output
from archdsl.diagnostics.report import Report

if TYPE_CHECKING:
    from archdsl.backend.run import Run
    from archdsl.network import Network

_MOST_SAMPLES = 2**31


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc run`."""
    targets.configure(parser, several=True)
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 ... (cpu)")
    parser.add_argument("--batch", default="1", metavar="N", help="samples at once (1)")
    parser.add_argument(
        "--train", action="store_true", help="take training steps as well: forward, backward, SGD"
    )
    parser.add_argument(
        "--seed", default="0", metavar="N", help="where random weights and inputs begin (0)"
    )
    parser.add_argument("--style", choices=STYLES, default="modules", help="%(choices)s (modules)")
    parser.add_argument(
        "--dtype",
        choices=DTYPES,
        default="float32",
        help="what floating tensors are: %(choices)s (float32)",
    )
    parser.add_argument(
        "--allow-large", action="store_true", help="run what needs more than 4 GiB too"
    )


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Run every network of the targets."""
    from archdsl.reports import run as report

    options = {
        "style": arguments.style,
        "device": arguments.device,
        "dtype": arguments.dtype,
        "batch": whole_number(arguments.batch, "--batch", 1, _MOST_SAMPLES),
        "seed": seed_of(arguments.seed),
        "train": arguments.train,
        "allow_large": arguments.allow_large,
    }
    opened = targets.open_networks(arguments, output)
    status = opened.status
    rows: list[dict[str, Any]] = []
    for network in opened.networks:
        output.progress(f"running {network.name}")
        done = _run(network, options, output)
        if done is None:
            status = Exit.DIAGNOSED
        elif isinstance(done, Report):
            targets.refuse(opened, done.sorted(), output)
            status = Exit.DIAGNOSED
        elif output.is_text:
            output.result(report.text(network.name, network.file, done))
        else:
            rows.append(report.json(network.name, network.file, network.graph, done))
    if not output.is_text:
        targets.document(output, opened, rows)
    return status


def _run(network: Network, options: dict[str, Any], output: Output) -> Run | Report | None:
    """The run of a network; what is wrong with its weights; None where it would need too much memory.

    Raises:
        Environment: PyTorch, the device or its memory is missing.
    """
    try:
        from archdsl.backend import run as backend
        from archdsl.backend.module import DeviceMissing
        from archdsl.backend.weights_check import WeightsRefused
    except ModuleNotFoundError as error:
        raise Environment(
            f"run needs PyTorch, and `{error.name}` is not installed: pip install 'archdsl[torch]'"
        ) from None
    try:
        return backend.run(network.graph, **options)
    except backend.TooLarge as error:
        output.message(f"archc: {network.name}: {error}; --allow-large allows it")
        return None
    except WeightsRefused as refused:
        return refused.report
    except (DeviceMissing, backend.RunFailed) as error:
        raise Environment(f"{network.name}: {error}") from None
