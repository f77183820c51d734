"""The other counters themselves, run on compiled networks: the counts are theirs to the digit."""

import contextlib
import importlib
import io
import os
import warnings
from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.counters import CONVENTIONS, count
from archdsl.backend.run import random_inputs

torch = pytest.importorskip("torch")
SPECS = Path(__file__).parents[2] / "specs"

QUICK = ("lenet5_1998", "lenet5", "resnet20", "mobilenet_v1_025_128", "shufflenet_v2_x0_5")
QUICK += ("squeeze_excite_block", "dcgan_generator", "unpool_and_deconvolve", "inception_module")
MOST_MACS = 30_000_000_000


def fvcore(model, inputs):
    counter = pytest.importorskip("fvcore.nn").FlopCountAnalysis(model, inputs)
    counter.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    counter.tracer_warnings("none")
    return counter.total()


def torchprofile(model, inputs):
    return pytest.importorskip("torchprofile").profile_macs(model, inputs)


def thop(model, inputs):
    return pytest.importorskip("thop").profile(model, inputs=inputs, verbose=False)[0]


def torchinfo(model, inputs):
    summary = pytest.importorskip("torchinfo").summary
    counted = summary(model, input_data=list(inputs), verbose=0, device="cpu", mode="eval")
    return counted.total_mult_adds


def ptflops(model, inputs, backend="pytorch"):
    if len(inputs) > 1:
        pytest.skip("it takes one input")
    counter = pytest.importorskip("ptflops")
    return counter.get_model_complexity_info(
        model,
        (1,),
        as_strings=False,
        print_per_layer_stat=False,
        backend=backend,
        input_constructor=lambda _: inputs[0],
    )[0]


def flop_counter(model, inputs):
    mode = pytest.importorskip("torch.utils.flop_counter").FlopCounterMode(display=False)
    with mode:
        model(*inputs)
    return mode.get_total_flops()


TOOLS = {
    "fvcore": fvcore,
    "torchprofile": torchprofile,
    "thop": thop,
    "torchinfo": torchinfo,
    "ptflops": ptflops,
    "ptflops-aten": lambda model, inputs: ptflops(model, inputs, "aten"),
    "flopcounter": flop_counter,
}


@pytest.fixture(scope="module", autouse=True)
def _torchvision():
    """ptflops and thop look at torchvision's operators where it is installed."""
    folder = os.environ.get("ARCHDSL_PEERS")
    with pytest.MonkeyPatch.context() as patch:
        if folder:
            patch.syspath_prepend(folder)
            with contextlib.suppress(ImportError, RuntimeError):
                importlib.import_module("tvshim")
        yield


