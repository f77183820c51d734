"""The facade: from a target to checked networks, and from a network to everything else.

Text becomes a tree, the tree a graph, and each method of `Network` is one call downwards.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archdsl import files
from archdsl.analysis.cost import CostReport, cost
from archdsl.diagnostics.diagnostic import Diagnostic
from archdsl.diagnostics.render import render
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.elaborate.elaborate import elaborate, is_concrete
from archdsl.elaborate.limits import DEFAULT_LIMITS, Limits
from archdsl.elaborate.program import Module, Program
from archdsl.elaborate.state import Elaboration
from archdsl.graph.graph import Graph
from archdsl.graph.node import Value
from archdsl.graph.region import Region
from archdsl.syntax import tree
from archdsl.syntax.parse import parse
from archdsl.values.evaluate import Failed
from archdsl.values.scope import Scope
from archdsl.values.value import Given, ListValue, NetworkValue

if TYPE_CHECKING:
    import torch

    from archdsl.analysis.expectations import Verdict
    from archdsl.backend.python import PythonSource
    from archdsl.drawing.drawing import Drawing


class DiagnosticError(Exception):
    """A text was diagnosed with errors; its text is the rendered report."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(render(diagnostics))
        self.diagnostics = diagnostics


class UsageError(ValueError):
    """A target, name or argument that could not be understood."""


@dataclass(frozen=True, eq=False)
class Network:
    """A checked network.

    `graph` is the resolved network; `report` holds what was found on the way (warnings).
    """

    name: str
    file: str
    graph: Graph
    module: Module
    workspace: Workspace
    report: Report = field(default_factory=Report)

    @property
    def inputs(self) -> tuple[TensorValue, ...]:
        """The inputs in order."""
        return tuple(TensorValue.of(value) for value in self.graph.inputs)

    @property
    def outputs(self) -> tuple[TensorValue, ...]:
        """The outputs, main first."""
        return tuple(
            TensorValue(o.name, o.value.type.shape, o.value.type.dtype) for o in self.graph.outputs
        )

    @property
    def stages(self) -> Mapping[str, Stage]:
        """The stages by path."""
        return {path: Stage(region) for path, region in self.graph.stages.items()}

    def cost(self, *, batch: int = 1, dtype: str | None = None) -> CostReport:
        """Parameters, MACs, FLOPs, activations, memory, depth and receptive field."""
        if batch == 1 and dtype is None:
            return self._cost
        return cost(self.graph, batch=batch, dtype=dtype)

    @cached_property
    def _cost(self) -> CostReport:
        return cost(self.graph)

    def check(self) -> tuple[Verdict, ...]:
        """Every expectation with its verdict."""
        from archdsl.analysis.expectations import judge

        return judge(self.graph, self._cost, self.workspace.figures)

    def draw(self, detail: str = "blocks", **options: Any) -> Drawing:
        """A drawing: `.svg`, `.dot`, `.save(path)`, `.graphviz()`."""
        from archdsl.drawing.drawing import draw

        return draw(self.graph, detail=detail, **options)

    def emit(self, style: str = "modules") -> PythonSource:
        """The standalone Python source of the network."""
        from archdsl.backend.python import emit

        return emit(self.graph, style)

    def compile(
        self,
        *,
        device: str | None = None,
        dtype: str | None = None,
        seed: int | None = None,
        style: str = "modules",
    ) -> torch.nn.Module:
        """The network as a PyTorch module: exactly what the emitted source defines."""
        from archdsl.backend.module import build

        return build(self.graph, style, device=device, dtype=dtype, seed=seed)


@dataclass(frozen=True, slots=True)
class TensorValue:
    """An input or output: its name, shape without the batch, and dtype."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    @classmethod
    def of(cls, value: Value) -> TensorValue:
        """The input that a value of the graph is."""
        return cls(value.names[0], value.type.shape, value.type.dtype)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage and what leaves it."""

    region: Region

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value that leaves it."""
        return self.region.outputs[0].type.shape if self.region.outputs else ()


@dataclass
class Loaded:
    """What a target came to: its networks, those that failed, and every finding.

    `failed` holds the names of networks that have errors, with their file.
    """

    networks: list[Network]
    failed: list[tuple[str, str]]
    report: Report


class Workspace:
    """The files of one run and the networks elaborated from them."""

    def __init__(self, root: str | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        self.root = root
        self.limits = limits
        self._figures: dict[int, tuple[Graph, CostReport] | None] = {}

    def figures(self, network: NetworkValue) -> tuple[Graph, CostReport] | None:
        """The graph and cost of a network that another one's expectation names."""
        key = id(network.declaration)
        if key not in self._figures:
            self._figures[key] = None
            result = elaborate(network, limits=self.limits)
            if result.value is not None:
                self._figures[key] = (result.value, cost(result.value))
        return self._figures[key]

    def open(
        self,
        source: Source,
        real_path: str | None,
        *,
        only: str | None = None,
        arguments: Mapping[str, Given] | None = None,
        at: Mapping[str, int] | None = None,
    ) -> Loaded:
        """Parse and elaborate the concrete networks that a text declares, or one by name.

        Raises:
            UsageError: `only` names no network of the text.
        """
        root = self.root
        if root is None and real_path is not None:
            root = files.find_root(real_path)
        program = Program(root)
        module = program.load(source, real_path)
        loaded = Loaded([], [], Report())
        if module is None:
            loaded.report.extend(program.report)
            return loaded
        for name in _chosen(module, only, loaded.report):
            result = elaborate(
                module.networks[name],
                arguments=arguments,
                at=at,
                limits=self.limits,
                cite=module.cite,
            )
            loaded.report.extend(_first_of_each(loaded.report, result.report))
            if result.value is None:
                loaded.failed.append((name, source.path))
                continue
            network = Network(name, source.path, result.value, module, self, result.report)
            if not arguments and not at:
                self._figures[id(module.networks[name].declaration)] = (
                    result.value,
                    network.cost(),
                )
            loaded.networks.append(network)
        loaded.report.extend(program.report)
        return loaded


