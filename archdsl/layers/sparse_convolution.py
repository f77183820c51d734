"""A convolution with a connection table, between dense and grouped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.layers import convolution_source as source
from archdsl.layers.definition import (
    Family,
    InitialiserValue,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    Size,
    Weight,
    Window,
    parameter,
)
from archdsl.layers.geometry import (
    Geometry,
    Padding,
    fits,
    geometry_of,
    keywords,
    label,
    lengths,
    window_of,
)
from archdsl.layers.initialisation import INITIALISERS
from archdsl.layers.sides import each, positions, product, require_float32
from archdsl.layers.torch_call import Operand, TorchCall, WeightOf
from archdsl.shapes.condition import Condition
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType


@dataclass(frozen=True)
class SparseConv(Layer):
    """A convolution in which each output channel sees only the input channels its table names.

    `[C, H, W] -> [out, H', W']`, H' as in `conv`. `table[i]` lists the input channels of output
    channel i, from 0; only those windows have weights, in the table's order.

    Args:
        out: Output channels; the table has a row for each.
        kernel: The window, `5x5` or one number for every axis.
        table: For each output channel the list of input channels it sees.
        stride: Steps between windows.
        padding: Zeros on both sides: `same` (odd kernels), `valid` or numbers.
        bias: Whether each output channel adds a weight of its own.
        init: How `weight` starts; uniform within 1 / sqrt(its own fan-in) if not given.

    MACs: connections · kernel · output positions.
    Source: Y. LeCun et al., 1998, "Gradient-based learning applied to document recognition",
    table 1.
    """

    kind = "sparse_conv"
    family = Family.CONVOLUTION
    weighted = True
    counts_activations = True

    out: int = parameter(Kind.INT, at_least=1)
    kernel: Size = parameter(Kind.SIZE, at_least=1)
    table: tuple[tuple[int, ...], ...] = parameter(Kind.LIST)
    stride: Size = parameter(Kind.SIZE, 1, at_least=1)
    padding: Padding = parameter(Kind.PADDING, "same", at_least=0)
    bias: bool = parameter(Kind.BOOL, True)
    init: InitialiserValue | None = parameter(Kind.INITIALISER, None, optional=True)

    def _geometry(self, x: TensorType) -> Geometry:
        if self.padding == "tf_same":
            raise Reject(
                "E0603",
                "`sparse_conv` takes no `tf_same` padding",
                field="padding",
                help="put a `pad` before it",
            )
        return geometry_of("sparse_conv", self.kernel, self.stride, self.padding, 1, x)

    def _connections(self) -> int:
        return sum(map(len, self.table))

    def output(self, x: TensorType) -> TensorType:
        """[out, H', W']."""
        return TensorType((self.out, *lengths(self._geometry(x), x)), x.dtype, x.batched)

    def conditions(self, x: TensorType) -> Iterator[Condition]:
        """The table has a row for each output channel and names input channels that exist."""
        require_float32("sparse_conv", x)
        if len(self.table) != self.out:
            raise Reject(
                "E0618",
                f"`table` has {len(self.table)} rows, and there are {self.out} output channels",
                field="table",
            )
        for position, row in enumerate(self.table):
            if not isinstance(row, tuple) or not row:
                raise Reject(
                    "E0618",
                    f"row {position} of `table` must list input channels",
                    field="table",
                )
            for channel in row:
                if type(channel) is not int or not 0 <= channel < x.channels:
                    raise Reject(
                        "E0618",
                        f"row {position} of `table` names channel {channel}, "
                        f"and there are channels 0 to {x.channels - 1}",
                        field="table",
                    )
            if len(set(row)) != len(row):
                raise Reject(
                    "E0618",
                    f"row {position} of `table` names a channel twice",
                    field="table",
                )
        if self.init is not None and INITIALISERS[self.init.name].by_channels:
            raise Reject(
                "E0620",
                f"`{self.init.name}` fills kernels of the same number of input channels, and the "
                "rows of `table` have each their own",
                field="init",
                help="take `uniform` or `normal` with bounds of your own",
            )
        return fits(self.kind, self._geometry(x), x)

    def weights(self, x: TensorType) -> tuple[Weight, ...]:
        """`weight` [connections, *kernel], `bias` [out]; the table itself is no tensor."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        weight = Weight("weight", (self._connections(), *kernel), init=self.init)
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def operations(self, x: TensorType, y: TensorType) -> Operations:
        """Weights times output positions; a bias for each output element."""
        kernel = each(self.kernel, len(x.dims) - 1, "kernel")
        macs = self._connections() * product(kernel) * positions(y)
        return Operations(macs, {"bias": y.elements} if self.bias else {})

    def saved(self, x: TensorType, y: TensorType) -> Saved:
        """The input, and the weights spread out with zeros where there is no connection."""
        g = self._geometry(x)
        return Saved(
            (0,), fixed_bytes=DTYPE_BYTES[x.dtype] * self.out * x.channels * product(g.kernel)
        )

    def window(self, x: TensorType) -> Window:
        """The kernel."""
        return window_of(self._geometry(x))

    def module(self, x: TensorType) -> TorchCall:
        """`SparseConv2d(in_channels, kernel, table, ...)`."""
        g = self._geometry(x)
        kwargs = keywords(g)
        if not self.bias:
            kwargs["bias"] = False
        table = [list(row) for row in self.table]
        return TorchCall(source.sparse_module(len(g.kernel)), (x.channels, g.kernel, table), kwargs)

    def functional(self, x: TensorType) -> TorchCall:
        """`sparse_conv2d(x, weight, bias, places, (out, in_channels), ...)`."""
        g = self._geometry(x)
        bias = WeightOf("bias") if self.bias else None
        return TorchCall(
            source.sparse_function(len(g.kernel)),
            (Operand(0), WeightOf("weight"), bias, WeightOf("places"), (self.out, x.channels)),
            keywords(g),
        )

    def label(self, x: TensorType) -> str:
        """`5×5 sparse conv, 16`."""
        return label("sparse conv", self._geometry(x), self.out)
