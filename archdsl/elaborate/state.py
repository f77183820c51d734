"""The state of one network's elaboration: what has been built, and where the flow is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Span
from archdsl.elaborate import bind
from archdsl.elaborate.limits import Limits
from archdsl.elaborate.paths import find_place
from archdsl.elaborate.place import Body, Place
from archdsl.graph.graph import Expected, InputSymbol, Output, Requirement
from archdsl.graph.node import CallSite, Node, Value
from archdsl.graph.region import Branch, RegionKind
from archdsl.layers import initialisation, registry
from archdsl.layers.definition import InitialiserValue, Reject
from archdsl.shapes.condition import Condition
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree
from archdsl.values.evaluate import Evaluator
from archdsl.values.scope import MISSING, Scope
from archdsl.values.value import LayerValue

ATTRIBUTES = ("channels", "features", "height", "width", "shape")

_PADDING_WORDS = {"same", "valid", "tf_same"}


class Broken:
    """A flow that failed: what follows is checked for names and arguments, and makes no nodes."""


BROKEN = Broken()

Flow = Value | Broken | None


class RegionBuilder:
    """A region while its members are being made."""

    __slots__ = (
        "argument_expressions",
        "arguments",
        "branches",
        "declaration",
        "doc",
        "entry",
        "exit",
        "id",
        "index",
        "kind",
        "lets",
        "members",
        "merge",
        "name",
        "parent",
        "path",
        "span",
        "start",
        "stop",
        "training_only",
        "use",
    )

    def __init__(
        self,
        id: int,
        kind: RegionKind,
        name: str | None,
        path: str,
        parent: RegionBuilder | None,
        span: Span,
        start: int,
    ) -> None:
        self.id = id
        self.kind = kind
        self.name = name
        self.index: int | None = None
        self.path = path
        self.parent = parent
        self.span = span
        self.doc: str | None = None
        self.declaration: tree.BlockDecl | tree.NetworkDecl | tree.InstanceDecl | None = None
        self.arguments: Mapping[str, Any] = {}
        self.argument_expressions: Mapping[str, tree.Expression] = {}
        self.lets: dict[str, Any] = {}
        self.branches: list[Branch] = []
        self.members: list[Node | RegionBuilder] = []
        self.merge: str | None = None
        self.use = 1
        self.training_only = parent.training_only if parent is not None else False
        self.start = start
        self.stop = start
        self.entry: Flow = None
        self.exit: Flow = None


class Frame:
    """Where the flow stands: its value, the region and the body that receive what it makes.

    `origin` is the chain of block calls that led here, `home` the body of the block or network
    whose text this is, `outputs` the further outputs of that block.
    """

    __slots__ = ("body", "home", "origin", "outputs", "region", "value")

    def __init__(
        self, region: RegionBuilder, body: Body, value: Flow, around: Frame | None = None
    ) -> None:
        self.region = region
        self.body = body
        self.value = value
        self.origin: tuple[CallSite, ...] = around.origin if around is not None else ()
        self.home: Body = around.home if around is not None else body
        self.outputs: list[tuple[str, Value]] = around.outputs if around is not None else []


class Elaboration(Evaluator):
    """Everything that one network's elaboration has found so far."""

    def __init__(self, report: Report, limits: Limits, at: Mapping[str, int]) -> None:
        super().__init__(report)
        self.limits = limits
        self.at = at
        self.written = 0
        self.order: list[Node] = []
        self.position: dict[str, int] = {}
        self.regions: list[RegionBuilder] = []
        self.inputs: list[Value] = []
        self.outputs: list[Output] = []
        self.symbols: dict[str, InputSymbol] = {}
        self.requirements: list[Requirement] = []
        self.expectations: list[Expected] = []
        self.left: list[tuple[Value, Span]] = []
        self.named: dict[tuple[str, int], Span] = {}
        self.output_spans: dict[str, Span] = {}
        self.cite: tree.Cite | None = None
        self.calls = 0
        self.shares: dict[int, ShareState] = {}
        self.inferred: dict[Any, tuple[tuple[TensorType, ...], tuple[Condition, ...]] | Reject] = {}

    # What the evaluator asks of a flow

    def layer(self, name: str) -> Any:
        return registry.find(name)

    def layer_names(self) -> tuple[str, ...]:
        return registry.names()

    def layer_parameters(self, member: LayerValue) -> list[tuple[str, bool]]:
        return [
            (name, bind.required(spec)) for name, spec in bind.specs_of(member.definition).items()
        ]

    def path(self, expression: tree.Expression, scope: Scope) -> Any:
        found = find_place(self, expression, scope)
        if found is not None:
            return found
        if isinstance(expression, tree.Name):
            if expression.name in _PADDING_WORDS:
                return expression.name
            if expression.name in initialisation.INITIALISERS:
                return InitialiserValue(expression.name)
        return MISSING

    def attribute(self, value: Any, expression: tree.Attribute, scope: Scope) -> Any:
        if isinstance(value, Place):
            if expression.name in value.children:
                return value.children[expression.name]
            if expression.name in value.ports:
                return value.ports[expression.name]
            value = value.value
        if isinstance(value, Value):
            return attribute_of(value.type, expression.name)
        return MISSING

    # Building

    def open_region(
        self, kind: RegionKind, name: str | None, path: str, frame: Frame, span: Span
    ) -> RegionBuilder:
        """Start a region inside the frame's."""
        parent = frame.region
        region = RegionBuilder(
            len(self.regions), kind, name, path, parent, span, len(self.order)
        )
        region.entry = frame.value
        self.regions.append(region)
        parent.members.append(region)
        return region

    def close_region(self, region: RegionBuilder, flow: Flow) -> None:
        """End a region whose flow leaves it with a value."""
        region.stop = len(self.order)
        region.exit = flow

    def claim(self, body: Body, name: str, span: Span) -> None:
        """Take a name in a body; two equal ones are an error that asks for a label."""
        before = body.taken.get(name)
        if before is not None:
            from archdsl.diagnostics.diagnostic import Label

            self.report.error(
                "E0405",
                f"two parts of one body would have the weights' name `{body.prefix}{name}`",
                span,
                labels=[Label(before, "the other is here")],
                help="label one of them: `as NAME`",
            )
        else:
            body.taken[name] = span


class ShareState:
    """A share: the body that its weights are in, how often it was used, its weights' sizes."""

    __slots__ = ("body", "name", "span", "uses")

    def __init__(self, name: str, body: Body, span: Span) -> None:
        self.name = name
        self.body = body
        self.span = span
        self.uses = 0


def attribute_of(type: TensorType, name: str) -> Any:
    """`channels features height width shape` of a value, MISSING for other names."""
    if name == "channels":
        return type.dims[0] if type.dims else MISSING
    if name == "features":
        return type.dims[-1] if type.dims else MISSING
    if name == "height":
        return type.dims[-2] if type.rank >= 3 else MISSING
    if name == "width":
        return type.dims[-1] if type.rank >= 3 else MISSING
    if name == "shape":
        from archdsl.values.value import ListValue

        return ListValue(type.dims)
    return MISSING
