"""A network once more, with edits: what they leave is put on the graph again, in the order of the text.

Nothing is patched. Layers, names and keys of what no edit touches are taken over; values, shapes and
what is asked of sizes are inferred anew from the first changed part on down. Bodies that edits bring
run where they come to stand, so that they see the shapes that are there by then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.source import Span
from archdsl.elaborate import infer
from archdsl.elaborate.place import BROKEN, Flow, Place
from archdsl.elaborate.reserved import attribute_name
from archdsl.elaborate.state import Elaboration, Frame, RegionBuilder
from archdsl.graph.graph import Output
from archdsl.graph.node import Node, Port, Value
from archdsl.graph.region import Branch, RegionKind
from archdsl.layers.definition import Family

Member = Node | RegionBuilder

Build = Callable[[RegionBuilder, Flow], Flow]
"""Puts an edit's body into a region, on what flows there; gives what leaves it."""

_STEPS = 20
"""What putting a layer on the graph again counts for in the budget of expressions."""


@dataclass(eq=False, slots=True)
class Edit:
    """A change at a part: `build` makes what takes its place or follows it, None removes it.

    `parts` are the members of a region that it is at: a merge comes behind its paths. `uses` are the
    places that ask by name for something that it has taken away.
    """

    span: Span
    parts: tuple[Member, ...]
    build: Build | None
    uses: list[Span] = field(default_factory=list)

    @property
    def key(self) -> object:
        """What its part is known by."""
        return key_of(self.parts[-1])


@dataclass(slots=True)
class Edits:
    """Edits that act together, by the part they are at."""

    instead: dict[object, Edit] = field(default_factory=dict)
    behind: dict[object, Edit] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.instead or self.behind)

    def all(self) -> list[Edit]:
        """Every edit."""
        return [*self.instead.values(), *self.behind.values()]


def key_of(member: Member) -> object:
    """What a part is known by: a layer by its path, which it keeps."""
    return member.path if isinstance(member, Node) else id(member)


class _Flow(NamedTuple):
    """Where the flow stands: the value it had, and the value it has."""

    before: Port | None
    now: Flow


