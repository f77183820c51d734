"""What `archc cost --as` and `--reconcile` say: other tools' counts, and where a published figure is from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archdsl.analysis.counters.counting import Counting
from archdsl.analysis.counters.reconcile import Candidate
from archdsl.analysis.expectations import Verdict, figure_text
from archdsl.diagnostics.render import escape
from archdsl.reports.plain import plain
from archdsl.reports.table import columns
from archdsl.syntax import tree
from archdsl.syntax.format import unparse_expression

# Another tool's count


def text(name: str, file: str, compiled: Counting, modules: Counting) -> str:
    """A network as a tool counts it: in all, by kind of layer beside our MACs, and with modules throughout."""
    convention = compiled.convention
    ours = sum(compiled.macs.values())
    rows = [
        ("layer", convention.title, "MACs"),
        *[(k.replace("_", " "), f"{n:,}", f"{m:,}") for k, (n, m) in compiled.kinds.items()],
        ("in all", f"{compiled.total:,}", f"{ours:,}"),
    ]
    said = [
        f"{name}  ({escape(file)})",
        f"as {convention.title} counts the compiled module: {convention.unit}; it sees {convention.sees}",
        "",
        columns(rows, "lrr").rstrip("\n"),
    ]
    if modules.total != compiled.total:
        said += ["", f"  with every layer as a module  {modules.total:,}"]
    return "".join(f"{line}\n" for line in said)


def json(name: str, file: str, compiled: Counting, modules: Counting) -> dict[str, Any]:
    """The same in full, with each layer."""
    convention = compiled.convention
    return {
        "name": name,
        "file": file,
        "as": convention.name,
        "unit": convention.unit,
        "total": compiled.total,
        "total_with_modules": modules.total,
        "macs": sum(compiled.macs.values()),
        "layers": {kind: {"count": n, "macs": m} for kind, (n, m) in compiled.kinds.items()},
        "nodes": [{"path": path, "count": n} for path, n in compiled.nodes.items() if n],
    }


# What a paper prints


def published(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The expectations that hold a figure against a printed one."""
    return [
        verdict
        for verdict in verdicts
        if isinstance(verdict.item.condition, tree.Comparison)
        and verdict.item.condition.operator == "~"
    ]


def paper_text(name: str, file: str, macs: int, verdicts: Sequence[Verdict]) -> str:
    """What is printed of a network, in the convention in which its figures are those."""
    lines = [f"{name}  ({escape(file)})", f"{macs:,} MACs of convolutions and linear layers"]
    found = published(verdicts)
    if not found:
        return "".join(f"{line}\n" for line in (*lines, "no printed figure is expected of it"))
    rows = [("counted", "figure", "printed", "where")]
    for verdict in found:
        condition = verdict.item.condition
        assert isinstance(condition, tree.Comparison)
        printed = unparse_expression(condition.right)
        where = f"line {verdict.span.line}"
        source = f"{escape(verdict.source)}, {where}" if verdict.source else where
        rows.append(
            (unparse_expression(condition.left), figure_text(verdict.left), printed, source)
        )
    return "".join(f"{line}\n" for line in [*lines, "", columns(rows, "lrrl").rstrip("\n")])


def paper_json(name: str, file: str, macs: int, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The same."""
    rows = []
    for verdict in published(verdicts):
        condition = verdict.item.condition
        assert isinstance(condition, tree.Comparison)
        rows.append(
            {
                "counted": unparse_expression(condition.left),
                "figure": plain(verdict.left),
                "printed": unparse_expression(condition.right),
                "source": verdict.source,
                "line": verdict.span.line,
            }
        )
    return {"name": name, "file": file, "as": "paper", "macs": macs, "published": rows}


# Where a figure is from


def reconciled_text(
    name: str, file: str, printed: str, found: Sequence[Candidate], near: Sequence[Candidate]
) -> str:
    """What a published figure counts of a network, or what comes nearest where nothing is it."""
    head = f"{name}  ({escape(file)})"
    if found:
        said = f"{escape(printed)} is"
        rows = [(f"{each.figure:,}", each.text) for each in found]
    else:
        said = f"{escape(printed)} is no count of this network; the nearest are"
        rows = [(f"{each.figure:,}", each.text) for each in near]
    return f"{head}\n{said}\n\n{columns(rows, 'rl')}"


def reconciled_json(
    name: str, file: str, printed: str, found: Sequence[Candidate], near: Sequence[Candidate]
) -> dict[str, Any]:
    """The same."""
    return {
        "name": name,
        "file": file,
        "printed": printed,
        "explanations": [_candidate(each) for each in found],
        "nearest": [] if found else [_candidate(each) for each in near],
    }


def _candidate(each: Candidate) -> dict[str, Any]:
    return {
        "figure": each.figure,
        "counts": each.what,
        "of": each.form or None,
        "cut": each.is_cut,
    }
