"""Predictions held against PyTorch: shapes, costs, keys, and the emitted code bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import nn

from archdsl.analysis.cost import cost
from archdsl.backend.module import Mismatch, build
from archdsl.backend.weights_check import are_there
from archdsl.layers.definition import Family
from archdsl.testing import measure
from archdsl.testing.interpret import Interpreter
from archdsl.testing.measure import Step
from archdsl.testing.verification import Verification

if TYPE_CHECKING:
    from archdsl.graph.graph import Graph
    from archdsl.network import Network

MOST_BYTES = 4 * 1024**3
"""What a run with data may need unless more is allowed."""

_LSTM_ROUNDING = 7 * 4096
"""oneDNN keeps an LSTM's workspace in seven parts, each rounded up to a page."""

EQUAL, UNEQUAL = "equal bit for bit", "unequal"

_FAULTS = (
    *(RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError, SyntaxError),
    Mismatch,
)
"""What PyTorch and the emitted code raise where a prediction or an emission is wrong."""


def verify(network: Network, *, allow_large: bool = False) -> Verification:
    """Compare what is predicted of a network with what PyTorch does.

    Shapes, weights, keys and MACs are measured on the meta device, at the network's own size.
    Then `modules`, `flat` and the interpreter run on the CPU with the same weights, on one or
    two samples, in evaluation and in training, and must agree bit for bit; and the bytes that autograd
    keeps are counted.

    Args:
        network: A checked network.
        allow_large: Whether the runs may need more than 4 GiB.

    Returns:
        Every comparison; those that would need too much memory are not run, and say so.
    """
    found = Verification(network.name, network.file)
    graph = network.graph
    compare_outline(found, graph)
    needed = bytes_needed(graph)
    if needed > MOST_BYTES and not allow_large:
        why = (
            f"a run would need about {needed / 1024**3:.1f} GiB, more than "
            f"{MOST_BYTES // 1024**3}; --allow-large runs it"
        )
        for subject in ("bytes kept for backward", "initialisation", "evaluation", "training"):
            found.not_run(subject, why)
        return found
    with _fault(found, "the interpreter"):
        compare_kept(found, graph)
    with _fault(found, "the emitted modules"):
        compare_runs(found, graph)
    return found


def bytes_needed(graph: Graph) -> int:
    """Bytes of the largest run: weights three times, gradients twice, what backward keeps."""
    memory = cost(graph, batch=measure.batch_of(graph)).memory
    return 5 * memory.weights + 2 * memory.training_saved + memory.inference_peak


@contextmanager
def _fault(found: Verification, who: str) -> Iterator[None]:
    """What cannot be run is a difference, with the reason that PyTorch gives."""
    try:
        yield
    except _FAULTS as error:
        reason = str(error).strip().partition("\n")[0]
        found.compare(f"running {who}", "runs", "fails", (f"{type(error).__name__}: {reason}",))


def compare_outline(found: Verification, graph: Graph) -> None:
    """Everything that can be measured without data."""
    try:
        outline = measure.outline(graph)
    except _FAULTS as error:
        reason = str(error).strip().partition("\n")[0]
        found.compare("shapes", "runs", "fails", (f"{type(error).__name__}: {reason}",))
        return
    predicted = {node.path: tuple(t.shape for t in node.outputs) for node in graph.order}
    wrong = tuple(
        f"{path}: {_shapes(shapes)} predicted, {_shapes(outline.shapes.get(path, ()))} measured"
        for path, shapes in predicted.items()
        if outline.shapes.get(path) != shapes
    )
    found.compare("nodes' shapes", len(predicted), len(outline.shapes), wrong)
    report = cost(graph)
    found.compare("parameters", report.params, outline.params)
    if report.trainable_params != report.params:
        found.compare("trainable parameters", report.trainable_params, outline.trainable_params)
    found.compare("buffers", report.buffers, outline.buffers)
    found.compare("MACs", report.macs, outline.macs)
    keys = _predicted_keys(graph)
    names = [*keys, *(name for name in outline.keys if name not in keys)]
    wrong = tuple(
        f"{name}: {keys.get(name, 'none')} predicted, {outline.keys.get(name, 'none')} measured"
        for name in names
        if keys.get(name) != outline.keys.get(name)
    )
    if not wrong and list(keys) != list(outline.keys):
        wrong = ("the order of the keys",)
    found.compare("state-dict keys", len(keys), len(outline.keys), wrong)


def _shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    return " and ".join("×".join(map(str, shape)) for shape in shapes) or "nothing"


