"""The type of a value: its dimensions without the batch, its dtype, whether it has a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from archdsl.shapes.dim import Dim, Product, default_of

Length: TypeAlias = int | Dim | Product

DTYPE_BYTES: dict[str, int] = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
}


@dataclass(frozen=True, slots=True)
class TensorType:
    """Dimensions (`[C, H, W]`, no batch), dtype, and whether the value has a batch axis.

    A dimension that depends on the input's size is symbolic; it carries its value at
    the symbols' defaults, so `concrete` costs nothing. `regions` is the length of the batch axis
    where that holds regions of images, all of the batch's together; figures of such a value are
    those of one region.
    """

    dims: tuple[Length, ...]
    dtype: str = "float32"
    batched: bool = True
    regions: Length | None = None

    @property
    def rank(self) -> int:
        """Number of dimensions, the batch not counted."""
        return len(self.dims)

    @property
    def channels(self) -> int:
        """Axis 0, always known."""
        return default_of(self.dims[0])

    @property
    def features(self) -> int:
        """The last axis."""
        return default_of(self.dims[-1])

    @property
    def spatial(self) -> tuple[Length, ...]:
        """The axes behind the channels."""
        return self.dims[1:]

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions at the symbols' defaults."""
        return tuple([default_of(d) for d in self.dims])

    @property
    def elements(self) -> int:
        """Elements of one sample at the symbols' defaults."""
        count = 1
        for d in self.dims:
            count *= default_of(d)
        return count

    @property
    def bytes(self) -> int:
        """Bytes of one sample at the symbols' defaults."""
        return self.elements * DTYPE_BYTES[self.dtype]

    def with_dims(self, *dims: Length) -> TensorType:
        """The same dtype and batch with other dimensions."""
        return TensorType(dims, self.dtype, self.batched, self.regions)

    def concrete(self) -> TensorType:
        """The same type with every dimension an int."""
        regions = None if self.regions is None else default_of(self.regions)
        return TensorType(self.shape, self.dtype, self.batched, regions)

    def copies(self, batch: int) -> int:
        """How many of it there are for a batch of samples, at the symbols' defaults."""
        if self.regions is not None:
            return default_of(self.regions)
        return batch if self.batched else 1
