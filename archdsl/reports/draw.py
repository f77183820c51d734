"""What `archc draw` says of a file that it wrote."""

from __future__ import annotations

from typing import Any

from archdsl.diagnostics.render import escape


def text(row: dict[str, Any]) -> str:
    """The file, and what is in it."""
    return f"{escape(row['output'])}: {row['name']}, {row['detail']} ({row['style']})\n"


def json(
    name: str, file: str, options: dict[str, str], output: str, drawing: str, notes: tuple[str, ...]
) -> dict[str, Any]:
    """The network and where its drawing is: in `output`, or here where that is standard output.

    `options` are the level, style, engine and format that were asked for.
    """
    row = {"name": name, "file": file, **options, "output": output, "notes": list(notes)}
    return {**row, "drawing": drawing} if output == "-" else row
