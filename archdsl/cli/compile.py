"""Write networks as standalone PyTorch source, or their weights as safetensors files.

The source imports torch and nothing else. `modules` has a class for each block and loops for
repeats; `flat` has the same classes and weights, and one long forward that drops each value
after its last use. `--to safetensors` builds the network and writes its weights: those of the files
that its text names, else fresh ones, drawn with --seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archdsl import __version__, files
from archdsl.cli import targets
from archdsl.cli.destinations import STDOUT, in_folder, is_folder
from archdsl.cli.exits import Exit
from archdsl.cli.numbers import DTYPES, seed_of
from archdsl.cli.output import Environment, Output, Usage, shown_path, write_outputs

if TYPE_CHECKING:
    from archdsl.cli.targets import Opened
    from archdsl.network import Network

STYLES = ("modules", "flat")

SUFFIXES = {"python": ".py", "safetensors": ".safetensors"}
"""What can be written, and how its files end."""

MOST_BYTES = 4 * 1024**3
"""What writing weights may need unless more is allowed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc compile`."""
    targets.configure(parser, several=True)
    parser.add_argument(
        "-o",
        "--output",
        default=STDOUT,
        metavar="F.py",
        help="the file; DIR/ takes one for each network, - is standard output (-)",
    )
    parser.add_argument(
        "--to", choices=SUFFIXES, default="python", help="what is written: %(choices)s (python)"
    )
    parser.add_argument("--style", choices=STYLES, default="modules", help="%(choices)s (modules)")
    parser.add_argument(
        "--seed", metavar="N", help="where random weights begin (0); for --to safetensors"
    )
    parser.add_argument(
        "--dtype", choices=DTYPES, help="what floating weights are (float32); for --to safetensors"
    )
    parser.add_argument(
        "--allow-large",
        action="store_true",
        help="write weights that need more than 4 GiB of memory too",
    )


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Compile the networks of the targets; nothing is written where one has errors."""
    target: str = arguments.output
    suffix = SUFFIXES[arguments.to]
    if not is_folder(target) and target != STDOUT and not target.endswith(suffix):
        raise Usage(f"`{shown_path(target)}` does not end in {suffix}; a folder ends with `/`")
    make = _sources(arguments) if arguments.to == "python" else _weights(arguments)
    opened = targets.open_networks(arguments, output)
    if is_folder(target):
        paths = in_folder(opened.networks, target, suffix)
    else:
        targets.one_network(opened, "be written to one file")
        paths = [target] * len(opened.networks)
    rows: list[dict[str, Any]] = []
    status = opened.status
    if status is Exit.OK:
        if is_folder(target) and opened.networks:
            files.make_folder(target)
        status, rows = _write(opened, paths, make, output)
    if not output.is_text:
        targets.document(output, opened, rows)
    return status


@dataclass(frozen=True, slots=True)
class _Made:
    """What is written of a network: its bytes, and what is said of it."""

    content: bytes
    row: dict[str, Any]


class _TooLarge(Exception):
    """Weights that would need more memory than they may; the text says so."""


_Make = Callable[["Network", str], _Made]
"""Makes what is written of a network, to a path."""


def _sources(arguments: argparse.Namespace) -> _Make:
    from archdsl.reports import compile as report

    for option in ("seed", "dtype"):
        if getattr(arguments, option) is not None:
            raise Usage(f"--{option} is for --to safetensors: source has no weights")

    def make(network: Network, path: str) -> _Made:
        text = network.emit(arguments.style).text
        row = report.json(network.name, network.file, arguments.style, path, text)
        return _Made(text.encode(), row)

    return make


def _weights(arguments: argparse.Namespace) -> _Make:
    from archdsl.reports import compile as report

    seed = seed_of(arguments.seed or "0")
    if arguments.output == STDOUT:
        raise Usage("weights are no text: -o F.safetensors or -o DIR/ says where they go")

    def make(network: Network, path: str) -> _Made:
        # The module, and the file as it is written.
        needed = 2 * network.cost(dtype=arguments.dtype).memory.weights
        if needed > MOST_BYTES and not arguments.allow_large:
            raise _TooLarge(
                f"{network.name}: its weights would need about {needed / 1024**3:,.1f} GiB, and at "
                f"most {MOST_BYTES / 1024**3:.0f} GiB are used unless more is allowed; "
                "--allow-large allows it"
            )
        try:
            from archdsl.backend.weights import stored
        except ModuleNotFoundError as error:
            raise Environment(
                f"weights need PyTorch, and `{error.name}` is not installed: "
                "pip install 'archdsl[torch]'"
            ) from None
        module = network.compile(seed=seed, dtype=arguments.dtype)
        content = stored(module, network.name, __version__)
        row = report.weights_json(
            network.name, network.file, path, len(module.state_dict()), len(content)
        )
        return _Made(content, row)

    return make


def _write(
    opened: Opened, paths: list[str], make: _Make, output: Output
) -> tuple[Exit, list[dict[str, Any]]]:
    """Make what is written of every network, then write all files; gives how that went, and a row for each."""
    from archdsl.network import DiagnosticError
    from archdsl.reports import compile as report

    status = Exit.OK
    rows: list[dict[str, Any]] = []
    contents: dict[str, bytes] = {}
    for network, path in zip(opened.networks, paths, strict=True):
        output.progress(f"compiling {network.name}")
        try:
            made = make(network, path)
        except DiagnosticError as refused:
            targets.refuse(opened, refused.diagnostics, output)
            status = Exit.DIAGNOSED
            continue
        except _TooLarge as refused:
            output.message(f"archc: {refused}")
            status = Exit.DIAGNOSED
            continue
        rows.append(made.row)
        if path != STDOUT:
            contents[path] = made.content
        elif output.is_text:
            output.result(made.content.decode())
    if status is not Exit.OK:
        return status, []
    if contents:
        write_outputs(contents, opened.files)
        if output.is_text:
            output.result("".join(map(report.text, rows)))
    return status, rows
