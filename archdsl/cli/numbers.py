"""Numbers and dtypes of the commands that build modules."""

from __future__ import annotations

import re

from archdsl.cli.output import Usage

DTYPES = ("float64", "float32", "float16", "bfloat16")
"""What floating tensors can be."""

_LARGEST_SEED = 2**63 - 1


def whole_number(given: str, option: str, least: int, most: int) -> int:
    """A whole number of an option.

    Raises:
        Usage: It is none, or out of bounds.
    """
    if re.fullmatch(r"[0-9]{1,19}", given) and least <= int(given) <= most:
        return int(given)
    raise Usage(f"{option} takes a whole number from {least} to {most:,}")


def seed_of(given: str) -> int:
    """The number of `--seed`.

    Raises:
        Usage: It is none.
    """
    return whole_number(given, "--seed", 0, _LARGEST_SEED)
