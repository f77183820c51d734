"""`replace`, `remove` and `insert after`: what they make of a finished network, and its keys."""

import pytest

from archdsl.graph.region import RegionKind
from archdsl.layers.definition import Family

BASE = """
block unit(w) {
    add { | conv(w, 3x3) -> batch_norm -> relu -> conv(w, 3x3) as last | projection: skip }
    relu
}
network base {
    input image[3, H = 32, W = 32]
    stage stem { conv(8, 3x3, stride=2) as first -> relu }
    stage body { repeat 3 { unit(8) } }
    output early when training { conv(2, 1x1) -> global_avg_pool }
    stage head { global_avg_pool -> dropout -> linear(10) as fc }
}
"""


def state(graph):
    """Layers with weights by path, and what the first of them holds."""
    return {
        node.weights: node.layer.weights(*[graph.type_of(port) for port in node.inputs])[0].dims
        for node in graph.order
        if node.layer.family is not Family.INPUT
        and node.layer.weights(*[graph.type_of(port) for port in node.inputs])
    }


def shown(graph):
    """Every layer with what it takes and gives, and the outputs."""
    nodes = [(n.path, n.layer, n.inputs, n.outputs) for n in graph.order]
    return nodes, [(output.name, output.value.source) for output in graph.outputs]


@pytest.fixture
def edit(text):
    """Elaborates the base with edits, which must have no errors."""

    def run(edits, before=BASE, more=""):
        found = text(f"{before}\nnetwork n = base() {{ {edits} }}\n{more}")
        assert found.graph is not None, found.messages
        return found

    return run


@pytest.fixture
def refused(text):
    def run(edits, before=BASE):
        found = text(f"{before}\nnetwork n = base() {{ {edits} }}\n")
        assert found.graph is None
        return found.codes

    return run


# What an edit is, by the text that it stands for

PLAIN = """
network base {
    input image[3, H = 32, W = 32]
    STEM
    stage body { MIDDLE }
    add { | conv(8, 3x3) as inner | skip } as joined
    output side { EARLY }
    HEAD
}
"""
AS = {
    "STEM": "stage stem { conv(8, 3x3) -> relu }",
    "MIDDLE": "conv(8, 3x3) as c -> batch_norm -> relu",
    "EARLY": "conv(4, 1x1)",
    "HEAD": "stage head { global_avg_pool -> linear(10) as fc }",
}


def written(**parts):
    text = PLAIN
    for name, part in {**AS, **parts}.items():
        text = text.replace(name, part)
    return text


@pytest.mark.parametrize(
    ("edits", "parts"),
    [
        ("replace stem { conv(8, 5x5) -> elu }", {"STEM": "stage stem { conv(8, 5x5) -> elu }"}),
        ("replace stem { conv(8, 5x5) }", {"STEM": "conv(8, 5x5) as stem"}),
        ("replace body.c { conv(8, 1x1) }", {"MIDDLE": "conv(8, 1x1) as c -> batch_norm -> relu"}),
        (
            "replace body.c { conv(4, 1x1) -> conv(8, 1x1) }",
            {
                "MIDDLE": "stage c { conv(4, 1x1) -> conv(8, 1x1) } -> batch_norm -> relu",
            },
        ),
        ("remove body.batch_norm1", {"MIDDLE": "conv(8, 3x3) as c -> relu"}),
        ("remove body.c", {"MIDDLE": "batch_norm -> relu"}),
        ("remove body", {"MIDDLE": ""}),
        ("replace body { }", {"MIDDLE": ""}),
        (
            "insert after body.c { relu -> conv(8, 1x1) }",
            {"MIDDLE": "conv(8, 3x3) as c -> relu as relu2 -> conv(8, 1x1) as conv2 -> batch_norm -> relu as relu1"},
        ),
        ("replace side { conv(4, 1x1) -> relu }", {"EARLY": "conv(4, 1x1) -> relu"}),
        ("replace head.fc { linear(17) }", {"HEAD": "stage head { global_avg_pool -> linear(17) as fc }"}),
        (
            "insert after head { softmax }",
            {"HEAD": "stage head { global_avg_pool -> linear(10) as fc }\n    softmax"},
        ),
        (
            "insert after stem { stage more { conv(8, 3x3) } }",
            {"STEM": "stage stem { conv(8, 3x3) -> relu }\n    stage more { conv(8, 3x3) }"},
        ),
    ],
)  # fmt: skip
def test_an_edit_is_the_text_that_it_stands_for(text, edits, parts):
    edited = text(f"{written()}\nnetwork n = base() {{ {edits} }}").graph
    plain = text(written(**parts).replace("network base", "network n")).graph

    assert shown(edited) == shown(plain)


