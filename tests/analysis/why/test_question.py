"""Where a number comes from."""

import re
from math import ceil, floor
from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.why import NoAnswer
from archdsl.analysis.why.figures import SUMS
from archdsl.elaborate.paths import bracketed
from archdsl.layers.definition import Family

SPECS = Path(__file__).parents[3] / "specs"
TEXT = """\
let base = 16

block unit(width, stride = 1) {
    let inner = 2 * width
    conv(inner, 3x3, stride=stride)
    repeat 2 as i { conv(width * (i + 1), 1) }
    for w, s in [(4, 1), (8, 2)] { conv(w, 3, stride=s) }
}

network small(classes: int = 10) {
    input image[3, H = 32, W = 32]
    stage a { unit(base, stride=2) }
    global_avg_pool -> linear(classes) as one
    output extra when training { linear(3) }
}
"""


def why(question, network=None, **options):
    network = network or archdsl.loads(TEXT, path="small.arch")
    return network.why(question, **options)


def found(question, name, **options):
    """The first part of an answer with a name."""
    (answer,) = why(question, **options)
    return next(each for each in answer.walk() if each.name == name)


def test_a_shape_goes_back_to_the_input():
    (answer,) = why("a[3].conv1.shape")

    assert answer.value == "[8, 8, 8]"
    assert answer.symbolic == "[8, ceil(H/4), ceil(W/4)]"
    channels, height, width = answer.parts
    assert (channels.formula, channels.value) == ("out = w", 8)
    assert height.formula == "floor((H_in + 2*padding - kernel) / stride) + 1"
    assert height.numbers == "floor((16 + 2*1 - 3) / 2) + 1"
    assert width.origin == "likewise"
    before = height.parts[0]
    assert (before.name, before.value, before.symbolic) == ("H_in", 16, "ceil(H/2)")
    assert before.origin == "made by a.conv1"
    assert before.parts[0].origin == "the default of H"
    assert before.parts[0].span.line == 11


@pytest.mark.parametrize(
    ("question", "name", "value", "origin", "line"),
    [
        ("a.conv1.channels", "inner", 32, "", 4),
        ("a.conv1.channels", "width", 16, "given to `unit`", 12),
        ("a.conv1.channels", "base", 16, "", 1),
        ("a[1].conv1.channels", "i", 1, "in copy 2 of 2 of this `repeat`", 6),
        ("a[3].conv1.height", "s", 2, "in copy 2 of 2 of this `for`", 7),
        ("one.channels", "classes", 10, "the default of `small(classes)`", 10),
        ("one.params", "weight", 80, "", 13),
    ],
)
def test_the_line_that_a_value_comes_from(question, name, value, origin, line):
    part = found(question, name)

    assert (part.value, part.origin) == (value, origin)
    assert part.span.line == line


def test_a_function_is_shown_by_what_it_computes():
    (answer,) = why(
        "conv1.channels",
        archdsl.loads(
            "def wider(k, by) = k * by\n"
            "network n(width: int = 4) {\n    input x[3, 8, 8]\n    conv(wider(width, 2), 1)\n}\n"
        ),
    )

    assert answer.formula == "out = wider(width, 2)"
    function, width = answer.parts
    assert (function.name, function.formula, function.value) == ("wider(k, by)", "k * by", "")
    assert function.span.line == 1
    assert (width.name, width.value) == ("width", 4)


def test_what_is_given_on_the_way_is_said():
    network = archdsl.loads(TEXT, at={"H": 64}, classes=7)

    assert found("one.channels", "classes", network=network).origin == "given with -D"
    heights = found("a.height", "a.height", network=network)
    given = [part for part in heights.walk() if part.origin == "H, given with --at"]
    assert [part.value for part in given] == [64]


def test_a_layer_with_several_terms():
    (answer,) = why("a.conv1.flops")

    assert answer.formula == "multiply_add + bias"
    assert [part.name for part in answer.parts] == ["multiply_add", "bias"]
    assert answer.parts[0].formula == "2*C_out*H_out*W_out*C_in*kernel*kernel"


def test_equal_copies_are_taken_together():
    (answer,) = why("conv3.params", archdsl.load(SPECS / "resnet.arch", "resnet50"))

    assert answer.formula == "conv3[0] + conv3[1..3]"
    assert answer.parts[1].numbers == "3 * 280_064"


