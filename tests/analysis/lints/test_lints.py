"""What the lints find and, more often, what they let pass; whole messages are among the cases."""

import re
from pathlib import Path

import pytest

import archdsl
from archdsl.diagnostics.codes_lints import LINTS

CODES = {code.code for code in LINTS}


@pytest.fixture
def found(tmp_path):
    """The lints of a text, each with the text that it points at."""

    def check(text, **other):
        for name, content in other.items():
            (tmp_path / f"{name}.arch").write_text(content)
        path = tmp_path / "n.arch"
        path.write_text(text)
        return [
            (d.code, d.span.text)
            for d in archdsl.check(path).report.sorted()
            if d.code in CODES or d.code.startswith(("E", "W01"))
        ]

    return check


def net(*steps, image="3, H = 32, W = 32", before=""):
    body = "".join(f"    {step}\n" for step in (f"input image[{image}]", *steps))
    return f"{before}\nnetwork n {{\n{body}}}\n"


# Biases


@pytest.mark.parametrize(
    "steps",
    [
        ("conv(8, 3x3) -> relu -> batch_norm",),
        ("conv(8, 3x3) as c -> batch_norm -> add(c)",),
        ("conv(8, 3x3) as c", "output c", "batch_norm -> relu"),
        ("conv(8, 3x3) -> instance_norm",),
        ("conv(8, 3x3) -> batch_norm -> relu", "freeze all"),
        ("conv(8, 3x3, bias=false) -> batch_norm",),
    ],
)
def test_a_bias_that_has_an_effect(found, steps):
    assert found(net(*steps)) == []


def test_all_that_take_a_value_are_norms(found):
    steps = ("conv(8, 3x3) as c -> batch_norm as a", "from c -> batch_norm -> add(a)")

    assert found(net(*steps)) == [("W0602", "conv")]


def test_a_text_that_needs_its_bias_in_another_use(found):
    unit = "block unit(norm: layer = skip) { conv(8, 3x3) -> norm -> relu }"

    assert found(net("unit -> unit(batch_norm)", before=unit)) == []
    assert found(net("unit(batch_norm) -> unit(batch_norm)", before=unit)) == [("W0602", "conv")]


def test_the_argument_is_pointed_at_where_it_is_written(found):
    unit = "let unit = conv(kernel=3x3, bias=true) -> batch_norm -> relu"

    assert found(net("unit(8) -> unit(8)", before=unit)) == [("W0602", "true")]
    assert found(net("conv(8, 3x3, bias=1 < 2) -> batch_norm")) == [("W0602", "1 < 2")]


def test_a_layer_that_a_let_names_is_found_once(found):
    text = net("c3(8) -> batch_norm -> c3(8) -> batch_norm", before="let c3 = conv(kernel=3x3)")

    assert found(text) == [("W0602", "conv")]
    # A use that needs the bias: the `let` cannot be mended.
    assert found(text.replace("-> c3(8) -> batch_norm", "-> c3(8) -> relu")) == []


def test_a_let_of_another_body_is_not_meant(found):
    before = (
        "block a(unit: block) { unit(8) -> relu }\n"
        "block b { let unit = conv(kernel=3x3) -> batch_norm -> relu\n unit(8) }"
    )
    steps = "a(unit=conv_transpose(kernel=2x2) -> batch_norm) -> b"

    assert found(net(steps, before=before)) == [("W0602", "unit"), ("W0602", "conv")]


def test_the_mended_text_is_given_to_machines(tmp_path):
    text = net("conv(8, 3x3, bias=true) -> batch_norm", "relu conv(8, 3x3)")
    path = tmp_path / "n.arch"
    path.write_text(text)
    for finding in reversed(archdsl.check(path).report.sorted()):
        for edit in finding.edits:
            text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]

    assert text == net("conv(8, 3x3, bias=false) -> batch_norm", "relu -> conv(8, 3x3)")


# Windows


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("conv(8, 1x1, stride=2)", False),
        ("max_pool(1x1, stride=2)", False),
        ("conv(8, (1, 3), stride=(2, 3))", False),
        ("conv(8, (1, 3), stride=(2, 4))", True),
        ("conv(8, 3x3, stride=3, dilation=2)", False),
        ("conv(8, 3x3, stride=3, dilation=3)", True),
        ("max_pool(2x2)", False),
        ("avg_pool(2x2, stride=3)", True),
        ("depthwise_conv(3x3, stride=4)", True),
        ("conv(8, 30x30, stride=40, padding=valid)", False),
    ],
)
def test_inputs_that_no_window_reads(found, step, told):
    assert [code for code, _ in found(net(step))] == ["W0603"] * told


