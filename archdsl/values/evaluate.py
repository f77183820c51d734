"""Expressions to values: exact numbers, a step budget, one message for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.shapes.dim import Dim, Product, default_of
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.functions import FUNCTIONS, ValueProblem
from archdsl.values.scope import MISSING, UNRESOLVED, Scope
from archdsl.values.value import (
    SKIP,
    BlockValue,
    ChainValue,
    FunctionValue,
    Given,
    LayerValue,
    ListValue,
    NetworkValue,
    describe,
    is_callable,
)

MAX_STEPS = 100_000
MAX_ITEMS = 1_000_000
MAX_CALL_DEPTH = 64


class Failed(Exception):
    """A value could not be had; the reason has been reported."""


class Evaluator:
    """Evaluates expressions against scopes and reports what fails.

    The elaborator extends it with what only a flow knows: named values, paths, figures.
    `sizes_allowed` says whether a comparison may ask about symbols (at their defaults).
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        self.steps = 0
        self.depth = 0
        self.sizes_allowed = False

    # What an elaborator adds

    def layer(self, name: str) -> Any:
        """The definition of a built-in layer, None where there is none."""
        return None

    def layer_names(self) -> tuple[str, ...]:
        """The names of all built-in layers, for suggestions."""
        return ()

    def path(self, expression: tree.Expression, scope: Scope) -> Any:
        """What a path stands for, MISSING where it stands for nothing."""
        return MISSING

    def attribute(self, value: Any, expression: tree.Attribute, scope: Scope) -> Any:
        """A field of a value, MISSING where it has none."""
        return MISSING

    # Reporting

    def fail(self, code: str, message: str, span: Span, **more: Any) -> Failed:
        """Report an error and give the exception to raise."""
        self.report.error(code, message, span, **more)
        return Failed()

    # Entry

    def evaluate(self, expression: tree.Expression, scope: Scope) -> Any:
        """The value of an expression.

        Raises:
            Failed: it has none; the reason has been reported.
        """
        self.steps = 0
        return self.value(expression, scope)

    def condition(self, expression: tree.Expression, scope: Scope) -> bool:
        """The value of an expression that must be true or false."""
        value = self.evaluate(expression, scope)
        if not isinstance(value, bool):
            raise self.fail(
                "E0509",
                f"a condition must be true or false, and this is {describe(value)}",
                expression.span,
            )
        return value

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
        raise self.fail("E0501", f"{what} must be a whole number, and this is {describe(value)}", span)

    # One method for each kind of expression

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

    def _name(self, expression: tree.Name, scope: Scope) -> Any:
        name = expression.name
        found = scope.find(name)
        if found is MISSING:
            if name in FUNCTIONS:
                return FUNCTIONS[name]
            definition = self.layer(name)
            if definition is not None:
                return LayerValue(name, definition, (), {})
            if name == "skip":
                return SKIP
            found = self.path(expression, scope)
            if found is MISSING:
                raise self.unknown(name, expression.span, scope)
        if found is UNRESOLVED:
            raise Failed
        return found

    def unknown(self, name: str, span: Span, scope: Scope) -> Failed:
        """Report a name that nothing declares."""
        known = [*scope.visible(), *FUNCTIONS, *self.layer_names()]
        guess = did_you_mean(name, known)
        return self.fail(
            "E0401",
            f"nothing here is called `{name}`",
            span,
            help=f"did you mean `{guess}`?" if guess else None,
        )

    def _number(self, expression: tree.Number, scope: Scope) -> Any:
        return expression.value

    def _percent(self, expression: tree.Percent, scope: Scope) -> Any:
        return expression.value

    def _size(self, expression: tree.SizeLiteral, scope: Scope) -> Any:
        return expression.sides

    def _string(self, expression: tree.String, scope: Scope) -> Any:
        return expression.text

    def _template(self, expression: tree.Template, scope: Scope) -> Any:
        parts: list[str] = []
        for part in expression.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            value = self.value(part, scope)
            if isinstance(value, bool) or not isinstance(value, int | str):
                raise self.fail(
                    "E0501",
                    f"a computed name takes whole numbers and texts, and this is {describe(value)}",
                    part.span,
                )
            parts.append(str(value))
        return "".join(parts)

    def _constant(self, expression: tree.Constant, scope: Scope) -> Any:
        return expression.value

    def _list(self, expression: tree.ListDisplay, scope: Scope) -> Any:
        return ListValue([self.value(item, scope) for item in expression.items])

    def _tuple(self, expression: tree.TupleDisplay, scope: Scope) -> Any:
        return tuple([self.value(item, scope) for item in expression.items])

    def _comprehension(self, expression: tree.Comprehension, scope: Scope) -> Any:
        result: list[Any] = []
        for item in self.items(self.value(expression.iterable, scope), expression.iterable.span):
            inner = Scope(scope)
            self.bind_targets(expression.targets, item, inner, expression.iterable.span)
            if expression.condition is not None:
                keep = self.value(expression.condition, inner)
                if not isinstance(keep, bool):
                    raise self.fail(
                        "E0509",
                        f"a condition must be true or false, and this is {describe(keep)}",
                        expression.condition.span,
                    )
                if not keep:
                    continue
            result.append(self.value(expression.element, inner))
        return ListValue(result)

    def items(self, value: Any, span: Span) -> tuple[Any, ...]:
        """What a loop goes over."""
        if isinstance(value, tuple):
            return value
        raise self.fail("E0501", f"a loop goes over a list, and this is {describe(value)}", span)

    def bind_targets(
        self, targets: tuple[tree.Target, ...], value: Any, scope: Scope, span: Span
    ) -> None:
        """Give the names of `let a, b = ...` or `for i, (k, c) in ...` their values."""
        if len(targets) == 1:
            self._bind_target(targets[0], value, scope, span)
            return
        self._unpack(targets, value, scope, span)

    def _bind_target(self, target: tree.Target, value: Any, scope: Scope, span: Span) -> None:
        if isinstance(target, tree.TupleTarget):
            self._unpack(target.items, value, scope, span)
        elif target.name != "_":
            self.declare(target, value, scope)

    def declare(self, target: tree.Name, value: Any, scope: Scope) -> None:
        """Bind a name, unless it hides one of an enclosing body or of the file."""
        before = scope.place(target.name)
        if before is not None:
            self.hidden(target, before)
        scope.bind(target.name, value, target.span)

    def hidden(self, target: tree.Name, before: Span) -> None:
        """Report a name that hides another."""
        from archdsl.diagnostics.diagnostic import Label

        self.report.error(
            "E0403",
            f"`{target.name}` is declared already",
            target.span,
            labels=[Label(before, "declared here")],
            help="give it another name",
        )

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

    def _call(self, expression: tree.Call, scope: Scope) -> Any:
        callee = self.value(expression.callee, scope)
        if isinstance(callee, FunctionValue):
            return self._apply(callee, expression, scope)
        if callable(callee):
            return self._builtin(callee, expression, scope)
        if is_callable(callee):
            given, keywords = self.arguments(expression.arguments, scope)
            return self.fill(callee, given, keywords, expression.span)
        raise self.fail(
            "E0409", f"this cannot be called: it is {describe(callee)}", expression.callee.span
        )

    def arguments(
        self, arguments: tuple[tree.Argument, ...], scope: Scope
    ) -> tuple[tuple[Given, ...], dict[str, Given]]:
        """The values of a call's arguments; every failing one is reported before giving up."""
        positional: list[Given] = []
        keywords: dict[str, Given] = {}
        failed = False
        for argument in arguments:
            try:
                value = self.value(argument.value, scope)
            except Failed:
                failed = True
                continue
            if argument.name is None:
                if keywords:
                    self.report.error(
                        "E0507",
                        "a positional argument cannot follow one with a name",
                        argument.span,
                    )
                    failed = True
                positional.append(Given(value, argument.value, scope))
            elif argument.name in keywords:
                self.report.error(
                    "E0507", f"`{argument.name}` is given twice in this call", argument.span
                )
                failed = True
            else:
                keywords[argument.name] = Given(value, argument.value, scope)
        if failed:
            raise Failed
        return tuple(positional), keywords

    def fill(
        self, callee: Any, positional: tuple[Given, ...], keywords: dict[str, Given], span: Span
    ) -> Any:
        """A block or layer with more of its arguments given."""
        match callee:
            case LayerValue(name, definition, before, named):
                return LayerValue(name, definition, before + positional, {**named, **keywords})
            case BlockValue(declaration, home, before, named):
                return BlockValue(declaration, home, before + positional, {**named, **keywords})
            case NetworkValue(declaration, home, before, named):
                return NetworkValue(declaration, home, before + positional, {**named, **keywords})
            case ChainValue(members, None):
                if positional or keywords:
                    raise self.fail(
                        "E0516", "no member of this chain takes further arguments", span
                    )
                return callee
            case ChainValue(members, open_member):
                filled = self.fill(members[open_member], positional, keywords, span)
                return ChainValue(
                    (*members[:open_member], filled, *members[open_member + 1 :]), open_member
                )
        if positional or keywords:
            raise self.fail("E0409", f"{describe(callee)} takes no arguments", span)
        return callee

    def _apply(self, function: FunctionValue, expression: tree.Call, scope: Scope) -> Any:
        positional, keywords = self.arguments(expression.arguments, scope)
        parameters = function.declaration.parameters
        if len(positional) > len(parameters):
            raise self.fail(
                "E0508",
                f"`{function.declaration.name.name}` takes {len(parameters)} arguments, "
                f"and {len(positional)} are given",
                expression.span,
            )
        inner = Scope(function.scope, is_boundary=True)
        names = {p.name for p in parameters}
        for name, given in keywords.items():
            if name not in names:
                guess = did_you_mean(name, sorted(names))
                raise self.fail(
                    "E0505",
                    f"`{function.declaration.name.name}` has no parameter `{name}`",
                    given.expression.span if given.expression else expression.span,
                    help=f"did you mean `{guess}`?" if guess else None,
                )
        if self.depth >= MAX_CALL_DEPTH:
            raise self.fail(
                "E0311", f"functions call each other more than {MAX_CALL_DEPTH} deep", expression.span
            )
        self.depth += 1
        try:
            for position, parameter in enumerate(parameters):
                if position < len(positional):
                    value = positional[position].value
                elif parameter.name in keywords:
                    value = keywords[parameter.name].value
                elif parameter.default is not None:
                    value = self.value(parameter.default, inner)
                else:
                    raise self.fail(
                        "E0506",
                        f"`{function.declaration.name.name}` needs `{parameter.name}`",
                        expression.span,
                    )
                inner.bind(parameter.name, value, parameter.span)
            return self.value(function.declaration.value, inner)
        finally:
            self.depth -= 1

    def _builtin(self, function: Callable[..., Any], expression: tree.Call, scope: Scope) -> Any:
        positional, keywords = self.arguments(expression.arguments, scope)
        if keywords:
            raise self.fail(
                "E0505",
                f"this function takes no argument by name, and `{next(iter(keywords))}` is given",
                expression.span,
            )
        try:
            result = function(*[given.value for given in positional])
        except ValueProblem as problem:
            raise self.fail(problem.code, str(problem), expression.span) from None
        except number.TooLarge:
            raise self._too_large(expression.span) from None
        if isinstance(result, tuple):
            self._charge(len(result), expression.span)
        return result

    def _charge(self, items: int, span: Span) -> None:
        self.steps += items
        if items > MAX_ITEMS or self.steps > MAX_STEPS * 10:
            raise self.fail("E0310", f"a list of {items:,} elements is too long", span)

    def _too_large(self, span: Span) -> Failed:
        return self.fail(
            "E0305", f"the number here would need more than {number.MAX_BITS:,} bits", span
        )

    def _attribute(self, expression: tree.Attribute, scope: Scope) -> Any:
        found = self._attribute_of_value(expression, scope)
        if found is MISSING:
            found = self.path(expression, scope)
        if found is MISSING:
            raise self.no_attribute(expression, scope)
        if found is UNRESOLVED:
            raise Failed
        return found

    def _attribute_of_value(self, expression: tree.Attribute, scope: Scope) -> Any:
        """The field of a value, MISSING where what stands before the dot is no value."""
        root = expression.value
        while isinstance(root, tree.Attribute | tree.Index):
            root = root.value
        if isinstance(root, tree.Name) and scope.find(root.name) is MISSING:
            return MISSING
        if not isinstance(root, tree.Name):
            return self.attribute(self.value(expression.value, scope), expression, scope)
        try_value = scope.find(root.name)
        if try_value is UNRESOLVED:
            raise Failed
        if isinstance(expression.value, tree.Attribute | tree.Index):
            inner: Any = MISSING
            if isinstance(expression.value, tree.Attribute):
                inner = self._attribute_of_value(expression.value, scope)
            else:
                inner = self.value(expression.value, scope)
            return MISSING if inner is MISSING else self.attribute(inner, expression, scope)
        return self.attribute(try_value, expression, scope)

    def no_attribute(self, expression: tree.Attribute, scope: Scope) -> Failed:
        """Report a dotted name that stands for nothing."""
        return self.fail(
            "E0404", f"nothing here is called `{expression.span.text}`", expression.span
        )

    def _index(self, expression: tree.Index, scope: Scope) -> Any:
        root: tree.Expression = expression
        while isinstance(root, tree.Attribute | tree.Index):
            root = root.value
        if isinstance(root, tree.Name) and scope.find(root.name) is MISSING:
            found = self.path(expression, scope)
            if found is not MISSING:
                return found
        value = self.value(expression.value, scope)
        index = self.value(expression.index, scope)
        if not isinstance(value, tuple):
            raise self.fail(
                "E0501", f"only lists have elements, and this is {describe(value)}", expression.span
            )
        position = self.whole(index, expression.index.span, "an index")
        if not -len(value) <= position < len(value):
            raise self.fail(
                "E0511",
                f"index {position} is outside a list of {len(value)} elements",
                expression.index.span,
            )
        return value[position]

    def _slice(self, expression: tree.Slice, scope: Scope) -> Any:
        value = self.value(expression.value, scope)
        if not isinstance(value, tuple):
            raise self.fail(
                "E0501", f"only lists have slices, and this is {describe(value)}", expression.span
            )
        bounds: list[int | None] = []
        for bound in (expression.start, expression.stop):
            bounds.append(
                None
                if bound is None
                else self.whole(self.value(bound, scope), bound.span, "a slice's bound")
            )
        self._charge(len(value), expression.span)
        return type(value)(value[bounds[0] : bounds[1]])

    def _negate(self, expression: tree.Negate, scope: Scope) -> Any:
        value = self.value(expression.operand, scope)
        if number.is_number(value) or isinstance(value, Dim):
            return -value
        raise self.fail("E0510", f"`-` takes a number, and this is {describe(value)}", expression.span)

    def _arithmetic(self, expression: tree.Arithmetic, scope: Scope) -> Any:
        operands = expression.operands
        result = self.value(operands[0], scope)
        for operator, operand in zip(expression.operators, operands[1:], strict=True):
            right = self.value(operand, scope)
            try:
                result = self._combine(operator, result, right, operand.span)
            except number.TooLarge:
                raise self._too_large(expression.span) from None
        return result

    def _combine(self, operator: str, left: Any, right: Any, span: Span) -> Any:
        if type(left) is int and type(right) is int:
            match operator:
                case "+":
                    return number.bounded(left + right)
                case "-":
                    return number.bounded(left - right)
                case "*":
                    return number.bounded(left * right)
        if isinstance(left, ListValue):
            if operator == "+" and isinstance(right, ListValue):
                self._charge(len(left) + len(right), span)
                return ListValue((*left, *right))
            if operator == "*" and type(right) is int:
                self._charge(len(left) * max(right, 0), span)
                return ListValue(tuple(left) * right)
        if isinstance(left, Dim) or isinstance(right, Dim):
            return self._combine_sizes(operator, left, right, span)
        if not number.is_number(left) or not number.is_number(right):
            wrong = right if number.is_number(left) else left
            raise self.fail(
                "E0510", f"`{operator}` takes numbers, and here is {describe(wrong)}", span
            )
        if operator in ("/", "//", "%") and right == 0:
            raise self.fail("E0504", f"{number.text(left)} {operator} 0 has no value", span)
        return self._combine_numbers(operator, left, right)

    def _combine_numbers(self, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, float) or isinstance(right, float):
            left, right = float(left), float(right)
            result = {
                "+": left.__add__,
                "-": left.__sub__,
                "*": left.__mul__,
                "/": left.__truediv__,
                "//": left.__floordiv__,
                "%": left.__mod__,
            }[operator](right)
            return number.from_float(result)
        a, b = Fraction(left), Fraction(right)
        match operator:
            case "+":
                exact = a + b
            case "-":
                exact = a - b
            case "*":
                exact = a * b
            case "/":
                exact = a / b
            case "//":
                return number.bounded(a // b)
            case _:
                exact = a % b
        return number.bounded(number.normal(exact))

    def _combine_sizes(self, operator: str, left: Any, right: Any, span: Span) -> Any:
        sizes = int | Dim
        if isinstance(left, sizes) and isinstance(right, sizes):
            if operator == "+":
                return left + right
            if operator == "-":
                return left - right
            if operator == "*" and (isinstance(left, int) or isinstance(right, int)):
                return left * right
            if operator in ("//", "%") and isinstance(right, int) and right > 0:
                return left // right if operator == "//" else left % right
        raise self.fail(
            "E0515",
            f"a size of the input can be added, multiplied by a whole number and divided by one "
            f"with `//` or `%`, and this is {_shown(left)} {operator} {_shown(right)}",
            span,
        )

    def _power(self, expression: tree.Power, scope: Scope) -> Any:
        base = self.value(expression.base, scope)
        exponent = self.value(expression.exponent, scope)
        if not number.is_number(base) or not number.is_number(exponent):
            wrong = exponent if number.is_number(base) else base
            raise self.fail(
                "E0510", f"`**` takes numbers, and here is {describe(wrong)}", expression.span
            )
        try:
            return number.power(base, exponent)
        except number.TooLarge:
            raise self._too_large(expression.span) from None
        except ZeroDivisionError:
            raise self.fail(
                "E0504", f"0 ** {number.text(exponent)} has no value", expression.span
            ) from None
        except (ValueError, OverflowError) as problem:
            raise self.fail("E0504", f"this power has no value: {problem}", expression.span) from None

    def _comparison(self, expression: tree.Comparison, scope: Scope) -> Any:
        left = self.value(expression.left, scope)
        right = self.value(expression.right, scope)
        return self.compare(expression, left, right)

    def compare(self, expression: tree.Comparison, left: Any, right: Any) -> bool:
        """The truth of a comparison whose sides are known."""
        operator = expression.operator
        if isinstance(left, Dim | Product) or isinstance(right, Dim | Product):
            if not self.sizes_allowed:
                raise self.fail(
                    "E0515",
                    "the input's size decides shapes, not the structure of the network, "
                    f"and this compares {_shown(left)} with {_shown(right)}",
                    expression.span,
                )
            left, right = _at_default(left), _at_default(right)
        if operator in ("==", "!="):
            same = _equal(left, right)
            return same if operator == "==" else not same
        if operator == "in":
            if not isinstance(right, tuple):
                raise self.fail(
                    "E0501", f"`in` takes a list, and this is {describe(right)}", expression.right.span
                )
            return any(_equal(left, item) for item in right)
        if not number.is_number(left) or not number.is_number(right):
            wrong, side = (
                (right, expression.right) if number.is_number(left) else (left, expression.left)
            )
            raise self.fail(
                "E0510", f"`{operator}` compares numbers, and here is {describe(wrong)}", side.span
            )
        return self.compare_numbers(expression, left, right)

    def compare_numbers(self, expression: tree.Comparison, left: Any, right: Any) -> bool:
        """`< <= > >= ~`, with the tolerance of `within`."""
        from archdsl.values.approximate import holds

        return holds(expression, left, right)

    def _not(self, expression: tree.Not, scope: Scope) -> Any:
        return not self._boolean(expression.operand, scope, "not")

    def _boolean(self, expression: tree.Expression, scope: Scope, word: str) -> bool:
        value = self.value(expression, scope)
        if not isinstance(value, bool):
            raise self.fail(
                "E0509", f"`{word}` takes true or false, and this is {describe(value)}", expression.span
            )
        return value

    def _logical(self, expression: tree.Logical, scope: Scope) -> Any:
        stop = expression.operator == "or"
        for operand in expression.operands:
            if self._boolean(operand, scope, expression.operator) is stop:
                return stop
        return not stop

    def _conditional(self, expression: tree.Conditional, scope: Scope) -> Any:
        condition = self._boolean(expression.condition, scope, "if")
        return self.value(expression.then if condition else expression.otherwise, scope)

    def _chain(self, expression: tree.Chain, scope: Scope) -> Any:
        members = [self.value(member, scope) for member in expression.members]
        for member, written in zip(members, expression.members, strict=True):
            if not is_callable(member):
                raise self.fail(
                    "E0409",
                    f"a chain is made of layers and blocks, and this is {describe(member)}",
                    written.span,
                )
        still_open = [i for i, member in enumerate(members) if self.lacks_arguments(member)]
        for first, second in pairwise(still_open):
            raise self.fail(
                "E0516",
                "two members of this chain lack arguments, so its call could not say whose they are",
                expression.members[second].span,
                notes=[f"the other is `{expression.members[first].span.text}`"],
                help="give one of them all its arguments here",
            )
        return ChainValue(tuple(members), still_open[0] if still_open else None)

    def lacks_arguments(self, member: Any) -> bool:
        """Whether a block or layer still needs an argument before it can run."""
        match member:
            case ChainValue(_, open_member):
                return open_member is not None
            case LayerValue() | BlockValue() | NetworkValue():
                return bool(self.missing(member))
        return False

    def missing(self, member: Any) -> list[str]:
        """The parameters a block or layer still needs."""
        return [
            name
            for position, (name, required) in enumerate(self.parameters(member))
            if required and position >= len(member.positional) and name not in member.keywords
        ]

    def parameters(self, member: Any) -> list[tuple[str, bool]]:
        """The parameters of a block or layer, each with whether it must be given."""
        if isinstance(member, LayerValue):
            return self.layer_parameters(member)
        return [(p.name, p.default is None) for p in member.declaration.parameters]

    def layer_parameters(self, member: LayerValue) -> list[tuple[str, bool]]:
        """The parameters of a built-in layer; only the elaborator knows definitions."""
        return []


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, Dim | Product) else (
        number.text(value) if number.is_number(value) else describe(value)
    )