def test_nothing_is_an_edit_of_nothing(edit):
    assert shown(edit("").graph) == shown(edit("let unused = 3").graph)


# Keys


def test_keys_of_what_no_edit_touches_stay(edit):
    before, after = (
        state(edit("").graph),
        state(edit("remove body[1] replace stem { conv(8, 1x1) }").graph),
    )

    assert after == {
        "stem": (8, 3, 1, 1),
        **{k: d for k, d in before.items() if not k.startswith(("stem.", "body.1."))},
    }


def test_an_insert_counts_on_after_the_highest_of_its_kind(edit):
    graph = edit("insert after body[0].last { conv(8, 1x1) -> batch_norm -> relu }").graph

    assert {"body.0.conv3", "body.0.batch_norm2", "body.0.relu3"} <= {n.path for n in graph.order}
    assert "body.1.conv3" not in graph.nodes


def test_weights_are_those_that_the_new_shapes_ask_for(edit):
    after = state(edit("replace head.dropout1 { linear(32) -> relu }").graph)

    assert after["head.dropout1.linear1"] == (32, 8)
    assert after["head.fc"] == (10, 32)


def test_of_a_layer_in_its_place_the_part_has_one_step_less(edit):
    found = edit("replace body[2] { conv(8, 1x1) }")

    assert state(found.graph)["body.2"] == (8, 8, 1, 1)


def test_a_label_in_a_replacement_stands_below_the_path(edit):
    assert "head.fc.classes" in state(edit("replace head.fc { linear(17) as classes }").graph)


def test_a_labelled_path_is_replaced_where_it_comes_in(edit):
    graph = edit("replace body[0].projection { conv(8, 1x1) }").graph
    assert graph.nodes["body.0.add1"].inputs[1].node == "body.0.projection"

    graph = edit("replace body[0].projection { conv(8, 1x1) -> batch_norm }").graph
    assert graph.nodes["body.0.add1"].inputs[1].node == "body.0.projection.batch_norm1"


def test_a_merge_is_edited_with_its_paths(edit):
    graph = edit("remove body[1].add1").graph

    assert [n.path for n in graph.order if n.path.startswith("body.1")] == ["body.1.relu2"]
    assert graph.nodes["body.1.relu2"].inputs[0].node == "body.0.relu2"


def test_a_stage_with_a_computed_name_is_edited_as_others_are(text):
    base = (
        "network base {\n    input image[3, H = 32, W = 32]\n"
        '    for i in [1, 2, 3] { stage "conv{i}" { conv(8, 3x3) -> relu } }\n}\n'
    )
    found = text(
        base
        + "network n = base() { insert after conv2 { batch_norm } replace conv3 { gelu -> conv(4, 1x1) } }"
    )

    assert found.paths[3:] == [
        *("conv2.conv1", "conv2.relu1", "batch_norm1", "conv3.gelu1", "conv3.conv1")
    ]


# Flows and names


def test_what_is_inserted_stands_in_the_flow_and_not_where_the_part_is_named(text):
    base = written(HEAD="add(body) -> global_avg_pool -> linear(10)")
    graph = text(base + "network n = base() { insert after body { tanh } }").graph

    assert graph.nodes["joined"].inputs[1].node == "tanh1"
    assert graph.nodes["add2"].inputs[1].node == "body.relu1"


