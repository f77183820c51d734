"""What a search tries: the points of finite domains, of a rule's parameters or a network's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Span
from archdsl.elaborate import scaling
from archdsl.elaborate.domains import points
from archdsl.elaborate.limits import DEFAULT_LIMITS
from archdsl.elaborate.state import Elaboration
from archdsl.syntax import tree
from archdsl.values.scope import Failed
from archdsl.values.value import Given, NetworkValue, ScalingValue

MAX_POINTS = 100_000


class Space(NamedTuple):
    """What is searched: the values of each parameter, and what they are parameters of."""

    network: NetworkValue
    rule: ScalingValue | None
    written: tree.Expression | None
    choices: Mapping[str, tuple[Any, ...]]

    @property
    def points(self) -> int:
        """How many points there are."""
        return prod(map(len, self.choices.values()))

    @property
    def call(self) -> Span:
        """Where what is searched is named."""
        if self.written is not None:
            return self.written.span
        return self.network.declaration.name.span


def space_of(
    network: NetworkValue,
    written: tree.Expression | None,
    arguments: Mapping[str, Given],
    report: Report,
) -> Space | None:
    """The points to be searched; None where there are none, which is reported.

    Args:
        network: The network as it is written.
        written: The rule to scale it by; without one its own parameters of type `scale` are
            searched.
        arguments: What is given to the network, and so is not searched.
        report: Takes what is wrong.
    """
    elaboration = Elaboration(report, DEFAULT_LIMITS, {})
    rule = None
    try:
        if written is None:
            known = scaling.declared(elaboration, network)
            searched = {
                name: each
                for name, each in known.items()
                if each.parameter.type == scaling.SCALE and each.bound is None
            }
        else:
            rule = scaling.rule_of(elaboration, written, network.scope)
            searched = {
                p.name: scaling.Declared(p, rule.scope, None)
                for p in rule.declaration.parameters
                if p.name not in rule.keywords
            }
        choices = {
            name: points(elaboration, each.parameter, each.scope) for name, each in searched.items()
        }
    except Failed:
        return None
    given = [name for name, values in choices.items() if values and name in arguments]
    if rule is None:
        choices = {name: values for name, values in choices.items() if name not in given}
    finite = {name: values for name, values in choices.items() if values}
    space = Space(network, rule, written, finite)
    if not finite:
        _nothing(space, searched, given if rule is None else (), report)
        return None
    if space.points > MAX_POINTS:
        sizes = " × ".join(f"{len(values)} of `{name}`" for name, values in finite.items())
        report.error(
            "E0434",
            f"the search would try {space.points:,} points, and at most {MAX_POINTS:,} are allowed",
            space.call,
            notes=[f"they are {sizes}"],
            help="give some of the parameters a value",
        )
        return None
    return space


def _nothing(
    space: Space, searched: Mapping[str, scaling.Declared], given: Sequence[str], report: Report
) -> None:
    """Report that nothing is left to be searched; `given` coefficients have a value."""
    if space.rule is not None:
        name = space.rule.declaration.name
        report.error(
            "E0433",
            f"no parameter of `{name.name}` is left open with a finite domain, so there is nothing "
            "to be searched",
            space.call,
            help="leave one open that has a finite domain: `alpha: float in 1.0..1.4 by 0.05`",
        )
        return
    name = space.network.declaration.name
    rules = _rules_for(space.network, searched)
    if given:
        help = f"without a value `{given[0]}` is searched"
    elif rules:
        help = f"search the parameters of a rule: {' or '.join(rules)}"
    else:
        help = "declare one: `width: scale in 0.5..2 by 0.25 = 1.0`"
    report.error(
        "E0433",
        f"`{name.name}` has no open parameter of type `scale` with a finite domain, so there is "
        "nothing to be searched",
        space.call,
        help=help,
    )


def _rules_for(network: NetworkValue, coefficients: Mapping[str, Any]) -> list[str]:
    """The options that name rules of a network's file which set nothing but these coefficients."""
    options: list[str] = []
    for name in network.scope.names:
        rule = network.scope.find(name)
        if not isinstance(rule, ScalingValue):
            continue
        declaration = rule.declaration
        if all(
            s.name.name in coefficients for s in declaration.body if isinstance(s, tree.Assignment)
        ):
            needs = any(parameter.default is None for parameter in declaration.parameters)
            options.append(f'--by "{name}(...)"' if needs else f"--by {name}")
    return options
