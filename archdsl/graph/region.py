"""Regions: the tree of stages, blocks, copies and paths that the text is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from archdsl.diagnostics.source import Span
from archdsl.graph.node import Node, Value
from archdsl.syntax import tree
from archdsl.values.scope import Scope


class RegionKind(StrEnum):
    """What a region is in the text."""

    NETWORK = "network"
    STAGE = "stage"
    REPEAT = "repeat"
    FOR = "for"
    BLOCK = "block"
    CHAIN = "chain"
    PATH = "path"
    OUTPUT = "output"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Branch:
    """An `if` of a region's own body: the arm taken, and which members came from it.

    `arm` counts the arms from 0, `else` included; None where no arm was taken.
    `members[start:stop]` of the region are the taken arm's.
    """

    span: Span
    conditions: tuple[tree.Expression, ...]
    arm: int | None
    start: int
    stop: int


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A part of the network, as the text groups it.

    `id` is its position in `Graph.regions` (preorder); `parent` the id of the region around it.
    `name` is the last part of its path, None where it adds none (a sole call, an unlabelled
    path, a composed chain, a network). `path` is the state-dict prefix of what it holds: not
    unique, since regions without a name share their parent's.

    `kind` REPEAT and FOR are single copies: the copies of one loop are consecutive siblings
    with equal `span`, numbered by `index`. `kind` PATH is one `|` path of the merge node
    whose path is `merge`; the merge node follows its paths in `members`. A second use of a
    SHARE (or of what it holds) is a region again, with `use` 2, 3, ...

    `declaration` is the block or network declaration it instantiates, `called` its name (of a
    network called in another that of the instance), `arguments` what its parameters were bound to (defaults included), `argument_expressions` the expressions
    written at the call for those given, `lets` the constants bound in its own body, `scope` the
    names that its own text can see (None where it has no text of its own, as a composed chain).
    `inputs` are values made outside and used inside, flow first; `outputs` values made inside
    and used outside, flow first.
    """

    id: int
    kind: RegionKind
    name: str | None
    index: int | None
    path: str
    parent: int | None
    span: Span
    doc: str | None
    declaration: tree.BlockDecl | tree.NetworkDecl | tree.InstanceDecl | None
    arguments: Mapping[str, Any]
    argument_expressions: Mapping[str, tree.Expression]
    lets: Mapping[str, Any]
    branches: tuple[Branch, ...]
    members: tuple[Node | Region, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    merge: str | None = None
    use: int = 1
    training_only: bool = False
    called: str | None = None
    scope: Scope | None = field(default=None, repr=False)

    def nodes(self) -> Iterator[Node]:
        """Every node below, in text order."""
        stack: list[Iterator[Node | Region]] = [iter(self.members)]
        while stack:
            for member in stack[-1]:
                if isinstance(member, Node):
                    yield member
                else:
                    stack.append(iter(member.members))
                    break
            else:
                stack.pop()
