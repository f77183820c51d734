"""The header of a safetensors file, read without its tensors.

Eight bytes of length, that many bytes of JSON, then the tensors one behind the other:
https://github.com/huggingface/safetensors#format. Whatever does not follow that is refused before
anything of it is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, BinaryIO

LENGTH = 8

METADATA = "__metadata__"

BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1,
    "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4,
    "I64": 8, "U64": 8, "F64": 8,
}  # fmt: skip
"""Bytes of one element, by the format's name of its dtype."""

DTYPES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "int64": "I64",
}
"""The format's names of the dtypes that networks have."""

_FOREIGN = (
    (b"PK\x03\x04", "a zip archive, as PyTorch's own `.pt` files are"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x89HDF", "an HDF5 file"),
    (b"GGUF", "a GGUF file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
)


class Unsound(Exception):
    """A file is no safetensors file, or a damaged one; the text says in what way."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor in a file: the format's name of its dtype, its dimensions."""

    dtype: str
    dims: tuple[int, ...]


def read_header(stream: BinaryIO, size: int, limit: int) -> tuple[bytes, Mapping[str, Entry]]:
    """The bytes of the header, its length in front, and the tensors by key.

    `size` is that of the file, `limit` the most bytes that the JSON may have.

    Raises:
        Unsound: it is no header of the format, or the tensors do not fill the file.
    """
    first = stream.read(LENGTH)
    if len(first) < LENGTH:
        raise Unsound(f"it ends after {size:,} bytes, within the length of its header")
    length = int.from_bytes(first, "little")
    # A length may happen to begin as a file of another format does.
    foreign = _foreign(first + stream.read(_MARK))
    if length > size - LENGTH:
        raise Unsound(
            foreign
            or f"its header would have {length:,} bytes, and the file has {size:,} altogether"
        )
    if length > limit:
        raise Unsound(foreign or f"its header has {length:,} bytes, and at most {limit:,} are read")
    stream.seek(LENGTH)
    text = read_exactly(stream, length)
    try:
        parsed = _parsed(text)
    except Unsound as unsound:
        raise Unsound(foreign or str(unsound)) from None
    return first + text, _entries(parsed, size - LENGTH - length)


_MARK = 16


def _foreign(start: bytes) -> str | None:
    """What a file of another format is, by its first bytes."""
    for mark, name in _FOREIGN:
        if start.startswith(mark):
            return f"it is {name}"
    return None


def read_exactly(stream: BinaryIO, count: int) -> bytes:
    """So many bytes.

    Raises:
        Unsound: there are fewer.
    """
    content = stream.read(count)
    if len(content) < count:
        raise Unsound("it became shorter while it was read")
    return content


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_number)
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise Unsound("its header is no JSON") from None
    if not isinstance(parsed, dict):
        raise Unsound("its header is no JSON object")
    return parsed


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Unsound(f"its header has `{twice}` twice")
    return found


def _number(text: str) -> Any:
    raise Unsound(f"its header has the number {text}, which is no JSON")


def _entries(parsed: Mapping[str, Any], size: int) -> dict[str, Entry]:
    """The tensors, which must fill the bytes behind the header without gap or overlap."""
    entries: dict[str, Entry] = {}
    places: list[tuple[int, int, str]] = []
    for key, value in parsed.items():
        if key == METADATA:
            continue
        if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
            raise Unsound(f"the entry `{key}` has not the dtype, shape and offsets of a tensor")
        dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
        if not isinstance(dtype, str) or dtype not in BYTES:
            raise Unsound(f"the dtype of `{key}` is none of the format's")
        if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
            raise Unsound(f"the shape or offsets of `{key}` are no lists of counts")
        start, stop = offsets
        needed = prod(shape) * BYTES[dtype]
        if stop - start != needed:
            raise Unsound(f"`{key}` needs {needed:,} bytes, and its offsets leave {stop - start:,}")
        entries[key] = Entry(dtype, tuple(shape))
        places.append((start, stop, key))
    end = 0
    for start, stop, key in sorted(places):
        if start != end:
            what = "overlaps another tensor" if start < end else "lies behind a gap"
            raise Unsound(f"`{key}` {what}")
        end = stop
    if end != size:
        fact = "is cut off" if size < end else "has bytes that belong to no tensor"
        raise Unsound(f"it {fact}: tensors have {end:,} bytes, and there are {size:,}")
    return entries


def _are_counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 2**63 for n in value)
