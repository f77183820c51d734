"""A network called in a network: its names, sizes and rules, and what stays behind."""

import pytest

TRUNK = """
block unit(w) { conv(w, 3x3, bias=false) -> batch_norm -> relu }
network trunk(width: int = 8) {
    input image[3, H = 64, W = 64]
    stage low { unit(width) -> max_pool(2x2) }
    output side when training { global_avg_pool -> linear(5) }
    stage high { repeat 2 { unit(width) } }
    init conv { weight = zeros }
    freeze low
    expect params == 1
}
"""

KEYS = ["low.unit1.conv1", "low.unit1.batch_norm1"]
KEYS += [f"high.{n}.{layer}1" for n in (0, 1) for layer in ("conv", "batch_norm")]


def with_weights(found):
    return [
        node.weights
        for node in found.graph.order
        if node.layer.weights(*[found.graph.type_of(port) for port in node.inputs])
    ]


@pytest.fixture
def called(text):
    """Elaborates a network of these steps with the trunk declared above it."""

    def run(steps, before=TRUNK, image="3, H = 32, W = 48"):
        return text(f"{before}\nnetwork n {{\n    input image[{image}]\n    {steps}\n}}\n")

    return run


@pytest.mark.parametrize(
    ("step", "name"),
    [("trunk", "trunk"), ("trunk as backbone", "backbone"), ("trunk(8) as b", "b")],
)
def test_its_paths_begin_with_the_label_else_its_name(called, step, name):
    assert with_weights(called(step)) == [f"{name}.{key}" for key in KEYS]


def test_all_that_a_body_holds_it_keeps_its_name_too(called):
    assert with_weights(called("stage s { trunk }"))[0] == "s.trunk.low.unit1.conv1"


def test_an_instance_has_its_own_name_and_arguments(called):
    found = called("narrow", TRUNK + "network narrow = trunk(4)")

    assert with_weights(found)[0] == "narrow.low.unit1.conv1"
    assert found.output == (4, 16, 24)


def test_its_symbols_are_the_sizes_of_the_flow(called):
    found = called("conv(3, 3x3, stride=2) -> trunk")

    assert found.output == (8, 8, 12)
    assert str(found.graph.nodes["trunk.low.unit1.relu1"].type.dims[1]) == "ceil(H/2)"
    assert list(found.graph.symbols) == ["H", "W"]


def test_a_symbol_in_its_text_stands_for_that_size(called):
    whole = "network whole {\n    input x[3, H = 8, W = 8]\n    reshape(W, H, 3)\n}"
    assert called("whole", whole).output == (48, 32, 3)


def test_fixed_dimensions_are_a_condition_on_the_sizes_around(called):
    fixed = "network fixed {\n    input x[3, 32, 48]\n    relu\n}"
    found = called("fixed", fixed)

    assert [str(r.condition.right) for r in found.graph.requirements] == ["H", "W"]


def test_legal_sizes_are_those_that_it_can_take():
    import archdsl

    net = archdsl.loads(
        "network fixed {\n    input x[8, 16, W = 4]\n    relu\n}\n"
        "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3, stride=2) -> fixed\n}",
        "n",
    )
    assert net.legal_inputs.text == "31 <= H <= 32"
    assert net.legal_inputs.accepts(H=31)
    assert not net.legal_inputs.accepts(H=33)


def test_its_rules_and_frozen_parts_come_along(called):
    graph = called("conv(3, 3x3) -> trunk").graph

    frozen = {node.path for node in graph.order if node.frozen}
    assert frozen == {"trunk.low.unit1.conv1", "trunk.low.unit1.batch_norm1"}
    assert graph.nodes["trunk.high.0.conv1"].initial
    assert not graph.nodes["conv1"].initial


def test_what_stands_around_it_speaks_of_it_too(called):
    graph = called("conv(3, 3x3) -> trunk  freeze trunk.high  unfreeze trunk.low.unit1.conv1").graph

    assert [n.path for n in graph.order if n.frozen] == [
        "trunk.low.unit1.batch_norm1",
        *[f"trunk.{key}" for key in KEYS[2:]],
    ]


def test_its_expectations_and_citation_stay_behind(called):
    cited = TRUNK.replace("    freeze low", '    freeze low\n    cite "A. Uthor" 2000 "Trunks"')
    graph = called("trunk", cited).graph

    assert graph.expectations == ()
    assert graph.cite is None


def test_what_it_computes_in_training_alone_is_left_out(called):
    found = called("trunk\n    output early when training { relu }")

    assert not any("side" in path for path in found.paths)
    assert [output.name for output in found.graph.outputs] == ["output", "early"]


def test_an_output_in_training_without_a_body_is_left_out_too(called):
    plain = TRUNK.replace("output side when training { global_avg_pool -> linear(5) }", "").replace(
        "unit(width) -> max_pool", "unit(width) as kept -> max_pool"
    )
    plain = plain.replace("    stage high", "    output low when training\n    stage high")
    found = called("trunk", plain)

    assert [output.name for output in found.graph.outputs] == ["output"]
    assert found.codes == []


