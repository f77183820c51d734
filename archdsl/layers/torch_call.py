"""A call of PyTorch written down without importing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Operand:
    """The tensor operand at a position."""

    index: int


@dataclass(frozen=True, slots=True)
class WeightOf:
    """A weight or buffer of the layer, by its state-dict name below the layer."""

    name: str


@dataclass(frozen=True, slots=True)
class SizeOf:
    """The run-time size of an operand along an axis of the *batched* tensor (`x.shape[axis]`)."""

    operand: int
    axis: int


@dataclass(frozen=True, slots=True)
class Training:
    """The layer's own training flag."""


@dataclass(frozen=True, slots=True)
class Infix:
    """Operator syntax on operands, as an argument or a whole result: `a + b`, `x * 2.0`."""

    operator: str
    left: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Helper:
    """A named piece of Python source that PyTorch lacks, printed once at the head of a file that uses it.

    `source` defines exactly one function or class called `name`; it may use `torch`, `nn` and
    `F` (torch.nn.functional), and other helpers named in `needs`.
    """

    name: str
    source: str
    needs: tuple[Helper, ...] = ()


@dataclass(frozen=True, slots=True)
class TorchCall:
    """`target(*args, **kwargs)`.

    `target` is a dotted name (`torch.nn.Conv2d`, `torch.nn.functional.relu`, `torch.cat`), a
    method of the first operand (`.flatten`, with the receiver left out of `args`), a `Helper`, or
    an `Infix` operator's text (`+`, `-`, `*`, `/`, `@`) applied to all of `args` from the left.
    Arguments are literals, lists or tuples of them, the placeholders of this module, and calls.
    """

    target: str | Helper
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
