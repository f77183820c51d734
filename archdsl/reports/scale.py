"""What `archc scale` says: the best candidates with their figures, and the winner as a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from archdsl.analysis.scaling import Bound, Candidate, Search
from archdsl.analysis.space import Space
from archdsl.analysis.totals import Total
from archdsl.diagnostics.render import escape
from archdsl.diagnostics.source import Source
from archdsl.graph.graph import Graph
from archdsl.reports.plain import identity, plain
from archdsl.reports.table import columns
from archdsl.syntax.format import format_file
from archdsl.syntax.parse import parse
from archdsl.values.value import shown


class Scaled(NamedTuple):
    """A network, what was searched for it, and what came of that."""

    name: str
    file: str
    graph: Graph
    space: Space
    base: Total
    result: Search

    @property
    def by(self) -> str | None:
        """The rule as it was asked for."""
        return None if self.space.written is None else self.space.written.span.text


def text(scaled: Scaled, most: int) -> str:
    """What was searched, what was dropped, and a table of the first candidates."""
    result = scaled.result
    by = f", by {scaled.by}" if scaled.by is not None else ""
    budget = " and ".join(map(_bound_text, result.budget))
    names = list(scaled.space.choices)
    head = (
        f"{scaled.name}  ({escape(scaled.file)})\n{budget}{by}\n{_points_text(names, result)}\n\n"
    )
    first = result.budget[0]
    rows = [
        ["", *names, "MACs", "parameters", "peak bytes", "depth", f"{first.quantity} ×", "alike"],
        ["as written", *[""] * len(names), *_figures(scaled.base), "1", ""],
    ]
    for number, candidate in enumerate(result.found[:most], 1):
        ratio = first.of(candidate.total) / max(1, first.of(scaled.base))
        rows.append(
            [
                str(number),
                *[shown(value) for value in candidate.point.values()],
                *_figures(candidate.total),
                f"{ratio:.3f}",
                f"+ {candidate.alike:,}" if candidate.alike else "",
            ]
        )
    kept = [i for i in range(len(rows[0])) if any(row[i] for row in rows[1:])]
    return head + columns(
        [[row[i] for i in kept] for row in rows], "".join("lr"[i > 0] for i in kept)
    )


def _bound_text(bound: Bound) -> str:
    asked = f" ({bound.written})" if bound.written != str(bound.most) else ""
    return f"at most {bound.text(bound.most)}{asked}"


def _points_text(names: Sequence[str], result: Search) -> str:
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    parts = [f"{len(result.found) + sum(c.alike for c in result.found):,} within the budget"]
    if result.over:
        parts.append(f"{result.over:,} beyond it")
    if result.unmet:
        parts.append(f"{result.unmet:,} that break a require")
    if result.failed:
        parts.append(f"{result.failed:,} that cannot be built")
    text = f"{result.points:,} points of {listed}: {', '.join(parts)}"
    if result.failure is not None:
        text += f"\nthe first that cannot be built: {escape(result.failure.message)}"
    return text


def _figures(total: Total) -> list[str]:
    sums = total.sums
    return [
        f"{sums.macs:,}",
        f"{sums.params:,}",
        f"{total.inference_peak:,}",
        str(total.depth),
    ]


def json(scaled: Scaled, most: int) -> dict[str, Any]:
    """A network's part of the document: the search and its first candidates, nearest first."""
    result = scaled.result
    return {
        **identity(scaled.name, scaled.file, scaled.graph),
        "by": scaled.by,
        "budget": [
            {"quantity": b.quantity, "at_most": b.most, "written": b.written} for b in result.budget
        ],
        "as_written": _json_figures(scaled.base),
        "points": result.points,
        "beyond_budget": result.over,
        "breaking_a_require": result.unmet,
        "failing": result.failed,
        "failure": None if result.failure is None else result.failure.message,
        "candidates": [_candidate(candidate) for candidate in result.found[:most]],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "point": {name: plain(value) for name, value in candidate.point.items()},
        "coefficients": {name: plain(value) for name, value in candidate.coefficients.items()},
        "alike": candidate.alike,
        **_json_figures(candidate.total),
    }


def _json_figures(total: Total) -> dict[str, Any]:
    sums = total.sums
    return {
        "params": sums.params,
        "buffers": sums.buffers,
        "macs": sums.macs,
        "flops": sums.flops,
        "activations": sums.activations,
        "depth": total.depth,
        "memory": {"weights": sums.weight_bytes, "inference_peak": total.inference_peak},
    }


def network_text(
    scaled: Scaled, written: str, arguments: Mapping[str, Any], *, expects: bool
) -> str:
    """The first candidate as a network of a file of its own.

    Args:
        scaled: The search.
        written: How that file names the one with the network.
        arguments: What the network is given beside the coefficients.
        expects: Whether it states its figures.
    """
    space = scaled.space
    best = scaled.result.found[0]
    given = dict(arguments)
    imported = [scaled.name]
    behind = ""
    if space.rule is None:
        given |= best.point
    else:
        rule = space.rule.declaration
        fixed = {name: each.value for name, each in space.rule.keywords.items()}
        in_order = [p.name for p in rule.parameters if p.name in fixed or p.name in best.point]
        values = {**fixed, **best.point}
        imported.append(rule.name.name)
        behind = f" scaled {rule.name.name}({_call({n: values[n] for n in in_order})})"
    sums = best.total.sums
    figures = f"expect params == {sums.params:_}, macs == {sums.macs:_}"
    body = f" {{\n    {figures}\n}}" if expects else ""
    text = (
        f'from "{written}" import {", ".join(imported)}\n\n'
        f"## {scaled.name}, scaled to {' and '.join(map(_bound_text, scaled.result.budget))}.\n"
        f"network {scaled.name}_scaled = {scaled.name}({_call(given)}){behind}{body}\n"
    )
    file = parse(Source(written, text)).value
    assert file is not None
    return format_file(file)


def _call(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={shown(value)}" for name, value in values.items())
