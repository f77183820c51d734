"""Colours that can be read, and told apart with every common colour blindness."""

from itertools import combinations

import pytest

from archdsl.drawing.theme import COLOR, DARK, PAPER, THEMES, Colour, colour_of
from archdsl.layers.definition import Family

COLOURED = [colour for colour in Colour if colour is not Colour.FOLDED]

# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
LEAST = {"normal": 23, "protanopia": 15, "deuteranopia": 14, "tritanopia": 14}


def linear(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def luminance(colour):
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))


def contrast(first, second):
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def lab(colour, matrix):
    seen = [sum(m * p for m, p in zip(row, linear(colour), strict=True)) for row in matrix]
    seen = [min(1, max(0, p)) for p in seen]
    r, g, b = seen
    xyz = (
        (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
        0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
        (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883,
    )
    x, y, z = [t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in xyz]
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", [COLOR, DARK], ids=["color", "dark"])
def test_families_can_be_told_apart(theme, sight):
    found = [lab(theme.paints[colour].fill, SIGHT[sight]) for colour in COLOURED]
    distances = [
        sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5
        for a, b in combinations(found, 2)
    ]
    assert min(distances) >= LEAST[sight] - 0.5


@pytest.mark.parametrize("name", THEMES)
def test_texts_can_be_read_on_every_fill(name):
    theme = THEMES[name]
    assert all(contrast(theme.text, paint.fill) >= 5.6 for paint in theme.paints.values())
    for page in (theme.page, theme.frame_odd, theme.frame_even):
        assert contrast(theme.text, page) >= 5.6
        assert contrast(theme.muted, page) >= 5.6


@pytest.mark.parametrize("name", THEMES)
def test_strokes_can_be_seen_on_the_page(name):
    theme = THEMES[name]
    assert all(contrast(paint.stroke, theme.page) >= 6 for paint in theme.paints.values())
    assert contrast(theme.line, theme.page) >= 6


def test_paper_has_no_colour():
    assert {paint.fill for paint in PAPER.paints.values()} == {"#FFFFFF"}
    assert "Times" in PAPER.font


def test_every_family_has_a_colour():
    assert {colour_of(family) for family in Family} == set(Colour)
    assert colour_of(Family.DETECTION) is Colour.POOLING
    assert colour_of(Family.SCALE) is Colour.RESHAPE
    assert colour_of(Family.REGULARISATION) is Colour.ACTIVATION
