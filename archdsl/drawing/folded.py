"""Folded regions: what a closed block or stage shows of what it holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from archdsl.drawing.flow import CALLS, LOOPS, Flows, Unit, units_of
from archdsl.drawing.items import Form, Kind
from archdsl.drawing.labels import (
    argument_of,
    block_name,
    block_text,
    head_of,
    is_quiet,
    kernels_text,
    shape_text,
    stride_text,
    times,
)
from archdsl.graph.node import Node, Port
from archdsl.graph.region import Region, RegionKind
from archdsl.shapes.tensor import TensorType

_BYPASSED: Final = frozenset({"add", "sub"})
"""Merges whose sign says which path is changed by how much, so that one may go around."""


MOST_LEVELS: Final = 40
"""How far down a closed part is looked into for its words."""


class Joined(NamedTuple):
    """How a merge of two paths is drawn: its form, and which path stands on the axis."""

    form: Form
    main: int
    side: Kind


def form_of(flows: Flows, unit: Unit) -> Joined:
    """The form of a merge: a bypass, a gate, or all paths side by side.

    An `add` has a bypass when one path is the value itself, or a projection: at most one
    weighted layer beside a path that holds more.
    """
    assert isinstance(unit.member, Node)
    kind = unit.member.layer.kind
    spread = Joined(Form.SPREAD, 0, Kind.FLOW)
    if len(unit.paths) != 2:
        return spread
    empty = [flows.is_empty(path) for path in unit.paths]
    if any(empty):
        skip = 1 if empty[1] else 0
        if kind in _BYPASSED:
            return Joined(Form.BYPASS, 1 - skip, Kind.IDENTITY)
        if kind in ("mul", "concat") and not all(empty):
            return Joined(Form.GATE, skip, Kind.FLOW)
        return spread
    if kind in _BYPASSED:
        first, second = (flows.weighted(path) for path in unit.paths)
        if second <= 1 and first > second:
            return Joined(Form.BYPASS, 0, Kind.PROJECTION)
        if first <= 1 and second > first:
            return Joined(Form.BYPASS, 1, Kind.PROJECTION)
    return spread


class Fold(NamedTuple):
    """A closed block: its lines, and the merge whose bypass is drawn beside it."""

    text: str
    second: str | None
    merge: Node | None
    bypass: Kind


def fold_block(flows: Flows, region: Region) -> Fold:
    """What a closed block call shows."""
    entering, leaving = border(flows, region)
    text = block_text(region, entering, leaving)
    units = [unit for unit in units_of(body_of(flows, region)) if not _is_void(flows, unit)]
    merges = [unit for unit in units if unit.paths]
    lone = merges[0] if len(merges) == 1 and _is_framing(units) else None
    channels = leaving.channels if leaving is not None and leaving.dims else None
    told = argument_of(region)
    if lone is not None and isinstance(lone.member, Node):
        joined = form_of(flows, lone)
        if joined.form is Form.BYPASS:
            main = main_flow(flows, units_of(lone.paths[joined.main]))
            second = kernels_text(main, channels, told) if main is not None else None
            return Fold(text, second or None, lone.member, joined.side)
        if joined.form is Form.GATE and lone.member.layer.kind == "mul":
            return Fold(text, "gate ×", None, Kind.FLOW)
        if joined.form is Form.GATE and entering is not None and leaving is not None:
            stride = stride_text(entering, leaving)
            grown = f"{block_name(region)}, +{leaving.channels - entering.channels}"
            text = f"{grown}, {stride}" if stride else grown
            main = main_flow(flows, units_of(lone.paths[1 - joined.main]))
            second = kernels_text(main, None, None) if main is not None else None
            return Fold(text, second or None, lone.member, Kind.IDENTITY)
    main = main_flow(flows, units)
    if main is None:
        return Fold(text, None if channels is None else str(channels), None, Kind.FLOW)
    return Fold(text, kernels_text(main, channels, told) or None, None, Kind.FLOW)


def border(flows: Flows, region: Region) -> tuple[TensorType | None, TensorType | None]:
    """The types of the flow into a region and out of it."""
    entering = region.inputs[0].type if region.inputs else None
    end = flows.exit_of(region)
    return entering, flows.type_of(end) if end is not None else entering


def body_of(flows: Flows, region: Region) -> Region:
    """The region that holds the steps: below a block that does nothing but call another."""
    while True:
        units = [unit for unit in units_of(region) if not _is_void(flows, unit)]
        if len(units) != 1:
            return region
        inner = units[0].member
        if not isinstance(inner, Region) or inner.kind not in CALLS:
            return region
        region = inner


def _is_void(flows: Flows, unit: Unit) -> bool:
    return isinstance(unit.member, Region) and flows.is_empty(unit.member)


def _is_framing(units: Iterable[Unit]) -> bool:
    """Whether everything beside the merge is norms, activations and the like."""
    return all(u.paths or (isinstance(u.member, Node) and is_quiet(u.member)) for u in units)


def main_flow(
    flows: Flows, units: Iterable[Unit], levels: int = MOST_LEVELS
) -> list[tuple[Node, str]] | None:
    """The layers along the flow, each with its label, gates and bypasses left out.

    None where the flow parts into paths of equal standing, or is more than `levels` levels deep.
    """
    if levels == 0:
        return None
    found: list[tuple[Node, str]] = []
    for unit in units:
        member = unit.member
        inner: list[tuple[Node, str]] | None = []
        if unit.paths:
            joined = form_of(flows, unit)
            if joined.form is Form.SPREAD:
                return None
            if joined.form is Form.BYPASS:
                side = joined.main
                inner = main_flow(flows, units_of(unit.paths[side]), levels - 1)
        elif isinstance(member, Node):
            inner = [(member, label_of(flows, member))]
        elif member.kind is not RegionKind.OUTPUT:
            inner = main_flow(flows, units_of(member), levels - 1)
        if inner is None:
            return None
        found.extend(inner)
    return found


def label_of(flows: Flows, node: Node) -> str:
    """A layer's label on the value it takes."""
    return flows.rates.text(node, entering_of(flows, node))


