"""Figures of whole networks, with equal blocks elaborated and costed once."""

from pathlib import Path

import pytest

from archdsl import files
from archdsl.analysis.cost import cost
from archdsl.analysis.totals import Total, Totals
from archdsl.diagnostics.source import Source
from archdsl.elaborate.elaborate import elaborate
from archdsl.elaborate.program import Program
from archdsl.values.value import Given
from archdsl.workspace import zoo_folder

BLOCKS = """
block unit(c, drop = 0.0) {
    conv(c, 3x3) -> relu -> conv(c, 3x3)
    if drop > 0 { dropout(drop) }
}
block twice(c) { unit(c) -> unit(c, 0.1) -> unit(c, 0.2) }
"""
HEAD = "    input image[3, H = 16, W = 16]\n"


def declared(text, name="n"):
    module = Program(None).load(Source("n.arch", text))
    return module.networks[name]


def both(network, arguments=None, totals=None):
    """What a network costs with digested blocks, and what the graph of all its nodes costs."""
    totals = totals or Totals()
    given = {name: Given(value, None, None) for name, value in (arguments or {}).items()}
    return (
        totals.of(network, given).value,
        Total.of(cost(elaborate(network, arguments=given).value)),
    )


def test_every_network_of_the_specs_costs_the_same():
    seen = 0
    for path in files.find_specs(zoo_folder()):
        source = Source(path, Path(path).read_text("utf-8"))
        module = Program(zoo_folder()).load(source, path)
        totals = Totals()
        for name, network in module.networks.items():
            result = elaborate(network)
            if result.value is not None and len(result.value.order) < 800:
                assert totals.of(network, {}).value == Total.of(cost(result.value)), name
                seen += 1

    assert seen >= 80


def test_equal_calls_are_worked_out_once_over_all_networks():
    totals = Totals()
    text = (
        BLOCKS
        + f"network n(c = 8) {{\n{HEAD}    unit(c) -> unit(8) -> twice(8) -> unit(8, 0.3)\n}}"
    )

    first, expected = both(declared(text), totals=totals)
    known = len(totals.digests.known)

    assert first == expected
    # `unit` on 3 channels and on 8, there with a rate of dropping too, and `twice`.
    assert known == 4
    assert both(declared(text), {"c": 16}, Totals())[0] == both(declared(text), {"c": 16})[1]


@pytest.mark.parametrize(
    "body",
    [
        "unit(8) as a\n    unit(8)\n    add(a)",
        "unit(8) as a\n    unit(8)\n    add(a.conv1)",
        "unit(8)\n    unit(8)\n    add(unit1.conv1)",
        "stage s { unit(8) }\n    unit(8)\n    add(s.conv1)",
        "share s = unit(3)\n    s\n    unit(3)\n    s",
        "conv(8, 3x3) as c\n    lateral(c)\n    lateral(c)",
        "sides as a, b\n    concat(b)",
        "sides\n    sides",
        "nothing\n    conv(8, 3x3)\n    nothing",
        "flat\n    linear(10)",
        "third\n    relu\n    third",
        "drops\n    relu",
        "constant(image)\n    relu",
        "repeat 3 { unit(8) }\n    init conv { weight = zeros }",
        "unit(8)\n    output aux when training { unit(8) }\n    unit(8)",
    ],
)
def test_blocks_that_are_more_than_one_value_in_and_one_out(body):
    blocks = (
        BLOCKS
        + "block lateral(side: value) { conv(8, 3x3) -> add(side) }\n"
        + "block sides { conv(4, 3x3) as x  conv(4, 3x3)  output low { from x -> relu } }\n"
        + "block nothing { }\nblock flat { flatten }\nblock drops { dropout(0.5) }\n"
        + "block third { conv(9, 3x3) -> chunk(3) }\n"
        + "block constant(x: value) { from x -> conv(4, 1x1) }\n"
    )
    network = declared(f"{blocks}network n {{\n{HEAD}    {body}\n}}\n")

    digested, whole = both(network)

    assert digested == whole


@pytest.mark.parametrize(
    "declaration",
    [
        "network n = base() { replace head { linear(17) } }",
        "network n = base() { remove low }",
        "network n = base() { remove low[1] }",
        "network n = base() { remove unit1 }",
        "network n = base() { replace low[0].conv1 { conv(8, 1x1) } }",
        "network n = base() { insert after low { unit(8) } }",
        "network n = base() { replace low { unit(16) } }",
        "network n = base() { freeze all except head }",
        "network n = base() { freeze low[0] }",
        "network n { input x[3, H = 32, W = 32]\n unit(3)\n base -> linear(4) }",
        "network n { input x[3, 16, 16]\n from x -> base as a\n from x -> base -> add(a) }",
    ],
)
def test_derived_networks_and_networks_in_networks(declaration):
    base = (
        f"network base {{\n{HEAD}    stage low {{ repeat 2 {{ unit(8) }} }}\n    unit(8)\n"
        "    flatten -> linear(10) as head\n}\n"
    )

    digested, whole = both(declared(f"{BLOCKS}{base}{declaration}\n"))

    assert digested == whole


def test_numbers_that_are_equal_and_not_the_same_kind_are_told_apart():
    text = (
        "block b(x) { if x == true { conv(4, 1x1) } else { conv(8, 1x1) } }\n"
        f"network n {{\n{HEAD}    conv(3, 1x1) -> b(1) -> conv(3, 1x1) -> b(true)\n}}"
    )

    digested, whole = both(declared(text))

    assert digested == whole


@pytest.mark.parametrize(
    ("body", "known"),
    [
        # Nothing else than a rate: one block for all rates that drop something.
        ("conv(8, 3x3) -> dropout(x)", 3),
        ("conv(8, 3x3) -> drop_path(p=x)", 3),
        ("conv(8, 3x3)  if x > 0 { dropout(x) }", 3),
        ("conv(8, 3x3)  if x == 1 { relu } else { dropout(x) }", 3),
        # More than that.
        ("conv(8, 3x3)  if x > 0.25 { relu }", 5),
        ("conv(8, 3x3)  if 2 * x > 1 { relu }", 5),
        ("conv(ceil(8 * x + 1), 3x3) -> dropout(x)", 5),
        ("let y = 2 * x  conv(8, 3x3)  if y > 1 { relu }", 5),
        ("leaky_relu(x) -> conv(8, 3x3)", 5),
        ("share dropout_of = dropout(x)  conv(8, 3x3) -> dropout_of", 3),
    ],
)
def test_rates_of_dropping_are_alike_where_they_are_nothing_else(body, known):
    text = (
        f"block b(x) {{ {body} }}\nnetwork n {{\n    input image[8, H = 16, W = 16]\n    "
        + " -> ".join(f"conv(8, 1x1) -> b({x})" for x in ("0", "0.1", "0.2", "0.6", "1.0"))
        + "\n}\n"
    )
    totals = Totals()

    digested, whole = both(declared(text), totals=totals)

    assert digested == whole
    assert len(totals.digests.known) == known


def test_what_is_wrong_is_reported_as_without_digests():
    text = BLOCKS + f"network n(c = 0) {{\n{HEAD}    unit(c)\n}}"
    network = declared(text)

    found = Totals().of(network, {})

    assert found.value is None
    assert [d.message for d in found.report.sorted()] == [
        d.message for d in elaborate(network).report.sorted()
    ]
