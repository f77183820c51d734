"""Scaling: the coefficients of a rule, and the parameters of a network that they are given to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import parameters, requires
from archdsl.elaborate.domains import points
from archdsl.elaborate.limits import MAX_INSTANCES
from archdsl.elaborate.state import Elaboration
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.evaluate import Budget
from archdsl.values.scope import MISSING, Exhausted, Failed, Scope
from archdsl.values.value import Given, NetworkValue, ScalingValue, describe, shown

SCALE = "scale"
"""The type of the parameters that a rule may set."""

_TRIALS = 100
_TRIAL_STEPS = 200_000
"""What may be tried to find arguments that a rule allows: values of a parameter, steps in all."""


class Unmet(Failed):
    """A rule's arguments break a `require` of its own, and nothing was said of it."""


class Declared(NamedTuple):
    """A parameter that a network has, its own or its template's, and what binds it, if anything does.

    `scope` has the names that its declaration sees.
    """

    parameter: tree.Parameter
    scope: Scope
    bound: Given | None


def declared(elaboration: Elaboration, network: NetworkValue) -> dict[str, Declared]:
    """All parameters of a network by name: its own, then those of its templates."""
    return _declared(elaboration, network, MAX_INSTANCES)


def _declared(elaboration: Elaboration, network: NetworkValue, levels: int) -> dict[str, Declared]:
    declaration = network.declaration
    found = {p.name: Declared(p, network.scope, None) for p in declaration.parameters}
    if isinstance(declaration, tree.InstanceDecl) and levels:
        base = declaration.base
        word = base.callee if isinstance(base, tree.Call) else base
        written = base.arguments if isinstance(base, tree.Call) else ()
        template = network.scope.find(word.name) if isinstance(word, tree.Name) else MISSING
        if isinstance(template, NetworkValue):
            below = _declared(elaboration, template, levels - 1)
            open_names = iter([name for name, each in below.items() if each.bound is None])
            for argument in written:
                name = argument.name if argument.name is not None else next(open_names, None)
                if name in below:
                    given = Given(None, argument.value, None)
                    below[name] = below[name]._replace(bound=given)
            found = {**below, **found}
    for name, given in network.keywords.items():
        if name in found:
            found[name] = found[name]._replace(bound=given)
    return found


def apply(
    elaboration: Elaboration, written: tree.Expression, base: NetworkValue, scope: Scope
) -> dict[str, Given]:
    """What the rule behind `scaled` gives to a network's parameters.

    Raises:
        Failed: it is no rule, breaks its own `require`, or sets what the network does not take;
            every misfit has been reported.
    """
    rule = rule_of(elaboration, written, scope)
    coefficients = run_rule(elaboration, rule, written.span)
    check_taken(elaboration, rule, coefficients, base, written.span)
    return {name: Given(c.value, written, scope) for name, c in coefficients.items()}


def rule_of(elaboration: Elaboration, written: tree.Expression, scope: Scope) -> ScalingValue:
    """The scaling rule that an expression stands for.

    Raises:
        Failed: it stands for something else; that has been reported.
    """
    rule = elaboration.evaluate(written, scope)
    if isinstance(rule, ScalingValue):
        return rule
    raise elaboration.fail(
        "E0501",
        f"a network is scaled by a rule, and this is {describe(rule)}",
        written.span,
        help="declare one: `scaling NAME(phi) { width = 1.1 ** phi }`",
    )


def check_taken(
    elaboration: Elaboration,
    rule: ScalingValue,
    coefficients: Mapping[str, Coefficient],
    base: NetworkValue,
    call: Span,
) -> None:
    """Hold the coefficients of a rule against the open parameters of a network.

    Raises:
        Failed: the network does not take one; every such one has been reported.
    """
    known = declared(elaboration, base)
    failed = False
    for coefficient in coefficients.values():
        failed |= not _is_taken(elaboration, rule, coefficient, base, known, call)
    if failed:
        raise Failed


def _is_taken(
    elaboration: Elaboration,
    rule: ScalingValue,
    coefficient: Coefficient,
    base: NetworkValue,
    known: Mapping[str, Declared],
    call: Span,
) -> bool:
    """Whether a network has an open parameter of type `scale` for a coefficient; reported if not."""
    name = coefficient.written.name.name
    network = f"`{base.declaration.name.name}`"
    sets = f"`{rule.declaration.name.name}` sets `{name}`"
    here = coefficient.written.name.span
    at_call = Label(call, f"scales {network} here")
    found = known.get(name)
    scales = [n for n, each in known.items() if each.parameter.type == SCALE]
    if found is None:
        listed = ", ".join(f"`{n}`" for n in scales)
        elaboration.report.error(
            "E0430",
            f"{sets}, and {network} has no such parameter",
            here,
            labels=[at_call],
            notes=[f"its parameters of type `{SCALE}` are {listed}"] if scales else [],
            help=did_you_mean(name, scales)
            or (None if scales else f"declare one: `{name}: {SCALE} = 1.0`"),
        )
        return False
    if found.parameter.type != SCALE:
        is_typed = found.parameter.type is not None
        kind = f"is of type `{found.parameter.type}`" if is_typed else "has no type"
        elaboration.report.error(
            "E0430",
            f"{sets}, which {kind} in {network}: a rule sets parameters of type `{SCALE}`",
            here,
            labels=[Label(found.parameter.span, "declared here"), at_call],
            help=f"declare it `{name}: {SCALE}`",
        )
        return False
    if found.bound is not None:
        labels = [Label(here, "set here")]
        if found.bound.expression is not None:
            labels.append(Label(found.bound.expression.span, "and bound here"))
        elaboration.report.error(
            "E0431",
            f"{sets}, which {network} is given as an argument too",
            call,
            labels=labels,
            help="leave one of them out",
        )
        return False
    return True


