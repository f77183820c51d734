"""Merges: values joined into one, element by element, along an axis, or as matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

from archdsl.layers import merge_source as source
from archdsl.layers.agreement import check_operands, firm, joined, same_shape, size_of
from archdsl.layers.definition import (
    Family,
    Kind,
    Layer,
    Operations,
    Reject,
    Saved,
    Window,
    parameter,
)
from archdsl.layers.settled import holding, settled
from archdsl.layers.sides import FLOATING, axis_of
from archdsl.layers.torch_call import Infix, Operand, TorchCall
from archdsl.shapes.condition import Condition, Equal
from archdsl.shapes.dim import default_of
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType


class _Elementwise(Layer):
    """What joins values element by element, from the left."""

    family = Family.MERGE
    sign: ClassVar[str]
    takes: ClassVar[frozenset[str]] = frozenset(DTYPE_BYTES)

    def output(self, *types: TensorType) -> TensorType:
        """As each operand."""
        return joined(types)

    def conditions(self, *types: TensorType) -> Iterator[Condition]:
        """All operands are of one shape and dtype."""
        check_operands(self.kind, types)
        if types[0].dtype not in self.takes:
            raise Reject("E0601", f"`{self.kind}` does not take {types[0].dtype} values")
        for path, other in enumerate(types[1:], 2):
            yield from same_shape(self.kind, types[0], other, path)

    def operations(self, *types: TensorType) -> Operations:
        """One for each element and operand but the first."""
        return Operations(other={self.kind: (len(types) - 2) * types[-1].elements})

    def saved(self, *types: TensorType) -> Saved:
        """Nothing."""
        return Saved()

    def functional(self, *types: TensorType) -> TorchCall:
        """`a + b`."""
        return TorchCall(self.sign, tuple([Operand(i) for i in range(len(types))]))


@dataclass(frozen=True)
class Add(_Elementwise):
    """The sum of values of one shape.

    `[...], [...], ... -> [...]`. An operand without a batch is added to each sample.

    Source: K. He et al., 2016, "Deep residual learning for image recognition", equation 1.
    """

    kind = "add"
    sign = "+"


@dataclass(frozen=True)
class Sub(_Elementwise):
    """The first value less the others, all of one shape.

    `[...], [...], ... -> [...]`. An operand without a batch is taken from each sample.

    Source: PyTorch's `sub`.
    """

    kind = "sub"
    sign = "-"
    takes = frozenset(DTYPE_BYTES) - {"bool"}


@dataclass(frozen=True)
class Mul(Layer):
    """The product of values of one shape, or of a value and a gate for each channel.

    `[C, H, W], [C, H, W] -> [C, H, W]`; a gate is `[C]` or `[C, 1, 1]`, in any place. An operand
    without a batch applies to each sample.

    Source: J. Hu et al., 2018, "Squeeze-and-excitation networks", equation 4.
    """

    kind = "mul"
    family = Family.MERGE

    def output(self, *types: TensorType) -> TensorType:
        """As the operands that are no gates."""
        full = _full(types)
        dims = list(joined([t for t in types if not _is_gate(t, full)]).dims)
        dims[0] = firm([t.dims[0] for t in types])
        return TensorType(tuple(dims), full.dtype, any(t.batched for t in types))

    def conditions(self, *types: TensorType) -> Iterator[Condition]:
        """All operands are of one shape, or weigh its channels; of one dtype."""
        check_operands("mul", types)
        full = _full(types)
        whole: TensorType | None = None
        for path, other in enumerate(types, 1):
            if _is_gate(other, full):
                if other.channels != full.channels:
                    raise Reject(
                        "E0641",
                        f"a gate weighs each channel, and `mul` joins {size_of(other)} "
                        f"and {size_of(full)}",
                    )
                if other.dims[0] != full.dims[0]:
                    yield Equal(other.dims[0], full.dims[0], "the channels that the gate weighs")
            elif whole is None:
                whole = other
            else:
                yield from same_shape("mul", whole, other, path)

    def operations(self, *types: TensorType) -> Operations:
        """A product for each element and operand but the first."""
        return Operations(other={"mul": (len(types) - 2) * types[-1].elements})

    def saved(self, *types: TensorType) -> Saved:
        """The operands, and with more than two what is made on the way."""
        return self.saved_for((True,) * (len(types) - 1), *types)

    def saved_for(self, gradients: tuple[bool, ...], *types: TensorType) -> Saved:
        """Of each product a side only for the gradient of the other."""
        return _pairwise(gradients, types, both=False)

    def functional(self, *types: TensorType) -> TorchCall:
        """`a * b`; a gate `[C]` as `torch.unflatten(gate, 1, (-1, 1, 1))`."""
        full = _full(types)
        operands: list[Any] = []
        for position, other in enumerate(types):
            operand: Any = Operand(position)
            if other.rank < full.rank:
                spread = (-1, *(1,) * (full.rank - 1))
                axis = 1 if other.batched else 0
                operand = TorchCall("torch.unflatten", (operand, axis, spread))
            operands.append(operand)
        return TorchCall("*", tuple(operands))


def _pairwise(gradients: Sequence[bool], types: Sequence[TensorType], *, both: bool) -> Saved:
    """What joining from the left keeps: a side of a pair where the other needs a gradient.

    With `both` each side where any does. What the pairs before have made is no operand: it is
    kept besides.
    """
    *operands, y = types
    if y.dtype not in FLOATING:
        return Saved()
    chosen: set[int] = set()
    extra = fixed = 0
    left = gradients[0]
    for position in range(1, len(operands)):
        right = gradients[position]
        either = left or right
        if left or (both and either):
            chosen.add(position)
        if right or (both and either):
            made = operands[:position]
            size = max(t.bytes for t in made)
            if position == 1:
                chosen.add(0)
            elif any(t.batched for t in made):
                extra += size
            else:
                fixed += size
        left = either
    return Saved(tuple(sorted(chosen)), (), extra, fixed)


def _full(types: Sequence[TensorType]) -> TensorType:
    """The largest operand, one with sizes of the input before one that happens to be as large."""
    return max(types, key=lambda t: (t.rank, t.elements, sum(type(d) is not int for d in t.dims)))


def _is_gate(x: TensorType, full: TensorType) -> bool:
    """Whether an operand weighs the channels of another: `[C]` or `[C, 1, 1]`."""
    if x.rank == full.rank:
        return x.rank > 1 and set(x.dims[1:]) == {1} and set(full.dims[1:]) != {1}
    return x.rank == 1


@dataclass(frozen=True)
class Concat(Layer):
    """Values side by side along one axis, in the order of the paths.

    `[C_1, H, W], [C_2, H, W], ... -> [C_1 + C_2 + ..., H, W]`. An operand without a batch stands
    beside each sample.

    Args:
        axis: The axis along which they stand; the channels if not given.

    Source: C. Szegedy et al., 2015, "Going deeper with convolutions".
    """

    kind = "concat"
    family = Family.MERGE

    axis: int = parameter(Kind.AXIS, 0)

    def output(self, *types: TensorType) -> TensorType:
        """As the operands, the axis as long as theirs together."""
        axis = axis_of(self.axis, types[0])
        lengths: Any = [settled(t.dims[axis]) for t in types]
        dims = [firm(sides) for sides in zip(*[t.dims for t in types], strict=True)]
        dims[axis] = sum(lengths[1:], start=lengths[0])
        return TensorType(tuple(dims), types[0].dtype, any(t.batched for t in types))

    def conditions(self, *types: TensorType) -> Iterator[Condition]:
        """All operands are of one shape but for the axis, and of one dtype."""
        check_operands("concat", types)
        axis = axis_of(self.axis, types[0])
        for path, other in enumerate(types[1:], 2):
            yield from same_shape("concat", types[0], other, path, axis)
        yield from holding("concat", [t.dims[axis] for t in types])

    def operations(self, *types: TensorType) -> Operations:
        """None."""
        return Operations()

    def saved(self, *types: TensorType) -> Saved:
        """Nothing."""
        return Saved()

    def functional(self, *types: TensorType) -> TorchCall:
        """`torch.cat((a, b), 1)`."""
        batched = [i for i, t in enumerate(types) if t.batched]
        operands: list[Any] = [Operand(i) for i in range(len(types))]
        if batched:
            for position, other in enumerate(types):
                if not other.batched:
                    spread = (operands[position], Operand(batched[0]))
                    operands[position] = TorchCall(source.OVER_BATCH, spread)
        axis = axis_of(self.axis, types[0])
        return TorchCall("torch.cat", (tuple(operands), axis + 1 if batched else axis))

    def label(self, *types: TensorType) -> str:
        """`concat`."""
        axis = axis_of(self.axis, types[0])
        return f"concat, axis {axis}" if axis else "concat"


@dataclass(frozen=True)
class Max(_Elementwise):
    """The largest of values of one shape, element by element.

    `[...], [...], ... -> [...]`.

    Source: I. Goodfellow et al., 2013, "Maxout networks".
    """

    kind = "max"

    def saved(self, *types: TensorType) -> Saved:
        """The operands, and with more than two what is made on the way."""
        return self.saved_for((True,) * (len(types) - 1), *types)

    def saved_for(self, gradients: tuple[bool, ...], *types: TensorType) -> Saved:
        """Both sides of each pair that a gradient flows through."""
        return _pairwise(gradients, types, both=True)

    def functional(self, *types: TensorType) -> TorchCall:
        """`torch.maximum(a, b)`."""
        operands: list[Any] = [Operand(i) for i in range(len(types))]
        return reduce(lambda a, b: TorchCall("torch.maximum", (a, b)), operands)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Mean(_Elementwise):
    """The mean of values of one shape, element by element.

    `[...], [...], ... -> [...]`, their sum divided by their number.

    Source: L. Breiman, 1996, "Bagging predictors".
    """

    kind = "mean"
    takes = FLOATING

    def operations(self, *types: TensorType) -> Operations:
        """A sum for each element and operand but the first, and a quotient."""
        return Operations(other={"mean": (len(types) - 1) * types[-1].elements})

    def functional(self, *types: TensorType) -> TorchCall:
        """`(a + b) / 2`."""
        operands: list[Any] = [Operand(i) for i in range(len(types))]
        return TorchCall("/", (reduce(lambda a, b: Infix("+", a, b), operands), len(types)))


@dataclass(frozen=True)
class Matmul(Layer):
    """The product of two matrices, or of as many pairs of them as there are on the axes before.

    `[..., N, K], [..., K, M] -> [..., N, M]`. An operand without a batch is multiplied with each
    sample.

    MACs: N · K · M for each pair.
    Source: PyTorch's `matmul`.
    """

    kind = "matmul"
    family = Family.MERGE

    def output(self, a: TensorType, b: TensorType) -> TensorType:
        """[..., N, M]."""
        before = [firm(pair) for pair in zip(a.dims[:-2], b.dims[:-2], strict=True)]
        return TensorType((*before, a.dims[-2], b.dims[-1]), a.dtype, a.batched or b.batched)

    def conditions(self, *types: TensorType) -> Iterator[Condition]:
        """Two operands of one dtype and rank; the inner sides are equal."""
        check_operands("matmul", types)
        if len(types) != 2:
            raise Reject("E0637", f"`matmul` joins two values, and here are {len(types)}")
        a, b = types
        if a.dtype == "bool":
            raise Reject("E0601", "`matmul` does not take bool values")
        if a.rank != b.rank or a.rank < 2:
            raise Reject(
                "E0641",
                f"`matmul` joins {size_of(a)} and {size_of(b)}: both must be matrices, "
                "or as many of them",
            )
        inner = (a.dims[-1], b.dims[-2])
        for left, right, what in (
            (*inner, "the inner sides"),
            *[
                (*pair, "the axes before the matrices")
                for pair in zip(a.dims[:-2], b.dims[:-2], strict=True)
            ],
        ):
            if default_of(left) != default_of(right):
                raise Reject(
                    "E0641",
                    f"`matmul` joins {size_of(a)} and {size_of(b)}: {what} are "
                    f"{default_of(left)} and {default_of(right)}",
                )
            if left != right:
                yield Equal(left, right, f"equal: {what} of `matmul`")

    def operations(self, a: TensorType, b: TensorType, y: TensorType) -> Operations:
        """The inner side for each element of the product."""
        return Operations(y.elements * a.features)

    def saved(self, a: TensorType, b: TensorType, y: TensorType) -> Saved:
        """The operands; one is kept as a copy where PyTorch has to spread or turn it."""
        return self.saved_for((True, True), a, b, y)

    def saved_for(self, gradients: tuple[bool, ...], *types: TensorType) -> Saved:
        """Each operand only for the gradient of the other."""
        a, b, y = types
        if y.dtype not in FLOATING:
            return Saved()
        needed = {0} if gradients[1] else set()
        needed |= {1} if gradients[0] else set()
        if a.batched == b.batched or (a.batched and a.rank == 2):
            return Saved(tuple(sorted(needed)))
        copied = 1 if a.batched or a.rank == 2 else 0
        size = types[copied].bytes if copied in needed else 0
        return Saved(tuple(needed - {copied}), extra_bytes=size)

    def window(self, a: TensorType, b: TensorType) -> Window:
        """A row and a column: all of both."""
        return Window(whole=True)

    def functional(self, a: TensorType, b: TensorType) -> TorchCall:
        """`a @ b`."""
        return TorchCall("@", (Operand(0), Operand(1)))
