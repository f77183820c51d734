"""What the rules read: a network's nodes by kind, who takes their values, and where things are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from archdsl.analysis.lints.texts import Texts
from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.elaborate.infer import call_labels
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.graph.region import RegionKind
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree


class Reading:
    """A finished network as the rules read it; `texts` are the files that it was made of."""

    def __init__(self, graph: Graph, texts: Texts) -> None:
        self.graph = graph
        self._texts = texts
        self._kinds: dict[str, list[Node]] = {}
        for node in graph.order:
            kind = node.layer.kind
            known = self._kinds.get(kind)
            if known is None:
                self._kinds[kind] = [node]
            else:
                known.append(node)

    def of(self, *kinds: str) -> Iterator[Node]:
        """The nodes of some kinds of layer, kind by kind."""
        for kind in kinds:
            yield from self._kinds.get(kind, ())

    def by_step(self, *kinds: str) -> Iterator[list[Node]]:
        """The nodes of some kinds of layer, those that one step makes together."""
        steps: dict[int, list[Node]] = {}
        for kind in kinds:
            for node in self._kinds.get(kind, ()):
                # The tree's own span: one object for all that a step makes.
                steps.setdefault(id(node.span), []).append(node)
        yield from steps.values()

    def operand(self, node: Node) -> TensorType:
        """The type of what enters a layer first."""
        node_path, port = node.inputs[0]
        return self.graph.nodes[node_path].outputs[port]

    @cached_property
    def takers(self) -> dict[Port, list[Node]]:
        """For each value the nodes that take it."""
        found: dict[Port, list[Node]] = {}
        for node in self.graph.order:
            for port in node.inputs:
                found.setdefault(port, []).append(node)
        return found

    @cached_property
    def leaving(self) -> set[Port]:
        """The values that are outputs."""
        return {output.value.source for output in self.graph.outputs}

    # Where things are written

    def place(self, node: Node) -> Span:
        """Where a layer is written: in the `let` that a step calls, where that is so."""
        member = self._member(node)
        if member is None:
            return node.span
        return member.callee.span if isinstance(member, tree.Call) else member.span

    def argument(self, node: Node, field: str) -> tree.Expression | None:
        """What the text gives for an argument of a layer, None where it does not stand there."""
        written = node.expressions.get(field)
        member = None if written is not None else self._member(node)
        if isinstance(member, tree.Call):
            return next((a.value for a in member.arguments if a.name == field), None)
        return written

    def calls(self, node: Node) -> list[Label]:
        """The calls that led to a layer, innermost first."""
        labels = []
        if self.place(node) != node.span:
            labels.append(Label(node.span, "called here"))
        return labels + call_labels(node.origin)

    def everywhere(
        self, found: Sequence[Node], holds: Callable[[Node], bool]
    ) -> Iterator[list[Node]]:
        """The nodes found, by where they are written, where all that is written there is alike.

        A text that is right in some of its uses cannot be mended for the others.
        """
        if not found:
            return
        places: dict[Span, list[Node]] = {}
        for node in found:
            places.setdefault(self.place(node), []).append(node)
        words = {node.span.text for node in found}
        others = {
            self.place(node)
            for node in self.of(*{node.layer.kind for node in found})
            if node.span.text in words and not holds(node)
        }
        for place, nodes in places.items():
            if place not in others:
                yield nodes

    def _member(self, node: Node) -> tree.Expression | None:
        """The layer in a `let`, by itself or in a chain, that a step calls by the name of the `let`.

        None where the step names the layer.
        """
        region = self.graph.regions[node.region]
        chained = region.kind is RegionKind.CHAIN
        if not chained and node.span.text == node.layer.kind:
            return None
        value = self._texts.named(node.span)
        if not chained:
            return value if isinstance(value, tree.Call | tree.Name) else None
        if not isinstance(value, tree.Chain) or len(value.members) != len(region.members):
            return None
        return value.members[region.members.index(node)]


def called_apart(nodes: Iterable[Node]) -> Iterator[Node]:
    """Of the nodes that the same calls led to, the first: each of them gives the same finding."""
    seen: set[tuple[int, ...]] = set()
    for node in nodes:
        key = (id(node.span), *[id(site.span) for site in node.origin])
        if key not in seen:
            seen.add(key)
            yield node


def shape(type: TensorType) -> str:
    """`512×1×1`."""
    return "×".join(map(str, type.shape))


def at(node: Node, type: TensorType) -> str:
    """Where a layer stands in the network, and on what."""
    return f"at {node.path}, whose input is {shape(type)}"
