"""Expressions to values: exact numbers, a step budget, one message for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.shapes.dim import Dim, Product
from archdsl.syntax import tree
from archdsl.values import calling, displays, names, number, operators
from archdsl.values.calling import Declaration, Signature
from archdsl.values.functions import FUNCTIONS
from archdsl.values.scope import MISSING, Exhausted, Failed, Scope
from archdsl.values.value import Given, LayerValue, NetworkValue, describe, leaves

MAX_STEPS = 100_000
MAX_TOTAL_STEPS = 2_000_000
MAX_ITEMS = 1_000_000
MAX_DEPTH = 200
"""Of lists in lists."""


class Budget:
    """The steps that are left to all expressions of one file or network together."""

    __slots__ = ("left", "spent", "total")

    def __init__(self, total: int = MAX_TOTAL_STEPS) -> None:
        self.total = total
        self.left = total
        self.spent = False


class Evaluator:
    """Evaluates expressions against scopes and reports what fails.

    The elaborator extends it with what only a flow knows: named values, paths, figures.
    `sizes_allowed` says whether a comparison may ask about symbols (at their defaults);
    `unresolved` that a name was asked for whose failure stands in another report.
    """

    def __init__(self, report: Report, budget: Budget | None = None) -> None:
        self.report = report
        self.budget = budget or Budget()
        self.steps = 0
        self.elements = 0
        self.depth = 0
        self.outermost: Span | None = None
        self.sizes_allowed = False
        self.unresolved = False
        self._signatures: dict[int, Signature] = {}

    # What an elaborator adds

    def layer(self, name: str) -> Any:
        """The definition of a built-in layer, None where there is none."""
        return None

    def layer_names(self) -> tuple[str, ...]:
        """The names of all built-in layers, for suggestions."""
        return ()

    def layer_signature(self, callee: LayerValue) -> Signature:
        """What a built-in layer takes; only the elaborator knows definitions."""
        raise NotImplementedError

    def network_signature(self, callee: NetworkValue) -> Signature:
        """What a network takes: an instance also what its template has and it does not give."""
        return self.signature(callee.declaration)

    def path(self, expression: tree.Expression, scope: Scope) -> Any:
        """What a path stands for, MISSING where it stands for nothing."""
        return MISSING

    def attribute(self, value: Any, expression: tree.Attribute, scope: Scope) -> Any:
        """A field of a value, MISSING where it has none."""
        return MISSING

    def call(self, callee: Any, expression: tree.Call, scope: Scope) -> Any:
        """The call of what is neither a function nor a part of a flow, MISSING for no such call."""
        return MISSING

    # Reporting

    def fail(self, code: str, message: str, span: Span, **more: Any) -> Failed:
        """Report an error and give the exception to raise."""
        self.report.error(code, message, span, **more)
        return Failed()

    def silent(self) -> Failed:
        """The exception to raise for a name whose failure has been reported elsewhere."""
        self.unresolved = True
        return Failed()

    def too_large(self, span: Span) -> Failed:
        """Report a number beyond the bounds."""
        return self.fail(
            "E0305",
            f"the number here would need more than {number.MAX_BITS:,} bits, or is beyond 1.8e308",
            span,
        )

    def unknown(self, name: str, span: Span, scope: Scope) -> Failed:
        """Report a name that nothing declares."""
        known = [*scope.visible(), *FUNCTIONS, *self.layer_names()]
        return self.fail(
            "E0401", f"nothing here is called `{name}`", span, help=did_you_mean(name, known)
        )

    def no_attribute(self, expression: tree.Attribute, scope: Scope) -> Failed:
        """Report a dotted name that stands for nothing."""
        return self.fail(
            "E0404", f"nothing here is called `{expression.span.text}`", expression.span
        )

    # Budgets

    def spend(self, steps: int, span: Span) -> None:
        """Take steps from the budget that no expression takes."""
        self.budget.left -= steps
        self.settle(span)

    def settle(self, span: Span) -> None:
        """Begin another expression: the steps of the last one are taken from the budget."""
        self.budget.left -= self.steps + self.elements
        self.steps = self.elements = 0
        if self.budget.left < 0:
            if not self.budget.spent:
                self.budget.spent = True
                self.report.error(
                    "E0310",
                    f"the expressions of this text take more than {self.budget.total:,} steps together",
                    span,
                )
            raise Exhausted

    def charge(self, items: int, span: Span) -> None:
        """Count the elements of a list, before it is made."""
        self.elements += items
        if items > MAX_ITEMS:
            raise self.fail(
                "E0310", f"a list has at most {MAX_ITEMS:,} elements, and this {items:,}", span
            )
        if self.elements > MAX_ITEMS:
            raise self.fail(
                "E0310",
                f"the lists of this expression have more than {MAX_ITEMS:,} elements together",
                span,
            )

    def made(self, value: tuple[Any, ...], span: Span) -> Any:
        """A new list or tuple, whose lists may not hold too much together, nor be too deep."""
        if any(isinstance(item, tuple) for item in value):
            count = leaves(value, MAX_ITEMS, MAX_DEPTH)
            if count is None:
                raise self.fail("E0310", f"lists are nested more than {MAX_DEPTH} deep", span)
            self.charge(count, span)
        return value

    # Entry

    def evaluate(self, expression: tree.Expression, scope: Scope) -> Any:
        """The value of an expression.

        Raises:
            Failed: it has none; the reason has been reported.
        """
        self.settle(expression.span)
        return self.value(expression, scope)

    def condition(self, expression: tree.Expression, scope: Scope) -> bool:
        """The value of an expression that must be true or false."""
        self.settle(expression.span)
        return self.boolean(expression, scope, "a condition must be")

    def integer(self, expression: tree.Expression, scope: Scope, what: str) -> int:
        """The value of an expression that must be a whole number."""
        value = self.evaluate(expression, scope)
        return self.whole(value, expression.span, what)

    def whole(self, value: Any, span: Span, what: str) -> int:
        """A value that must be a whole number known without the input's size."""
        if type(value) is int:
            return value
        if isinstance(value, Dim | Product):
            raise self.fail(
                "E0515",
                f"{what} must be known whatever the input's size, and this is {value}",
                span,
            )
        if number.is_number(value):
            raise self.fail(
                "E0502",
                f"{what} must be a whole number, and this is {number.text(value)}",
                span,
                help="round it with `//`, `round` or `ceil`",
            )
        raise self.fail(
            "E0501", f"{what} must be a whole number, and this is {describe(value)}", span
        )

    def boolean(self, expression: tree.Expression, scope: Scope, says: str) -> bool:
        """The value of an expression within a running one that must be true or false."""
        value = self.value(expression, scope)
        if isinstance(value, bool):
            return value
        raise self.fail(
            "E0509", f"{says} true or false, and this is {describe(value)}", expression.span
        )

    def items(self, value: Any, span: Span) -> tuple[Any, ...]:
        """What a loop goes over."""
        if isinstance(value, tuple):
            return value
        raise self.fail("E0501", f"a loop goes over a list, and this is {describe(value)}", span)

    def signature(self, declaration: Declaration) -> Signature:
        """The signature that a declaration writes, worked out once."""
        found = self._signatures.get(id(declaration))
        if found is None:
            found = self._signatures[id(declaration)] = calling.signature_of(declaration)
        return found

    def arguments(
        self, written: tuple[tree.Argument, ...], scope: Scope
    ) -> tuple[tuple[Given, ...], dict[str, Given]]:
        """The values of the arguments of a step: those without and those with a name.

        Raises:
            Failed: one has none; every failing one has been reported.
        """
        if written:
            self.settle(written[0].span)
        return calling.arguments(self, written, scope)

    # Names that are bound

    def bind_targets(
        self, targets: tuple[tree.Target, ...], value: Any, scope: Scope, span: Span
    ) -> None:
        """Give the names of `let a, b = ...` or `for i, (k, c) in ...` their values."""
        if len(targets) == 1:
            self._bind_target(targets[0], value, scope, span)
        else:
            self._unpack(targets, value, scope, span)

    def _bind_target(self, target: tree.Target, value: Any, scope: Scope, span: Span) -> None:
        if isinstance(target, tree.TupleTarget):
            self._unpack(target.items, value, scope, span)
        elif target.name != "_":
            self.declare(target, value, scope)

    def _unpack(
        self, targets: tuple[tree.Target, ...], value: Any, scope: Scope, span: Span
    ) -> None:
        if not isinstance(value, tuple) or len(value) != len(targets):
            raise self.fail(
                "E0511",
                f"{len(targets)} names are bound here, and the value is {describe(value)}",
                span,
            )
        for target, item in zip(targets, value, strict=True):
            self._bind_target(target, item, scope, span)

    def declare(self, target: tree.Name, value: Any, scope: Scope) -> None:
        """Bind a name, unless it hides one of an enclosing body or of the file."""
        before = scope.place(target.name)
        if before is not None:
            self.report.error(
                "E0403",
                f"`{target.name}` is declared already",
                target.span,
                labels=[Label(before, "declared here")],
                help="give it another name",
            )
        scope.bind(target.name, value, target.span)

    def value(self, expression: tree.Expression, scope: Scope) -> Any:
        """The value of an expression, within the budget of the running evaluation."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise self.fail(
                "E0310",
                f"this expression takes more than {MAX_STEPS:,} steps to evaluate",
                expression.span,
            )
        return _RULES[type(expression)](self, expression, scope)


def _written(_evaluator: Evaluator, expression: Any, _scope: Scope) -> Any:
    """The value that a literal is written with."""
    return expression.value


_RULES: dict[type, Callable[[Any, Any, Scope], Any]] = {
    tree.Name: names.name,
    tree.Number: _written,
    tree.Percent: _written,
    tree.Constant: _written,
    tree.SizeLiteral: lambda _, expression, _scope: expression.sides,
    tree.String: lambda _, expression, _scope: expression.text,
    tree.Template: displays.template,
    tree.ListDisplay: displays.list_display,
    tree.TupleDisplay: displays.tuple_display,
    tree.Comprehension: displays.comprehension,
    tree.Call: calling.call,
    tree.Attribute: names.attribute,
    tree.Index: names.index,
    tree.Slice: names.slice_of,
    tree.Negate: operators.negate,
    tree.Arithmetic: operators.arithmetic,
    tree.Power: operators.power,
    tree.Comparison: operators.comparison,
    tree.Not: operators.negation,
    tree.Logical: operators.logical,
    tree.Conditional: operators.conditional,
    tree.Chain: calling.chain,
}
