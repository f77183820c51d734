"""What `archc check` says of the sizes of a network's inputs, and of the cause of each condition."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.analysis.legal_inputs import LegalInputs, SizeCondition, legal_inputs
from archdsl.analysis.parting import Parting, parting
from archdsl.analysis.tried import tried
from archdsl.diagnostics.render import clip, escape
from archdsl.graph.graph import Graph
from archdsl.shapes.condition import Equal
from archdsl.shapes.sizes_text import text as sizes_text

_LONGEST = 100
"""Legal sizes that take more characters are left to their causes."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A condition on the sizes, and who asks for it: plain data.

    `joined` are the two sides of a join, `parting` is where its paths parted. `unknown` says why
    there is no closed form, and which sizes were tried instead.
    """

    text: str
    symbols: tuple[str, ...]
    line: int
    path: str | None
    kind: str | None
    reason: str
    relation: str
    others: tuple[str, ...]
    joined: tuple[str, str] | None
    parting: Parting | None
    unknown: str | None

    @property
    def said(self) -> str:
        """Who asks for it, and for what."""
        if self.path is None:
            return self.reason
        if self.joined is None:
            asked = "" if self.relation == self.text else f"; {self.relation}"
            return f"{self.path}: must be {self.reason}{asked}"
        said = f"{self.path} joins {self.joined[0]} and {self.joined[1]}"
        if self.parting is not None:
            said += f", parted at {self.parting.name}"
            if self.parting.alike is not None:
                said += f" ({self.parting.length} = x): equal when {self.parting.alike}"
        return said


@dataclass(frozen=True, slots=True)
class Legal:
    """The legal sizes of a network's inputs: plain data.

    `text` is empty where every size is legal. `pins` are the rectangles where there are several.
    `training` is what training asks, where that is more.
    """

    text: str
    smallest: Mapping[str, int] | None
    pins: tuple[Mapping[str, str], ...] | None
    causes: tuple[Cause, ...]
    training: Legal | None = None

    @property
    def unknown(self) -> tuple[Cause, ...]:
        """The conditions without a closed form."""
        return tuple([cause for cause in self.causes if cause.unknown is not None])


def described(graph: Graph, legal: LegalInputs) -> Legal:
    """The legal sizes of a network, in inference and where it differs in training."""
    training = None
    if any(node.training_only for node in graph.order):
        found = legal_inputs(graph, training=True)
        if found.text != legal.text:
            asked = {(c.text, c.path) for c in legal.conditions}
            added = [c for c in found.conditions if (c.text, c.path) not in asked]
            training = _legal(graph, found, added)
    return _legal(graph, legal, legal.conditions, training)


def _legal(
    graph: Graph,
    legal: LegalInputs,
    conditions: Sequence[SizeCondition],
    training: Legal | None = None,
) -> Legal:
    pins = None
    if len(legal.boxes) > 1:
        pins = tuple([{s: sizes_text(these, s) for s, these in b.items()} for b in legal.boxes])
    causes = tuple([_cause(graph, each) for each in conditions])
    return Legal(legal.text, legal.smallest, pins, causes, training)


def _cause(graph: Graph, each: SizeCondition) -> Cause:
    node = None if each.path is None else graph.nodes[each.path]
    joined = None
    if node is not None and len(node.inputs) > 1 and isinstance(each.condition, Equal):
        joined = str(each.condition.left), str(each.condition.right)
    unknown = None if each.unknown is None else f"{each.unknown}; {tried(each)}"
    return Cause(
        each.text,
        each.symbols,
        each.span.line,
        each.path,
        None if node is None else node.layer.kind,
        each.reason,
        each.relation,
        each.others,
        joined,
        parting(graph, each),
        unknown,
    )


# Text


def lines(legal: Legal) -> list[str]:
    """The legal sizes and their causes, for a person; nothing where every size is legal."""
    return [
        *_lines("legal", legal),
        *(_lines("training", legal.training) if legal.training else []),
    ]


def sizes_of(sizes: Mapping[str, int] | None) -> str:
    """Sizes as `--at` takes them: `H=32,W=32`."""
    if sizes is None:
        return "unknown"
    return ",".join(f"{name}={size}" for name, size in sizes.items())


def _lines(head: str, legal: Legal) -> list[str]:
    if not legal.causes:
        return []
    said = legal.text if len(legal.text) <= _LONGEST else "as each of these asks"
    found = [f"  {head}  {said}; smallest {sizes_of(legal.smallest)}"]
    indent = " " * (len(head) + 4)
    known = [cause for cause in legal.causes if cause.unknown is None]
    groups = list(_groups(known))
    alike: dict[tuple[Any, ...], list[list[Cause]]] = {}
    for group in groups:
        alike.setdefault(_likeness(group), []).append(group)
    for first, *others in alike.values():
        found.append(f"{indent}{_group_text(first)}")
        if others:
            names = ", ".join(escape(str(group[0].path)) for group in others)
            found.append(f"{indent}... {clip(names, _LONGEST)} alike")
    found += [f"{indent}{_unknown_text(cause)}" for cause in legal.unknown]
    return found


def _unknown_text(cause: Cause) -> str:
    """A condition without a closed form, why, and what was tried instead."""
    said = f"{clip(cause.text, _LONGEST)}  {escape(cause.said)} (line {cause.line})"
    return f"unknown: {said}; {cause.unknown}"


def _groups(causes: Iterable[Cause]) -> Iterable[list[Cause]]:
    """Causes with the same demand on several symbols, together."""
    together: dict[tuple[Any, ...], list[Cause]] = {}
    for cause in causes:
        asked = None if cause.path is None else _anonymous(cause, cause.text)
        key = (cause.path, cause.line, cause.kind, asked)
        together.setdefault(key, []).append(cause)
    return together.values()


def _anonymous(cause: Cause, text: str) -> str:
    if len(cause.symbols) != 1:
        return text
    return re.sub(rf"\b{cause.symbols[0]}\b", "_", text)


def _likeness(group: list[Cause]) -> tuple[Any, ...]:
    """What joins have in common whose paths are alike under the same condition where they parted."""
    first = group[0]
    if first.parting is None or first.parting.alike is None:
        return (id(first),)
    return first.kind, first.line, first.parting.alike, tuple(c.symbols for c in group)


def _group_text(group: list[Cause]) -> str:
    texts = ", ".join(clip(cause.text, _LONGEST) for cause in group)
    first = group[0]
    said = f"{texts}  {escape(first.said)} (line {first.line}"
    if first.others:
        more = f" and {len(first.others) - 1} more" if len(first.others) > 1 else ""
        said += f"; also {escape(first.others[0])}{more}"
    return f"{said})"


# JSON


def json(legal: Legal) -> dict[str, Any]:
    """The legal sizes in full."""
    return {
        "text": legal.text,
        "conditions": [_cause_json(cause) for cause in legal.causes],
        "smallest": None if legal.smallest is None else dict(legal.smallest),
        "pins": None if legal.pins is None else [dict(pin) for pin in legal.pins],
        "training": None if legal.training is None else json(legal.training),
    }


def _cause_json(cause: Cause) -> dict[str, Any]:
    parted = cause.parting
    return {
        "text": cause.text,
        "symbols": list(cause.symbols),
        "line": cause.line,
        "cause": cause.said,
        "path": cause.path,
        "also": list(cause.others),
        "relation": cause.relation,
        "parting": None
        if parted is None
        else {"at": parted.name, "length": parted.length, "alike": parted.alike},
        "unknown": cause.unknown,
    }
