"""Which modules share a class, and what that class is given."""

import re

import pytest

import archdsl


def classes(text):
    """The names of the classes in emitted code, in order."""
    return re.findall(r"^class (\w+)\(", text, re.MULTILINE)


def net(body, before=""):
    return f"{before}\nnetwork net {{\n    input x[8, H = 8, W = 8]\n    {body}\n}}\n"


UNIT = "block unit(out, kernel = 3) { conv(out, kernel) -> relu }"


def test_values_that_differ_are_arguments(emitted):
    text = emitted(net("unit(4) -> unit(6) -> unit(8, 5)", UNIT))

    assert classes(text) == ["Unit", "Net"]
    assert "def __init__(self, in_channels, out, kernel=3):" in text
    assert "self.conv1 = nn.Conv2d(in_channels, out, kernel, padding=kernel // 2)" in text
    assert "self.unit3 = Unit(6, 8, kernel=5)" in text


def test_values_that_agree_are_written_down(emitted):
    text = emitted(net("unit(8) -> unit(8)", UNIT))

    assert "def __init__(self):" in text
    assert "nn.Conv2d(8, 8, 3, padding=1)" in text
    assert "self.unit2 = Unit()" in text


def test_one_instance_is_all_literals(emitted):
    assert "nn.Conv2d(8, 4, 3, padding=1)" in emitted(net("unit(4)", UNIT))


def test_what_calls_other_layers_is_another_class(emitted):
    block = "block unit(out, act: layer = relu) { conv(out, 3x3) -> act }"
    text = emitted(net("unit(4) -> unit(8, tanh) -> unit(8) -> unit(8, skip)", block))

    assert classes(text) == ["Unit", "Unit2", "Unit3", "Net"]
    assert "F.relu" in text[: text.index("class Unit2")]
    assert "torch.tanh" in text[text.index("class Unit2") :]


def test_a_branch_that_differs_is_an_if(emitted):
    block = "block unit(out) { if input.channels != out { conv(out, 1x1) -> batch_norm } -> relu }"
    text = emitted(net("unit(8) -> unit(4) -> unit(6)", block.replace("} -> relu", "} relu")))

    assert classes(text) == ["Unit", "Net"]
    assert "self.has_conv1 = in_channels != out" in text
    assert text.count("if self.has_conv1:") == 2


def test_a_branch_of_a_plain_argument_has_its_name(emitted):
    block = "block unit(wide: bool) { if wide { conv(8, 3x3) } else { conv(8, 1x1) } }"
    text = emitted(net("unit(true) -> unit(false)", block))

    assert "self.wide = wide" in text
    assert "if self.wide:" in text
    assert "else:" in text


def test_branches_that_depend_on_one_another(emitted):
    block = """
    block unit(out, stride) {
        if stride > 1 { max_pool(1x1, stride=stride) }
        if input.channels != out { pad(channels=out - input.channels) }
    }"""
    text = emitted(net("unit(8, 1) -> unit(16, 2)", block))

    assert "x = F.max_pool2d(x, 1, stride=self.stride)" in text
    assert "return x" in text


def test_a_branch_taken_alike_is_no_if(emitted):
    block = "block unit(out) { if out > 2 { conv(out, 1x1) } else { relu } }"
    text = emitted(net("unit(8) -> unit(4)", block))

    assert "if " not in text
    assert classes(text) == ["Unit", "Net"]


def test_a_condition_that_python_cannot_state_makes_two_classes(emitted):
    block = "let wide = [8, 16]\nblock unit(out) { if out in wide { conv(out, 3x3) } -> relu }"
    text = emitted(net("unit(8) -> unit(4)", block.replace("} -> relu", "} relu")))

    assert classes(text) == ["Unit", "Unit2", "Net"]


def test_a_path_that_is_left_out_is_an_if(emitted):
    block = """
    block unit(out) {
        let residual = input.channels == out
        add { | conv(out, 3x3) -> relu | when residual: skip }
    }"""
    text = emitted(net("unit(8) -> unit(4)", block))

    assert classes(text) == ["Unit", "Net"]
    assert "self.residual = in_channels == out" in text
    assert re.search(r"if self\.residual:\n +a = a \+ x", text)


def test_a_let_used_twice_is_a_local(emitted):
    block = """
    block unit(factor) {
        let hidden = input.channels * factor
        conv(hidden, 1x1) -> relu -> conv(hidden, 3x3) -> conv(8, 1x1)
    }"""
    text = emitted(net("conv(6, 1x1) -> unit(2) -> unit(3)", block))

    assert "hidden = in_channels * factor" in text
    assert "self.conv2 = nn.Conv2d(hidden, hidden, 3, padding=1)" in text


def test_a_value_nothing_gives_is_an_argument_of_its_own(emitted):
    block = "block unit(sizes: list) { conv(sizes[0], 1x1) -> relu -> conv(sizes[1], 1x1) }"
    text = emitted(net("unit([4, 5]) -> unit([6, 9]) -> unit([3, 7])", block))

    assert "def __init__(self, in_channels, conv1_out, conv2_out):" in text


def test_sole_calls_take_the_blocks_class(emitted):
    text = emitted(
        net(
            "stage a { unit(4) }\n    stage b { outer(6) }", f"{UNIT}\nblock outer(c) {{ unit(c) }}"
        )
    )

    assert classes(text) == ["Unit", "Net"]
    assert "self.a = Unit(8, 4)" in text
    assert "self.b = Unit(4, 6)" in text


def test_a_block_of_copies_is_a_sequence(emitted):
    text = emitted(
        net("many(4, 2) -> many(8, 3)", f"{UNIT}\nblock many(c, n) {{ repeat n {{ unit(c) }} }}")
    )

    assert classes(text) == ["Unit", "Net"]
    assert "self.many1 = nn.Sequential(Unit(8, 4), Unit(4, 4))" in text


def test_a_block_with_copies_among_other_things_is_steps(emitted):
    block = f"{UNIT}\nblock stem(c, n) {{ max_pool(2x2)\n repeat n {{ unit(c) }} }}"
    text = emitted(net("stem(4, 1) -> stem(8, 3)", block))

    assert "class Stem(Steps):" in text
    assert "max_pool1=nn.MaxPool2d(2)," in text
    assert "**numbered(Unit(in_channels, c), *(Unit(c, c) for _ in range(n - 1)))," in text or (
        "**numbered(*(" in text
    )


def test_a_deep_recursion_of_blocks(emitted):
    block = "block nest(n) { conv(8, 1x1)\n if n > 0 { nest(n - 1) -> relu } }"
    text = emitted(net("nest(3) -> nest(1)", block))

    assert len(classes(text)) >= 3
    assert "self.nest1 = " in text


@pytest.mark.parametrize("count", [2, 40])
def test_a_class_whatever_the_number_of_instances(emitted, count):
    text = emitted(net(" -> ".join(f"unit({4 + i})" for i in range(count)), UNIT))

    assert classes(text) == ["Unit", "Net"]


def test_equal_code_for_equal_blocks_of_two_networks():
    text = f"{UNIT}\nnetwork a {{ input x[8, H = 8, W = 8]\n unit(4) -> unit(6) }}\n"
    first = archdsl.loads(text, "a").emit().text
    again = archdsl.loads(text + "network b = a()\n", "a").emit().text

    assert first == again
