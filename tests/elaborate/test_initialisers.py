import pytest

import archdsl
from archdsl.layers.definition import InitialiserValue


def network(*lines):
    body = "\n    ".join(lines)
    return f"network n {{\n    input image[3, H = 8, W = 8]\n    {body}\n}}\n"


def inits(*lines):
    """What each weight of the network asks for, by key."""
    graph = archdsl.loads(network(*lines), "n").graph
    return {
        f"{node.weights}.{weight.name}": weight.init
        for node in graph.order
        for weight in node.layer.weights(*[graph.type_of(port) for port in node.inputs])
        if weight.init is not None
    }


def finding(*lines):
    """Code, message and marked text of the one error of a network."""
    with pytest.raises(archdsl.DiagnosticError) as failed:
        archdsl.loads(network(*lines), "n")
    (diagnostic,) = failed.value.diagnostics
    return diagnostic.code, diagnostic.message, diagnostic.span.text


def test_a_bare_name_is_the_initialiser_without_arguments():
    assert inits("conv(8, 3x3, init=kaiming_normal) -> batch_norm(init=zeros)") == {
        "conv1.weight": InitialiserValue("kaiming_normal"),
        "batch_norm1.weight": InitialiserValue("zeros"),
    }


def test_a_call_fills_arguments_in():
    assert inits(
        'conv(8, 3x3, init=kaiming_normal(mode="fan_out"))',
        "conv(8, 3x3, init=normal(0, 1 / 100))",
        "conv(8, 3x3, init=normal(0, std=1))",
        "conv(8, 3x3, init=none)",
    ) == {
        "conv1.weight": InitialiserValue("kaiming_normal", (("mode", "fan_out"),)),
        "conv2.weight": InitialiserValue("normal", (("std", 0.01),)),
        "conv3.weight": InitialiserValue("normal"),
    }


def test_arguments_may_come_in_turns():
    assert inits(
        "let narrow = normal(std=0.01)",
        "let shifted = narrow(1)",
        "conv(8, 3x3, init=shifted)",
        "conv(8, 3x3, init=shifted(std=0.02))",
    ) == {
        "conv1.weight": InitialiserValue("normal", (("mean", 1.0), ("std", 0.01))),
        "conv2.weight": InitialiserValue("normal", (("mean", 1.0), ("std", 0.02))),
    }


@pytest.mark.parametrize(
    ("init", "code", "message", "marked"),
    [
        ("constant", "E0506", "`constant` needs `val`", "constant"),
        ("normal(stdd=1)", "E0505", "`normal` has no parameter `stdd`", "stdd"),
        ("uniform(0, 1, 2)", "E0508", "`uniform` takes 2 arguments, and 3 are given", "2"),
        ("normal(0, mean=1)", "E0507", "`mean` is given twice in this call", "mean"),
        ('normal("1")', "E0501", '`mean` must be a number, and this is the text "1"', '"1"'),
        (
            "normal(0, 10 ** 400)",
            "E0306",
            "`std` is beyond what a 64-bit float holds",
            "10 ** 400",
        ),
        ("normal(std=-1)", "E0503", "`std` must be at least 0, and this is -1", "-1"),
        ("uniform(2)", "E0503", "`a` is 2, and must be at most `b`, 1", "2"),
        (
            'kaiming_normal(mode="fan")',
            "E0503",
            '`mode` must be one of "fan_in", "fan_out", and this is "fan"',
            '"fan"',
        ),
        ("3", "E0501", "`init` must be an initialiser, and this is the number 3", "3"),
        ("kaiming_norml", "E0401", "nothing here is called `kaiming_norml`", "kaiming_norml"),
    ],
)
def test_arguments_that_do_not_suit(init, code, message, marked):
    assert finding(f"conv(8, 3x3, init={init})") == (code, message, marked)


def test_an_initialiser_that_does_not_suit_the_weight():
    assert finding("batch_norm(init=orthogonal)") == (
        "E0620",
        "`orthogonal` fills weights of at least 2 dimensions, and `weight` is [3]",
        "orthogonal",
    )
