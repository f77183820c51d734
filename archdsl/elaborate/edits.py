"""`replace`, `remove` and `insert after`: edits of a finished network, in the order written.

Edits that stand together act together, so that only their result must hold. They are set to work
before a statement that speaks of what they come to, and before one at a part that another changes.
"""

from __future__ import annotations

from typing import Any

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import calls, statements
from archdsl.elaborate.derive import Edit, Edits, Member, key_of, nodes_below, paths_of, rebuild
from archdsl.elaborate.naming import holds_sole_call, resolve_callee
from archdsl.elaborate.paths import (
    Segment,
    bracketed,
    descend,
    known_paths,
    segments_in,
    segments_of,
)
from archdsl.elaborate.place import BROKEN, Body, Flow, Place
from archdsl.elaborate.state import Elaboration, Frame, RegionBuilder
from archdsl.graph.node import Node, Value
from archdsl.graph.region import RegionKind
from archdsl.layers.definition import Family
from archdsl.syntax import tree
from archdsl.values.scope import UNRESOLVED, Failed, Scope
from archdsl.values.value import LayerValue

EDITS = (tree.Replace, tree.Remove, tree.Insert)

_MOST_USES = 5


def run_misplaced(elaboration: Elaboration, statement: Any, _scope: Scope, _frame: Frame) -> None:
    """Report an edit that is not one of a finished network."""
    word = type(statement).__name__.lower()
    elaboration.report.error(
        "E0446",
        f"`{word}` edits a finished network, and this body is not finished here",
        statement.span,
        help="edit an instance: `network NAME = BASE() { ... }`",
    )


