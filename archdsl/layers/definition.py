"""One layer, one definition: everything the compiler knows of a layer stands in one class.

A layer is a frozen dataclass whose fields are its signature in the language and whose
docstring is its hover text. Its methods answer, in this order: what comes out, on which
conditions, with which weights, at what cost, what backward keeps, which window it sees, how
PyTorch says it, and how a drawing labels it. Elaboration, cost tables, emission, drawings,
property tests, hover texts and the generated reference all read the same class.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar, TypeAlias

from archdsl.layers.torch_call import TorchCall
from archdsl.shapes.condition import Condition
from archdsl.shapes.tensor import Length, TensorType

Size: TypeAlias = int | tuple[Length, ...]
"""A size argument: one number for every axis, or one for each."""


class Family(StrEnum):
    """What a layer is about; themes give families their colours."""

    CONVOLUTION = "convolution"
    LINEAR = "linear"
    POOLING = "pooling"
    NORMALISATION = "normalisation"
    ACTIVATION = "activation"
    REGULARISATION = "regularisation"
    RECURRENT = "recurrent"
    ATTENTION = "attention"
    DETECTION = "detection"
    SHAPE = "shape"
    SCALE = "scale"
    MERGE = "merge"
    INPUT = "input"


class Reject(Exception):
    """A layer does not accept its arguments or its input.

    `field` names the argument that is to blame: the caret stands under it. `message` states
    the fact with its figures in the user's words, `help` the edit that mends it.
    """

    def __init__(
        self, code: str, message: str, *, field: str | None = None, help: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.help = help


@dataclass(frozen=True, slots=True)
class InitialiserValue:
    """`kaiming_normal(mode="fan_out")`: an initialiser with its arguments filled in."""

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        if not self.arguments:
            return self.name
        written = (f'{k}="{v}"' if isinstance(v, str) else f"{k}={v:g}" for k, v in self.arguments)
        return f"{self.name}({', '.join(written)})"


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor of a layer: trainable, or a buffer.

    `name` is PyTorch's (`weight`, `running_mean`); `dims` in PyTorch's order. `init` is what
    the text asks for, None for PyTorch's own.
    """

    name: str
    dims: tuple[int, ...]
    dtype: str = "float32"
    trainable: bool = True
    init: InitialiserValue | None = None

    @property
    def elements(self) -> int:
        """Number of elements."""
        count = 1
        for d in self.dims:
            count *= d
        return count


@dataclass(frozen=True, slots=True)
class Operations:
    """The work of one sample in inference: MACs, and other operations by kind (`bias`, `add`, `relu` ...)."""

    macs: int = 0
    other: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """What autograd keeps of one use in training: which operands, which outputs, and extra bytes a sample.

    `views` names outputs that share an operand's memory (output position -> operand position),
    so that a tensor kept through a view is counted once. `fixed_bytes` do not grow with the batch.
    """

    operands: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    extra_bytes: int = 0
    fixed_bytes: int = 0
    views: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The window of one output element on the input's spatial axes, for receptive fields.

    One entry for each spatial axis. `whole` says that every output element sees all of the input,
    `across` names the spatial axes, from 0, of which it sees all: their windows do not slide.
    """

    kernel: tuple[int, ...] = ()
    stride: tuple[Fraction, ...] = ()
    dilation: tuple[int, ...] = ()
    whole: bool = False
    across: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """What a layer asks of numbers that name rows of a table: they are from 0 to `count` - 1."""

    count: int

    def within(self, other: Rows) -> Rows:
        """What both ask."""
        return Rows(min(self.count, other.count))


@dataclass(frozen=True, slots=True)
class Regions:
    """What a layer asks of rows [image, x1, y1, x2, y2]: boxes of an image of the batch.

    `height` and `width` are the image's, in the units of the corners.
    """

    height: float
    width: float

    def within(self, other: Regions) -> Regions:
        """What both ask."""
        return Regions(min(self.height, other.height), min(self.width, other.width))


class Kind(StrEnum):
    """The type of a parameter as the language names it."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STRING = "string"
    SIZE = "size"
    PADDING = "padding"
    LIST = "list"
    AXIS = "axis"
    VALUE = "value"
    INITIALISER = "initialiser"
    SIDES = "sides"
    FACTOR = "factor"


class Missing:
    """The default of a parameter that must be given."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = Missing()


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One parameter of a layer: its kind, default and bounds, read by the binder and the reference.

    `shown` is how the reference prints a default that depends on another parameter
    (`stride=kernel`). `variadic` takes all remaining positional arguments as a tuple.
    `second_of` is the layer whose second output a value must be: what entered that layer is then
    an operand too, the next one.
    """

    name: str
    kind: Kind
    default: Any = REQUIRED
    at_least: int | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    shown: str | None = None
    variadic: bool = False
    second_of: str | None = None


