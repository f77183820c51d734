"""Layers in a straight line become boxes; norms, activations and dropouts the rows of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from archdsl.drawing.flow import Flows
from archdsl.drawing.folded import entering_of, label_of
from archdsl.drawing.items import Box, Form, Item, Line, Merge, Path, Row
from archdsl.drawing.labels import shape_text
from archdsl.drawing.text import width
from archdsl.drawing.theme import colour_of
from archdsl.drawing.things import Things
from archdsl.graph.node import Node
from archdsl.layers.definition import Family
from archdsl.shapes.tensor import TensorType

BOX_WIDTH: Final = 118
ROW_SIZE: Final = 9
ROW_ROOM: Final = BOX_WIDTH - 20

_ROWS: Final = frozenset({Family.NORMALISATION, Family.ACTIVATION, Family.REGULARISATION})
_BEARERS: Final = frozenset({Family.CONVOLUTION, Family.LINEAR})

_Group: TypeAlias = tuple[list[Node], Node, list[Node]]
"""Rows above, the layer, rows below."""


def is_row(node: Node) -> bool:
    """Whether a layer may be a row; response normalisation, a step of its own, is none."""
    return node.layer.family in _ROWS and node.layer.kind != "local_response_norm"


def bears_rows(node: Node) -> bool:
    """Whether a layer's box takes rows: convolutions and linear layers."""
    return node.layer.family in _BEARERS


class Rows:
    """Builds boxes of the layers of one drawing; `joined` puts short rows on one line."""

    def __init__(self, flows: Flows, things: Things, joined: bool) -> None:
        self.flows = flows
        self.things = things
        self.joined = joined

    def boxes(self, parts: Sequence[Node | Item]) -> list[Item]:
        """The items of a straight line of layers and finished items.

        A row belongs to the convolution or linear layer before it; where such a line begins with
        a norm (pre-activation), rows belong to the layer behind them.
        """
        items: list[Item] = []
        run: list[Node] = []
        for part in parts:
            if isinstance(part, Node):
                run.append(part)
                continue
            items.extend(self._run(run))
            run = []
            items.append(part)
        items.extend(self._run(run))
        return items

    def _run(self, nodes: list[Node]) -> list[Item]:
        if not nodes:
            return []
        groups: list[_Group] = []
        waiting: list[Node] = []
        before_layers = False
        for node in nodes:
            if is_row(node):
                waiting.append(node)
            elif bears_rows(node) and _stand_above(waiting, groups, before_layers):
                before_layers = True
                groups.append((waiting, node, []))
                waiting = []
            else:
                _settle(groups, waiting)
                waiting = []
                groups.append(([], node, []))
        _settle(groups, waiting)
        return [self.box(above, main, below) for above, main, below in groups]

    def box(self, above: list[Node], main: Node, below: list[Node]) -> Box:
        """One box with its rows."""
        entering = entering_of(self.flows, above[0] if above else main)
        leaving: TensorType = (below[-1] if below else main).type
        return Box(
            self.things.node(main),
            label_of(self.flows, main),
            colour_of(main.layer.family),
            shape_text(leaving),
            above=self._lines(above),
            below=self._lines(below),
            reshapes=entering is not None and entering.rank != leaving.rank,
        )

    def _lines(self, nodes: Iterable[Node]) -> tuple[tuple[Row, ...], ...]:
        lines: list[list[Row]] = []
        used = 0
        for node in nodes:
            text = label_of(self.flows, node)
            row = Row(self.things.node(node), text, colour_of(node.layer.family))
            wide = width(text, ROW_SIZE)
            comma = width(", ", ROW_SIZE)
            if self.joined and lines and used + comma + wide <= ROW_ROOM:
                lines[-1].append(row)
                used += comma + wide
            else:
                lines.append([row])
                used = wide
        return tuple(tuple(line) for line in lines)


def _stand_above(waiting: list[Node], groups: list[_Group], before_layers: bool) -> bool:
    """Whether rows belong to the layer behind them."""
    if not waiting:
        return False
    is_after_layer = bool(groups) and bears_rows(groups[-1][1])
    is_norm = waiting[0].layer.family is Family.NORMALISATION
    return is_norm and (before_layers or not is_after_layer)


def _settle(groups: list[_Group], waiting: list[Node]) -> None:
    """Put rows below the box before them, or make them boxes of their own."""
    for node in waiting:
        if groups and _takes(groups[-1][1], node):
            groups[-1][2].append(node)
        else:
            groups.append(([], node, []))


def _takes(main: Node, row: Node) -> bool:
    """Whether a box takes a row: a bearer any, a norm that stands alone its activation."""
    if bears_rows(main):
        return True
    norm = main.layer.family is Family.NORMALISATION
    return norm and row.layer.family is Family.ACTIVATION


def as_pile(item: Item, copies: int, note: str | None) -> Item | None:
    """A folded repeat of one box, alone or with its bypass; None for what needs a frame."""
    if isinstance(item, Box) and not item.is_stage and item.copies == 1:
        return replace(item, copies=copies, note=note)
    if isinstance(item, Merge) and item.form is Form.BYPASS and item.copies == 1:
        body = item.paths[0].body.items
        if len(body) == 1 and isinstance(body[0], Box) and body[0].is_region:
            pile = replace(body[0], copies=copies, badged=False)
            main = Path(Line((pile,), (None,)), item.paths[0].kind)
            return replace(item, paths=(main, *item.paths[1:]), copies=copies, note=note)
    return None
