"""Unpooling: values put back where a pool took them from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from archdsl.layers import unpooling_source as source
from archdsl.layers.agreement import size_of
from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Reject,
    Rows,
    Saved,
    Window,
    parameter,
)
from archdsl.layers.sides import positions, require_dtype, spatial_axes
from archdsl.layers.torch_call import Operand, TorchCall
from archdsl.shapes.condition import Condition, Equal
from archdsl.shapes.tensor import TensorType


@dataclass(frozen=True)
class MaxUnpool(Layer):
    """A pooled value put back: each element where the largest was, and zeros elsewhere.

    `[C, H', W'], indices [C, H', W'] -> [C, H, W]`, exactly the size that was pooled from; also
    `[C, L]` and `[C, D, H, W]`. Where windows overlap and two elements go to one place, the later
    one stays.

    Args:
        indices: The second value of a `max_pool` with `return_indices`, which remembers the size:
            `max_pool(2x2, return_indices=true) as pooled, switches`, then `max_unpool(switches)`.

    Operations: none.
    Source: M. Zeiler, R. Fergus, 2014, "Visualizing and understanding convolutional networks",
    section 2.1.
    """

    kind = "max_unpool"
    family = Family.POOLING

    indices: int = parameter(Kind.VALUE, second_of="max_pool")

    def output(self, x: TensorType, indices: TensorType, pooled: TensorType) -> TensorType:
        """[C, H, W], the size of what was pooled."""
        return x.with_dims(x.dims[0], *pooled.dims[1:])

    def conditions(
        self, x: TensorType, indices: TensorType, pooled: TensorType
    ) -> Iterator[Condition]:
        """There is an index for each element."""
        spatial_axes("max_unpool", x)
        require_dtype("max_unpool", x)
        if x.shape != indices.shape or x.batched != indices.batched:
            raise Reject(
                "E0650",
                f"`max_unpool` needs an index for each element of {size_of(x)}, "
                f"and there are those of {size_of(indices)}",
                field="indices",
                help=_mend(x, indices),
            )
        for a, b in zip(x.dims, indices.dims, strict=True):
            if a != b:
                yield Equal(a, b, "the same as there are indices of `max_unpool`", "indices")

    def asks(self, x: TensorType, indices: TensorType, pooled: TensorType) -> Mapping[int, Rows]:
        """Indices of places that the map has."""
        return {1: Rows(positions(pooled))}

    def operations(
        self, x: TensorType, indices: TensorType, pooled: TensorType, y: TensorType
    ) -> Operations:
        """None."""
        return Operations()

    def saved(self, x: TensorType, indices: TensorType, pooled: TensorType, y: TensorType) -> Saved:
        """The indices."""
        return Saved((1,))

    def window(self, x: TensorType, indices: TensorType, pooled: TensorType) -> Window:
        """One element, in steps as much smaller as the value grows."""
        steps = [Fraction(n, m) for n, m in zip(x.shape[1:], pooled.shape[1:], strict=True)]
        ones = (1,) * len(steps)
        return Window(ones, tuple(steps), ones)

    def functional(self, x: TensorType, indices: TensorType, pooled: TensorType) -> TorchCall:
        """`max_unpool(x, indices, pooled, 2)`."""
        axes = spatial_axes("max_unpool", x)
        return TorchCall(source.MAX_UNPOOL, (Operand(0), Operand(1), Operand(2), axes))

    def label(self, *types: TensorType) -> str:
        """`max unpool`."""
        return "max unpool"


def _mend(x: TensorType, indices: TensorType) -> str | None:
    """An edit that makes the value fit its indices."""
    if x.rank == indices.rank and x.shape[1:] == indices.shape[1:]:
        return f"put a `conv({indices.channels}, 1x1)` before it"
    return None