class Editing:
    """The edits of one instance, on the network that is in its frame."""

    def __init__(
        self, elaboration: Elaboration, scope: Scope, frame: Frame, claims: tuple[int, int]
    ) -> None:
        """Begin with a finished network.

        Args:
            elaboration: The whole network's.
            scope: The names of the instance's body.
            frame: That of the network's region.
            claims: Which of the expectations are of the network as it was, the last not included.
        """
        self._elaboration = elaboration
        self._scope = scope
        self._frame = frame
        self._claims = slice(*claims)
        self._edits = Edits()
        self._broken = elaboration.report.has_errors or elaboration.unresolved

    def add(self, statement: Any) -> None:
        """Take an edit up.

        Raises:
            Failed: it cannot be; that has been reported.
        """
        if self._broken:
            # What it would have left is not known.
            self._frame.value = BROKEN
            return
        for inner in getattr(statement, "body", ()):
            if isinstance(inner, tree.Input):
                raise self._elaboration.fail(
                    "E0417", "an input stands in the body of a network, not in an edit", inner.span
                )
        path = self._segments(statement.path)
        if isinstance(statement, tree.Remove) and self._drops_output(path):
            return
        place = self._place(statement, path)
        if self._meets(self._parts(place)[1]) and not self._elaboration.report.has_errors:
            self.finish()
            place = self._place(statement, path)
        edit = self._edit(statement, place)
        table = self._edits.behind if isinstance(statement, tree.Insert) else self._edits.instead
        table[edit.key] = edit

    def finish(self) -> None:
        """Set the edits to work.

        Raises:
            Failed: what they leave cannot be; that has been reported.
        """
        if not self._edits:
            return
        elaboration, edits = self._elaboration, self._edits
        self._edits = Edits()
        if elaboration.report.has_errors or elaboration.unresolved:
            raise Failed
        self._mark_edited()
        rebuild(elaboration, self._frame, edits)
        for edit in edits.all():
            if edit.uses:
                self._report_uses(edit)
        if elaboration.report.has_errors or elaboration.unresolved:
            raise Failed

    def _mark_edited(self) -> None:
        """What was expected of the network before does not apply any more."""
        claims = self._elaboration.claims
        claims[self._claims] = [claim._replace(edited=True) for claim in claims[self._claims]]

    def _report_uses(self, edit: Edit) -> None:
        """Report a part that is named by others and no longer there."""
        member = edit.parts[-1]
        uses = list(dict.fromkeys(edit.uses))
        path = bracketed(member.weights if isinstance(member, Node) else member.path)
        verb = "removed" if edit.build is None else "replaced"
        what = f"`{path}`" if edit.build is None else f"a value within `{path}`"
        labels = [Label(span, "named here") for span in uses[:_MOST_USES]]
        more = len(uses) - len(labels)
        self._elaboration.report.error(
            "E0448",
            f"{what} cannot be {verb}: {_counted(len(uses))} still "
            f"{'names' if len(uses) == 1 else 'name'} it",
            edit.span,
            labels=labels,
            notes=[f"and {more} more"] if more else [],
            help="`replace` it, and they speak of what takes its place"
            if edit.build is None
            else "label what takes its place as it was labelled",
        )

    # Parts

    def _segments(self, path: tree.Expression) -> list[Segment]:
        elaboration = self._elaboration
        if isinstance(path, tree.String | tree.Template):
            found = segments_in(elaboration.evaluate(path, self._scope))
        else:
            found = segments_of(elaboration, path, self._scope)
        if found is None:
            raise elaboration.fail("E0447", "an edit is at the path of a part", path.span)
        return found

    def _edit(self, statement: Any, place: Place) -> Edit:
        around, parts = self._parts(place)
        self._check_shares(statement, around, parts)
        match statement:
            case tree.Remove():
                return Edit(statement.span, parts, None)
            case tree.Insert():
                self._check_named(statement, parts[-1])

                def insert(region: RegionBuilder, flow: Flow) -> Flow:
                    return self._insert(statement, parts[-1], region, flow)

                return Edit(statement.span, parts, insert)
        member = parts[-1]

        def put(region: RegionBuilder, flow: Flow) -> Flow:
            return self._replace(statement, place, member, region, flow)

        return Edit(statement.span, parts, put)

    def _place(self, statement: Any, path: list[Segment]) -> Place:
        """What stands at a path, once the edits before that may have put it there are done."""
        root = self._frame.body.place
        place = descend(root, path)
        if place is None and self._edits and not self._elaboration.report.has_errors:
            self.finish()
            place = descend(root, path)
        if isinstance(place, Place) and (place.node is not None or place.region is not None):
            return place
        elaboration, written = self._elaboration, statement.path.span.text.strip('"')
        if place is not None:
            raise elaboration.fail(
                "E0447",
                f"`{written}` names a value, and an edit is at a part",
                statement.path.span,
            )
        raise elaboration.fail(
            "E0447",
            f"no part of the network is called `{written}`",
            statement.path.span,
            help=did_you_mean(written, known_paths(elaboration, self._frame.body.prefix)),
        )

    def _parts(self, place: Place) -> tuple[RegionBuilder, tuple[Member, ...]]:
        """The region around a part, and the members of it that the part is."""
        elaboration = self._elaboration
        if place.node is not None:
            node = elaboration.order[elaboration.position[place.node]]
            around = elaboration.regions[node.region]
            return around, (*paths_of(around, node), node)
        region = place.region
        assert region is not None
        assert region.parent is not None
        return region.parent, (region,)

    def _meets(self, parts: tuple[Member, ...]) -> bool:
        """Whether another edit is at the same part, around it or within it."""
        key = key_of(parts[-1])
        if key in self._edits.instead or key in self._edits.behind:
            return True
        own = {id(node) for node in nodes_below(parts)}
        return any(
            id(node) in own for other in self._edits.all() for node in nodes_below(other.parts)
        )

    def _check_shares(
        self, statement: Any, around: RegionBuilder, parts: tuple[Member, ...]
    ) -> None:
        """Refuse to part the uses of a share."""
        region: RegionBuilder | None = around
        while region is not None and region is not self._frame.region:
            if region.kind is RegionKind.SHARE:
                self._shared(statement, region)
            region = region.parent
        for part in parts:
            if isinstance(part, RegionBuilder) and part.kind is RegionKind.SHARE:
                self._shared(statement, part)
        nodes = nodes_below(parts)
        own = {node.path for node in nodes}
        weights = {node.weights for node in nodes if node.layer.family is not Family.INPUT}
        for node in self._elaboration.order[self._frame.region.start :]:
            if node.weights in weights and node.path not in own:
                self._shared(statement, self._elaboration.regions[node.region])

    def _shared(self, statement: Any, region: RegionBuilder) -> None:
        written = statement.path.span.text.strip('"')
        raise self._elaboration.fail(
            "E0449",
            f"`{written}` belongs to a share, and an edit would part its uses",
            statement.path.span,
            labels=[Label(region.span, "a use of it")],
        )

    def _check_named(self, statement: tree.Insert, member: Member) -> None:
        """Refuse to insert behind what has no name of its own, or is no step of a flow."""
        if isinstance(member, Node):
            named = member.label is not None
        else:
            named = member.kind is RegionKind.STAGE or member.label is not None
        if not named:
            written = statement.path.span.text.strip('"')
            raise self._elaboration.fail(
                "E0449",
                f"`{written}` is neither a stage nor labelled, so nothing can be put behind it",
                statement.path.span,
                labels=[Label(member.span, "this part")],
                help="`replace` it with itself and what should follow, or label it",
            )

    def _drops_output(self, path: list[Segment]) -> bool:
        """Whether a path names an output that is no part by itself; it is dropped then."""
        elaboration = self._elaboration
        if len(path) != 1 or descend(self._frame.body.place, path) is not None:
            return False
        kept = [output for output in elaboration.outputs if output.name != path[0]]
        if len(kept) == len(elaboration.outputs):
            return False
        self._mark_edited()
        elaboration.outputs[:] = kept
        return True

    # Bodies

    def _insert(
        self, statement: tree.Insert, member: Member, region: RegionBuilder, flow: Flow
    ) -> Flow:
        """Put statements behind a part, into the body that its name is in."""
        body = region.body
        assert body is not None
        path = member.weights if isinstance(member, Node) else member.path
        if not path.startswith(body.prefix):
            # A stage with a computed name leaves out the loops directly around it.
            body = body.outside_loops()
        body.sole = False
        frame = self._inside(region, body, flow)
        statements.run_body(self._elaboration, statement.body, self._names(body.place, flow), frame)
        return frame.value

    def _replace(
        self,
        statement: tree.Replace,
        place: Place,
        member: Member,
        around: RegionBuilder,
        flow: Flow,
    ) -> Flow:
        """Put statements in the place of a part: one layer under its own path, others below it."""
        elaboration = self._elaboration
        body = around.body
        assert body is not None
        path = member.weights if isinstance(member, Node) else member.path
        prefix, dot, name = path.rpartition(".")
        place.children, place.copies, place.ports = {}, {}, {}
        place.node = place.region = None
        scope = self._names(place, flow)
        inner = Body(f"{path}.", body.suffix, place)
        layer = self._layer(statement, scope)
        kind = _kind_of(member)
        region: RegionBuilder | None = None
        if layer is None or kind in (RegionKind.PATH, RegionKind.OUTPUT):
            named, at = (name, path) if layer is None else (None, prefix)
            outside = self._inside(around, body, flow)
            region = elaboration.open_region(kind, named, at, outside, statement.span)
            region.label = name
            _take_over(region, member)
        if layer is not None:
            holder = Body(f"{prefix}{dot}", body.suffix, Place())
            frame = self._inside(region or around, holder, flow)
            label = member.label if isinstance(member, Node | RegionBuilder) else None
            found = calls.run_layer_as(elaboration, layer, scope, frame, name, label)
            place.value, place.node = found.value, found.node
        else:
            assert region is not None
            frame = self._inside(region, inner, flow)
            inner.sole = holds_sole_call(elaboration, statement.body, scope)
            statements.run_body(elaboration, statement.body, scope, frame)
            place.region, place.value = region, frame.value
        if region is not None:
            elaboration.close_region(region, frame.value)
        return frame.value

    def _layer(self, statement: tree.Replace, scope: Scope) -> tree.Step | None:
        """The one layer that a body is, None where it is anything else."""
        match statement.body:
            case (tree.Step(labels=()) as step,):
                callee = resolve_callee(self._elaboration, step.callee, scope)
                return step if isinstance(callee, LayerValue) else None
        return None

    def _inside(self, region: RegionBuilder, body: Body, flow: Flow) -> Frame:
        """A frame for what an edit brings: outputs in it are those of the network."""
        frame = Frame(region, body, flow)
        frame.home = self._frame.body
        return frame

    def _names(self, place: Place, flow: Flow) -> Scope:
        """The names that an edit's body sees."""
        scope = Scope(self._scope)
        scope.part = place
        scope.names["input"] = flow if isinstance(flow, Value) else UNRESOLVED
        return scope


def _counted(uses: int) -> str:
    return "one place" if uses == 1 else f"{uses} places"


def _kind_of(member: Member) -> RegionKind:
    """What a region is that takes the place of a part."""
    if isinstance(member, Node) or member.kind in (RegionKind.BLOCK, RegionKind.SHARE):
        return RegionKind.CHAIN
    return member.kind


def _take_over(region: RegionBuilder, member: Member) -> None:
    """Let a region be to those around it what the part was that it takes the place of."""
    if isinstance(member, RegionBuilder):
        region.index = member.index
        region.merge = member.merge
        region.doc = member.doc
        region.training_only = member.training_only
