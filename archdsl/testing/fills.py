"""First values, drawn once: what the interpreter does where the text asks for some.

Written apart from the emitter's way of doing it. PyTorch's layers fill their tensors when they
are made, and what the text asks for comes on top. So that no random number is drawn in vain, a
filling is put off, and one that comes later takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_RANDOM = {
    *(Tensor.uniform_, Tensor.normal_, nn.init.uniform_, nn.init.normal_),
    *(nn.init.kaiming_uniform_, nn.init.kaiming_normal_),
}
_PLAIN = {Tensor.zero_, Tensor.fill_, Tensor.copy_, nn.init.constant_}


class PutOff(TorchFunctionMode):
    """While it is entered, tensors are filled with random numbers only when they are looked into."""

    def __init__(self) -> None:
        super().__init__()
        self._later: dict[int, Callable[[], Any]] = {}
        self._kept: list[Tensor] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        named: Mapping[str, Any] = kwargs or {}
        given = [a for a in (*args, *named.values()) if isinstance(a, Tensor)]
        if func in _RANDOM:
            self.put_off(given[0], partial(func, *args, **named))
            return given[0]
        if func in _PLAIN:
            self._later.pop(id(given[0]), None)
        if not _asks_of_its_form(func):
            self.fill(given[:1] if func is Tensor.expand_as else given)
        return func(*args, **named)

    def put_off(self, tensor: Tensor, filling: Callable[[], Any]) -> None:
        """Fill a tensor later, in place of what it waits for."""
        self._later.pop(id(tensor), None)
        self._later[id(tensor)] = filling
        self._kept.append(tensor)

    @torch.no_grad()
    def fill(self, tensors: Iterable[Tensor]) -> None:
        """Fill those of the tensors that still wait for it, in this order."""
        for tensor in tensors:
            waiting = self._later.pop(id(tensor), None)
            if waiting is not None:
                waiting()


_FORM = {
    *("device", "dim", "dtype", "grad_fn", "is_complex", "is_contiguous", "is_floating_point"),
    *(
        "is_leaf",
        "is_meta",
        "ndim",
        "ndimension",
        "new_ones",
        "numel",
        "requires_grad",
        "shape",
        "size",
    ),
}
"""What can be asked of a tensor whatever its values."""


def _asks_of_its_form(func: Any) -> bool:
    described = func.__self__ if func.__name__ == "__get__" else func
    return described.__name__ in _FORM
