"""What a picture must be, whatever it shows: every network of the specs and of `cases/drawing`.

Random networks show that nothing is lost and nothing invented.

Both engines draw every node and edge once inside the page with legible texts and a legend of what
occurs; what the engine `regions` draws is besides free of overlaps.
"""

from collections import Counter
from functools import cache
from itertools import product
from pathlib import Path

import pytest

import archdsl
from archdsl.drawing.drawing import DETAILS, ENGINES
from archdsl.drawing.theme import THEMES, Colour, colour_of
from archdsl.graph.node import Node
from archdsl.graph.region import RegionKind
from archdsl.layers.definition import Family
from archdsl.testing.strategies import plan_of

TESTS = Path(__file__).parents[1]
SPECS = TESTS.parent / "specs"
CASES = sorted(path.stem for path in (TESTS / "cases" / "drawing").glob("*.arch"))
WHOLE = {"lenet", "alexnet", "vgg", "resnet"}
"""Files of which every network is looked at; of the others the first, and all with `--slow`."""


def published():
    """The networks of the specs, those that show nothing new marked slow."""
    for path in sorted(SPECS.glob("*.arch")):
        for number, network in enumerate(archdsl.check(path).networks):
            marks = [pytest.mark.slow] if number and path.stem not in WHOLE else []
            yield pytest.param((path.stem, network.name), id=network.name, marks=marks)


PUBLISHED = list(published())
EVERY = [*PUBLISHED, *(pytest.param(("cases", name), id=name) for name in CASES)]

RANDOM = [pytest.param(("random", str(seed)), id=f"random-{seed}") for seed in range(30)]

ANY_NETWORK = pytest.mark.parametrize("target", [*EVERY, *RANDOM])
EVERY_NETWORK = pytest.mark.parametrize("target", EVERY)
PUBLISHED_NETWORK = pytest.mark.parametrize("target", PUBLISHED)
TAGS = {"svg", "g", "title", "desc", "rect", "circle", "path", "text"}
ATTRIBUTES = {
    *("viewBox", "width", "height", "role", "aria-labelledby", "id", "class", "x", "y", "rx"),
    *("cx", "cy", "r", "d", "fill", "stroke", "stroke-width", "stroke-dasharray", "font-size"),
    *("font-family", "font-weight", "font-style", "text-anchor", "pointer-events"),
    *("data-path", "data-line", "data-copies", "data-from", "data-to", "data-kind"),
}


@pytest.fixture(scope="session")
def network(spec):
    def find(target):
        file, name = target
        if file == "random":
            return random_network(int(name))
        if file == "cases":
            return spec(TESTS / "cases" / "drawing" / f"{name}.arch", None)
        return spec(SPECS / f"{file}.arch", name)

    return find


@cache
def random_network(seed):
    """A network that nobody thought of; some of them are made to be refused."""
    try:
        return archdsl.loads(plan_of(seed).text())
    except archdsl.DiagnosticError:
        pytest.skip("it is refused")


@pytest.fixture(scope="session")
def pictures(network, read):
    """The pictures of a network in every level, engine and style that is asked for."""
    known = {}

    def find(target, *, details=DETAILS, engines=("regions",), styles=("color",)):
        for key in product(details, engines, styles):
            if (target, *key) not in known:
                detail, engine, style = key
                drawing = network(target).draw(detail, engine=engine, style=style)
                assert drawing.notes == ()
                known[target, *key] = read(drawing.svg)
            yield known[target, *key]

    return find


# 1. Well-formed, of allowed parts, inside the page


@ANY_NETWORK
def test_the_document_is_plain_and_whole(pictures, target):
    for picture in pictures(target, engines=ENGINES):
        ids = Counter()
        for element in picture.root.iter():
            assert element.tag.rpartition("}")[2] in TAGS
            assert set(element.attrib) <= ATTRIBUTES
            ids.update([element.get("id")] if element.get("id") else [])
        assert [name for name, count in ids.items() if count > 1] == []
        assert picture.root.get("aria-labelledby") == "title desc"
        assert {"title", "desc"} <= set(ids)
        for part in picture.parts:
            assert picture.area.holds(part.hull), part.id
        for words in picture.words:
            assert picture.area.holds(words.area), words.text


# 2. Nothing overlaps


@EVERY_NETWORK
def test_nothing_overlaps(pictures, target):
    for picture in pictures(target):
        assert picture.overlaps() == []


