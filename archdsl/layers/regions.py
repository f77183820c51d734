"""Regions of interest: boxes cut out of feature maps, each brought to one size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from archdsl.layers import regions_source as source
from archdsl.layers.agreement import size_of
from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Regions,
    Reject,
    Saved,
    Size,
    Window,
    parameter,
)
from archdsl.layers.pooling import INDEX_BYTES
from archdsl.layers.sides import each, require_float32, size_text
from archdsl.layers.torch_call import Helper, Operand, TorchCall
from archdsl.shapes.condition import Condition
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType


@dataclass(frozen=True)
class _OfRegions(Layer):
    """What both ways to cut regions out have in common."""

    family = Family.POOLING
    helper: ClassVar[Helper]

    rois: int = parameter(Kind.VALUE)
    size: Size = parameter(Kind.SIZE, at_least=1)
    spatial_scale: float = parameter(Kind.FLOAT)

    def _bins(self) -> tuple[int, ...]:
        return each(self.size, 2, "size")

    def output(self, x: TensorType, rois: TensorType) -> TensorType:
        """[C, *size] for each region."""
        return TensorType((x.dims[0], *self._bins()), x.dtype, True, rois.dims[0])

    def conditions(self, x: TensorType, rois: TensorType) -> Iterator[Condition]:
        """Maps of the images' batch; regions without a batch of their own."""
        require_float32(self.kind, x)
        if x.rank != 3 or not x.batched or x.regions is not None:
            raise Reject("E0601", f"`{self.kind}` takes maps [C, H, W] of the images' batch")
        if rois.rank != 2 or rois.features != 5 or rois.batched or rois.dtype != x.dtype:
            raise Reject(
                "E0651",
                f"`{self.kind}` takes regions as unbatched rows of 5 numbers, and these are "
                f"{size_of(rois)}{'' if rois.batched else ', unbatched'}",
                field="rois",
                help="declare them: `input rois[R = 1, 5] unbatched`",
            )
        if self.spatial_scale <= 0:
            raise Reject(
                "E0503",
                f"`spatial_scale` is above 0, and this is {self.spatial_scale:g}",
                field="spatial_scale",
            )
        return iter(())

    def asks(self, x: TensorType, rois: TensorType) -> Mapping[int, Regions]:
        """Rows [image, x1, y1, x2, y2] in pixels of the image that the maps were made of."""
        height, width = [default_of(side) / self.spatial_scale for side in x.dims[1:]]
        return {1: Regions(height, width)}

    def window(self, x: TensorType, rois: TensorType) -> Window:
        """All of the image: which part is for the regions to say."""
        return Window(whole=True)

    def label(self, x: TensorType, rois: TensorType | None = None) -> str:
        """`roi pool, 7×7`."""
        return f"{self.kind.replace('_', ' ')}, {size_text(self._bins())}"


@dataclass(frozen=True)
class RoiPool(_OfRegions):
    """The largest values in the bins of each region.

    `[C, H, W], rois [R, 5] -> [C, *size]` for each of the R regions, which are the batch from here
    on. A row of `rois` is the image's number in the batch and two corners in its pixels.

    Args:
        rois: The regions, an unbatched value of rows [image, x1, y1, x2, y2].
        size: Bins on each axis, `7x7` or one number for both.
        spatial_scale: How much smaller the maps are than the image, `1 / 16`.

    Operations: one for each bin, however many elements it has.
    Source: R. Girshick, 2015, "Fast R-CNN", section 2.1.
    """

    kind = "roi_pool"
    helper = source.ROI_POOL

    def operations(self, x: TensorType, rois: TensorType, y: TensorType) -> Operations:
        """One for each bin."""
        return Operations(other={"roi_pool": y.elements})

    def saved(self, x: TensorType, rois: TensorType, y: TensorType) -> Saved:
        """Of each region its image, what is inside each bin, and the maps that are looked through."""
        channels, height, width = x.shape
        rows, columns = self._bins()
        of_columns = channels * height * columns
        of_bins = channels * rows * columns
        inside = columns * width + rows * height + of_bins
        numbers = of_columns * (width + 1) + of_bins * (height + 1)
        return Saved(extra_bytes=INDEX_BYTES + inside + DTYPE_BYTES[x.dtype] * numbers)

    def functional(self, x: TensorType, rois: TensorType) -> TorchCall:
        """`roi_pool(x, rois, (7, 7), 0.0625)`."""
        return TorchCall(self.helper, (Operand(0), Operand(1), self._bins(), self.spatial_scale))


@dataclass(frozen=True)
class RoiAlign(_OfRegions):
    """The means of bilinear samples in the bins of each region, nothing rounded.

    `[C, H, W], rois [R, 5] -> [C, *size]` for each of the R regions, which are the batch from here
    on. A row of `rois` is the image's number in the batch and two corners in its pixels.

    Args:
        rois: The regions, an unbatched value of rows [image, x1, y1, x2, y2].
        size: Bins on each axis, `7x7` or one number for both.
        spatial_scale: How much smaller the maps are than the image, `1 / 16`.
        sampling: Samples on each axis of a bin.

    Operations: for each sample four products and as many sums.
    Source: K. He et al., 2017, "Mask R-CNN", section 3.
    """

    kind = "roi_align"
    helper = source.ROI_ALIGN

    sampling: int = parameter(Kind.INT, 2, at_least=1)

    def operations(self, x: TensorType, rois: TensorType, y: TensorType) -> Operations:
        """Eight for each sample."""
        return Operations(other={"roi_align": 8 * self.sampling**2 * y.elements})

    def saved(self, x: TensorType, rois: TensorType, y: TensorType) -> Saved:
        """Of each region its image, and the share that each row and column has in each bin."""
        height, width = [default_of(side) for side in x.dims[1:]]
        rows, columns = self._bins()
        shares = rows * height + columns * width
        return Saved(extra_bytes=INDEX_BYTES + DTYPE_BYTES[x.dtype] * shares)

    def functional(self, x: TensorType, rois: TensorType) -> TorchCall:
        """`roi_align(x, rois, (7, 7), 0.0625, 2)`."""
        arguments = (Operand(0), Operand(1), self._bins(), self.spatial_scale, self.sampling)
        return TorchCall(self.helper, arguments)