def _first_of_each(known: Report, found: Report) -> Report:
    """What was not reported at the same place for another network of the file."""
    seen = {(d.code, d.span.source.path, d.span.start) for d in known.diagnostics}
    return Report(
        [
            d
            for d in found.diagnostics
            if (d.code, d.span.source.path, d.span.start) not in seen
        ]
    )


def _chosen(module: Module, only: str | None, report: Report) -> list[str]:
    if only is None:
        return [name for name, network in module.networks.items() if is_concrete(network)]
    if only in module.networks:
        return [only]
    guess = did_you_mean(only, list(module.networks))
    start = Span(module.source, 0, 0)
    report.error(
        "E0408",
        f"the file declares no network `{only}`",
        start,
        notes=[f"it declares {', '.join(module.networks)}"] if module.networks else [],
        help=f"did you mean `{guess}`?" if guess else None,
    )
    return []


def literals(definitions: Mapping[str, str]) -> dict[str, Given]:
    """`name=literal` pairs of a command line as arguments.

    Raises:
        UsageError: a name is no word, or a text is no literal.
    """
    arguments: dict[str, Given] = {}
    for name, text in definitions.items():
        if not name.isidentifier() or not name.isascii():
            raise UsageError(f"`{name}` is not a parameter's name")
        source = Source("-D", f"let {name} = {text}")
        result = parse(source)
        declarations = result.value.declarations if result.value is not None else ()
        if (
            result.report.has_errors
            or len(declarations) != 1
            or not isinstance(declarations[0], tree.Let)
            or not _is_literal(declarations[0].value)
        ):
            raise UsageError(f"`{name}={text}` is not a name and a literal")
        expression = declarations[0].value
        evaluator = Elaboration(Report(), DEFAULT_LIMITS, {})
        try:
            value = evaluator.evaluate(expression, Scope())
        except Failed:
            raise UsageError(f"`{name}={text}` has no value") from None
        arguments[name] = Given(value, expression, None)
    return arguments


def _is_literal(expression: tree.Expression) -> bool:
    match expression:
        case tree.Number() | tree.String() | tree.Constant() | tree.SizeLiteral():
            return True
        case tree.Negate(operand):
            return _is_literal(operand)
        case tree.ListDisplay(items) | tree.TupleDisplay(items):
            return all(map(_is_literal, items))
    return False


def _given(value: Any) -> Given:
    """A Python value as an argument of the language."""
    if isinstance(value, float):
        exact = Fraction(repr(value))
        value = exact.numerator if exact.denominator == 1 else exact
    elif isinstance(value, list):
        value = ListValue([_given(item).value for item in value])
    elif isinstance(value, tuple):
        value = tuple(_given(item).value for item in value)
    return Given(value, None, None)


ZOO = "zoo"


def zoo_folder() -> str:
    """The folder of the specs that travel with the package."""
    package = Path(__file__).parent
    shipped = package / "zoo"
    return str(shipped if shipped.is_dir() else package.parent / "specs")


def open_target(
    target: str,
    *,
    root: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    arguments: Mapping[str, str] | None = None,
    at: Mapping[str, int] | None = None,
) -> Loaded:
    """The networks of `FILE`, `FILE::NETWORK`, a folder, `-` or `zoo`.

    Raises:
        UsageError: the target or an argument cannot be understood.
        files.FileProblem: the entry file cannot be read.
    """
    given = literals(arguments or {})
    path, _, only = target.partition("::")
    workspace = Workspace(root, limits)
    if path == "-":
        source, _, problem = _read("-")
        return _opened(workspace, source, None, problem, only or None, given, at)
    if path == ZOO:
        path = zoo_folder()
    if not files.is_folder(path):
        source, real, problem = _read(path)
        return _opened(workspace, source, real, problem, only or None, given, at)
    return _open_folder(workspace, path, only or None, given, at)


