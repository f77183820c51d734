"""What `archc cost` says of a network: its totals, and a table of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archdsl.analysis.cost import MULTIPLY_ADD, CostReport, Figures
from archdsl.diagnostics.render import escape
from archdsl.drawing.labels import count_text, shape_text
from archdsl.graph.graph import Graph
from archdsl.graph.node import Node
from archdsl.graph.region import Region
from archdsl.reports.cost_rows import Row, Rows
from archdsl.reports.plain import identity
from archdsl.reports.table import Table, binary, columns

LEVELS = ("stage", "block", "layer")


def text(name: str, file: str, report: CostReport, *, by: str = "stage") -> str:
    """The totals of a network, and a table of its parts.

    Args:
        name: The network's name.
        file: The file it is declared in.
        report: Its figures.
        by: What a row of the table is, one of `LEVELS`; a network without stages has no table
            of them.
    """
    head = f"{name}  ({escape(file)})\n{_signature(report.graph)}\n"
    table = _table(report, by)
    return "\n".join([head, columns(_totals(report), "lrl"), *([table] if table else [])])


def _signature(graph: Graph) -> str:
    """What goes in and what comes out: `image 3×224×224 -> output 1000`."""
    entering = ", ".join(f"{v.names[0]} {shape_text(v.type)}" for v in graph.inputs)
    leaving = ", ".join(
        f"{o.name} {shape_text(o.value.type)}{' (training only)' if o.training_only else ''}"
        for o in graph.outputs
    )
    return f"{entering} -> {leaving}"


def _totals(report: CostReport) -> list[tuple[str, str, str]]:
    rows = [("parameters", f"{report.params:,}", _short(report.params))]
    if report.trainable_params != report.params:
        rows.append(("  trainable", f"{report.trainable_params:,}", ""))
    rows.append(("buffers", f"{report.buffers:,}", ""))
    rows.append(("MACs", f"{report.macs:,}", _short(report.macs)))
    rows.append(("FLOPs", f"{report.flops:,}", _short(report.flops)))
    by_size = sorted(report.operations.items(), key=lambda item: -item[1])
    rows += [(f"  {_kind_text(kind)}", f"{count:,}", "") for kind, count in by_size]
    rows.append(("activations", f"{report.activations:,}", _short(report.activations)))
    rows.append(("depth", f"{report.depth:,}", "weighted layers"))
    if report.receptive_field is not None:
        rows.append(("receptive field", "×".join(map(str, report.receptive_field)), ""))
    samples = "1 sample" if report.batch == 1 else f"{report.batch:,} samples"
    taken = f" in {report.dtype}" if report.dtype is not None else ""
    rows.append(("memory", "", f"of {samples}{taken}"))
    memory = report.memory
    for label, size in (
        ("weights", memory.weights),
        ("peak in inference", memory.inference_peak),
        ("saved in training", memory.training_saved),
    ):
        rows.append((f"  {label}", f"{size:,}", f"bytes{_binary(size)}"))
    return rows


def _kind_text(kind: str) -> str:
    """A kind of operation as it is printed."""
    return "multiply-add" if kind == MULTIPLY_ADD else kind.replace("_", " ")


def _short(count: int) -> str:
    """`25.6 M`, nothing below a million."""
    return count_text(count) if count >= 10**6 else ""


def _binary(size: int) -> str:
    """`, 97.7 MiB`, nothing below a KiB."""
    return f", {binary(size)}" if size >= 1024 else ""


def _table(report: CostReport, by: str) -> str:
    rows = Rows(report)
    if by == "stage":
        return _stage_table(report, rows.stages())
    found = rows.blocks() if by == "block" else rows.layers()
    split = _is_split(report)
    cells = [
        (row.path, row.what, _copies(row), _shape(row), *_figures(row, split)) for row in found
    ]
    return _with_head((by, "", "", "output", *_heads(split)), cells, "llllrrrr")


def _stage_table(report: CostReport, rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    split = _is_split(report)
    cells: list[tuple[str, ...]] = [
        (
            "  " * row.level + row.path,
            _copies(row),
            _shape(row),
            *_figures(row, split),
            f"{row.figures.memory.inference_peak:,}",
        )
        for row in rows
    ]
    outer = [row for row in rows if row.level == 0]
    rest = [
        whole - sum(_counts(row.figures)[i] * row.copies for row in outer)
        for i, whole in enumerate(_counts(report))
    ]
    if any(rest):
        cells.append(("elsewhere", "", "", *_texts(rest, split), ""))
    return _with_head(("stage", "", "output", *_heads(split), "peak bytes"), cells, "lllrrrrr")


def _with_head(head: Sequence[str], cells: Sequence[Sequence[str]], align: str) -> str:
    """A table with its head; a column in which nothing stands takes no room."""
    kept = [i for i in range(len(head)) if head[i] or any(row[i] for row in cells)]
    rows = [[row[i] for i in kept] for row in (head, *cells)]
    return columns(rows, "".join(align[i] for i in kept))


def _shape(row: Row) -> str:
    return shape_text(row.type) if row.type is not None else ""


def _copies(row: Row) -> str:
    return f"× {row.copies}" if row.copies > 1 else ""


def _heads(split: bool) -> tuple[str, ...]:
    return ("params", "trainable" if split else "", "MACs", "FLOPs")


def _is_split(report: CostReport) -> bool:
    """Whether some parameters are frozen, so that the trainable ones have a column."""
    return report.trainable_params != report.params


def _figures(row: Row, split: bool) -> list[str]:
    """Parameters, trainable ones, MACs and FLOPs of all copies of a row together."""
    return _texts([count * row.copies for count in _counts(row.figures)], split)


def _counts(figures: Figures) -> tuple[int, int, int, int]:
    return figures.params, figures.trainable_params, figures.macs, figures.flops


def _texts(counts: Sequence[int], split: bool) -> list[str]:
    """Figures as they are printed, the trainable parameters only where they differ from all."""
    params, trainable, *work = [f"{count:,}" for count in counts]
    return [params, trainable if split else "", *work]


_COLUMNS = (
    "network", "file", "input", "output", "parameters", "trainable", "buffers", "MACs", "FLOPs",
    "activations", "depth", "receptive field", "weight bytes", "inference peak bytes",
    "training saved bytes",
)  # fmt: skip


def table(networks: Sequence[tuple[str, str, CostReport]]) -> Table:
    """A row for each network, given by name, file and figures: its totals."""
    rows: list[list[str | int]] = []
    for name, file, report in networks:
        graph, memory, field = report.graph, report.memory, report.receptive_field
        leaving = [output.value for output in graph.outputs if not output.training_only]
        rows.append(
            [
                name,
                file,
                ", ".join(shape_text(value.type) for value in graph.inputs),
                ", ".join(shape_text(value.type) for value in leaving),
                report.params,
                report.trainable_params,
                report.buffers,
                report.macs,
                report.flops,
                report.activations,
                report.depth,
                "" if field is None else "×".join(map(str, field)),
                memory.weights,
                memory.inference_peak,
                memory.training_saved,
            ]
        )
    return Table(_COLUMNS, rows)


def json(name: str, file: str, report: CostReport) -> dict[str, Any]:
    """A network's part of the document: exact figures, stages and nodes in text order.

    `receptive_field` has a number for each spatial axis, and is null where no value has any.
    """
    graph = report.graph
    memory = report.memory
    field = report.receptive_field
    return {
        **identity(name, file, graph),
        "params": report.params,
        "trainable_params": report.trainable_params,
        "buffers": report.buffers,
        "macs": report.macs,
        "flops": report.flops,
        "operations": dict(report.operations),
        "depth": report.depth,
        "receptive_field": list(field) if field is not None else None,
        "activations": report.activations,
        "memory": {
            "weights": memory.weights,
            "inference_peak": memory.inference_peak,
            "training_saved": memory.training_saved,
        },
        "stages": [_stage_json(report, path, region) for path, region in graph.stages.items()],
        "nodes": [_node_json(report, node) for node in graph.order],
    }


def _stage_json(report: CostReport, path: str, region: Region) -> dict[str, Any]:
    figures = report.of_region(region.id)
    shape = list(region.outputs[0].type.shape) if region.outputs else None
    return {
        "name": path,
        "shape": shape,
        "params": figures.params,
        "trainable_params": figures.trainable_params,
        "macs": figures.macs,
    }


def _node_json(report: CostReport, node: Node) -> dict[str, Any]:
    figures = report.of_node(node.path)
    return {
        "path": node.path,
        "layer": node.layer.kind,
        "shape": list(node.type.shape),
        "params": figures.params,
        "trainable_params": figures.trainable_params,
        "macs": figures.macs,
        "line": node.span.line,
    }
