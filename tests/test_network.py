"""The Python face: load, loads, check, and what a network can do."""

import pickle  # noqa: TID251  (the way between processes)
from fractions import Fraction
from pathlib import Path

import networkx as nx  # noqa: TID251  (the graph is for its algorithms)
import pytest

import archdsl
from archdsl import files
from archdsl.network import UsageError

SPECS = Path(__file__).parents[1] / "specs"

TEXT = """\
## A small network.
network small(classes: int = 10, widths: list = [4, 8], rate = 0.5, shape: size = 3x3) {
    input image[3, H = 8, W = 8]
    for c in widths { stage "body{c}" { conv(c, shape) -> relu } }
    global_avg_pool -> dropout(rate) -> linear(classes)
    expect params == 498
}
"""
TWO = "network one {\n    input x[1]\n    relu\n}\nnetwork two {\n    input x[2]\n    relu\n}\n"
BROKEN = "network broken {\n    input image[3]\n    cnov(4)\n}\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "small.arch"
    path.write_text(TEXT)
    return path


# Loading


def test_the_only_network_of_a_file(file):
    network = archdsl.load(file)

    assert network.name == "small"
    assert network.file == str(file)
    assert archdsl.load(str(file), "small").name == "small"


def test_arguments_are_keywords(file):
    network = archdsl.load(file, classes=17, widths=[5], rate=0.25, shape=(1, 1))

    assert network.outputs[0].shape == (17,)
    assert list(network.stages) == ["body5"]
    assert network.graph.root.arguments["rate"] == Fraction(1, 4)
    assert network.cost().params == 5 * 3 + 5 + 5 * 17 + 17


def test_sizes_are_given_with_at(file):
    assert archdsl.load(file, at={"H": 12}).inputs[0].shape == (3, 12, 8)


def test_the_zoo():
    network = archdsl.load("zoo", "resnet50", classes=17)

    assert network.outputs[0].shape == (17,)


def test_a_folder(file):
    (file.parent / "other.arch").write_text(TWO)

    assert archdsl.load(file.parent, "two").inputs[0].shape == (2,)


def test_a_text_imports_the_standard_library_only():
    text = 'from "std" import conv_bn\nnetwork n {\n    input x[3, 8, 8]\n    conv_bn(4, 3x3)\n}\n'
    assert archdsl.loads(text).outputs[0].shape == (4, 8, 8)

    with pytest.raises(archdsl.DiagnosticError, match="E0702"):
        archdsl.loads(text.replace('"std"', '"./small.arch"'))


def test_a_text_may_have_lines_from_elsewhere():
    assert archdsl.loads(TEXT.replace("\n", "\r\n")).name == "small"


def test_limits_are_keywords(file):
    with pytest.raises(archdsl.DiagnosticError, match="E0301"):
        archdsl.load(file, max_nodes=3)
    with pytest.raises(archdsl.DiagnosticError, match="E0301"):
        archdsl.loads(TEXT, max_nodes=3)

    long = (
        "network n {\n    input x[1]\n    for a in range(150) { for b in range(100) { relu } }\n}\n"
    )
    with pytest.raises(archdsl.DiagnosticError, match="E0303"):
        archdsl.loads(long)
    assert len(archdsl.loads(long, max_nodes=20_000).graph.order) == 15_001


# Errors


def test_errors_are_raised_with_the_rendered_report(tmp_path):
    path = tmp_path / "broken.arch"
    path.write_text(BROKEN)
    with pytest.raises(archdsl.DiagnosticError) as caught:
        archdsl.load(path)

    assert [d.code for d in caught.value.diagnostics] == ["E0401"]
    assert str(caught.value).startswith(f"{path}:3:5: error[E0401]: ")
    assert "\x1b" not in str(caught.value)


def test_an_error_passes_between_processes():
    with pytest.raises(archdsl.DiagnosticError) as caught:
        archdsl.loads(BROKEN)

    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


def test_failed_expectations_do_not_raise():
    network = archdsl.loads(TEXT.replace("498", "499"))

    assert [verdict.outcome for verdict in network.check()] == ["fails"]


def test_warnings_are_kept():
    network = archdsl.loads("network n {\n    input x[1]\n    relu as a\n    from x -> tanh\n}\n")

    assert [d.code for d in network.report] == ["W0401"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: archdsl.loads(TWO), "there are several networks, name one of one, two"),
        (lambda: archdsl.loads("block b { relu }"), "declares no network"),
        (lambda: archdsl.loads(TEXT, classes={}), "`classes` cannot be a dict"),
        (lambda: archdsl.loads(TEXT, classes=float("nan")), "`classes` cannot be nan"),
        (lambda: archdsl.loads(TEXT, widths=[1, object()]), "`widths` cannot be a object"),
        (lambda: archdsl.loads(TEXT, at={"H": 0}), "the size H must be a whole number"),
        (lambda: archdsl.loads(TEXT, at={"H": 1.5}), "the size H must be a whole number"),
        (lambda: archdsl.loads(TEXT, at={"H": True}), "the size H must be a whole number"),
        (lambda: archdsl.loads(TEXT, max_nodes=0), "max_nodes is from 1 to 1,000,000"),
        (lambda: archdsl.loads(TEXT, max_nodes=2_000_000), "max_nodes is from 1 to 1,000,000"),
    ],
)
def test_what_cannot_be_asked(call, says):
    with pytest.raises(UsageError) as caught:
        call()

    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"name": "smal"}, "E0408"),
        ({"classes": "ten"}, "E0501"),
        ({"classes": 0}, "E0503"),
        ({"clases": 10}, "E0505"),
        ({"at": {"h": 3}}, "E0419"),
    ],
)
def test_what_the_text_refuses_is_diagnosed(options, code):
    with pytest.raises(archdsl.DiagnosticError) as caught:
        archdsl.loads(TEXT, **options)

    assert [d.code for d in caught.value.diagnostics] == [code]