def _open_folder(
    workspace: Workspace,
    folder: str,
    only: str | None,
    given: Mapping[str, Given],
    at: Mapping[str, int] | None,
) -> Loaded:
    found = files.find_specs(folder)
    if not found:
        raise UsageError(f"the folder `{folder}` has no .arch files")
    everything = Loaded([], [], Report())
    known: list[str] = []
    for path in found:
        source, real, problem = _read(path)
        if only is not None and problem is None:
            declared = _declared(source)
            known.extend(declared)
            if only not in declared:
                continue
        loaded = _opened(workspace, source, real, problem, only, given, at)
        everything.networks.extend(loaded.networks)
        everything.failed.extend(loaded.failed)
        everything.report.extend(loaded.report)
    if only is not None and only not in known:
        guess = did_you_mean(only, known)
        hint = f"; did you mean `{guess}`?" if guess else ""
        raise UsageError(f"no network in `{folder}` is called `{only}`{hint}")
    return everything


def _declared(source: Source) -> list[str]:
    result = parse(source)
    return [
        d.name.name
        for d in (result.value.declarations if result.value is not None else ())
        if isinstance(d, tree.NetworkDecl | tree.InstanceDecl)
    ]


def _read(path: str) -> tuple[Source, str | None, Diagnostic | None]:
    """A source, or the diagnostic of what cannot be one."""
    try:
        if path == "-":
            return Source("<stdin>", files.read_stdin()), None, None
        return Source(path, files.read_text(path)), os.path.realpath(path), None
    except files.NotText as problem:
        source = Source(path, problem.text)
        report = Report()
        span = Span(source, problem.start, problem.end)
        report.error("E0102", problem.reason, span, help=problem.help)
        return source, None, report.diagnostics[0]
    except files.TooLarge as problem:
        source = Source(path, "")
        report = Report()
        report.error("E0309", problem.reason, Span(source, 0, 0))
        return source, None, report.diagnostics[0]


def _opened(
    workspace: Workspace,
    source: Source,
    real: str | None,
    problem: Diagnostic | None,
    only: str | None,
    given: Mapping[str, Given],
    at: Mapping[str, int] | None,
) -> Loaded:
    if problem is not None:
        return Loaded([], [], Report([problem]))
    return workspace.open(source, real, only=only, arguments=given, at=at)


def load(
    path: str | os.PathLike[str],
    name: str | None = None,
    *,
    max_nodes: int | None = None,
    root: str | None = None,
    at: Mapping[str, int] | None = None,
    **arguments: Any,
) -> Network:
    """A checked network from a file, `"zoo"` for one that ships with the package.

    Args:
        path: The file, a folder, or `"zoo"`.
        name: The network; may be left out where there is one.
        max_nodes: A limit other than 100,000 nodes.
        root: The folder that imports may not leave.
        at: Sizes for the inputs' symbols.
        **arguments: Arguments for the network's parameters.

    Raises:
        DiagnosticError: the text has errors.
        UsageError: there is no such network, or there are several and none is named.
        files.FileProblem: the file cannot be read.
    """
    limits = DEFAULT_LIMITS if max_nodes is None else Limits(max_nodes, raised=True)
    target = os.fspath(path)
    folder = zoo_folder() if target == ZOO else target
    workspace = Workspace(root, limits)
    given = {key: _given(value) for key, value in arguments.items()}
    if files.is_folder(folder):
        if name is None:
            raise UsageError("a folder holds several networks: name one")
        return _single(_open_folder(workspace, folder, name, given, at), name)
    source, real, problem = _read(folder)
    return _single(_opened(workspace, source, real, problem, name, given, at), name)


def loads(
    text: str,
    name: str | None = None,
    *,
    path: str = "<text>",
    max_nodes: int | None = None,
    at: Mapping[str, int] | None = None,
    **arguments: Any,
) -> Network:
    """A checked network from a text; imports reach the standard library only.

    Raises:
        DiagnosticError: the text has errors.
        UsageError: there is no such network, or there are several and none is named.
    """
    limits = DEFAULT_LIMITS if max_nodes is None else Limits(max_nodes, raised=True)
    workspace = Workspace(None, limits)
    given = {key: _given(value) for key, value in arguments.items()}
    return _single(
        workspace.open(Source(path, text), None, only=name, arguments=given, at=at), name
    )


def _single(loaded: Loaded, name: str | None) -> Network:
    if loaded.report.has_errors:
        raise DiagnosticError(loaded.report.sorted())
    if len(loaded.networks) != 1:
        names = ", ".join(network.name for network in loaded.networks)
        if not names:
            raise UsageError("the text declares no network that can be built as it stands")
        raise UsageError(f"there are several networks, name one of {names}")
    return loaded.networks[0]


def check(path: str | os.PathLike[str], **options: Any) -> Loaded:
    """Every concrete network of a target, with all findings."""
    return open_target(os.fspath(path), **options)
