"""`init` rules: how the weights of a body's layers start.

A rule speaks of the layers of the body that it stands in, those of the blocks called there too:
of one kind, or of a part by its path. The layer's own argument comes first, then the innermost
rule, among those of one body the last. Rules are applied once the network is built, so that it
does not matter whether they stand above or below the layers. An instance's own come later than
those of what it is made of, as its edits do, and win over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import bind, infer
from archdsl.elaborate.paths import (
    Segment,
    bracketed,
    find_segments,
    segments_in,
    segments_of,
    visible_paths,
)
from archdsl.elaborate.place import Broken, Place
from archdsl.elaborate.state import Elaboration, Frame, RegionBuilder
from archdsl.graph.node import Node
from archdsl.graph.region import RegionKind
from archdsl.layers import initialisation
from archdsl.layers.definition import (
    REQUIRED,
    Family,
    InitialiserValue,
    Kind,
    ParameterSpec,
    Reject,
    Weight,
)
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree
from archdsl.values.scope import MISSING, Exhausted, Failed, Scope
from archdsl.values.value import BlockValue, LayerValue


@dataclass(eq=False, slots=True)
class Met:
    """What all uses of one written rule have met: nodes it speaks of, and those that have each weight."""

    statement: tree.Init
    scope: Scope
    region: RegionBuilder
    kind: str | None
    nodes: list[Node] = field(default_factory=list)
    having: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    is_broken: bool = False


@dataclass(eq=False, slots=True)
class Rule:
    """A rule in one body: the kind of layer or the path that it speaks of, and first values by weight."""

    met: Met
    scope: Scope
    region: RegionBuilder
    kind: str | None
    path: list[Segment] | None
    values: Mapping[str, InitialiserValue]

    @property
    def depth(self) -> int:
        """How many regions stand around its body."""
        return sum(1 for _ in _around(self.region))


def run_init(elaboration: Elaboration, statement: tree.Init, scope: Scope, frame: Frame) -> None:
    """Take note of a rule, for `settle`; where blocks are digested it has nothing to speak of."""
    if elaboration.digests is not None:
        return
    try:
        kind, path = _target(elaboration, statement.target, scope)
        values = dict(_values(elaboration, statement, scope))
    except Exhausted:
        raise
    except Failed:
        return
    met = elaboration.met_rules.setdefault(id(statement), Met(statement, scope, frame.region, kind))
    elaboration.rules.append(Rule(met, scope, frame.region, kind, path, values))


def _target(
    elaboration: Elaboration, target: tree.Expression, scope: Scope
) -> tuple[str | None, list[Segment] | None]:
    """The kind of layer that a rule speaks of, else a path."""
    if isinstance(target, tree.Name):
        found = scope.find(target.name)
        if isinstance(found, LayerValue):
            return found.name, None
        if found is MISSING and elaboration.layer(target.name) is not None:
            return target.name, None
        return None, [target.name]
    if isinstance(target, tree.String | tree.Template):
        return None, segments_in(elaboration.evaluate(target, scope))
    return None, segments_of(elaboration, target, scope)


def _values(
    elaboration: Elaboration, statement: tree.Init, scope: Scope
) -> Iterator[tuple[str, InitialiserValue]]:
    """What a rule says of each weight.

    Raises:
        Failed: a value is no initialiser, or a weight stands there twice; that has been reported.
    """
    before: dict[str, tree.Assignment] = {}
    for assignment in statement.rules:
        name = assignment.name.name
        if name in before:
            raise elaboration.fail(
                "E0507",
                f"`{name}` is given twice in this rule",
                assignment.name.span,
                labels=[Label(before[name].name.span, "given here")],
            )
        before[name] = assignment
        value = elaboration.evaluate(assignment.value, scope)
        try:
            yield name, bind.convert(ParameterSpec(name, Kind.INITIALISER, REQUIRED), value)
        except bind.Unfit as unfit:
            raise elaboration.fail(
                unfit.code, unfit.message, assignment.value.span, help=unfit.help
            ) from None


# Applying


def settle(elaboration: Elaboration, mark: int = 0, *, override: bool = False) -> None:
    """Apply the rules from number `mark` on to the layers that there are.

    A weight that a rule has filled before keeps that, unless they `override`: then the network
    was finished, and these come later.
    """
    rules = elaboration.rules[mark:]
    del elaboration.rules[mark:]
    if not rules:
        return
    filled: dict[str, dict[str, InitialiserValue]] = {}
    innermost_last = sorted(rules, key=lambda rule: rule.depth)
    for rule in reversed(innermost_last):
        for node in _nodes(elaboration, rule):
            _fill(elaboration, rule, node, filled, override=override)
    _write(elaboration, filled)


def _nodes(elaboration: Elaboration, rule: Rule) -> Iterator[Node]:
    """The layers that a rule speaks of."""
    if rule.path is None:
        if rule.kind is not None:
            for node in _below(rule.region):
                if node.layer.kind == rule.kind:
                    yield node
        return
    place = find_segments(rule.path, rule.scope)
    if isinstance(place, Broken) or (isinstance(place, Place) and isinstance(place.value, Broken)):
        rule.met.is_broken = True
    if not isinstance(place, Place):
        return
    if place.node is not None:
        yield elaboration.order[elaboration.position[place.node]]
    elif place.region is not None:
        yield from _below(place.region)


def _below(region: RegionBuilder) -> Iterator[Node]:
    """The layers of a body and of what is called in it; those of a share where it is declared."""
    stack: list[Iterator[Node | RegionBuilder]] = [iter(region.members)]
    while stack:
        for member in stack[-1]:
            if not isinstance(member, RegionBuilder):
                if member.layer.family is not Family.INPUT:
                    yield member
            elif member.declared_in is None or _is_within(member.declared_in, region):
                stack.append(iter(member.members))
                break
        else:
            stack.pop()


def _around(region: RegionBuilder) -> Iterator[RegionBuilder]:
    parent = region.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _is_within(region: RegionBuilder, body: RegionBuilder) -> bool:
    return region is body or any(around is body for around in _around(region))


def _fill(
    elaboration: Elaboration,
    rule: Rule,
    node: Node,
    filled: dict[str, dict[str, InitialiserValue]],
    *,
    override: bool,
) -> None:
    """Note how a layer's weights start, where nothing that comes before the rule says it."""
    met = rule.met
    met.nodes.append(node)
    types = elaboration.operand_types(node)
    weights = {weight.name: weight for weight in node.layer.weights(*types) if weight.trainable}
    known = filled.setdefault(node.weights, {} if override else dict(node.initial))
    for name, init in rule.values.items():
        weight = weights.get(name)
        if weight is None:
            continue
        met.having[name] = met.having.get(name, 0) + 1
        if weight.init is not None or name in known or name in met.refused:
            continue
        try:
            _check(elaboration, node, types, weight, init)
        except Reject as reject:
            met.refused.add(name)
            _refuse(elaboration, rule, node, name, reject)
        else:
            known[name] = init