def test_inputs_that_no_window_reads_are_never_read():
    """The share of inputs that the message gives is that of those without a gradient."""
    torch = pytest.importorskip("torch")
    x = torch.zeros(1, 1, 32, 32, requires_grad=True)
    torch.nn.Conv2d(1, 1, 3, stride=4)(x).sum().backward()

    assert (x.grad == 0).float().mean() == 7 / 16


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("conv_transpose(8, 4x4, stride=2)", False),
        ("conv_transpose(8, 2x2, stride=2)", False),
        ("conv_transpose(8, 3x3)", False),
        ("conv_transpose(8, 3x3, stride=2)", True),
        ("conv_transpose(8, (4, 3), stride=(2, 3))", False),
        ("conv_transpose(8, 1x1, stride=2)", True),
        ("conv_transpose(8, 4x4, stride=2, dilation=3)", False),
        ("conv_transpose(8, 4x4, stride=2, dilation=2)", True),
        ("global_avg_pool(keep=true) -> conv_transpose(8, 3x3, stride=2)", False),
    ],
)
def test_uneven_painting(found, step, told):
    assert [code for code, _ in found(net(step))] == ["W0604"] * told


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "added"),
    [(3, 2, 1, 1), (3, 2, 0, 0), (5, 2, 2, 1), (5, 3, 1, 0), (2, 3, 0, 1), (7, 4, 2, 3)],
)
def test_the_even_kernel_leaves_the_same_size(kernel, stride, padding, added):
    def arch(arguments):
        return archdsl.loads(net(f"conv_transpose(8, {arguments})"), "n")

    uneven = arch(f"{kernel}x{kernel}, stride={stride}, padding={padding}, output_padding={added}")
    (finding,) = uneven.report.sorted()
    larger = re.search(r"`(\d+x\d+)`", finding.help)[1]
    arguments = re.findall(r"(?:output_)?padding=\d", finding.help)

    even = arch(f"{larger}, stride={stride}, {', '.join(arguments)}")
    assert even.outputs == uneven.outputs
    assert not even.report.sorted()


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("conv(8, 3x3, stride=2)", ["2"]),
        ("conv(8, 3x3)", ["3x3"]),
        ("conv(8, 3x3, padding=2)", []),
        ("conv(8, 1x1)", []),
        ("conv(8, 1x1, stride=2)", ["2"]),
        ("max_pool(3x3, stride=2, padding=1)", ["2"]),
        ("conv_transpose(8, 4x4, stride=2)", []),
        ("mul { | skip | conv(8, 1x1) -> sigmoid }", []),
    ],
)
def test_windows_over_one_position(found, step, told):
    image = "8, H = 2, W = 2"

    assert found(net("max_pool(2x2)", step, image=image)) == [("W0606", text) for text in told]


def test_an_axis_of_one_position_is_no_image(found):
    assert found(net("conv(8, (1, 5), stride=(1, 2))", image="8, H = 1, W = 64")) == []
    assert found(net("conv(8, 3x3, stride=2)", image="8, H = 1, W = 64")) == []


# Groups


def test_groups_that_are_passed_in_may_be_one(found):
    unit = "block unit(groups = 1) { conv(8, 3x3, groups=groups) }"

    assert found(net("unit -> unit(2)", before=unit)) == []
    assert found(net("unit -> conv(8, 3x3, groups=2 - 1)", before=unit)) == []


def test_one_channel_in_one_of_many_uses(found):
    pair = "block pair(out) { depthwise_conv(3x3) -> conv(out, 1x1) }"

    assert found(net("pair(8) -> pair(8)", image="1, H = 8, W = 8", before=pair)) == []
    assert found(net("pair(8)", image="1, H = 8, W = 8", before=pair)) == [
        ("W0605", "depthwise_conv")
    ]


# Heads

HALVES = "repeat 3 { conv(8, 3x3, stride=2) -> relu }"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((HALVES, "global_avg_pool -> linear(10)"), True),
        ((HALVES, "conv(10, 1x1) -> adaptive_avg_pool(1)"), True),
        ((HALVES, "avg_pool(4x4) -> flatten -> linear(10)"), True),
        ((HALVES, "flatten -> linear(10)"), False),
        ((HALVES, "max_pool(4x4) -> flatten -> linear(10)"), False),
        ((HALVES, "mul { | skip | global_avg_pool(keep=true) -> sigmoid }"), False),
        ((HALVES, "conv(8, 3x3) -> conv(8, 3x3) -> global_avg_pool -> linear(10)"), False),
        ((HALVES, "conv(8, 3x3, dilation=2) -> global_avg_pool -> linear(10)"), False),
        (("conv(8, 3x3) -> global_avg_pool -> linear(10)",), False),
    ],
)
def test_heads_that_see_too_little(found, steps, told):
    assert [code for code, _ in found(net(*steps))] == ["W0607"] * told


