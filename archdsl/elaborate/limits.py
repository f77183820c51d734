"""How much a text may ask for."""

from __future__ import annotations

from dataclasses import dataclass

HARD_MAX_NODES = 1_000_000
MAX_BLOCK_DEPTH = 64
MAX_INSTANCES = 64
AMPLIFICATION = 200
AMPLIFICATION_FREE = 10_000
MAX_AXES = 64
MAX_ELEMENTS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_nodes` bounds the elaborated nodes; `raised` says that the author asked for that many.

    Unless raised, a text may not grow by more than 200 times beyond 10,000 nodes.
    """

    max_nodes: int = 100_000
    raised: bool = False


DEFAULT_LIMITS = Limits()
