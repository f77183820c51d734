"""Equal block calls, elaborated once: where only the figures of a network are wanted.

What a block comes to is decided by its declaration, its arguments and the type of the value that
enters it: a block sees no names but those of its file. So a call whose arguments are plain values
is elaborated by itself the first time, and each further call that is alike is one node.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from archdsl.diagnostics.report import Report
from archdsl.elaborate import parameters, statements
from archdsl.elaborate.naming import holds_sole_call
from archdsl.elaborate.place import BROKEN, Body, Place
from archdsl.elaborate.rates import is_rate, rates_of
from archdsl.elaborate.state import Elaboration, Frame, RegionBuilder
from archdsl.graph.digest import Digest
from archdsl.graph.node import CallSite, Node, Port, Value
from archdsl.graph.region import RegionKind
from archdsl.layers.definition import InitialiserValue
from archdsl.layers.source import Input
from archdsl.shapes.dim import Dim, Product
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree
from archdsl.values.scope import Failed, Scope
from archdsl.values.value import BlockValue, ChainValue, Given, LayerValue, ListValue, SkipValue

ENTRY = "input.flow"
"""The path of what enters a block that is elaborated by itself."""


class Unlike(Exception):
    """An argument is a value of the flow, a share or the like: the call is like no other."""


class Digests:
    """What is known of block calls, over any number of elaborations of one program.

    `summarise` makes the digest of a block from its nodes, those of `ENTRY` first, and the value
    that leaves it; None where they are more than one value in and one out.
    """

    def __init__(self, summarise: Callable[[list[Node], Value, Value], Digest | None]) -> None:
        self.summarise = summarise
        self.known: dict[Hashable, Digest | None] = {}
        self.inferred: dict[Any, Any] = {}
        self._rates: dict[int, frozenset[str]] = {}

    def block_key(
        self, declaration: tree.BlockDecl, scope: Scope, values: Mapping[str, Any]
    ) -> Hashable:
        """What stands for a block with arguments: equal where the figures are.

        Raises:
            Unlike: an argument is no plain value.
        """
        rates = self._rates.get(id(declaration))
        if rates is None:
            rates = self._rates[id(declaration)] = rates_of(declaration, scope)
        return id(declaration), tuple(
            [
                (n, "rate") if n in rates and is_rate(v) else (n, self._key(v))
                for n, v in values.items()
            ]
        )

    def _key(self, value: Any) -> Hashable:
        """What stands for a plain value."""
        match value:
            case bool() | float():
                return type(value), value
            case None | int() | str() | Fraction() | Dim() | Product() | InitialiserValue():
                return value
            case tuple():
                return type(value) is ListValue, tuple([self._key(item) for item in value])
            case LayerValue(name, definition, positional, keywords):
                rate = definition.rate_field
                given = [
                    (n, "rate" if n == rate and is_rate(g.value) else self._key(g.value))
                    for n, g in sorted(keywords.items())
                ]
                return name, tuple([self._key(g.value) for g in positional]), tuple(given)
            case BlockValue(declaration, scope, keywords):
                values = {n: g.value for n, g in sorted(keywords.items())}
                return self.block_key(declaration, scope, values)
            case ChainValue(members, open_member):
                return ("->", open_member, *[self._key(member) for member in members])
            case SkipValue():
                return SkipValue
        raise Unlike


def run_alike(
    elaboration: Elaboration,
    digests: Digests,
    call: tuple[BlockValue, tuple[Given, ...], Mapping[str, Given]],
    step: tree.Step,
    scope: Scope,
    frame: Frame,
    body: Body,
) -> bool:
    """Run a block as one node; False where it has to be run as it is written."""
    flow = frame.value
    if not isinstance(flow, Value):
        return False
    callee, positional, keywords = call
    declaration = callee.declaration
    inner = Scope(callee.scope, is_boundary=True)
    inner.names["input"] = flow
    frame.value = BROKEN
    values, _ = parameters.bind_block(
        elaboration, declaration, callee.keywords, positional, keywords, inner, scope, step.span
    )
    try:
        key = (digests.block_key(declaration, callee.scope, values), flow.type)
    except Unlike:
        frame.value = flow
        return False
    if key in digests.known:
        digest = digests.known[key]
    else:
        digest = _digested(elaboration, digests, callee, values, flow.type, step, frame)
        digests.known[key] = digest
    if digest is None:
        frame.value = flow
        return False
    path = f"{body.prefix}{len(elaboration.order)}{body.suffix}"
    elaboration.position[path] = len(elaboration.order)
    outputs = (digest.leaving,)
    region = frame.region
    node = Node(path, path, None, digest, (flow.source,), outputs, region.id, step.span)
    if region.training_only:
        node = replace(node, training_only=True)
    elaboration.order.append(node)
    region.members.append(node)
    frame.value = Value(Port(path, 0), digest.leaving)
    body.place.value = frame.value
    body.place.is_closed = True
    return True


def _digested(
    elaboration: Elaboration,
    digests: Digests,
    callee: BlockValue,
    values: Mapping[str, Any],
    entering: TensorType,
    step: tree.Step,
    around: Frame,
) -> Digest | None:
    """Elaborate a block by itself, on a value of a type.

    Raises:
        Failed: that does not go; the reason has been reported.
    """
    declaration = callee.declaration
    apart = Elaboration(Report(), elaboration.limits, {}, elaboration.budget)
    apart.digests = digests
    apart.inferred = digests.inferred
    apart.written = elaboration.written
    apart.calls = elaboration.calls
    region = RegionBuilder(0, RegionKind.BLOCK, None, "", None, step.span, 0)
    region.declaration = declaration
    apart.regions.append(region)
    entry = Node(ENTRY, ENTRY, None, Input(), (), (entering,), 0, step.span)
    apart.order.append(entry)
    apart.position[ENTRY] = 0
    flow = Value(Port(ENTRY, 0), entering)
    body = Body("", "", Place())
    inner = Scope(callee.scope, is_boundary=True)
    inner.part = body.place
    inner.names["input"] = flow
    for parameter in declaration.parameters:
        inner.bind(parameter.name, values[parameter.name], parameter.span)
    frame = Frame(region, body, flow)
    frame.origin = (*around.origin, CallSite(declaration.name.name, step.callee.span))
    frame.outputs = []
    body.sole = holds_sole_call(apart, declaration.body, inner)
    statements.spend(apart, step.span)
    statements.run_body(apart, declaration.body, inner, frame)
    if apart.report.has_errors or not isinstance(frame.value, Value):
        elaboration.report.extend(apart.report)
        elaboration.unresolved |= apart.unresolved
        raise Failed
    if frame.outputs or apart.outputs:
        return None
    return digests.summarise(apart.order, flow, frame.value)
