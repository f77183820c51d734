"""The values that expressions have besides numbers, texts, tuples and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from archdsl.diagnostics.source import Span
from archdsl.shapes.dim import Dim, Product
from archdsl.syntax import tree
from archdsl.values import number

if TYPE_CHECKING:
    from archdsl.values.scope import Scope


class ListValue(tuple[Any, ...]):
    """A list of the language: takes `+` and `* n`, which a tuple does not."""

    __slots__ = ()


class Given(NamedTuple):
    """An argument that was filled in: its value, the expression written, the scope it stands in.

    `name` is where its name stands, None for a positional one.
    """

    value: Any
    expression: tree.Expression | None
    scope: Scope | None
    name: Span | None = None


@dataclass(frozen=True, slots=True)
class LayerValue:
    """A built-in layer with some arguments filled in; `definition` is opaque here.

    `positional` are those that no parameter has a name for: the named values of a merge.
    """

    name: str
    definition: Any
    positional: tuple[Given, ...]
    keywords: Mapping[str, Given]


@dataclass(frozen=True, slots=True)
class BlockValue:
    """A declared block with some arguments filled in, and the scope it was declared in."""

    declaration: tree.BlockDecl
    scope: Scope
    keywords: Mapping[str, Given]


@dataclass(frozen=True, slots=True)
class NetworkValue:
    """A declared network with some arguments filled in, and the scope it was declared in."""

    declaration: tree.NetworkDecl | tree.InstanceDecl
    scope: Scope
    keywords: Mapping[str, Given]


@dataclass(frozen=True, slots=True)
class ScalingValue:
    """A declared scaling rule with some arguments filled in."""

    declaration: tree.ScalingDecl
    scope: Scope
    keywords: Mapping[str, Given]


@dataclass(frozen=True, slots=True)
class ShareValue:
    """A block or layer whose uses have one set of weights; `identity` tells shares apart."""

    name: str
    callee: Any
    identity: int


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A declared function of values, and the scope it was declared in."""

    declaration: tree.Def
    scope: Scope


@dataclass(frozen=True, slots=True)
class ChainValue:
    """`a -> b`: members in order; `open_member` is the one that takes the arguments of a call."""

    members: tuple[Any, ...]
    open_member: int | None


class SkipValue:
    """`skip`: the identity layer."""

    def __repr__(self) -> str:
        return "skip"


SKIP = SkipValue()

_CALLABLE = (LayerValue, BlockValue, NetworkValue, ChainValue, ShareValue, SkipValue)


def is_callable(value: Any) -> bool:
    """Whether a value can stand as a step of a flow."""
    return isinstance(value, _CALLABLE)


def leaves(value: tuple[Any, ...], most: int, deepest: int) -> int | None:
    """How many elements a list holds, those of its lists included, no further than past `most`.

    None where lists are nested more than `deepest` deep.
    """
    count = 0
    stack = [(value, 1)]
    while stack:
        items, depth = stack.pop()
        if depth > deepest:
            return None
        count += len(items)
        if count > most:
            break
        stack.extend([(item, depth + 1) for item in items if isinstance(item, tuple)])
    return count


def describe(value: Any) -> str:
    """What a value is, in the user's words: `the text "same"`, `a list of 3 elements`.

    A value of the flow says what it is itself, by an attribute `described`.
    """
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if value is None:
        return "`none`"
    if number.is_number(value):
        return f"the number {number.text(value)}"
    if isinstance(value, Dim | Product):
        return f"the size {value}"
    if isinstance(value, str):
        return f'the text "{value[:60]}"'
    if isinstance(value, ListValue):
        if not value:
            return "an empty list"
        return f"a list of {len(value)} element{'s' if len(value) > 1 else ''}"
    if isinstance(value, tuple):
        return f"the tuple {shown(value)}"
    match value:
        case LayerValue(name=name):
            return f"the layer `{name}`"
        case BlockValue(declaration=declaration):
            return f"the block `{declaration.name.name}`"
        case NetworkValue(declaration=network):
            return f"the network `{network.name.name}`"
        case FunctionValue(declaration=function):
            return f"the function `{function.name.name}`"
        case ScalingValue(declaration=scaling):
            return f"the scaling rule `{scaling.name.name}`"
        case ShareValue(name=name):
            return f"the share `{name}`"
        case ChainValue():
            return "a chain of layers"
        case SkipValue():
            return "`skip`"
    if callable(value):
        return f"the function `{value.__name__.strip('_')}`"
    return getattr(value, "described", "a named value")


def shown(value: Any) -> str:
    """A value as it could be written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if number.is_number(value):
        return number.text(value)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, ListValue):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, tuple):
        inner = ", ".join(map(shown, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    match value:
        case LayerValue(name=name):
            return name
        case BlockValue(declaration=declaration):
            return declaration.name.name
        case NetworkValue(declaration=network):
            return network.name.name
        case ScalingValue(declaration=scaling):
            return scaling.name.name
        case ShareValue(name=name):
            return name
        case ChainValue(members):
            return " -> ".join(map(shown, members))
    return str(value)
