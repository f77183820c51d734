"""Inputs, the symbols of their sizes, and what `where` promises."""

import pytest


def test_the_flow_starts_at_the_first_input(text):
    found = text("network n { input a[3, 8, 8]\ninput b[3, 8, 8]\nrelu -> add(b) }")

    assert [p.node for p in found.graph.nodes["add1"].inputs] == ["relu1", "input.b"]
    assert found.graph.nodes["relu1"].inputs[0].node == "input.a"
    assert [value.names for value in found.graph.inputs] == [("a",), ("b",)]


def test_a_symbol_has_a_default_and_a_bare_name_is_the_same_symbol(text):
    found = text(
        "network n { input a[3, H = 8, W = 6]\ninput b[H, W]\ninput c[3, H, H // 2]\n"
        "expect params == 0\nrelu -> add(a) }"
    )

    assert {s.name: s.default for s in found.graph.symbols.values()} == {"H": 8, "W": 6}
    assert [value.type.shape for value in found.graph.inputs] == [(3, 8, 6), (8, 6), (3, 8, 4)]


def test_sizes_from_outside_replace_the_defaults(steps):
    found = steps("conv(8, 3x3, stride=2)", at={"H": 64})

    assert found.output == (8, 32, 16)
    assert found.graph.at == {"H": 64}


def test_a_derived_size_moves_with_its_symbol(text):
    found = text("network n { input a[3, H = 8, H * 2]\nrelu }", at={"H": 10})

    assert found.output == (3, 10, 20)


def test_dtype_and_unbatched(text):
    found = text("network n { input a[5]: int64 unbatched\ninput b[3, 4]\nfrom b -> relu }")
    types = [value.type for value in found.graph.inputs]

    assert (types[0].dtype, types[0].batched) == ("int64", False)
    assert (types[1].dtype, types[1].batched) == ("float32", True)


def test_a_default_may_be_computed_from_parameters(text):
    found = text("network n(side = 40) { input a[3, H = side // 2, W = side]\nrelu }")

    assert found.output == (3, 20, 40)


def test_where_is_held_against_the_size_at_hand(text):
    written = "network n { input a[3, H = 32, W = 32] where H % 32 == 0 and W >= 32\nrelu }"

    assert text(written).codes == []
    found = text(written, at={"H": 48})
    assert found.codes == ["E0642"]
    assert "H = 48, W = 32" in found.messages[0]


@pytest.mark.parametrize(
    "promise",
    [
        "H % 8 == 0 and W >= 16",
        "not (H % 8 != 0 or W < 16)",
        "H in [8, 16, 32] and (W == 32 or W == 64)",
        "H != 30 and H > 2 and 4 < W and W <= 40",
        "H == W or (H % 3 == 0 and not W == 5)",
        "H >= 31.5 and W != 2.5",
    ],
)
def test_where_is_kept_as_conditions_on_all_sizes(text, promise):
    """They hold exactly where the promise does."""
    found = text(f"network n {{ input a[3, H = 32, W = 32] where {promise}\nrelu }}")

    for h in range(1, 70):
        for w in range(1, 70):
            holds = all(r.condition.holds_at({"H": h, "W": w}) for r in found.graph.requirements)
            assert holds == eval(promise, {"H": h, "W": w})


@pytest.mark.parametrize(
    ("input", "codes"),
    [
        ("a[0, 8, 8]", ["E0503"]),
        ("a[3, H = -1, 8]", ["E0503"]),
        ("a[3, H = 0, W = 2.5]", ["E0503", "E0502"]),
        ('a["3", 8]', ["E0501"]),
        ("a[true]", ["E0501"]),
        ("a[none]", ["E0501"]),
        ("a[[8]]", ["E0501"]),
        ("a[]", ["E0503"]),
        ("a[3, H = 8, H = 8]", ["E0403"]),
        ("a[3, H = 8, H - 8]", ["E0503"]),
        ("a[2 ** 63]", ["E0306"]),
        ("a[2 ** 40, 2 ** 40]", ["E0308"]),
        ("a[3, 8]: integer", ["E0501"]),
        ("a[3, 8]: int", ["E0501"]),
        (f"a[{', '.join(['1'] * 65)}]", ["E0307"]),
        ("a[nowhere]", ["E0401"]),
    ],
)
def test_inputs_that_cannot_be_are_one_error_each(text, input, codes):
    sizes = "upsample(size=(H, 8)) -> " if "H" in input else ""

    assert text(f"network n {{ input {input}\n{sizes}conv(a.channels, 3x3) }}").codes == codes


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("stage s { input b[3, 8, 8] }", "E0417"),
        ("repeat 1 { input b[3, 8, 8] }", "E0417"),
        ("b", "E0417"),
        ("input image[3, 8, 8]", "E0405"),
    ],
)
def test_inputs_belong_to_the_networks_own_body(wrong, written, code):
    assert wrong(written, before="block b { input x[3, 8, 8] }").codes == [code]


def test_an_input_under_an_if_is_one_of_the_network(text):
    found = text(
        "network n(both = true) { input a[3, 8, 8]\nif both { input b[3, 8, 8] }\nrelu -> add(b) }"
    )

    assert len(found.graph.inputs) == 2


@pytest.mark.parametrize(
    "body", ["relu", "b", "stage s { relu }", "repeat 2 { relu }", "add { | relu | skip }", "skip"]
)
def test_nothing_flows_before_the_first_input(text, body):
    before = "block b { conv(input.channels, 3x3) }"

    assert text(f"{before}\nnetwork n {{ {body} }}").codes == ["E0407"]
    assert text(f"{before}\nnetwork n {{ {body}\ninput a[3, 8, 8]\nrelu }}").codes == ["E0407"]


def test_a_network_without_input_is_an_error(text):
    assert text("network n { }").codes == ["E0407"]
    assert text("network n { let a = 1 }").codes == ["E0407"]


@pytest.mark.parametrize("name", ["size", "h"])
def test_a_size_that_no_input_has(text, name):
    found = text("network n { input a[3, H = 8, W = 8]\nrelu }", at={name: 9})

    assert found.codes == ["E0419"]
    assert found.findings[0].help == (None if name == "size" else "did you mean `H`?")


def test_an_unused_input_is_a_warning(text):
    found = text("network n { input a[3, 8, 8]\ninput b[3, 8, 8]\nrelu }")

    assert found.codes == ["W0401"]
    assert found.findings[0].span.text == "b"
