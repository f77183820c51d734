"""Expectations: what a text claims of its network, held against the figures."""

import pytest

import archdsl
from archdsl.analysis.expectations import Outcome, failures
from archdsl.diagnostics.render import render

BODY = """
    input image[3, H = 32, W = 32]
    stage a { conv(8, 3x3, bias=false) as first -> batch_norm -> relu }
    stage b { repeat 2 { conv(8, 3x3, bias=false) } }
    bottle(4) as squeezed
    stage head { global_avg_pool -> linear(10) as fc }
"""
BEFORE = """
block bottle(width) {
    conv(width, 1x1, bias=false) -> relu
    conv(16, 1x1, bias=false)
}
network other {
    input image[3, H = 8, W = 8]
    stage s { repeat 2 { conv(3, 1x1, bias=false) } conv(5, 1x1) as last }
    bottle(2) as b
}
network template(wide) {
    input x[wide, 8, 8]
    relu
}
"""


def verdicts(*claims, body=BODY, **options):
    text = f"{BEFORE}network n {{{body}\n    expect {', '.join(claims)}\n}}\n"
    return archdsl.loads(text, "n", **options).check()


def outcomes(*claims, **options):
    return [verdict.outcome for verdict in verdicts(*claims, **options)]


@pytest.mark.parametrize(
    "claim",
    [
        "params == 216 + 16 + 2 * 576 + 32 + 64 + 170",
        "params == trainable_params, buffers == 16",
        "depth == 6",
        "shape == [10], channels == 10",
        "activations == 3 * 8 * 32 * 32 + (4 + 16) * 32 * 32 + 10",
        "flops > 2 * macs",
        # Of a stage, a path, a copy, a named value.
        "a.params == 232, a.buffers == 16, b.params == 1152, head.params == 170",
        "a.first.params == 216, squeezed.conv2.params == 64, head.fc.macs == 160",
        "b[1].params == 576, b[0].conv1.macs == 576 * 1024",
        "a.height == 32, a.shape == [8, 32, 32], b[1].width == 32, a.first.channels == 8",
        "a.depth == 1, b.depth == 2",
        # A label on a block names the whole block.
        "squeezed.params == 96, squeezed.conv1.params == 32, squeezed.depth == 2",
        # Of another network.
        "other.params == 18 + 20 + 42, other.s.params == 38, other.s[1].params == 9",
        "other.s.last.params == 20, other.s[0].conv1.macs == 9 * 64, other.b.params == 42",
        "other.shape == [16, 8, 8], other.s.channels == 5",
        "params > other.params and other.s.memory.weights < memory.weights",
        # Memory: a bound on it is a bound on the peak.
        "memory.weights == 4 * (params + buffers) + 8",
        "memory <= 131_072, memory == memory.inference_peak, b.memory.inference_peak == 65_536",
        "memory.training_saved > 0",
        # A receptive field is a number where its axes are equal.
        "receptive_field == 7, receptive_field == [7, 7], receptive_field[0] == 7",
        "a.receptive_field == 3, a.first.receptive_field == 3, receptive_field + 1 == 8",
        "other.receptive_field == 1",
        "max([a.params, b.params]) == 1152, params in [1, 1650]",
        "not (params == 1) and (macs > 1 or params == 1)",
    ],
)
def test_figures_of_networks_and_parts(claim):
    found = verdicts(claim)
    assert [(v.text, v.outcome) for v in found] == [(v.text, Outcome.HOLDS) for v in found]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("params ~ 1.7K", "holds"),  # 1650, halves up
        ("params ~ 1.6K", "fails"),
        ("params ~ 2K", "holds"),
        ("params ~ 1_650", "holds"),
        ("params ~ 1_651", "fails"),
        ("params ~ 0.002M", "holds"),
        ("params ~ 1_666 within 1%", "holds"),
        ("params ~ 1_667 within 1%", "fails"),
        ("params ~ a.params within 700%", "holds"),
        ("params ~ b.params within 50%", "holds"),
        ("params <= 1_649", "fails"),
        ("params <= 1_640 within 1%", "holds"),
        ("params >= 1_660 within 1%", "holds"),
        ("params >= 1_670 within 1%", "fails"),
    ],
)
def test_approximate_claims(claim, expected):
    assert outcomes(claim) == [expected]


UP = """
    input image[3, H = 32, W = 32]
    conv(8, 3x3) as wide -> max_pool(8x8) as low
    conv_transpose(8, 8x8, stride=8) -> concat(wide)
"""


