"""Expressions: names, literals, lists, indices, and budgets."""

from fractions import Fraction

import pytest


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1_000", 1000),
        ("4.1G", 4_100_000_000),
        ("60K", 60_000),
        ("1e-3", Fraction(1, 1000)),
        ("3x3", (3, 3)),
        ("1x3x5", (1, 3, 5)),
        ("(1, 2 + 3)", (1, 5)),
        ("(1,)", (1,)),
        ("(1)", 1),
        ("[]", ()),
        ('"same"', "same"),
        ("true", True),
        ("none", None),
        ("same", "same"),
        ("tf_same", "tf_same"),
        ("[10, 20, 30][1]", 20),
        ("[10, 20, 30][-1]", 30),
        ("[[1, 2], [3]][0][1]", 2),
        ("3x5[1]", 5),
        ("[1, 2, 3, 4][1:3]", (2, 3)),
        ("[1, 2, 3, 4][:2]", (1, 2)),
        ("[1, 2, 3, 4][-1:]", (4,)),
        ("[1, 2][5:]", ()),
        ("[1, 2][: 10 ** 30]", (1, 2)),
        ("[x * x for x in range(4)]", (0, 1, 4, 9)),
        ("[x for x in range(6) if x % 2 == 0]", (0, 2, 4)),
        ("[a + b for a, b in [(1, 2), (3, 4)]]", (3, 7)),
        ("[i * k for i, (k, c) in enumerate([(2, 3), (4, 5)])]", (0, 4)),
        ("[[y for y in range(x)] for x in range(3)]", ((), (0,), (0, 1))),
    ],
)
def test_values(value, text, result):
    assert value(text) == result


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nothing", "E0401"),
        ("nothing(3)", "E0401"),
        ("nothing[0]", "E0401"),
        ("nothing.x", "E0401"),
        ("[1, 2][2]", "E0511"),
        ("[][0]", "E0511"),
        ("[1][0.5]", "E0502"),
        ('[1]["a"]', "E0501"),
        ("3[0]", "E0501"),
        ("3[0:1]", "E0501"),
        ("[1, 2][0.5:]", "E0502"),
        ("[x for x in 3]", "E0501"),
        ("[x for x, y in [1]]", "E0511"),
        ("[x for x, y in [(1, 2, 3)]]", "E0511"),
        ("[x for x in [1] if x]", "E0509"),
        ("3(4)", "E0409"),
        ('"a"(4)', "E0409"),
        ("relu -> 3", "E0409"),
        ("relu.x", "E0404"),
    ],
)
def test_expressions_without_a_value(value, text, code):
    with pytest.raises(value.wrong, match=code):
        value(text)


def test_names_are_seen_and_suggested(value):
    assert value("width * 2", width=3) == 6
    with pytest.raises(value.wrong) as found:
        value("widht", width=3)

    assert found.value.help == "did you mean `width`?"


def test_every_failing_argument_is_reported():
    from archdsl.diagnostics.report import Report
    from archdsl.diagnostics.source import Source
    from archdsl.elaborate.limits import DEFAULT_LIMITS
    from archdsl.elaborate.state import Elaboration
    from archdsl.syntax.parse import parse_expression
    from archdsl.values.scope import Failed, Scope

    report = Report()
    expression = parse_expression(Source("e", "max(1 / 0, nothing, 1 + none)")).value
    with pytest.raises(Failed):
        Elaboration(report, DEFAULT_LIMITS, {}).evaluate(expression, Scope())

    assert [d.code for d in report.sorted()] == ["E0504", "E0401", "E0510"]


@pytest.mark.parametrize(
    "text",
    [
        "[x for x in range(100_001)]",
        "[[0 for y in range(400)] for x in range(400)]",
        "[1] * 10 ** 9",
        "len(range(600_000)) + len(range(600_000))",
        "([[1] * 1000] * 1000) + [2]",
    ],
)
def test_expressions_have_a_budget(value, text):
    with pytest.raises(value.wrong, match="E0310"):
        value(text)


def test_a_long_sum_is_no_problem(value):
    assert value(" + ".join(["1"] * 5_000)) == 5_000


def test_deep_nesting_is_no_problem(value):
    assert value("(" * 150 + "1" + ")" * 150) == 1
    assert value("[" * 150 + "]" * 150)