def test_what_takes_the_place_of_a_part_is_what_names_speak_of(text):
    base = written(HEAD="add(body) -> global_avg_pool -> linear(10)")
    graph = text(base + "network n = base() { replace body { tanh } }").graph

    assert graph.nodes["add2"].inputs[1].node == "body"


def test_a_name_within_a_replaced_part_may_be_given_again(text):
    base = written(HEAD="add(body.c) -> global_avg_pool -> linear(10)")
    again = "network n = base() { replace body { conv(8, 1x1) as c -> gelu } }"

    assert text(base + again).graph.nodes["add2"].inputs[1].node == "body.c"
    assert text(base + again.replace("as c ", "")).codes == ["E0448"]


@pytest.mark.parametrize("use", ["add(body)", "from body -> relu", "crop(body)", "taking(body)"])
def test_a_value_that_is_still_named_cannot_be_removed(text, use):
    base = "block taking(other: value) { add(other) }" + written(HEAD=use)

    assert text(base + "network n = base() { remove body }").codes == ["E0448"]


def test_a_flow_that_was_named_before_goes_through(text):
    base = written(HEAD="from body -> stage s { tanh -> relu } -> add(joined)")
    graph = text(base + "network n = base() { remove s.tanh1 }").graph

    assert graph.nodes["s.relu1"].inputs[0].node == "body.relu1"
    assert text(base + "network n = base() { remove s.tanh1 remove body }").codes == ["E0448"]


def test_input_within_a_replacement_is_what_entered_the_part(edit):
    graph = edit(
        "replace body[1] { concat { | conv(4, 3x3) | from input -> tanh } -> conv(input.channels, 1x1) }"
    ).graph

    assert graph.nodes["body.1.tanh1"].inputs[0].node == "body.0.relu2"
    assert graph.nodes["body.1.conv2"].type.shape[0] == 8


def test_a_replacement_reaches_what_stands_before_it(edit):
    graph = edit("replace head { add(stem) -> global_avg_pool -> linear(4) }").graph

    assert graph.nodes["head.add1"].inputs[1].node == "stem.relu1"


def test_it_does_not_reach_what_comes_later(refused):
    assert refused("replace stem { add(body) }") == ["E0404"]


def test_parameters_of_the_instance_are_seen(text):
    found = text(BASE + "network n(classes = 17) = base() { replace head.fc { linear(classes) } }")

    assert found.output == (17,)


# Outputs


def test_an_output_with_a_body_is_dropped(edit):
    graph = edit("remove early").graph

    assert [output.name for output in graph.outputs] == ["output"]
    assert not any("early" in node.path for node in graph.order)


@pytest.mark.parametrize(
    ("ends", "edits", "names"),
    [
        ("output a\n    relu", "remove a", ["output"]),
        ("output a\n    relu\n    output b", "remove b", ["output", "a"]),
        ("output a\n    relu\n    output b", "remove a", ["b"]),
        ("output a\n    relu\n    output b", "remove a remove b", ["output"]),
        ("output a { relu }\n    output b { tanh }", "remove a", ["b"]),
    ],
)
def test_the_outputs_that_are_left(text, ends, edits, names):
    base = (
        f"network base {{\n    input image[3, H = 32, W = 32]\n    conv(3, 3x3)\n    {ends}\n}}\n"
    )
    graph = text(base + f"network n = base() {{ {edits} }}").graph

    assert [output.name for output in graph.outputs] == names


def test_an_output_is_replaced(edit):
    graph = edit("replace early { global_avg_pool }").graph
    (_, early) = graph.outputs
    assert early.value.source.node == "early"
    assert early.training_only
    assert graph.nodes["early"].training_only


# Several


def test_together_they_may_be_what_none_of_them_is_alone(edit, refused):
    both = "replace stem { conv(16, 3x3) } replace body { relu }"
    assert state(edit(both).graph)["head.fc"] == (10, 16)
    assert refused("replace stem { conv(16, 3x3) }") == ["E0641"]