# 3. Everything once


@ANY_NETWORK
def test_every_node_is_shown_once(network, pictures, target):
    graph = network(target).graph
    for picture in pictures(target, engines=ENGINES):
        shown = Shown(graph, picture)
        for node in graph.order:
            path = shown.first(node.path)
            own = shown.nodes[path]
            closed = [box for box, inside in shown.closed.items() if path in inside]
            is_sign = own == 1 and shown.parts[path].style == "merge"
            assert own + len(closed) == (2 if is_sign and closed else 1), node.path


@ANY_NETWORK
def test_nothing_is_shown_that_is_not_in_the_graph(network, pictures, target):
    graph = network(target).graph
    regions = {shown_path(region) for region in graph.regions}
    outputs = {f"output.{output.name}" for output in graph.outputs}
    for picture in pictures(target, engines=ENGINES):
        parts = {kind: set() for kind in ("nodes", "regions", "outputs")}
        for part in picture.solid:
            is_region = part.id.startswith("r-")
            kind = "regions" if is_region else "outputs" if part.style == "output" else "nodes"
            parts[kind].add(part.path)
        assert parts["nodes"] <= set(graph.nodes)
        assert parts["regions"] <= regions
        assert parts["outputs"] == outputs - Shown(graph, picture).folded_outputs


@ANY_NETWORK
def test_every_edge_is_drawn_once_and_no_other(network, pictures, target):
    graph = network(target).graph
    for picture in pictures(target, engines=ENGINES):
        shown = Shown(graph, picture)
        wanted = shown.edges()
        drawn = Counter(edge.ends[:2] for edge in picture.edges)
        bypasses = {
            edge.ends[:2]
            for edge in picture.edges
            if edge.ends[2] != "flow" and edge.ends[1] in shown.signs.values()
        }
        assert set(wanted) - set(drawn) == set()
        assert set(drawn) - set(wanted) <= bypasses
        for ends, count in drawn.items():
            assert count <= max(1, wanted[ends]), ends


@ANY_NETWORK
def test_frames_hold_what_their_regions_hold(network, pictures, target):
    graph = network(target).graph
    for picture in pictures(target):
        boxes = [part for part in picture.boxes if part.style not in ("output", "input")]
        for frame in picture.frames:
            region = named(graph, frame.path)
            held = {frame.path, *contents(region)}
            for output in graph.regions:
                if output.kind is RegionKind.OUTPUT and is_within(output.span, region.span):
                    held |= {output.path, *contents(output)}
            for part in boxes:
                is_inside = frame.outline.holds(part.outline)
                assert is_inside == (part.path in held), (frame.path, part.path)


@EVERY_NETWORK
def test_a_bypass_lies_in_its_region(pictures, target):
    for picture in pictures(target):
        for edge in picture.edges:
            sign = picture.box(edge.ends[1])
            around = [f.outline for f in picture.frames if f.outline.holds(sign.hull)]
            if edge.ends[2] == "flow" or sign.style != "merge" or not around:
                continue
            frame = min(around, key=lambda area: area.right - area.left)
            axis = sign.hull.middle[0]
            points = edge.shapes[0].points
            # What comes in from the column before is on the axis once it is in the region.
            outside = [
                n
                for n, (x, y) in enumerate(points)
                if not (frame.left < x < frame.right and frame.top < y < frame.bottom)
            ]
            if abs(points[-1][0] - axis) <= 1 and outside:
                points = points[outside[-1] + 1 :]
            for x, y in points:
                if abs(x - axis) > 1:
                    assert frame.left < x < frame.right, edge.id
                    assert frame.top < y < frame.bottom, edge.id


def axes(parts):
    """Where the middles of parts lie, those less than a pixel apart as one."""
    found = []
    for middle in sorted(part.outline.middle[0] for part in parts):
        if not found or middle - found[-1] >= 1:
            found.append(middle)
    return found