def told(tool, network, model, inputs):
    """What a tool says of a model; its own words are kept off the screen."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        torch.no_grad(),
    ):
        warnings.simplefilter("ignore")
        try:
            return int(TOOLS[tool](model, inputs))
        except (ImportError, RuntimeError) as reason:
            pytest.skip(f"{tool} cannot count {network.name}: {reason}")


def compiled(network):
    model = network.compile(weights=False, seed=0).eval()
    cpu = torch.device("cpu")
    inputs = random_inputs(network.graph, batch=1, dtype="float32", seed=0, device=cpu)
    return model, tuple(inputs.values())


def names(most):
    return [n.name for n in archdsl.check(SPECS).networks if n.cost().macs <= most]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", QUICK)
def test_counts_are_the_tools(name, tool):
    network = archdsl.load(SPECS, name)
    counted = count(network.graph, CONVENTIONS[tool], network.emit().as_modules).total

    assert told(tool, network, *compiled(network)) == counted


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_counts_are_the_tools_on_every_spec(tool):
    """But for those whose forward takes long."""
    compared = 0
    for name in names(MOST_MACS):
        network = archdsl.load(SPECS, name)
        counted = count(network.graph, CONVENTIONS[tool], network.emit().as_modules).total
        model, inputs = compiled(network)
        if len(inputs) == 1 or not tool.startswith("ptflops"):
            assert told(tool, network, model, inputs) == counted, name
            compared += 1

    assert compared > 150


CHAINED = """\
network chained {
    input image[4, 16, 16]
    stage body {
        conv(8, 3x3) -> relu -> relu6 -> elu -> gelu -> silu -> leaky_relu(0.2) -> mish
        hard_sigmoid -> hard_swish -> sigmoid -> tanh -> local_response_norm(5) -> prelu
        group_norm(2) -> instance_norm(affine=true) -> max_pool(2x2) -> avg_pool(2x2)
        adaptive_max_pool(3) -> adaptive_avg_pool(2) -> flatten -> linear(6) -> softmax
    }
}
"""
JOINED = """\
network joined {
    input image[4, 16, 16]
    conv(8, 3x3) as x
    add { | relu | relu6 | elu | gelu | silu | leaky_relu(0.2) | mish | hard_swish | tanh }
    add { | local_response_norm(5) | prelu | instance_norm | upsample(2) -> max_pool(2x2) }
    mul { | upsample(2, mode="bilinear") -> avg_pool(2x2) | global_avg_pool -> sigmoid }
    add { | adaptive_avg_pool(2) | adaptive_max_pool(2) }
    scale(0.5) -> flatten -> linear(6) -> softmax
}
"""


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("text", [CHAINED, JOINED], ids=["chained", "joined"])
def test_kinds_as_modules_and_as_functions(text, tool):
    """In a chain a layer without weights is a module, beside others a function: some count both."""
    network = archdsl.loads(text)
    source = network.emit()
    counted = count(network.graph, CONVENTIONS[tool], source.as_modules)

    assert bool(source.as_modules) is (text is CHAINED)
    assert told(tool, network, *compiled(network)) == counted.total


ALONE = {
    "softmax": ("4, 6, 6", "softmax", torch.nn.Softmax(1)),
    "max_pool": ("4, 6, 6", "max_pool(2x2)", torch.nn.MaxPool2d(2)),
    "avg_pool": ("4, 6, 6", "avg_pool(2x2)", torch.nn.AvgPool2d(2)),
    "adaptive_avg_pool": ("4, 6, 6", "adaptive_avg_pool(3)", torch.nn.AdaptiveAvgPool2d(3)),
    "global_avg_pool": ("4, 6, 6", "global_avg_pool", torch.nn.AdaptiveAvgPool2d(1)),
    "global_max_pool": ("4, 6, 6", "global_max_pool", torch.nn.AdaptiveMaxPool2d(1)),
    "instance_norm": ("4, 6, 6", "instance_norm", torch.nn.InstanceNorm2d(4)),
    "nearest": ("4, 6, 6", "upsample(2)", torch.nn.Upsample(scale_factor=2)),
    "bilinear": (
        "4, 6, 6",
        'upsample(2, mode="bilinear")',
        torch.nn.Upsample(scale_factor=2, mode="bilinear"),
    ),
    "lstm": ("7, 5", "lstm(6)", torch.nn.LSTM(5, 6, batch_first=True)),
    "gru": ("7, 5", "gru(6)", torch.nn.GRU(5, 6, batch_first=True)),
    "rnn": ("7, 5", "rnn(6)", torch.nn.RNN(5, 6, batch_first=True)),
}


@pytest.mark.parametrize("tool", ["thop", "torchinfo", "fvcore", "torchprofile"])
@pytest.mark.parametrize("kind", ALONE)
def test_pytorchs_own_modules(kind, tool):
    """What is never compiled to such a module, and is where published networks are made of modules."""
    shape, call, module = ALONE[kind]
    network = archdsl.loads(f"network n {{\n    input x[{shape}]\n    {call}\n}}\n")
    counted = count(network.graph, CONVENTIONS[tool])
    _, inputs = compiled(network)

    assert told(tool, network, torch.nn.Sequential(module).eval(), inputs) == counted.total
