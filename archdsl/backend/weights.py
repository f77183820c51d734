"""Tensors from and to safetensors files; never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_of
from safetensors.torch import save
from torch import nn

from archdsl.backend.weights_check import WeightsRefused, read_files
from archdsl.backend.weights_header import LENGTH, METADATA
from archdsl.diagnostics.report import Report
from archdsl.graph.graph import Graph


@torch.no_grad()
def load(graph: Graph, state: Mapping[str, torch.Tensor], dtype: str | None = None) -> None:
    """Fill a network's tensors from the files that its text names, the later file last.

    All files are read and held against the network before the first tensor changes.

    Args:
        graph: The network.
        state: Its tensors by key.
        dtype: What the floating ones are, where that is not the text's.

    Raises:
        WeightsRefused: a file cannot be read, or does not fit.
    """
    report = Report()
    for read in read_files(graph.weights, dtype):
        file = read.file
        try:
            tensors = tensors_of(read.content)
        except SafetensorError as error:
            report.error(
                "E0902", f"`{file.written}` is no sound safetensors file: {error}", file.span
            )
            raise WeightsRefused(report) from None
        for key, stored in file.tensors.items():
            state[stored.key].copy_(tensors[key])


def stored(module: nn.Module, network: str, version: str) -> bytes:
    """The state of a module as a safetensors file: equal states give equal bytes."""
    state = {key: tensor.contiguous() for key, tensor in module.state_dict().items()}
    content = save(state, metadata={"network": network, "archdsl": version})
    # The format leaves the order of its metadata open, and the library gives it no order.
    length = int.from_bytes(content[:LENGTH], "little")
    header = json.loads(content[LENGTH : LENGTH + length])
    header[METADATA] = dict(sorted(header[METADATA].items()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % LENGTH)
    return b"".join((len(text).to_bytes(LENGTH, "little"), text, content[LENGTH + length :]))
