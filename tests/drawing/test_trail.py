import pytest

from archdsl.drawing.items import Kind
from archdsl.drawing.trail import (
    Bend,
    Trail,
    arrow_data,
    last_direction,
    line_data,
    moved,
    number,
    shortened,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.04, "1"),
        (1.05, "1"),
        (1.06, "1.1"),
        (-0.04, "0"),
        (-1.26, "-1.3"),
        (99.96, "100"),
    ],
)
def test_a_coordinate_has_at_most_one_decimal(value, text):
    assert number(value) == text


def test_a_straight_line_has_two_points():
    assert line_data(((0, 0), (0, 5), (0, 9))) == "M0 0L0 9"


def test_points_that_are_equal_are_one():
    assert line_data(((3, 0), (3, 0), (3, 9))) == "M3 0L3 9"


def test_a_line_that_turns_back_keeps_its_turn():
    assert line_data(((0, 0), (0, 9), (0, 5))).count("0 9") >= 1


def test_corners_are_rounded_by_six_pixels():
    assert line_data(((0, 0), (20, 0), (20, 30))) == "M0 0L14 0Q20 0 20 6L20 30"


def test_a_short_corner_is_rounded_by_half_of_its_shorter_side():
    assert line_data(((0, 0), (4, 0), (4, 30))) == "M0 0L2 0Q4 0 4 2L4 30"


def test_bends_are_written_as_they_are():
    assert line_data(((0, 0), Bend((0, 1), (2, 3), (4, 5)), (4, 9))) == "M0 0C0 1 2 3 4 5L4 9"


def test_an_arrowhead_points_where_the_line_goes():
    assert arrow_data((10, 20), (10, 0)) == "M10 20L12.8 14L7.2 14Z"
    assert arrow_data((10, 20), (50, 20)) == "M10 20L16 22.8L16 17.2Z"


def test_a_line_stops_inside_its_arrowhead():
    assert shortened(((0, 0), (0, 20))) == ((0, 0), (0, 15))
    assert shortened(((0, 0), (0, 3)))[-1] == (0, 0)
    bend = Bend((0, 5), (0, 15), (0, 20))
    assert shortened(((0, 0), bend))[-1].end == (0, 15)


def test_the_direction_of_a_bend_is_that_of_its_last_control_point():
    assert last_direction(((0, 0), Bend((1, 1), (2, 2), (3, 3)))) == (2, 2)
    assert last_direction(((0, 0), Bend((1, 1), (3, 3), (3, 3)))) == (1, 1)
    assert last_direction(((0, 0), Bend((1, 1), (2, 2), (3, 3)), (3, 9))) == (3, 3)


def test_moving_moves_every_point():
    line = ((1, 2), Bend((3, 4), (5, 6), (7, 8)))
    assert moved(line, 10, 20) == ((11, 22), Bend((13, 24), (15, 26), (17, 28)))


def test_a_trail_knows_where_it_has_come_to():
    trail = Trail("conv1", ((0, 0),)).to((0, 5)).to(Bend((1, 5), (2, 5), (3, 5)))
    assert trail.end == (3, 5)
    assert trail.as_kind(Kind.PROJECTION).points == trail.points
