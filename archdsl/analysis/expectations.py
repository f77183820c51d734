"""Expectations: what a text claims of its network, held against the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from archdsl.analysis.cost import CostReport
from archdsl.analysis.legal_inputs import LegalInputs
from archdsl.analysis.memory import Memory
from archdsl.analysis.parts import QUANTITIES, EqualAxes, Part, concrete
from archdsl.analysis.size_claims import Undecided, not_equivalent, not_implied
from archdsl.diagnostics.diagnostic import Diagnostic
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate.claims import NoCondition, claims
from archdsl.elaborate.limits import DEFAULT_LIMITS
from archdsl.elaborate.paths import find_place
from archdsl.elaborate.place import Place
from archdsl.elaborate.requires import names_asked
from archdsl.elaborate.state import ATTRIBUTES, Elaboration
from archdsl.graph.graph import Expected, Graph
from archdsl.graph.node import Value
from archdsl.shapes.dim import Dim, symbol
from archdsl.syntax import tree
from archdsl.syntax.format import unparse_expression
from archdsl.values.operators import compare
from archdsl.values.scope import MISSING, Failed, Scope
from archdsl.values.value import NetworkValue, describe, shown

_OF_SIZES = frozenset({"macs", "flops", "activations", "memory"})
_MEMORY = ("weights", "inference_peak", "training_saved")

FiguresOf = Callable[[NetworkValue], tuple[Graph, CostReport] | None]


class Outcome(StrEnum):
    """The verdict on an expectation."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expectation, and what came of it.

    `left` and `right` are the two sides as they came out, where it is a comparison;
    `reason` says why it is unknown or not applicable, or why it has no value; `findings` are
    the diagnostics of one that fails.
    """

    item: tree.Expectation
    outcome: Outcome
    left: Any = None
    right: Any = None
    reason: str | None = None
    findings: tuple[Diagnostic, ...] = ()

    @property
    def text(self) -> str:
        """The expectation as written, in canonical form."""
        return unparse_expression(self.item.condition)

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.item.span

    @property
    def source(self) -> str | None:
        """What the author cites for it."""
        return self.item.source.text if self.item.source is not None else None


def figure_text(value: Any) -> str:
    """A figure as it is printed: whole numbers in groups of three digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{int(value):,}"
    return shown(value)


def judge(
    graph: Graph, costs: CostReport, figures: FiguresOf, legal: Callable[[], LegalInputs]
) -> tuple[Verdict, ...]:
    """The verdict on every expectation of a network, in text order.

    Args:
        graph: The network.
        costs: Its figures.
        figures: The graph and figures of another network that an expectation names.
        legal: Its legal inputs, asked for where an expectation speaks of their sizes.
    """
    if graph.arguments or graph.at:
        changed = (*graph.arguments, *graph.at)
        differ = "differs" if len(changed) == 1 else "differ"
        reason = f"{', '.join(changed)} {differ} from what is declared"
        return tuple(
            Verdict(expected.item, Outcome.NOT_APPLICABLE, reason=reason)
            for expected in graph.expectations
        )
    judge_ = _Judge(figures, legal)
    return tuple(
        Verdict(expected.item, Outcome.NOT_APPLICABLE, reason=f"`{graph.name}` edits the network")
        if expected.edited
        else judge_.verdict(expected, Part(graph, costs, expected.region))
        for expected in graph.expectations
    )


def failures(verdicts: Iterable[Verdict]) -> Report:
    """The diagnostics of the expectations that fail."""
    return Report([found for verdict in verdicts for found in verdict.findings])


def _failure(
    item: tree.Expectation,
    last: tuple[tree.Comparison, Any, Any] | None,
    fault: str = "",
    legal: str = "",
) -> Diagnostic:
    """The diagnostic of an expectation that is not met.

    It says what the sides of the comparison came to, or at which sizes it is wrong.
    """
    message = f"`{unparse_expression(item.condition)}` fails{fault and ': '}{fault}"
    if last is not None:
        condition, *values = last
        said = [
            f"{_side_text(side)} is {figure_text(value)}"
            for side, value in zip((condition.left, condition.right), values, strict=True)
            if not _says_itself(side)
        ]
        message += f": {', and '.join(said)}" if said else ""
    report = Report()
    notes = [f"expected by {item.source.text}"] if item.source is not None else []
    if fault:
        notes.append(f"legal is {legal}" if legal else "every size is legal")
    report.error("E0803", message, item.span, notes=notes)
    return report.diagnostics[0]


def _side_text(side: tree.Expression) -> str:
    """A side of a comparison as a message names it; what is bounded of memory is its peak."""
    text = unparse_expression(side)
    return f"{text}.inference_peak" if _is_memory(side) else text


def _is_memory(expression: tree.Expression) -> bool:
    return isinstance(expression, tree.Name | tree.Attribute) and expression.name == "memory"


