"""Arguments: the expression that the author wrote, and where the values of its names come from."""

from __future__ import annotations

from typing import Any

from archdsl.analysis.why.derivation import Derivation
from archdsl.elaborate.paths import bracketed
from archdsl.elaborate.requires import names_asked
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Value
from archdsl.graph.region import Region, RegionKind
from archdsl.graph.text_index import TextIndex
from archdsl.layers.definition import signature
from archdsl.syntax import tree
from archdsl.syntax.format import unparse_expression
from archdsl.values.scope import MISSING, Scope
from archdsl.values.value import FunctionValue, is_callable, shown

_LONGEST = 60


class Written:
    """What the text says of the arguments of a graph's layers."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._text = TextIndex(graph)

    def argument(self, node: Node, field: str, name: str, value: int, levels: int) -> Derivation:
        """Where a number of a layer's argument comes from; `name` is what a formula calls it."""
        expression = node.expressions.get(field)
        if expression is None:
            spec = next(spec for spec in signature(type(node.layer)) if spec.name == field)
            default = getattr(node.layer, field) == spec.default
            origin = "by default" if default else "filled in before the call"
            return Derivation(name, value, origin=origin, span=node.span)
        region = self._graph.regions[node.region]
        return self._expression(name, value, expression, region, levels)

    def _expression(
        self,
        name: str,
        value: int | str,
        expression: tree.Expression,
        region: Region,
        levels: int,
        origin: str = "",
    ) -> Derivation:
        """A value as the text of a region says it."""
        span = expression.span
        if isinstance(expression, tree.LITERALS):
            return Derivation(name, value, origin=origin, span=span)
        formula = unparse_expression(expression)
        asked = sorted(names_asked(expression), key=formula.find)
        if levels <= 0:
            return Derivation(name, value, formula, origin=origin, span=span, is_cut=bool(asked))
        found = [self._name(each, region, levels - 1) for each in asked]
        parts = tuple([part for part in found if part is not None])
        if formula == name and len(parts) == 1:
            return parts[0]
        return Derivation(name, value, formula, "", "", origin, span, parts)

    def _name(self, name: str, region: Region, levels: int) -> Derivation | None:
        """Where a name in the text of a region has its value from; None for functions and blocks."""
        around = self._with_text(region)
        scope: Scope | None = around.scope
        value = MISSING if scope is None else scope.find(name)
        if value is MISSING or is_callable(value):
            return None
        if isinstance(value, FunctionValue):
            called = f"{name}({', '.join([each.name for each in value.declaration.parameters])})"
            formula = unparse_expression(value.declaration.value)
            return Derivation(called, "", formula, span=value.declaration.span)
        said = _said(value)
        if isinstance(value, Value):
            return Derivation(name, said, origin=f"what leaves {bracketed(value.node)}")
        if callable(value):
            return None
        while around.declaration is None and name not in around.lets:
            if around.scope is not None and name in around.scope.names:
                return self._counted(name, said, around)
            if around.parent is None:
                break
            around = self._with_text(self._graph.regions[around.parent])
        span = None if scope is None else scope.place(name)
        if name in around.lets:
            written = self._text.constants(around, name)
            before = [each for each in written if span is None or each.span.start > span.start]
            if before:
                return self._expression(name, said, before[0], around, levels)
        elif name in around.arguments:
            return self._parameter(name, said, around, levels)
        return Derivation(name, said, span=span)

    def _counted(self, name: str, said: int | str, copy: Region) -> Derivation:
        """A name that a loop gives each of its copies."""
        number, copies = self._text.copies(copy)
        kind = "repeat" if copy.kind is RegionKind.REPEAT else "for"
        origin = f"in copy {number + 1} of {copies} of this `{kind}`"
        return Derivation(name, said, origin=origin, span=copy.span)

    def _parameter(self, name: str, said: int | str, region: Region, levels: int) -> Derivation:
        """A parameter of a block or a network: what the call gives it, else its default."""
        declaration = region.declaration
        assert declaration is not None
        called = f"{declaration.name.name}({name})"
        given = region.argument_expressions.get(name)
        if given is not None:
            outside = region if region.parent is None else self._graph.regions[region.parent]
            origin = f"given to `{declaration.name.name}`"
            return self._expression(name, said, given, outside, levels, origin)
        if region.parent is None and name in self._graph.arguments:
            return Derivation(name, said, origin="given with -D")
        for parameter in declaration.parameters:
            if parameter.name == name and parameter.default is not None:
                origin = f"the default of `{called}`"
                return self._expression(name, said, parameter.default, region, levels, origin)
        return Derivation(
            name, said, origin=f"given to `{declaration.name.name}`", span=region.span
        )

    def _with_text(self, region: Region) -> Region:
        """The region whose text a region's is part of."""
        while region.scope is None and region.parent is not None:
            region = self._graph.regions[region.parent]
        return region


def _said(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Value):
        return f"[{', '.join(map(str, value.type.shape))}]"
    said = shown(value)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."
