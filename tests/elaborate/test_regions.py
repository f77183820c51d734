"""Regions: the parts of the text, what enters and leaves them, and what they know."""

import pytest

from archdsl.graph.region import RegionKind


def shown(found):
    """Each region as kind, path and whether it adds a name."""
    return [(str(r.kind), r.path, r.name) for r in found.graph.regions]


def test_regions_form_a_tree_in_text_order(steps):
    found = steps(
        "stage s {",
        "repeat 2 { b }",
        "add { | p: relu | skip }",
        "c(4, 1x1)",
        "}",
        "output o { relu }",
        before="block b { relu -> gelu }\nlet c = conv(bias=false) -> batch_norm",
    )

    assert shown(found) == [
        ("network", "", None),
        ("stage", "s", "s"),
        ("repeat", "s.0", "0"),
        ("block", "s.0", None),
        ("repeat", "s.1", "1"),
        ("block", "s.1", None),
        ("path", "s.p", "p"),
        ("path", "s", None),
        ("chain", "s", None),
        ("output", "o", "o"),
    ]
    assert [r.parent for r in found.graph.regions] == [None, 0, 1, 2, 1, 4, 1, 1, 1, 0]
    assert all(r.id == i for i, r in enumerate(found.graph.regions))


def test_copies_of_a_loop_are_consecutive_siblings_with_one_span(steps):
    found = steps("repeat 3 { relu }")
    copies = [r for r in found.graph.regions if r.kind is RegionKind.REPEAT]

    assert [r.index for r in copies] == [0, 1, 2]
    assert len({(r.span.start, r.span.end) for r in copies}) == 1


def test_a_path_knows_its_merge_and_the_merge_follows_its_paths(steps):
    found = steps("add { | relu | gelu }")
    members = found.graph.root.members

    assert [m.path for m in members] == ["input.image", "", "", "add1"]
    assert {r.merge for r in found.graph.regions[1:]} == {"add1"}


def test_what_enters_and_leaves_a_region_flow_first(steps):
    found = steps(
        "conv(4, 3x3) as low",
        "relu",
        "stage s {",
        "conv(4, 3x3) as inner",
        "gelu -> add(low)",
        "}",
        "concat(s.inner)",
    )
    (stage,) = found.graph.stages.values()

    assert [v.node for v in stage.inputs] == ["relu1", "low"]
    assert [v.node for v in stage.outputs] == ["s.add1", "s.inner"]


def test_an_empty_region_passes_its_flow_through(steps):
    found = steps("relu", "stage s { }", "gelu")
    (stage,) = found.graph.stages.values()

    assert [v.node for v in stage.inputs] == [v.node for v in stage.outputs] == ["relu1"]


def test_a_block_knows_its_declaration_its_arguments_and_lets(steps):
    found = steps(
        "b(4, act=gelu)",
        before="## What it does.\nblock b(width, k = 3, act: layer = relu) { let w = width * 2\nconv(w, k) -> act }",
    )
    block = found.graph.regions[1]

    assert block.declaration.name.name == "b"
    assert block.doc == "What it does."
    assert (block.arguments["width"], block.arguments["k"]) == (4, 3)
    assert {name: e.span.text for name, e in block.argument_expressions.items()} == {
        "width": "4",
        "act": "gelu",
    }
    assert block.lets == {"w": 8}


def test_a_node_keeps_the_expressions_of_its_own_call(steps):
    found = steps("b(4)", before="let c = conv(bias=false)\nblock b(width) { c(width * 2, 3x3) }")
    node = found.graph.nodes["b1.conv1"]

    assert {name: e.span.text for name, e in node.expressions.items()} == {
        "out": "width * 2",
        "kernel": "3x3",
    }
    assert [site.name for site in node.origin] == ["b"]


def test_the_arm_of_an_if_is_kept_with_its_members(steps):
    found = steps("relu", "if 1 > 2 { gelu } else if 1 == 1 { silu -> tanh } else { mish }", "relu")
    (branch,) = found.graph.root.branches

    assert branch.arm == 1
    assert len(branch.conditions) == 2
    assert [m.path for m in found.graph.root.members[branch.start : branch.stop]] == [
        "silu1",
        "tanh1",
    ]


def test_an_if_without_an_arm_that_holds(steps):
    (branch,) = steps("if 1 > 2 { gelu }", "relu").graph.root.branches

    assert (branch.arm, branch.start, branch.stop) == (None, 1, 1)


def test_uses_of_a_share_are_regions_with_their_number(steps):
    found = steps("share f = b", "f -> f", before="block b { relu }")
    uses = [r for r in found.graph.regions if r.kind is RegionKind.SHARE]

    assert [(r.path, r.use) for r in uses] == [("f", 1), ("f", 2)]


def test_training_only_reaches_what_stands_inside(steps):
    found = steps("relu", "output o when training { stage s { gelu } }")

    assert [r.training_only for r in found.graph.regions] == [False, True, True]


def test_the_graph_is_a_frozen_multigraph_with_operands_on_its_edges(steps):
    networkx = pytest.importorskip("networkx")
    found = steps("relu as r -> add(r, r)")
    graph = found.graph.nx

    assert sorted(d["operand"] for u, v, d in graph.edges(data=True) if v == "add1") == [0, 1, 2]
    assert graph.nodes["r"]["node"] is found.graph.nodes["r"]
    with pytest.raises(networkx.NetworkXError):
        graph.add_node("x")