def _predicted_keys(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The dimensions of each tensor of the state dict, as the layers' definitions say them."""
    keys: dict[str, tuple[int, ...]] = {}
    for node in graph.order:
        if node.layer.family is not Family.INPUT:
            types = [graph.type_of(port) for port in node.inputs]
            for weight in node.layer.weights(*types):
                keys.setdefault(f"{node.weights}.{weight.name}", weight.dims)
    return keys


def compare_kept(found: Verification, graph: Graph) -> None:
    """Bytes that autograd keeps in a training step, by storage.

    Nodes that read a value which does not lie in memory in its own order are left out, and
    counted in a remark: PyTorch copies it first or does not, as suits its kernels.
    """
    batch = measure.batch_of(graph)
    report = cost(graph, batch=batch)
    network = Interpreter(graph)
    kept = measure.kept_for_backward(network, measure.inputs_of(graph, batch=batch))
    rounding = {
        node.path: _LSTM_ROUNDING * node.layer.depth() * 2
        for node in graph.order
        if node.layer.kind == "lstm"
    }
    predicted = measured = 0
    wrong: list[str] = []
    for path, held in kept.by_node.items():
        if path in kept.strided:
            continue
        expected = report.of_node(path).memory.training_saved
        predicted += expected
        if 0 <= held - expected <= rounding.get(path, 0):
            measured += expected
            continue
        measured += held
        wrong.append(f"{path}: {expected:,} predicted, {held:,} measured")
    remark = ""
    if kept.strided:
        counts = f"{len(kept.strided):,} of {len(kept.by_node):,} nodes"
        remark = f"{counts} left out: what they read is not contiguous"
    else:
        predicted = report.memory.training_saved
    found.compare("bytes kept for backward", predicted, measured, tuple(wrong), remark)


def compare_runs(found: Verification, graph: Graph) -> None:
    """The three forms of the network, with one set of weights between them."""
    torch.manual_seed(0)
    reference = Interpreter(graph)
    state = reference.state_dict()
    # Without the files of weights all forms are verified with what they start with.
    loads = bool(graph.weights) and are_there(graph.weights)
    if loads:
        from archdsl.backend.weights import load

        load(graph, state)
    styles = {style: build(graph, style, seed=0, weights=loads) for style in ("modules", "flat")}
    wrong: list[str] = []
    for style, made in styles.items():
        own = made.state_dict()
        wrong += [f"{style}: {name}" for name in measure.differing(own, state)]
        if not wrong and list(own) != list(state):
            wrong.append(f"{style}: the order of the keys")
    found.compare("initialisation", EQUAL, UNEQUAL if wrong else EQUAL, tuple(wrong))
    _compare_frozen(found, reference, styles)
    if any(made.state_dict().keys() != state.keys() for made in styles.values()):
        return
    for made in styles.values():
        made.load_state_dict(state, strict=True, assign=True)
    inputs = measure.inputs_of(graph, batch=measure.batch_of(graph))
    names = [output.name for output in graph.outputs if not output.training_only]
    expected = measure.infer(reference, inputs, names)
    found_in = {style: measure.infer(made, inputs, names) for style, made in styles.items()}
    _compare_steps(found, "evaluation", expected, found_in)
    names = [output.name for output in graph.outputs]
    expected = measure.train(reference, inputs, names)
    found_in = {style: measure.train(made, inputs, names) for style, made in styles.items()}
    _compare_steps(found, "training", expected, found_in)


def _compare_frozen(
    found: Verification, reference: Interpreter, styles: Mapping[str, nn.Module]
) -> None:
    """Which parameters ask for gradients in the styles, against the interpreter's."""
    expected = {name for name, p in reference.named_parameters() if not p.requires_grad}
    wrong: list[str] = []
    for style, made in styles.items():
        own = {name for name, p in made.named_parameters() if not p.requires_grad}
        wrong += [f"{style}: {name}" for name in sorted(own ^ expected)]
    if expected or wrong:
        found.compare("frozen parameters", EQUAL, UNEQUAL if wrong else EQUAL, tuple(wrong))


def _compare_steps(
    found: Verification, subject: str, expected: Step, steps: dict[str, Step]
) -> None:
    """Outputs, gradients and running statistics of the styles against the interpreter's."""
    for what in ("outputs", "gradients", "buffers"):
        one = getattr(expected, what)
        wrong = tuple(
            f"{style}: {name}"
            for style, step in steps.items()
            for name in measure.differing(getattr(step, what), one)
        )
        if one or wrong:
            found.compare(f"{what} in {subject}", EQUAL, UNEQUAL if wrong else EQUAL, wrong)