def test_a_head_is_judged_at_the_sizes_of_the_text(tmp_path):
    path = tmp_path / "n.arch"
    path.write_text(net(HALVES, "global_avg_pool -> linear(10)", image="3, H = 15, W = 15"))

    assert archdsl.load(path, at={"H": 64, "W": 64}).report.sorted() == []
    assert archdsl.load(path).report.sorted() == []


def test_the_help_is_enough(found):
    path = net(HALVES, "conv(8, 3x3) -> global_avg_pool -> linear(10)", image="3, H = 100, W = 60")
    (finding,) = archdsl.loads(path, "n").report.sorted()
    more = int(finding.help.split()[0])

    def deepened(layers):
        steps = f"repeat {layers} {{ conv(8, 3x3) }}"
        image = "3, H = 100, W = 60"
        return found(net(HALVES, steps, "global_avg_pool -> linear(10)", image=image))

    assert deepened(1 + more) == []
    assert [code for code, _ in deepened(more)] == ["W0607"]


# Keys

DOUBLE = "block double(out) { repeat 2 { conv(out, 3x3) } }\nblock other { relu }"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (("stage s1 { double(8) }", "stage s2 { max_pool(2x2) -> double(8) }"), True),
        (("stage s1 { double(8) }", "stage s2 { double(8) }"), False),
        (("stage s1 { double(8) }", "stage s2 { max_pool(2x2) -> other }"), False),
        (("stage stem { double(8) }", "stage head { double(8) -> relu }"), False),
        (("stage s1 { double(8) as d }", "stage s2 { relu -> double(8) }"), False),
        (("stage s1 { double(8) }", "stage s2 { relu -> double(8) as d }"), False),
        (
            ('for i in range(2) { stage "s{i}" { relu -> double(8) } }', "stage s2 { double(8) }"),
            True,
        ),
    ],
)
def test_stages_whose_weights_are_called_differently(found, steps, told):
    assert [code for code, _ in found(net(*steps, before=DOUBLE))] == ["W0406"] * told


def test_the_label_keeps_the_names():
    """With the label that is offered a step beside the call renames nothing."""

    def keys(first):
        stages = (f"stage s1 {{ {first} }}", "stage s2 { max_pool(2x2) -> double(8) }")
        graph = archdsl.loads(net(*stages, before=DOUBLE), "n").graph
        return [node.weights for node in graph.order if node.layer.kind == "conv"]

    assert keys("double(8)") != keys("relu -> double(8)")
    assert keys("double(8) as double1") == keys("relu -> double(8) as double1")


# Names


@pytest.mark.parametrize(
    "text",
    [
        net("unit(8)", before="block unit(out, wide = 2 * out) { conv(wide, 3x3) }"),
        net("unit(8)", before="block unit(k: int in [3, 8]) { require k > 2  relu }"),
        net("unit(8)", before='block unit(k) { stage "s{k}" { relu } }'),
        net("pass(unit)", before="block pass(b: block) { b(8) }\nblock unit(out) { relu }"),
        net("a(8) -> b(8)", before="block a(out) { conv(out, 3x3) }\nblock b(out) { relu }"),
        net("for _ in range(2) { relu }"),
        net("for (a, b) in [(1, 2)] { conv(a, 3x3) }"),
        net("concat { | for k in [1, 2]: conv(8, 3x3) }"),
        net("let a = 3", "let b = a", "conv(b, 3x3)"),
        net("if true { let a = 3 } else { let a = 4 }", "conv(a, 3x3)"),
        net("conv(8, 3x3)", "let a = 216 + 8", "expect params == a"),
        net("relu", before="let spare = 3\nblock idle { relu }"),
        net("relu", before="def two(m) = [0 for k in range(m)]"),
    ],
)
def test_names_that_are_read(found, text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (net("stage a { let k = 3  relu }", "stage b { let k = 3 conv(k, 3x3) }"), "k"),
        (net("conv(8, 3x3)", "let stride = 3", "conv(8, 3x3, stride=2)"), "stride"),
        (net("let c = 3", "conv(8, 3x3) -> add { | skip | relu }", "repeat 1 { relu }"), "c"),
    ],
)
def test_names_that_are_not_read(found, text, told):
    assert [each for each in found(text) if each[0] == "W0403"] == [("W0403", told)]