def test_a_shared_layer_has_its_weights_where_it_is_declared():
    network = archdsl.loads(
        "network n {\n    input x[4]\n    share f = linear(4)\n"
        "    stage a { f }\n    stage b { f }\n}\n"
    )

    (answer,) = why("params", network)
    assert answer.value == 20
    assert sum(int(part.value) for part in answer.parts) == 20


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("one@2.params", "counted at the first use of the share"),
        ("frozen.trainable_params", "frozen"),
        ("aux.conv1.macs", "computed in training only"),
        ("relu1.params", "`relu` has none"),
    ],
)
def test_why_a_layer_counts_for_nothing(question, said):
    network = archdsl.loads(
        "network base {\n    input x[4, 8, 8]\n    share one = conv(4, 1x1)\n"
        "    one -> one\n    conv(4, 1x1) as frozen -> relu\n"
        "    output aux when training { conv(2, 1x1) }\n    relu\n}\n"
        "network n = base { freeze frozen }\n",
        "n",
    )
    (answer,) = why(question, network)

    assert (answer.value, answer.origin) == (0, said)


def test_training_only_parts_count_in_parameters_alone():
    assert {part.name for part in why("params")[0].parts} >= {"extra"}
    assert "extra" not in {part.name for part in why("macs")[0].parts}


def test_conditions_go_back_to_where_the_sides_come_from():
    network = archdsl.load(SPECS / "unet.arch", "unet_same")

    (answer,) = why("H % 16 <= 7", network)
    assert answer.origin == "since dec4.concat1 joins floor(H/8) and 2*floor(H/16)"
    assert [part.symbolic for part in answer.parts] == ["floor(H/8)", "2*floor(H/16)"]
    assert why("floor(H/8)==2*floor(H/16)", network) == (answer,)
    (whole,) = why("H", network)
    assert (whole.name, whole.origin) == ("H % 16 == 0", "all of these together")
    assert answer in whole.parts
    assert why("H % 16 == 0", network) == (whole,)
    both = why("H % 16 == 0 and W % 16 == 0", network)
    assert [each.name for each in both] == ["H % 16 == 0", "W % 16 == 0"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("a.conv9.macs", "nothing in small has the path `a.conv9`; did you mean"),
        ("a.macss", "there is no figure `macss`; did you mean `macs`?"),
        ("a", "`a` asks for no figure: put one behind it, as `a.shape`; it is one of shape, "),
        ("depth", "`depth` is no sum or formula; what can be asked for is shape, "),
        ("H % 3 == 0", "small runs on every size: there is no condition"),
        ("one.height", "`one` has no height"),
        ("", "ask for a figure: "),
        ("a[.macs", "nothing in small has the path `a[`"),
    ],
)
def test_questions_without_an_answer(question, said):
    with pytest.raises(NoAnswer, match=f"^{re.escape(said)}"):
        why(question)


def test_a_condition_that_is_none_is_told_what_there_is():
    network = archdsl.load(SPECS / "unet.arch", "unet_same")

    with pytest.raises(NoAnswer) as caught:
        why("H % 8 == 0", network)
    assert str(caught.value).startswith(
        "`H % 8 == 0` is no condition of unet_same; its conditions are `H % 16 == 0`, "
    )


def test_depth_says_how_far_back():
    (answer,) = why("a[3].conv1.macs", levels=1)

    assert all(not part.parts for part in answer.parts)
    assert any(part.is_cut for part in answer.parts)


FILES = ["alexnet.arch", "shufflenet_v1.arch", "captioning.arch", "fast_rcnn.arch", "unet.arch"]


@pytest.mark.parametrize("file", FILES)
def test_every_formula_of_a_file_comes_to_its_number(file):
    """The numbers filled in are evaluated, each figure is the one that `cost` gives."""
    for network in archdsl.check(SPECS / file).networks:
        seen = set()
        for node in network.graph.order:
            types = tuple(network.graph.type_of(port) for port in node.inputs)
            if node.layer.family is Family.INPUT or (node.layer, types) in seen:
                continue
            seen.add((node.layer, types))
            for figure in ("shape", *SUMS):
                (answer,) = network.why(f"{bracketed(node.path)}.{figure}", levels=3)
                for part in answer.walk():
                    if part.numbers:
                        came = eval(part.numbers, {"floor": floor, "ceil": ceil})
                        assert came == int(part.value), (node.path, part)
                if figure != "shape":
                    assert int(answer.value) == getattr(network.cost().of_node(node.path), figure)