@PUBLISHED_NETWORK
def test_the_main_flow_of_a_column_has_one_axis(network, pictures, target):
    graph = network(target).graph
    aside = set(graph.nodes) - main_flow(graph)
    # Layers, such as a crop, to which a named value comes beside the flow.
    tied = {
        node.path
        for node in graph.order
        if len(node.inputs) > 1 and node.layer.family is not Family.MERGE
    }
    for picture in pictures(target, details=("blocks", "layers")):
        inner = {
            frame.id
            for around in picture.frames
            for frame in picture.frames
            if frame is not around and around.outline.holds(frame.outline)
        }
        outer = [frame for frame in picture.frames if frame.id not in inner]
        flow = [part for part in picture.boxes if part.visible and part.path not in aside]
        for frame in outer:
            if tied & set(contents(named(graph, frame.path))):
                continue  # Graphviz places what is in it, and keeps no axis
            inside = [part for part in flow if frame.outline.holds(part.outline)]
            assert len(axes(inside)) <= 1, frame.id
        columns = {frame.outline.left for frame in outer}
        assert 1 <= len(axes(flow)) <= max(1, len(columns))


# 4. Legend, contrast, sizes of type


@EVERY_NETWORK
def test_the_legend_is_what_occurs(pictures, target):
    paints = {(p.fill, p.stroke): c for c, p in THEMES["color"].paints.items()}
    for picture in pictures(target, engines=ENGINES):
        seen = {Colour(part.style) for part in picture.boxes if part.style in set(Colour)}
        kinds = {edge.ends[2] for edge in picture.edges} - {"flow"}
        expected = [c.value for c in Colour if c in seen and c is not Colour.FOLDED]
        expected += ["other"] if Colour.FOLDED in seen else []
        expected += [kind for kind in ("identity", "projection") if kind in kinds]
        if any(shape.dashed for part in picture.solid for shape in part.shapes):
            expected.append("training only")
        assert legend(picture) == expected
        assert len(picture.legend) == len(expected)
        swatches = [(shape.fill, shape.stroke) for shape in picture.legend]
        assert [paints[s] for s in swatches if s in paints] == [c for c in Colour if c in seen]


@EVERY_NETWORK
def test_a_box_has_the_colour_of_its_family(network, pictures, target):
    graph = network(target).graph
    for picture in pictures(target, engines=ENGINES):
        for part in picture.boxes:
            if part.id.startswith("n-") and part.style in set(Colour):
                paint = THEMES["color"].paints[part.style]
                family = graph.nodes[part.path].layer.family
                is_second = part.shapes[0].stroke == "none"  # of two in a row, the first colours it
                assert is_second or part.style == colour_of(family)
                assert part.shapes[-1].fill == paint.fill


@EVERY_NETWORK
def test_every_text_can_be_read(pictures, target):
    for picture in pictures(target, styles=THEMES):
        fills = [
            (shape.area, shape.fill)
            for part in picture.solid
            for shape in part.shapes
            if shape.fill != "none"
        ]
        for words in picture.words:
            assert words.size >= 9
            below = [fill for area, fill in fills if area.holds(words.area, 1.5)]
            assert contrast(words.fill, below[-1] if below else picture.page) >= 4.5, words.text


# 5. Sizes

TALL = {"fcn8s": 1500, "googlenet_2014": 1500, "segnet": 1850, "deconvnet": 2150}
"""What named values hold in one column, however long it is."""


@PUBLISHED_NETWORK
def test_blocks_fit_a_screen(pictures, target):
    (picture,) = pictures(target, details=("blocks",))
    assert picture.area.right <= 1200
    assert picture.area.bottom <= TALL.get(target[1], 1400)


@pytest.mark.parametrize("target", [each for each in EVERY if each.id != "deep"])
def test_files_are_small(pictures, target):
    """But where paths are forty names long, since whatever has one says it."""
    for picture in pictures(target):
        assert picture.size <= 1536 * len(picture.boxes) + 8192


# Reading the graph