def test_parameters_of_what_is_no_block(found):
    text = net("conv(twice(4), 3x3)", before="def twice(k, spare = 0) = 2 * k")
    assert found(text) == [("W0402", "spare")]
    text = "network t(width) {\n    input x[3, H = 8, W = 8]\n    relu\n}\nnetwork n = t(3)\n"
    assert found(text) == [("W0402", "width")]
    text = "network t {\n    input x[3, H = 8, W = 8]\n    relu\n}\nnetwork n(w = 3) = t()\n"
    assert found(text) == [("W0402", "w")]


def test_a_file_without_networks_hands_its_imports_on(found):
    library = "block unit { relu }\n"

    assert found('from "./lib.arch" import unit\nblock own { relu }\n', lib=library) == []
    assert found('from "./lib.arch" import unit\n' + net("relu"), lib=library) == [
        ("W0404", "unit")
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (net("let scale = relu", "scale"), True),
        (net("let scale = conv(8, 3x3) -> relu", "scale"), True),
        (net("let scale = 2", "conv(scale, 3x3)"), False),
        (net("let mean = round(2 / 3)", "conv(mean, 3x3)"), False),
        (net("let pad, crop = (1, 2)", "conv(8, 3x3, padding=pad * crop)"), False),
        (net("conv(8, 3x3) as mean -> add(mean)"), False),
        (net("for max in [1, 2] { conv(max, 3x3) }"), False),
        (net("unit(2)", before="block unit(scale: int) { conv(scale, 3x3) }"), False),
        (net("unit(relu)", before="block unit(gelu: layer) { gelu }"), True),
        (net("share conv = relu", "conv"), True),
        (net("relu", before="def sqrt(k) = k"), True),
        (net("relu", before="block identity { relu }"), False),
    ],
)
def test_what_is_built_in_and_hidden(found, text, told):
    assert [code for code, _ in found(text)] == ["W0405"] * told


# Lines


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("conv(8, 3x3) relu", True),
        ("conv(8, 3x3)  # wide\n    relu", False),
        ("conv(8, 3x3) -> relu\n    -> relu", False),
        ("stage a { relu } stage b { relu }", False),
        ("max_pool(2x2) repeat 2 { relu }", False),
        ("add { | relu relu | skip }", True),
    ],
)
def test_two_steps_on_a_line(found, step, told):
    assert [code for code, _ in found(net(step))] == ["W0201"] * told


# All of them


def test_a_mistake_is_not_found_twice(found):
    """A file with errors is not looked at: a misspelt name is no name that nothing reads."""
    text = net("let width = 8", "conv(widht, 3x3) relu")

    assert [code for code, _ in found(text)] == ["E0401"]


def test_one_network_of_many_speaks_for_itself(tmp_path):
    path = tmp_path / "n.arch"
    path.write_text(net("let spare = 3", "conv(8, 3x3) -> batch_norm"))

    assert [d.code for d in archdsl.load(path, "n").report.sorted()] == ["W0602"]


def test_copies_and_networks_give_one_finding(found):
    text = net("repeat 3 { unit }", before="block unit { conv(8, 3x3) -> batch_norm }")
    text += text[text.index("network") :].replace("network n", "network m")

    assert found(text) == [("W0602", "conv")]


def test_a_finding_is_allowed_where_it_is_and_at_a_call(found):
    unit = "block unit { conv(8, 3x3) -> batch_norm }"

    assert found(net("unit  # allow W0602: as published", before=unit)) == []
    # The other call is not allowed, and one finding is left.
    assert found(net("unit  # allow W0602: as published", "unit", before=unit)) == [
        ("W0602", "conv")
    ]
    assert found(net("let spare = 3  # allow W0403: for a later edition", "relu")) == []


def test_an_allowance_in_what_no_network_is_made_of(found):
    unit = "block unit {\n    # allow W0602: as published\n    conv(8, 3x3) -> batch_norm\n}\n"

    assert found(unit) == []
    assert found(unit + net("relu")) == []
    assert found(unit.replace("batch_norm", "relu") + net("unit")) == [
        ("W0101", "# allow W0602: as published")
    ]


def test_the_library_is_without_findings():
    assert archdsl.check(Path(archdsl.__file__).parent / "std").report.sorted() == []