def test_evaluation_may_not_ask_for_what_is_left_out(called):
    wrong = TRUNK.replace("    init conv", "    from side -> relu\n    init conv")

    assert called("trunk", wrong).codes == ["E0423"]


@pytest.mark.parametrize(
    ("ends", "shape"),
    [
        ("relu\n    output a { conv(2, 1x1) }\n    relu", (3, 32, 48)),
        ("relu\n    output a { conv(2, 1x1) }\n    output b { conv(4, 1x1) }", (2, 32, 48)),
        ("conv(5, 1x1) as five -> relu -> conv(6, 1x1) as six\n    output five", (5, 32, 48)),
    ],
)
def test_the_flow_goes_on_with_the_main_output_else_the_first(called, ends, shape):
    several = f"network several {{\n    input x[3, H = 8, W = 8]\n    {ends}\n}}"
    found = called("several", several)

    assert found.output == shape
    assert found.codes == []


def test_its_outputs_lie_below_its_path(called):
    several = (
        "network several {\n    input x[3, H = 8, W = 8]\n"
        "    stage s { relu  output a { conv(2, 1x1) } }\n    relu\n}"
    )
    found = called("several as b -> concat(b.a)", several)

    assert "b.a.conv1" in found.paths
    assert found.output == (5, 32, 48)


def test_named_values_inside_are_reached_by_path(called):
    found = called("trunk as b\n    from b.low.unit1.conv1 -> relu -> global_avg_pool")

    assert found.output == (8,)
    assert called("trunk as b\n    from b.high[0] -> relu").output == (8, 16, 24)


def test_its_names_need_not_be_used(called):
    named = "network inner {\n    input x[3, H = 8, W = 8]\n    relu as a -> relu as b\n}"

    assert called("inner -> relu", named).codes == []


def test_it_is_a_block_among_blocks(called):
    found = called(
        "wrap(trunk) -> relu", TRUNK + "block wrap(part: block) { part -> part as again }"
    )

    assert found.codes == ["E0445"]
    same = "network same {\n    input x[3, H = 8, W = 8]\n    conv(3, 3x3)\n}"
    found = called("wrap(same)", same + "\nblock wrap(part: block) { part -> part as again }")
    assert with_weights(found) == ["wrap1.same.conv1", "wrap1.again.conv1"]


def test_it_can_be_shared(called):
    same = "network same {\n    input x[3, H = 8, W = 8]\n    conv(3, 3x3) -> batch_norm\n}"
    found = called("share twin = same\n    twin -> twin", same)

    assert with_weights(found) == ["twin.conv1", "twin.batch_norm1"] * 2
    assert found.paths[1:] == [
        *("twin.conv1", "twin.batch_norm1", "twin.conv1@2", "twin.batch_norm1@2")
    ]


def test_two_calls_of_one_need_labels(called):
    same = "network same {\n    input x[3, H = 8, W = 8]\n    conv(3, 3x3)\n}"

    assert called("same -> same", same).codes == ["E0405"]
    assert called("same -> same as again", same).codes == []


def test_a_network_in_itself_ends(called):
    again = "network again {\n    input x[3, H = 8, W = 8]\n    conv(3, 3x3) -> again\n}"

    assert called("again", again).codes == ["E0302"]


def test_arguments_are_checked_at_the_call(called):
    assert set(called("trunk(0)").codes) == {"E0503"}
    assert called("trunk(8, 9)").codes == ["E0508"]
    assert called("trunk(depth=3)").codes == ["E0505"]
    needing = "network needing(width) {\n    input x[3, H = 8, W = 8]\n    conv(width, 3x3)\n}"
    assert called("needing", needing).codes == ["E0506"]
    assert called("needing(4)", needing).codes == []


def test_behind_a_broken_flow_it_is_silent(called):
    assert called("cnov(3, 3x3) -> trunk as b -> relu").codes == ["E0401"]


def test_files_of_weights_ignore_what_is_left_out(called):
    loaded = TRUNK + 'network loaded = trunk() { weights "w.safetensors" }'
    (file,) = called("loaded as b", loaded).graph.weights

    assert "low.unit1.conv1.weight" in file.tensors
    assert file.tensors["low.unit1.conv1.weight"].key == "b.low.unit1.conv1.weight"
    assert file.ignored == {"side.linear1.weight", "side.linear1.bias"}


CONSUMER = f"""{TRUNK}
network edited = trunk() {{ remove high }}
network n {{
    input image[3, H = 32, W = 32]
    STEPS
}}
"""


def test_what_is_wrong_in_it_is_not_told_of_what_follows(text):
    wrong = CONSUMER.replace("remove high", "remove hihg").replace("STEPS", "edited -> reshape(7)")

    assert text(wrong).codes == ["E0447"]


def test_edits_that_an_error_before_it_leaves_undone_are_not_told_of_what_follows(text):
    wrong = CONSUMER.replace("STEPS", "cnov(3)\n    from image -> edited -> reshape(8, 64, 64)")

    assert text(wrong).codes == ["E0401"]
