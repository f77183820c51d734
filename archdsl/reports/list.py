"""What `archc list` says: the networks of files, their size, and what they cite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.analysis.cost import CostReport
from archdsl.diagnostics.render import clip, escape
from archdsl.drawing.labels import shape_text
from archdsl.graph.graph import Graph
from archdsl.reports.plain import identity
from archdsl.reports.table import Table, columns

_DOC = 60
"""Columns of the one line that says what a network is."""


@dataclass(frozen=True)
class Listed:
    """A network with its figures."""

    name: str
    file: str
    graph: Graph
    cost: CostReport


def text(networks: Sequence[Listed]) -> str:
    """A line for each network: name, parameters, MACs, input, who published it when, what it is."""
    rows = [("network", "parameters", "MACs", "input", "published", "")]
    for each in networks:
        inputs = ", ".join("x".join(map(str, v.type.shape)) for v in each.graph.inputs)
        rows.append(
            (
                each.name,
                f"{each.cost.params:,}",
                f"{each.cost.macs:,}",
                inputs,
                _published(each.graph),
                clip(_first_sentence(each.graph), _DOC),
            )
        )
    return columns(rows, "lrrlll")


def table(networks: Sequence[Listed]) -> Table:
    """A row for each network: name, year, authors, parameters, MACs, input."""
    rows: list[list[str | int]] = []
    for each in networks:
        cite = each.graph.cite
        year, authors = ("", "") if cite is None else (str(cite.year), cite.authors.text)
        inputs = ", ".join(shape_text(v.type) for v in each.graph.inputs)
        rows.append([each.name, year, authors, each.cost.params, each.cost.macs, inputs])
    return Table(("network", "year", "authors", "parameters", "MACs", "input"), rows)


def json(networks: Sequence[Listed]) -> list[dict[str, Any]]:
    """An object for each network."""
    return [
        {
            **identity(each.name, each.file, each.graph),
            "params": each.cost.params,
            "macs": each.cost.macs,
            "doc": each.graph.root.doc,
            "cite": _cite(each.graph),
        }
        for each in networks
    ]


def _cite(graph: Graph) -> dict[str, Any] | None:
    cite = graph.cite
    if cite is None:
        return None
    return {"authors": cite.authors.text, "year": cite.year, "title": cite.title.text}


def _published(graph: Graph) -> str:
    """`2016 K. He et al.`."""
    cite = graph.cite
    if cite is None:
        return ""
    first, *others = [name.strip() for name in cite.authors.text.split(",")]
    return escape(clip(f"{cite.year} {first}{' et al.' if others else ''}", 40))


def _first_sentence(graph: Graph) -> str:
    doc = " ".join((graph.root.doc or "").split())
    first, mark, _ = doc.partition(". ")
    return escape(f"{first}." if mark else first)
