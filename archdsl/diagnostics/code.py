"""What a diagnostic code means to the person who asks about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A diagnostic code as `archc explain` prints it.

    `wrong` and `right` are whole `.arch` files; where one file cannot show it
    (an import, a limit) `wrong` is empty and the explanation says how it arises.
    """

    code: str
    title: str
    explanation: str
    wrong: str = ""
    right: str = ""
