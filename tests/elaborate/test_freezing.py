"""`freeze` and `unfreeze`: which layers they speak of, and in which order they act."""

import pytest

BASE = """
block unit(w) { conv(w, 3x3) -> batch_norm -> relu }
network base {
    input image[3, H = 32, W = 32]
    stage conv1 { conv(8, 3x3) as train -> relu }
    stage conv2 { repeat 2 { unit(8) } }
    stage head { global_avg_pool -> linear(4) -> dropout -> linear(10) as fc }
}
"""

CONV2 = ["conv2.0.conv1", "conv2.0.batch_norm1", "conv2.1.conv1", "conv2.1.batch_norm1"]
HEAD = ["head.linear1", "head.fc"]


@pytest.fixture
def frozen(text):
    def run(statements, before=BASE):
        found = text(f"{before}\nnetwork n = base() {{ {statements} }}")
        assert found.graph is not None, found.messages
        return [node.weights for node in found.graph.order if node.frozen]

    return run


@pytest.mark.parametrize(
    ("statements", "meant"),
    [
        ("freeze all", ["conv1.train_", *CONV2, *HEAD]),
        ("freeze all except head", ["conv1.train_", *CONV2]),
        ("freeze all except head, conv2[1]", ["conv1.train_", *CONV2[:2]]),
        ("freeze conv2", CONV2),
        ("freeze conv2[0]", CONV2[:2]),
        ("freeze conv2[*].conv1", CONV2[::2]),
        ("freeze conv2[*]", CONV2),
        ("freeze conv2.*.batch_norm1", CONV2[1::2]),
        ("freeze conv*", ["conv1.train_", *CONV2]),
        ("freeze conv2[*].*norm*", CONV2[1::2]),
        ("freeze *.linear1", HEAD[:1]),
        ("freeze conv1.train", ["conv1.train_"]),
        ("freeze head.fc, conv1", ["conv1.train_", "head.fc"]),
        ("freeze head.dropout1", []),
    ],
)
def test_a_pattern_means_what_it_matches_and_all_below(frozen, statements, meant):
    assert frozen(statements) == meant


@pytest.mark.parametrize(
    ("statements", "meant"),
    [
        ("freeze all unfreeze head", ["conv1.train_", *CONV2]),
        ("unfreeze head freeze all", ["conv1.train_", *CONV2, *HEAD]),
        ("freeze conv2 unfreeze all except conv2[0]", CONV2[:2]),
    ],
)
def test_statements_act_in_the_order_written(frozen, statements, meant):
    assert frozen(statements) == meant


def test_a_name_does_not_match_a_longer_one(steps):
    graph = steps(
        "stage a { conv(3, 3x3) }", "stage ab { conv(3, 3x3) }", "freeze a", "freeze *b"
    ).graph

    assert [node.frozen for node in graph.order] == [False, True, True]


def test_they_may_stand_above_what_they_speak_of(steps):
    above = steps("freeze a", "stage a { conv(3, 3x3) }").graph
    assert above.nodes["a.conv1"].frozen


def test_an_instance_comes_behind_what_it_is_made_of(frozen):
    middle = BASE.replace("base", "template") + "network base = template() { freeze all }"

    assert frozen("unfreeze head.fc", middle) == ["conv1.train_", *CONV2, "head.linear1"]


def test_every_use_of_a_share_is_frozen(steps):
    graph = steps("share twin = conv(3, 3x3)", "twin -> relu -> twin", "freeze twin").graph

    assert [node.frozen for node in graph.order if node.layer.kind == "conv"] == [True, True]


def test_under_a_condition_it_is_decided_as_the_flow_is(text):
    written = BASE.replace("network base {", "network n(fixed: bool = true) {").replace(
        "stage conv1", "if fixed { freeze conv2 }\n    stage conv1"
    )
    assert any(node.frozen for node in text(written).graph.order)
    changed = text(written.replace("= true", "= false"))
    assert not any(node.frozen for node in changed.graph.order)


def test_what_keeps_its_statistics_may_train_on_a_batch_of_one(text):
    small = BASE.replace("H = 32, W = 32", "H = 1, W = 1") + "network n = base() { STATEMENT }"

    assert text(small.replace("STATEMENT", "freeze conv1")).codes == ["W0601"]
    assert text(small.replace("STATEMENT", "freeze conv2[0]")).codes == ["W0601"]
    assert text(small.replace("STATEMENT", "freeze conv2")).codes == []
    assert text(small.replace("STATEMENT", "freeze all unfreeze conv2[0]")).codes == ["W0601"]


def test_of_a_broken_network_nothing_is_missed(text):
    written = BASE.replace("linear(10)", "linaer(10)") + "network n = base() { freeze head.fc }"

    assert text(written).codes == ["E0401"]


def test_many_patterns_on_a_large_network_are_bounded(text):
    patterns = ", ".join(["*"] * 5000)
    layers = "repeat 5000 { conv(3, 1x1) }"
    written = f"network n {{\n    input image[3, 8, 8]\n{layers}\n    freeze {patterns}\n}}"

    assert text(written).codes == ["E0310"]
