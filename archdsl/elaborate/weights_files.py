"""`weights "resnet50.safetensors"`: which tensors a file must hold for a network.

Nothing is opened here. A file speaks of the network as it is before the edits of the body that
names it; what edits have replaced or removed by the end ignores what the file has for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archdsl import files
from archdsl.diagnostics.source import Span
from archdsl.elaborate.state import Elaboration, Frame
from archdsl.graph.graph import Stored, WeightsFile
from archdsl.graph.node import CallSite
from archdsl.layers.definition import Family, Weight
from archdsl.syntax import tree
from archdsl.values.scope import Scope

SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True)
class Held:
    """The tensors of a layer, and where it is written."""

    weights: tuple[Weight, ...]
    span: Span
    origin: tuple[CallSite, ...]


Held_ = Mapping[str, Held]
"""Layers with tensors, by the path of their weights."""


@dataclass(eq=False, slots=True)
class Loading:
    """A file that a body names: for what lies below a prefix, as it was before the body's edits."""

    statement: tree.Weights
    prefix: str
    base: Held_ | None = None


def run_weights(
    elaboration: Elaboration, statement: tree.Weights, _scope: Scope, frame: Frame
) -> None:
    """Take note of a file."""
    region = frame.region
    if not isinstance(region.declaration, tree.NetworkDecl | tree.InstanceDecl):
        elaboration.report.error(
            "E0907",
            "`weights` speaks of a network, and this is only part of one",
            statement.span,
            help="name the file in the body of the network",
        )
        return
    if _suits(elaboration, statement):
        prefix = f"{region.path}." if region.path else ""
        elaboration.loadings.append(Loading(statement, prefix))


def _suits(elaboration: Elaboration, statement: tree.Weights) -> bool:
    """Whether a file could be opened by this name; what is wrong is reported."""
    written, span = statement.path.text, statement.path.span
    if not written.endswith(SUFFIX):
        notes = []
        if written.endswith((".pt", ".pth", ".ckpt", ".bin", ".pkl")):
            notes = ["a pickle can run code when it is opened, so none is ever opened"]
        elaboration.report.error(
            "E0901",
            f"weights are files that end in `{SUFFIX}`, and this is {_shown(written)}",
            span,
            notes=notes,
        )
        return False
    place, root = elaboration.locate(statement.span.source)
    if place is not None and root is not None:
        try:
            files.resolve_import(written, place, root, what="a file of weights")
        except files.OutsideRoot as problem:
            elaboration.report.error("E0901", f"the file is refused: {problem.reason}", span)
            return False
    return True


def _shown(written: str) -> str:
    return f"`{written}`" if written else "empty"


def snapshot(elaboration: Elaboration) -> Held_:
    """Every layer that has tensors, as the network is now."""
    held: dict[str, Held] = {}
    order, position = elaboration.order, elaboration.position
    for node in order:
        if node.layer.family is Family.INPUT or node.weights in held:
            continue
        types = [order[position[port.node]].outputs[port.port] for port in node.inputs]
        weights = node.layer.weights(*types)
        if weights:
            held[node.weights] = Held(weights, node.span, node.origin)
    return held


def settle(elaboration: Elaboration, base: Held_ | None = None, mark: int = 0) -> None:
    """Say what the files from number `mark` on are for: the network now, or as it was before edits."""
    for loading in elaboration.loadings[mark:]:
        if loading.base is None:
            base = snapshot(elaboration) if base is None else base
            loading.base = base


def finish(elaboration: Elaboration) -> tuple[WeightsFile, ...]:
    """The files of the finished network, in the order in which they are loaded."""
    if not elaboration.loadings:
        return ()
    now = snapshot(elaboration)
    return tuple(_file(elaboration, loading, now) for loading in elaboration.loadings)


def _file(elaboration: Elaboration, loading: Loading, now: Held_) -> WeightsFile:
    tensors: dict[str, Stored] = {}
    ignored: set[str] = set()
    for path, before in (loading.base or {}).items():
        if not path.startswith(loading.prefix):
            continue
        own = path.removeprefix(loading.prefix)
        kept = now.get(path)
        if kept is None or (kept.span, kept.origin) != (before.span, before.origin):
            ignored.update(f"{own}.{weight.name}" for weight in before.weights)
            continue
        for weight in kept.weights:
            key = f"{path}.{weight.name}"
            tensors[f"{own}.{weight.name}"] = Stored(key, weight.dims, weight.dtype, kept.span)
    statement = loading.statement
    place, root = elaboration.locate(statement.span.source)
    return WeightsFile(
        statement.path.text, statement.path.span, place, root, tensors, frozenset(ignored)
    )
