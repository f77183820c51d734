"""What operators make of values: arithmetic, powers, comparisons, logic, conditionals."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics.source import Span
from archdsl.shapes.dim import Dim, Product, default_of
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.scope import Scope
from archdsl.values.value import ListValue, describe

if TYPE_CHECKING:
    from archdsl.values.evaluate import Evaluator


def negate(evaluator: Evaluator, expression: tree.Negate, scope: Scope) -> Any:
    """`-a`."""
    value = evaluator.value(expression.operand, scope)
    if number.is_number(value) or isinstance(value, Dim):
        return -value
    raise evaluator.fail(
        "E0510", f"`-` takes a number, and this is {describe(value)}", expression.span
    )


def arithmetic(evaluator: Evaluator, expression: tree.Arithmetic, scope: Scope) -> Any:
    """`a + b - c`, from the left."""
    operands = expression.operands
    result = evaluator.value(operands[0], scope)
    for operator, operand in zip(expression.operators, operands[1:], strict=True):
        right = evaluator.value(operand, scope)
        try:
            result = _combine(evaluator, operator, result, right, operand.span)
        except number.TooLarge:
            raise evaluator.too_large(expression.span) from None
    return result


def _combine(evaluator: Evaluator, operator: str, left: Any, right: Any, span: Span) -> Any:
    if type(left) is int and type(right) is int:
        match operator:
            case "+":
                return number.bounded(left + right)
            case "-":
                return number.bounded(left - right)
            case "*":
                return number.bounded(left * right)
            case "//" if right:
                return left // right
            case "%" if right:
                return left % right
    if isinstance(left, ListValue):
        if operator == "+" and isinstance(right, ListValue):
            evaluator.charge(len(left) + len(right), span)
            return evaluator.made(ListValue((*left, *right)), span)
        if operator == "*" and type(right) is int:
            evaluator.charge(len(left) * max(right, 0), span)
            return evaluator.made(ListValue(tuple(left) * right), span)
    if isinstance(left, Dim) or isinstance(right, Dim):
        return _combine_sizes(evaluator, operator, left, right, span)
    if not number.is_number(left) or not number.is_number(right):
        wrong = right if number.is_number(left) else left
        raise evaluator.fail(
            "E0510", f"`{operator}` takes numbers, and here is {describe(wrong)}", span
        )
    if operator in ("/", "//", "%") and right == 0:
        raise evaluator.fail("E0504", f"{number.text(left)} {operator} 0 has no value", span)
    return _combine_numbers(operator, left, right)


def _combine_numbers(operator: str, left: Any, right: Any) -> Any:
    if isinstance(left, float) or isinstance(right, float):
        left, right = number.to_float(left), number.to_float(right)
        result = {
            "+": left.__add__,
            "-": left.__sub__,
            "*": left.__mul__,
            "/": left.__truediv__,
            "//": left.__floordiv__,
            "%": left.__mod__,
        }[operator](right)
        return number.from_float(result)
    a, b = left if isinstance(left, Fraction) else Fraction(left), right
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


def _is_size(value: Any) -> bool:
    return type(value) is int or isinstance(value, Dim)


def _combine_sizes(evaluator: Evaluator, operator: str, left: Any, right: Any, span: Span) -> Any:
    result: Any = None
    if _is_size(left) and _is_size(right):
        if operator == "+":
            result = left + right
        elif operator == "-":
            result = left - right
        elif operator == "*" and (type(left) is int or type(right) is int):
            result = left * right
        elif operator in ("//", "%") and type(right) is int and right > 0:
            result = left // right if operator == "//" else left % right
    if result is None:
        raise evaluator.fail(
            "E0515",
            "a size of the input can be added, multiplied by a whole number and divided by one "
            f"with `//` or `%`, and this is {_shown(left)} {operator} {_shown(right)}",
            span,
            help="`//` divides and rounds down" if operator == "/" else None,
        )
    number.bounded(default_of(result))
    return result


def power(evaluator: Evaluator, expression: tree.Power, scope: Scope) -> Any:
    """`base ** exponent`."""
    base = evaluator.value(expression.base, scope)
    exponent = evaluator.value(expression.exponent, scope)
    if isinstance(base, Dim) or isinstance(exponent, Dim):
        raise evaluator.fail(
            "E0515",
            f"a size of the input has no powers, and this is {_shown(base)} ** {_shown(exponent)}",
            expression.span,
        )
    if not number.is_number(base) or not number.is_number(exponent):
        wrong, side = (
            (exponent, expression.exponent) if number.is_number(base) else (base, expression.base)
        )
        raise evaluator.fail(
            "E0510", f"`**` takes numbers, and here is {describe(wrong)}", side.span
        )
    try:
        return number.power(base, exponent)
    except number.TooLarge:
        raise evaluator.too_large(expression.span) from None
    except ZeroDivisionError:
        raise evaluator.fail(
            "E0504", f"0 ** {number.text(exponent)} has no value", expression.span
        ) from None
    except number.NoRoot:
        raise evaluator.fail(
            "E0504",
            f"({number.text(base)}) ** {number.text(exponent)} is a root of a negative number, "
            "and has no value",
            expression.span,
        ) from None


def comparison(evaluator: Evaluator, expression: tree.Comparison, scope: Scope) -> bool:
    """`a == b` and the like."""
    left = evaluator.value(expression.left, scope)
    right = evaluator.value(expression.right, scope)
    return compare(evaluator, expression, left, right)


def compare(evaluator: Evaluator, expression: tree.Comparison, left: Any, right: Any) -> bool:
    """The truth of a comparison whose sides are known."""
    operator = expression.operator
    if isinstance(left, Dim | Product) or isinstance(right, Dim | Product):
        if not evaluator.sizes_allowed:
            raise evaluator.fail(
                "E0515",
                "the input's size decides shapes, not the structure of the network, "
                f"and this compares {_shown(left)} with {_shown(right)}",
                expression.span,
            )
        left, right = _at_default(left), _at_default(right)
    if operator in ("==", "!="):
        same = equal(left, right)
        return same if operator == "==" else not same
    if operator == "in":
        if not isinstance(right, tuple):
            raise evaluator.fail(
                "E0501", f"`in` takes a list, and this is {describe(right)}", expression.right.span
            )
        return any(equal(left, item) for item in right)
    if not number.is_number(left) or not number.is_number(right):
        wrong, side = (
            (right, expression.right) if number.is_number(left) else (left, expression.left)
        )
        raise evaluator.fail(
            "E0510", f"`{operator}` compares numbers, and here is {describe(wrong)}", side.span
        )
    from archdsl.values.approximate import holds

    return holds(expression, left, right)


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same; `true` is no number, and a size is compared as it is."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(
            equal(_at_default(a), _at_default(b)) for a, b in zip(left, right, strict=True)
        )
    return bool(left == right)


def negation(evaluator: Evaluator, expression: tree.Not, scope: Scope) -> bool:
    """`not a`."""
    return not evaluator.boolean(expression.operand, scope, "`not` takes")


def logical(evaluator: Evaluator, expression: tree.Logical, scope: Scope) -> bool:
    """`a and b` or `a or b`, no further than needed."""
    stop = expression.operator == "or"
    says = f"`{expression.operator}` takes"
    for operand in expression.operands:
        if evaluator.boolean(operand, scope, says) is stop:
            return stop
    return not stop


def conditional(evaluator: Evaluator, expression: tree.Conditional, scope: Scope) -> Any:
    """`if condition then a else b`."""
    holds = evaluator.boolean(expression.condition, scope, "`if` takes")
    return evaluator.value(expression.then if holds else expression.otherwise, scope)


def _shown(value: Any) -> str:
    if isinstance(value, Dim | Product):
        return str(value)
    return number.text(value) if number.is_number(value) else describe(value)


def _at_default(value: Any) -> Any:
    return default_of(value) if isinstance(value, Dim | Product) else value
