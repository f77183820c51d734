"""`init` rules: which of them a weight follows."""

import pytest


def started(graph):
    """How the weights start that the text speaks of, by key, as the text would say it."""
    return {
        f"{node.weights}.{weight.name}": str(weight.init)
        for node in graph.order
        for weight in node.tensors(*[graph.type_of(port) for port in node.inputs])
        if weight.init is not None
    }


@pytest.fixture
def inits(steps):
    def run(*written, before="", **more):
        return started(steps(*written, before=before, **more).graph)

    return run


def test_a_rule_fills_the_weights_of_a_kind(inits):
    assert inits(
        'init conv { weight = kaiming_normal(mode="fan_out")  bias = zeros }',
        "stage a { conv(8, 3x3) -> batch_norm }",
        "conv(4, 1x1, bias=false) -> depthwise_conv(3x3)",
    ) == {
        "a.conv1.weight": 'kaiming_normal(mode="fan_out")',
        "a.conv1.bias": "zeros",
        "conv1.weight": 'kaiming_normal(mode="fan_out")',
    }


def test_it_may_stand_above_or_below_the_layers(inits):
    above = inits("init conv { weight = ones }", "conv(8, 3x3)")
    below = inits("conv(8, 3x3)", "init conv { weight = ones }")
    assert above == below == {"conv1.weight": "ones"}


def test_a_path_is_a_layer_or_all_that_lies_below_a_part(inits):
    assert inits(
        "stage a { repeat 2 { conv(3, 3x3) } }",
        "conv(3, 3x3) as last",
        "init a[1] { bias = ones }",
        "init a { weight = zeros }",
        "init last { weight = ones }",
    ) == {
        "a.0.conv1.weight": "zeros",
        "a.1.conv1.weight": "zeros",
        "a.1.conv1.bias": "ones",
        "last.weight": "ones",
    }


def test_of_a_part_it_fills_the_weights_that_there_are(inits):
    assert inits(
        "stage a { conv(3, 3x3, bias=false) -> batch_norm -> relu }", "init a { bias = ones }"
    ) == {"a.batch_norm1.bias": "ones"}


def test_a_path_in_quotes_is_never_a_kind(inits):
    assert inits("stage conv { linear(3) }", "conv(3, 3x3)", 'init "conv" { weight = ones }') == {
        "conv.linear1.weight": "ones"
    }
    assert inits("stage conv { linear(3) }", "conv(3, 3x3)", "init conv { weight = ones }") == {
        "conv1.weight": "ones"
    }


def test_a_name_for_a_layer_is_its_kind(inits):
    assert inits(
        "let narrow = conv(8, 3x3)", "narrow -> conv(4, 1x1)", "init narrow { bias = zeros }"
    ) == {"conv1.bias": "zeros", "conv2.bias": "zeros"}


def test_a_computed_path(inits):
    assert inits(
        'for i in range(3) { stage "s{i}" { conv(3, 3x3) } }',
        "let last = 2",
        'init "s{last}" { weight = zeros }',
    ) == {"s2.conv1.weight": "zeros"}


def test_the_layers_argument_comes_first(inits):
    assert inits(
        "conv(3, 3x3, init=ones) -> conv(3, 3x3)", "init conv { weight = zeros  bias = zeros }"
    ) == {
        "conv1.weight": "ones",
        "conv1.bias": "zeros",
        "conv2.weight": "zeros",
        "conv2.bias": "zeros",
    }


def test_then_the_innermost_rule(inits):
    before = "block b(c) {\n    conv(c, 3x3)\n    init conv1 { weight = orthogonal }\n}"
    assert inits(
        "stage a { init conv { weight = ones }  conv(3, 3x3) as own -> b(3) }",
        "conv(3, 3x3)",
        "init conv { weight = zeros  bias = zeros }",
        before=before,
    ) == {
        "a.own.weight": "ones",
        "a.own.bias": "zeros",
        "a.b1.conv1.weight": "orthogonal",
        "a.b1.conv1.bias": "zeros",
        "conv1.weight": "zeros",
        "conv1.bias": "zeros",
    }


