"""Figures of a network at the legal sizes of a range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archdsl.analysis.cost import CostReport, samples_symbol
from archdsl.analysis.legal_inputs import LegalInputs
from archdsl.shapes.formula import Figure, Largest, at

MOST_POINTS = 256


@dataclass(frozen=True, slots=True)
class Curve:
    """MACs and the peak of memory in inference, in bytes, at sizes that rise."""

    sizes: tuple[int, ...]
    macs: tuple[int, ...]
    peak: tuple[int, ...]


def curve(
    report: CostReport, legal: LegalInputs, names: Sequence[str], low: int, high: int, batch: int
) -> Curve:
    """The figures where all symbols of some names have one size, the others their defaults.

    Args:
        report: The figures as formulas.
        legal: The legal inputs.
        names: The symbols that vary.
        low: The least size.
        high: The largest.
        batch: Samples that memory is for.
    """
    defaults = {name: symbol.default for name, symbol in legal.graph.symbols.items()}
    within = [
        n for n in range(low, high + 1) if legal.contains({**defaults, **dict.fromkeys(names, n)})
    ]
    step = max(1, -(-len(within) // MOST_POINTS))
    sizes = within[::step]
    if sizes and sizes[-1] != within[-1]:
        sizes.append(within[-1])

    fixed = {**defaults, samples_symbol(legal.graph): batch}

    def figures(figure: Figure | Largest) -> tuple[int, ...]:
        return tuple([at(figure, {**fixed, **dict.fromkeys(names, n)}) for n in sizes])

    return Curve(tuple(sizes), figures(report.macs), figures(report.memory.inference_peak))