def _check(
    elaboration: Elaboration,
    node: Node,
    types: tuple[TensorType, ...],
    weight: Weight,
    init: InitialiserValue,
) -> None:
    """Refuse an initialiser that does not suit a weight, as it would be refused as an argument.

    Raises:
        Reject: it does not.
    """
    initialisation.check(replace(weight, init=init))
    layer = (
        initialisation.with_argument(node.layer, init) if weight.name == "weight" else node.layer
    )
    if layer is not node.layer:
        infer.types_of(elaboration, layer, types)


def _refuse(elaboration: Elaboration, rule: Rule, node: Node, name: str, reject: Reject) -> None:
    written = {a.name.name: a.value.span for a in rule.met.statement.rules}
    elaboration.report.error(
        reject.code,
        reject.message,
        written[name],
        labels=[Label(node.span, "the layer that it would fill")],
        notes=[f"at {node.path}"],
        help=reject.help,
    )


def _write(elaboration: Elaboration, filled: Mapping[str, Mapping[str, InitialiserValue]]) -> None:
    """Give the nodes their first values, every use of a share alike."""
    elaboration.rewrite(
        (position, replace(node, initial={**node.initial, **initial}))
        for position, node in enumerate(elaboration.order)
        if node.layer.family is not Family.INPUT and (initial := filled.get(node.weights))
    )


