"""Copies: runs, numbers that grow, a first one that differs."""

import pytest

UNIT = "block unit(out, stride = 1) { conv(out, 3x3, stride=stride) -> relu }\n"


def net(body, before=UNIT):
    return f"{before}network net {{\n    input x[8, H = 16, W = 16]\n    {body}\n}}\n"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("stage s { repeat 4 { unit(8) } }", "nn.Sequential(*(Unit() for _ in range(4)))"),
        (
            "stage s { repeat 4 { unit(6, stride=if first then 2 else 1) } }",
            "nn.Sequential(Unit(8, stride=2), *(Unit(6) for _ in range(3)))",
        ),
        (
            "stage s { repeat 4 { concat { | skip | unit(4) } } }",
            "nn.Sequential(*(SLayer(8 + 4 * i) for i in range(4)))",
        ),
        (
            "stage s { repeat 3 { conv(16 - 4 * index, 1x1) } }",
            "nn.Sequential(SLayer(8, 0), SLayer(16, 1), SLayer(12, 2))",
        ),
        ("stage s { for c in [4, 4, 6] { unit(c) } }", "Unit(8, 4), Unit(4, 4), Unit(4, 6)"),
        (
            "stage s { relu\n repeat 2 { unit(8) } }",
            "Steps(relu1=nn.ReLU(), **numbered(*(Unit() for _ in range(2))))",
        ),
        (
            "stage s { repeat 2 { unit(8) }\n relu\n repeat 2 { unit(8) } }",
            "**numbered(*(Unit() for _ in range(2)), start=2)",
        ),
        (
            "stage s { repeat 2 { repeat 3 { unit(8) } } }",
            "*(nn.Sequential(*(Unit() for _ in range(3))) for _ in range(2))",
        ),
    ],
)
def test_literal_copies(emitted, body, line):
    text = " ".join(emitted(net(body)).split()).replace("( ", "(").replace(", )", ")")

    assert line in text


SEVERAL = """
block layer(c, n: int) { conv(c, 1x1) as before
    repeat n { BODY }
    add(before) }
"""


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("unit(c)", ["self.add_module(str(i), Unit(c))", "for i in range(n):"]),
        ("unit(c, stride=if first then 1 else 1)", ["for i in range(n):"]),
        (
            "conv(c + index, 1x1) -> relu -> conv(c, 1x1)",
            ["for i in range(n):", "self.add_module(str(i), LayerLayer(c, c, i))"],
        ),
    ],
)
def test_copies_of_several_instances(emitted, body, lines):
    text = emitted(
        net("layer(4, 2) -> layer(6, 3) -> layer(8, 5)", UNIT + SEVERAL.replace("BODY", body))
    )

    for line in lines:
        assert line in text
    assert "for i in range(self.n):\n            x = getattr(self, str(i))(x)" in text


def test_a_first_copy_apart(emitted):
    block = "block layer(c, n: int) { repeat n { unit(c) } -> relu }\n".replace(
        "} -> relu", "} relu"
    )
    text = emitted(net("layer(4, 2) -> layer(6, 3)", UNIT + block))

    assert "Unit(in_channels, c)" in text
    assert "*(Unit(c, c) for _ in range(n - 1))" in text


def test_copies_that_follow_no_rule_are_written_out(emitted):
    block = "block layer(sizes: list) { for s in sizes { unit(s) } relu }\n"
    text = emitted(net("layer([3, 5, 4]) -> layer([8, 1, 7])", UNIT + block))

    assert "class Layer(Steps):" in text
    assert "class Layer2(Steps):" in text
    assert "numbered(Unit(8, 3), Unit(3, 5), Unit(5, 4))" in text


def test_a_copy_that_others_read_is_called_by_itself(emitted):
    text = emitted(net("stage s { repeat 3 { unit(8) } }\n    from s[1] -> add(s)"))

    assert 'x = getattr(self, "1")(getattr(self, "0")(x))' in text
    assert 'return getattr(self, "2")(x), x' in text
