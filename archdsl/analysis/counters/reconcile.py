"""Which count of which form of a network a published figure is.

Candidates are the figures as we count them, the counts that papers use (convolutions alone, two to a
multiply-accumulate, parameters without those of norms ...) and those of other tools; of the network
itself, at other sizes of its input, with other numbers of classes, and of the other networks of
its file. They are tried in this order: what needs the fewest assumptions is the best explanation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from archdsl.analysis.cost import CostReport
from archdsl.analysis.counters.conventions import CONVENTIONS
from archdsl.analysis.counters.counting import count
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node
from archdsl.layers.definition import Family
from archdsl.syntax.number import exact, last_digit

_NUMBER = re.compile(r"[0-9][0-9_]{0,39}(\.[0-9_]{1,40})?[KMGT]?")

_FURTHER = 2
"""An explanation that assumes so much more than the best one is none."""


@dataclass(frozen=True, slots=True)
class Published:
    """A printed figure: its value, and half of its last digit, within which others round to it."""

    value: Fraction
    margin: Fraction

    @classmethod
    def of(cls, text: str) -> Published:
        """A figure as it is printed: `4.13G`.

        Raises:
            ValueError: It is no number as the language writes them, or too large.
        """
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        return cls(Fraction(exact(text)), last_digit(text) / 2)

    def rounds(self, figure: int) -> bool:
        """Whether a figure is this one where it is rounded to its digits."""
        return abs(figure - self.value) <= self.margin

    def cuts(self, figure: int) -> bool:
        """Whether a figure is this one where its further digits are left out."""
        return 0 <= figure - self.value < 2 * self.margin

    def distance(self, figure: int) -> Fraction:
        """How far a figure is from it, as a part of it."""
        return abs(figure - self.value) / self.value


@dataclass(frozen=True, slots=True)
class Candidate:
    """A figure and what it counts of which form of the network; `cost` is how much is assumed for it.

    `is_cut` says that digits were left out of it instead of rounded.
    """

    figure: int
    what: str
    form: str
    cost: int
    is_cut: bool = False

    @property
    def text(self) -> str:
        """`MACs as thop counts them, at H=256,W=256`."""
        said = f"{self.what}{f', {self.form}' if self.form else ''}"
        return f"{said}; cut, not rounded" if self.is_cut else said


@dataclass(frozen=True)
class Form:
    """A form of the network: what it is called (nothing for itself), how much it assumes, its figures."""

    called: str
    cost: int
    report: CostReport
    as_modules: Container[str]


def candidates(forms: Iterable[Form]) -> Iterator[Candidate]:
    """Every figure of every form, those that assume least of a form first."""
    for form in forms:
        for cost, what, figure in figures(form.report, form.as_modules):
            if figure:
                yield Candidate(figure, what, form.called, cost + form.cost)


def figures(report: CostReport, as_modules: Container[str]) -> Iterator[tuple[int, str, int]]:
    """The figures that people print of a network, each with how far it is from the usual one."""
    graph = report.graph
    yield 0, "MACs of convolutions and linear layers", report.macs
    yield 0, "parameters", report.params
    yield 0, "activations of convolutions and linear layers", report.activations
    yield 1, "two operations for each MAC", 2 * report.macs
    yield 1, "FLOPs, every operation counted", report.flops
    if report.trainable_params != report.params:
        yield 1, "trainable parameters", report.trainable_params
    convolutions = _sum(report, "macs", lambda node: node.layer.family is Family.CONVOLUTION)
    if convolutions != report.macs:
        yield 1, "MACs of convolutions alone", convolutions
        yield 2, "two operations for each MAC of convolutions alone", 2 * convolutions
    norms = _sum(report, "params", lambda node: node.layer.family is Family.NORMALISATION)
    if norms:
        yield 1, "parameters without those of norms", report.params - norms
    training = _sum(report, "params", lambda node: node.training_only)
    if training:
        yield 1, "parameters without outputs that exist in training alone", report.params - training
    head = _of_last_linear(report)
    if head:
        yield 1, "parameters without the last linear layer", report.params - head
    if training and head:
        rest = report.params - training - head
        yield 2, "parameters without the last linear layer and outputs of training alone", rest
    for convention in CONVENTIONS.values():
        said = f"{convention.unit} as {convention.title} counts them"
        alone = count(graph, convention).total
        yield 2, f"{said}, with every layer as a module", alone
        compiled = count(graph, convention, as_modules).total
        if compiled != alone:
            yield 3, f"{said}, of the compiled module", compiled


def matching(published: Published, found: Iterable[Candidate], most: int = 8) -> list[Candidate]:
    """The candidates that would be printed so: those that assume least, then the nearest.

    Of figures that are equal only the first explanation is kept.
    """
    good = sorted(
        [
            each
            if published.rounds(each.figure)
            else replace(each, cost=each.cost + 1, is_cut=True)
            for each in found
            if published.rounds(each.figure) or published.cuts(each.figure)
        ],
        key=lambda each: (each.cost, published.distance(each.figure)),
    )
    kept: dict[int, Candidate] = {}
    for each in good:
        if each.cost < good[0].cost + _FURTHER:
            kept.setdefault(each.figure, each)
    return list(kept.values())[:most]


def search(published: Published, forms: Iterable[Form]) -> tuple[list[Candidate], list[Candidate]]:
    """What a figure counts, and what comes nearest; forms that can only assume too much are left out."""
    tried: list[Candidate] = []
    for form in forms:
        found = matching(published, tried)
        if found and form.cost >= found[0].cost + _FURTHER:
            break
        tried += candidates([form])
    return matching(published, tried), nearest(published, tried)


def nearest(published: Published, found: Iterable[Candidate], most: int = 3) -> list[Candidate]:
    """The candidates that come nearest."""
    ordered = sorted(found, key=lambda c: (published.distance(c.figure), c.cost, c.text))
    kept: dict[int, Candidate] = {}
    for each in ordered:
        kept.setdefault(each.figure, each)
    return list(kept.values())[:most]


def at_sizes(
    graph: Graph,
    accepts: Callable[[Mapping[str, int]], bool],
    sides: Iterable[int] = (32, 96, 112, 128, 160, 192, 224, 227, 240, 256, 288, 299, 300, 320, 331,
                            380, 384, 448, 456, 512, 528, 600),
) -> Iterator[Mapping[str, int]]:  # fmt: skip
    """The sizes of square inputs that people use, where the network runs on them."""
    defaults = {name: symbol.default for name, symbol in graph.symbols.items()}
    for side in sides if defaults else ():
        sizes = dict.fromkeys(defaults, side)
        if sizes != defaults and accepts(sizes):
            yield sizes


def _sum(report: CostReport, figure: str, counts: Callable[[Node], bool]) -> int:
    """A figure of the layers that count."""
    nodes = [node for node in report.graph.order if counts(node)]
    return sum([getattr(report.of_node(node.path), figure) for node in nodes])


def _of_last_linear(report: CostReport) -> int:
    last = [n for n in report.graph.order if n.layer.kind == "linear" and not n.training_only]
    return report.of_node(last[-1].path).params if last else 0
