"""What PyTorch's own constructors and functions take, as far as emitted code calls them.

Facts about PyTorch that no layer states: the names and defaults of parameters, by which calls
that leave a default out equal calls that write it, and the modules that are functions in a chain.
A test holds them against the installed torch.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from archdsl.layers.torch_call import Helper, Operand, TorchCall


class Required:
    """The default of a parameter that has none."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = Required()

Parameters = Mapping[str, Any]
"""The parameters of a call in order, each with its default."""

_CONVOLUTION: Parameters = {
    "in_channels": REQUIRED,
    "out_channels": REQUIRED,
    "kernel_size": REQUIRED,
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "groups": 1,
    "bias": True,
}
_TRANSPOSED: Parameters = {
    "in_channels": REQUIRED,
    "out_channels": REQUIRED,
    "kernel_size": REQUIRED,
    "stride": 1,
    "padding": 0,
    "output_padding": 0,
    "groups": 1,
    "bias": True,
    "dilation": 1,
}
_BATCH_NORM: Parameters = {"num_features": REQUIRED, "eps": 1e-5, "momentum": 0.1, "affine": True}
_INSTANCE_NORM: Parameters = {**_BATCH_NORM, "affine": False}
_MAX_POOL: Parameters = {
    "kernel_size": REQUIRED,
    "stride": None,
    "padding": 0,
    "dilation": 1,
    "ceil_mode": False,
    "return_indices": False,
}
_AVG_POOL: Parameters = {
    "kernel_size": REQUIRED,
    "stride": None,
    "padding": 0,
    "ceil_mode": False,
    "count_include_pad": True,
}

MODULES: Mapping[str, Parameters] = {
    **{f"torch.nn.Conv{n}d": _CONVOLUTION for n in (1, 2, 3)},
    **{f"torch.nn.ConvTranspose{n}d": _TRANSPOSED for n in (1, 2, 3)},
    **{f"torch.nn.BatchNorm{n}d": _BATCH_NORM for n in (1, 2, 3)},
    **{f"torch.nn.InstanceNorm{n}d": _INSTANCE_NORM for n in (1, 2, 3)},
    "torch.nn.GroupNorm": {"num_groups": REQUIRED, "num_channels": REQUIRED, "eps": 1e-5},
    "torch.nn.LayerNorm": {"normalized_shape": REQUIRED, "eps": 1e-5},
    "torch.nn.Linear": {"in_features": REQUIRED, "out_features": REQUIRED, "bias": True},
    "torch.nn.Dropout": {"p": 0.5},
    "torch.nn.PReLU": {"num_parameters": 1},
}
"""Constructors of modules that own weights or have a mode."""

_ADAPTIVE: Parameters = {"output_size": REQUIRED}

FUNCTIONS: Mapping[str, tuple[str, Parameters]] = {
    "torch.nn.functional.relu": ("torch.nn.ReLU", {}),
    "torch.nn.functional.relu6": ("torch.nn.ReLU6", {}),
    "torch.nn.functional.leaky_relu": ("torch.nn.LeakyReLU", {"negative_slope": 0.01}),
    "torch.nn.functional.elu": ("torch.nn.ELU", {}),
    "torch.nn.functional.silu": ("torch.nn.SiLU", {}),
    "torch.nn.functional.gelu": ("torch.nn.GELU", {}),
    "torch.nn.functional.mish": ("torch.nn.Mish", {}),
    "torch.nn.functional.hardsigmoid": ("torch.nn.Hardsigmoid", {}),
    "torch.nn.functional.hardswish": ("torch.nn.Hardswish", {}),
    "torch.sigmoid": ("torch.nn.Sigmoid", {}),
    "torch.tanh": ("torch.nn.Tanh", {}),
    "torch.nn.functional.softmax": ("torch.nn.Softmax", {"dim": None}),
    "torch.nn.functional.log_softmax": ("torch.nn.LogSoftmax", {"dim": None}),
    "torch.nn.functional.local_response_norm": (
        "torch.nn.LocalResponseNorm",
        {"size": REQUIRED, "alpha": 1e-4, "beta": 0.75, "k": 1.0},
    ),
    "torch.nn.functional.pixel_shuffle": ("torch.nn.PixelShuffle", {"upscale_factor": REQUIRED}),
    "torch.nn.functional.channel_shuffle": ("torch.nn.ChannelShuffle", {"groups": REQUIRED}),
    ".flatten": ("torch.nn.Flatten", {"start_dim": 1, "end_dim": -1}),
    **{
        f"torch.nn.functional.max_pool{n}d": (f"torch.nn.MaxPool{n}d", _MAX_POOL) for n in (1, 2, 3)
    },
    "torch.nn.functional.avg_pool1d": ("torch.nn.AvgPool1d", _AVG_POOL),
    **{
        f"torch.nn.functional.avg_pool{n}d": (
            f"torch.nn.AvgPool{n}d",
            {**_AVG_POOL, "divisor_override": None},
        )
        for n in (2, 3)
    },
    **{
        f"torch.nn.functional.adaptive_{kind}_pool{n}d": (
            f"torch.nn.Adaptive{kind.capitalize()}Pool{n}d",
            _ADAPTIVE,
        )
        for kind in ("avg", "max")
        for n in (1, 2, 3)
    },
}
"""Functions of one tensor, the module that does the same, and what both take besides it."""

