"""Instances: from a network to the template that it is of, with its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archdsl.diagnostics.diagnostic import Label
from archdsl.elaborate import parameters, scaling
from archdsl.elaborate.limits import MAX_INSTANCES
from archdsl.elaborate.state import Elaboration
from archdsl.syntax import tree
from archdsl.values.scope import Scope
from archdsl.values.value import Given, NetworkValue, describe


@dataclass(frozen=True, slots=True)
class Level:
    """One instance on the way to its template."""

    declaration: tree.InstanceDecl
    scope: Scope


@dataclass(frozen=True, slots=True)
class Resolved:
    """A network as a template with its arguments, and the instances around it, outermost first."""

    declaration: tree.NetworkDecl
    scope: Scope
    given: Mapping[str, Given]
    levels: tuple[Level, ...]


def is_concrete(declaration: tree.NetworkDecl | tree.InstanceDecl) -> bool:
    """Whether every parameter that a network declares has a default."""
    return all(p.default is not None for p in declaration.parameters)


def unfold(
    elaboration: Elaboration, network: NetworkValue, arguments: Mapping[str, Given]
) -> Resolved:
    """Follow instances to the template that they are of.

    Raises:
        Failed: one of them is of no network, of itself, or nested too deep; that has been reported.
    """
    levels: list[Level] = []
    while isinstance(network.declaration, tree.InstanceDecl):
        if len(levels) >= MAX_INSTANCES:
            raise elaboration.fail(
                "E0302",
                f"instances of instances, more than {MAX_INSTANCES} deep",
                network.declaration.name.span,
            )
        network, arguments = _unfold_one(elaboration, network, arguments, levels)
    declaration = network.declaration
    assert isinstance(declaration, tree.NetworkDecl)
    return Resolved(declaration, network.scope, {**network.keywords, **arguments}, tuple(levels))


def _unfold_one(
    elaboration: Elaboration,
    network: NetworkValue,
    arguments: Mapping[str, Given],
    levels: list[Level],
) -> tuple[NetworkValue, dict[str, Given]]:
    """From an instance to what it calls, with the arguments that are not its own passed on."""
    declaration = network.declaration
    assert isinstance(declaration, tree.InstanceDecl)
    arguments = {**network.keywords, **arguments}
    own = {p.name for p in declaration.parameters}
    scope = Scope(network.scope, is_boundary=True)
    parameters.bind_block(
        elaboration,
        declaration,
        {},
        (),
        {name: given for name, given in arguments.items() if name in own},
        scope,
        scope,
        declaration.name.span,
    )
    levels.append(Level(declaration, scope))
    base = elaboration.evaluate(declaration.base, scope)
    if not isinstance(base, NetworkValue):
        raise elaboration.fail(
            "E0408",
            f"an instance is of a network, and this is {describe(base)}",
            declaration.base.span,
        )
    circle = [level.declaration for level in levels]
    if base.declaration in circle:
        # Whichever of them was asked for, it is one mistake.
        circle = circle[circle.index(base.declaration) :]
        first = min(circle, key=lambda other: other.span.start)
        raise elaboration.fail(
            "E0418",
            f"`{first.name.name}` is an instance of itself",
            first.base.span,
            labels=[
                Label(other.base.span, "by way of this") for other in circle if other is not first
            ],
        )
    coefficients = _scaled(elaboration, levels, base)
    rest = {name: given for name, given in arguments.items() if name not in own}
    for name, given in rest.items():
        bound = base.keywords.get(name) or coefficients.get(name)
        if bound is not None:
            at = given.expression.span if given.expression is not None else declaration.name.span
            labels = (
                [Label(bound.expression.span, "bound here")] if bound.expression is not None else []
            )
            raise elaboration.fail(
                "E0420",
                f"`{name}` of `{declaration.name.name}` is bound already",
                at,
                labels=labels,
            )
    return base, {**rest, **coefficients}


def _scaled(elaboration: Elaboration, levels: list[Level], base: NetworkValue) -> dict[str, Given]:
    """The coefficients that the rule of the innermost instance so far gives to its base."""
    level = levels[-1]
    written = level.declaration.scaled
    if written is None:
        return {}
    for outer in levels[:-1]:
        if outer.declaration.scaled is not None:
            raise scaling.again(elaboration, written, outer.declaration.scaled)
    return scaling.apply(elaboration, written, base, level.scope)
