"""Values and networks as JSON speaks of them: the parts that every document shares."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archdsl.graph.graph import Graph
from archdsl.shapes.tensor import TensorType
from archdsl.values.value import shown


def plain(value: Any) -> Any:
    """A value of the language as JSON has it; what JSON lacks as the text that would be written."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return shown(value)


def tensor(name: str, type: TensorType) -> dict[str, Any]:
    """A named value: its shape without the batch, and dtype."""
    return {"name": name, "shape": list(type.shape), "dtype": type.dtype}


def identity(name: str, file: str, graph: Graph) -> dict[str, Any]:
    """What every document says of a network first: name, file, parameters, inputs and outputs."""
    outputs: list[dict[str, Any]] = []
    for output in graph.outputs:
        described = tensor(output.name, output.value.type)
        outputs.append({**described, "training_only": True} if output.training_only else described)
    return {
        "name": name,
        "file": file,
        "parameters": {key: plain(value) for key, value in graph.root.arguments.items()},
        "inputs": [tensor(value.names[0], value.type) for value in graph.inputs],
        "outputs": outputs,
    }