def test_a_file_that_is_missing():
    with pytest.raises(files.Missing):
        archdsl.load("no such file.arch")


def test_bytes_that_are_no_text_are_diagnosed(tmp_path):
    path = tmp_path / "n.arch"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(archdsl.DiagnosticError, match="E0102"):
        archdsl.load(path)


# What a network can do


def test_it_shows_itself():
    assert repr(archdsl.loads(TEXT)) == "<Network small: image [3, 8, 8] -> output [10]>"


def test_shapes_are_whole_numbers():
    network = archdsl.loads(TEXT)

    assert network.inputs[0].name == "image"
    assert network.inputs[0].shape == (3, 8, 8)
    assert network.inputs[0].dtype == "float32"
    assert network.outputs[0].shape == (10,)
    assert network.stages["body8"].shape == (8, 8, 8)
    assert all(type(side) is int for side in network.stages["body8"].shape)


def test_figures():
    network = archdsl.loads(TEXT)

    assert network.cost().params == 498
    assert network.cost() is network.cost()
    assert network.cost(batch=4).memory.inference_peak == 4 * network.cost().memory.inference_peak


def test_the_graph_is_networkx():
    network = archdsl.loads(TEXT)
    graph = network.graph.nx

    assert list(nx.topological_sort(graph)) == [node.path for node in network.graph.order]
    assert graph.nodes["linear1"]["node"].layer.kind == "linear"
    assert nx.is_frozen(graph)


def test_expectations():
    (verdict,) = archdsl.loads(TEXT).check()

    assert (verdict.text, verdict.outcome, verdict.left) == ("params == 498", "holds", 498)


def test_expectations_are_not_applicable_under_other_arguments():
    (verdict,) = archdsl.loads(TEXT, classes=3).check()

    assert verdict.outcome == "not applicable"


def test_an_expectation_may_speak_of_another_network():
    text = (
        "network t(width) {\n    input x[3]\n    linear(width)\n}\n"
        "network four = t(4) { expect params * 2 == five.params + 12 }\n"
        "network five = t(5)\n"
    )
    four = archdsl.loads(text, "four")

    assert [verdict.outcome for verdict in four.check()] == ["holds"]


def test_legal_inputs():
    network = archdsl.loads("network n {\n    input x[1, H = 9, W = 9]\n    max_pool(3x3)\n}\n")

    assert [c.text for c in network.legal_inputs.conditions] == ["H >= 3", "W >= 3"]
    assert network.legal_inputs.accepts(H=275, W=224)
    assert not network.legal_inputs.accepts(H=2)


def test_drawing():
    drawing = archdsl.loads(TEXT).draw(detail="layers")

    assert drawing.svg.startswith("<svg")
    assert drawing.dot.startswith("digraph")


def test_the_source_and_the_module_are_one():
    torch = pytest.importorskip("torch")
    network = archdsl.loads(TEXT)
    model = network.compile(seed=0)

    assert "class Small(nn.Module):" in network.emit().text
    assert isinstance(model, torch.nn.Module)
    assert model(torch.zeros(2, 3, 8, 8)).shape == (2, 10)
    assert type(network.compile(style="flat")).__name__ == "Small"


def test_it_expands():
    assert "body4.conv1" in archdsl.loads(TEXT).expand()


# check


def test_check_gives_every_network_and_every_finding(file):
    (file.parent / "two.arch").write_text(TWO)
    (file.parent / "zbroken.arch").write_text(BROKEN)
    file.write_text(TEXT.replace("498", "499"))
    checked = archdsl.check(file.parent)

    assert [network.name for network in checked.networks] == ["small", "one", "two"]
    assert [failure.name for failure in checked.failed] == ["broken"]
    assert [d.code for d in checked.report] == ["E0803", "E0401"]
    assert checked.report.has_errors


def test_check_takes_the_options_of_load(file):
    assert archdsl.check(file, classes=3).networks[0].outputs[0].shape == (3,)
    assert [d.code for d in archdsl.check(file, max_nodes=3).report] == ["E0301"]


def test_check_finds_nothing_in_the_specs():
    assert archdsl.check(SPECS).report.diagnostics == []


def test_figures_of_a_network_with_errors_are_one_error(tmp_path):
    path = tmp_path / "n.arch"
    path.write_text(
        BROKEN + "network n {\n    input x[2]\n    relu\n    expect params == broken.params\n}\n"
    )
    loaded = archdsl.check(path)
    (other,) = loaded.networks
    (verdict,) = other.check()

    assert [d.code for d in loaded.report.diagnostics] == ["E0401"]
    assert (verdict.outcome, verdict.findings) == ("fails", ())
    assert verdict.reason == "what it speaks of has errors"
    (alone,) = archdsl.load(path, "n").check()
    assert [d.code for d in alone.findings] == ["E0802"]
