"""Columns of text."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics.render import width


def columns(rows: Sequence[Sequence[str]], align: str) -> str:
    """Rows of cells as aligned columns, two spaces apart.

    Args:
        rows: The cells, as many in each row as `align` has letters.
        align: For each column `l` or `r`.
    """
    widths = [max((width(row[i]) for row in rows), default=0) for i in range(len(align))]
    lines: list[str] = []
    for row in rows:
        cells: list[str] = []
        for cell, side, room in zip(row, align, widths, strict=True):
            padding = " " * (room - width(cell))
            cells.append(padding + cell if side == "r" else cell + padding)
        lines.append("  ".join(cells).rstrip() + "\n")
    return "".join(lines)
