"""A file and what it imports: parsed once each, with the names each one declares."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from archdsl import files
from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span
from archdsl.diagnostics.suggest import did_you_mean, suggest
from archdsl.elaborate.elaborate import deep_recursion
from archdsl.elaborate.limits import DEFAULT_LIMITS
from archdsl.elaborate.state import Elaboration
from archdsl.elaborate.statements import names_in
from archdsl.syntax import tree
from archdsl.syntax.parse import parse
from archdsl.values.evaluate import Budget
from archdsl.values.scope import MISSING, UNRESOLVED, Failed, Lazy, Scope
from archdsl.values.value import BlockValue, FunctionValue, NetworkValue, ScalingValue

MAX_FILES = 256
MAX_IMPORT_DEPTH = 32
MAX_TOTAL_CHARACTERS = 16 * 1024 * 1024
MAX_DECLARATIONS = 10_000


class Module:
    """One parsed file: its source, tree, and the scope of its top level."""

    __slots__ = ("cite", "networks", "real_path", "scope", "source", "tree")

    def __init__(self, source: Source, real_path: str | None, file: tree.File) -> None:
        self.source = source
        self.real_path = real_path
        self.tree = file
        self.scope = Scope()
        self.networks: dict[str, NetworkValue] = {}
        self.cite: tree.Cite | None = None


class Program:
    """An entry file with everything it imports.

    `root` is the folder that imports may not leave; None where the text has no place on disk,
    and only `from "std"` can be imported. What is wrong with the files is in `report`.
    """

    def __init__(self, root: str | None) -> None:
        self.root = root
        self.report = Report()
        self.modules: dict[str, Module | None] = {}
        self.loading: list[tuple[str, Span]] = []
        self.characters = 0
        self.full = False
        self.budget = Budget()
        self.computing: list[tree.Let] = []

    def locate(self, source: Source) -> tuple[str | None, str | None]:
        """Where a text stands on disk, None for one of the library or without a place, and the root."""
        for module in self.modules.values():
            if module is not None and module.source is source:
                return module.real_path, self.root
        return None, self.root

    def load(self, source: Source, real_path: str | None = None) -> Module | None:
        """Parse a text and declare its names; None where it cannot be parsed.

        The constants of the file are computed in text order, those asked for before as they are.
        """
        result = parse(source)
        self.report.extend(result.report)
        if result.value is None:
            return None
        module = Module(source, real_path, result.value)
        if real_path is not None:
            self.modules[real_path] = module
        self._declare(module)
        return module

    def _declare(self, module: Module) -> None:
        declarations = module.tree.declarations
        if len(declarations) > MAX_DECLARATIONS:
            self.report.error(
                "E0304",
                f"the file declares {len(declarations):,} names, and at most "
                f"{MAX_DECLARATIONS:,} are allowed",
                declarations[MAX_DECLARATIONS].span,
            )
            return
        if not any(not isinstance(d, tree.Edition | tree.Cite) for d in declarations):
            start = Span(module.source, 0, 0)
            self.report.error("E0101", "the file declares nothing", start)
        for declaration in declarations:
            self._declare_one(module, declaration)
        with deep_recursion():
            for declaration in declarations:
                self._check_one(module, declaration)

    def _check_one(self, module: Module, declaration: tree.Declaration) -> None:
        """What can be said of a declaration once the names of the file are known."""
        match declaration:
            case tree.Let(targets=targets):
                for target in names_in(targets):
                    module.scope.find(target.name)
            case tree.Require(condition=condition, message=message):
                evaluator = Elaboration(self.report, DEFAULT_LIMITS, {}, self.budget)
                with suppress(Failed):
                    if not evaluator.condition(condition, module.scope):
                        said = f": {message.text}" if message is not None else ""
                        self.report.error(
                            "E0513", f"`{condition.span.text}` does not hold{said}", condition.span
                        )
            case (
                tree.Def()
                | tree.BlockDecl()
                | tree.NetworkDecl()
                | tree.InstanceDecl()
                | tree.ScalingDecl()
            ):
                self._check_parameters(module, declaration.parameters)
        if isinstance(declaration, tree.ScalingDecl):
            self._check_assignments(declaration)

    def _check_assignments(self, scaling: tree.ScalingDecl) -> None:
        """A rule sets each coefficient once."""
        seen: dict[str, Span] = {}
        for statement in scaling.body:
            if isinstance(statement, tree.Assignment):
                name = statement.name
                before = seen.setdefault(name.name, name.span)
                if before is not name.span:
                    self.report.error(
                        "E0402",
                        f"`{name.name}` is set twice",
                        name.span,
                        labels=[Label(before, "first set here")],
                    )

    def _check_parameters(self, module: Module, parameters: tuple[tree.Parameter, ...]) -> None:
        """Parameters are names of a body: each once, and none of the file's."""
        seen: dict[str, Span] = {}
        for parameter in parameters:
            start = parameter.span.start
            span = Span(module.source, start, start + len(parameter.name))
            before = seen.get(parameter.name)
            hidden = module.scope.places.get(parameter.name)
            if before is not None:
                self.report.error(
                    "E0402",
                    f"`{parameter.name}` is declared twice",
                    span,
                    labels=[Label(before, "first declared here")],
                )
            elif hidden is not None:
                self.report.error(
                    "E0403",
                    f"`{parameter.name}` is declared already",
                    span,
                    labels=[Label(hidden, "declared here")],
                    help="give the parameter another name",
                )
            seen[parameter.name] = span

    def _declare_one(self, module: Module, declaration: tree.Declaration) -> None:
        scope = module.scope
        match declaration:
            case tree.Import():
                self._import(module, declaration)
            case tree.Cite():
                module.cite = module.cite or declaration
            case tree.BlockDecl(name=name):
                self._bind(module, name, BlockValue(declaration, scope, {}))
            case tree.Def(name=name):
                self._bind(module, name, FunctionValue(declaration, scope))
            case tree.ScalingDecl(name=name):
                self._bind(module, name, ScalingValue(declaration, scope, {}))
            case tree.NetworkDecl(name=name) | tree.InstanceDecl(name=name):
                value = NetworkValue(declaration, scope, {})
                if self._bind(module, name, value):
                    module.networks[name.name] = value
            case tree.Let(targets=targets):
                computed = self._constant(module, declaration)
                for target in names_in(targets):
                    self._bind(module, target, Lazy(_picked(computed, target.name)))

    def _bind(self, module: Module, name: tree.Name, value: Any) -> bool:
        if name.name == "_":
            return False
        before = module.scope.places.get(name.name)
        if before is not None:
            self.report.error(
                "E0402",
                f"`{name.name}` is declared twice",
                name.span,
                labels=[Label(before, "first declared here")],
            )
            return False
        module.scope.bind(name.name, value, name.span)
        return True

    def _constant(self, module: Module, declaration: tree.Let) -> Callable[[], dict[str, Any]]:
        """The names of a top-level `let`, computed once, when one of them is first asked for."""
        computed: dict[str, Any] = {}
        names = names_in(declaration.targets)

        def compute() -> dict[str, Any]:
            if computed:
                return computed
            if declaration in self.computing:
                circle = self.computing[self.computing.index(declaration) + 1 :]
                self.report.error(
                    "E0418",
                    f"`{names[0].name}` is computed from itself",
                    declaration.value.span,
                    labels=[Label(other.value.span, "by way of this") for other in circle],
                )
                raise Failed
            self.computing.append(declaration)
            evaluator = Elaboration(self.report, DEFAULT_LIMITS, {}, self.budget)
            holder = Scope()
            try:
                value = evaluator.evaluate(declaration.value, module.scope)
                evaluator.bind_targets(declaration.targets, value, holder, declaration.value.span)
                computed.update(holder.names)
            except Failed:
                computed.update({name.name: UNRESOLVED for name in names})
            finally:
                self.computing.pop()
            return computed

        return compute

    # Imports

    def _import(self, module: Module, statement: tree.Import) -> None:
        written = statement.path.text
        if written == "std":
            self._import_std(module, statement)
            return
        imported = self._open(module, statement)
        for name in statement.names:
            if imported is None:
                self._bind(module, name, UNRESOLVED)
                continue
            self._take(module, imported, name, written)

    def _take(self, module: Module, imported: Module, name: tree.Name, written: str) -> None:
        scope = imported.scope
        if name.name not in scope.names:
            self.report.error(
                "E0704",
                f'"{written}" declares no `{name.name}`',
                name.span,
                help=did_you_mean(name.name, scope.names),
            )
            self._bind_lacking(module, name, scope.names)
            return
        self._bind(module, name, Lazy(lambda: scope.find(name.name)))

    def _bind_lacking(self, module: Module, name: tree.Name, known: Iterable[str]) -> None:
        """Bind a name that a file lacks, and the one that was meant: it is used behind."""
        self._bind(module, name, UNRESOLVED)
        meant = suggest(name.name, known)
        if meant is not None:
            module.scope.names.setdefault(meant, UNRESOLVED)

    def _import_std(self, module: Module, statement: tree.Import) -> None:
        index = _std_index()
        for name in statement.names:
            file = index.get(name.name)
            if file is None:
                self.report.error(
                    "E0704",
                    f"the standard library declares no `{name.name}`",
                    name.span,
                    notes=[f"it has {', '.join(sorted(index))}"],
                    help=did_you_mean(name.name, sorted(index)),
                )
                self._bind_lacking(module, name, sorted(index))
                continue
            imported = self._std_module(file)
            if imported is None:
                self._bind(module, name, UNRESOLVED)
            else:
                self._take(module, imported, name, "std")

    def _std_module(self, file: str) -> Module | None:
        key = f"std/{file}"
        if key in self.modules:
            return self.modules[key]
        self.modules[key] = None
        text = resources.files("archdsl.std").joinpath(file).read_text(encoding="utf-8")
        source = Source(key, text)
        result = parse(source)
        self.report.extend(result.report)
        if result.value is None:
            return None
        module = Module(source, None, result.value)
        self.modules[key] = module
        self._declare(module)
        return module

    def _open(self, module: Module, statement: tree.Import) -> Module | None:
        span = statement.path.span
        written = statement.path.text
        if self.root is None or module.real_path is None:
            self.report.error(
                "E0702", 'a text without a place on disk can import from "std" only', span
            )
            return None
        try:
            real = files.resolve_import(written, module.real_path, self.root)
        except files.OutsideRoot as problem:
            self.report.error("E0702", f"the import is refused: {problem.reason}", span)
            return None
        cycle = [path for path, _ in self.loading]
        if real == module.real_path or real in cycle:
            start = cycle.index(real) if real in cycle else len(cycle)
            labels = [Label(at, "which imports") for _, at in self.loading[start:]]
            self.report.error(
                "E0703", f'the import of "{written}" closes a circle', span, labels=labels
            )
            return None
        if real in self.modules:
            return self.modules[real]
        if len(self.loading) >= MAX_IMPORT_DEPTH:
            self.report.error("E0705", f"imports are more than {MAX_IMPORT_DEPTH} deep", span)
            return None
        if len(self.modules) >= MAX_FILES:
            if not self.full:
                self.report.error(
                    "E0705", f"at most {MAX_FILES} files are read, and this is one more", span
                )
            self.full = True
            return None
        self.modules[real] = None
        shown = os.path.normpath(Path(module.source.path).parent / written)
        text = self._read(real, shown, span)
        if text is None:
            return None
        self.loading.append((module.real_path, span))
        try:
            return self.load(Source(shown, text), real)
        finally:
            self.loading.pop()

    def _read(self, real: str, shown: str, span: Span) -> str | None:
        assert self.root is not None
        try:
            text = files.read_import(real, self.root, shown)
        except files.NotText as problem:
            place = Span(Source(shown, problem.text), problem.start, problem.end)
            self.report.error(
                "E0102",
                problem.reason,
                place,
                labels=[Label(span, "imported here")],
                help=problem.help,
            )
            return None
        except files.OutsideRoot as problem:
            self.report.error("E0702", f"the import is refused: {problem.reason}", span)
            return None
        except files.FileProblem as problem:
            self.report.error(
                "E0701", f"`{problem.path}` cannot be imported: {problem.reason}", span
            )
            return None
        self.characters += len(text)
        if self.characters > MAX_TOTAL_CHARACTERS:
            self.report.error(
                "E0705",
                f"the imported files have more than {MAX_TOTAL_CHARACTERS:,} characters together",
                span,
            )
            return None
        return text


def _picked(compute: Callable[[], dict[str, Any]], name: str) -> Callable[[], Any]:
    return lambda: compute().get(name, MISSING)


@cache
def _std_index() -> dict[str, str]:
    """Which file of the standard library declares a name."""
    import json

    text = resources.files("archdsl.std").joinpath("index.json").read_text(encoding="utf-8")
    index: dict[str, str] = json.loads(text)
    return index
