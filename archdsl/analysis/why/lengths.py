"""Sides of values: the layer that last changed one, by which formula, and so on to the input."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from archdsl.analysis.why.derivation import LIKEWISE, Derivation
from archdsl.analysis.why.tracing import Traced, letters, traced
from archdsl.analysis.why.written import Written
from archdsl.elaborate.paths import bracketed
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.layers.definition import Family
from archdsl.shapes.dim import Dim, Product, Symbol, default_of
from archdsl.shapes.tensor import Length
from archdsl.shapes.traced import Leaf, Terms, leaf_of, leaves, terms_of, text


class Lengths:
    """Derives the sides of a graph's values, and the parts of any formula of a layer."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._written = Written(graph)
        self._traced: dict[str, Traced] = {}

    def traced(self, node: Node) -> Traced:
        """A node with names for its numbers."""
        found = self._traced.get(node.path)
        if found is None:
            found = self._traced[node.path] = traced(self._graph, node)
        return found

    def shape(self, port: Port, levels: int) -> tuple[Derivation, ...]:
        """The sides of a value in order; one that comes about as the one before is not told again."""
        type = self._graph.type_of(port)
        found: list[Derivation] = []
        before: Derivation | None = None
        for axis, letter in enumerate(letters(type.rank)):
            side = self.side(port, axis, f"{letter}_out", levels, is_asked=True)
            if before is not None and side.is_computed and self._alike(before, side):
                found.append(Derivation(side.name, side.value, origin=LIKEWISE))
            else:
                found.append(side)
                before = side
        return tuple(found)

    def side(
        self, port: Port, axis: int, name: str, levels: int, *, is_asked: bool = False
    ) -> Derivation:
        """Where one side of a value comes from, whatever leaves it as it is passed over.

        Of the layer that makes a value which `is_asked` about the rule is told in any case.
        """
        asked = port if is_asked else None
        while True:
            node = self._graph.nodes[port.node]
            length = node.outputs[port.port].dims[axis]
            if node.layer.family is Family.INPUT:
                return self._given(node, length, name)
            made = default_of(self.traced(node).outputs[port.port].dims[axis])
            came = self._unchanged(node, made, length, is_asked=port == asked)
            if came is None:
                break
            port, axis = came
        symbolic = str(length) if isinstance(length, Dim | Product) else ""
        origin = "" if port == asked else f"made by {bracketed(node.path)}"
        return self.formula(
            name, int(made), terms_of(made), node, levels, symbolic=symbolic, origin=origin
        )

    def _unchanged(
        self, node: Node, made: int, length: object, *, is_asked: bool
    ) -> tuple[Port, int] | None:
        """The operand's side that a layer leaves as it is; None where it makes another one.

        Of the layer that is asked about only what its rule hands on as it stands is passed over.
        """
        sides = self.traced(node).sides
        passed = leaf_of(made)
        names = [passed] if passed is not None else [] if is_asked else leaves(terms_of(made))
        for each in names:
            operand, axis = sides.get(each.name, (-1, 0))
            if operand >= 0:
                port = node.inputs[operand]
                if passed is not None or self._graph.type_of(port).dims[axis] == length:
                    return port, axis
        return None

    def formula(
        self,
        name: str,
        value: int,
        terms: Terms,
        node: Node,
        levels: int,
        *,
        symbolic: str = "",
        origin: str = "",
    ) -> Derivation:
        """A number that a layer's rule computes, with what it computes it from."""
        names = list(leaves(terms))
        if not names:
            return Derivation(name, value, symbolic=symbolic, origin=origin, span=node.span)
        alone = len(names) == 1 and text(terms, _name) == names[0].name
        formula = text(terms, _name)
        numbers = "" if alone else text(terms, _number)
        parts = tuple(self._parts(node, names, levels - 1)) if levels > 0 else ()
        if alone and parts:
            return _merged(name, parts[0], symbolic, origin)
        return Derivation(
            name, value, formula, numbers, symbolic, origin, node.span, parts, levels <= 0
        )

    def _parts(self, node: Node, names: list[Leaf], levels: int) -> list[Derivation]:
        """What each name in a formula of a layer stands for."""
        found: list[Derivation] = []
        told: set[str] = set()
        for each in names:
            self._part(node, each, levels, found, told)
        return found

    def _part(
        self, node: Node, each: Leaf, levels: int, found: list[Derivation], told: set[str]
    ) -> None:
        if each.name in told:
            return
        told.add(each.name)
        about = self.traced(node)
        if each.name in about.sides:
            operand, axis = about.sides[each.name]
            port = Port(node.path, 0) if operand < 0 else node.inputs[operand]
            side = self.side(port, axis, each.name, levels, is_asked=operand < 0)
            if any(side.is_computed and self._alike(other, side) for other in found):
                side = Derivation(side.name, side.value, origin=LIKEWISE)
            found.append(side)
        elif each.made is not None:
            formula, numbers = text(each.made, _name), text(each.made, _number)
            found.append(Derivation(each.name, each.value, formula, numbers))
            for inner in leaves(each.made):
                self._part(node, inner, levels, found, told)
        elif each.name in about.fields:
            field = about.fields[each.name]
            found.append(self._written.argument(node, field, each.name, each.value, levels))

    def _given(self, node: Node, length: Length, name: str) -> Derivation:
        """A side of an input: a number, or a size with a default."""
        if isinstance(length, Dim) and len(length.terms) == 1:
            atom = length.terms[0][0]
            if isinstance(atom, Symbol) and atom.name in self._graph.symbols:
                given = atom.name in self._graph.at
                origin = f"{atom.name}, given with --at" if given else f"the default of {atom.name}"
                span = self._graph.symbols[atom.name].span
                return Derivation(name, length.value, origin=origin, span=span)
        called = node.path.removeprefix("input.")
        side = length.value if isinstance(length, Dim | Product) else length
        return Derivation(name, side, origin=f"of the input {called}", span=node.span)

    def _alike(self, one: Derivation, other: Derivation) -> bool:
        """Whether two sides come about in the same way, each from its own side of the input."""
        symbols = "|".join(map(re.escape, self._graph.symbols)) or "(?!)"
        ends = re.compile(rf"\b(?:[A-Z][0-9]*(?=_(?:in|out)[0-9]*\b)|(?:{symbols})\b)")
        return _skeleton(one, ends) == _skeleton(other, ends)


def _merged(name: str, given: Derivation, symbolic: str, origin: str) -> Derivation:
    """What a formula that is one name comes to: `C_out = out = width = 128`."""
    said = given.name if given.formula in ("", given.name) else f"{given.name} = {given.formula}"
    whence = ", ".join([word for word in (origin, given.origin) if word])
    return replace(given, name=name, formula=said, symbolic=symbolic, origin=whence)


def _skeleton(derivation: Derivation, ends: re.Pattern[str]) -> tuple[object, ...]:
    strip: Callable[[str], str] = lambda said: ends.sub("_", said)  # noqa: E731
    return (
        strip(derivation.name),
        derivation.value,
        strip(derivation.formula),
        strip(derivation.symbolic),
        strip(derivation.origin),
        tuple([_skeleton(part, ends) for part in derivation.parts]),
    )


def _name(leaf: Leaf) -> str:
    return leaf.name


def _number(leaf: Leaf) -> str:
    return f"{leaf.value:_}"
