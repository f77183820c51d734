"""Sets of sizes as people write them: `H % 32 <= 7 and H >= 32`, `224 <= H <= 255`.

First the congruence, then the bound, then the exceptions. What is written is also an expression:
evaluated with a size for the symbol, it says whether the size is a member.
"""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.shapes.sizes import Sizes, periodic

_MOST_LISTED = 12
"""More members than these are not listed one by one where there is a shorter way."""


def text(sizes: Sizes, symbol: str) -> str:
    """The members of a set, as a condition on a symbol."""
    if not sizes:
        return f"no {symbol}"
    if sizes.is_finite:
        return _finite(_places(sizes.head), symbol)
    every = periodic(1, sizes.period, 0, sizes.tail)
    congruence = _congruence(sizes.period, _places(sizes.tail), symbol)
    missing = _places((every - sizes).head)
    extra = _places((sizes - every).head)
    if not missing:
        return _with_extra(congruence or f"{symbol} >= 1", extra, symbol)
    bound = every.next(missing[-1] + 1)
    assert bound is not None
    below = list((every & sizes).members(missing[-1]))
    if len(below) > len(missing):
        said = _joined(congruence, _but(symbol, missing))
        return _with_extra(said, extra, symbol)
    said = _joined(congruence, f"{symbol} >= {bound}")
    return _with_extra(said, sorted([*below, *extra]), symbol)


def _joined(congruence: str, other: str) -> str:
    return f"{congruence} and {other}" if congruence else other


def _with_extra(said: str, extra: Sequence[int], symbol: str) -> str:
    return f"{said} or {_finite(extra, symbol)}" if extra else said


def _finite(members: Sequence[int], symbol: str) -> str:
    """Listed, or as ranges where that is shorter."""
    runs: list[tuple[int, int]] = []
    for n in members:
        if runs and n == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    if len(runs) > 1 and len(members) <= _MOST_LISTED:
        return f"{symbol} in {_set(members)}"
    return " or ".join(_run(low, high, symbol) for low, high in runs)


def _run(low: int, high: int, symbol: str) -> str:
    if low == high:
        return f"{symbol} == {low}"
    return f"{symbol} <= {high}" if low == 1 else f"{low} <= {symbol} <= {high}"


def _congruence(period: int, residues: Sequence[int], symbol: str) -> str:
    """What a number leaves over when it is divided by the period; nothing where all is allowed."""
    count = len(residues)
    if count == period:
        return ""
    if count == 1:
        return f"{symbol} % {period} == {residues[0]}"
    if count == 2:
        return f"{symbol} % {period} in {_set(residues)}"
    gaps = [i for i in range(count) if (residues[i] - residues[i - 1]) % period != 1]
    if len(gaps) == 1:
        start, last = residues[gaps[0]], count - 1
        if start == 0:
            return f"{symbol} % {period} <= {last}"
        if start + last == period - 1:
            return f"{symbol} % {period} >= {start}"
        return f"({symbol} + {period - start}) % {period} <= {last}"
    if 2 * count > period:
        others = sorted(set(range(period)).difference(residues))
        return _but(f"{symbol} % {period}", others)
    return f"{symbol} % {period} in {_set(residues)}"


def _but(what: str, members: Sequence[int]) -> str:
    return f"{what} != {members[0]}" if len(members) == 1 else f"{what} not in {_set(members)}"


def _set(members: Sequence[int]) -> str:
    return f"{{{', '.join(map(str, members))}}}"


def _places(bits: int) -> list[int]:
    """Where the bits of a number are set, lowest first."""
    places: list[int] = []
    written = bin(bits)[:1:-1]
    place = written.find("1")
    while place >= 0:
        places.append(place)
        place = written.find("1", place + 1)
    return places
