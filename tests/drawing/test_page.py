"""Columns: as few as will do, cut between stages, joined above."""

import pytest


def tower(stages, layers, tail=""):
    body = " ".join(
        f"stage s{at} {{ {' '.join(['conv(8, 3x3)'] * layers)} }}" for at in range(stages)
    )
    return f"network net {{ input image[8, H = 16, W = 16] {body} {tail} }}"


def columns(picture):
    """The frames by column, from left to right."""
    found = {}
    for frame in picture.frames:
        found.setdefault(frame.outline.left, []).append(frame.path)
    return [found[left] for left in sorted(found)]


@pytest.mark.parametrize(("stages", "layers", "count"), [(4, 4, 1), (8, 5, 2), (12, 6, 3)])
def test_there_are_as_few_columns_as_will_do(look, stages, layers, count):
    assert len(columns(look(tower(stages, layers)))) == count


def test_there_are_never_more_than_four(look):
    assert len(columns(look(tower(60, 5)))) == 4


def test_cuts_lie_between_stages_and_the_tallest_column_is_as_low_as_can_be(look):
    picture = look(tower(9, 4))
    cut = columns(picture)
    assert [path for column in cut for path in column] == [f"s{at}" for at in range(9)]
    # The first column has the input as well, the last the output.
    assert [len(column) for column in cut] in ([4, 5], [5, 4])


def test_a_connector_goes_up_the_gutter_and_comes_in_from_above(look):
    picture = look(tower(8, 5))
    left, right = columns(picture)
    edge = next(
        e
        for e in picture.edges
        if e.ends[0].startswith(left[-1]) and e.ends[1].startswith(right[0])
    )
    points = edge.shapes[0].points
    above = min(y for _, y in points)
    assert above < picture.frame(right[0]).outline.top
    assert max(y for _, y in points) > picture.frame(left[-1]).outline.bottom
    gutter = [
        x
        for x, _ in points
        if picture.frame(left[0]).outline.right < x < picture.frame(right[0]).outline.left
    ]
    assert gutter
    assert "8×16×16" in picture.texts


def test_stages_of_a_column_are_equally_wide(look):
    text = """network net { input image[8, H = 16, W = 16]
        stage narrow { conv(8, 3x3) }
        stage wide { add { | conv(8, 3x3) | conv(8, 1x1) -> conv(8, 3x3) } }
    }"""
    picture = look(text)
    assert picture.frame("narrow").outline.left == picture.frame("wide").outline.left
    assert picture.frame("narrow").outline.right == picture.frame("wide").outline.right


def test_a_network_without_stages_is_cut_between_its_layers(look):
    body = " ".join(["conv(8, 3x3)"] * 60)
    picture = look(f"network net {{ input image[8, H = 16, W = 16] {body} }}")
    assert picture.area.bottom < 1200
    assert len({part.outline.middle[0] for part in picture.boxes}) == 3
    assert picture.overlaps() == []


def test_a_legend_wraps_at_the_width_of_the_drawing(look):
    text = """network net { input image[8, H = 16, W = 16]
        conv(8, 3x3) -> batch_norm -> relu -> max_pool(2x2) -> flatten -> linear(5)
        linear(5)
    }"""
    picture = look(text)
    rows = {shape.area.top for shape in picture.legend}
    assert len(rows) > 1
    assert max(shape.area.right for shape in picture.legend) < picture.area.right


def test_a_network_that_does_nothing_is_drawn(look):
    picture = look("network net { input image[8, H = 16, W = 16] }")
    assert [edge.ends[:2] for edge in picture.edges] == [("input.image", "output.output")]
    assert picture.legend == []
