"""What `archc run` says: what went in and came out, how long it took, what memory it needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics.render import escape
from archdsl.graph.graph import Graph
from archdsl.reports.plain import identity
from archdsl.reports.table import binary, columns

if TYPE_CHECKING:
    from archdsl.backend.run import Run, Tensor, Timing


def text(name: str, file: str, run: Run) -> str:
    """The run in a few lines."""
    threads = f", {run.threads} thread{'s' if run.threads != 1 else ''}"
    where = run.device + (threads if run.device == "cpu" else "")
    rows = [
        *(("input", f"{tensor.name} {_shape(tensor)}") for tensor in run.inputs),
        *(("output", f"{tensor.name} {_shape(tensor)}") for tensor in run.outputs),
        ("parameters", f"{run.parameters:,}, weights of {binary(run.weight_bytes)}"),
        ("built in", _seconds(run.build_seconds)),
        ("inference", _timing(run.inference, run.batch)),
    ]
    if run.training is not None:
        rows.append(("training step", _timing(run.training, run.batch)))
    head = f"{name}  ({escape(file)})  {run.style}, {run.dtype}, {where}\n"
    return head + columns(rows, "ll")


def json(name: str, file: str, graph: Graph, run: Run) -> dict[str, Any]:
    """The run as an object; shapes of `run` have the batch, times are in seconds."""
    return {
        **identity(name, file, graph),
        "run": {
            "style": run.style,
            "device": run.device,
            "dtype": run.dtype,
            "batch": run.batch,
            "threads": run.threads,
            "params": run.parameters,
            "weight_bytes": run.weight_bytes,
            "build_seconds": run.build_seconds,
            "inputs": [_tensor_json(tensor) for tensor in run.inputs],
            "outputs": [_tensor_json(tensor) for tensor in run.outputs],
            "inference": _timing_json(run.inference),
            "training": None if run.training is None else _timing_json(run.training),
        },
    }


def _shape(tensor: Tensor) -> str:
    shape = f"[{', '.join(map(str, tensor.shape))}]"
    return shape if tensor.dtype == "float32" else f"{shape} {tensor.dtype}"


def _timing(timing: Timing, batch: int) -> str:
    said = _seconds(timing.seconds)
    if timing.times > 1:
        said += f", the median of {timing.times}"
    if batch > 1:
        said += f" ({batch / timing.seconds:,.1f} samples a second)"
    if timing.peak_bytes is not None:
        said += f"; at most {binary(timing.peak_bytes)} of values alive"
    return said


def _seconds(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def _tensor_json(tensor: Tensor) -> Mapping[str, Any]:
    return {"name": tensor.name, "shape": list(tensor.shape), "dtype": tensor.dtype}


def _timing_json(timing: Timing) -> dict[str, Any]:
    return {"seconds": timing.seconds, "times": timing.times, "peak_bytes": timing.peak_bytes}
