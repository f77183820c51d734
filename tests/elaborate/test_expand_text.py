import re

import pytest

import archdsl

RESIDUAL = """\
let conv_bn = conv(bias=false) -> batch_norm
block projection(out, stride) {
    if stride > 1 or input.channels != out { conv_bn(out, 1x1, stride=stride) }
}
block basic(width, stride = 1) {
    add {
        | conv_bn(width, 3x3, stride=stride) -> relu -> conv_bn(width, 3x3)
        | shortcut: projection(width, stride)
    }
    relu
}
network residual(classes: int = 10) {
    input image[3, H = 32, W = 32]
    stage stem { conv_bn(16, 7x7, stride=2) as stem_conv }
    for i, width in enumerate([16, 32]) {
        stage "stage{i + 1}" { repeat 2 { basic(width, if first and i > 0 then 2 else 1) } }
    }
    global_avg_pool -> linear(classes) as fc
}
"""


def lines_of(text, name=None, **options):
    return archdsl.loads(text, name, **options).expand().splitlines()


def test_a_residual_network(golden):
    golden(archdsl.loads(RESIDUAL).expand())


def test_every_node_has_its_line():
    network = archdsl.loads(RESIDUAL)
    lines = network.expand().splitlines()
    paths = [line.split()[0] for line in lines if not line.lstrip().startswith("#")]

    assert paths == [node.path for node in network.graph.order]


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("conv(2 ** 3, 3x3)", "conv(8, 3x3)"),
        ("conv(8, 3)", "conv(8, 3)"),
        ("conv(8, (1, 3))", "conv(8, 1x3)"),
        ("conv(8, 3x3, stride=1)", "conv(8, 3x3, stride=1)"),
        ("conv(8, 3x3, padding=valid, bias=false)", "conv(8, 3x3, padding=valid, bias=false)"),
        (
            'conv(8, 3x3, init=kaiming_normal(mode="fan_out"))',
            'conv(8, 3x3, init=kaiming_normal(mode="fan_out"))',
        ),
        ("batch_norm(eps=1e-3)", "batch_norm(eps=0.001)"),
        ("dropout(1 / 4)", "dropout(p=0.25)"),
        ("reshape(16, 16)", "reshape(16, 16)"),
        ("relu", "relu"),
        ("scale(2 / 3)", "scale(0.6666666666666666)"),
    ],
)
def test_a_call_shows_what_was_given_or_differs(written, resolved):
    network = archdsl.loads(f"network n {{\n    input image[4, H = 8, W = 8]\n    {written}\n}}\n")
    (line,) = [
        line for line in network.expand().splitlines() if not line.startswith(("#", "input"))
    ]

    assert re.split(" {2,}", line)[1] == resolved


def test_operands_are_named_where_they_are_not_the_line_above():
    lines = lines_of(
        "network n {\n    input image[4, H = 8, W = 8]\n    input other[4, H, W]\n"
        "    conv(4, 3x3) as c -> chunk(2) as a, b\n    from a -> concat(b) -> add(c, other)\n}\n"
    )
    shown = {line.split()[0]: line for line in lines if not line.startswith("#")}

    assert "<- input.image" in shown["c"]
    assert "<-" not in shown["chunk1"]
    assert "[2, 8, 8] = [2, H, W]; [2, 8, 8] = [2, H, W]" in shown["chunk1"]
    assert "<- chunk1[0], chunk1[1]" in shown["concat1"]
    assert "<- concat1, c, input.other" in shown["add1"]


def test_a_named_value_as_an_argument_is_a_path():
    lines = lines_of(
        "network n {\n    input image[4, H = 8, W = 8]\n    conv(4, 3x3, padding=valid) as small\n"
        "    from image -> crop(small)\n}\n"
    )

    assert any("crop(small) <- input.image, small" in line for line in lines)


def test_shapes_are_those_of_the_sizes_given():
    lines = lines_of(RESIDUAL, at={"H": 64})

    assert any(line.endswith("[16, 32, 16] = [16, ceil(H/2), ceil(W/2)]") for line in lines)


def test_outputs_come_last():
    lines = lines_of(
        "network n {\n    input image[4, H = 8, W = 8]\n    conv(4, 3x3)\n"
        "    output early when training { global_avg_pool -> linear(2) }\n    relu\n}\n"
    )

    assert lines[-2].startswith("# output output = relu1 [4, 8, 8]")
    assert lines[-1] == "# output early when training = early.linear1 [2]"


def test_uses_of_a_share_are_told_apart():
    lines = lines_of(
        "network n {\n    input image[4, H = 8, W = 8]\n    share same = conv(4, 3x3)\n"
        "    same -> same\n}\n"
    )

    assert [line.split()[0] for line in lines if not line.lstrip().startswith("#")] == [
        "input.image",
        "same",
        "same@2",
    ]


def test_a_part_without_steps_says_so():
    lines = lines_of("block b {}\nnetwork n {\n    input x[1]\n    relu -> b\n}\n")

    assert "# b1: b(), which leaves the flow as it is" in lines


def test_rules_and_files_of_weights_are_shown():
    network = archdsl.loads(
        "network n {\n    input image[4, H = 8, W = 8]\n    conv(2, 1x1)\n"
        '    init conv { weight = normal(std=0.01)  bias = zeros }\n    weights "w.safetensors"\n}\n'
    )

    assert network.expand().splitlines()[2:] == [
        (
            "conv1        conv(2, 1x1)  [2, 8, 8] = [2, H, W]"
            "  init weight = normal(std=0.01), bias = zeros"
        ),
        "# output output = conv1 [2, 8, 8] = [2, H, W]",
        '# weights "w.safetensors"',
    ]
