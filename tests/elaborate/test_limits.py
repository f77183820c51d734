"""Texts that ask for too much end quickly, with a diagnostic."""

import pytest

from archdsl.diagnostics.source import Source
from archdsl.elaborate.limits import Limits
from archdsl.elaborate.statements import written_steps
from archdsl.syntax.parse import parse

LAUGHS = "let a0 = [1, 1]\n" + "\n".join(f"let a{i} = [a{i - 1}, a{i - 1}]" for i in range(1, 60))


def doubling(body, levels):
    """Blocks that each call the next one twice."""
    blocks = [f"block b{i} {{ b{i + 1} -> b{i + 1} }}" for i in range(levels)]
    return "\n".join([*blocks, f"block b{levels} {{ {body} }}"])


@pytest.mark.parametrize(
    ("before", "steps", "code"),
    [
        ("", "repeat 1_000_000_000 { relu }", "E0301"),
        ("", "repeat 10 ** 18 { relu }", "E0301"),
        ("", "repeat 10 ** 1000 { relu }", "E0301"),
        ("", "repeat 1_000_000_000 { }", "E0301"),
        ("let a = range(90_000)", "for x in a { }", "E0303"),
        ("", "repeat 50_000 { }", "E0303"),
        ("", "repeat 1000 { repeat 1000 { repeat 1000 { relu } } }", "E0301"),
        ("let a = range(300)", "for x in a { for y in a { relu } }", "E0303"),
        ("", "repeat 2 { " * 60 + "relu" + " }" * 60, "E0301"),
        ("", "repeat 2 { " * 60 + " }" * 60, "E0303"),
        (doubling("relu", 24), "b0", "E0303"),
        (doubling("", 24), "b0", "E0303"),
        (doubling("relu", 63), "b0", "E0303"),
        (doubling("relu", 64), "b0", "E0302"),
        ("block b(k) { if k > 0 { b(k - 1) } }", "b(10 ** 9)", "E0302"),
        ("block b(k) { if k > 0 { b(k - 1) -> b(k - 1) } }", "b(10 ** 9)", "E0302"),
        ("def f(x) = f(x) + f(x)", "conv(f(1), 3x3)", "E0311"),
        (
            "\n".join(f"def f{i}(x) = f{i + 1}(x) + f{i + 1}(x)" for i in range(40))
            + "\ndef f40(x) = x",
            "conv(f0(1), 3x3)",
            "E0310",
        ),
        ("", "conv(9 ** 9 ** 9 ** 9, 3x3)", "E0305"),
        ("", "conv(2 ** 10_000_000, 3x3)", "E0305"),
        ("", "conv(0.5 ** 10_000_000, 3x3)", "E0305"),
        ("", "dropout(1.5 ** 2000.5)", "E0305"),
        ("let a = range(10 ** 30)", "relu", "E0310"),
        ("let a = [0] * 10 ** 9", "relu", "E0310"),
        ("let a = range(900_000)\nlet b = a + a", "relu", "E0310"),
        (LAUGHS, "relu", "E0310"),
        ("let a = range(999_999)\nlet b = zip(a, a, a, a)", "relu", "E0310"),
        ("let a = [x * y for x, y in zip(range(90_000), range(90_000))]", "relu", "E0310"),
        ("let r = range(99_000)", "repeat 100 { conv(sum([1 for x in r[:40_000]]), 1) }", "E0310"),
        ("", "concat { | skip | skip }\n" * 80, "E0308"),
        ("", "upsample(scale=2)\n" * 70, "E0308"),
    ],
    ids=lambda value: value[:40] if len(value) < 200 else "long",
)
def test_bombs_end_with_a_diagnostic(wrong, before, steps, code):
    found = wrong(steps, before=before)

    assert found.codes[0] == code
    assert len(found.codes) <= 20


def test_what_was_asked_for_is_said_in_the_message(wrong):
    (finding,) = wrong("repeat 1_000_000_000 { relu }").findings

    assert "1,000,000,001 nodes" in finding.message
    assert "100,000" in finding.message


def test_a_raised_limit_allows_more(steps):
    found = steps("repeat 120 { repeat 100 { relu } }", limits=Limits(13_000, raised=True))

    assert len(found.graph.order) == 12_001


def test_more_than_the_raised_limit_is_refused(wrong):
    found = wrong("repeat 200 { repeat 100 { relu } }", limits=Limits(15_000, raised=True))

    assert found.codes == ["E0301"]


def test_many_layers_that_are_written_are_fine(steps):
    assert len(steps("relu\n" * 12_000).graph.order) == 12_001


def test_deep_nesting_that_a_text_may_have_is_fine(steps):
    written = "stage s { " * 190 + "relu" + " }" * 190

    assert steps(written.replace("stage s", "if true")).kinds == ["relu"]
    assert steps(written).kinds == ["relu"]


def test_deep_blocks_of_deep_bodies_are_fine(steps):
    blocks = "\n".join(
        f"block b{i} {{ {'if true { ' * 150} b{i + 1} {'}' * 150} }}" for i in range(60)
    )

    assert steps("b0", before=f"{blocks}\nblock b60 {{ relu }}").kinds == ["relu"]


def test_one_layer_with_very_many_inputs(steps):
    names = ",\n".join(["image"] * 20_000)

    assert len(steps(f"concat({names})").graph.order[1].inputs) == 20_001


def test_one_value_with_very_many_consumers(steps):
    found = steps("conv(3, 1x1) as c", "relu\n" + "add(c)\n" * 5_000)

    assert len(found.graph.order) == 5_003


def test_very_many_parameters(steps):
    names = ",\n".join(f"p{i} = {i}" for i in range(5_000))

    assert steps("b(p4999=8)", before=f"block b({names}) {{ conv(p4999, 1x1) }}").output[0] == 8


def test_nested_lists_in_a_layers_arguments_are_bounded(wrong):
    found = wrong("sparse_conv(1, 3x3, a15)", before="\n".join(LAUGHS.split("\n")[:16]))

    assert found.codes == ["E0618"]


def test_written_steps_count_repeats_of_plain_numbers():
    file = parse(Source("n", "block b { relu\nrepeat 3 { relu -> add { | skip | gelu } } }")).value

    assert written_steps(file.declarations[0].body) == 1 + 3 * 4