_AS_MODULES: Mapping[str, Parameters] = {**MODULES, **dict(FUNCTIONS.values())}


def parameters_of(target: str | Helper) -> Parameters | None:
    """What a call takes besides its operands, None where that is not known."""
    if isinstance(target, Helper):
        return _helper_parameters(target)
    if target in _AS_MODULES:
        return _AS_MODULES[target]
    known = FUNCTIONS.get(target)
    return None if known is None else {"input": REQUIRED, **known[1]}


@cache
def _helper_parameters(helper: Helper) -> Parameters | None:
    """The parameters of a helper's function or constructor, read in its source."""
    for statement in ast.parse(helper.source).body:
        if isinstance(statement, ast.FunctionDef) and statement.name == helper.name:
            return _declared(statement.args)
        if isinstance(statement, ast.ClassDef) and statement.name == helper.name:
            for member in statement.body:
                if isinstance(member, ast.FunctionDef) and member.name == "__init__":
                    declared = dict(_declared(member.args))
                    declared.pop("self")
                    return declared
    return None


def _declared(arguments: ast.arguments) -> Parameters:
    names = [a.arg for a in arguments.args]
    defaults: list[Any] = [ast.literal_eval(d) for d in arguments.defaults]
    return dict(zip(names, [REQUIRED] * (len(names) - len(defaults)) + defaults, strict=True))


def as_module(call: TorchCall) -> TorchCall | None:
    """The module that does what a function of one tensor does, None where PyTorch has none."""
    if not isinstance(call.target, str) or call.target not in FUNCTIONS:
        return None
    module, parameters = FUNCTIONS[call.target]
    args = call.args
    if not call.target.startswith("."):
        if not args or args[0] != Operand(0):
            return None
        args = args[1:]
    kwargs = dict(call.kwargs)
    if not all(map(is_literal, (*args, *kwargs.values()))) or kwargs.get("return_indices"):
        return None
    defaults = list(parameters.values())
    while args and args[-1] == defaults[len(args) - 1]:
        args = args[:-1]
    return TorchCall(module, args, kwargs)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call: the parameter's name where it is known, its value and default."""

    name: str | None
    is_keyword: bool
    value: Any
    default: Any = REQUIRED


def arguments_of(call: TorchCall) -> tuple[Argument, ...]:
    """The arguments of a call, keywords in the order of the parameters, defaults written out.

    A method's receiver is no argument.
    """
    parameters = parameters_of(call.target)
    if parameters is None:
        keywords = [Argument(k, True, v) for k, v in call.kwargs.items()]
        return (*(Argument(None, False, v) for v in call.args), *keywords)
    names = list(parameters)
    is_method = isinstance(call.target, str) and call.target.startswith(".")
    if is_method:
        names = names[1:] if names and names[0] == "input" else names
    found = [
        Argument(names[i] if i < len(names) else None, False, v) for i, v in enumerate(call.args)
    ]
    for name in names[len(call.args) :]:
        default = parameters[name]
        value = call.kwargs.get(name, default)
        if value is not REQUIRED:
            found.append(Argument(name, True, value, default))
    known = set(names)
    found.extend(Argument(k, True, v) for k, v in call.kwargs.items() if k not in known)
    return tuple(found)


def is_literal(value: Any) -> bool:
    """Whether a value is written down as it is: a number, text, truth value, or a list of those."""
    if isinstance(value, list | tuple):
        return all(map(is_literal, value))
    return value is None or isinstance(value, bool | int | float | str)
