"""Values that no layer takes, each refused in the user's words."""

import pytest

SIZES = [2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30]
NO_SIZES = [
    "-1",
    "0",
    "2.5",
    "true",
    '"8"',
    "none",
    "[8]",
    "(8,)",
    "relu",
    "8 / 3",
    "x",
    "x.height",
]


def network(line, image="3, H = 8, W = 8"):
    return f"network n {{\n    input x[{image}]\n    {line}\n}}\n"


@pytest.mark.parametrize("value", [*NO_SIZES, *(str(size) for size in SIZES)])
@pytest.mark.parametrize(
    "line",
    ["conv({}, 3x3)", "conv(8, 3x3, groups={})", "repeat {} {{ relu }}", "pixel_shuffle({})",
     "conv(8, {}, padding=valid)", "conv(8, 3x3, stride={}, padding=0)", "conv(8, 3x3, dilation={})",
     "max_pool({})", "linear({})", "chunk({})", "group_norm({})", "lstm({})"],
)  # fmt: skip
def test_what_is_no_size_is_refused_or_exact(archc, here, line, value):
    (here / "case.arch").write_text(network(line.format(value)))
    ran = archc("cost", "case.arch", "--format", "json")

    assert ran.status in (0, 1), ran
    assert "internal" not in ran.err
    if ran.status == 1:
        assert ran.err.startswith("case.arch:")
    else:
        assert "-" not in "".join(c for c in ran.out if c in "-0123456789,[]")


@pytest.mark.parametrize("value", NO_SIZES[:8])
def test_a_channel_count_is_a_whole_number_from_one(refused, value):
    ran = refused(network(f"conv({value}, 3x3)"), place="3:10")

    assert "`out`" in ran.err


@pytest.mark.parametrize("value", [str(size) for size in SIZES[4:]])
def test_a_channel_count_is_below_two_to_the_63(refused, value):
    refused(network(f"conv({value}, 3x3)"), place="3:10")


@pytest.mark.parametrize(
    "image",
    ["-1", "0", "2.5", "true", "3, H = 0", "3, H = -1", "3, H = 2.5", f"{2**63}", "", "H", "3, W",
     "3, H = 8, H = 9", "1, " * 70 + "1", f"{2**62}, 4", "[3]", '"3"', "none"],
)  # fmt: skip
def test_inputs_of_no_shape(refused, image):
    ran = refused(network("relu", image))

    assert ran.err.startswith("case.arch:2:")