@pytest.mark.parametrize(
    "claim",
    [
        "H % 8 == 0",
        "W % 8 == 0 and H % 8 == 0",
        "not (H % 8 != 0)",
        "H % 16 in [0, 8]",
        "H % 16 == 0 or H % 16 == 8",
        # What speaks of shapes holds at every legal size.
        "low.height == H // 8",
        "low.height == (H + 7) // 8",
        "8 * low.width >= W",
        "wide.shape == [8, H, W]",
        "low.height >= 1 or H < 8",
    ],
)
def test_claims_about_sizes_that_hold(claim):
    assert outcomes(claim, body=UP) == [Outcome.HOLDS]


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("H % 16 == 0", "H = 8 is legal"),
        ("H % 4 == 0", "H = 4 is not legal"),
        ("H >= 8", "H = 9 is not legal"),
        ("H % 8 == 0 and W >= 1", "H = 8, W = 1 is not legal"),
        ("H != 8", "H = 1 is not legal"),
        ("8 * low.height == H and H > 8", "H = 8, W = 8 is legal, and it does not hold there"),
        ("low.height == 4 or H < 32", "H = 40, W = 8 is legal, and it does not hold there"),
    ],
)
def test_claims_about_sizes_that_fail_at_some(claim, reason):
    (verdict,) = verdicts(claim, body=UP)

    assert (verdict.outcome, verdict.reason) == (Outcome.FAILS, reason)


def test_the_size_at_hand_refutes_a_claim_first():
    (verdict,) = verdicts("W % 5 == 0")

    assert (verdict.outcome, verdict.left, verdict.right) == (Outcome.FAILS, 2, 0)


def test_of_a_pin_the_other_sizes_are_at_their_defaults():
    body = "input image[3, H = 224, W = 224]\n    max_pool(32x32) -> flatten -> linear(2)"
    claims = ("224 <= H and H <= 255", "W >= 224 and W < 256", "H >= 224")

    assert outcomes(*claims, body=body) == ["holds", "holds", "fails"]


def test_a_tie_is_the_same_tie():
    body = "input a[3, H = 32, 8]\n    input b[3, W = 32, 8]\n    from a -> add(b)"

    assert outcomes("H == W", "H >= 1", "H == W and H >= 2", body=body) == [
        Outcome.HOLDS,
        Outcome.UNKNOWN,
        Outcome.FAILS,
    ]


def test_an_instance_speaks_of_the_sizes_of_its_template():
    text = f"network t(width) {{{UP}}}\nnetwork n = t(4) {{ expect H % 8 == 0, W % 4 == 0 }}\n"

    assert [v.outcome for v in archdsl.loads(text, "n").check()] == ["holds", "fails"]


def test_a_figure_that_grows_with_the_sizes_is_not_compared_with_them():
    (verdict,) = verdicts("macs > 10 * H", body=UP)

    assert verdict.outcome == Outcome.UNKNOWN
    assert verdict.reason.endswith("macs grows with the sizes")


def test_claims_speak_of_the_network_as_declared():
    body = BODY.replace("linear(10)", "linear(classes)")
    text = f"{BEFORE}network n(classes = 10) {{{body}\n    expect params == 1_650\n}}\n"

    def outcome(**options):
        (verdict,) = archdsl.loads(text, "n", **options).check()
        return verdict.outcome, verdict.reason

    assert outcome() == (Outcome.HOLDS, None)
    assert outcome(classes=11) == (Outcome.NOT_APPLICABLE, "classes differs from what is declared")
    assert outcome(classes=11, at={"H": 64}) == (
        Outcome.NOT_APPLICABLE,
        "classes, H differ from what is declared",
    )


def test_a_stage_speaks_of_itself():
    stage = "input x[3, 8, 8]\nconv(4, 1x1)\nstage s { conv(2, 1x1)\nexpect params == 10, macs == 512, shape == [2, 8, 8] }"
    assert outcomes("params == 26", body=stage) == ["holds"] * 4


def test_each_copy_speaks_of_itself():
    body = (
        "input x[3, 8, 8]\nstage s { repeat 2 { conv(3, 1x1)\nexpect params == 12, depth == 1 } }"
    )
    assert outcomes("s.params == 24", body=body) == ["holds"] * 5