def test_a_later_edit_is_at_what_an_earlier_one_made(edit):
    graph = edit(
        "replace head { conv(4, 1x1) as mid -> global_avg_pool -> linear(3) as fc } replace head.fc { linear(5) } insert after head.mid { relu }"
    ).graph

    assert [n.path for n in graph.order if n.path.startswith("head")] == [
        *("head.mid", "head.relu1", "head.global_avg_pool1", "head.fc")
    ]


def test_a_path_that_was_removed_is_no_part(refused):
    assert refused("remove body remove body[0]") == ["E0447"]


def test_the_base_may_be_derived_itself(text):
    more = BASE + "network middle = base() { remove body[0]  freeze all }\n"
    graph = text(
        more + "network n = middle() { replace body[1].last { conv(8, 1x1) } unfreeze head }"
    ).graph

    assert "body.0.conv1" not in graph.nodes
    frozen = {n.weights for n in graph.order if n.frozen}
    assert frozen == {
        *("stem.first", "body.1.conv1", "body.1.batch_norm1", "early.conv1"),
        *("body.2.conv1", "body.2.batch_norm1", "body.2.last"),
    }


def test_freezing_before_an_edit_does_not_reach_what_it_brings(edit):
    frozen = {
        n.weights for n in edit("freeze all replace head.fc { linear(3) }").graph.order if n.frozen
    }
    assert "head.fc" not in frozen
    assert "stem.first" in frozen

    frozen = {
        n.weights for n in edit("replace head.fc { linear(3) } freeze all").graph.order if n.frozen
    }
    assert "head.fc" in frozen


def test_rules_reach_what_stands_there_by_then(edit):
    graph = edit("init linear { weight = zeros } replace head.fc { linear(3) }").graph
    assert not graph.nodes["head.fc"].initial

    graph = edit("replace head.fc { linear(3) } init linear { weight = zeros }").graph
    assert graph.nodes["head.fc"].initial


# Everything else that the graph says


def test_regions_are_those_of_what_is_there(edit):
    graph = edit(
        "remove body[1] replace head { stage inner { global_avg_pool } -> linear(3) }"
    ).graph

    assert list(graph.stages) == ["stem", "body", "head", "head.inner"]
    assert [r.id for r in graph.regions] == list(range(len(graph.regions)))
    assert all(graph.regions[n.region].members.count(n) == 1 for n in graph.order)
    copies = [r.index for r in graph.regions if r.kind is RegionKind.REPEAT]
    assert copies == [0, 2]


def test_sizes_are_asked_for_by_what_is_there(text):
    base = BASE.replace("global_avg_pool -> dropout", "flatten -> dropout")
    found = text(base + "network n = base() { replace head { global_avg_pool -> linear(3) } }")

    assert any("head" in r.node for r in text(base, "base").graph.requirements)
    assert not any("head" in r.node for r in found.graph.requirements)


def test_warnings_are_those_of_what_is_there(text):
    base = BASE.replace("H = 32, W = 32", "H = 2, W = 2").replace("3x3, stride=2", "3x3, stride=2")

    assert set(text(base, "base").codes) == {"W0601"}
    assert text(base + "network n = base() { remove body }").codes == []


def test_a_value_that_only_a_removed_part_used_is_told_of(text):
    base = written(STEM="conv(8, 3x3) as spare -> relu", HEAD="stage h { add(spare) -> relu }")

    assert text(base + "network n = base() { remove h.add1 }").codes == []
    base = base.replace("as spare -> relu", "as spare\n    from image -> conv(8, 1x1)")
    assert text(base + "network n = base() { remove h.add1 }").codes == ["W0401"]


