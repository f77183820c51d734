"""A network as a counter counts it: in all, by kind of layer, by layer."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property

from archdsl.analysis.counters.conventions import Convention
from archdsl.analysis.counters.seen import Seen
from archdsl.analysis.uses import Walk
from archdsl.graph.graph import Graph


@dataclass(frozen=True)
class Counting:
    """What a counter counts for each layer of a network in inference, for one sample.

    `nodes` and `macs` are by the path of the layer, `macs` our own multiply-accumulates.
    """

    graph: Graph
    convention: Convention
    nodes: Mapping[str, int]
    macs: Mapping[str, int]

    @cached_property
    def total(self) -> int:
        """All of it."""
        return sum(self.nodes.values())

    @cached_property
    def kinds(self) -> Mapping[str, tuple[int, int]]:
        """By kind of layer what the counter counts, and the multiply-accumulates; largest first."""
        found: dict[str, tuple[int, int]] = {}
        for path, counted in self.nodes.items():
            kind = self.graph.nodes[path].layer.kind
            before = found.get(kind, (0, 0))
            found[kind] = before[0] + counted, before[1] + self.macs[path]
        some = {kind: pair for kind, pair in found.items() if any(pair)}
        return dict(sorted(some.items(), key=lambda item: (-item[1][0], item[0])))


def count(
    graph: Graph, convention: Convention, as_modules: Container[str] | None = None
) -> Counting:
    """A network as a counter counts it.

    Args:
        graph: The network.
        convention: What is counted of each layer.
        as_modules: The paths of the layers without weights that stand as modules, where the others
            are functions; all do where it is not given.
    """
    walk = Walk(graph)
    nodes: dict[str, int] = {}
    macs: dict[str, int] = {}
    known: dict[tuple[int, bool, bool], tuple[int, int]] = {}
    for node, use in zip(graph.order, walk.uses, strict=True):
        if node.training_only:
            continue
        is_module = as_modules is None or node.path in as_modules
        is_still = as_modules is not None and node.frozen and node.layer.has_statistics
        key = id(use), is_module, is_still
        pair = known.get(key)
        if pair is None:
            seen = Seen(use, is_module=is_module, is_still=is_still)
            pair = known[key] = convention.count(seen), seen.macs
        nodes[node.path], macs[node.path] = pair
    return Counting(graph, convention, nodes, macs)
