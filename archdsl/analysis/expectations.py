"""Expectations: what a text claims of its network, held against the figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from archdsl.analysis.cost import CostReport
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Span
from archdsl.elaborate.limits import DEFAULT_LIMITS
from archdsl.elaborate.place import Place
from archdsl.elaborate.state import ATTRIBUTES, Elaboration, attribute_of
from archdsl.graph.graph import Expected, Graph
from archdsl.graph.node import Value
from archdsl.shapes.dim import Dim, Product, default_of
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree
from archdsl.syntax.format import unparse_expression
from archdsl.values.evaluate import Failed
from archdsl.values.scope import MISSING, Scope
from archdsl.values.value import ListValue, NetworkValue, shown

FIGURES = (
    "params",
    "trainable_params",
    "buffers",
    "macs",
    "flops",
    "activations",
    "depth",
    "receptive_field",
)
QUANTITIES = frozenset((*FIGURES, "memory", *ATTRIBUTES))
MEMORY = ("weights", "inference_peak", "training_saved")

Figures = Callable[[NetworkValue], tuple[Graph, CostReport] | None]


class Outcome(StrEnum):
    """The verdict on an expectation."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expectation as written, and what came of it.

    `left` and `right` are the two sides as they came out, where it is a comparison;
    `reason` says why it is unknown or not applicable.
    """

    text: str
    span: Span
    outcome: Outcome
    left: Any = None
    right: Any = None
    source: str | None = None
    reason: str | None = None

    def report_to(self, report: Report) -> None:
        """Add the diagnostic of an expectation that fails."""
        if self.outcome is not Outcome.FAILS:
            return
        notes = [f"expected by {self.source}"] if self.source is not None else []
        if self.left is not None:
            left = self.text.split(" ", 1)[0]
            message = f"`{self.text}` fails: {left} is {figure_text(self.left)}"
            if figure_text(self.right) not in self.text.replace("_", ","):
                message += f", and the other side {figure_text(self.right)}"
        else:
            message = f"`{self.text}` fails"
        report.error("E0803", message, self.span, notes=notes)


def figure_text(value: Any) -> str:
    """A figure as it is printed: whole numbers in groups of three digits."""
    if type(value) is int:
        return f"{value:,}"
    return shown(value)


class _Part:
    """What figures are asked of: a network, a region or a node of a graph."""

    __slots__ = ("graph", "node", "region", "report")

    def __init__(
        self, graph: Graph, report: CostReport, region: int | None, node: str | None
    ) -> None:
        self.graph = graph
        self.report = report
        self.region = region
        self.node = node

    def type(self) -> TensorType | None:
        """The type of the value that leaves the part."""
        if self.node is not None:
            return self.graph.nodes[self.node].type
        if self.region in (0, None):
            return self.graph.outputs[0].value.type if self.graph.outputs else None
        outputs = self.graph.regions[self.region or 0].outputs
        return outputs[0].type if outputs else None

    def figure(self, name: str) -> Any:
        """A figure of the part, MISSING where it has none of this name."""
        if name in ATTRIBUTES:
            type = self.type()
            return MISSING if type is None else _plain(attribute_of(type, name))
        if self.node is not None:
            row = self.report.of_node(self.node)
        elif self.region is not None:
            row = self.report.of_region(self.region)
        else:
            row = self.report.of_region(0)
        if name == "memory":
            return row.memory
        found = getattr(row, name, MISSING)
        return ListValue(found) if isinstance(found, tuple) else found


def _plain(value: Any) -> Any:
    if isinstance(value, Dim | Product):
        return default_of(value)
    if isinstance(value, tuple):
        return ListValue([default_of(d) for d in value])
    return value


class _Judge(Elaboration):
    """Evaluates expectations: names of figures first, then values and paths."""

    def __init__(self, graph: Graph, costs: CostReport, figures: Figures, report: Report) -> None:
        super().__init__(report, DEFAULT_LIMITS, {})
        self.graph = graph
        self.costs = costs
        self.figures = figures
        self.here = _Part(graph, costs, None, None)
        self.asks_symbols = False

    def value(self, expression: tree.Expression, scope: Scope) -> Any:
        if isinstance(expression, tree.Name) and expression.name in QUANTITIES:
            found = self.here.figure(expression.name)
            if found is MISSING:
                raise self.fail(
                    "E0802", f"there is no `{expression.name}` to speak of here", expression.span
                )
            return _whole_axes(expression.name, found)
        value = super().value(expression, scope)
        if isinstance(value, Dim | Product):
            self.asks_symbols = True
        return value

    def attribute(self, value: Any, expression: tree.Attribute, scope: Scope) -> Any:
        name = expression.name
        if isinstance(value, _Part):
            found = value.figure(name) if name in QUANTITIES else self._below(value, name)
            return _whole_axes(name, found)
        if isinstance(value, Place):
            if name in QUANTITIES:
                part = self._part_of(value)
                return _whole_axes(name, part.figure(name))
            return super().attribute(value, expression, scope)
        if isinstance(value, Value):
            if name in QUANTITIES and name not in ATTRIBUTES:
                part = _Part(self.graph, self.costs, None, value.node)
                return _whole_axes(name, part.figure(name))
            return _plain(super().attribute(value, expression, scope))
        if isinstance(value, NetworkValue):
            found_network = self.figures(value)
            if found_network is None:
                raise Failed
            part = _Part(*found_network, None, None)
            found = part.figure(name) if name in QUANTITIES else self._below(part, name)
            return _whole_axes(name, found)
        if name in MEMORY and hasattr(value, name):
            return getattr(value, name)
        return MISSING

    def _part_of(self, place: Place) -> _Part:
        return _Part(self.graph, self.costs, place.region, place.node)

    def _below(self, part: _Part, name: str) -> Any:
        """A part of another network, by its path."""
        before = part.graph.regions[part.region].path if part.region else ""
        path = f"{before}.{name}" if before else name
        for region in part.graph.regions:
            if region.path == path and region.name is not None:
                return _Part(part.graph, part.report, region.id, None)
        if path in part.graph.nodes:
            return _Part(part.graph, part.report, None, path)
        return MISSING


def _whole_axes(name: str, found: Any) -> Any:
    """A receptive field that is equal on all axes is one number."""
    if name == "receptive_field" and isinstance(found, tuple) and len(set(found)) == 1:
        return found[0]
    return found


def judge(graph: Graph, costs: CostReport, figures: Figures) -> tuple[Verdict, ...]:
    """The verdict on every expectation of a network, in text order.

    Args:
        graph: The network.
        costs: Its figures.
        figures: The graph and figures of another network that an expectation names.
    """
    if graph.arguments or graph.at:
        changed = ", ".join((*graph.arguments, *graph.at))
        return tuple(
            Verdict(
                unparse_expression(expected.item.condition),
                expected.item.span,
                Outcome.NOT_APPLICABLE,
                source=expected.item.source.text if expected.item.source else None,
                reason=f"{changed} differs from what is declared",
            )
            for expected in graph.expectations
        )
    return tuple(_judge(graph, costs, figures, expected) for expected in graph.expectations)


def _judge(graph: Graph, costs: CostReport, figures: Figures, expected: Expected) -> Verdict:
    item = expected.item
    text = unparse_expression(item.condition)
    source = item.source.text if item.source is not None else None
    report = Report()
    judge_ = _Judge(graph, costs, figures, report)
    judge_.here = _Part(graph, costs, expected.region, None)
    judge_.sizes_allowed = True
    condition = item.condition
    left = right = None
    try:
        if isinstance(condition, tree.Comparison):
            left = judge_.evaluate(condition.left, expected.scope)
            right = judge_.evaluate(condition.right, expected.scope)
            if condition.operator == "~" and condition.within is None and not _is_literal(condition.right):
                raise judge_.fail(
                    "E0802",
                    "`~` without `within` compares with a literal, whose digits say how exactly",
                    condition.span,
                    help="state a tolerance: `within 1%`",
                )
            outcome: Any = judge_.compare(condition, left, right)
        else:
            outcome = judge_.evaluate(condition, expected.scope)
    except Failed:
        reason = report.diagnostics[0].message if report.diagnostics else "it has no value"
        return Verdict(text, item.span, Outcome.FAILS, source=source, reason=reason)
    if judge_.asks_symbols:
        return Verdict(
            text,
            item.span,
            Outcome.UNKNOWN,
            source=source,
            reason="the exact set of legal sizes is not derived yet",
        )
    if not isinstance(outcome, bool):
        return Verdict(
            text, item.span, Outcome.FAILS, source=source, reason="it is neither true nor false"
        )
    verdict = Outcome.HOLDS if outcome else Outcome.FAILS
    return Verdict(text, item.span, verdict, left, right, source)


def _is_literal(expression: tree.Expression) -> bool:
    if isinstance(expression, tree.Negate):
        expression = expression.operand
    return isinstance(expression, tree.Number)


def failures(verdicts: tuple[Verdict, ...]) -> Report:
    """The diagnostics of the expectations that fail."""
    report = Report()
    for verdict in verdicts:
        if verdict.outcome is not Outcome.FAILS:
            continue
        if verdict.reason is not None:
            report.error("E0802", f"`{verdict.text}`: {verdict.reason}", verdict.span)
        else:
            verdict.report_to(report)
    return report


