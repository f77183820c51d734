"""Inputs: the values a network is given, and the symbols of their sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import requires
from archdsl.elaborate.claims import NoCondition, claims
from archdsl.elaborate.limits import MAX_AXES
from archdsl.elaborate.state import Elaboration, Frame
from archdsl.graph.graph import InputSymbol, Requirement
from archdsl.graph.node import Node, Port, Value
from archdsl.layers.source import Input
from archdsl.shapes.condition import AtLeast, Equal
from archdsl.shapes.dim import Dim, default_of, symbol
from archdsl.shapes.tensor import DTYPE_BYTES, Length, TensorType
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.number import MAX_INTEGER
from archdsl.values.scope import UNRESOLVED, Failed, Scope


def run_input(elaboration: Elaboration, statement: tree.Input, scope: Scope, frame: Frame) -> None:
    """Declare an input; the flow starts at the first. Of a network in a network the flow is it."""
    region = frame.region
    if not isinstance(region.declaration, tree.NetworkDecl):
        raise elaboration.fail(
            "E0417", "an input stands in the body of a network, not in a part of it", statement.span
        )
    if region.parent is not None:
        _enter(elaboration, statement, scope, frame)
        return
    name = statement.name
    path = f"input.{name.name}"
    if path in elaboration.position:
        raise elaboration.fail(
            "E0405",
            f"there are two inputs called `{name.name}`",
            name.span,
            labels=[Label(elaboration.named[path, 0], "the other")],
        )
    try:
        type = _type(elaboration, statement, scope)
    except Failed:
        scope.bind(name.name, UNRESOLVED, name.span)
        scope.names.setdefault("input", UNRESOLVED)
        raise
    node = Node(path, path, name.name, Input(), (), (type,), frame.region.id, statement.span)
    elaboration.position[path] = len(elaboration.order)
    elaboration.order.append(node)
    frame.region.members.append(node)
    value = Value(Port(path, 0), type, (name.name,))
    elaboration.inputs.append(value)
    elaboration.named[path, 0] = name.span
    elaboration.declare(name, value, scope)
    if "input" not in scope.names:
        frame.value = value
        scope.names["input"] = value
    for written, length in zip(statement.dims, type.dims, strict=True):
        if isinstance(length, Dim) and not isinstance(written.value, tree.Name | tree.Number):
            condition = AtLeast(length, 1, "at least 1")
            elaboration.requirements.append(Requirement(condition, path, written.span))
    if statement.where is not None:
        _promise(elaboration, statement.where, scope)


def _enter(elaboration: Elaboration, statement: tree.Input, scope: Scope, frame: Frame) -> None:
    """Let the flow around a network take the place of its input, and its sizes that of the symbols."""
    name = statement.name
    call = frame.origin[-1]
    flow = frame.region.entry
    assert isinstance(flow, Value)
    is_second = "input" in scope.names
    scope.names["input"] = UNRESOLVED
    scope.bind(name.name, UNRESOLVED, name.span)
    if is_second:
        raise elaboration.fail(
            "E0444",
            f"`{call.name}` has several inputs, so that no flow can take their place",
            call.span,
            labels=[Label(name.span, "another input")],
        )
    dims = _entering(elaboration, statement, scope, flow)
    dtype = statement.dtype.name if statement.dtype is not None else "float32"
    wanted = TensorType(dims, dtype, not statement.unbatched)
    conditions = [
        Equal(own, length, f"{own}, which `{call.name}` takes")
        for own, length in zip(dims, flow.type.dims, strict=False)
        if own != length
    ]
    fits = (len(dims), dtype, wanted.batched) == (
        flow.type.rank,
        flow.type.dtype,
        flow.type.batched,
    )
    if not fits or not all(condition.holds for condition in conditions):
        raise elaboration.fail(
            "E0445",
            f"`{call.name}` takes {_described(statement, wanted)}, "
            f"and the flow is {_described(None, flow.type)}",
            call.span,
            labels=[Label(statement.span, "its input")],
            notes=[f"the flow is that of {flow.node}"],
        )
    elaboration.requirements += [
        Requirement(condition, flow.node, call.span)
        for condition in conditions
        if not condition.is_constant
    ]
    named = replace(flow, names=(*flow.names, name.name))
    del scope.names[name.name]
    elaboration.declare(name, named, scope)
    scope.names["input"] = frame.value = named
    if statement.where is not None:
        _promise(elaboration, statement.where, scope)


def _entering(
    elaboration: Elaboration, statement: tree.Input, scope: Scope, flow: Value
) -> tuple[Length, ...]:
    """The dimensions that an input declares, its symbols those of the flow."""
    dims: list[Length] = []
    for position, dim in enumerate(statement.dims):
        if dim.symbol is None:
            dims.append(_dimension(elaboration, dim, scope))
            continue
        size: Length = _positive(elaboration, elaboration.evaluate(dim.value, scope), dim.value)
        if position < flow.type.rank:
            size = flow.type.dims[position]
        elaboration.declare(dim.symbol, size, scope)
        dims.append(size)
    return tuple(dims)


def _described(written: tree.Input | None, type: TensorType) -> str:
    """A type as a message names it, of an input with its symbols as they are written."""
    if written is None:
        dims = [str(length) for length in type.shape]
    else:
        dims = [d.value.span.text if d.symbol is None else d.symbol.name for d in written.dims]
    dtype = "" if type.dtype == "float32" else f" of {type.dtype}"
    return f"[{', '.join(dims)}]{dtype}{'' if type.batched else ', unbatched'}"


def _type(elaboration: Elaboration, statement: tree.Input, scope: Scope) -> TensorType:
    """The type that an input declares; its symbols are declared on the way."""
    dims: list[int | Dim] = []
    failed = False
    for dim in statement.dims:
        try:
            dims.append(_dimension(elaboration, dim, scope))
        except Failed:
            failed = True
            if dim.symbol is not None:
                scope.names.setdefault(dim.symbol.name, UNRESOLVED)
    dtype = statement.dtype.name if statement.dtype is not None else "float32"
    if statement.dtype is not None and dtype not in DTYPE_BYTES:
        raise elaboration.fail(
            "E0501",
            f"no dtype is called `{dtype}`",
            statement.dtype.span,
            notes=[f"there are {', '.join(DTYPE_BYTES)}"],
            help=did_you_mean(dtype, DTYPE_BYTES),
        )
    if failed:
        raise Failed
    if not dims:
        raise elaboration.fail("E0503", "an input has at least one dimension", statement.span)
    if len(dims) > MAX_AXES:
        raise elaboration.fail(
            "E0307",
            f"a value has at most {MAX_AXES} axes, and this has {len(dims)}",
            statement.span,
        )
    type = TensorType(tuple(dims), dtype, not statement.unbatched)
    if type.elements > MAX_INTEGER:
        raise elaboration.fail(
            "E0308", f"a value of {type.elements:,} elements is beyond 2**63 - 1", statement.span
        )
    return type


def _dimension(elaboration: Elaboration, dim: tree.InputDim, scope: Scope) -> int | Dim:
    if dim.symbol is None:
        value = elaboration.evaluate(dim.value, scope)
        if isinstance(value, Dim):
            _check_extent(elaboration, value.value, dim.value)
            return value
        return _positive(elaboration, value, dim.value)
    name = dim.symbol.name
    default = _positive(elaboration, elaboration.evaluate(dim.value, scope), dim.value)
    if name in elaboration.symbols:
        raise elaboration.fail(
            "E0403",
            f"the symbol `{name}` has its default already",
            dim.symbol.span,
            labels=[Label(elaboration.symbols[name].span, "declared here")],
            help=f"for the same size write `{name}` alone",
        )
    default = elaboration.at.get(name, default)
    elaboration.symbols[name] = InputSymbol(name, default, dim.symbol.span)
    result = symbol(name, default)
    elaboration.declare(dim.symbol, result, scope)
    return result


def _positive(elaboration: Elaboration, value: Any, written: tree.Expression) -> int:
    size = elaboration.whole(value, written.span, "a dimension")
    _check_extent(elaboration, size, written)
    return size


def _check_extent(elaboration: Elaboration, size: int, written: tree.Expression) -> None:
    if size < 1:
        raise elaboration.fail(
            "E0503", f"a dimension must be at least 1, and this is {size}", written.span
        )
    if size > MAX_INTEGER:
        message = f"a dimension can be at most 2**63 - 1, and this is {number.shown(size)}"
        raise elaboration.fail("E0306", message, written.span)


def _promise(elaboration: Elaboration, where: tree.Expression, scope: Scope) -> None:
    """Hold the sizes at hand against `where`, and keep it as a condition on all."""
    reason = f"`where` promises `{where.span.text}`"
    try:
        holds = requires.holds_at_defaults(elaboration, where, scope)
        elaboration.sizes_allowed = True
        found = claims(elaboration, where, scope, reason)
    except Failed:
        return
    except NoCondition:
        elaboration.report.error(
            "E0515",
            f"`{where.span.text}` is no condition that sizes can be held against",
            where.span,
            help="compare with `==`, `!=`, `<`, `<=`, `>`, `>=` or `in`",
        )
        return
    finally:
        elaboration.sizes_allowed = False
    elaboration.requirements += [Requirement(claim, None, where.span) for claim in found]
    if not holds:
        known = [(name, scope.find(name)) for name in sorted(requires.names_asked(where))]
        sizes = [f"{n} = {default_of(v)}" for n, v in known if isinstance(v, Dim | int)]
        kept = f"which {', '.join(sizes)} does not keep" if sizes else "which no size keeps"
        elaboration.report.error("E0642", f"{reason}, {kept}", where.span)
