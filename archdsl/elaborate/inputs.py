"""Inputs: the values a network is given, and the symbols of their sizes."""

from __future__ import annotations

from typing import Any

from archdsl.elaborate.state import Elaboration, Frame
from archdsl.graph.graph import InputSymbol
from archdsl.graph.node import Node, Value
from archdsl.layers.source import Input
from archdsl.shapes.dim import Dim, symbol
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType
from archdsl.syntax import tree
from archdsl.values.evaluate import Failed
from archdsl.values.number import MAX_INTEGER
from archdsl.values.scope import MISSING, Scope


def run_input(elaboration: Elaboration, statement: tree.Input, scope: Scope, frame: Frame) -> None:
    """Declare an input; the flow starts at the first."""
    if frame.origin or frame.region.parent is not None:
        raise elaboration.fail(
            "E0417", "an input stands in the body of a network, not in a part of it", statement.span
        )
    name = statement.name.name
    dtype = statement.dtype.name if statement.dtype is not None else "float32"
    if dtype not in DTYPE_BYTES:
        known = ", ".join(DTYPE_BYTES)
        raise elaboration.fail(
            "E0501",
            f"no dtype is called `{dtype}`",
            statement.dtype.span if statement.dtype is not None else statement.span,
            notes=[f"there are {known}"],
        )
    dims = tuple(_dimension(elaboration, dim, scope) for dim in statement.dims)
    if not dims:
        raise elaboration.fail("E0503", "an input has at least one dimension", statement.span)
    type = TensorType(dims, dtype, not statement.unbatched)
    if type.elements > MAX_INTEGER:
        raise elaboration.fail(
            "E0308", f"a value of {type.elements:,} elements is beyond 2**63 - 1", statement.span
        )
    path = f"input.{name}"
    if path in elaboration.position:
        raise elaboration.fail(
            "E0405", f"there are two inputs called `{name}`", statement.name.span
        )
    node = Node(
        path, path, name, Input(), (), (type,), frame.region.id, statement.span, (), {}
    )
    elaboration.position[path] = len(elaboration.order)
    elaboration.order.append(node)
    frame.region.members.append(node)
    value = Value(path, 0, type, (name,))
    elaboration.inputs.append(value)
    elaboration.named[(path, 0)] = statement.name.span
    elaboration.declare(statement.name, value, scope)
    if len(elaboration.inputs) == 1:
        frame.value = value
        scope.names["input"] = value
    if statement.where is not None:
        _check_promise(elaboration, statement, scope)


def _dimension(elaboration: Elaboration, dim: tree.InputDim, scope: Scope) -> int | Dim:
    if dim.symbol is None:
        value = elaboration.evaluate(dim.value, scope)
        if isinstance(value, Dim):
            return value
        return _positive(elaboration, value, dim.value)
    name = dim.symbol.name
    default = _positive(elaboration, elaboration.evaluate(dim.value, scope), dim.value)
    if name in elaboration.symbols:
        raise elaboration.fail(
            "E0403",
            f"the symbol `{name}` has its default already; a second use is a bare `{name}`",
            dim.symbol.span,
        )
    default = elaboration.at.get(name, default)
    elaboration.symbols[name] = InputSymbol(name, default, dim.symbol.span)
    result = symbol(name, default)
    if scope.names.get(name, MISSING) is not MISSING:
        elaboration.hidden(dim.symbol, scope.places.get(name, dim.symbol.span))
    scope.bind(name, result, dim.symbol.span)
    return result


def _positive(elaboration: Elaboration, value: Any, written: tree.Expression) -> int:
    size = elaboration.whole(value, written.span, "a dimension")
    if size < 1:
        raise elaboration.fail(
            "E0503", f"a dimension must be at least 1, and this is {size}", written.span
        )
    if size > MAX_INTEGER:
        raise elaboration.fail(
            "E0306", "a dimension can be at most 2**63 - 1", written.span
        )
    return size


def _check_promise(elaboration: Elaboration, statement: tree.Input, scope: Scope) -> None:
    """Hold the sizes at hand against `where`."""
    assert statement.where is not None
    elaboration.sizes_allowed = True
    try:
        holds = elaboration.condition(statement.where, scope)
    except Failed:
        return
    finally:
        elaboration.sizes_allowed = False
    if not holds:
        sizes = ", ".join(f"{s.name} = {s.default}" for s in elaboration.symbols.values())
        elaboration.report.error(
            "E0642",
            f"the size {sizes} is not among those that `where` promises",
            statement.where.span,
        )


