"""A font that is wider than the one asked for: every letter stays in the room it was given."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SPECS = Path(__file__).parents[2] / "specs"
CONVERT = shutil.which("rsvg-convert")
LIST = shutil.which("fc-list")

BOLD_MARGIN = 0.05
"""Of a bold text's width: bold is taken to be 1.11 times as wide, and DejaVu Sans Bold's
narrow letters are wider than that."""


def has_dejavu():
    if CONVERT is None or LIST is None:
        return False
    found = subprocess.run([LIST, "DejaVu Sans"], capture_output=True, text=True, check=False)
    return "DejaVuSans.ttf" in found.stdout


def rendered(svg):
    return subprocess.run([CONVERT], input=svg.encode(), capture_output=True, check=True).stdout


def only_texts(picture, svg, *, covered):
    """The texts in black DejaVu Sans on white, each under a white box of its room if `covered`."""
    wide, high = picture.area.right, picture.area.bottom
    texts = re.search(r'<g class="texts".*?</g>', svg, re.DOTALL)[0]
    texts = re.sub(r'font-family="[^"]*"', 'font-family="DejaVu Sans"', texts)
    texts = re.sub(r'fill="[^"]*"', 'fill="#000000"', texts)
    room = []
    for words in picture.words if covered else ():
        extra = 1 + (BOLD_MARGIN * (words.area.right - words.area.left) if words.bold else 0)
        area = words.area
        room.append(
            f'<rect x="{area.left - extra}" y="{area.top - 2}" fill="#FFFFFF" '
            f'width="{area.right - area.left + 2 * extra}" height="{area.bottom - area.top + 4}"/>'
        )
    page = f'<rect width="{wide}" height="{high}" fill="#FFFFFF"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}">'
    return f"{head}{page}{texts}{''.join(room)}</svg>"


@pytest.mark.skipif(not has_dejavu(), reason="rsvg-convert or DejaVu Sans is not installed")
@pytest.mark.parametrize(
    ("file", "name", "detail"),
    [
        ("resnet", "resnet18", "layers"),
        ("resnet", "resnet50", "blocks"),
        ("resnet", "resnet50", "stages"),
        ("lenet", "lenet5_1998", "layers"),
        ("alexnet", "alexnet_2012", "layers"),
        ("vgg", "vgg16_bn", "blocks"),
    ],
)
def test_no_ink_lies_outside_the_room_of_its_text(read, spec, file, name, detail):
    svg = spec(SPECS / f"{file}.arch", name).draw(detail).svg
    picture = read(svg)
    blank = rendered(re.sub(r"<text.*?</text>", "", only_texts(picture, svg, covered=False)))
    assert rendered(only_texts(picture, svg, covered=False)) != blank
    assert rendered(only_texts(picture, svg, covered=True)) == blank