def _says_itself(expression: tree.Expression) -> bool:
    """Whether an expression is its own value as written."""
    match expression:
        case tree.Negate(operand):
            return _says_itself(operand)
        case tree.ListDisplay(items) | tree.TupleDisplay(items):
            return all(map(_says_itself, items))
    return isinstance(expression, tree.Number | tree.String | tree.Constant | tree.SizeLiteral)


class _Judge(Elaboration):
    """Evaluates expectations: names of figures first, then values and paths.

    Sizes stand at their defaults unless `symbolic`; `asks_shapes` says that the shape of a value
    was asked for. `last` is the comparison made last, with its sides.
    """

    def __init__(self, figures: FiguresOf, legal: Callable[[], LegalInputs]) -> None:
        super().__init__(Report(), DEFAULT_LIMITS, {})
        self.figures = figures
        self.legal = legal
        self.sizes_allowed = True
        self.symbolic = False

    def verdict(self, expected: Expected, here: Part) -> Verdict:
        """The verdict on one expectation, which speaks of a part."""
        item = expected.item
        self.report = Report()
        self.here = here
        self.last: tuple[tree.Comparison, Any, Any] | None = None
        try:
            holds = self.claim(item.condition, expected.scope)
        except Failed:
            found = tuple(self.report.diagnostics)
            reason = found[0].message if found else "what it speaks of has errors"
            return Verdict(item, Outcome.FAILS, reason=reason, findings=found)
        sides: tuple[Any, Any] = (None, None)
        if isinstance(item.condition, tree.Comparison) and self.last is not None:
            sides = self.last[1:]
        if not holds:
            findings = (_failure(item, self.last),)
            return Verdict(item, Outcome.FAILS, *sides, findings=findings)
        if self._speaks_of_sizes(item.condition, expected.scope):
            return self._for_every_size(item, expected.scope, sides)
        return Verdict(item, Outcome.HOLDS, *sides)

    def _for_every_size(
        self, item: tree.Expectation, scope: Scope, sides: tuple[Any, Any]
    ) -> Verdict:
        """The verdict on an expectation that speaks of the inputs' sizes and holds at the defaults.

        One on sizes alone is what the legal sizes are; one on shapes holds at every legal size.
        """
        self.symbolic = True
        self.asks_shapes = False
        try:
            stated = claims(self, item.condition, scope, "")
            judged = not_implied if self.asks_shapes else not_equivalent
            fault = judged(self.legal(), stated)
        except (Undecided, NoCondition, Failed) as problem:
            why = str(problem) or "it is no condition on sizes"
            reason = f"it holds at the default sizes; of all sizes it cannot be told: {why}"
            return Verdict(item, Outcome.UNKNOWN, *sides, reason)
        finally:
            self.symbolic = False
        if fault is None:
            return Verdict(item, Outcome.HOLDS, *sides)
        findings = (_failure(item, None, fault, self.legal().text),)
        return Verdict(item, Outcome.FAILS, *sides, reason=fault, findings=findings)

    def claim(self, condition: tree.Expression, scope: Scope) -> bool:
        """Whether an expectation holds, sizes at their defaults.

        Raises:
            Failed: it is neither true nor false; why has been reported.
        """
        value = self.evaluate(condition, scope)
        if isinstance(value, bool):
            return value
        raise self.fail(
            "E0802",
            f"an expectation is true or false, and this is {describe(value)}",
            condition.span,
        )

    def value(self, expression: tree.Expression, scope: Scope) -> Any:
        match expression:
            case tree.Name(name) if name in QUANTITIES:
                return self.path(expression, scope)
            case tree.Name(name) if name in self.here.graph.symbols:
                if scope.find(name) is MISSING:
                    return symbol(name, self.here.graph.symbols[name].default)
            case tree.Comparison():
                return self._compared(expression, scope)
            case tree.Index():
                found = self._indexed(expression, scope)
                if found is not MISSING:
                    return found
        return super().value(expression, scope)

    def _speaks_of_sizes(self, condition: tree.Expression, scope: Scope) -> bool:
        """Whether an expectation names a symbol of the inputs' sizes."""
        named = names_asked(condition) & self.here.graph.symbols.keys()
        found = [scope.find(name) for name in named]
        return any(value is MISSING or isinstance(value, Dim) for value in found)

    # Comparisons

    def _compared(self, condition: tree.Comparison, scope: Scope) -> bool:
        """The truth of a comparison, sizes at their defaults."""
        if condition.operator == "~" and condition.within is None:
            literal = condition.right
            if isinstance(literal, tree.Negate):
                literal = literal.operand
            if not isinstance(literal, tree.Number):
                raise self.fail(
                    "E0802",
                    "`~` without `within` compares with a literal, whose digits say how exactly",
                    condition.span,
                    help="state a tolerance: `within 1%`",
                )
        left = _comparable(self.value(condition.left, scope))
        right = _comparable(self.value(condition.right, scope))
        if isinstance(left, EqualAxes) and isinstance(right, tuple):
            left = left.axes
        elif isinstance(right, EqualAxes) and isinstance(left, tuple):
            right = right.axes
        self.last = condition, left, right
        return compare(self, condition, left, right)

    # Figures of parts

    def path(self, expression: tree.Expression, scope: Scope) -> Any:
        match expression:
            case tree.Name(name) if name in QUANTITIES:
                return self._figure(self.here, name, expression, "this")
            case tree.Attribute(value, name) if name in QUANTITIES:
                base = self.path(value, scope)
                return MISSING if base is MISSING else self.attribute(base, expression, scope)
        return super().path(expression, scope)

    def attribute(self, value: Any, expression: tree.Attribute, scope: Scope) -> Any:
        name = expression.name
        match value:
            case Part():
                return self._of_part(value, expression)
            case NetworkValue():
                found = self.figures(value)
                if found is None:
                    raise self.fail(
                        "E0802",
                        f"`{expression.value.span.text}` cannot be built as it stands, "
                        "so it has no figures",
                        expression.value.span,
                    )
                return self._of_part(Part(*found), expression)
            case Memory() if name in _MEMORY:
                return getattr(value, name)
            case Place() if name in QUANTITIES:
                part = self.here.at(value)
                if part is not None:
                    return self._figure(part, name, expression, f"`{expression.value.span.text}`")
                return self._sized(super().attribute(value, expression, scope))
            case Value() if name in ATTRIBUTES:
                return self._sized(super().attribute(value, expression, scope))
            case Value() if name in QUANTITIES:
                part = self._labelled(expression.value, scope)
                part = part or Part(self.here.graph, self.here.report, node=value.node)
                return self._figure(part, name, expression, f"`{expression.value.span.text}`")
        return super().attribute(value, expression, scope)

    def _labelled(self, expression: tree.Expression, scope: Scope) -> Part | None:
        """The part with the label that also names a value: `block(8) as b` is all of the block."""
        found = find_place(self, expression, scope)
        if isinstance(found, Place) and found.region is not None:
            return self.here.at(found)
        return None

    def _of_part(self, part: Part, expression: tree.Attribute) -> Any:
        """A figure of another network's part, or what stands below it."""
        if expression.name in QUANTITIES:
            return self._figure(
                part, expression.name, expression, f"`{expression.value.span.text}`"
            )
        return part.below(expression.name) or MISSING

    def _figure(self, part: Part, name: str, expression: tree.Expression, of: str) -> Any:
        if self.symbolic and name in _OF_SIZES:
            raise Undecided(f"{name} grows with the sizes")
        found = part.figure(name)
        if found is not MISSING:
            own = part.graph is self.here.graph
            return self._sized(found) if own else concrete(found)
        shape = part.figure("shape")
        if shape is MISSING:
            reason = "nothing that leaves it is used"
        elif name in ATTRIBUTES:
            reason = f"its shape is {shown(concrete(shape))}"
        else:
            reason = "none of its values has spatial axes"
        raise self.fail("E0802", f"{of} has no {name}: {reason}", expression.span)

    def _sized(self, value: Any) -> Any:
        """A size or shape of a value: at the defaults, or over the symbols where that is asked."""
        if not self.symbolic:
            return concrete(value)
        self.asks_shapes = True
        return value

    def no_attribute(self, expression: tree.Attribute, scope: Scope) -> Failed:
        name = expression.name
        guess = None if name in QUANTITIES else did_you_mean(name, sorted(QUANTITIES))
        if guess is None:
            return super().no_attribute(expression, scope)
        text = expression.span.text
        return self.fail("E0404", f"nothing here is called `{text}`", expression.span, help=guess)

    def _indexed(self, expression: tree.Index, scope: Scope) -> Any:
        """A copy of another network's loop, or one axis of a receptive field."""
        base = expression.value
        if not _names_quantity(base) and not isinstance(_root(base, scope), NetworkValue):
            return MISSING
        value = self.value(base, scope)
        number = self.value(expression.index, scope)
        if isinstance(value, Part) and type(number) is int:
            copy = value.below(number)
            if copy is None:
                raise self.fail(
                    "E0404", f"nothing here is called `{expression.span.text}`", expression.span
                )
            return copy
        axes = value.axes if isinstance(value, EqualAxes) else ()
        if type(number) is int and -len(axes) <= number < len(axes):
            return axes[number]
        return MISSING


def _names_quantity(expression: tree.Expression) -> bool:
    return isinstance(expression, tree.Name | tree.Attribute) and expression.name in QUANTITIES


def _root(expression: tree.Expression, scope: Scope) -> Any:
    """What the first name of a path stands for, MISSING where it is no path."""
    while isinstance(expression, tree.Attribute | tree.Index):
        expression = expression.value
    return scope.find(expression.name) if isinstance(expression, tree.Name) else MISSING


def _comparable(value: Any) -> Any:
    """A side of a comparison: sizes at their defaults; a bound on `memory` is on its peak."""
    return value.inference_peak if isinstance(value, Memory) else concrete(value)
