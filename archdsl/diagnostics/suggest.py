"""Did you mean: the nearest of the names that could have stood there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

MOST_NAMES = 1_000
LONGEST_NAME = 64
MOST_MEASURED = 50
_THIRD = sum(1 << (3 * i + 2) for i in range(64))


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a misspelt name most likely means, None where none is near.

    Spellings that differ only in case, underscores or a trailing `1d`, `2d`, `3d` count as
    equal (`BatchNorm2d` is `batch_norm`); else at most one edit in three letters, three in
    all. Looks at the first thousand candidates of at most 64 characters, and measures those
    that share most letters with the name.
    """
    if not 0 < len(name) <= LONGEST_NAME:
        return None
    folded = _fold(name)
    letters = _letters(folded)
    limit = min(3, len(folded) // 3)
    near = [
        (difference, candidate, other)
        for candidate, other, other_letters in _folded(tuple(candidates))
        if (difference := (letters ^ other_letters).bit_count()) <= 2 * limit
        and candidate != name
        and abs(len(other) - len(folded)) <= limit
    ]
    near.sort()
    best: tuple[int, str] | None = None
    for _, candidate, other in near[:MOST_MEASURED]:
        distance = edit_distance(folded, other, limit)
        if distance <= limit and (best is None or (distance, candidate) < best):
            best = (distance, candidate)
            limit = distance
    return None if best is None else best[1]


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The help line for a misspelt name, None where no candidate is near."""
    meant = suggest(name, candidates)
    return None if meant is None else f"did you mean `{meant}`?"


def edit_distance(a: str, b: str, limit: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours from `a` to `b`; `limit + 1` for more.

    The optimal string alignment distance, one row of the table at a time, only the diagonal
    band of width `2 * limit + 1`.
    """
    start = 0
    shorter = min(len(a), len(b))
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    a = a[start : len(a) - end]
    b = b[start : len(b) - end]
    if not a or not b:
        return min(limit + 1, len(a) + len(b))
    far = limit + 1
    before_last: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i] + [far] * len(b)
        for j in range(max(1, i - limit), min(len(b), i + limit) + 1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != b[j - 1]))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == b[j - 1]:
                least = min(least, before_last[j - 2] + 1)
            row[j] = least
        if min(row) > limit:
            return far
        before_last, last = last, row
    return min(far, last[-1])


def _fold(name: str) -> str:
    folded = name.lower().replace("_", "")
    return re.sub(r"(?<=[a-z])[123]d$", "", folded)


def _letters(folded: str) -> int:
    """The bag of letters as bits, up to three of each; one edit changes at most two bits."""
    bits = 0
    for letter in folded:
        bit = 1 << 3 * (ord(letter) & 63)
        while bits & bit and not bits & (bit & _THIRD):
            bit <<= 1
        bits |= bit
    return bits


@lru_cache(maxsize=8)
def _folded(candidates: tuple[str, ...]) -> list[tuple[str, str, int]]:
    kept = [c for c in candidates[:MOST_NAMES] if 0 < len(c) <= LONGEST_NAME]
    return [(c, _fold(c), _letters(_fold(c))) for c in kept]
