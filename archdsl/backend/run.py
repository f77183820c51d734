"""Building a network and running random input through it: shapes, time, memory, a training step."""

from __future__ import annotations

import statistics
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from archdsl.analysis.cost import cost
from archdsl.analysis.legal_values import Values, legal_values
from archdsl.backend.module import available, build
from archdsl.graph.graph import Graph
from archdsl.layers.definition import Regions, Rows
from archdsl.shapes.tensor import TensorType

MOST_BYTES = 4 * 1024**3
"""What a run may need unless more is allowed."""

LONGEST = 1.0
"""Seconds after which a time is not taken again."""

MOST_TIMES = 20


class TooLarge(Exception):
    """A run would need more memory than it may; `needed` is the prediction, in bytes."""

    def __init__(self, needed: int) -> None:
        super().__init__(
            f"a run would need about {needed / 1024**3:.1f} GiB, "
            f"and at most {MOST_BYTES / 1024**3:.0f} GiB are used unless more is allowed"
        )
        self.needed = needed


class RunFailed(Exception):
    """PyTorch refused to run what was built; the text says why."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor that went in or came out: its shape has the batch."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of a pass: the median of so many, and the most bytes of tensors alive in it.

    Bytes are those of activations and gradients; the weights are apart. None where PyTorch
    does not say.
    """

    seconds: float
    times: int
    peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run. `training` is None where no step was asked for."""

    style: str
    device: str
    dtype: str
    batch: int
    threads: int
    build_seconds: float
    parameters: int
    weight_bytes: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    inference: Timing
    training: Timing | None


def run(
    graph: Graph,
    *,
    style: str = "modules",
    device: str = "cpu",
    dtype: str = "float32",
    batch: int = 1,
    seed: int = 0,
    train: bool = False,
    allow_large: bool = False,
) -> Run:
    """Build a network and run random input through it.

    Args:
        graph: The network.
        style: The style of the emitted code that is run.
        device: `cpu`, `cuda`, `cuda:1` ...
        dtype: What its floating tensors are.
        batch: Samples at once.
        seed: Where the random weights and inputs begin.
        train: Whether to take a training step as well: forward, backward, and plain SGD on the
            mean square of the outputs.
        allow_large: Whether it may need more than `MOST_BYTES`.

    Raises:
        DeviceMissing: there is no such device here.
        TooLarge: it would need more memory than is allowed.
        RunFailed: PyTorch refuses, for want of memory for instance.
    """
    place = available(device)
    needed = bytes_needed(graph, batch=batch, dtype=dtype, train=train)
    if needed > MOST_BYTES and not allow_large:
        raise TooLarge(needed)
    with _refusals():
        start = time.perf_counter()
        model = build(graph, style, device=device, dtype=dtype, seed=seed).eval()
        built = time.perf_counter() - start
        inputs = random_inputs(graph, batch=batch, dtype=dtype, seed=seed, device=place)
        given = tuple(inputs.values())
        with torch.inference_mode():
            outputs = _named(graph, model(*given))
            inference = _timed(lambda: model(*given), model, given, place)
        training = _training(graph, model, given, place) if train else None
    weights = [*model.parameters(), *model.buffers()]
    return Run(
        style,
        str(place),
        dtype,
        batch,
        torch.get_num_threads(),
        built,
        sum(p.numel() for p in model.parameters()),
        sum(t.numel() * t.element_size() for t in weights),
        tuple(_described(name, tensor) for name, tensor in inputs.items()),
        tuple(_described(name, tensor) for name, tensor in outputs.items()),
        inference,
        training,
    )


def bytes_needed(graph: Graph, *, batch: int, dtype: str, train: bool) -> int:
    """Bytes that a run is predicted to need: weights twice over, and what is alive in the pass."""
    memory = cost(graph, batch=batch, dtype=dtype).memory
    alive = memory.inference_peak
    if train:
        alive += 2 * memory.training_saved + memory.weights
    return int(2 * memory.weights + alive)


def random_inputs(
    graph: Graph, *, batch: int, dtype: str, seed: int, device: torch.device
) -> dict[str, torch.Tensor]:
    """A random tensor for each input by name, one that the network can take (see `random_input`)."""
    generator = torch.Generator().manual_seed(seed)
    asked = legal_values(graph)
    return {
        value.names[0]: random_input(
            value.type, asked.get(value.node), batch=batch, dtype=dtype, generator=generator
        ).to(device)
        for value in graph.inputs
    }


def random_input(
    type: TensorType,
    asked: Values | None,
    *,
    batch: int,
    generator: torch.Generator,
    dtype: str = "float32",
) -> torch.Tensor:
    """Normal numbers, or whole ones from 0 to 7; rows that a table has, regions of the images."""
    shape = (batch, *type.shape) if type.batched else type.shape
    kind: torch.dtype = getattr(torch, dtype if type.dtype == "float32" else type.dtype)
    match asked:
        case Regions(height, width):
            image = torch.randint(0, batch, shape[:-1], generator=generator)
            x, y = (
                (torch.rand((*shape[:-1], 2), generator=generator) * side).sort(dim=-1).values
                for side in (width, height)
            )
            corners = torch.stack((image, x[..., 0], y[..., 0], x[..., 1], y[..., 1]), -1)
            return corners.to(kind)
        case Rows(count):
            return torch.randint(0, count, shape, generator=generator).to(kind)
    if kind.is_floating_point:
        return torch.randn(shape, generator=generator).to(kind)
    most = 2 if kind is torch.bool else 8
    return torch.randint(0, most, shape, generator=generator).to(kind)


def _described(name: str, tensor: torch.Tensor) -> Tensor:
    return Tensor(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


def _named(graph: Graph, result: Any) -> Mapping[str, torch.Tensor]:
    """What a network gives, by name; one that gives a tensor gives its main output."""
    if isinstance(result, torch.Tensor):
        return {graph.outputs[0].name: result}
    named: Mapping[str, torch.Tensor] = result
    return named


def _training(
    graph: Graph, model: nn.Module, inputs: tuple[torch.Tensor, ...], device: torch.device
) -> Timing:
    """Time of a training step."""
    model.train()
    weights = [p for p in model.parameters() if p.requires_grad]
    if not weights:
        raise RunFailed("there is nothing to train: the network has no weights")
    optimiser = torch.optim.SGD(weights, lr=1e-3)

    def step() -> None:
        optimiser.zero_grad()
        outputs = _named(graph, model(*inputs)).values()
        losses = [o.float().square().mean() for o in outputs if o.requires_grad]
        if not losses:
            raise RunFailed("there is nothing to train: no output depends on a weight")
        torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    step()
    return _timed(step, model, inputs, device)


def _timed(
    call: Callable[[], object],
    model: nn.Module,
    inputs: tuple[torch.Tensor, ...],
    device: torch.device,
) -> Timing:
    """The median time of a call that has run once already, and its peak of memory."""
    seconds: list[float] = []
    while len(seconds) < MOST_TIMES and sum(seconds) < LONGEST:
        _wait(device)
        start = time.perf_counter()
        call()
        _wait(device)
        seconds.append(time.perf_counter() - start)
    peak = _peak(call, model, inputs, device)
    return Timing(statistics.median(seconds), len(seconds), peak)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _peak(
    call: Callable[[], object],
    model: nn.Module,
    inputs: tuple[torch.Tensor, ...],
    device: torch.device,
) -> int | None:
    """The most bytes alive at once in a call, the inputs included and the weights left out."""
    if device.type == "cuda":
        given = sum(t.untyped_storage().nbytes() for t in inputs)
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        call()
        _wait(device)
        return int(torch.cuda.max_memory_allocated(device)) - int(before) + given
    if device.type != "cpu":
        return None
    with _Ledger((*model.parameters(), *model.buffers())) as ledger:
        for tensor in inputs:
            ledger.enter(tensor)
        call()
    peak: int = ledger.peak
    return peak


class _Ledger(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the bytes of the storages that are alive; those of weights do not count."""

    def __init__(self, weights: tuple[torch.Tensor, ...]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._known = {t.untyped_storage().data_ptr() for t in weights}
        self._alive: dict[int, int] = {}
        self._bytes = 0
        self.peak = 0

    def enter(self, tensor: torch.Tensor) -> None:
        """Count a tensor until its storage goes."""
        storage = tensor.untyped_storage()
        key = storage.data_ptr()
        if not key or key in self._known or key in self._alive:
            return
        size = storage.nbytes()
        self._alive[key] = size
        self._bytes += size
        self.peak = max(self.peak, self._bytes)
        weakref.finalize(storage, self._leave, key)

    def _leave(self, key: int) -> None:
        self._bytes -= self._alive.pop(key, 0)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else (result,):
            if isinstance(tensor, torch.Tensor):
                self.enter(tensor)
        return result


@contextmanager
def _refusals() -> Iterator[None]:
    """What PyTorch refuses, in one line."""
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        raise RunFailed("the device has too little memory for this: try a smaller batch") from None
    except (RuntimeError, ValueError, NotImplementedError) as error:
        raise RunFailed(str(error).strip().partition("\n")[0]) from error
