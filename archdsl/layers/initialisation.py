"""How weights start: the initialisers of the language, and how PyTorch says them.

An initialiser is a value, `kaiming_normal` or `kaiming_normal(mode="fan_out")`; its arguments
have PyTorch's names. Whether it suits a weight depends on the weight's dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from archdsl.layers.definition import (
    REQUIRED,
    InitialiserValue,
    Kind,
    Layer,
    ParameterSpec,
    Reject,
    Weight,
)
from archdsl.layers.torch_call import Helper, Operand, TorchCall
from archdsl.shapes.tensor import TensorType

MOST_AXES = 64
"""More dimensions than any weight has."""


@dataclass(frozen=True, slots=True)
class Initialiser:
    """An initialiser: what it does, its parameters, PyTorch's name for it, what it can fill.

    `least_axes` and `most_axes` bound the number of dimensions of the weight. `by_channels` says
    that it takes two of them for the output and input channels, which a connection table has not.
    `problem` looks at the values of all parameters and gives the one to blame and why, or None.
    """

    name: str
    doc: str
    target: str | Helper
    parameters: tuple[ParameterSpec, ...] = ()
    least_axes: int = 0
    most_axes: int = MOST_AXES
    by_channels: bool = False
    problem: Callable[[Mapping[str, Any]], tuple[str, str] | None] | None = None


def _number(name: str, default: float | Any = REQUIRED) -> ParameterSpec:
    return ParameterSpec(name, Kind.FLOAT, default)


_MODE = ParameterSpec("mode", Kind.STRING, "fan_in", choices=("fan_in", "fan_out"))

_NONLINEARITY = ParameterSpec(
    "nonlinearity",
    Kind.STRING,
    "leaky_relu",
    choices=("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"),
)

_KAIMING = (_number("a", 0.0), _MODE, _NONLINEARITY)

_BILINEAR = Helper(
    "bilinear_",
    '''\
@torch.no_grad()
def bilinear_(weight):
    """Each channel weighs its own neighbours linearly: a transposed convolution interpolates."""
    plane = weight.new_ones(())
    for size in weight.shape[2:]:
        away = (torch.arange(size, dtype=weight.dtype, device=weight.device) - (size - 1) / 2).abs()
        plane = plane.unsqueeze(-1) * (1 - away / ((size + 1) // 2))
    rows = torch.arange(weight.shape[0], device=weight.device)
    weight.zero_()[rows, rows % weight.shape[1]] = plane
    return weight
''',
)


def _normal_problem(values: Mapping[str, Any]) -> tuple[str, str] | None:
    if values["std"] < 0:
        return "std", f"`std` must be at least 0, and this is {values['std']:g}"
    return None


def _uniform_problem(values: Mapping[str, Any]) -> tuple[str, str] | None:
    if values["a"] > values["b"]:
        return "a", f"`a` is {values['a']:g}, and must be at most `b`, {values['b']:g}"
    return None


def _truncated_problem(values: Mapping[str, Any]) -> tuple[str, str] | None:
    if values["std"] <= 0:
        return "std", f"`std` must be greater than 0, and this is {values['std']:g}"
    mean, a, b = values["mean"], values["a"], values["b"]
    if not a <= mean <= b:
        return "mean", f"`mean` is {mean:g}, and must lie between `a` and `b`, {a:g} and {b:g}"
    return None


INITIALISERS: Mapping[str, Initialiser] = {
    i.name: i
    for i in (
        Initialiser("zeros", "All 0.", "torch.nn.init.zeros_"),
        Initialiser("ones", "All 1.", "torch.nn.init.ones_"),
        Initialiser("constant", "All `val`.", "torch.nn.init.constant_", (_number("val"),)),
        Initialiser(
            "normal",
            "Normal with the given mean and standard deviation.",
            "torch.nn.init.normal_",
            (_number("mean", 0.0), _number("std", 1.0)),
            problem=_normal_problem,
        ),
        Initialiser(
            "truncated_normal",
            "Normal, drawn again until between `a` and `b`.",
            "torch.nn.init.trunc_normal_",
            (_number("mean", 0.0), _number("std", 1.0), _number("a", -2.0), _number("b", 2.0)),
            problem=_truncated_problem,
        ),
        Initialiser(
            "uniform",
            "Uniform between `a` and `b`.",
            "torch.nn.init.uniform_",
            (_number("a", 0.0), _number("b", 1.0)),
            problem=_uniform_problem,
        ),
        Initialiser(
            "kaiming_normal",
            "Normal with variance gain² / fan: K. He et al., 2015.",
            "torch.nn.init.kaiming_normal_",
            _KAIMING,
            least_axes=2,
            by_channels=True,
        ),
        Initialiser(
            "kaiming_uniform",
            "Uniform with variance gain² / fan: K. He et al., 2015.",
            "torch.nn.init.kaiming_uniform_",
            _KAIMING,
            least_axes=2,
            by_channels=True,
        ),
        Initialiser(
            "xavier_normal",
            "Normal with variance gain² · 2 / (fan-in + fan-out): X. Glorot, Y. Bengio, 2010.",
            "torch.nn.init.xavier_normal_",
            (_number("gain", 1.0),),
            least_axes=2,
            by_channels=True,
        ),
        Initialiser(
            "xavier_uniform",
            "Uniform with variance gain² · 2 / (fan-in + fan-out): X. Glorot, Y. Bengio, 2010.",
            "torch.nn.init.xavier_uniform_",
            (_number("gain", 1.0),),
            least_axes=2,
            by_channels=True,
        ),
        Initialiser(
            "orthogonal",
            "A random orthogonal matrix times the gain: A. Saxe et al., 2013.",
            "torch.nn.init.orthogonal_",
            (_number("gain", 1.0),),
            least_axes=2,
            by_channels=True,
        ),
        Initialiser(
            "bilinear",
            "Each channel is interpolated linearly, by itself: the start of FCN's upsampling.",
            _BILINEAR,
            least_axes=3,
            by_channels=True,
        ),
        Initialiser(
            "identity",
            "As many channels as there are on both sides pass unchanged, each group by itself.",
            "torch.nn.init.dirac_",
            least_axes=2,
            most_axes=5,
            by_channels=True,
        ),
    )
}
"""The initialisers of the language by name."""


def value_of(name: str, given: Mapping[str, Any]) -> InitialiserValue:
    """An initialiser with arguments: in the order of its parameters, defaults left out.

    Raises:
        Reject: the values do not go together.
    """
    initialiser = INITIALISERS[name]
    values = {spec.name: given.get(spec.name, spec.default) for spec in initialiser.parameters}
    if initialiser.problem is not None:
        problem = initialiser.problem(values)
        if problem is not None:
            field, message = problem
            raise Reject("E0503", message, field=field)
    return InitialiserValue(
        name,
        tuple(
            (spec.name, values[spec.name])
            for spec in initialiser.parameters
            if values[spec.name] is not REQUIRED and values[spec.name] != spec.default
        ),
    )


def missing(init: InitialiserValue) -> tuple[str, ...]:
    """The arguments that an initialiser still needs."""
    given = dict(init.arguments)
    return tuple(
        spec.name
        for spec in INITIALISERS[init.name].parameters
        if spec.default is REQUIRED and spec.name not in given
    )


def grouped(init: InitialiserValue | None, groups: int) -> InitialiserValue | None:
    """An initialiser for weights of which each group has rows of its own: `identity` counts them."""
    if groups == 1 or init is None or init.name != "identity":
        return init
    return replace(init, arguments=(("groups", groups),))


def with_argument(layer: Layer, init: InitialiserValue) -> Layer:
    """A layer as if `init` had been its argument; itself where it has no such parameter or has one given."""
    if getattr(layer, "init", init) is not None:
        return layer
    return replace(layer, init=init)  # type: ignore[call-arg]


def started(
    layer: Layer, types: tuple[TensorType, ...], initial: Mapping[str, InitialiserValue]
) -> tuple[Weight, ...]:
    """The tensors of a layer, with how rules say that they start where its argument says nothing."""
    if not initial:
        return layer.weights(*types)
    if "weight" in initial:
        layer = with_argument(layer, initial["weight"])
    return tuple(
        replace(weight, init=initial[weight.name])
        if weight.init is None and weight.name in initial
        else weight
        for weight in layer.weights(*types)
    )


def check(weight: Weight) -> None:
    """Refuse an initialiser that cannot fill a weight of these dimensions.

    Raises:
        Reject: it has too few or too many.
    """
    assert weight.init is not None
    initialiser = INITIALISERS[weight.init.name]
    axes = len(weight.dims)
    if not initialiser.least_axes <= axes <= initialiser.most_axes:
        shape = ", ".join(map(str, weight.dims))
        wanted = f"at least {initialiser.least_axes}"
        if initialiser.most_axes < MOST_AXES:
            wanted = f"{initialiser.least_axes} to {initialiser.most_axes}"
        raise Reject(
            "E0620",
            f"`{initialiser.name}` fills weights of {wanted} dimensions, and `{weight.name}` "
            f"is [{shape}]",
            field="init",
        )


def call(weight: Weight) -> TorchCall:
    """The call that fills a weight; operand 0 stands for the tensor."""
    assert weight.init is not None
    target = INITIALISERS[weight.init.name].target
    if weight.init.name == "identity" and len(weight.dims) == 2:
        target = "torch.nn.init.eye_"
    return TorchCall(target, (Operand(0),), dict(weight.init.arguments))
