"""What is written down of PyTorch's parameters, held against the installed PyTorch."""

import inspect

import pytest

from archdsl.backend.signatures import (
    FUNCTIONS,
    MODULES,
    REQUIRED,
    arguments_of,
    as_module,
    parameters_of,
)
from archdsl.layers.torch_call import Helper, Operand, SizeOf, TorchCall

torch = pytest.importorskip("torch")

from archdsl.testing.interpret import resolve  # noqa: E402 - it needs torch


def held(target, written):
    """Whether every parameter stands where PyTorch has it, with PyTorch's default."""
    signature = inspect.signature(resolve(target).__init__)
    for name, default in written.items():
        actual = signature.parameters[name]
        if default is REQUIRED:
            assert actual.default in (inspect.Parameter.empty, None), name
        else:
            assert actual.default == default, name
    order = [name for name in signature.parameters if name in written]
    assert order == list(written)


@pytest.mark.parametrize("target", MODULES)
def test_modules(target):
    held(target, MODULES[target])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_have_modules(function):
    target, written = FUNCTIONS[function]
    signature = inspect.signature(resolve(target).__init__)

    assert set(written) <= set(signature.parameters)
    for name, default in written.items():
        if default not in (REQUIRED, None):
            assert signature.parameters[name].default == default


CALLS = [
    TorchCall("torch.nn.functional.relu", (Operand(0),)),
    TorchCall("torch.nn.functional.leaky_relu", (Operand(0), 0.2)),
    TorchCall("torch.nn.functional.max_pool2d", (Operand(0), 3), {"stride": 2, "padding": 1}),
    TorchCall("torch.nn.functional.avg_pool2d", (Operand(0), 2), {"divisor_override": 1}),
    TorchCall("torch.nn.functional.adaptive_max_pool2d", (Operand(0), (2, 1))),
    TorchCall("torch.nn.functional.local_response_norm", (Operand(0), 3), {"k": 2.0}),
    TorchCall("torch.nn.functional.softmax", (Operand(0),), {"dim": 1}),
    TorchCall("torch.nn.functional.channel_shuffle", (Operand(0), 2)),
    TorchCall("torch.tanh", (Operand(0),)),
    TorchCall(".flatten", (1,)),
    TorchCall(".flatten", (2,)),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call.target))
def test_the_module_does_what_the_function_does(call):
    from archdsl.testing.interpret import Bindings, evaluate

    x = torch.randn(2, 4, 6, 6)
    module = evaluate(as_module(call), Bindings())

    assert torch.equal(module(x), evaluate(call, Bindings([x])))


@pytest.mark.parametrize(
    "call",
    [
        TorchCall("torch.abs", (Operand(0),)),
        TorchCall("torch.cat", ((Operand(0), Operand(1)), 1)),
        TorchCall("torch.nn.functional.max_pool2d", (Operand(0), 3), {"return_indices": True}),
        TorchCall("torch.nn.functional.relu", (Operand(1),)),
        TorchCall(".flatten", (SizeOf(0, 1),)),
    ],
)
def test_what_no_module_does(call):
    assert as_module(call) is None


def test_arguments_with_their_names_and_defaults():
    call = TorchCall("torch.nn.Conv2d", (3, 4, 1), {"stride": 2})
    found = arguments_of(call)

    assert [a.name for a in found[:4]] == ["in_channels", "out_channels", "kernel_size", "stride"]
    assert {a.name: a.value for a in found[4:]} == {
        "padding": 0, "dilation": 1, "groups": 1, "bias": True,
    }  # fmt: skip


def test_parameters_of_helpers_are_read_in_their_source():
    helper = Helper("H", "class H(nn.Module):\n    def __init__(self, a, b=2):\n        pass\n")
    function = Helper("f", "def f(x, k=(1, 2)):\n    return x\n")

    assert dict(parameters_of(helper)) == {"a": REQUIRED, "b": 2}
    assert dict(parameters_of(function)) == {"x": REQUIRED, "k": (1, 2)}
    assert parameters_of("torch.unknown") is None