class Coefficient(NamedTuple):
    """What a rule sets one parameter to, and where it says so."""

    written: tree.Assignment
    value: Any


def run_rule(
    elaboration: Elaboration, rule: ScalingValue, call: Span, *, explain: bool = True
) -> dict[str, Coefficient]:
    """The coefficients that a rule sets, by name.

    Raises:
        Failed: an argument or value does not suit, or a `require` of it does not hold; that has
            been reported.
        Unmet: a `require` does not hold, and nobody wants an explanation.
    """
    scope = Scope(rule.scope, is_boundary=True)
    parameters.bind_block(elaboration, rule.declaration, rule.keywords, (), {}, scope, scope, call)
    found: dict[str, Coefficient] = {}
    failed = False
    for statement in rule.declaration.body:
        try:
            match statement:
                case tree.Assignment(name=name):
                    coefficient = _coefficient(elaboration, statement, scope, call)
                    found[name.name] = Coefficient(statement, coefficient)
                    scope.bind(name.name, coefficient, name.span)
                case tree.Let(targets=targets, value=value):
                    result = elaboration.evaluate(value, scope)
                    elaboration.bind_targets(targets, result, scope, value.span)
                case tree.Require():
                    _require(elaboration, statement, rule, scope, call if explain else None)
        except Unmet:
            raise
        except Failed:
            failed = True
    if failed:
        raise Failed
    return found


def _coefficient(
    elaboration: Elaboration, statement: tree.Assignment, scope: Scope, call: Span
) -> Any:
    value = elaboration.evaluate(statement.value, scope)
    if number.is_number(value) and value > 0:
        return value
    raise elaboration.fail(
        "E0501",
        f"the coefficient `{statement.name.name}` must be a number above 0, and this is "
        f"{describe(value)}",
        statement.value.span,
        labels=[Label(call, "used here")],
    )


def _require(
    elaboration: Elaboration,
    statement: tree.Require,
    rule: ScalingValue,
    scope: Scope,
    call: Span | None,
) -> None:
    """Hold a rule's own `require`; where it fails report the nearest argument that meets it.

    Raises:
        Failed: it does not hold.
        Unmet: it does not, and there is no call to be blamed.
    """
    if requires.holds_at_defaults(elaboration, statement.condition, scope):
        return
    if call is None:
        raise Unmet
    name = rule.declaration.name.name
    written = {n: g.expression for n, g in rule.keywords.items() if g.expression is not None}
    help = _nearest(elaboration, rule, scope, call)
    raise requires.unmet(elaboration, statement, scope, written, name, call, help=help)


def _nearest(elaboration: Elaboration, rule: ScalingValue, scope: Scope, call: Span) -> str | None:
    """The one change of a parameter, within its domain and by fewest steps, that a rule allows."""
    steps = _TRIALS
    found = None
    trial = Elaboration(Report(), elaboration.limits, {}, Budget(_TRIAL_STEPS))
    for parameter in rule.declaration.parameters:
        name, value = parameter.name, scope.find(parameter.name)
        choices = points(elaboration, parameter, scope)
        if choices is None or not number.is_number(value):
            continue
        numbers = sorted(filter(number.is_number, choices), key=lambda c: abs(c - value))
        for distance, choice in enumerate(numbers[:steps]):
            given = {**rule.keywords, name: Given(choice, None, None)}
            other = ScalingValue(rule.declaration, rule.scope, given)
            try:
                run_rule(trial, other, call, explain=False)
            except Exhausted:
                return found
            except Failed:
                continue
            steps, found = distance, f"`{name}` = {shown(choice)} meets it"
            break
    return found


def again(elaboration: Elaboration, written: tree.Expression, before: tree.Expression) -> Failed:
    """Report a network that is scaled twice, and give the exception to raise."""
    return elaboration.fail(
        "E0432",
        "a network is scaled once, and what is scaled here is scaled already",
        before.span,
        labels=[Label(written.span, "by this rule")],
        help="scale what it is an instance of, or put both rules in one",
    )
