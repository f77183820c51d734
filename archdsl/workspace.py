"""From a target to graphs: the files of one run, read, parsed and elaborated."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from archdsl import files
from archdsl.analysis import lints
from archdsl.analysis.cost import CostReport, cost
from archdsl.analysis.promises import broken_promises
from archdsl.diagnostics.allowed import Allowed
from archdsl.diagnostics.diagnostic import Diagnostic
from archdsl.diagnostics.report import Report, Result, once
from archdsl.diagnostics.source import Source, Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.diagnostics.unfit import report_unfit
from archdsl.elaborate.elaborate import deep_recursion, elaborate
from archdsl.elaborate.instances import is_concrete
from archdsl.elaborate.limits import DEFAULT_LIMITS, Limits
from archdsl.elaborate.program import Module, Program
from archdsl.elaborate.state import Elaboration
from archdsl.graph.graph import Graph
from archdsl.syntax import tree
from archdsl.syntax.parse import parse
from archdsl.values.number import MAX_INTEGER
from archdsl.values.scope import Failed, Scope
from archdsl.values.value import Given, ListValue, NetworkValue

ZOO = "zoo"
STDIN = "-"
STDIN_NAME = "<stdin>"


class UsageError(ValueError):
    """A target, name or argument that could not be understood."""


@dataclass(frozen=True, eq=False)
class Built:
    """A declared network: its graph, None where it has errors, and what was found on the way.

    `declared` gives the graph at the sizes that the text declares, `value` is what the network's
    name stands for in the text.
    """

    name: str
    file: str
    graph: Graph | None
    report: Report
    declared: Callable[[], Graph | None]
    value: NetworkValue


@dataclass
class Opened:
    """What a target came to.

    `common` holds what belongs to no network (syntax, imports, names of a file); `files` the
    paths of every file that was read, as they really are.
    """

    built: list[Built] = field(default_factory=list)
    common: Report = field(default_factory=Report)
    files: list[str] = field(default_factory=list)

    def add(self, other: Opened) -> None:
        """Add what another file came to."""
        self.built.extend(other.built)
        self.common.extend(other.common)
        self.files.extend(other.files)


@dataclass(frozen=True)
class Wanted:
    """Which network of a text is wanted (all concrete ones by default), and what it is given."""

    name: str | None = None
    arguments: Mapping[str, Given] = field(default_factory=dict)
    at: Mapping[str, int] = field(default_factory=dict)


class Workspace:
    """Opens texts under one root and one set of limits, and keeps the figures of their networks."""

    def __init__(self, root: str | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        self.root = root
        self.limits = limits
        self._graphs: dict[int, tuple[NetworkValue, Graph | None]] = {}
        self._costs: dict[int, tuple[Graph, CostReport]] = {}
        self._failed: dict[int, NetworkValue] = {}

    # Opening

    def open_target(self, target: str, wanted: Wanted) -> Opened:
        """The networks of `FILE`, a folder, `-` or `zoo`, each with `::NETWORK` behind it or not.

        Raises:
            UsageError: The target cannot be understood.
            files.FileProblem: The entry file cannot be read.
        """
        path, mark, name = target.rpartition("::")
        if not mark:
            return self.open_path(target, wanted)
        if not name:
            raise UsageError(f"`{target}` names no network behind `::`")
        return self.open_path(path, Wanted(name, wanted.arguments, wanted.at))

    def open_path(self, path: str, wanted: Wanted) -> Opened:
        """The networks of a file, a folder, `-` (standard input) or `zoo`."""
        if path == STDIN:
            return self._open_read(_read(STDIN), None, wanted)
        if path == ZOO:
            path = zoo_folder()
        if files.is_folder(path):
            return self._open_folder(path, wanted)
        return self._open_read(_read(path), os.path.realpath(path), wanted)

    def open_text(self, source: Source, real_path: str | None, wanted: Wanted) -> Opened:
        """The networks of a text; `real_path` is where it stands, None if nowhere."""
        root = self.root
        if root is None and real_path is not None:
            root = files.find_root(real_path)
        program = Program(root)
        with deep_recursion():
            module = program.load(source, real_path)
            if module is None:
                return Opened([], program.report, _paths(program))
            chosen = _chosen(module, wanted.name, program.report)
            built = [self._build(program, module, name, wanted) for name in chosen]
        allowed = Allowed()
        common = Report(allowed.kept(program.report.diagnostics))
        for each in built:
            each.report.diagnostics[:] = allowed.kept(each.report.diagnostics)
        if not common.has_errors and not any(each.report.has_errors for each in built):
            _lint(program, module, built, allowed)
            if wanted.name is None:
                common.diagnostics += allowed.kept(lints.of_file(module.tree))
            if wanted == Wanted():
                common.diagnostics += allowed.judged(source, _unseen(module, built))
        if program.report.has_errors:
            # A name of the file has no value, and the rules accept that in silence.
            built = [replace(each, graph=None, declared=lambda: None) for each in built]
        return Opened(built, common, _paths(program))

    def _build(self, program: Program, module: Module, name: str, wanted: Wanted) -> Built:
        network = module.networks[name]

        def elaborated(at: Mapping[str, int]) -> Result[Graph]:
            result = elaborate(
                network,
                arguments=wanted.arguments,
                at=at,
                limits=self.limits,
                cite=module.cite,
                locate=program.locate,
            )
            broken = [] if result.value is None else list(broken_promises(result.value))
            if broken:
                return Result(None, Report([*result.report.diagnostics, *broken]))
            return result

        def declared() -> Graph | None:
            with deep_recursion():
                return elaborated({}).value

        result = elaborated(wanted.at)
        graph = result.value
        if not wanted.arguments and not wanted.at:
            self._graphs[id(network.declaration)] = (network, graph)
            if graph is None:
                self._failed[id(network.declaration)] = network
        again = declared if wanted.at else lambda: graph
        return Built(name, module.source.path, graph, result.report, again, network)

    def _open_read(
        self, read: Source | Diagnostic, real_path: str | None, wanted: Wanted
    ) -> Opened:
        if isinstance(read, Diagnostic):
            return Opened([], Report([read]), [real_path] if real_path is not None else [])
        return self.open_text(read, real_path, wanted)

    def _open_folder(self, folder: str, wanted: Wanted) -> Opened:
        paths = files.find_specs(folder)
        if not paths:
            raise UsageError(f"the folder `{folder}` has no {files.SUFFIX} files")
        opened = Opened()
        if wanted.name is None:
            for path in paths:
                opened.add(self._open_read(_read(path), os.path.realpath(path), wanted))
            return opened
        may_declare = re.compile(rf"\bnetwork\s+{re.escape(wanted.name)}\b").search
        for path in paths:
            read = _read(path)
            if isinstance(read, Source) and may_declare(read.text):
                result = parse(read)
                if result.value is None or wanted.name in _networks(result.value):
                    opened.add(self.open_text(read, os.path.realpath(path), wanted))
        if not opened.files:
            opened.common = _no_network(folder, paths, wanted.name)
        return opened

    # Figures

    def figures(self, network: NetworkValue) -> tuple[Graph, CostReport] | None:
        """The graph and cost of a network that another one's expectation names.

        Raises:
            Failed: It has errors, and they have been reported beside the expectation.
        """
        if id(network.declaration) in self._failed:
            raise Failed
        if network.keywords:
            graph = elaborate(network, limits=self.limits).value
        else:
            key = id(network.declaration)
            if key not in self._graphs:
                self._graphs[key] = (network, None)
                self._graphs[key] = (network, elaborate(network, limits=self.limits).value)
            graph = self._graphs[key][1]
        return None if graph is None else (graph, self.cost_of(graph))

    def cost_of(self, graph: Graph) -> CostReport:
        """The figures of a graph for one sample, computed once."""
        if id(graph) not in self._costs:
            self._costs[id(graph)] = (graph, cost(graph))
        return self._costs[id(graph)][1]


def zoo_folder() -> str:
    """The folder of the specs that travel with the package."""
    package = Path(__file__).parent
    shipped = package / ZOO
    return str(shipped if shipped.is_dir() else package.parent / "specs")


def files_of(target: str) -> list[str]:
    """A folder's files, or `zoo`'s; any other target by itself.

    Raises:
        UsageError: The folder has none.
        files.Unreadable: A folder cannot be listed.
    """
    path = zoo_folder() if target == ZOO else target
    if not files.is_folder(path):
        return [target]
    found = files.find_specs(path)
    if not found:
        raise UsageError(f"the folder `{path}` has no {files.SUFFIX} files")
    return found


def _paths(program: Program) -> list[str]:
    return [path for path in program.modules if Path(path).is_absolute()]


def _chosen(module: Module, name: str | None, report: Report) -> list[str]:
    """The names of the networks to build; one that does not exist is reported."""
    if name is None:
        return [n for n, network in module.networks.items() if is_concrete(network.declaration)]
    if name in module.networks:
        return [name]
    report.error(
        "E0408",
        f"the file declares no network `{name}`",
        Span(module.source, 0, 0),
        notes=[f"it declares {', '.join(module.networks)}"] if module.networks else [],
        help=did_you_mean(name, module.networks),
    )
    return []


def _lint(program: Program, module: Module, built: Iterable[Built], allowed: Allowed) -> None:
    """Add what the lints find in networks to their reports."""
    texts = lints.Texts(each.tree for each in (module, *program.modules.values()) if each)
    for each in built:
        if each.graph is not None:
            found = lints.of_network(each.graph, texts)
            each.report.diagnostics += once(allowed.kept(found))


def _unseen(module: Module, built: Iterable[Built]) -> list[Span]:
    """The blocks and networks of a file that none of its networks is made of."""
    graphs = [each.graph for each in built if each.graph is not None]
    seen = {id(region.declaration) for graph in graphs for region in graph.regions}
    return [
        declaration.span
        for declaration in module.tree.declarations
        if isinstance(declaration, tree.BlockDecl | tree.NetworkDecl)
        and id(declaration) not in seen
    ]


def _no_network(folder: str, paths: Iterable[str], name: str) -> Report:
    known: list[str] = []
    for path in paths:
        read = _read(path)
        result = parse(read) if isinstance(read, Source) else None
        if result is not None and result.value is not None:
            known += _networks(result.value)
    report = Report()
    report.error(
        "E0408",
        f"no file of the folder declares a network `{name}`",
        Span(Source(folder, ""), 0, 0),
        help=did_you_mean(name, known),
    )
    return report


def _networks(file: tree.File) -> list[str]:
    return [
        declaration.name.name
        for declaration in file.declarations
        if isinstance(declaration, tree.NetworkDecl | tree.InstanceDecl)
    ]


def _read(path: str) -> Source | Diagnostic:
    """A source, or the diagnostic of a file that is none; `-` is standard input."""
    try:
        if path == STDIN:
            return Source(STDIN_NAME, files.read_stdin(STDIN_NAME))
        return Source(files.plain_path(path), files.read_text(path))
    except (files.NotText, files.TooLarge) as problem:
        report = Report()
        report_unfit(problem, report)
        return report.diagnostics[0]


# Arguments from outside


def literals(definitions: Mapping[str, str]) -> dict[str, Given]:
    """`name=literal` pairs of a command line as arguments.

    Raises:
        UsageError: A name is no word, or a text is no literal.
    """
    return {name: _literal(name, text) for name, text in definitions.items()}


def _literal(name: str, text: str) -> Given:
    result = parse(Source("-D", f"let {name} = {text}"))
    declarations = result.value.declarations if result.value is not None else ()
    if len(declarations) == 1 and isinstance(declarations[0], tree.Let):
        expression = declarations[0].value
        if _is_literal(expression):
            try:
                value = Elaboration(Report(), DEFAULT_LIMITS, {}).evaluate(expression, Scope())
            except Failed:
                pass
            else:
                return Given(value, expression, None)
    raise UsageError(f"`{name}={text}` is not a name and a literal")


def _is_literal(expression: tree.Expression) -> bool:
    match expression:
        case tree.Number() | tree.String() | tree.Constant() | tree.SizeLiteral():
            return True
        case tree.Negate(operand):
            return _is_literal(operand)
        case tree.ListDisplay(items) | tree.TupleDisplay(items):
            return all(map(_is_literal, items))
    return False


def given(name: str, value: Any) -> Given:
    """A Python value as an argument of the language.

    Raises:
        UsageError: The language has no such value.
    """
    return Given(_value(name, value), None, None)


def _value(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | str | Fraction):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        try:
            exact = Fraction(repr(value))
        except ValueError:
            raise UsageError(f"`{name}` cannot be {value!r}: a number is finite") from None
        return exact.numerator if exact.denominator == 1 else exact
    if isinstance(value, list):
        return ListValue([_value(name, item) for item in value])
    if isinstance(value, tuple):
        return tuple(_value(name, item) for item in value)
    raise UsageError(
        f"`{name}` cannot be a {type(value).__name__}: a parameter takes a number, a text, "
        "a bool, None, a list or a tuple"
    )


def sizes(at: Mapping[str, int] | None) -> dict[str, int]:
    """Sizes for the inputs' symbols, checked.

    Raises:
        UsageError: One is no whole number from 1 to 2**63 - 1.
    """
    for name, size in (at or {}).items():
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MAX_INTEGER:
            raise UsageError(f"the size {name} must be a whole number from 1 to 2**63 - 1")
    return {name: int(size) for name, size in (at or {}).items()}
