import csv
import io
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("here")


def test_totals_and_stages(archc, golden):
    ran = archc("cost", "small.arch")

    assert (ran.status, ran.err) == (0, "")
    golden(ran.out)


@pytest.mark.parametrize(
    ("by", "first"), [("stage", "body"), ("block", "body.conv1"), ("layer", "body.conv1")]
)
def test_rows_of_the_table(archc, by, first):
    table = archc("cost", "small.arch", "--by", by).out.split("\n\n")[2].splitlines()

    assert table[0].split()[0] == by
    assert table[1].split()[0] == first


def test_each_network_of_a_file(archc):
    out = archc("cost", "two.arch").out
    assert [line for line in out.splitlines() if "two.arch" in line] == [
        "one  (two.arch)",
        "two  (two.arch)",
    ]


def test_one_json_document(archc):
    ran = archc("cost", "two.arch", "small.arch", "--format", "json")
    found = json.loads(ran.out)

    assert found["format_version"] == 1
    assert [network["name"] for network in found["networks"]] == ["one", "two", "small"]
    assert [network["params"] for network in found["networks"]] == [112, 140, 162]


def figures(ran):
    (network,) = json.loads(ran.out)["networks"]
    return network


def test_arguments_and_sizes(archc):
    def ask(*options):
        return figures(archc("cost", "small.arch", *options, "--format", "json"))

    assert ask("-D", "classes=3")["params"] == 112 + 15
    assert ask("--at", "H=16,W=4")["macs"] == ask()["macs"]
    assert ask("--at", "H=16")["macs"] == 2 * 108 * 64 + 40


def test_batch_and_dtype_are_for_memory(archc):
    def ask(*options):
        return figures(archc("cost", "small.arch", *options, "--format", "json"))

    plain, large = ask(), ask("--batch", "8", "--dtype", "float16")

    assert large["macs"] == plain["macs"]
    assert large["memory"]["weights"] == plain["memory"]["weights"] // 2
    assert large["memory"]["inference_peak"] == 4 * plain["memory"]["inference_peak"]


@pytest.mark.parametrize("batch", ["0", "-1", "1.5", "many", "9" * 12])
def test_a_batch_is_a_whole_number(archc, batch):
    ran = archc("cost", "small.arch", f"--batch={batch}")

    assert ran.status == 2
    assert ran.out == ""
    assert "--batch takes a whole number from 1 to" in ran.err


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_broken_network_leaves_the_others(archc, format):
    ran = archc("cost", "broken.arch", "small.arch", "--format", format)

    assert ran.status == 1
    assert "162" in ran.out
    assert ran.err.startswith("broken.arch:3:5: error[E0401]: ")


def test_nothing_to_cost_prints_nothing(archc):
    assert archc("cost", "broken.arch").out == ""


def test_csv_is_one_table_of_exact_numbers(archc):
    ran = archc("cost", "two.arch", "small.arch", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))

    assert (ran.status, ran.err) == (0, "")
    assert [(row["network"], row["parameters"]) for row in rows] == [
        ("one", "112"),
        ("two", "140"),
        ("small", "162"),
    ]
    (network,) = json.loads(archc("cost", "small.arch", "--format", "json").out)["networks"]
    assert int(rows[2]["MACs"]) == network["macs"]
    assert int(rows[2]["training saved bytes"]) == network["memory"]["training_saved"]


def test_markdown(archc, golden):
    ran = archc("cost", "two.arch", "broken.arch", "--format", "markdown")

    assert ran.status == 1
    assert ran.err.startswith("broken.arch:3:5: error[E0401]: ")
    golden(ran.out)


def test_formulas_over_the_sizes(archc):
    ran = archc("cost", "small.arch", "--symbolic")

    assert ran.status == 0
    assert "over H (8 by default), W (8 by default); memory over batch\n" in ran.out
    assert "  MACs " in ran.out

    found = json.loads(archc("cost", "small.arch", "--symbolic", "--format", "json").out)
    assert found["networks"][0]["formulas"]["macs"].endswith("*H*W + 40")

    refused = archc("cost", "small.arch", "--symbolic", "--format", "csv")
    assert refused == (2, "", "archc: --symbolic takes --format text or json\n")


