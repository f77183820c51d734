"""What is written: escaped, plain, in the order of painting."""

import xml.etree.ElementTree as ET

import pytest

from archdsl.drawing.canvas import Canvas
from archdsl.drawing.page import Heading, compose
from archdsl.drawing.svg import escape, write
from archdsl.drawing.theme import COLOR

HOSTILE = [
    "<script>alert(1)</script>",
    '"><rect onload="x"',
    "&lt;&#1;&amp;",
    "]]>",
    "<!-- -->",
    "\x00\x01\x0b\x1b",
    "\ud800\ufffe\u202e",
    "javascript:alert(1)",
    "网络 × → …",
]


def draw(line, title="net"):
    return write(compose(Canvas(COLOR), line, Heading(title, "blocks", "", title), False, []))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_a_text_wherever_it_stands(make, read, text):
    line = make.line(
        make.pill(f"in{text}"),
        make.frame(f"frame{text}", make.box(f"box{text}", text or "x", second=text)),
        make.residual(f"add{text}", make.box("body", text, copies=3, note=text)),
        label=text,
    )
    svg = draw(line, text)
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()}
    assert tags <= {"svg", "g", "title", "desc", "rect", "circle", "path", "text"}
    shown = "".join(c for c in text if c.isprintable())
    assert shown in read(svg).texts
    for element in ET.fromstring(svg).iter():
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)


def test_escape_leaves_nothing_that_ends_an_attribute_or_a_text():
    assert escape("<&>\"'") == "&lt;&amp;&gt;&quot;&#39;"
    assert escape("a\x00\n\tb") == "ab"


def test_frames_are_painted_before_edges_and_edges_before_boxes(make):
    svg = draw(make.line(make.pill("image"), make.frame("f", make.box("b"))))
    layers = [svg.index(f'<g class="{name}"') for name in ("frames", "edges", "boxes", "texts")]
    assert layers == sorted(layers)


def test_equal_paths_have_ids_of_their_own(make, read):
    picture = read(draw(make.line(make.pill("a"), make.box("b"), make.box("b"), make.box("b"))))
    assert [part.id for part in picture.boxes] == ["n-a", "n-b", "n-b~2", "n-b~3"]


def test_an_id_that_is_taken_is_not_given_again(make, read):
    picture = read(draw(make.line(make.pill("a~2"), make.box("a"), make.box("a"))))
    assert len({part.id for part in picture.parts}) == len(picture.parts)


def test_numbers_have_at_most_one_decimal(make):
    svg = draw(make.line(make.pill("image"), make.merge("c", (make.box("a"),), (make.box("b"),))))
    for element in ET.fromstring(svg).iter():
        for name in ("x", "y", "width", "height", "cx", "cy", "r"):
            _, _, decimals = element.get(name, "0").partition(".")
            assert len(decimals) <= 1


def test_a_text_lets_the_pointer_through_to_the_title_below(make):
    assert 'pointer-events="none"' in draw(make.line(make.pill("image")))
