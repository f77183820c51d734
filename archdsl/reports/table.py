"""Columns of text, and figures as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics.render import width

_UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def binary(size: int) -> str:
    """A number of bytes in the largest unit that it fills: `97.7 MiB`, `512 bytes`."""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


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
