"""A network as a PyTorch module: the emitted text, executed.

The text is a module named by its hash, with its lines in `linecache`, so that a
traceback shows them. Its classes pickle and deep-copy as text, name and state: whoever unpickles
one needs archdsl, and the text passes the same check as when it was written.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from archdsl.backend.allow import Known, check
from archdsl.backend.keys import state_keys
from archdsl.backend.python import emit
from archdsl.graph.graph import Graph

PREFIX = "archdsl_emitted_"

DTYPES: Mapping[str, torch.dtype] = {
    "float64": torch.float64,
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
"""What the floating tensors of a module can be."""


class DeviceMissing(RuntimeError):
    """A device that this machine, or this build of PyTorch, does not have."""


class Mismatch(AssertionError):
    """The emitted module is not the graph: a fault of the emitter."""


def build(
    graph: Graph,
    style: str = "modules",
    *,
    device: str | None = None,
    dtype: str | None = None,
    seed: int | None = None,
    weights: bool = True,
) -> nn.Module:
    """The network as a module, in training mode: exactly what the emitted source defines.

    Args:
        graph: The network.
        style: `modules` or `flat`; both have the same weights under the same keys.
        device: Where it is put, `cpu` if not given. Weights are drawn on the CPU, so that a seed
            gives the same ones everywhere.
        dtype: What its floating tensors are, `float32` if not given.
        seed: Where random numbers begin; PyTorch's global state is then left as it was. Without
            one they go on from that state. They are those of the constructor, unless the text
            asks for first values: then every tensor is filled once, in the order of the state.
        weights: Whether the files of weights that the text names are loaded.

    Raises:
        DeviceMissing: there is no such device here.
        ValueError: the style or the dtype is none of those.
        WeightsRefused: a file of weights that the text names cannot be read, or does not fit.
    """
    if dtype is not None and dtype not in DTYPES:
        raise ValueError(f"the dtypes are {', '.join(DTYPES)}, and this is {dtype!r}")
    target = None if device is None else available(device)
    source = emit(graph, style)
    constructor = getattr(load(source.text, source.known), source.class_name)
    with _seeded(seed):
        module = _filled_once(constructor) if _asks(graph) else constructor()
    _compare(graph, module)
    if target is not None or dtype is not None:
        module = module.to(device=target, dtype=None if dtype is None else DTYPES[dtype])
    if graph.weights and weights:
        from archdsl.backend.weights import load as load_weights

        load_weights(graph, module.state_dict(), dtype)
    return module


def available(device: str) -> torch.device:
    """A device by its name.

    Raises:
        DeviceMissing: there is no such device here.
    """
    try:
        found = torch.device(device)
    except RuntimeError:
        raise DeviceMissing(f"`{device}` is no device; there are cpu, cuda, cuda:1 ...") from None
    if found.type == "cuda":
        if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
            raise DeviceMissing(f"no device `{device}`: this PyTorch is built without CUDA")
        if not torch.cuda.is_available():
            raise DeviceMissing(f"no device `{device}`: PyTorch finds no CUDA driver or GPU")
        if found.index is not None and found.index >= torch.cuda.device_count():
            count = torch.cuda.device_count()
            raise DeviceMissing(f"no device `{device}`: there are {count}, counted from cuda:0")
    elif found.type not in ("cpu", "meta"):
        try:
            torch.empty(0, device=found)
        except (RuntimeError, AssertionError, NotImplementedError):
            raise DeviceMissing(f"no device `{device}` on this machine") from None
    return found


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Random numbers from a seed on, and afterwards from where they were."""
    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def load(text: str, known: Known) -> ModuleType:
    """Emitted text as a Python module; the same text gives the same one.

    Raises:
        allow.Forbidden: it holds what emitted code never does.
    """
    name = PREFIX + hashlib.sha256(text.encode()).hexdigest()[:24]
    loaded = sys.modules.get(name)
    if loaded is not None:
        return loaded
    tree = check(text, known)
    module = ModuleType(name)
    file = f"<{name}>"
    module.__file__ = file
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    sys.modules[name] = module
    try:
        exec(compile(tree, file, "exec"), module.__dict__)  # noqa: S102 - law 6: the checked text
    except BaseException:
        del sys.modules[name]
        raise
    for value in list(vars(module).values()):
        if isinstance(value, type) and value.__module__ == name:
            value.__reduce_ex__ = _reduced(text, known)  # type: ignore[method-assign]
    return module


def _reduced(text: str, known: Known) -> Any:
    """How an instance of an emitted class is taken apart: its text, its class's name, its state."""
    targets = tuple(sorted(known.targets))

    def __reduce_ex__(self: Any, _protocol: Any) -> tuple[Any, ...]:  # noqa: N807
        named = (text, type(self).__name__, targets, known.sources)
        return restored, named, self.__getstate__()

    return __reduce_ex__


def restored(text: str, name: str, targets: tuple[str, ...], sources: tuple[str, ...]) -> Any:
    """An instance of an emitted class that has no state yet."""
    constructor: Any = getattr(load(text, Known(frozenset(targets), sources)), name)
    return constructor.__new__(constructor)