def parameter(
    kind: Kind,
    default: Any = REQUIRED,
    *,
    at_least: int | None = None,
    choices: tuple[str, ...] = (),
    optional: bool = False,
    shown: str | None = None,
    variadic: bool = False,
    second_of: str | None = None,
) -> Any:
    """A dataclass field that is a parameter of the layer (see `ParameterSpec`)."""
    spec = ParameterSpec("", kind, default, at_least, choices, optional, shown, variadic, second_of)
    if default is REQUIRED:
        return field(metadata={"spec": spec})
    return field(default=default, metadata={"spec": spec})


@dataclass(frozen=True)
class Layer(ABC):
    """A layer with its arguments bound.

    Methods take the operands' types in order (`x`, then the named values given as
    arguments). A field of kind VALUE holds the operand's position (1, 2, ...), or None.
    `output` gives one type, or a tuple for several outputs. Costs are abstract: a layer
    without one cannot be defined.
    """

    kind: ClassVar[str]
    family: ClassVar[Family]
    weighted: ClassVar[bool] = False
    """Whether it counts for `depth` (convolutions, linear, recurrent layers)."""
    has_mode: ClassVar[bool] = False
    """Whether training and evaluation differ, so that it is a module even without weights."""
    has_statistics: ClassVar[bool] = False
    """Whether training moves statistics, so that it stays in evaluation where it is frozen."""
    counts_activations: ClassVar[bool] = False
    """Whether its output counts for the figure `activations`."""
    rate_field: ClassVar[str | None] = None
    """The field that is the rate at which it drops, None where it drops nothing."""

    @abstractmethod
    def output(self, x: TensorType) -> TensorType | tuple[TensorType, ...]:
        """Type of the output; raises `Reject` where no size would do."""

    def outputs(self, *types: TensorType) -> tuple[TensorType, ...]:
        """Types of all outputs, of regions where an operand is of regions.

        Raises:
            Reject: No size would do, or it joins values of regions and of whole samples.
        """
        batches = {t.regions for t in types if t.batched}
        if len(batches) > 1:
            raise Reject(
                "E0652",
                f"`{self.kind}` joins values of regions with others: they have a batch each",
            )
        result = self.output(*types)
        outputs = result if isinstance(result, tuple) else (result,)
        for regions in batches - {None}:
            outputs = tuple([replace(y, regions=regions) if y.batched else y for y in outputs])
        return outputs

    def conditions(self, *types: TensorType) -> Iterable[Condition]:
        """What must hold of the sizes, PyTorch's acceptance rules."""
        return ()

    def training(self, *types: TensorType) -> Iterable[Condition]:
        """What training asks for beyond that, for a batch of one sample."""
        return ()

    def asks(self, *types: TensorType) -> Mapping[int, Rows | Regions]:
        """What the numbers in an operand must be, by its position, where not any number will do."""
        return {}

    def weights(self, *types: TensorType) -> tuple[Weight, ...]:
        """The tensors it owns, in PyTorch's state-dict order (parameters, then buffers)."""
        return ()

    @abstractmethod
    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Work of one sample at the symbols' defaults; `y` is the (first) output's type."""

    @abstractmethod
    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """What backward keeps."""

    def saved_for(self, gradients: tuple[bool, ...], *types: TensorType) -> Saved:
        """What backward keeps where only some operands need a gradient: all of it, unless a layer says less.

        `gradients` has an entry for each operand; `types` are those of `saved`.
        """
        return self.saved(*types)

    def saved_frozen(self, *types: TensorType) -> Saved:
        """What backward keeps where its weights are frozen: as `saved`, unless a layer says less."""
        return self.saved(*types)

    def window(self, *types: TensorType) -> Window | None:
        """The window on the spatial axes; None where output elements see the element at their own place."""
        return None

    def depth(self) -> int:
        """How many weighted layers it is on a path: one, or one for each stacked recurrent layer."""
        return 1 if self.weighted else 0

    def module(self, *types: TensorType) -> TorchCall | None:
        """The constructor of its module; None for a pure function."""
        return None

    @abstractmethod
    def functional(self, x: TensorType) -> TorchCall:
        """The call of its functional form, weights by name."""

    @property
    def rate(self) -> float | None:
        """The rate at which it drops; copies that differ in nothing else count as equal."""
        return None if self.rate_field is None else getattr(self, self.rate_field)

    def label(self, *types: TensorType) -> str:
        """How a drawing writes it, in the papers' order: `3×3 conv, 64, /2`."""
        return self.kind.replace("_", " ")


@cache
def signature(layer: type[Layer]) -> tuple[ParameterSpec, ...]:
    """The parameters of a layer class, in order."""
    return tuple(
        dataclasses.replace(f.metadata["spec"], name=f.name)
        for f in dataclasses.fields(layer)
        if "spec" in f.metadata
    )
