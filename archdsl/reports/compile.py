"""What `archc compile` says of a file that it wrote."""

from __future__ import annotations

from typing import Any

from archdsl.diagnostics.render import escape


def text(row: dict[str, Any]) -> str:
    """The file, and what is in it."""
    if "tensors" in row:
        held = f"{row['tensors']:,} tensors, {row['bytes']:,} bytes"
        return f"{escape(row['output'])}: {row['name']}, {held}\n"
    return f"{escape(row['output'])}: {row['name']}, {row['lines']:,} lines ({row['style']})\n"


def json(name: str, file: str, style: str, output: str, source: str) -> dict[str, Any]:
    """The network and where its source is: in `output`, or here where that is standard output."""
    row = {
        "name": name,
        "file": file,
        "style": style,
        "output": output,
        "lines": source.count("\n"),
    }
    return {**row, "source": source} if output == "-" else row


def weights_json(name: str, file: str, output: str, tensors: int, size: int) -> dict[str, Any]:
    """The network, the file of its weights, how many tensors and bytes that has."""
    return {"name": name, "file": file, "output": output, "tensors": tensors, "bytes": size}
