"""What docstrings say: where a class comes from and which shapes go in and out."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Sequence

from archdsl.analysis.cost import cost
from archdsl.backend.expression import Expression, Literal, Name, names_in, written
from archdsl.backend.template import Input, Ref, Template
from archdsl.diagnostics.source import Span
from archdsl.graph.graph import Graph
from archdsl.shapes.tensor import TensorType

_AXES = ("", "L", "HW", "DHW")
_WIDTH = 96


def harmless(text: str) -> str:
    """Text of a file as a docstring may hold it: nothing ends the string, hides or runs backwards."""
    pieces = []
    for character in text:
        if character in '\\"':
            pieces.append(f"\\{character}")
        elif character.isprintable() and unicodedata.category(character) != "Cf":
            pieces.append(character)
        else:
            pieces.append(character.encode("unicode_escape").decode("ascii").replace("\\", "\\\\"))
    return "".join(pieces)


def place(span: Span) -> str:
    """`resnet.arch:11`, without the folder, which is not the same everywhere."""
    name = posixpath.basename(span.source.path.replace("\\", "/"))
    return f"{harmless(name)}:{span.line}"


def shape(type: TensorType) -> str:
    """`[3, 224, 224]`."""
    return f"[{', '.join(map(str, type.shape))}]"


def of_module(graph: Graph) -> str:
    """The docstring of the file: source, citation, inputs and outputs, figures."""
    span = graph.root.span
    source = posixpath.basename(span.source.path.replace("\\", "/"))
    lines = [f"{graph.name} of {harmless(source)}, written by archdsl."]
    if graph.root.doc:
        lines += ["", *_wrapped(graph.root.doc)]
    cite = graph.cite
    if cite is not None:
        end = "" if cite.title.text.endswith(("?", "!")) else "."
        said = f"{cite.authors.text}, {cite.year}: {cite.title.text}{end}"
        lines += ["", *_wrapped(said)]
    figures = cost(graph)
    counted = f"{figures.params:,} parameters, {figures.macs:,} MACs, depth {figures.depth}"
    given = ", ".join(f"{v.names[0]} {_dims(v.type)}" for v in graph.inputs)
    lines += ["", *_wrapped(f"{given} -> {_outputs(graph)}"), f"{counted}."]
    return "\n".join(['"""' + lines[0], *lines[1:], '"""'])


def _dims(type: TensorType) -> str:
    dtype = "" if type.dtype == "float32" else f" {type.dtype}"
    return f"{shape(type)}{dtype}{'' if type.batched else ' without a batch'}"


def _outputs(graph: Graph) -> str:
    outputs = graph.outputs
    if len(outputs) == 1:
        return _dims(outputs[0].value.type)
    return ", ".join(
        f"{o.name} {_dims(o.value.type)}{' when training' if o.training_only else ''}"
        for o in outputs
    )


def _wrapped(text: str) -> list[str]:
    """Text of the file in lines, escaped before it is broken so that no escape is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        safe = harmless(word)
        if line and len(line) + 1 + len(safe) > _WIDTH:
            lines.append(line)
            line = safe
        else:
            line = f"{line} {safe}" if line else safe
    return [*lines, line] if line else lines


def of_network(graph: Graph) -> str:
    """`image [3, 224, 224] -> [1000]; resnet.arch:21`."""
    given = ", ".join(f"{v.names[0]} {shape(v.type)}" for v in graph.inputs)
    main = ", ".join(
        shape(o.value.type) if len(graph.outputs) == 1 else f"{o.name} {shape(o.value.type)}"
        for o in graph.outputs
    )
    text = f"{given} -> {main}; {place(graph.root.span)}"
    return text if len(text) <= _WIDTH else place(graph.root.span)


def of_class(template: Template) -> str:
    """The shapes of a class's instances in its arguments' terms, and where it is declared."""
    region = template.unit.region
    span = region.span if region.declaration is None else region.declaration.span
    shapes = _shapes(template)
    text = place(span) if shapes is None else f"{shapes}; {place(span)}"
    return text if len(text) <= _WIDTH else place(span)


def _shapes(template: Template) -> str | None:
    units = template.units
    if not all(u.input_types and u.output_types for u in units):
        return None
    if len(units) == 1:
        entering, leaving = units[0].input_types, units[0].output_types
        return f"{', '.join(map(shape, entering))} -> {', '.join(map(shape, leaving))}"
    ranks = {
        (tuple(t.rank for t in u.input_types), tuple(t.rank for t in u.output_types)) for u in units
    }
    if len(ranks) > 1 or len(units[0].input_types) > 1:
        return None
    entering_axes = _axes(units[0].input_types[0].rank)
    if entering_axes is None:
        return None
    given = [_entering(template), *entering_axes]
    left: list[str] = []
    for position in range(len(units[0].output_types)):
        found = _leaving(template, position, given)
        if found is None:
            return None
        left.append(found)
    return f"[{', '.join(given)}] -> {', '.join(left)}"


def _entering(template: Template) -> str:
    """How many channels come in: a number, an argument, or `C`."""
    values = {u: u.input_types[0].channels for u in template.units}
    if len(set(values.values())) == 1:
        return str(next(iter(values.values())))
    said = template.channels.get(Input(0))
    names = [p.name for p in template.parameters if dict(p.values) == values]
    if isinstance(said, Name) and said.name in names:
        return said.name
    return names[0] if names else "C"


def _axes(rank: int) -> list[str] | None:
    return list(_AXES[rank - 1]) if 1 <= rank <= 4 else None


def _leaving(template: Template, position: int, given: Sequence[str]) -> str | None:
    """The shape of one output, None where no text holds for every instance."""
    types = [u.output_types[position] for u in template.units]
    ref: Ref | None = template.outputs[position] if template.outputs else None
    channels = template.channels.get(ref) if ref is not None else None
    known = {p.name for p in template.parameters}
    if channels is None or not set(names_in(channels)) <= known:
        channels = None
        same = {
            (u.input_types[0].channels, t.channels)
            for u, t in zip(template.units, types, strict=True)
        }
        if any(a != b for a, b in same):
            return None
    left = [given[0] if channels is None else written(channels)]
    for axis in range(1, types[0].rank):
        if axis >= len(given):
            return None
        sides = [
            (u.input_types[0].shape[axis], t.shape[axis])
            for u, t in zip(template.units, types, strict=True)
        ]
        found = _side(template, given[axis], sides)
        if found is None:
            return None
        left.append(found)
    return f"[{', '.join(left)}]"


def _side(template: Template, name: str, sides: Sequence[tuple[int, int]]) -> str | None:
    if all(a == b for a, b in sides):
        return name
    candidates: list[Expression] = [Name(p.name) for p in template.parameters]
    for a, b in sides[:1]:
        if b and a % b == 0:
            candidates.insert(0, Literal(a // b))
        elif a and b % a == 0 and all(b * x == a * y for x, y in sides):
            return f"{name} * {b // a}"
    for candidate in candidates:
        values = _values(template, candidate)
        if values is not None and all(a == b * v for (a, b), v in zip(sides, values, strict=True)):
            return f"{name} / {written(candidate)}"
    return None


def _values(template: Template, expression: Expression) -> list[int] | None:
    if isinstance(expression, Literal):
        return [expression.value] * len(template.units)
    for parameter in template.parameters:
        if isinstance(expression, Name) and parameter.name == expression.name:
            values = [parameter.values[u] for u in template.units]
            return values if all(type(v) is int for v in values) else None
    return None
