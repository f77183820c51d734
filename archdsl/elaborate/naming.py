"""Ordinals that do not depend on what was taken, and the calls that take their body's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.syntax import tree
from archdsl.values.scope import MISSING, UNRESOLVED, Scope
from archdsl.values.value import BlockValue, ChainValue, LayerValue, ShareValue

if TYPE_CHECKING:
    from archdsl.elaborate.state import Elaboration

_SILENT = (
    tree.Let,
    tree.Require,
    tree.Expect,
    tree.Init,
    tree.From,
    tree.Output,
    tree.Cite,
    tree.Freeze,
    tree.Weights,
)


def resolve_callee(elaboration: Elaboration, callee: tree.Expression, scope: Scope) -> Any:
    """What a step calls, without reporting or evaluating anything; MISSING where that is unknown."""
    if not isinstance(callee, tree.Name):
        return MISSING
    found = scope.find(callee.name)
    if found is MISSING:
        definition = elaboration.layer(callee.name)
        return MISSING if definition is None else LayerValue(callee.name, definition, (), {})
    return MISSING if found is UNRESOLVED else found


def holds_sole_call(
    elaboration: Elaboration, body: tuple[tree.FlowStatement, ...], scope: Scope
) -> bool:
    """Whether an unlabelled block call is all that a body holds (rule 5).

    `let`, `require`, `expect`, `init`, `from` and `output` do not count. An only `if` counts
    where every branch that is not empty holds such a call.
    """
    steps = [statement for statement in body if not isinstance(statement, _SILENT)]
    if len(steps) != 1:
        return False
    match steps[0]:
        case tree.Step(callee=callee, labels=()):
            return isinstance(
                resolve_callee(elaboration, callee, local_lets(elaboration, body, scope)),
                BlockValue,
            )
        case tree.If(then=then, otherwise=otherwise):
            arms = [arm for arm in (then, otherwise or ()) if arm]
            return bool(arms) and all(holds_sole_call(elaboration, arm, scope) for arm in arms)
    return False


def local_lets(
    elaboration: Elaboration, body: tuple[tree.FlowStatement, ...], scope: Scope
) -> Scope:
    """A scope in which the body's own plain `let NAME = BLOCK` can be looked up."""
    inner = scope
    for statement in body:
        match statement:
            case tree.Let(targets=(tree.Name(name),), value=value):
                callee = value.callee if isinstance(value, tree.Call) else value
                found = resolve_callee(elaboration, callee, inner)
                if found is not MISSING and inner.names.get(name, MISSING) is MISSING:
                    inner = Scope(inner)
                    inner.names[name] = found
    return inner


def count_kinds(
    elaboration: Elaboration,
    body: tuple[tree.FlowStatement, ...],
    scope: Scope,
    counts: dict[str, int],
) -> None:
    """Count the layers and blocks of a branch that is not taken (rule 4).

    Arguments are not evaluated; a callee that cannot be resolved counts nothing. Stages,
    copies, labelled paths, labelled chains and outputs are bodies of their own.
    """
    for statement in body:
        match statement:
            case tree.Step(callee=callee, labels=labels):
                _count_value(
                    resolve_callee(elaboration, callee, scope), counts, labelled=len(labels) == 1
                )
            case tree.Merge(kind=kind, paths=paths):
                counts[kind.name] = counts.get(kind.name, 0) + 1
                for path in paths:
                    if path.label is None and path.iterable is None:
                        count_kinds(elaboration, path.body, scope, counts)
            case tree.If(then=then, otherwise=otherwise):
                count_arms(elaboration, (then, otherwise or ()), scope, counts)


def count_arms(
    elaboration: Elaboration,
    arms: tuple[tuple[tree.FlowStatement, ...], ...],
    scope: Scope,
    counts: dict[str, int],
) -> None:
    """Count branches from one number; counting goes on from the highest."""
    results: list[dict[str, int]] = []
    for arm in arms:
        branch = dict(counts)
        count_kinds(elaboration, arm, scope, branch)
        results.append(branch)
    for branch in results:
        raise_counts(counts, branch)


def raise_counts(counts: dict[str, int], branch: dict[str, int]) -> None:
    """Go on from the highest number of a branch."""
    for kind, count in branch.items():
        if count > counts.get(kind, 0):
            counts[kind] = count


def _count_value(value: Any, counts: dict[str, int], *, labelled: bool) -> None:
    match value:
        case LayerValue(name=name):
            counts[name] = counts.get(name, 0) + 1
        case BlockValue(declaration=declaration):
            kind = declaration.name.name
            counts[kind] = counts.get(kind, 0) + 1
        case ChainValue(members):
            if not labelled:
                for member in members:
                    _count_value(member, counts, labelled=False)
        case ShareValue():
            pass
