"""Plots: what is drawn where, and the ticks of their axes."""

import re
import xml.etree.ElementTree as ET

import pytest

from archdsl.drawing.plot import Line, Panel, plot, ticks
from archdsl.drawing.theme import COLOR

PANELS = [
    Panel("MACs", (Line("one", ((10, 100), (20, 400))), Line("a<b", ((10, 50), (30, 800))))),
    Panel("bytes", (Line("one", ((10, 1), (20, 2))), Line("a<b", ((10, 3), (30, 4))))),
]


def paths(svg):
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}path")
    return [path.get("d") for path in found if path.get("stroke-width") == "2"]


def test_a_line_joins_its_points_in_the_panels_scale():
    svg = plot("t", "H", PANELS, COLOR)
    # The first two are the legend's.
    one, other = (
        [tuple(map(float, p)) for p in re.findall(r"([\d.]+) ([\d.]+)", d)] for d in paths(svg)[2:4]
    )

    assert one[0][0] == other[0][0]
    assert one[1][0] - one[0][0] == (other[1][0] - other[0][0]) / 2
    base = one[0][1] + (other[0][1] - one[0][1]) * 2
    assert [round((base - y) / (base - other[1][1]), 3) for _, y in one] == [0.125, 0.5]


def test_every_name_and_title_is_there_escaped():
    svg = plot("Cost & size", "H and W", PANELS, COLOR)

    words = " ".join(t.text for t in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))
    for text in ("Cost & size", "a<b", "one", "MACs", "bytes", "over H and W"):
        assert text in words


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (64, 512, [100, 200, 300, 400, 500]),
        (1, 3, [1, 2, 3]),
        (0, 4_100_000_000, [0, 1_000_000_000, 2_000_000_000, 3_000_000_000, 4_000_000_000]),
    ],
)
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == expected


def test_the_same_bytes_each_time():
    assert plot("t", "H", PANELS, COLOR) == plot("t", "H", PANELS, COLOR)