def test_a_plot_over_sizes(archc, here):
    ran = archc("cost", "small.arch", "--plot", "H,W=4..64", "-o", "p.svg")

    assert ran == (0, "p.svg: 1 network\n", "")
    assert (here / "p.svg").read_text().startswith("<svg ")
    assert archc("cost", "small.arch", "--plot", "H=4..64", "-o", "-").out.startswith("<svg ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--plot", "H=4"], "takes sizes and their range"),
        (["--plot", "H=9..4", "-o", "p.svg"], "a range rises from 1 on"),
        (["--plot", "H=1..99"], "-o F.svg"),
        (["--plot", "H=1..99", "-o", "p.png"], "-o F.svg"),
        (
            ["--plot", "Q=1..99", "-o", "p.svg"],
            "no input of small has a size called `Q`; it has H, W",
        ),
        (["--plot", "H=1..99", "-o", "p.svg", "--format", "json"], "takes no --format"),
    ],
)
def test_a_plot_that_cannot_be(archc, options, said):
    ran = archc("cost", "small.arch", *options)

    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


def test_formulas_over_a_parameter(archc):
    ran = archc("cost", "small.arch", "--symbolic", "-D", "classes=?")

    assert ran.status == 0
    assert "\nover H (8 by default), W (8 by default), classes (10 by default); " in ran.out
    assert "\n  classes = 1, 2, ... 20, each tried\n" in ran.out
    assert "\n  parameters                5*classes + 112\n" in ran.out


def test_formulas_around_a_value(archc):
    ran = archc("cost", "two.arch::template", "--symbolic", "-D", "width=?8", "--format", "json")
    (network,) = json.loads(ran.out)["networks"]

    assert network["symbols"] == {"H": 8, "W": 8, "width": 8}
    assert network["formulas"]["params"] == "28*width"
    assert network["formulas"]["macs"] == "27*H*W*width"
    assert network["tried"]["width"]["step"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["small.arch", "-D", "depth=?"],
            "takes a parameter that is a whole number from 1: small has no `depth`",
        ),
        (
            ["small.arch", "-D", "a=?", "-D", "b=?", "-D", "c=?"],
            "-D: 2 parameters can be left open, and these are 3",
        ),
        (["small.arch", "-D", "classes=?0"], "-D classes=?: the value around which is at least 1"),
    ],
)
def test_parameters_that_cannot_be_left_open(archc, words, said):
    ran = archc("cost", *words, "--symbolic")

    assert ran.status == 2
    assert said in ran.err


def test_as_another_tool_counts(archc):
    ran = archc("cost", "small.arch", "--as", "ptflops")

    assert ran.status == 0
    assert ran.out == (
        "small  (small.arch)\n"
        "as ptflops counts the compiled module: MACs; it sees known modules, and functions\n"
        "\n"
        "layer   ptflops   MACs\n"
        "conv      7,168  6,912\n"
        "relu        512      0\n"
        "linear       50     40\n"
        "in all    7,730  6,952\n"
        "\n"
        "  with every layer as a module  8,242\n"
    )


def test_as_another_tool_counts_in_json(archc):
    ran = archc("cost", "small.arch", "--as", "flopcounter", "--format", "json")
    (network,) = json.loads(ran.out)["networks"]

    assert (network["as"], network["unit"], network["total"]) == ("flopcounter", "FLOPs", 13_904)
    assert network["nodes"] == [
        {"path": "body.conv1", "count": 13_824},
        {"path": "linear1", "count": 80},
    ]


def test_as_the_paper_prints_it(archc):
    ran = archc("cost", "failing.arch", "--as", "paper")

    assert ran.out == (
        "failing  (failing.arch)\n"
        "6,912 MACs of convolutions and linear layers\n"
        "\n"
        "counted  figure  printed  where\n"
        "macs      6,912       7K  the paper, line 4\n"
    )


def test_a_published_figure_is_reconciled(archc):
    ran = archc("cost", "small.arch", "--reconcile", "13.9K")

    assert ran == (
        0,
        "small  (small.arch)\n13.9K is\n\n13,904  two operations for each MAC\n",
        "",
    )


def test_what_comes_on_standard_input_is_reconciled_as_it_is(archc):
    ran = archc("cost", "-", "--reconcile", "162", stdin=Path("small.arch").read_text())

    assert ran == (0, "small  (<stdin>)\n162 is\n\n162  parameters\n", "")


def test_a_figure_that_is_none(archc):
    ran = archc("cost", "small.arch", "--reconcile", "3.1T", "--format", "json")
    (network,) = json.loads(ran.out)["networks"]

    assert ran.status == 1
    assert network["explanations"] == []
    assert len(network["nearest"]) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--reconcile", "4.13 G"], "--reconcile takes a figure as it is printed, as 4.13G or"),
        (["--reconcile", "0"], "--reconcile takes a figure above 0"),
        (["--as", "fvcore", "--format", "csv"], "--as and --reconcile take --format text or json"),
    ],
)
def test_counters_are_asked_well(archc, words, said):
    ran = archc("cost", "small.arch", *words)

    assert ran.status == 2
    assert said in ran.err
