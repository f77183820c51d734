"""Regularisation: what is dropped at random in training, and does nothing in evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    parameter,
)
from archdsl.layers.regularisation_source import DROP_PATH_FUNCTION, DROP_PATH_MODULE
from archdsl.layers.sides import kept, require_batch, require_dtype
from archdsl.layers.torch_call import Operand, TorchCall, Training
from archdsl.shapes.condition import Condition
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType

_SAME = Saved(views=((0, 0),))
"""A rate of 0 hands the input on as it is."""


class _Dropping(Layer):
    """What has a rate at which it drops."""

    family = Family.REGULARISATION
    has_mode = True
    rate_field = "p"

    p: float

    def output(self, x: TensorType) -> TensorType:
        """As it came."""
        return x

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The rate is a probability."""
        require_dtype(self.kind, x)
        if not 0 <= self.p <= 1:
            raise Reject("E0503", f"`p` is a rate from 0 to 1, and this is {self.p:g}", field="p")
        return iter(())

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """None: in evaluation it does nothing."""
        return Operations()

    def label(self, x: TensorType) -> str:
        """`dropout 0.5`."""
        return f"{self.kind.replace('_', ' ')} {self.p:g}"


@dataclass(frozen=True)
class Dropout(_Dropping):
    """Zeros for single elements at the rate p in training; the others are scaled by 1 / (1 - p).

    Args:
        p: The rate at which elements are dropped.

    Source: N. Srivastava et al., 2014.
    """

    kind = "dropout"

    p: float = parameter(Kind.FLOAT, 0.5)

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """What was dropped, a factor for each element."""
        if self.p == 0:
            return _SAME
        if self.p == 1:
            return Saved(fixed_bytes=DTYPE_BYTES[x.dtype])
        return kept(x, x.bytes)

    def module(self, x: TensorType) -> TorchCall:
        """`nn.Dropout(p)`."""
        return TorchCall("torch.nn.Dropout", (self.p,))

    def functional(self, x: TensorType) -> TorchCall:
        """`F.dropout(x, p, training)`."""
        return TorchCall("torch.nn.functional.dropout", (Operand(0), self.p, Training()))


@dataclass(frozen=True)
class DropPath(_Dropping):
    """Stochastic depth: zeros for whole samples of a branch at the rate p in training.

    The samples that stay are scaled by 1 / (1 - p), so that means are kept.

    Args:
        p: The rate at which samples are dropped.

    Source: G. Huang et al., 2016, "Deep networks with stochastic depth".
    """

    kind = "drop_path"

    p: float = parameter(Kind.FLOAT)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The rate is a probability, and there are samples to be dropped."""
        require_batch("drop_path", x)
        return super().conditions(x)

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """What was dropped, a factor for each sample."""
        return _SAME if self.p == 0 else Saved(extra_bytes=DTYPE_BYTES[x.dtype])

    def module(self, x: TensorType) -> TorchCall:
        """`DropPath(p)`."""
        return TorchCall(DROP_PATH_MODULE, (self.p,))

    def functional(self, x: TensorType) -> TorchCall:
        """`drop_path(x, p, training)`."""
        return TorchCall(DROP_PATH_FUNCTION, (Operand(0), self.p, Training()))
