"""How wide a text is, by a table of our own: no font is opened and no machine decides a layout.

Each width is the larger of Arial's (Liberation Sans, which has the same metrics) and DejaVu
Sans's advance, so that a text fits its box in either.
"""

from __future__ import annotations

from math import ceil
from typing import Final

BOLD_PERCENT: Final = 111
"""A bold text is taken to be 1.11 times as wide as the same text in regular weight."""

UNKNOWN_ADVANCE: Final = 1000

# Advances of the characters from space to tilde, in thousandths of an em.
_ASCII: Final = (
    *(318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337),
    *(637, 637, 637, 637, 637, 637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 557),
    *(1016, 685, 687, 723, 771, 667, 611, 778, 752, 295, 500, 667, 558, 863, 749, 788),
    *(667, 788, 723, 667, 611, 732, 685, 989, 686, 667, 686, 391, 337, 391, 838, 557),
    *(500, 613, 635, 550, 635, 616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612),
    *(635, 635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637, 337, 637, 838),
)
ADVANCES: Final[dict[str, int]] = {chr(32 + i): width for i, width in enumerate(_ASCII)} | {
    "×": 838,
    "→": 1000,
    "·": 318,
    "–": 557,
    "−": 838,
    "…": 1000,
}

_advance = ADVANCES.get


def width(text: str, size: int, bold: bool = False) -> int:
    """The width of a text in whole px, rounded up; `size` is the font size in px."""
    thousandths = size * sum([_advance(c, UNKNOWN_ADVANCE) for c in text])
    if bold:
        return ceil(thousandths * BOLD_PERCENT / 100_000)
    return ceil(thousandths / 1000)


def clip(text: str, size: int, room: int, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits `room` px with an ellipsis behind."""
    if width(text, size, bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip(" ,") + "…", size, bold) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip(" ,") + "…"


def plain(text: str, limit: int = 1000) -> str:
    """A text on one line that every sink can hold: control characters become spaces, the rest is cut."""
    kept = "".join([c if _printable(c) else " " for c in text[: limit + 1]])
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def _printable(character: str) -> bool:
    """Whether XML and DOT may hold the character and no reader takes it for an instruction."""
    return character.isprintable() and character not in "\ufffe\uffff"
