"""Blocks and layers as values, chains, and where arguments go."""

import pytest


def fields(found, path, *names):
    return tuple(getattr(found.graph.nodes[path].layer, name) for name in names)


@pytest.mark.parametrize(
    ("let", "call", "expected"),
    [
        ("conv(8)", "c(3x3)", (8, (3, 3), 1)),
        ("conv(8, 3x3)", "c", (8, (3, 3), 1)),
        ("conv(kernel=3x3)", "c(8)", (8, (3, 3), 1)),
        ("conv(kernel=3x3)", "c(8, 2)", (8, (3, 3), 2)),
        ("conv(8, 3x3)", "c(2)", (8, (3, 3), 2)),
        ("conv(8, 3x3)", "c(out=16)", (16, (3, 3), 1)),
        ("conv(8, 3x3, stride=2)", "c(stride=1)", (8, (3, 3), 1)),
        ("conv(8)(3x3)(2)", "c", (8, (3, 3), 2)),
        ("conv(8, 3x3)(out=16)", "c", (16, (3, 3), 1)),
        ("conv(8, 3x3)(out=16)", "c(2)", (16, (3, 3), 2)),
        ("conv", "c(8, 3x3)", (8, (3, 3), 1)),
    ],
)
def test_positional_arguments_fill_what_is_not_given_and_keywords_replace(
    steps, let, call, expected
):
    found = steps(call, before=f"let c = {let}")

    assert fields(found, "conv1", "out", "kernel", "stride") == expected


def test_a_call_in_an_expression_runs_nothing(steps):
    assert steps("let c = conv(8, 3x3)", "relu").kinds == ["relu"]


def test_blocks_take_blocks_with_arguments_filled_in(steps):
    found = steps(
        "outer(inner(4), inner(k=5))",
        before="block inner(c = 2, k = 3) { conv(c, k) }\n"
        "block outer(a: block, b: block) { a -> a(k=1) -> b(7) }",
    )

    assert [found.graph.nodes[p].layer.out for p in found.keys] == [4, 4, 7]
    assert [found.graph.nodes[p].layer.kernel for p in found.keys] == [3, 1, 5]


# Chains


def test_a_chains_arguments_go_to_the_member_that_lacks_some(steps):
    found = steps("c(8, 3x3, stride=2)", before="let c = relu -> conv(bias=false) -> batch_norm")

    assert found.kinds == ["relu", "conv", "batch_norm"]
    assert fields(found, "conv1", "out", "stride", "bias") == (8, 2, False)


def test_the_member_is_fixed_where_the_chain_is_written(steps):
    found = steps(
        "b(stride=2) -> b",
        before="let a = conv(bias=false) -> batch_norm\nlet b = a(8, 3x3)",
    )

    assert fields(found, "conv1", "out", "stride") == (8, 2)
    assert fields(found, "conv2", "out", "stride") == (8, 1)


def test_chains_of_chains(steps):
    found = steps(
        "d(8, 3x3)",
        before="let c = conv(bias=false) -> batch_norm\nlet d = c -> relu -> dropout(0.5)",
    )

    assert found.kinds == ["conv", "batch_norm", "relu", "dropout"]


def test_a_chain_in_a_conditional_and_as_an_argument(steps):
    found = steps(
        "b(if true then relu -> gelu else silu)",
        before="block b(act: block) { act -> conv(4, 1x1) }",
    )

    assert found.kinds == ["relu", "gelu", "conv"]


@pytest.mark.parametrize(
    ("let", "call", "code"),
    [
        ("conv -> conv", "relu", "E0516"),
        ("conv(8) -> relu -> linear", "relu", "E0516"),
        ("relu -> gelu", "c(3)", "E0516"),
        ("relu -> 3", "relu", "E0409"),
        ("relu -> sqrt", "relu", "E0409"),
        ("conv(8, 3x3) -> batch_norm", "c(stride=2)", "E0516"),
        ("conv(biass=false) -> relu", "relu", "E0505"),
    ],
)
def test_chains_that_cannot_be(wrong, let, call, code):
    assert wrong(call, before=f"let c = {let}").codes == [code]


# Arguments


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("conv(8, 3x3, strides=2)", "E0505"),
        ("conv(8)", "E0506"),
        ("conv", "E0506"),
        ("conv(8, 3x3, kernel=5)", "E0507"),
        ("conv(8, 3x3, stride=1, stride=2)", "E0507"),
        ("conv(kernel=3x3, 8)", "E0507"),
        ("relu(1)", "E0508"),
        ("conv(8, 3, 1, same, 1, 1, true, none, 4)", "E0508"),
        ("skip(3)", "E0508"),
        ("skip(a=3)", "E0508"),
        ("conv(7 / 2, 3x3)", "E0502"),
        ("conv(true, 3x3)", "E0501"),
        ("conv([8], 3x3)", "E0501"),
        ("conv(8, [3, 3])", "E0501"),
        ("conv(none, 3x3)", "E0501"),
        ("conv(8, 3x3, bias=1)", "E0501"),
        ('conv(8, 3x3, padding="wide")', "E0503"),
        ("conv(8, 3x3, padding=same_size)", "E0401"),
        ("conv(0, 3x3)", "E0503"),
        ("conv(8, 3x3, stride=0)", "E0503"),
        ("conv(8, 3x3, padding=-1)", "E0503"),
        ("conv(8, 3x3, groups=0)", "E0503"),
        ("conv(2 ** 63, 3x3)", "E0306"),
        ("conv(10 ** 300, 3x3)", "E0306"),
        ("dropout(10 ** 400)", "E0306"),
        ("conv(H, 3x3)", "E0515"),
        ("conv(8, 3x3, H)", "E0617"),
        ("sparse_conv(1, 3x3, [[relu]])", "E0501"),
        ("upsample(scale=1.5, size=3)", "E0635"),
        ("crop(3)", "E0501"),
        ("crop(nowhere)", "E0401"),
        ('crop("nowhere")', "E0404"),
        ("image", "E0409"),
        ("image(3)", "E0409"),
        ("sqrt(4)", "E0409"),
        ("cnov(8, 3x3)", "E0401"),
        ("n", "E0302"),
    ],
)
def test_calls_that_cannot_be_are_one_error_each(wrong, call, code):
    assert wrong(call, "relu -> conv(4, 3x3)").codes == [code]


def test_every_misfit_of_a_call_is_reported(wrong):
    found = wrong("conv(0, 3x3, stride=0, strides=2, bias=3, padding=7 / 2)")

    assert found.codes == ["E0505"]
    found = wrong("conv(0, 3x3, stride=0, bias=3, padding=7 / 2)")
    assert found.codes == ["E0503", "E0503", "E0501", "E0502"]


def test_a_misfit_filled_in_elsewhere_is_shown_there_with_the_call(wrong):
    (finding,) = wrong("c(8)", before="let c = conv(kernel=0)").findings

    assert finding.span.text == "0"
    assert [label.text for label in finding.labels] == ["used here"]


def test_did_you_mean(wrong):
    found = wrong(
        "conv(8, 3x3, strid=2) -> BatchNorm2d -> b(widht=3)", before="block b(width) { relu }"
    )

    assert [f.help for f in found.findings] == [
        "did you mean `stride`?",
        "did you mean `batch_norm`?",
        "did you mean `width`?",
    ]
