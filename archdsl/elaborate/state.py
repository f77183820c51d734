"""The state of one network's elaboration: what has been built, and where the flow is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate import bind, initialisers
from archdsl.elaborate.limits import MAX_INSTANCES, Limits
from archdsl.elaborate.paths import find_place, path_to, visible_paths
from archdsl.elaborate.place import Body, Broken, Flow, Place
from archdsl.graph.graph import Expected, InputSymbol, Output, Requirement
from archdsl.graph.node import CallSite, Node, Port, Value
from archdsl.graph.region import Branch, RegionKind
from archdsl.layers import initialisation, registry
from archdsl.layers.definition import InitialiserValue, Reject
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree
from archdsl.values.calling import Signature
from archdsl.values.evaluate import Budget, Evaluator
from archdsl.values.functions import FUNCTIONS
from archdsl.values.scope import MISSING, UNRESOLVED, Failed, Scope
from archdsl.values.value import LayerValue, ListValue, NetworkValue, describe

if TYPE_CHECKING:
    from archdsl.elaborate.digests import Digests
    from archdsl.elaborate.freezing import Freezing
    from archdsl.elaborate.infer import Inferred, Untrainable
    from archdsl.elaborate.init_rules import Met, Rule
    from archdsl.elaborate.weights_files import Loading

ATTRIBUTES = ("channels", "features", "height", "width", "shape")

_PADDING_WORDS = ("same", "valid", "tf_same")


Locate = Callable[[Source], tuple[str | None, str | None]]
"""Where a text stands on disk, and the root that it may not leave."""


def nowhere(_source: Source) -> tuple[None, None]:
    """A text without a place on disk."""
    return None, None


class RegionBuilder:
    """A region while its members are being made."""

    __slots__ = (
        "argument_expressions",
        "arguments",
        "body",
        "branches",
        "called",
        "declaration",
        "declared_in",
        "doc",
        "entry",
        "exit",
        "id",
        "index",
        "kind",
        "label",
        "lets",
        "members",
        "merge",
        "name",
        "parent",
        "path",
        "scope",
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
        self.body: Body | None = None
        self.label: str | None = None
        self.called: str | None = None
        self.declaration: tree.BlockDecl | tree.NetworkDecl | tree.InstanceDecl | None = None
        self.arguments: Mapping[str, Any] = {}
        self.argument_expressions: Mapping[str, tree.Expression] = {}
        self.lets: dict[str, Any] = {}
        self.scope: Scope | None = None
        self.branches: list[Branch] = []
        self.members: list[Node | RegionBuilder] = []
        self.declared_in: RegionBuilder | None = None
        self.merge: str | None = None
        self.use = 1
        self.training_only: bool = parent is not None and parent.training_only
        self.start = start
        self.stop = start
        self.entry: Flow = None
        self.exit: Flow = None


class Claim(NamedTuple):
    """An expectation while the network is built; `edited` says that edits came behind it."""

    item: tree.Expectation
    region: RegionBuilder
    scope: Scope
    inherited: bool = False
    edited: bool = False

    def finished(self) -> Expected:
        """As the graph keeps it."""
        region = 0 if self.edited else self.region.id
        return Expected(self.item, region, self.scope, self.inherited, self.edited)


class Frame:
    """Where the flow stands: its value, the region and the body that receive what it makes.

    `origin` is the chain of calls that led here, `home` the body of the block or network whose
    text this is, `outputs` the further outputs of that block; of a network that is None.
    """

    __slots__ = ("body", "home", "origin", "outputs", "region", "value")

    def __init__(
        self, region: RegionBuilder, body: Body, value: Flow, around: Frame | None = None
    ) -> None:
        self.region = region
        self.body = body
        region.body = region.body or body
        self.value = value
        self.origin: tuple[CallSite, ...] = around.origin if around is not None else ()
        self.home: Body = around.home if around is not None else body
        self.outputs: list[tuple[str, Value]] | None = (
            around.outputs if around is not None else None
        )


class Elaboration(Evaluator):
    """Everything that one network's elaboration has found so far."""

    def __init__(
        self,
        report: Report,
        limits: Limits,
        at: Mapping[str, int],
        budget: Budget | None = None,
    ) -> None:
        super().__init__(report, budget)
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
        self.claims: list[Claim] = []
        self.left: list[tuple[Value, Span]] = []
        self.named: dict[tuple[str, int], Span] = {}
        self.dropped: set[Port] = set()
        self.output_spans: dict[str, Span] = {}
        self.cite: tree.Cite | None = None
        self.calls = 0
        self.shares: dict[int, ShareState] = {}
        self.rules: list[Rule] = []
        self.met_rules: dict[int, Met] = {}
        self.loadings: list[Loading] = []
        self.freezings: list[Freezing] = []
        self.untrainable: list[Untrainable] = []
        self.asked: dict[str, tuple[Span | None, ...]] = {}
        self.locate: Locate = nowhere
        self.inferred: dict[Any, Inferred | Reject] = {}
        self.digests: Digests | None = None

    # What the evaluator asks of a flow

    def layer(self, name: str) -> Any:
        """The definition of a registered layer."""
        return registry.find(name)

    def layer_names(self) -> tuple[str, ...]:
        """Layers, initialisers and words of padding."""
        return (*registry.names(), *initialisation.INITIALISERS, *_PADDING_WORDS)

    def layer_signature(self, callee: LayerValue) -> Signature:
        """The parameters that its definition declares."""
        return bind.signature_of(callee.definition)

    def network_signature(self, callee: NetworkValue) -> Signature:
        """Its own parameters and those of its templates that no call gives."""
        return self._open_names(callee, MAX_INSTANCES)

    def _open_names(self, callee: NetworkValue, levels: int) -> Signature:
        own = self.signature(callee.declaration)
        declaration = callee.declaration
        if not isinstance(declaration, tree.InstanceDecl) or not levels:
            return own
        base = declaration.base
        written = base.arguments if isinstance(base, tree.Call) else ()
        word = base.callee if isinstance(base, tree.Call) else base
        found = callee.scope.find(word.name) if isinstance(word, tree.Name) else MISSING
        if not isinstance(found, NetworkValue):
            return own
        template = self._open_names(found, levels - 1)
        given = {argument.name for argument in written}
        left = [name for name in template.ordered if name not in found.keywords]
        left = left[sum(argument.name is None for argument in written) :]
        names = (*own.names, *(n for n in left if n not in given and n not in own.names))
        return replace(own, names=names, ordered=names)

    def no_attribute(self, expression: tree.Attribute, scope: Scope) -> Failed:
        """Report a dotted name, with what the value or part does have."""
        before = expression.value
        base: Any = scope.find(before.name) if isinstance(before, tree.Name) else MISSING
        if base is MISSING:
            base = find_place(self, before, scope)
        if base is None and isinstance(before, tree.Name):
            definition = self.layer(before.name)
            if definition is None:
                return self.unknown(before.name, before.span, scope)
            base = LayerValue(before.name, definition, (), {})
        value = base.value if isinstance(base, Place) else base
        if isinstance(value, Value) and expression.name in ATTRIBUTES:
            return self.fail(
                "E0404",
                f"`{before.span.text}` has no {expression.name}: its shape is "
                f"[{', '.join(map(str, value.type.shape))}]",
                expression.span,
            )
        if not isinstance(base, Value | Place | None):
            message = f"{describe(base)} has no field `{expression.name}`"
            return self.fail("E0404", message, expression.span)
        known = [*ATTRIBUTES] if isinstance(value, Value) else []
        if isinstance(base, Place):
            known += [*base.children, *base.ports]
        return self.fail(
            "E0404",
            f"nothing here is called `{expression.span.text}`",
            expression.span,
            help=did_you_mean(expression.name, known),
        )

    def unknown(self, name: str, span: Span, scope: Scope) -> Failed:
        """Report a name that nothing declares; one of a part is reached by its path."""
        path = path_to(name, scope)
        known = [*scope.visible(), *visible_paths(scope), *FUNCTIONS, *self.layer_names(), "skip"]
        return self.fail(
            "E0401",
            f"nothing here is called `{name}`",
            span,
            help=f"it is reached by its path, `{path}`" if path else did_you_mean(name, known),
        )

    def path(self, expression: tree.Expression, scope: Scope) -> Any:
        """What a path stands for, then words of padding and initialisers."""
        found = find_place(self, expression, scope)
        if isinstance(found, Broken) and _word(expression) is not MISSING:
            # A part that failed holds whatever is asked of it, but no word of the language.
            found = None
        if found is not None:
            return found
        if isinstance(expression, tree.Attribute):
            base = self.path(expression.value, scope)
            return MISSING if base is MISSING else self.attribute(base, expression, scope)
        return _word(expression)

    def call(self, callee: Any, expression: tree.Call, scope: Scope) -> Any:
        """The call of an initialiser."""
        if isinstance(callee, InitialiserValue):
            return initialisers.fill(self, callee, expression, scope)
        return MISSING

    def attribute(self, value: Any, expression: tree.Attribute, scope: Scope) -> Any:
        """A field of a value or of what leaves a part, or something inside the part."""
        if isinstance(value, Place):
            if expression.name in value.children:
                return value.children[expression.name]
            if expression.name in value.ports:
                return value.ports[expression.name]
            value = value.value
        if isinstance(value, Broken):
            return UNRESOLVED
        if isinstance(value, Value):
            return attribute_of(value.type, expression.name)
        return MISSING

    # Building

    def operand_types(self, node: Node) -> tuple[TensorType, ...]:
        """The types of what a node takes."""
        order, position = self.order, self.position
        return tuple([order[position[port.node]].outputs[port.port] for port in node.inputs])

    def rewrite(self, nodes: Iterable[tuple[int, Node]]) -> None:
        """Put other nodes in the place of those at some positions of the order."""
        written: dict[int, Node] = {}
        holding: dict[int, RegionBuilder] = {}
        for position, node in list(nodes):
            written[id(self.order[position])] = node
            holding[node.region] = self.regions[node.region]
            self.order[position] = node
        for region in holding.values():
            region.members[:] = [written.get(id(member), member) for member in region.members]

    def open_region(
        self, kind: RegionKind, name: str | None, path: str, frame: Frame, span: Span
    ) -> RegionBuilder:
        """Start a region inside the frame's."""
        parent = frame.region
        region = RegionBuilder(len(self.regions), kind, name, path, parent, span, len(self.order))
        region.entry = frame.value
        self.regions.append(region)
        parent.members.append(region)
        return region

    def close_region(self, region: RegionBuilder, flow: Flow) -> None:
        """End a region whose flow leaves it with a value."""
        region.stop = len(self.order)
        region.exit = flow

    def claim(self, body: Body, name: str, span: Span) -> bool:
        """Take a name in a body; False where another part has it, which is reported."""
        before = body.taken.get(name)
        if before is None:
            body.taken[name] = span
            return True
        self.report.error(
            "E0405",
            f"two parts would have one name, `{body.prefix}{name}`, for their weights",
            span,
            labels=[Label(before, "the other")],
            help="give one of them another name",
        )
        return False


class ShareState:
    """A share: the body and region that its weights are in, and how often it was used."""

    __slots__ = ("body", "region", "uses")

    def __init__(self, body: Body, region: RegionBuilder) -> None:
        self.body = body
        self.region = region
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
        return ListValue(type.dims)
    return MISSING


def _word(expression: tree.Expression) -> Any:
    """A word of padding, or an initialiser."""
    if isinstance(expression, tree.Name):
        if expression.name in _PADDING_WORDS:
            return expression.name
        if expression.name in initialisation.INITIALISERS:
            return InitialiserValue(expression.name)
    return MISSING
