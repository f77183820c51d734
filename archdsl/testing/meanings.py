"""What a layer's meaning is: a function of a call's arguments and operands, batch first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor, nn


class Refused(Exception):
    """PyTorch does not run this, or the language forbids what it would silently do."""


Arguments: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Ran:
    """What came out, and the elements of the parameters and buffers it took."""

    outputs: tuple[Tensor, ...]
    parameters: int = 0
    buffers: int = 0


Meaning: TypeAlias = Callable[[Arguments, Sequence[Tensor]], Any]


class Meanings(dict[str, Meaning]):
    """Meanings by the names of layers."""

    def of(self, *kinds: str) -> Callable[[Meaning], Meaning]:
        """Enter the meaning of layers."""

        def enter(meaning: Meaning) -> Meaning:
            self.update(dict.fromkeys(kinds, meaning))
            return meaning

        return enter


def ran_of(made: Any, operands: Sequence[Tensor]) -> Ran:
    """What came of a meaning, which gives a module to run, a tensor, several, or all there is."""
    match made:
        case Ran():
            return made
        case nn.Module():
            made.eval()
            parameters = sum(p.numel() for p in made.parameters())
            buffers = sum(b.numel() for b in made.buffers() if b.is_floating_point())
            result = made(operands[0])
            outputs = result if isinstance(result, tuple) else (result,)
            return Ran(outputs, parameters, buffers)
        case Tensor():
            return Ran((made,))
    return Ran(tuple(made))


def spatial_axes(x: Tensor) -> int:
    """The number of spatial axes, of which layers over windows take one to three."""
    axes = x.dim() - 2
    if not 1 <= axes <= 3:
        raise Refused(f"{axes} spatial axes")
    return axes


def for_each_axis(value: int | Sequence[int], axes: int) -> Any:
    """A number for each axis, a tuple whose length PyTorch's types would want to know."""
    if isinstance(value, int):
        return (value,) * axes
    if len(value) != axes:
        raise Refused(f"{len(value)} numbers for {axes} axes")
    return tuple(value)
