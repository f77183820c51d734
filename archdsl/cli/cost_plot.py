"""`archc cost --plot`: figures over a range of sizes, as a picture."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archdsl.cli import targets
from archdsl.cli.destinations import STDOUT
from archdsl.cli.exits import Exit
from archdsl.cli.output import Output, Usage, shown_path, write_outputs

if TYPE_CHECKING:
    from archdsl.network import Network

_RANGE = re.compile(r"(\w+(?:,\w+)*)=([0-9]{1,9})\.\.([0-9]{1,9})")
_MOST_SIZES = 65_536


@dataclass(frozen=True)
class Asked:
    """What is plotted: the symbols that share a size, and the sizes."""

    names: tuple[str, ...]
    low: int
    high: int

    @classmethod
    def of(cls, written: str) -> Asked:
        """`H=64..1024`, or `H,W=64..1024` for both alike.

        Raises:
            Usage: It is malformed, or the range is empty or too long.
        """
        match = _RANGE.fullmatch(written)
        if match is None:
            raise Usage("--plot takes sizes and their range, as `H=64..1024` or `H,W=64..1024`")
        low, high = int(match[2]), int(match[3])
        if not 1 <= low < high or high - low >= _MOST_SIZES:
            raise Usage(f"--plot: a range rises from 1 on, over at most {_MOST_SIZES:,} sizes")
        return cls(tuple(match[1].split(",")), low, high)


def run(arguments: argparse.Namespace, output: Output, batch: int) -> Exit:
    """Plot MACs and memory of every network of the targets in one picture."""
    from archdsl.drawing.plot import MOST_LINES, Line, Panel, plot
    from archdsl.drawing.theme import COLOR

    asked = Asked.of(arguments.plot)
    path = arguments.output
    if path is None or (path != STDOUT and not path.endswith(".svg")):
        raise Usage("--plot writes a picture: -o F.svg, or -o - for standard output")
    if not output.is_text:
        raise Usage("--plot takes no --format")
    opened = targets.open_networks(arguments, output)
    if len(opened.networks) > MOST_LINES:
        raise Usage(
            f"--plot draws at most {MOST_LINES} networks, and these are {len(opened.networks)}"
        )
    macs: list[Line] = []
    peaks: list[Line] = []
    for network in opened.networks:
        sizes, of_macs, of_peak = _figures(network, asked, batch, arguments.dtype)
        macs.append(Line(network.name, tuple(zip(sizes, of_macs, strict=True))))
        peaks.append(Line(network.name, tuple(zip(sizes, of_peak, strict=True))))
    along = " and ".join(asked.names)
    samples = "1 sample" if batch == 1 else f"{batch:,} samples"
    panels = [Panel("MACs", tuple(macs))]
    panels.append(Panel(f"peak memory in inference of {samples}, bytes", tuple(peaks)))
    text = plot(f"Cost over {along}", along, panels, COLOR)
    if path == STDOUT:
        output.result(text)
    else:
        write_outputs({path: text.encode()}, opened.files)
        output.result(f"{shown_path(path)}: {len(macs)} network{'s' if len(macs) > 1 else ''}\n")
    return opened.status


def _figures(
    network: Network, asked: Asked, batch: int, dtype: str | None
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The legal sizes of a network in the range, and its figures there.

    Raises:
        Usage: It lacks one of the symbols, or none of the sizes is legal.
    """
    from archdsl.analysis.curves import curve

    missing = [name for name in asked.names if name not in network.graph.symbols]
    if missing:
        known = ", ".join(network.graph.symbols) or "none"
        raise Usage(
            f"--plot: no input of {network.name} has a size called `{missing[0]}`; it has {known}"
        )
    legal = network.legal_inputs
    found = curve(network.formulas(dtype=dtype), legal, asked.names, asked.low, asked.high, batch)
    if not found.sizes:
        raise Usage(
            f"--plot: none of {asked.low} to {asked.high} is legal for {network.name}: {legal.text}"
        )
    return found.sizes, found.macs, found.peak