class Shown:
    """What stands in a picture for each node of the graph."""

    def __init__(self, graph, picture):
        self.graph = graph
        self.parts = {p.path: p for p in picture.boxes if p.id.startswith("n-")}
        self.nodes = Counter(p.path for p in picture.boxes if p.id.startswith("n-"))
        known = {*graph.nodes, *[region.path for region in graph.regions]}
        self.folds = folds([p for p in picture.parts if p.copies > 1], known)
        closed = [p.path for p in picture.boxes if p.id.startswith("r-")]
        self.closed = {path: contents(named(graph, path)) for path in closed}
        self.position = {node.path: at for at, node in enumerate(graph.order)}
        # A closed block beside which its merge stands: what follows the merge is shown by it.
        self.signs = {}
        for path, inside in self.closed.items():
            signs = [p for p in inside if p in self.parts and self.parts[p].style == "merge"]
            if signs:
                self.signs[path] = signs[0]
        self.rows = {}
        boxes = [p for p in self.parts.values() if p.shapes[0].tag == "rect"]
        for row in self.parts.values():
            if row.style in ("merge", "input", "output"):
                continue
            around = [b for b in boxes if b is not row and b.outline.holds(row.hull, 0.06)]
            if around:
                self.rows[row.path] = max(
                    around, key=lambda b: b.outline.bottom - b.outline.top
                ).path

    @property
    def folded_outputs(self):
        """Outputs whose branch begins and ends in a part that is shown as a box."""
        bodies = [r for r in self.graph.regions if r.kind is RegionKind.OUTPUT]
        return {
            f"output.{output.name}"
            for output in self.graph.outputs
            for body in bodies
            for inside in self.closed.values()
            if output.value.node in contents(body) and contents(body) < inside
        }

    def first(self, path):
        """The path of the copy that is shown."""
        for prefix, first, copies in self.folds:
            if path.startswith(prefix):
                number, dot, rest = path.removeprefix(prefix).partition(".")
                if number.isdigit() and first < int(number) < first + copies:
                    path = f"{prefix}{first}{dot}{rest}"
        return path

    def copies(self, path):
        """Which copies a node stands in, by the folds around it."""
        found = {}
        for prefix, first, copies in self.folds:
            if path.startswith(prefix):
                number = path.removeprefix(prefix).partition(".")[0]
                if number.isdigit() and first <= int(number) < first + copies:
                    found[prefix, first] = int(number)
        return found

    def stands_for(self, path):
        """What is drawn for a node."""
        path = self.first(path)
        for box, inside in self.closed.items():
            if path in inside:
                sign = self.signs.get(box)
                after = sign is not None and self.position[path] >= self.position[sign]
                return sign if after else box
        return self.rows.get(path, path)

    def edges(self):
        """The edges that must be drawn, and how often each may be."""
        found = Counter()
        for node in self.graph.order:
            for port in node.inputs:
                one, other = self.copies(port.node), self.copies(node.path)
                if any(one[fold] != other[fold] for fold in one.keys() & other.keys()):
                    continue
                if self.first(node.path) != node.path and self.first(port.node) != port.node:
                    continue
                ends = self.stands_for(port.node), self.stands_for(node.path)
                if ends[0] != ends[1]:
                    found[ends] += 1
        for output in self.graph.outputs:
            if f"output.{output.name}" in self.folded_outputs:
                continue
            found[self.stands_for(output.value.node), f"output.{output.name}"] += 1
        return found


def folds(parts, known):
    """Folded copies: the path up to their number, the first number, how many there are."""
    found = []
    for part in parts:
        words = part.path.split(".")
        for at, word in reversed(list(enumerate(words))):
            if word.isdigit():
                last = str(int(word) + part.copies - 1)
                if ".".join([*words[:at], last, *words[at + 1 :]]) in known:
                    prefix = ".".join([*words[:at], ""]) if at else ""
                    found.append((prefix, int(word), part.copies))
                    break
    return sorted(found)


def named(graph, path):
    """The region that a path names."""
    return next(
        r for r in graph.regions if shown_path(r) == path and (r.name is not None or not path)
    )


def shown_path(region):
    """A region's path; the second use of a share is a region of its own."""
    return region.path if region.use == 1 else f"{region.path}@{region.use}"


def contents(region):
    """The paths of everything in a region, however deep."""
    found = set()
    for member in region.members:
        if isinstance(member, Node):
            found.add(member.path)
        else:
            found |= {shown_path(member), *contents(member)}
    return found


def is_within(inner, outer):
    """Whether a text stands in another."""
    return outer.start <= inner.start <= inner.end <= outer.end


def main_flow(graph):
    """The nodes on the way back from the output, but those side by side in a concat."""
    beside = {
        node.path
        for region in graph.regions
        if region.merge and graph.nodes[region.merge].layer.kind == "concat"
        for node in region.nodes()
    }
    node = graph.nodes[graph.outputs[0].value.node]
    found = {node.path}
    while node.inputs:
        node = graph.nodes[node.inputs[0].node]
        found.add(node.path)
    return found - beside


def legend(picture):
    """The words of the legend."""
    top = min([shape.area.top for shape in picture.legend], default=picture.area.bottom)
    return [words.text for words in picture.words if words.area.bottom > top]


def contrast(first, second):
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
