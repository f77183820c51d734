"""`archc cost --symbolic -D width=?`: parameters that are left open."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from archdsl.cli import targets
from archdsl.cli.output import Usage

if TYPE_CHECKING:
    from archdsl.analysis.cost import CostReport
    from archdsl.analysis.fitted import FittedReport
    from archdsl.network import Network

_OPEN = re.compile(r"(\w+)=\?([0-9]{0,9})")
_MOST = 2


def taken(arguments: argparse.Namespace) -> dict[str, int | None]:
    """The parameters that are left open, with the value around which; the others stay in `arguments`.

    Raises:
        Usage: There are more than two, or one has the value 0.
    """
    found: dict[str, int | None] = {}
    others: list[str] = []
    for each in arguments.definitions:
        match = _OPEN.fullmatch(each)
        if match is None:
            others.append(each)
            continue
        around = int(match[2]) if match[2] else None
        if around == 0:
            raise Usage(f"-D {match[1]}=?: the value around which is at least 1")
        found[match[1]] = around
        if around is not None:
            others.append(f"{match[1]}={around}")
    if len(found) > _MOST:
        raise Usage(f"-D: {_MOST} parameters can be left open, and these are {len(found)}")
    arguments.definitions = others
    return found


def formulas(
    network: Network, parameters: Mapping[str, int | None], arguments: argparse.Namespace
) -> FittedReport:
    """The formulas of a network over these parameters.

    Raises:
        Usage: It has no such parameter, or that is no whole number.
        NotFitted: The figures are no polynomial of them.
    """
    from archdsl.analysis.fitted import formulas_over

    if arguments.targets[0] == "-":
        raise Usage("-D NAME=? opens the file again for each value: give it by name")
    bound = network.graph.root.arguments
    chosen: dict[str, int] = {}
    for name in parameters:
        value = bound.get(name)
        if type(value) is not int or value < 1:
            there = f"{name} is {value!r}" if name in bound else f"{network.name} has no `{name}`"
            raise Usage(f"-D {name}=? takes a parameter that is a whole number from 1: {there}")
        chosen[name] = value
    options = targets.Options.of(arguments)
    target = f"{network.file}::{network.name}"

    def report_at(values: Mapping[str, int]) -> CostReport | None:
        written = {name: str(value) for name, value in values.items()}
        loaded = replace(options, definitions={**options.definitions, **written}).open(target)
        return loaded.networks[0].formulas(dtype=arguments.dtype) if loaded.networks else None

    return formulas_over(chosen, report_at)
