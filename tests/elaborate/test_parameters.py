"""Parameters: defaults, types, domains, named values."""

import pytest

from archdsl.values.value import Given


def test_defaults_may_use_parameters_to_the_left_and_input(steps):
    found = steps(
        "b(4)",
        before="block b(width, out = width * 2, more = out + input.channels) { conv(more, 1x1) }",
    )

    assert found.output[0] == 11


def test_a_networks_defaults_have_no_input(text):
    assert text("network n(a = input.channels) { input i[3, 8, 8]\nrelu }").codes == ["E0401"]


@pytest.mark.parametrize(
    ("type", "fine", "unfit"),
    [
        ("int", ["3", "4 / 2", "-1"], ["2.5", '"3"', "true", "none", "[3]", "sqrt(2)"]),
        ("float", ["3", "2.5", "sqrt(2)"], ['"3"', "true", "none"]),
        ("bool", ["true", "1 == 2"], ["1", "none", '"true"']),
        ("string", ['"same"', "same"], ["3", "none", "relu"]),
        ("list", ["[1, 2]", "[]", "range(3)"], ["3", "(1, 2)", "3x3", "none"]),
        ("size", ["3", "3x3", "(1, 2)"], ["[3, 3]", "2.5", '"3x3"', "none", "true"]),
        ("layer", ["relu", "conv(8)", "skip"], ["b", "relu -> gelu", "3", "none", "n"]),
        ("block", ["relu", "skip", "b", "relu -> gelu", "n", "s"], ["3", "none", "sqrt"]),
        ("value", ["image", '"image"', "st.c", "st", '"st.c"'], ["3", "relu", "none", "3x3"]),
    ],
)
def test_types(text, type, fine, unfit):
    def codes(value):
        found = text(
            "block b { relu }\n"
            f"block take(x: {type}) {{ relu }}\n"
            "network n {\ninput image[3, 8, 8]\nshare s = relu\nstage st { conv(3, 1x1) as c }\n"
            f"from image -> take({value})\n}}"
        )
        return [finding.code for finding in found.findings if finding.code != "W0401"]

    assert [codes(value) for value in fine] == [[]] * len(fine)
    if type == "value":
        assert [codes(value) for value in unfit] == [["E0501"]] * len(unfit)
    else:
        assert {tuple(codes(value)) for value in unfit} == {("E0501",)}


def test_none_may_be_given_where_it_is_the_default(steps, wrong):
    before = "block b(norm: layer = none, k: int = 3) { if norm != none { norm } }"

    assert steps("b(none) -> b(relu) -> b", before=before).kinds == ["relu"]
    assert wrong("b(k=none)", before=before).codes == ["E0501"]


@pytest.mark.parametrize(
    ("domain", "value", "help"),
    [
        ("int in [3, 5, 7] = 3", "4", "the nearest is 3"),
        ("int in [3, 5, 7] = 3", "100", "the nearest is 7"),
        ("float in 0.25..1.4 by 0.05 = 1.0", "1.5", "the nearest is 1.4"),
        ("float in 0.25..1.4 = 1.0", "0", "the nearest is 0.25"),
        ('string in ["a", "b"] = "a"', '"c"', None),
    ],
)
def test_a_value_outside_its_domain(wrong, domain, value, help):
    (finding,) = wrong(f"b({value})", before=f"block b(x: {domain}) {{ relu }}").findings

    assert finding.code == "E0512"
    assert finding.span.text == value
    assert finding.help == help
    assert finding.labels[0].span.text.startswith("x")


@pytest.mark.parametrize(
    ("domain", "value"),
    [
        ("int in [3, 5, 7] = 3", "5"),
        ("float in 0.25..1.4 by 0.05 = 1.0", "0.33"),
        ("float in 0.25..1.4 = 1.0", "1.4"),
        ('string in ["a", "b"] = "a"', '"b"'),
    ],
)
def test_a_value_in_its_domain(steps, domain, value):
    assert steps(f"b({value})", before=f"block b(x: {domain}) {{ relu }}").codes == []


def test_a_default_outside_the_domain_is_an_error_too(wrong):
    assert wrong("b", before="block b(x: int in [3, 5] = 4) { relu }").codes == ["E0512"]


def test_functions_have_types_and_domains(wrong):
    before = "def f(a: int, b: float in 0..1 = 0.5) = a"

    assert wrong("conv(f(2.5), 3x3)", before=before).codes == ["E0501"]
    assert wrong("conv(f(2, 2), 3x3)", before=before).codes == ["E0512"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("f()", "E0506"),
        ("f(1, 2, 3)", "E0508"),
        ("f(1, a=2)", "E0507"),
        ("f(1, c=2)", "E0505"),
        ("f(1, b=1 / 0)", "E0504"),
        ("sqrt(x=4)", "E0505"),
        ("len(3)", "E0510"),
        ("len([1], [2])", "E0508"),
        ("f", "E0501"),
    ],
)
def test_calls_of_functions_that_cannot_be(wrong, call, code):
    assert wrong(f"conv({call}, 3x3)", before="def f(a, b = 1) = a").codes == [code]


@pytest.mark.parametrize(
    ("declaration", "code"),
    [
        ("block b(a, a) { relu }", "E0402"),
        ("def f(a, a = 1) = a", "E0402"),
        ("network m(a = 1, a = 2) { input i[3, 8, 8]\nrelu }", "E0402"),
        ("block b(width) { relu }", "E0403"),
        ("def f(width) = width", "E0403"),
        ("network m(n = 1) { input i[3, 8, 8]\nrelu }", "E0403"),
    ],
)
def test_parameters_are_names_of_their_body(text, declaration, code):
    found = text(f"let width = 3\n{declaration}\nnetwork n {{ input image[3, 8, 8]\nrelu }}")

    assert found.codes == [code]
    assert found.findings[0].labels


def test_a_value_parameter_takes_a_named_value(steps):
    found = steps(
        "conv(4, 3x3) as low",
        "conv(8, 3x3, stride=2)",
        "up(6, lateral=low)",
        before="block up(out, lateral: value) {\n"
        "conv_transpose(out, 2x2, stride=2) as deep\n"
        "from lateral -> crop(deep) -> concat(deep)\n}",
    )

    assert found.output == (10, 32, 32)
    assert [p.node for p in found.graph.nodes["up1.concat1"].inputs] == ["up1.crop1", "up1.deep"]


# Networks


def given(**values):
    return {name: Given(value, None, None) for name, value in values.items()}


def test_arguments_from_outside_are_checked_as_a_calls_would_be(text):
    written = "network n(width: int in [4, 8] = 4) { input i[3, 8, 8]\nconv(width, 3x3) }"

    assert text(written, arguments=given(width=8)).output == (8, 8, 8)
    assert text(written, arguments=given(width=6)).codes == ["E0512"]
    assert text(written, arguments=given(width=True)).codes == ["E0501"]
    assert text(written, arguments=given(widht=4)).codes == ["E0505"]


def test_a_template_needs_its_arguments(text):
    assert text("network n(width) { input i[3, 8, 8]\nconv(width, 3x3) }").codes == ["E0506"]


def test_the_graph_knows_what_it_was_given(text):
    written = "network n(a = 1, b = a + 1) { input i[3, 8, 8]\nrelu }"
    graph = text(written, arguments=given(a=5)).graph

    assert graph.arguments == {"a": 5}
    assert graph.root.arguments == {"a": 5, "b": 6}