def entering_of(flows: Flows, node: Node) -> TensorType | None:
    """The type of a layer's first operand."""
    return flows.type_of(node.inputs[0]) if node.inputs else None


def shape_of(flows: Flows, port: Port | None) -> str:
    """A value's shape as it is printed."""
    return "" if port is None else shape_text(flows.type_of(port))


def stage_lines(flows: Flows, region: Region) -> tuple[str, bool]:
    """A closed stage's second line, and whether its blocks have bypasses."""
    loud, quiet, skips = _stage_members(flows, region)
    return ", ".join(times(loud or quiet)), skips


def _stage_members(
    flows: Flows, region: Region, levels: int = MOST_LEVELS
) -> tuple[list[str], list[str], bool]:
    """A stage's members in words, those to be passed over apart, and whether there are bypasses."""
    if levels == 0:
        return ["…"], [], False
    loud: list[str] = []
    quiet: list[str] = []
    skips = False
    for unit in units_of(region):
        member = unit.member
        if isinstance(member, Node):
            if unit.paths:
                skips = skips or form_of(flows, unit).form is not Form.SPREAD
                for path in unit.paths:
                    inner = _stage_members(flows, path, levels - 1)
                    loud += inner[0]
                    quiet += inner[1]
            elif is_quiet(member):
                quiet.append(head_of(label_of(flows, member)))
            else:
                loud.append(_without_stride(label_of(flows, member)))
        elif flows.is_empty(member) or member.kind is RegionKind.OUTPUT:
            continue
        elif member.kind in CALLS and not (
            member.declaration is None or _is_layer_like(flows, member)
        ):
            loud.append(block_text(member, None, None))
            skips = skips or fold_block(flows, member).merge is not None
        elif member.kind is RegionKind.STAGE:
            loud.append(member.name or "")
        else:
            inner = _stage_members(flows, member, levels - 1)
            loud += inner[0]
            quiet += inner[1]
            skips = skips or inner[2]
    return loud, quiet, skips


def _is_layer_like(flows: Flows, region: Region) -> bool:
    """Whether a block is one layer with what belongs to it, so that its layer speaks for it."""
    start, stop = flows.structure.bounds[region.id]
    if stop - start > 6:
        return False
    return sum([not is_quiet(node) for node in flows.graph.order[start:stop]]) == 1


def _without_stride(text: str) -> str:
    return ", ".join([part for part in text.split(", ") if not part.startswith("/")])


def contains_stage(region: Region) -> bool:
    """Whether a copy of a loop holds stages, which have names of their own and never fold."""
    stack = [region]
    while stack:
        for member in stack.pop().members:
            if isinstance(member, Region):
                if member.kind is RegionKind.STAGE:
                    return True
                if member.kind in LOOPS or member.kind is RegionKind.CHAIN:
                    stack.append(member)
    return False