def _at_default(value: Any) -> Any:
    return default_of(value) if isinstance(value, Dim | Product) else value


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_equal, map(_at_default, left), map(_at_default, right)))
    return bool(left == right)


_RULES: dict[type, Callable[[Evaluator, Any, Scope], Any]] = {
    tree.Name: Evaluator._name,
    tree.Number: Evaluator._number,
    tree.Percent: Evaluator._percent,
    tree.SizeLiteral: Evaluator._size,
    tree.String: Evaluator._string,
    tree.Template: Evaluator._template,
    tree.Constant: Evaluator._constant,
    tree.ListDisplay: Evaluator._list,
    tree.TupleDisplay: Evaluator._tuple,
    tree.Comprehension: Evaluator._comprehension,
    tree.Call: Evaluator._call,
    tree.Attribute: Evaluator._attribute,
    tree.Index: Evaluator._index,
    tree.Slice: Evaluator._slice,
    tree.Negate: Evaluator._negate,
    tree.Arithmetic: Evaluator._arithmetic,
    tree.Power: Evaluator._power,
    tree.Comparison: Evaluator._comparison,
    tree.Not: Evaluator._not,
    tree.Logical: Evaluator._logical,
    tree.Conditional: Evaluator._conditional,
    tree.Chain: Evaluator._chain,
}
