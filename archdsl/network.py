"""The facade: from a target to checked networks, and from a network to everything else.

Text becomes a tree, the tree a graph, and each method of `Network` is one call downwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from archdsl.analysis.cost import CostReport, cost, formulas
from archdsl.diagnostics.diagnostic import Diagnostic
from archdsl.diagnostics.render import render
from archdsl.diagnostics.report import Report, once
from archdsl.diagnostics.source import Source
from archdsl.elaborate.limits import DEFAULT_LIMITS, HARD_MAX_NODES, Limits
from archdsl.graph.graph import Graph
from archdsl.graph.node import Value
from archdsl.graph.region import Region
from archdsl.values.value import NetworkValue
from archdsl.workspace import Opened, UsageError, Wanted, Workspace, given, literals, sizes

if TYPE_CHECKING:
    import torch

    from archdsl.analysis.expectations import Verdict
    from archdsl.analysis.legal_inputs import LegalInputs
    from archdsl.analysis.why import Derivation
    from archdsl.backend.python import PythonSource
    from archdsl.drawing.drawing import Drawing

__all__ = [
    "DiagnosticError",
    "Failure",
    "Loaded",
    "Network",
    "Stage",
    "TensorValue",
    "UsageError",
    "check",
    "load",
    "loads",
    "open_target",
]


class DiagnosticError(Exception):
    """A text was diagnosed with errors; its text is the rendered report."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return render(self.diagnostics).rstrip("\n")


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A checked network.

    `graph` is the resolved network; `report` holds what was found on the way (warnings).
    `declared` gives its graph at the sizes that the text declares, `value` is what its name
    stands for in the text.
    """

    name: str
    file: str
    graph: Graph
    workspace: Workspace
    report: Report
    declared: Callable[[], Graph | None]
    value: NetworkValue

    def __repr__(self) -> str:
        inputs = ", ".join(f"{value.name} {list(value.shape)}" for value in self.inputs)
        outputs = ", ".join(f"{value.name} {list(value.shape)}" for value in self.outputs)
        return f"<Network {self.name}: {inputs} -> {outputs}>"

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

    @cached_property
    def legal_inputs(self) -> LegalInputs:
        """The sizes of the inputs for which it runs with the same weights."""
        from archdsl.analysis.legal_inputs import legal_inputs

        return legal_inputs(self.graph)

    def cost(self, *, batch: int = 1, dtype: str | None = None) -> CostReport:
        """Parameters, MACs, FLOPs, activations, memory, depth and receptive field."""
        if batch == 1 and dtype is None:
            return self.workspace.cost_of(self.graph)
        return cost(self.graph, batch=batch, dtype=dtype)

    def formulas(self, *, dtype: str | None = None) -> CostReport:
        """The same figures over the symbols of the inputs' sizes: `net.formulas().macs.at({"H": 320})`.

        Raises:
            NoFormula: A layer's cost is no sum of products of sizes.
        """
        return formulas(self.graph, dtype=dtype)

    def check(self) -> tuple[Verdict, ...]:
        """Every expectation with its verdict."""
        if not self.graph.expectations:
            return ()
        from archdsl.analysis.expectations import judge

        return judge(self.graph, self.cost(), self.workspace.figures, lambda: self.legal_inputs)

    def why(self, question: str, *, levels: int | None = None) -> tuple[Derivation, ...]:
        """Where a figure, a shape or a condition comes from: `net.why("conv3[0].conv2.shape")`.

        Args:
            question: As `archc why` takes it.
            levels: How many steps back are told.

        Raises:
            NoAnswer: There is no such path, figure or condition.
        """
        from archdsl.analysis.why import why

        return why(self.graph, self.cost(), self.legal_inputs, question, levels)

    def expand(self) -> str:
        """The resolved network, one node a line."""
        from archdsl.elaborate.expand_text import expand_text

        return expand_text(self.graph)

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
        weights: bool = True,
    ) -> torch.nn.Module:
        """The network as a PyTorch module: exactly what the emitted source defines.

        The files of weights that the text names are loaded into it, unless `weights` is false.

        Raises:
            DiagnosticError: One of them cannot be read, or does not fit.
        """
        from archdsl.backend.module import build
        from archdsl.backend.weights_check import WeightsRefused

        try:
            return build(self.graph, style, device=device, dtype=dtype, seed=seed, weights=weights)
        except WeightsRefused as refused:
            raise DiagnosticError(refused.report.sorted()) from None


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


class Failure(NamedTuple):
    """A network that has errors: its name, its file, what was found in it.

    `declared` gives its graph at the sizes that the text declares, where it has none there.
    """

    name: str
    file: str
    report: Report
    declared: Callable[[], Graph | None]


@dataclass
class Loaded:
    """What a target came to: its networks in text order, those with errors too, and every finding.

    `common` holds the findings that belong to no network (syntax, imports, names of a file),
    `report` all, those of a part that several networks share once; `files` are the real paths of
    the files that were read.
    """

    results: list[Network | Failure]
    common: Report
    report: Report
    files: list[str]

    @property
    def networks(self) -> list[Network]:
        """The networks without errors."""
        return [result for result in self.results if isinstance(result, Network)]

    @property
    def failed(self) -> list[Failure]:
        """The networks with errors."""
        return [result for result in self.results if isinstance(result, Failure)]


def _loaded(opened: Opened, workspace: Workspace) -> Loaded:
    results: list[Network | Failure] = []
    for built in opened.built:
        if built.graph is None:
            results.append(Failure(built.name, built.file, built.report, built.declared))
        else:
            each = Network(
                built.name,
                built.file,
                built.graph,
                workspace,
                built.report,
                built.declared,
                built.value,
            )
            results.append(each)
    found = once(d for built in opened.built for d in built.report.diagnostics)
    report = Report([*opened.common.diagnostics, *found])
    return Loaded(results, opened.common, report, opened.files)


def open_target(
    target: str,
    *,
    root: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    arguments: Mapping[str, str] | None = None,
    at: Mapping[str, int] | None = None,
) -> Loaded:
    """The networks of a command line's target: `FILE`, `FILE::NETWORK`, a folder, `-` or `zoo`.

    `arguments` are literals as they are written in the language.

    Raises:
        UsageError: The target or an argument cannot be understood.
        files.FileProblem: The entry file cannot be read.
    """
    workspace = Workspace(root, limits)
    wanted = Wanted(None, literals(arguments or {}), sizes(at))
    return _loaded(workspace.open_target(target, wanted), workspace)


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
        max_nodes: A limit other than 100,000 nodes, at most 1,000,000.
        root: The folder that imports may not leave.
        at: Sizes for the inputs' symbols.
        **arguments: Arguments for the network's parameters.

    Raises:
        DiagnosticError: The text has errors.
        UsageError: There are several networks and none is named, or a value is none of the
            language's.
        files.FileProblem: The file cannot be read.
    """
    workspace = Workspace(root, _limits(max_nodes))
    wanted = Wanted(name, _given(arguments), sizes(at))
    return _single(_loaded(workspace.open_path(os.fspath(path), wanted), workspace))


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

    `path` is what messages call the text; the others as in `load`.

    Raises:
        DiagnosticError: The text has errors.
        UsageError: There are several networks and none is named, or a value is none of the
            language's.
    """
    workspace = Workspace(None, _limits(max_nodes))
    wanted = Wanted(name, _given(arguments), sizes(at))
    source = Source(path, text.replace("\r\n", "\n"))
    return _single(_loaded(workspace.open_text(source, None, wanted), workspace))


def check(
    path: str | os.PathLike[str],
    *,
    max_nodes: int | None = None,
    root: str | None = None,
    at: Mapping[str, int] | None = None,
    **arguments: Any,
) -> Loaded:
    """Every concrete network of a file or folder, with all findings, failed expectations too.

    Raises:
        UsageError: The folder has no specification, or a value is none of the language's.
        files.FileProblem: A file cannot be read.
    """
    from archdsl.analysis.expectations import failures

    workspace = Workspace(root, _limits(max_nodes))
    wanted = Wanted(None, _given(arguments), sizes(at))
    loaded = _loaded(workspace.open_path(os.fspath(path), wanted), workspace)
    for network in loaded.networks:
        loaded.report.extend(failures(network.check()))
    return loaded


def _limits(max_nodes: int | None) -> Limits:
    if max_nodes is None:
        return DEFAULT_LIMITS
    if not 1 <= max_nodes <= HARD_MAX_NODES:
        raise UsageError(f"max_nodes is from 1 to {HARD_MAX_NODES:,}, not {max_nodes:,}")
    return Limits(max_nodes, raised=True)


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given(name, value) for name, value in arguments.items()}


def _single(loaded: Loaded) -> Network:
    if loaded.report.has_errors:
        raise DiagnosticError(loaded.report.sorted())
    if not loaded.networks:
        raise UsageError("the text declares no network that can be built as it stands")
    if len(loaded.networks) > 1:
        names = ", ".join(network.name for network in loaded.networks)
        raise UsageError(f"there are several networks, name one of {names}")
    return loaded.networks[0]