def test_expectations_of_what_was_edited_do_not_apply(text):
    template = BASE.replace("network base {", "network base(classes = 10, w) {") + "\n"
    template = template.replace("stage head", "expect depth == 3  stage head").replace(
        "unit(8)", "unit(w)"
    )
    edited = text(template + "network n = base(w=8) { replace head { relu } expect depth == 1 }")
    plain = text(template + "network n = base(w=8) { expect depth == 1 }")

    assert [e.edited for e in edited.graph.expectations] == [True, False]
    assert [e.edited for e in plain.graph.expectations] == [False, False]


def test_files_of_weights_ignore_what_was_edited(edit):
    (file,) = edit(
        'weights "w.safetensors" replace head.fc { linear(3) } remove body[1]'
    ).graph.weights

    ignored = {key.rpartition(".")[0] for key in file.ignored}
    assert ignored == {"head.fc", "body.1.conv1", "body.1.batch_norm1", "body.1.last"}
    assert "body.0.conv1.weight" in file.tensors
    assert file.tensors["stem.first.weight"].dims == (8, 3, 3, 3)


# Refused


@pytest.mark.parametrize(
    ("edits", "codes"),
    [
        ("remove haed", ["E0447"]),
        ("remove body[3]", ["E0447"]),
        ("remove image", ["E0447"]),
        ("replace stem.frist { relu } remove haed", ["E0447", "E0447"]),
        ("insert after stem.relu1 { relu }", ["E0449"]),
        ("insert after body[0] { relu }", ["E0449"]),
        ("insert after body[0].projection { relu }", ["E0449"]),
        ("insert after early { relu }", ["E0449"]),
        ("replace head.fc { linaer(3) }", ["E0401"]),
        ("replace head.fc { linear(0) }", ["E0503"]),
        ("replace head.fc { input x[3, 8, 8] }", ["E0417"]),
        ("insert after stem { input x[3, 8, 8] }", ["E0417"]),
        ("replace head.fc { remove stem }", ["E0446"]),
    ],
)
def test_edits_that_cannot_be(text, edits, codes):
    found = text(f"{BASE}\nnetwork n = base() {{ {edits} }}\n")

    assert found.graph is None
    assert found.codes == codes


def test_the_uses_of_a_share_stay_together(text):
    base = (
        "network base {\n    input image[3, H = 32, W = 32]\n"
        "    share twin = conv(3, 3x3) -> relu\n    stage a { twin }\n    stage b { twin -> tanh }\n}\n"
    )
    for path in ("twin", "twin.conv1", "a", "b"):
        assert text(base + f"network n = base() {{ remove {path} }}").codes == ["E0449"]
    assert text(base + "network n = base() { remove b.tanh1 }").codes == []


def test_of_a_broken_base_nothing_more_is_said(text):
    base = BASE.replace("linear(10)", "linaer(10)")

    assert text(base + "network n = base() { replace head.fc { linear(3) } }").codes == ["E0401"]


def test_many_edits_one_after_the_other_are_bounded(text):
    edits = "\n".join("    replace head.fc { linear(10) }" for _ in range(3_000))
    base = BASE.replace("repeat 3", "repeat 100")

    found = text(f"{base}\nnetwork n = base() {{\n{edits}\n}}\n")
    assert found.codes == ["E0310"]


# In a network


def test_a_derived_network_is_called_in_another(text):
    found = text(
        BASE + "network small = base() { remove body[1]  replace head { global_avg_pool } }\n"
        "network n {\n    input image[3, H = 64, W = 48]\n    conv(3, 1x1) as c -> small as b -> linear(2)\n    freeze b.body[0]\n}"
    )

    assert found.codes == []
    assert "b.body.2.conv1" in found.graph.nodes
    assert "b.body.1.conv1" not in found.graph.nodes
    assert found.graph.nodes["b.stem.first"].type.shape == (8, 32, 24)
    assert not any("early" in path for path in found.paths)


def test_a_network_takes_the_place_of_a_part(text):
    found = text(
        BASE
        + "network inner {\n    input x[8, H = 4, W = 4]\n    conv(8, 3x3)\n}\nnetwork n = base() { replace body { inner } }"
    )

    assert "body.inner.conv1" in found.graph.nodes
