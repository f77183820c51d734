"""Rules about channels: biases that a norm takes away again, groups that divide nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archdsl.analysis.lints.reading import Reading, at, called_apart
from archdsl.diagnostics.diagnostic import Diagnostic, Edit, Label, warning
from archdsl.graph.node import Node, Port
from archdsl.syntax import tree

_BIASED = frozenset({"conv", "depthwise_conv", "conv_transpose", "sparse_conv"})
_GROUPED = ("conv", "conv_transpose")


def biased(reading: Reading) -> Iterator[Diagnostic]:
    """W0602: a bias that a batch norm takes away again.

    Everything that takes the value is a batch norm, and none of them is frozen: one that stays
    in evaluation takes its running mean away, whatever the bias.
    """
    nodes_by_path = reading.graph.nodes
    before = [nodes_by_path[norm.inputs[0].node] for norm in reading.of("batch_norm")]
    biased = [node for node in before if getattr(node.layer, "bias", False)]
    found = [node for node in dict.fromkeys(biased) if _is_cancelled(reading, node)]
    for nodes in reading.everywhere(found, lambda node: _is_cancelled(reading, node)):
        lost = {each.weights: each.outputs[0].channels for each in nodes}
        count = sum(lost.values())
        of = f" of {len(lost)} layers" if len(lost) > 1 else ""
        norm = reading.place(reading.takers[Port(nodes[0].path, 0)][0])
        for node in called_apart(nodes):
            written = reading.argument(node, "bias")
            yield warning(
                "W0602",
                f"the bias of `{node.layer.kind}` is taken away again by the `batch_norm` behind it: "
                f"{count:,} parameter{'s' if count > 1 else ''}{of} that do{'es' * (count == 1)} nothing",
                reading.place(node) if written is None else written.span,
                labels=[
                    Label(norm, "this takes the mean of each channel away"),
                    *reading.calls(node),
                ],
                help="write `bias=false` where a `batch_norm` follows",
                edits=[Edit(written.span, "false")] if isinstance(written, tree.Constant) else [],
            )


def _is_cancelled(reading: Reading, node: Node) -> bool:
    layer: Any = node.layer
    if layer.kind not in _BIASED or not layer.bias:
        return False
    value = Port(node.path, 0)
    takers = reading.takers.get(value, [])
    return (
        bool(takers)
        and all(taker.layer.kind == "batch_norm" and not taker.frozen for taker in takers)
        and value not in reading.leaving
    )


def undivided(reading: Reading) -> Iterator[Diagnostic]:
    """W0605: groups that make a layer no cheaper.

    One group, written as such, is the plain layer; so is a depthwise convolution of one channel.
    A number of groups that is computed, or passed in, may be one in some of its uses.
    """
    for nodes in reading.by_step(*_GROUPED):
        written = reading.argument(nodes[0], "groups")
        if isinstance(written, tree.Number) and written.value == 1:
            for node in called_apart(nodes):
                yield warning(
                    "W0605",
                    f"one group makes `{node.layer.kind}` no cheaper: it is the plain layer",
                    written.span,
                    labels=reading.calls(node),
                    help="leave `groups` out, or divide the channels by more",
                )
    found = [node for node in reading.of("depthwise_conv") if _is_single(reading, node)]
    for nodes in reading.everywhere(found, lambda node: _is_single(reading, node)):
        for node in called_apart(nodes):
            yield warning(
                "W0605",
                "a depthwise convolution of one channel is no cheaper than the plain one",
                reading.place(node),
                labels=reading.calls(node),
                notes=[at(node, reading.operand(node))],
                help=f"write `conv({node.outputs[0].channels}, ...)`, which says what it makes",
            )


def _is_single(reading: Reading, node: Node) -> bool:
    return reading.operand(node).channels == 1
