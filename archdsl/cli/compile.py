"""Write networks as standalone PyTorch source.

The file imports torch and nothing else. `modules` has a class for each block and loops for
repeats; `flat` has the same classes and weights, and one long forward that drops each value
after its last use.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from archdsl import files
from archdsl.cli import targets
from archdsl.cli.destinations import STDOUT, in_folder, is_folder
from archdsl.cli.exits import Exit
from archdsl.cli.output import Output, Usage, shown_path, write_outputs

if TYPE_CHECKING:
    from archdsl.cli.targets import Opened

STYLES = ("modules", "flat")


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
    parser.add_argument("--style", choices=STYLES, default="modules", help="%(choices)s (modules)")


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Compile the networks of the targets; nothing is written where one has errors."""
    target: str = arguments.output
    if not is_folder(target) and target != STDOUT and not target.endswith(".py"):
        raise Usage(f"`{shown_path(target)}` does not end in .py; a folder ends with `/`")
    opened = targets.open_networks(arguments, output)
    if is_folder(target):
        paths = in_folder(opened.networks, target, ".py")
    else:
        targets.one_network(opened, "be written to one file")
        paths = [target] * len(opened.networks)
    rows: list[dict[str, Any]] = []
    if opened.status is Exit.OK:
        if is_folder(target) and opened.networks:
            files.make_folder(target)
        rows = _write(opened, paths, arguments.style, output)
    if not output.is_text:
        targets.document(output, opened, rows)
    return opened.status


def _write(opened: Opened, paths: list[str], style: str, output: Output) -> list[dict[str, Any]]:
    """Emit every network, then write all files; gives a row for each."""
    from archdsl.reports import compile as report

    rows: list[dict[str, Any]] = []
    contents: dict[str, bytes] = {}
    for network, path in zip(opened.networks, paths, strict=True):
        output.progress(f"compiling {network.name}")
        text = network.emit(style).text
        rows.append(report.json(network.name, network.file, style, path, text))
        if path != STDOUT:
            contents[path] = text.encode()
        elif output.is_text:
            output.result(text)
    if contents:
        write_outputs(contents, opened.files)
        if output.is_text:
            output.result("".join(map(report.text, rows)))
    return rows
