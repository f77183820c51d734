"""Random edits of random networks: what they leave runs, alike in every form, under the keys it had.

An edit that cannot be is diagnosed. Of the others the keys are compared with those of the network before:
all that do not lie under an edited path are there still, in their order, and all that are new lie there.
"""

import random
import re
from collections import Counter

import pytest

from archdsl.graph.region import RegionKind
from archdsl.layers.definition import Family
from archdsl.testing.verification import Verification
from archdsl.testing.verify import compare_kept, compare_outline, compare_runs

EDITED = 250

BODIES = [
    "relu",
    "tanh -> relu",
    "skip",
    "dropout(0.5)",
    "batch_norm",
    "layer_norm",
    "add { | relu | skip }",
    "stage inner { affine -> relu }",
    "repeat 2 { affine }",
    "affine as relabelled",
    "linear(3)",
    "conv(4, 1x1) -> batch_norm",
    "add { | linear(5) | linear(5) } -> gelu",
    "concat { | skip | prelu }",
]


def bracketed(path):
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", path)


def parts_of(graph):
    """Paths that edits can name, each with whether something can be put behind it."""
    found = {}
    for node in graph.order:
        if node.layer.family is not Family.INPUT and node.path == node.weights:
            found[node.weights] = node.label is not None
    for region in graph.regions:
        if region.name is not None and region.use == 1:
            found[region.path] = region.kind is RegionKind.STAGE
    return {p: named for p, named in found.items() if not p[0].isdigit() and not p.endswith("_")}


def edits_for(graph, draw):
    """Edits as text, the paths that they replace or remove, and those of bodies they put something into."""
    parts = parts_of(graph)
    written, touched, inserted = [], [], []
    for _ in range(draw.randint(1, 3)):
        path = draw.choice(list(parts))
        kind = draw.choice(["replace", "replace", "remove", "insert"])
        if kind == "insert" and not parts[path]:
            kind = "replace"
        if kind == "insert":
            written.append(f"insert after {bracketed(path)} {{ {draw.choice(BODIES)} }}")
            inserted.append(path.rpartition(".")[0])
            continue
        body = f" {{ {draw.choice(BODIES)} }}" if kind == "replace" else ""
        written.append(f"{kind} {bracketed(path)}{body}")
        touched += [path, *paths_into(graph, path)]
    return written, touched, inserted


def paths_into(graph, path):
    """What stands on the paths of a merge, which is part of it."""
    joined = [r for r in graph.regions if r.kind is RegionKind.PATH and r.merge == path]
    return [node.weights for region in joined for node in region.nodes()]


def keys_of(graph):
    found = {}
    for node in graph.order:
        if node.layer.family is not Family.INPUT:
            for weight in node.layer.weights(*[graph.type_of(port) for port in node.inputs]):
                found[f"{node.weights}.{weight.name}"] = None
    return list(found)


def is_under(key, paths):
    return any(path == "" or key.startswith(f"{path}.") for path in paths)


@pytest.fixture(scope="module")
def edited(properties, running):
    """Graphs before and after edits, the paths of these, and the texts."""
    found, refused = [], Counter()
    for case in running:
        if len(found) == EDITED:
            break
        draw = random.Random(case.seed)
        if not parts_of(case.graph):
            continue
        for _ in range(3):
            edits, touched, inserted = edits_for(case.graph, draw)
            base = case.text.replace("network n ", "network base ")
            lines = "".join(f"    {edit}\n" for edit in edits)
            text = f"{base}\nnetwork n = base() {{\n{lines}}}\n"
            graph, findings = properties.compiled(text)
            if graph is not None:
                found.append((case.graph, graph, touched, inserted, text))
                break
            refused.update({f.code: 1 for f in findings})
            for code in (f.code for f in findings):
                assert code in ALLOWED or code.startswith(("E06", "W")), (
                    f"{[f.message for f in findings]}\n{text}"
                )
    print(f"\n{len(found)} edited, refused for {dict(refused)}")
    assert len(found) == EDITED
    return found


ALLOWED = {"E0448", "E0449", "E0447", "E0406", "E0405", "E0422", "E0423"}


def test_keys_that_no_edit_touches_stay(edited):
    for before, after, touched, inserted, text in edited:
        had, have = keys_of(before), keys_of(after)
        kept = [key for key in had if not is_under(key, touched)]
        assert [key for key in have if key in kept] == kept, text
        new = [key for key in have if key not in had]
        assert all(is_under(key, [*touched, *inserted]) for key in new), text


def test_they_run_alike_in_every_form(edited):
    for _, graph, _, _, text in edited:
        found = Verification("n", "n.arch")
        compare_outline(found, graph)
        compare_kept(found, graph)
        compare_runs(found, graph)

        assert found.agrees, f"{found.text()}\n{text}"


def test_a_part_that_is_replaced_by_nothing_is_removed(properties, running):
    """As graphs, but for the path that the part still has."""
    compared = 0
    for case in running[:300]:
        parts = list(parts_of(case.graph))
        if not parts:
            continue
        path = bracketed(random.Random(case.seed).choice(parts))
        base = case.text.replace("network n ", "network base ")
        found = [
            properties.compiled(f"{base}\nnetwork n = base() {{ {edit} }}\n")[0]
            for edit in (f"remove {path}", f"replace {path} {{ skip }}")
        ]
        if None not in found:
            compared += 1
            removed, replaced = ([(n.path, n.inputs, n.outputs) for n in g.order] for g in found)
            assert removed == replaced, f"{path}\n{base}"
    assert compared > 50