# What came of them


def report_unused(elaboration: Elaboration) -> None:
    """Report rules that speak of nothing, and weights that none of their layers has."""
    for met in elaboration.met_rules.values():
        if not met.nodes:
            if not met.is_broken:
                _speaks_of_nothing(elaboration, met)
            continue
        for assignment in met.statement.rules:
            if not met.having.get(assignment.name.name):
                _lacks(elaboration, met, assignment)


def _speaks_of_nothing(elaboration: Elaboration, met: Met) -> None:
    target = met.statement.target
    if met.kind is not None:
        kinds = sorted(
            {node.layer.kind for node in _below(met.region) if _trainable(elaboration, node)}
        )
        notes = [f"its layers with weights: {_listed(kinds)}"] if kinds else []
        elaboration.report.error(
            "E0440",
            f"no layer of {_body_text(met.region)} is a `{met.kind}`, so this rule fills nothing",
            target.span,
            notes=notes,
        )
        return
    written = target.span.text.strip('"')
    known = [*visible_paths(met.scope), *_kinds_with_weights(elaboration)]
    known += [_path_text(node, met.region) for node in _below(met.region)]
    help = did_you_mean(written, known)
    if isinstance(target, tree.Name) and isinstance(met.scope.find(target.name), BlockValue):
        help = f"a rule for the layers of `{written}` stands in its own body"
    elaboration.report.error(
        "E0440",
        f"no kind of layer and no part of {_body_text(met.region)} is called `{written}`",
        target.span,
        help=help,
    )


def _lacks(elaboration: Elaboration, met: Met, assignment: tree.Assignment) -> None:
    name = assignment.name.name
    node = met.nodes[0]
    types = elaboration.operand_types(node)
    names = dict.fromkeys(
        weight.name
        for node in met.nodes
        for weight in node.layer.weights(*elaboration.operand_types(node))
        if weight.trainable
    )
    buffers = {weight.name for weight in node.layer.weights(*types) if not weight.trainable}
    if name in buffers:
        fact = f"`{name}` is a buffer, which no rule fills"
    elif len(met.nodes) == 1:
        fact = f"`{node.path}` has no weight called `{name}`"
    else:
        fact = f"none of the {len(met.nodes)} layers of this rule has a weight called `{name}`"
    elaboration.report.error(
        "E0441",
        fact,
        assignment.name.span,
        labels=[Label(node.span, "a layer that it speaks of")],
        notes=[f"they have {_listed(names)}" if len(met.nodes) > 1 else f"it has {_listed(names)}"]
        if names
        else [],
        help=did_you_mean(name, names),
    )


def _trainable(elaboration: Elaboration, node: Node) -> bool:
    return any(weight.trainable for weight in node.layer.weights(*elaboration.operand_types(node)))


def _kinds_with_weights(elaboration: Elaboration) -> list[str]:
    return sorted(
        {n.layer.kind for n in elaboration.order if _is_layer(n) and _trainable(elaboration, n)}
    )


def _path_text(node: Node, region: RegionBuilder) -> str:
    """The path of a layer as it is written in a body."""
    return bracketed(node.weights.removeprefix(f"{region.path}."))


def _is_layer(node: Node) -> bool:
    return node.layer.family is not Family.INPUT


def _listed(names: Iterable[str]) -> str:
    *others, last = [f"`{name}`" for name in names]
    return f"{', '.join(others)} and {last}" if others else last


def _body_text(region: RegionBuilder) -> str:
    """A body as the text calls it."""
    if region.kind is RegionKind.NETWORK:
        return "the network"
    if region.kind is RegionKind.STAGE:
        return f"stage `{region.name}`"
    if region.called is not None:
        return f"`{region.called}`"
    return "this body"
