"""What `archc check --at` says: whether sizes are legal, what refuses them, what would mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archdsl.analysis.at_sizes import Refusal, refusing
from archdsl.analysis.legal_inputs import LegalInputs
from archdsl.diagnostics.diagnostic import Diagnostic, Severity
from archdsl.diagnostics.render import clip, escape
from archdsl.reports.legal import sizes_of
from archdsl.shapes.tensor import TensorType

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class AtSizes:
    """The verdict on the sizes of a network's inputs: plain data.

    `refused` says what refuses them, None where they are legal; `below` and `above` are the
    nearest legal sizes.
    """

    sizes: Mapping[str, int]
    refused: str | None = None
    path: str | None = None
    line: int | None = None
    below: Mapping[str, int] | None = None
    above: Mapping[str, int] | None = None
    finding: Diagnostic | None = None


def judged_at(legal: LegalInputs, given: Mapping[str, int]) -> AtSizes | None:
    """The verdict on given sizes; None where the network has none of these symbols.

    Args:
        legal: The legal inputs of the network as it is declared.
        given: The sizes asked for; the other symbols keep their defaults.
    """
    graph = legal.graph
    given = {name: size for name, size in given.items() if name in graph.symbols}
    if not given:
        return None
    sizes = {name: given.get(name, s.default) for name, s in graph.symbols.items()}
    found = refusing(graph, sizes)
    if found is None:
        return AtSizes(sizes)
    below, above = legal.nearest(**given)
    mend = _mends(sizes, below, above)
    finding = Diagnostic(
        "E0644",
        Severity.ERROR,
        f"at {sizes_of(sizes)} {_said(found)}",
        found.span,
        help=f"legal is {mend}" if mend else None,
    )
    path = None if found.node is None else found.node.path
    return AtSizes(sizes, _said(found), path, found.span.line, below, above, finding)


def line(at: AtSizes) -> str:
    """The verdict, for a person."""
    said = f"  at {sizes_of(at.sizes)}  "
    if at.refused is None:
        return f"{said}legal"
    said += f"refused: {escape(clip(at.refused, _LONGEST))} (line {at.line})"
    mend = _mends(at.sizes, at.below, at.above)
    return f"{said}; nearest legal {mend}" if mend else f"{said}; no legal sizes nearby"


def json(at: AtSizes) -> dict[str, Any]:
    """The verdict in full."""
    return {
        "sizes": dict(at.sizes),
        "legal": at.refused is None,
        "refused": at.refused,
        "path": at.path,
        "line": at.line,
        "below": None if at.below is None else dict(at.below),
        "above": None if at.above is None else dict(at.above),
    }


def _said(refusal: Refusal) -> str:
    node, given = refusal.node, refusal.operands
    if node is None:
        return refusal.reason
    if len(given) > 1:
        return f"`{node.path}` joins {' and '.join(map(_shape, given))}"
    return f"`{node.path}` gets {_shape(given[0])}, and is made for {_shape(refusal.declared[0])}"


def _shape(type: TensorType) -> str:
    return "×".join(map(str, type.shape))


def _mends(
    sizes: Mapping[str, int], below: Mapping[str, int] | None, above: Mapping[str, int] | None
) -> str:
    """The nearest legal sizes, each with what has to be cut off or added."""
    found: list[str] = []
    for near, verb in ((below, "crop"), (above, "pad")):
        if near is not None:
            by = [abs(near[name] - size) for name, size in sizes.items() if near[name] != size]
            found.append(f"{sizes_of(near)} ({verb} {' and '.join(map(str, by))})")
    return " and ".join(found)
