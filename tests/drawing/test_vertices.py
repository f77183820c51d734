"""A drawing as a graph: an edge for every value, whatever it passes on its way."""

from archdsl.drawing.items import Cluster, Form, Kind, Piece, Pieces, Tap, Wire
from archdsl.drawing.vertices import weave


def edges(woven):
    """Source, target and kind of every edge."""
    return [
        (woven.arcs[e.arcs[-1]].source, e.target.path, woven.arcs[e.arcs[-1]].kind.value)
        for e in woven.edges()
    ]


def test_a_line_is_a_chain(make):
    woven = weave(make.line(make.pill("image"), make.box("a"), make.box("b"), label="3×4"))
    assert edges(woven) == [("image", "a", "flow"), ("a", "b", "flow")]
    assert [arc.label for arc in woven.arcs] == ["3×4", "3×4"]
    assert {vertex.axis for vertex in woven.vertices} == {0}


def test_a_fork_is_on_the_way_of_the_body_alone(make):
    woven = weave(make.line(make.pill("image"), make.residual("add1", make.box("a"))))
    assert edges(woven) == [
        ("image", "a", "flow"),
        ("a", "add1", "flow"),
        ("image", "add1", "identity"),
    ]
    assert [len(edge.arcs) for edge in woven.edges()] == [2, 1, 1]


def test_a_fork_after_a_fork(make):
    inner = make.residual("add1", make.box("a"))
    woven = weave(make.line(make.pill("image"), make.residual("add2", inner)))
    assert set(edges(woven)) == {
        ("image", "a", "flow"),
        ("a", "add1", "flow"),
        ("image", "add1", "identity"),
        ("add1", "add2", "flow"),
        ("image", "add2", "identity"),
    }
    assert sorted(at for edge in woven.edges() for at in edge.arcs) == list(range(len(woven.arcs)))


def test_paths_of_equal_standing_have_axes_of_their_own(make):
    woven = weave(make.line(make.pill("x"), make.merge("c", (make.box("a"),), (make.box("b"),))))
    axes = {v.item.thing.path: v.axis for v in woven.vertices if v.item is not None}
    assert len({axes["x"], axes["a"], axes["b"]}) == 3
    assert axes["c"] == axes["x"]


def test_frames_hold_a_run_of_vertices(make):
    inner = make.frame("inner", make.box("b"))
    woven = weave(make.line(make.pill("x"), make.frame("outer", make.box("a"), inner)))
    found = {e.label: (e.first, e.last, e.depth) for e in woven.enclosures}
    assert found == {"outer": (1, 3, 1), "inner": (2, 3, 2)}


def test_a_tap_leaves_the_flow_as_it_is(make):
    tap = Tap(make.line(make.frame("aux", make.box("b"), dashed=True)), "")
    woven = weave(make.line(make.box("a"), tap, make.box("c")))
    assert edges(woven) == [("a", "b", "flow"), ("a", "c", "flow")]


def test_a_folded_repeat_keeps_its_badge_without_its_lane(make):
    pile = make.box("unit", is_region=True, copies=3, badged=False)
    woven = weave(make.line(make.pill("x"), make.residual("add1", pile, copies=3, note="8 → 16")))
    box = next(v.item for v in woven.vertices if v.item is not None and v.item.thing == pile.thing)
    assert (box.badged, box.note) == (True, "8 → 16")


def test_pieces_are_joined_by_their_wires(make):
    pieces = Pieces(
        (
            Piece(make.line(), is_main=True),
            Piece(make.line(make.box("a")), is_main=True),
            Piece(make.line(make.box("b")), is_main=False),
            Piece(make.line(make.join("add1")), is_main=True),
            Piece(make.line(), is_main=True),
        ),
        (
            Wire(0, 1, None, is_main=True),
            Wire(0, 2, "8×4×4", is_main=False),
            Wire(1, 3, None, is_main=True),
            Wire(2, 3, None, is_main=False),
            Wire(3, 4, None, is_main=True),
        ),
        (Cluster(make.thing("part"), "part", 1, 3, 1),),
        0,
        4,
        "8×4×4",
    )
    woven = weave(make.line(make.pill("x"), pieces, make.box("after")))
    assert edges(woven) == [
        ("x", "a", "flow"),
        ("x", "b", "flow"),
        ("a", "add1", "flow"),
        ("b", "add1", "flow"),
        ("add1", "after", "flow"),
    ]
    part = woven.enclosures[0]
    held = [v.item.thing.path for v in woven.vertices[part.first : part.last]]
    assert held == ["a", "b"]
    assert "8×4×4" in [arc.label for arc in woven.arcs]


def test_a_gate_keeps_the_skip_on_its_axis(make):
    gate = make.merge(
        "mul1", (), (make.box("a"),), sign="mul", form=Form.GATE, kinds=(Kind.IDENTITY, Kind.FLOW)
    )
    woven = weave(make.line(make.pill("x"), gate))
    assert ("x", "mul1", "identity") in edges(woven)
    main = [arc for arc in woven.arcs if arc.is_main]
    assert [(arc.tail, arc.head) for arc in main] == [(0, 1), (1, 3)]
