"""Columns of text, tables as CSV and Markdown, and figures as people read them."""

from __future__ import annotations

import csv as csv_writer
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archdsl.diagnostics.render import escape, width

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


@dataclass(frozen=True)
class Table:
    """A head and its rows; a cell is a text or a whole number."""

    head: Sequence[str]
    rows: Sequence[Sequence[str | int]]

    def csv(self) -> str:
        """Comma-separated values, a line for each row; numbers are plain digits."""
        out = io.StringIO()
        csv_writer.writer(out, lineterminator="\n").writerows([self.head, *self.rows])
        return out.getvalue()

    def markdown(self) -> str:
        """A table of Markdown; columns of numbers stand to the right, in groups of three digits."""
        numeric = [
            bool(self.rows) and all(isinstance(row[i], int) for row in self.rows)
            for i in range(len(self.head))
        ]
        lines = [
            [_markdown(cell) for cell in self.head],
            ["---:" if right else "---" for right in numeric],
            *([_markdown(cell) for cell in row] for row in self.rows),
        ]
        return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


_SPECIAL = re.compile(r"[\\|`*<>\[\]#~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""What Markdown would take as its own; an underscore inside a word it leaves alone."""


def _markdown(cell: str | int) -> str:
    return f"{cell:,}" if isinstance(cell, int) else _SPECIAL.sub(r"\\\g<0>", escape(cell))
