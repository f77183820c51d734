"""The rates of dropping in copies that are drawn as one."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.drawing.labels import layer_text
from archdsl.graph.node import Node
from archdsl.graph.region import Region
from archdsl.shapes.tensor import TensorType


class Rates:
    """The least and the greatest rate, for the layers of first copies that stand for others."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, float]] = {}

    def join(self, copies: Sequence[Region]) -> None:
        """Note what the first of equal copies stands for; loops go before the loops in them."""
        if len(copies) == 1:
            return
        for alike in zip(*[copy.nodes() for copy in copies], strict=True):
            if alike[0].layer.rate is not None:
                ends = [self._of(node) for node in alike]
                self._known[alike[0].path] = (
                    min(low for low, _ in ends),
                    max(high for _, high in ends),
                )

    def _of(self, node: Node) -> tuple[float, float]:
        rate = node.layer.rate
        assert rate is not None
        return self._known.get(node.path, (rate, rate))

    def text(self, node: Node, x: TensorType | None) -> str:
        """A layer's label, with both rates where they differ: `drop path 0.1–0.2`."""
        text = layer_text(node, x)
        low, high = self._known.get(node.path, (0.0, 0.0))
        return text if low == high else f"{node.layer.kind.replace('_', ' ')} {low:g}–{high:g}"