class _Again:
    """Builds the network of a frame again, with edits; everything behind its start is part of it."""

    def __init__(self, elaboration: Elaboration, frame: Frame, edits: Edits) -> None:
        self._elaboration = elaboration
        self._frame = frame
        self._root = frame.region
        self._edits = edits
        self._before: dict[str, Node] = {}
        self._asked: dict[str, tuple[Span | None, ...]] = {}
        self._values: dict[Port, Value] = {}
        self._instead: dict[Port, Flow] = {}
        self._removed: dict[str, Edit] = {}
        self._behind: list[tuple[Port, Span, Flow]] = []
        self._entries: list[_Flow] = []
        self._waiting: dict[object, list[Place]] = {}
        self._named: dict[str, list[tuple[Place, str, Value]]] = {}
        self._dropped: set[str] = set()
        self._labels = [Label(edit.span, "edited here") for edit in edits.all()[:3]]

    def run(self) -> None:
        """Build it; what cannot be is reported."""
        root, elaboration, frame = self._root, self._elaboration, self._frame
        entry = root.entry
        before = entry.source if isinstance(entry, Value) else None
        for edit in self._edits.instead.values():
            for node in nodes_below(edit.parts):
                self._removed[node.path] = edit
        self._clear()
        self._hide(frame.body.place)
        elaboration.regions.append(root)
        flow = self._members(root, _Flow(before, entry))
        frame.value = self._leaving(frame.value, flow)
        elaboration.outputs[:] = list(filter(None, map(self._output, elaboration.outputs)))
        self._prune(frame.body.place)
        position, named = elaboration.position, elaboration.named
        elaboration.named = {port: span for port, span in named.items() if port[0] in position}
        elaboration.left = [(v, span) for v, span in elaboration.left if v.node in position]

    def _clear(self) -> None:
        """Take what the network holds off the graph."""
        elaboration, root = self._elaboration, self._root
        self._before = {node.path: node for node in elaboration.order[root.start :]}
        elaboration.spend(_STEPS * len(self._before), root.span)
        del elaboration.order[root.start :]
        del elaboration.regions[root.id :]
        for path in self._before:
            del elaboration.position[path]
            asked = elaboration.asked.pop(path, None)
            if asked is not None:
                self._asked[path] = asked
        gone = {
            path for path, node in self._before.items() if node.layer.family is not Family.INPUT
        }
        elaboration.requirements = [r for r in elaboration.requirements if r.node not in gone]
        elaboration.untrainable = [u for u in elaboration.untrainable if u.path not in gone]

    # Regions

    def _members(self, region: RegionBuilder, flow: _Flow) -> _Flow:
        """Build the members of a region again; gives the flow behind them."""
        region.start = len(self._elaboration.order)
        members, region.members = region.members, []
        starts: list[int] = []
        forks: dict[str, _Flow] = {}
        results: dict[str, list[Flow]] = {}
        self._entries.append(flow)
        for member in members:
            starts.append(len(region.members))
            if isinstance(member, RegionBuilder) and member.merge is not None:
                fork = forks.setdefault(member.merge, flow)
                results.setdefault(member.merge, []).append(self._path(region, member, fork))
                continue
            if isinstance(member, Node):
                flow = forks.get(member.path, flow)
                flow = self._node(region, member, flow, results.get(member.path))
            else:
                flow = self._region(region, member, flow)
            edit = self._edits.behind.get(key_of(member))
            if edit is not None and edit.build is not None:
                made = edit.build(region, flow.now)
                if flow.before is not None:
                    self._behind.append((flow.before, member.span, made))
                flow = flow._replace(now=made)
        starts.append(len(region.members))
        self._entries.pop()
        region.branches = [
            Branch(b.span, b.conditions, b.arm, starts[b.start], starts[b.stop])
            for b in region.branches
        ]
        return flow

    def _path(self, around: RegionBuilder, path: RegionBuilder, fork: _Flow) -> Flow:
        """One path into a merge, from where it forks; gives what it brings."""
        assert path.merge is not None
        whole = self._before[path.merge]
        if key_of(whole) in self._edits.instead:
            return BROKEN
        return self._region(around, path, fork).now

    def _region(self, around: RegionBuilder, region: RegionBuilder, flow: _Flow) -> _Flow:
        """A region again, or what takes its place; gives the flow behind it."""
        entry = region.entry
        entering = self._leaving(entry, flow)
        leaving = region.exit.source if isinstance(region.exit, Value) else None
        edit = self._edits.instead.get(id(region))
        if edit is not None and edit.build is None and region.merge is not None:
            # The merge still takes what comes on this path.
            region.members, region.branches, region.exit = [], [], None
            self._opened(around, region, entry, entering)
            region.exit = now = entering
        elif edit is not None:
            now = self._edited(around, edit, entering)
            if edit.build is None and region.kind is RegionKind.OUTPUT:
                self._dropped.add(region.name or "")
        else:
            now = self._opened(around, region, entry, entering)
        if leaving is not None and edit is not None and leaving.node in self._removed:
            self._instead[leaving] = now
        return flow if region.kind is RegionKind.OUTPUT else _Flow(leaving, now)

    def _opened(
        self, around: RegionBuilder, region: RegionBuilder, entry: Flow, entering: Flow
    ) -> Flow:
        """A region again, with its members; gives what leaves it."""
        elaboration = self._elaboration
        before = entry.source if isinstance(entry, Value) else None
        region.id = len(elaboration.regions)
        region.parent = around
        region.entry = entering
        elaboration.regions.append(region)
        around.members.append(region)
        end = self._members(region, _Flow(before, entering))
        region.stop = len(elaboration.order)
        region.exit = self._leaving(region.exit, end)
        self._show(id(region), region.exit)
        return region.exit

    # Layers

    def _node(
        self, region: RegionBuilder, node: Node, flow: _Flow, joined: list[Flow] | None
    ) -> _Flow:
        """A layer again, or what takes its place; gives the flow behind it."""
        elaboration = self._elaboration
        leaving = Port(node.path, 0)
        edit = self._edits.instead.get(node.path)
        asked = self._asked.get(node.path, (None,) * len(node.inputs))
        if edit is not None:
            entering = flow.now if joined is not None else self._taken(node, 0, flow, asked)
            now = self._edited(region, edit, entering)
            self._instead[leaving] = now
            return _Flow(leaving, now)
        if node.layer.family is Family.INPUT:
            elaboration.position[node.path] = len(elaboration.order)
            elaboration.order.append(node)
            region.members.append(node)
            value = Value(leaving, node.type, (node.path.removeprefix("input."),))
            self._values[leaving] = value
            return flow if flow.before is not None else _Flow(leaving, value)
        taken = joined or [self._taken(node, at, flow, asked) for at in range(len(node.inputs))]
        values = tuple([value for value in taken if isinstance(value, Value)])
        if len(values) < len(taken):
            return _Flow(leaving, BROKEN)
        place = infer.Placed(node.path, node.weights, node.layer, node.span, node.origin)
        outputs = infer.admit(elaboration, place, values, {}, self._labels)
        if outputs is None:
            return _Flow(leaving, BROKEN)
        sources = tuple([value.source for value in values])
        again = replace(node, inputs=sources, outputs=outputs, region=region.id)
        made = infer.put(elaboration, region, again, values)
        self._values.update((value.source, value) for value in made)
        self._show(node.path, made[0])
        for around, name, value in self._named.pop(node.path, ()):
            around.ports[name] = replace(value, type=made[value.port].type)
        return _Flow(leaving, made[0])

    def _taken(self, node: Node, at: int, flow: _Flow, asked: Sequence[Span | None]) -> Flow:
        """What a layer takes as one of its operands."""
        port = node.inputs[at]
        if at == 0 and asked[0] is None and port == flow.before:
            return flow.now
        return self._value(port, asked[at])

    def _edited(self, region: RegionBuilder, edit: Edit, entering: Flow) -> Flow:
        """What takes the place of a part, on what enters it; gives what leaves it."""
        return entering if edit.build is None else edit.build(region, entering)

    # Values

    def _leaving(self, value: Flow, flow: _Flow) -> Flow:
        """The flow that entered or left a region, as it is now."""
        if not isinstance(value, Value):
            return flow.now if value is None else value
        if value.asked is None and value.source == flow.before:
            return flow.now
        return self._value(value.source, value.asked)

    def _value(self, port: Port, asked: Span | None) -> Flow:
        """A value as it is now; one that an edit has taken away is noted where it is asked for."""
        if asked is None:
            for entry in reversed(self._entries):
                if entry.before == port:
                    return entry.now
        value = self._values.get(port)
        if value is not None:
            return value if asked is None else replace(value, asked=asked)
        if port.node not in self._before:
            type = self._elaboration.order[self._elaboration.position[port.node]].outputs[port.port]
            return Value(port, type, asked=asked)
        edit = self._removed.get(port.node)
        if edit is None:
            return BROKEN
        made = self._instead.get(port)
        if made is not None and (asked is None or edit.build is not None):
            return replace(made, asked=asked) if isinstance(made, Value) else made
        again = self._same(port)
        if again is not None:
            return replace(again, asked=asked)
        if asked is not None:
            edit.uses.append(asked)
        return BROKEN

    def _same(self, port: Port) -> Value | None:
        """The value of a layer in what was put instead that has the same label at the same path."""
        at = self._elaboration.position.get(port.node)
        before = self._before[port.node]
        if at is None or before.label is None:
            return None
        node = self._elaboration.order[at]
        if node.label != before.label or port.port >= len(node.outputs):
            return None
        return Value(port, node.outputs[port.port])

    def _output(self, output: Output) -> Output | None:
        """An output as it is now; None where its own body was removed."""
        if attribute_name(output.name) in self._dropped:
            return None
        value = output.value
        span = self._elaboration.output_spans.get(output.name)
        now = self._value(value.source, value.asked)
        if value.asked is None and span is not None:
            for port, part, made in self._behind:
                if port == value.source and part.source is span.source and span.start >= part.end:
                    now = made
        return replace(output, value=now) if isinstance(now, Value) else None

    # Places

    def _hide(self, place: Place) -> None:
        """Let paths find no value until what makes it is there again."""
        for below in place.children.values():
            self._hide(below)
        for name, value in place.ports.items():
            self._named.setdefault(value.node, []).append((place, name, value))
        place.ports = {}
        if place.node is not None:
            self._waiting.setdefault(place.node, []).append(place)
        elif place.region is not None:
            self._waiting.setdefault(id(place.region), []).append(place)
        place.value = None

    def _show(self, key: object, value: Flow) -> None:
        """Let paths find what leaves a part again."""
        for place in self._waiting.pop(key, ()):
            place.value = value

    def _prune(self, place: Place) -> None:
        """Take the paths of what is gone away."""
        for name, below in [*place.children.items()]:
            if self._is_there(below):
                self._prune(below)
            else:
                del place.children[name]
        for number, below in [*place.copies.items()]:
            if not self._is_there(below):
                del place.copies[number]

    def _is_there(self, place: Place) -> bool:
        if place.node is not None:
            return place.node in self._elaboration.position
        if place.region is None:
            return True
        regions, id = self._elaboration.regions, place.region.id
        return id < len(regions) and regions[id] is place.region


def paths_of(around: RegionBuilder, node: Node) -> list[RegionBuilder]:
    """The paths of a merge, in the region that holds them."""
    return [
        member
        for member in around.members
        if isinstance(member, RegionBuilder) and member.merge == node.path
    ]


def nodes_below(members: Sequence[Member]) -> list[Node]:
    """The layers of some members and below them."""
    found: list[Node] = []
    stack = list(reversed(members))
    while stack:
        member = stack.pop()
        if isinstance(member, RegionBuilder):
            stack.extend(reversed(member.members))
        else:
            found.append(member)
    return found


def rebuild(elaboration: Elaboration, frame: Frame, edits: Edits) -> None:
    """Build the network of a frame, the one that is open last, again with edits.

    What cannot be inferred is reported, and the edits know who asks for what they have taken away.
    """
    _Again(elaboration, frame, edits).run()
