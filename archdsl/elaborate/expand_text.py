"""`archc expand`: the resolved network as text, one node a line, for reading.

Every computed number stands as what it came to. Parts are comments, what they hold is indented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archdsl.graph.graph import Graph
from archdsl.graph.node import Node, Port
from archdsl.graph.region import Region, RegionKind
from archdsl.layers.definition import REQUIRED, InitialiserValue, Kind, ParameterSpec, signature
from archdsl.layers.source import Input
from archdsl.shapes.dim import Dim, Product
from archdsl.shapes.tensor import TensorType
from archdsl.values.value import shown

_WIDEST = 60
"""Columns that a path or a call may take before what follows moves to the right."""


def expand_text(graph: Graph) -> str:
    """The resolved network: parts as comments, a line for each node, the outputs and files of weights last.

    A node's line has its path, its call with every argument that was given or is not the
    default, the values it takes where they are not simply the line above, its shape, whether it
    is frozen, and what `init` rules say of its weights.
    """
    rows = list(_rows(graph))
    first = _width(left for left, call, _ in rows if call)
    second = _width(call for _, call, _ in rows if call)
    lines = [
        f"{left:<{first}}  {call:<{second}}  {shape}" if call else left
        for left, call, shape in rows
    ]
    return "".join(f"{line}\n" for line in lines)


def call_text(graph: Graph, node: Node) -> str:
    """The call of a node's layer, with every argument that was given or is not the default."""
    layer = node.layer
    words: list[str] = []
    for spec in signature(type(layer)):
        value = getattr(layer, spec.name)
        if spec.variadic:
            words += [_argument(graph, node, spec, item) for item in value]
        elif spec.default is REQUIRED:
            words.append(_argument(graph, node, spec, value))
        elif spec.name in node.expressions or value != spec.default:
            words.append(f"{spec.name}={_argument(graph, node, spec, value)}")
    return f"{layer.kind}({', '.join(words)})" if words else layer.kind


def port_text(graph: Graph, port: Port) -> str:
    """A value by the path of the node it comes from, with its number where the node has several."""
    several = len(graph.nodes[port.node].outputs) > 1
    return f"{port.node}[{port.port}]" if several else port.node


def arguments_of(graph: Graph, node: Node) -> dict[str, str]:
    """All arguments of a node's layer as they would be written, defaults included."""
    return {
        spec.name: _argument(graph, node, spec, getattr(node.layer, spec.name))
        for spec in signature(type(node.layer))
    }


def type_text(type: TensorType) -> str:
    """A shape with its symbols where it has some, and the dtype where it is not float32."""
    text = f"[{', '.join(map(str, type.shape))}]"
    if any(isinstance(d, Dim | Product) for d in type.dims):
        text += f" = [{', '.join(map(str, type.dims))}]"
    if type.dtype != "float32":
        text += f" {type.dtype}"
    return text if type.batched else f"{text} unbatched"


def _width(texts: Iterator[str]) -> int:
    return max((len(text) for text in texts if len(text) <= _WIDEST), default=0)


def _rows(graph: Graph) -> Iterator[tuple[str, str, str]]:
    """A comment alone, or a node's path, call and shape; indented by the parts around it."""
    root = graph.root
    arguments = ", ".join(f"{name} = {shown(v)}" for name, v in root.arguments.items())
    given = f": {arguments}" if arguments else ""
    yield f"# network {graph.name}{given} ({root.span.source.path}:{root.span.line})", "", ""
    before: Port | None = None
    paths: dict[str, int] = {}
    stack: list[tuple[str, Region, Iterator[Node | Region]]] = [("", root, iter(root.members))]
    while stack:
        indent, region, members = stack[-1]
        member = next(members, None)
        if member is None:
            stack.pop()
        elif isinstance(member, Region):
            heading = _heading(region, member, paths)
            if heading:
                yield f"{indent}# {heading}", "", ""
            stack.append((f"{indent}  " if heading else indent, member, iter(member.members)))
        else:
            call, shape = _node(graph, member, before)
            yield f"{indent}{member.path}", call, shape
            before = Port(member.path, 0)
    for output in graph.outputs:
        value = output.value
        training = " when training" if output.training_only else ""
        port = port_text(graph, Port(value.node, value.port))
        yield f"# output {output.name}{training} = {port} {type_text(value.type)}", "", ""
    for file in graph.weights:
        yield f'# weights "{file.written}"', "", ""


def _node(graph: Graph, node: Node, before: Port | None) -> tuple[str, str]:
    shape = "; ".join(type_text(type) for type in node.outputs)
    if isinstance(node.layer, Input):
        return "input", shape
    call = call_text(graph, node)
    if node.inputs != (before,):
        call += f" <- {', '.join(port_text(graph, port) for port in node.inputs)}"
    if node.frozen:
        shape += "  frozen"
    if node.initial:
        shape += f"  init {', '.join(f'{name} = {init}' for name, init in node.initial.items())}"
    return call, shape


def _heading(around: Region, region: Region, paths: dict[str, int]) -> str:
    """What a part is in the text; empty where it is notation alone.

    `paths` counts the paths of each join that were met.
    """
    match region.kind:
        case RegionKind.STAGE:
            text = f"stage {region.path}"
        case RegionKind.REPEAT | RegionKind.FOR:
            text = f"{region.kind}, copy {region.index}"
        case RegionKind.PATH if region.merge is not None:
            number = paths[region.merge] = paths.get(region.merge, 0) + 1
            label = f", {region.name}" if region.name is not None else ""
            text = f"path {number} of {region.merge}{label}"
        case RegionKind.SHARE:
            times = f", use {region.use}" if region.use > 1 else ""
            text = f"share {region.path}{times}"
        case RegionKind.OUTPUT:
            training = " when training" if region.training_only else ""
            text = f"output {region.path}{training}"
        case _:
            text = region.path if region.path != around.path else ""
    if region.declaration is not None:
        arguments = ", ".join(f"{name}={shown(v)}" for name, v in region.arguments.items())
        called = f"{region.called}({arguments})"
        text = f"{text}: {called}" if text else called
    if text and not region.members:
        text += ", which leaves the flow as it is"
    return text


def _argument(graph: Graph, node: Node, spec: ParameterSpec, value: Any) -> str:
    """An argument as it would be written."""
    if value is None:
        return "none"
    match spec.kind:
        case Kind.VALUE:
            return port_text(graph, node.inputs[value])
        case Kind.SIZE | Kind.PADDING:
            return _size(value)
        case Kind.LIST:
            return _list(value)
    return _value(value)


def _size(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple) and len(value) > 1 and all(type(n) is int for n in value):
        return "x".join(map(str, value))
    return _value(value)


def _list(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_list, value))}]"
    return _value(value)


def _value(value: Any) -> str:
    if isinstance(value, InitialiserValue):
        inside = ", ".join(f"{name}={_value(v)}" for name, v in value.arguments)
        return f"{value.name}({inside})" if inside else value.name
    return repr(value) if isinstance(value, float) else shown(value)