def test_of_one_body_the_last(inits):
    assert inits(
        "conv(3, 3x3) -> conv(3, 3x3)",
        "init conv { weight = zeros }",
        "init conv2 { weight = ones }",
    ) == {"conv1.weight": "zeros", "conv2.weight": "ones"}


def test_a_rule_in_a_block_speaks_of_each_of_its_calls(inits):
    before = """
block unit(c, first) {
    conv(c, 3x3, bias=false) -> batch_norm
    if first { linear(4) }
    init batch_norm1 { weight = constant(1 / c) }
    init linear { weight = zeros }
}"""
    assert inits("stage a { unit(4, true) -> unit(8, false) }", before=before) == {
        "a.unit1.batch_norm1.weight": "constant(val=0.25)",
        "a.unit1.linear1.weight": "zeros",
        "a.unit2.batch_norm1.weight": "constant(val=0.125)",
    }


def test_a_share_follows_the_rules_of_where_it_is_declared(inits):
    assert inits(
        "share s = conv(3, 3x3)",
        "stage a { init a { bias = ones }  s -> conv(3, 3x3) }",
        "s",
        "init conv { weight = zeros }",
    ) == {
        "s.weight": "zeros",
        "a.conv1.bias": "ones",
        "a.conv1.weight": "zeros",
    }


def test_every_use_of_a_share_says_the_same(steps):
    graph = steps(
        "share s = conv(3, 3x3)", "s -> s -> relu -> s", "init s { weight = zeros }"
    ).graph
    assert [dict(n.initial) for n in graph.order if n.weights == "s"] == [
        graph.nodes["s"].initial
    ] * 3
    assert started(graph) == {"s.weight": "zeros"}


def test_a_rule_under_an_if_counts_where_it_is_taken(inits):
    assert inits("if 1 > 2 { init conv { weight = zeros } }", "conv(3, 3x3)") == {}


INSTANCE = """
block b(c) {
    conv(c, 3x3)
    init conv { weight = ones }
}
network m(c = 4) {
    input image[3, H = 8, W = 8]
    b(c) -> conv(c, 3x3, init=orthogonal) -> linear(4)
    init conv { bias = zeros }
    init linear { weight = zeros }
}
"""


def test_an_instances_rules_come_later_and_win_over_all_but_arguments(text):
    found = text(INSTANCE + "network n = m(8) { init conv { weight = normal  bias = ones } }")
    assert started(found.graph) == {
        "b1.conv1.weight": "normal",
        "b1.conv1.bias": "ones",
        "conv1.weight": "orthogonal",
        "conv1.bias": "ones",
        "linear1.weight": "zeros",
    }


def test_groups_know_of_an_identity(steps):
    graph = steps("conv(9, 3x3, groups=3)", "init conv { weight = identity }").graph
    assert started(graph) == {"conv1.weight": "identity(groups=3)"}


def test_gates_of_recurrent_layers_have_names(inits):
    assert inits("lstm(4)", "init lstm { weight_hh_l0 = orthogonal }", image="5, 3") == {
        "lstm1.weight_hh_l0": "orthogonal"
    }


def test_an_error_elsewhere_is_the_only_one(wrong):
    assert wrong("conv(8, 3x3) -> cnov(8)", "init linear { weight = zeros }").codes == ["E0401"]


def test_initialisers_are_known_where_the_flow_has_failed(text):
    found = text(
        "block a(w) { conv(w, 1x1) }\nblock b(w) {\n a(w)\n init conv { weight = zeros }\n}\n"
        "network n { input image[3, H = 8, W = 8]\n stage c { conv(0, 3x3) }\n b(4) }"
    )
    assert found.codes == ["E0503"]


def test_an_instance_is_told_of_a_rule_that_none_of_its_blocks_can_follow(text):
    found = text(
        "block b(deep) {\n if deep { linear(3) }\n init linear { weight = zeros }\n}\n"
        "network n { input image[3, H = 8, W = 8]\n b(false) -> b(false) -> conv(1, 1x1) }"
    )
    assert found.codes == ["E0440"]