@pytest.mark.parametrize(
    "line",
    [
        "conv(8, 0)",
        "conv(8, -3)",
        "conv(8, 99, padding=valid)",
        "conv(8, 2x2)",
        "conv(8, 3x3x3)",
        "conv(8, 3x3, stride=0)",
        "conv(8, 3x3, stride=-1)",
        "conv(8, 3x3, padding=-1)",
        f"conv(8, 3x3, padding={2**62})",
        "conv(8, 3x3, dilation=0)",
        "conv(8, 3x3, dilation=-1)",
        "conv(8, 3x3, groups=0)",
        "conv(8, 3x3, groups=-1)",
        "conv(8, 3x3, groups=2)",
        "conv(8, 3x3, padding=smae)",
        "conv(8, 3x3, bias=1)",
        "conv(8, 3x3, init=zero)",
        "conv(8, 3x3, init=3)",
        "conv(8, 3x3, init=kaiming_normal(mode=3))",
        "conv(8, 3x3, strides=2)",
        "conv(8, 3x3, 1, 1, 1, 1, true, none, 9)",
        "conv(8)",
        "conv(8, 3x3, out=3)",
        "conv_transpose(8, 3x3, stride=2, output_padding=2)",
        "conv_transpose(8, 3x3, output_padding=-1)",
        "conv_transpose(8, 3x3, padding=9)",
        "max_pool(3x3, padding=2)",
        "max_pool(0)",
        "max_pool(9x9)",
        "max_pool(3x3, ceil_mode=1)",
        "avg_pool(3x3, divisor=0)",
        "adaptive_avg_pool(0)",
        "global_avg_pool -> global_avg_pool",
        "batch_norm(eps=0)",
        "batch_norm(eps=-1)",
        'batch_norm(eps="small")',
        "group_norm(2)",
        "group_norm(0)",
        "local_response_norm(0)",
        "dropout(2)",
        "dropout(-0.5)",
        "dropout(true)",
        "drop_path(1.5)",
        "softmax(axis=9)",
        "softmax(axis=-4)",
        "softmax(axis=0.5)",
        "flatten(9)",
        "reshape(5, 5)",
        "reshape()",
        "permute(0, 0, 1)",
        "permute(0, 1)",
        "permute(0, 1, 3)",
        "chunk(0)",
        "chunk(4)",
        "slice(2, 1)",
        "slice(0, 0)",
        "slice(0, 2, step=0)",
        "slice(9, 10)",
        "pad(-5)",
        'pad(1, mode="mirror")',
        "pad([1])",
        "crop(none)",
        "crop(8)",
        "upsample",
        "upsample(0)",
        "upsample(scale=2, size=4)",
        'upsample(2, mode="best")',
        "pixel_shuffle(2)",
        "channel_shuffle(2)",
        "linear(0)",
        "linear(8, bias=none)",
        "attention(5)",
        "attention(0)",
        "lstm(4, layers=0)",
        "repeat -1 { relu }",
        "repeat 1.5 { relu }",
        "repeat true { relu }",
        "for a in 3 { relu }",
        "for a, b in [1] { relu }",
        "if 1 { relu }",
        "if none { relu }",
        "add { | relu | global_avg_pool }",
        "add { | slice(0, 1) | slice(0, 2) }",
        "concat(axis=5) { | relu | skip }",
        "matmul { | relu | relu | relu }",
        "relu + 1",
        "conv(8 / 0, 3x3)",
        "conv(8 % 0, 3x3)",
        "conv(8 // 0, 3x3)",
        "conv(7 / 2, 3x3)",
        "conv(sqrt(-1), 3x3)",
        "conv(log2(0), 3x3)",
        "conv((-8) ** 0.5, 3x3)",
        "conv(0 ** -1, 3x3)",
        "conv([1, 2][5], 3x3)",
        "conv([1, 2][-9], 3x3)",
        'conv("a" + 1, 3x3)',
        "conv(1 < 2 < 3, 3x3)",
        "conv(min(), 3x3)",
        "conv(max([]), 3x3)",
        'conv(int("3"), 3x3)',
        "conv(len(3), 3x3)",
        "conv(range(1, 2, 0), 3x3)",
        "conv(make_divisible(8, 0), 3x3)",
        "conv(round(1 / 0), 3x3)",
        "require false",
        'require 1 "why"',
    ],
)
def test_is_refused_in_its_line(refused, line):
    ran = refused(network(line))

    assert ran.err.startswith("case.arch:3:")
    assert ran.err.count("error[") == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("add { | slice(0, 1) | slice(0, 2) }", ("1×8×8", "2×8×8")),
        ("add { | conv(3, 3x3, stride=2) | skip }", ("3×4×4", "3×8×8")),
        ("conv(8, 9x9, padding=valid)", ("9×9", "8")),
        ("conv(8, 3x3, groups=2)", ("3", "2")),
    ],
)
def test_the_figures_are_in_the_message(refused, line, says):
    ran = refused(network(line))

    for figure in says:
        assert figure in ran.err


def test_a_block_of_impossible_size_is_priced_exactly(archc, here):
    (here / "case.arch").write_text(network("linear(9_007_199_254_740_993)", "3"))
    ran = archc("cost", "case.arch", "--format", "json")

    assert ran.status == 0
    assert f'"params": {9_007_199_254_740_993 * 4}' in ran.out
