"""Parts joined by named values: placed by Graphviz, or in one column where it gives nothing."""

import re
from itertools import product
from pathlib import Path

import pytest

import archdsl
from archdsl.drawing import graphviz

CASES = Path(__file__).parents[1] / "cases" / "drawing"
JOINED = [
    *product(["fcn", "siamese", "outputs", "unet"], ["stages", "blocks", "layers"]),
    ("shuffle", "layers"),
]


@pytest.fixture
def no_layout(monkeypatch):
    monkeypatch.setattr(graphviz, "LADDER", ())


@pytest.mark.usefixtures("no_layout")
@pytest.mark.parametrize(("name", "detail"), JOINED)
def test_without_a_layout_parts_stand_in_a_column_and_a_note_says_so(read, name, detail):
    drawing = archdsl.load(CASES / f"{name}.arch").draw(detail)
    assert len(drawing.notes) == 1
    assert drawing.notes[0].endswith("joined parts; they stand in one column")
    assert read(drawing.svg).overlaps() == []


@pytest.mark.parametrize("engine", ["regions", "graphviz"])
def test_a_missing_package_is_a_note(monkeypatch, engine):
    def missing():
        raise graphviz.Unavailable("the embedded Graphviz is not installed")

    monkeypatch.setattr(graphviz, "_module", missing)
    drawing = archdsl.load(CASES / "fcn.arch").draw(engine=engine)
    assert any("not installed" in note for note in drawing.notes)
    assert "data-kind" in drawing.svg


@pytest.mark.usefixtures("no_layout")
def test_where_graphviz_places_nothing_the_parts_place_themselves():
    network = archdsl.load(CASES / "dense.arch")
    drawing = network.draw(engine="graphviz")
    (note,) = drawing.notes
    assert re.fullmatch(r"Graphviz found no layout for \d+ boxes and signs; .*`regions`", note)
    assert drawing.svg == network.draw().svg


def test_graphviz_is_not_loaded_where_no_value_has_a_name(monkeypatch):
    def never():
        raise AssertionError

    monkeypatch.setattr(graphviz, "_module", never)
    assert archdsl.load(CASES / "dense.arch").draw("layers").notes == ()


def test_the_flow_is_straight_and_a_skip_goes_around(look):
    picture = look((CASES / "fcn.arch").read_text(), "blocks")
    axes = {
        part.outline.middle[0]
        for part in picture.boxes
        if part.visible and part.path.startswith(("conv4", "fc"))
    }
    assert len(axes) == 1
    (skip,) = [edge for edge in picture.edges if edge.ends == ("score3", "add1", "flow")]
    assert skip.hull.right > axes.pop() + 60


def test_a_shape_is_told_once_for_each_value(look):
    picture = look((CASES / "fcn.arch").read_text(), "blocks")
    assert picture.texts.count("256×48×48") == 1


def test_a_skip_leaves_the_copy_of_a_loop_that_gives_it(look):
    text = """
        block up(width, lateral: value) { upsample(scale=2) -> concat(lateral) -> conv(width, 3x3) }
        network n {
            input x[3, 32, 32]
            for i in range(3) { stage "down{i}" { conv(8, 3x3) -> max_pool(2x2) } }
            for i in [1, 0] { stage "up{i}" { up(8, "down{i}") } }
        }
    """
    for detail in ("stages", "blocks"):
        picture = look(text, detail)
        edges = {(edge.ends[0].split(".")[0], edge.ends[1].split(".")[0]) for edge in picture.edges}
        assert {("down1", "up1"), ("down0", "up0"), ("down2", "up1")} <= edges
        assert [frame.path for frame in picture.frames if not frame.path.isidentifier()] == []


def test_a_value_from_inside_opens_its_part(look):
    text = """
        block pair { conv(8, 3x3) as early -> relu -> conv(8, 3x3) }
        network net {
            input image[8, H = 8, W = 8]
            pair as p
            from p.early -> conv(8, 1x1) -> add(p)
        }
    """
    picture = look(text)
    assert picture.frame("p").outline.holds(picture.box("p.early").outline)
    assert {("p.early", "conv1", "flow"), ("conv1", "add1", "flow")} <= {
        e.ends for e in picture.edges
    }
