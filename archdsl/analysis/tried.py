"""A condition without a closed form, tried at every size of a range."""

from __future__ import annotations

from itertools import product

from archdsl.analysis.legal_inputs import SizeCondition

_FARTHEST = 512
_FARTHEST_OF_PAIRS = 256


def tried(condition: SizeCondition) -> str:
    """At how many sizes of a range a condition holds, said in words.

    One symbol is tried from 1 to 512, two from 1 to 256 each; with more, all of them alike.
    """
    names = condition.symbols
    if len(names) == 2:
        far = _FARTHEST_OF_PAIRS
        every = [dict(zip(names, p, strict=True)) for p in product(range(1, far + 1), repeat=2)]
        what = f"of the {len(every):,} pairs up to {far}"
    else:
        far = _FARTHEST
        every = [dict.fromkeys(names, n) for n in range(1, far + 1)]
        what = f"of the sizes from 1 to {far}" + (", all alike," if len(names) > 2 else "")
    count = sum(condition.holds(sizes) for sizes in every)
    return f"{what} {count:,} {'keeps' if count == 1 else 'keep'} it"
