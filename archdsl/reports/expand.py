"""What `archc expand` says: the resolved network, its parts and nodes."""

from __future__ import annotations

from typing import Any

from archdsl.elaborate.expand_text import arguments_of, call_text, expand_text, port_text
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node
from archdsl.graph.region import Region
from archdsl.reports.plain import identity, plain


def text(graph: Graph) -> str:
    """One node a line, parts as comments."""
    return expand_text(graph)


def json(name: str, file: str, graph: Graph) -> dict[str, Any]:
    """The network with its regions in preorder and its nodes in the order in which they run."""
    return {
        **identity(name, file, graph),
        "regions": [_region(region) for region in graph.regions],
        "nodes": [_node(graph, node) for node in graph.order],
    }


def _region(region: Region) -> dict[str, Any]:
    declaration = region.declaration
    return {
        "id": region.id,
        "kind": str(region.kind),
        "name": region.name,
        "index": region.index,
        "path": region.path,
        "parent": region.parent,
        "declaration": None if declaration is None else declaration.name.name,
        "arguments": {key: plain(value) for key, value in region.arguments.items()},
        "file": region.span.source.path,
        "line": region.span.line,
    }


def _node(graph: Graph, node: Node) -> dict[str, Any]:
    return {
        "path": node.path,
        "weights": node.weights,
        "layer": node.layer.kind,
        "call": call_text(graph, node),
        "arguments": arguments_of(graph, node),
        "inputs": [port_text(graph, port) for port in node.inputs],
        "outputs": [
            {
                "shape": list(type.shape),
                "symbolic": [str(side) for side in type.dims],
                "dtype": type.dtype,
                "batched": type.batched,
            }
            for type in node.outputs
        ],
        "region": node.region,
        "training_only": node.training_only,
        "file": node.span.source.path,
        "line": node.span.line,
    }
