"""What a counter sees of one use of a layer."""

from __future__ import annotations

from functools import cached_property

from archdsl.analysis.uses import Use
from archdsl.layers.definition import Layer, Weight
from archdsl.shapes.tensor import TensorType


class Seen:
    """A layer on values of given shapes, for one sample.

    `is_module` says whether it stands as a module, `is_still` whether its statistics are frozen, so that
    it is a class of its own.

    `n` are the elements that leave it and `entering` those of its first operand, of all regions
    where there are such; `batch` is how many the batch axis has: the regions, or one.
    """

    def __init__(self, use: Use, *, is_module: bool, is_still: bool = False) -> None:
        self.use = use
        self.is_module = is_module
        self.is_still = is_still

    @property
    def layer(self) -> Layer:
        """The layer."""
        return self.use.layer

    @property
    def x(self) -> TensorType:
        """What enters it."""
        return self.use.operands[0]

    @property
    def y(self) -> TensorType:
        """What leaves it."""
        return self.use.outputs[0]

    @cached_property
    def batch(self) -> int:
        """How long the batch axis is."""
        return self.y.copies(1)

    @cached_property
    def n(self) -> int:
        """Elements that leave it."""
        return self.y.elements * self.batch

    @cached_property
    def entering(self) -> int:
        """Elements of the first operand."""
        return self.x.elements * self.x.copies(1)

    @cached_property
    def macs(self) -> int:
        """Its multiply-accumulates."""
        return self.use.operations().macs

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """Its trainable tensors."""
        return tuple([weight for weight in self.use.weights() if weight.trainable])

    @cached_property
    def params(self) -> int:
        """Their elements."""
        return sum([weight.elements for weight in self.weights])

    @cached_property
    def bias(self) -> int:
        """Elements of its bias, or of all its biases."""
        return sum([weight.elements for weight in self.weights if weight.name.startswith("bias")])

    @property
    def axes(self) -> int:
        """How many spatial axes it has."""
        return self.x.rank - 1

    @property
    def kernel(self) -> tuple[int, ...]:
        """The kernel of its weight."""
        return self.weights[0].dims[-self.axes :]

    @property
    def rows(self) -> int:
        """Steps of a sequence: the length of the axis before the last."""
        return self.y.shape[-2]
