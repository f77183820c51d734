"""Draw networks as SVG, or as DOT for Graphviz.

The level says how much is seen: `stages` draws a box for each stage, `blocks` the calls in them,
`layers` everything. No other program is needed, and the picture is the same on every machine.
"""

from __future__ import annotations

import argparse
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from archdsl import files
from archdsl.cli import targets
from archdsl.cli.destinations import STDOUT, in_folder, is_folder
from archdsl.cli.exits import Exit
from archdsl.cli.output import Environment, Output, Usage, shown_path, write_outputs

if TYPE_CHECKING:
    from archdsl.cli.targets import Opened
    from archdsl.drawing.drawing import Drawing
    from archdsl.network import Network

# As `archdsl.drawing` has them; `--help` does not load it.
DETAILS = ("stages", "blocks", "layers")
STYLES = ("color", "paper", "dark")
ENGINES = ("regions", "graphviz")
FORMATS = {".svg": "svg", ".dot": "dot", ".gv": "dot"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc draw`."""
    targets.configure(parser, several=True)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="F",
        help="F.svg or F.dot; DIR/ takes one for each network, - is standard output",
    )
    parser.add_argument(
        "--to",
        choices=tuple(dict.fromkeys(FORMATS.values())),
        help="the format, where the output's name does not say it (svg)",
    )
    parser.add_argument(
        "--detail",
        choices=DETAILS,
        default="blocks",
        help="how much is shown: %(choices)s (blocks)",
    )
    parser.add_argument(
        "--open",
        action="append",
        default=[],
        metavar="PATH",
        help="show what is in this stage, block or copy, whatever the level; may be repeated",
    )
    parser.add_argument(
        "--closed",
        action="append",
        default=[],
        metavar="PATH",
        help="draw this one as a box, whatever the level; may be repeated",
    )
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="regions",
        help="what places the parts of an SVG: they themselves, or Graphviz for all (regions)",
    )
    parser.add_argument("--style", choices=STYLES, default="color", help="%(choices)s (color)")


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Draw the networks of the targets; nothing is written where one has errors."""
    target: str = arguments.output
    format = _format(target, arguments.to)
    opened = targets.open_networks(arguments, output)
    if is_folder(target):
        paths = in_folder(opened.networks, target, f".{format}")
    else:
        targets.one_network(opened, "be drawn in one file")
        paths = [target] * len(opened.networks)
    rows: list[dict[str, Any]] = []
    if opened.status is Exit.OK:
        options = {name: getattr(arguments, name) for name in ("detail", "style", "engine")}
        opens = _chosen(opened.networks, arguments.open, "--open")
        closes = _chosen(opened.networks, arguments.closed, "--closed")
        drawings: list[Drawing] = []
        for network, open, closed in zip(opened.networks, opens, closes, strict=True):
            output.progress(f"drawing {network.name}")
            drawings.append(network.draw(**options, open=open, closed=closed))
        rows = _write(opened, drawings, target, paths, {**options, "format": format}, output)
    if not output.is_text:
        targets.document(output, opened, rows)
    return opened.status


def _write(
    opened: Opened,
    drawings: list[Drawing],
    target: str,
    paths: list[str],
    options: dict[str, str],
    output: Output,
) -> list[dict[str, Any]]:
    """Write all drawings to their paths, in the folder `target` if it is one; gives a row for each."""
    from archdsl.reports import draw as report

    rows: list[dict[str, Any]] = []
    contents: dict[str, bytes] = {}
    for network, drawing, path in zip(opened.networks, drawings, paths, strict=True):
        text, notes = _text(network, drawing, options["format"])
        for note in notes:
            output.message(f"archc: {network.name}: {note}")
        rows.append(report.json(network.name, network.file, options, path, text, notes))
        if path != STDOUT:
            contents[path] = text.encode()
        elif output.is_text:
            output.result(text)
    if contents:
        if is_folder(target):
            files.make_folder(target)
        write_outputs(contents, opened.files)
        if output.is_text:
            output.result("".join(map(report.text, rows)))
    return rows


def _text(network: Network, drawing: Drawing, format: str) -> tuple[str, tuple[str, ...]]:
    """A drawing in a format, and its notes; what Graphviz lays out itself has none."""
    from archdsl.drawing.graphviz import TookTooLong

    if format == "dot":
        return drawing.dot, ()
    try:
        return drawing.svg, drawing.notes
    except TookTooLong as error:
        raise Environment(f"{network.name}: {error}") from None


def _format(path: str, asked: str | None) -> str:
    """`svg` or `dot`, by the output's name or `--to`.

    Raises:
        Usage: The name asks for another format.
    """
    if path == STDOUT or is_folder(path):
        return asked or "svg"
    found = FORMATS.get(PurePath(path).suffix.lower())
    if found is None:
        raise Usage(
            f"`{shown_path(path)}` ends in neither .svg nor .dot; other programs make other "
            "formats of these, as `rsvg-convert F.svg -o F.png` or `dot -Tpdf F.dot -o F.pdf`"
        )
    if asked not in (None, found):
        raise Usage(f"`--to {asked}` contradicts the name `{shown_path(path)}`")
    return found


def _chosen(networks: list[Network], asked: list[str], option: str) -> list[list[str]]:
    """For each network those of the paths that it has.

    Raises:
        Usage: A path that no network has.
    """
    from archdsl.diagnostics.suggest import suggest
    from archdsl.elaborate.paths import unbracketed

    known = [{region.path for region in network.graph.regions} for network in networks]
    everywhere = sorted(set().union(*known))
    for written in asked:
        path = unbracketed(written)
        if path not in everywhere:
            guess = suggest(path, everywhere)
            hint = f"; did you mean `{guess}`?" if guess else ""
            raise Usage(
                f"{option}: no stage, block or copy has the path `{shown_path(written)}`{hint}"
            )
    return [[path for path in map(unbracketed, asked) if path in has] for has in known]
