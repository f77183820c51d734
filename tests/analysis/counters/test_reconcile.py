"""Which count a published figure is."""

from fractions import Fraction
from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.counters.reconcile import Form, Published, at_sizes, search

SPECS = Path(__file__).parents[3] / "specs"


def form(name, called="", cost=0):
    network = archdsl.load(SPECS, name)
    return Form(called, cost, network.cost(), network.emit().as_modules)


@pytest.mark.parametrize(
    ("text", "value", "margin"),
    [
        ("4.13G", 4_130_000_000, 5_000_000),
        ("25.6M", 25_600_000, 50_000),
        ("4089184256", 4_089_184_256, Fraction(1, 2)),
        ("3.10M", 3_100_000, 5_000),
    ],
)
def test_a_figure_is_known_to_its_last_digit(text, value, margin):
    assert Published.of(text) == Published(Fraction(value), Fraction(margin))


@pytest.mark.parametrize(
    ("name", "printed", "figure", "counts"),
    [
        ("resnet50", "4.09G", 4_089_184_256, "MACs of convolutions and linear layers"),
        ("resnet50", "25.6M", 25_557_032, "parameters"),
        ("resnet50", "4.13G", 4_132_436_968, "MACs as ptflops counts them, with every layer as a module"),
        ("resnet50", "4.11G", 4_111_512_576, "MACs as fvcore counts them, with every layer as a module"),
        ("vgg16", "15.3G", 15_346_630_656, "MACs of convolutions alone"),
        ("squeezenet1_0_caffe", "1.72G", 1_722_679_872, "two operations for each MAC"),
        ("mobilenet_v2", "3.47M", 3_470_760, "parameters without those of norms"),
        ("preact_resnet1001", "10.2M", 10_178_490, "parameters without those of norms"),
        ("inception_v3", "23.8M", 23_834_568, "parameters without outputs that exist in training alone"),
        ("googlenet_2014", "5.97M", 5_973_552, "parameters without the last linear layer and outputs of training alone"),
    ],
)  # fmt: skip
def test_published_figures(name, printed, figure, counts):
    found, _ = search(Published.of(printed), [form(name)])

    assert (found[0].figure, found[0].text) == (figure, counts)


def test_a_figure_that_was_cut_is_said_to_be():
    found, _ = search(Published.of("3.8G"), [form("resnet50_v1")])

    assert found[0].text == "MACs of convolutions and linear layers; cut, not rounded"


def test_another_form_where_the_network_itself_is_none():
    forms = [form("resnet50"), form("resnet50_v1", "of resnet50_v1", 3)]
    found, _ = search(Published.of("3.86G"), forms)

    assert found[0].text == "MACs of convolutions and linear layers, of resnet50_v1"


def test_no_further_form_is_asked_for_where_the_network_explains_it():
    def forms():
        yield form("resnet50")
        yield Form("never", 3, None, ())

    assert search(Published.of("4.1G"), forms())[0]


def test_what_is_none_has_the_nearest():
    found, near = search(Published.of("23.1M"), [form("resnet34")])

    assert found == []
    assert len(near) == 3


def test_square_sizes_that_the_network_takes():
    graph = archdsl.load(SPECS, "unet_same").graph
    legal = archdsl.load(SPECS, "unet_same").legal_inputs
    sizes = list(at_sizes(graph, lambda asked: legal.accepts(**asked)))

    assert {"H": 512, "W": 512} in sizes
    assert {"H": 256, "W": 256} not in sizes
    assert {"H": 227, "W": 227} not in sizes