def _compare(graph: Graph, module: nn.Module) -> None:
    """See that a module has the weights that the graph says, under its keys, in their order.

    Raises:
        Mismatch: it has not.
    """
    expected = state_keys(graph)
    state = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    if state == expected and list(state) == list(expected):
        return
    differing = [k for k in {**expected, **state} if expected.get(k) != state.get(k)]
    place = differing[0] if differing else "the order of the keys"
    raise Mismatch(f"the emitted module of {graph.name} differs from the graph at {place}")


# Filling every tensor once

_FILLS = frozenset(
    {
        torch.Tensor.uniform_,
        torch.Tensor.normal_,
        nn.init.uniform_,
        nn.init.normal_,
        nn.init.kaiming_uniform_,
        nn.init.kaiming_normal_,
    }
)
"""What fills a tensor with random numbers, whatever it held."""

_OVERWRITES = frozenset(
    {torch.Tensor.zero_, torch.Tensor.fill_, torch.Tensor.copy_, nn.init.constant_}
)
"""What gives it values of another kind."""


class _Waiting(TorchFunctionMode):
    """Holds random fills back: until something else is done with the tensor, or another comes."""

    def __init__(self) -> None:
        super().__init__()
        self._fills: dict[int, tuple[torch.Tensor, Callable[[], Any]]] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        tensor = args[0] if args else kwargs.get("tensor")
        if func in _FILLS and isinstance(tensor, torch.Tensor) and _is_whole(tensor):
            self.hold(tensor, lambda: func(*args, **kwargs))
            return tensor
        if func in _OVERWRITES:
            self._fills.pop(id(tensor), None)
        if self._fills and func not in _HARMLESS:
            looked_into = args[:1] if func is torch.Tensor.expand_as else (*args, *kwargs.values())
            self._do([id(a) for a in looked_into if id(a) in self._fills])
        return func(*args, **kwargs)

    def hold(self, tensor: torch.Tensor, fill: Callable[[], Any]) -> None:
        """Put a filling of a tensor off; the one that waited before is not done."""
        self._fills.pop(id(tensor), None)
        self._fills[id(tensor)] = (tensor, fill)

    @torch.no_grad()
    def _do(self, keys: list[int]) -> None:
        for key in keys:
            _, fill = self._fills.pop(key)
            fill()

    def finish(self, tensors: Iterable[torch.Tensor]) -> None:
        """Do what still waits, tensor by tensor."""
        self._do([id(tensor) for tensor in tensors if id(tensor) in self._fills])


_HARMLESS = frozenset(
    {
        torch.Tensor.dim,
        torch.Tensor.ndimension,
        torch.Tensor.size,
        torch.Tensor.numel,
        torch.Tensor.is_contiguous,
        torch.Tensor.new_ones,
        torch.Tensor.is_complex,
        torch.Tensor.is_floating_point,
        torch.Tensor.requires_grad_,
        *(
            getattr(torch.Tensor, name).__get__
            for name in (
                *("device", "dtype", "grad_fn", "is_leaf", "is_meta"),
                *("ndim", "requires_grad", "shape"),
            )
        ),
    }
)
"""What may be asked of a tensor without knowing its values."""


def _is_whole(tensor: torch.Tensor) -> bool:
    """Whether a tensor is no view of part of another, which a fill would only fill in part."""
    return not tensor._is_view()  # noqa: SLF001 - PyTorch has no public question for it


def _filled_once(constructor: Callable[[], nn.Module]) -> nn.Module:
    """A module each of whose tensors is filled once, in the order of its state.

    PyTorch's constructors fill their weights; where the text asks for other first values, these
    come on top. Here only the last filling of a tensor is done.
    """
    waiting = _Waiting()
    with _held(waiting), waiting:
        module = constructor()
    waiting.finish(module.state_dict(keep_vars=True).values())
    return module


_COMPOSED = ("orthogonal_", "trunc_normal_")
"""The fillings of `nn.init` that are made of several steps, so that no mode sees them as one."""

_holding = threading.Lock()


@contextmanager
def _held(waiting: _Waiting) -> Iterator[None]:
    """Holds the composed fillings of this thread back too."""
    own = threading.get_ident()

    def holding(fill: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        def filled(tensor: torch.Tensor, **arguments: Any) -> torch.Tensor:
            if threading.get_ident() != own:
                return fill(tensor, **arguments)
            waiting.hold(tensor, lambda: fill(tensor, **arguments))
            return tensor

        return filled

    with _holding:
        fills = {name: getattr(nn.init, name) for name in _COMPOSED}
        for name, fill in fills.items():
            setattr(nn.init, name, holding(fill))
        try:
            yield
        finally:
            for name, fill in fills.items():
                setattr(nn.init, name, fill)


def _asks(graph: Graph) -> bool:
    return any(
        node.initial or getattr(node.layer, "init", None) is not None for node in graph.order
    )
