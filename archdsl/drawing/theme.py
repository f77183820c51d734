"""Colours: one for each family of layers, in three styles.

The families of the colour styles can be told apart with each common colour blindness; in
`paper`, where everything is white, dashes and words carry what colours carry elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from archdsl.layers.definition import Family


class Colour(StrEnum):
    """What a box is coloured for, in the order of the legend."""

    CONVOLUTION = "convolution"
    LINEAR = "linear"
    POOLING = "pooling"
    NORMALISATION = "normalisation"
    ACTIVATION = "activation"
    RECURRENT = "recurrent"
    ATTENTION = "attention"
    RESHAPE = "reshape"
    FOLDED = "folded"


_BY_FAMILY: Final[dict[Family, Colour]] = {
    Family.CONVOLUTION: Colour.CONVOLUTION,
    Family.LINEAR: Colour.LINEAR,
    Family.POOLING: Colour.POOLING,
    Family.NORMALISATION: Colour.NORMALISATION,
    Family.ACTIVATION: Colour.ACTIVATION,
    Family.REGULARISATION: Colour.ACTIVATION,
    Family.RECURRENT: Colour.RECURRENT,
    Family.ATTENTION: Colour.ATTENTION,
    Family.DETECTION: Colour.POOLING,
    Family.SHAPE: Colour.RESHAPE,
    Family.SCALE: Colour.RESHAPE,
    Family.MERGE: Colour.FOLDED,
    Family.INPUT: Colour.FOLDED,
}


def colour_of(family: Family) -> Colour:
    """The colour of a family: RoI layers pool, scales reshape, regularisation is an activation."""
    return _BY_FAMILY[family]


@dataclass(frozen=True, slots=True)
class Paint:
    """Fill and stroke of a box."""

    fill: str
    stroke: str


@dataclass(frozen=True, slots=True)
class Theme:
    """All colours and the font of one style."""

    paints: Mapping[Colour, Paint]
    page: str
    text: str
    muted: str
    line: str
    frame_odd: str
    frame_even: str
    frame_border: str
    font: str
    coloured: bool

    def frame_fill(self, depth: int) -> str:
        """The tint of a frame; the outermost has depth 1."""
        return self.frame_odd if depth % 2 else self.frame_even


_SANS: Final = "Helvetica, Arial, 'Liberation Sans', sans-serif"
_SERIF: Final = "'Times New Roman', Times, 'Liberation Serif', serif"

COLOR: Final = Theme(
    {
        Colour.CONVOLUTION: Paint("#8FC1F2", "#1F5F99"),
        Colour.LINEAR: Paint("#F0AC4E", "#8A4B00"),
        Colour.POOLING: Paint("#E67E6E", "#8C231A"),
        Colour.NORMALISATION: Paint("#FAEB7A", "#6E5F00"),
        Colour.ACTIVATION: Paint("#D2EFC4", "#3B6B2C"),
        Colour.RECURRENT: Paint("#BE86EC", "#5B2A82"),
        Colour.ATTENTION: Paint("#6EEAE2", "#0B6B63"),
        Colour.RESHAPE: Paint("#A3A3A3", "#4D4D4D"),
        Colour.FOLDED: Paint("#FFFFFF", "#4D4D4D"),
    },
    page="#FFFFFF",
    text="#111111",
    muted="#555555",
    line="#444444",
    frame_odd="#F6F7F9",
    frame_even="#ECEFF3",
    frame_border="#C3CAD3",
    font=_SANS,
    coloured=True,
)

DARK: Final = Theme(
    {
        Colour.CONVOLUTION: Paint("#1B3F94", "#86B4F2"),
        Colour.LINEAR: Paint("#5A3A06", "#F0AC4E"),
        Colour.POOLING: Paint("#8F4338", "#F29A8C"),
        Colour.NORMALISATION: Paint("#6E6104", "#EAD94C"),
        Colour.ACTIVATION: Paint("#153216", "#8FCB86"),
        Colour.RECURRENT: Paint("#3A0A4A", "#CFA0F0"),
        Colour.ATTENTION: Paint("#05626F", "#6ED6D2"),
        Colour.RESHAPE: Paint("#474747", "#BDBDBD"),
        Colour.FOLDED: Paint("#16181C", "#B9BEC6"),
    },
    page="#16181C",
    text="#F4F4F4",
    muted="#B9BEC6",
    line="#C8CCD2",
    frame_odd="#1F2227",
    frame_even="#282C32",
    frame_border="#4A5059",
    font=_SANS,
    coloured=True,
)

_INK: Final = Paint("#FFFFFF", "#222222")

PAPER: Final = Theme(
    dict.fromkeys(Colour, _INK),
    page="#FFFFFF",
    text="#111111",
    muted="#555555",
    line="#222222",
    frame_odd="#FFFFFF",
    frame_even="#FFFFFF",
    frame_border="#777777",
    font=_SERIF,
    coloured=False,
)

THEMES: Final[dict[str, Theme]] = {"color": COLOR, "paper": PAPER, "dark": DARK}