def test_an_instance_has_the_claims_of_its_template_and_its_own():
    text = """
network table(wide) {
    input x[3, 8, 8]
    conv(wide, 1x1, bias=false)
    expect params == 3 * wide
}
network base(width = 4) {
    input x[3, 8, 8]
    conv(width, 1x1, bias=false)
    expect params == 12
}
network narrow = table(2) { expect macs == 384 }
network same = base() { expect channels == 4 }
"""
    narrow = archdsl.loads(text, "narrow").check()
    assert [v.text for v in narrow] == ["params == 3 * wide", "macs == 384"]
    assert {v.outcome for v in narrow} == {Outcome.HOLDS}
    assert [v.text for v in archdsl.loads(text, "same").check()] == ["channels == 4"]


def test_a_name_of_a_figure_is_the_figure_even_where_a_parameter_has_it():
    text = "network n(depth = 7) {\n    input x[3, 8, 8]\n    conv(depth, 1x1)\n    expect depth == 1\n}"
    (verdict,) = archdsl.loads(text).check()
    assert verdict.outcome == Outcome.HOLDS


def test_what_a_failing_claim_says(golden):
    found = verdicts(
        'params == 25_557_032 "table 1"',
        "macs ~ 4.1G",
        "shape == [1, 2]",
        "params == other.params",
        "a.params + b.params == 3",
        "depth == 6 and params < 10",
        "receptive_field <= 5",
        "memory <= 1K",
        "H == 33",
        "not true",
    )
    assert {v.outcome for v in found} == {Outcome.FAILS}
    golden(render(failures(found).diagnostics))


def test_what_a_claim_without_a_value_says(golden):
    found = verdicts(
        "params",
        "params ~ macs",
        "(params ~ macs) or true",
        "heads.params == 1",
        "b[2].params == 1",
        "a.prams == 1",
        "other.t.params == 1",
        "template.params == 1",
        "head.receptive_field == 1",
        "head.height == 1",
        "other.s[9].params == 1",
        "image[1] == 1",
    )
    assert {v.outcome for v in found} == {Outcome.FAILS}
    assert all(v.reason for v in found)
    golden(render(failures(found).diagnostics))


DERIVED = """
network base(classes) {
    input x[3, 8, 8]
    stage body { conv(8, 3x3) }
    stage head { global_avg_pool -> linear(classes) as fc }
    expect depth == 2, body.params == 224
}
"""


def test_what_a_template_expects_does_not_apply_to_what_edits_it():
    edited = archdsl.loads(
        DERIVED
        + "network n = base(5) { expect depth == 1  remove body  expect head.params == 20 }",
        "n",
    ).check()

    assert [verdict.outcome for verdict in edited] == [
        *[Outcome.NOT_APPLICABLE] * 2,
        *[Outcome.HOLDS] * 2,
    ]
    assert edited[0].reason == "`n` edits the network"


def test_freezing_is_no_edit():
    frozen = archdsl.loads(
        DERIVED + "network n = base(5) { freeze body  expect trainable_params == head.params }", "n"
    ).check()

    assert [verdict.outcome for verdict in frozen] == [Outcome.HOLDS] * 3


def test_an_instance_speaks_of_what_edits_have_put_there():
    found = archdsl.loads(
        DERIVED + "network n = base(5) { replace head { conv(4, 1x1) as mid -> linear(3) as fc }\n"
        "expect head.mid.params == 36, head.fc.shape == [4, 8, 3], head.depth == 2,\n"
        "    head.shape == [4, 8, 3], body.shape == [8, 8, 8] }",
        "n",
    ).check()

    assert [v.outcome for v in found[2:]] == [Outcome.HOLDS] * 5


def test_a_part_that_nothing_uses_has_a_shape():
    body = """
    input image[3, H = 8, W = 8]
    stage a { conv(4, 1x1) }
    from image
    stage b { relu }
    """

    assert outcomes("a.shape == [4, 8, 8], a.height == 8", body=body) == [Outcome.HOLDS] * 2


def test_of_another_network_s_part_that_nothing_uses_no_shape_is_known():
    other = """network lost {
        input image[3, H = 8, W = 8]
        stage a { conv(4, 1x1) }
        from image
        stage b { relu }
    }
    """
    text = f"{other}network n {{ input x[3, 8, 8]\n relu\n expect lost.a.height == 8 }}"
    (verdict,) = archdsl.loads(text, "n").check()

    assert verdict.reason == "`lost.a` has no height: nothing that leaves it is used"
