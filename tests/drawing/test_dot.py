"""The DOT that people lay out themselves: whole, safe, and understood by Graphviz."""

import json
import re

import pytest

from archdsl.drawing import graphviz
from archdsl.drawing.dot import quoted, write
from archdsl.drawing.items import Form, Kind
from archdsl.drawing.theme import COLOR, DARK, THEMES

HOSTILE = [
    '"]; evil [label="x',
    "back\\slash\\N\\",
    "<b>bold</b>",
    "<<table><tr><td>cell</td></tr></table>>",
    "a &amp; b &#1; &lt;",
    "new\nline\r\x00\x1b[2J",
    "a:p:s];evil[label=PWN",
    "} digraph { x",
    "// comment",
    "/* comment",
    '# line 1 "file"',
    "\u202eright to left",
    "网络",
    "x" * 20_000,
]


def understood(text):
    """What Graphviz makes of it: nodes by their names, clusters, edges."""
    answer = json.loads(graphviz._render(text.encode("ascii", "replace").decode(), 10**11))
    objects = answer.get("objects", [])
    nodes = {o["name"]: o for o in objects if "nodes" not in o and "subgraphs" not in o}
    clusters = [o for o in objects if o["name"].startswith("cluster")]
    return nodes, clusters, answer.get("edges", [])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_a_text_and_nothing_else(make, text):
    line = make.line(
        make.pill("input"),
        make.frame(text, make.box(text, text, second=text, note=text, copies=2)),
        make.merge(text, (make.box("a", text),), (), sign=text),
        label=text,
    )
    dot = write(line, COLOR, text)
    nodes, clusters, edges = understood(dot)
    assert set(nodes) == {f"n{at}" for at in range(5)}
    assert len(clusters) == 1
    assert len(edges) == 5
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", dot)
    assert max(len(found.encode()) for found in re.findall(r'"(?:\\.|[^"\\])*"', dot)) < 16_384


def test_quotes_backslashes_and_ampersands_are_escaped():
    assert quoted('say "hi"') == '"say \\"hi\\""'
    assert quoted("\\N") == '"\\\\N"'
    assert quoted("&#1;") == '"&amp;#1;"'
    assert quoted("one", "two") == '"one\\ntwo"'
    assert quoted("a\nb") == '"a b"'


def test_identifiers_are_never_words_of_the_text(make):
    dot = write(make.line(make.pill("image"), make.box("conv1")), COLOR, "net")
    outside = re.sub(r'"(?:\\.|[^"\\])*"', "", dot)
    assert "image" not in outside
    assert "conv1" not in outside
    assert set(re.findall(r"^(\w+) \[", outside, re.MULTILINE)) == {
        "graph",
        "node",
        "edge",
        "n0",
        "n1",
    }


def test_folds_say_how_many(make):
    line = make.line(
        make.box("a", copies=3, note="64 → 256"),
        make.frame("1–4", make.box("b"), copies=4),
    )
    dot = write(line, COLOR, "net")
    assert "× 3, 64 → 256" in dot
    assert "1–4 × 4" in dot


def test_a_box_says_its_rows_and_small_lines(make):
    dot = write(make.line(make.box("a", "bottleneck 64", second="1×1, 3×3")), COLOR, "net")
    assert '"bottleneck 64\\n1×1, 3×3"' in dot


def test_merges_are_circles(make):
    line = make.line(
        make.pill("image"),
        *[make.merge(f"{sign}1", (), (), sign=sign) for sign in ("add", "sub", "mul", "concat")],
        make.merge("max1", (), (), (), sign="max"),
        make.join("add9"),
    )
    nodes, _, _ = understood(write(line, COLOR, "net"))
    circles = [n["label"] for n in nodes.values() if n.get("shape") == "circle"]
    assert len(circles) == 6
    assert {"+", "c", "max"} <= set(circles)


def test_a_bypass_begins_at_a_point_inside_its_part(make):
    part = make.frame("block", make.residual("add1", make.box("conv1")))
    nodes, clusters, edges = understood(write(make.line(make.pill("image"), part), COLOR, "net"))
    points = {n["_gvid"] for n in nodes.values() if n.get("shape") == "point"}
    assert len(points) == 1
    assert points <= set(clusters[0]["nodes"])
    assert sum(e["tail"] in points for e in edges) == 2
    assert all(e.get("arrowhead") == "none" for e in edges if e["head"] in points)


def test_a_projection_is_dashed(make):
    merge = make.merge(
        "add1",
        (make.box("body"),),
        (make.box("side"),),
        form=Form.BYPASS,
        kinds=(Kind.FLOW, Kind.PROJECTION),
    )
    _, _, edges = understood(write(make.line(make.pill("image"), merge), COLOR, "net"))
    assert sum(e.get("style") == "dashed" for e in edges) == 2


@pytest.mark.parametrize("style", THEMES)
def test_colours_are_the_themes(make, style):
    theme = THEMES[style]
    dot = write(make.line(make.pill("image"), make.box("conv1")), theme, "net")
    paint = next(iter(theme.paints.values()))
    assert f'fillcolor="{paint.fill}"' in dot
    assert f'bgcolor="{theme.page}"' in dot


def test_nothing_is_said_in_html_and_no_file_is_named(make):
    dot = write(make.line(make.pill("image"), make.frame("f", make.box("b"))), DARK, "net")
    assert "=<" not in dot
    assert not re.search(r"\b(image|shapefile|imagepath|fontpath|URL|href)\s*=", dot)
