"""A weights file held against a network, by its header, before any tensor is read.

A key, a shape and a dtype that differ are reported where the text names the file, with the layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from archdsl import files
from archdsl.backend.weights_header import DTYPES, Entry, Unsound, read_exactly, read_header
from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.graph.graph import Stored, WeightsFile

MOST_REPORTED = 3
"""So many tensors of one sort are reported one by one, the others counted."""

_HEADER = 1024 * 1024
_HEADER_PER_TENSOR = 1024

_FLOATING = frozenset({"float64", "float32", "float16", "bfloat16"})


class WeightsRefused(Exception):
    """A file of weights cannot be read, or does not fit; `report` says why."""

    def __init__(self, report: Report) -> None:
        super().__init__("; ".join(d.message for d in report.diagnostics[:MOST_REPORTED]))
        self.report = report


@dataclass(frozen=True, slots=True)
class Content:
    """A file that fits: its bytes."""

    file: WeightsFile
    content: bytes


def are_there(wanted: Iterable[WeightsFile]) -> bool:
    """Whether there are files where a text says; what is in them is for `read_files` to say."""
    return all(
        file.place is not None and files.exists(str(Path(file.place).parent / file.written))
        for file in wanted
    )


def read_files(wanted: Iterable[WeightsFile], dtype: str | None) -> list[Content]:
    """The contents of the files, all of which fit.

    Args:
        wanted: The files of a network.
        dtype: What the floating tensors of the module will be, where that is not the text's: a
            file may have them so too.

    Raises:
        WeightsRefused: one cannot be read, is no safetensors file, or does not fit.
    """
    report = Report()
    found = [_read(file, dtype, report) for file in wanted]
    if report.has_errors:
        raise WeightsRefused(report)
    return [content for content in found if content is not None]


def _read(file: WeightsFile, dtype: str | None, report: Report) -> Content | None:
    if file.place is None or file.root is None:
        report.error("E0901", "a text without a place on disk can name no file", file.span)
        return None
    try:
        real = files.resolve_import(file.written, file.place, file.root, what="a file of weights")
        with files.open_below(real, file.root, file.written) as (stream, size):
            limit = _HEADER + _HEADER_PER_TENSOR * (len(file.tensors) + len(file.ignored))
            header, entries = read_header(stream, size, limit)
            before = len(report.diagnostics)
            _compare(file, entries, dtype, report)
            if len(report.diagnostics) > before:
                return None
            rest = read_exactly(stream, size - len(header))
    except Unsound as unsound:
        report.error(
            "E0902",
            f"`{file.written}` is no sound safetensors file: {unsound}",
            file.span,
        )
        return None
    except files.FileProblem as problem:
        report.error("E0901", f"`{file.written}` cannot be read: {problem.reason}", file.span)
        return None
    return Content(file, header + rest)


def _compare(
    file: WeightsFile, entries: Mapping[str, Entry], dtype: str | None, report: Report
) -> None:
    """Report what a file has otherwise than the network."""
    missing = [key for key in file.tensors if key not in entries]
    known = file.tensors.keys() | file.ignored
    spare = [key for key in entries if key not in known]
    shapes = [k for k, s in file.tensors.items() if k in entries and entries[k].dims != s.dims]
    dtypes = [
        key
        for key, stored in file.tensors.items()
        if key in entries and entries[key].dtype not in _suiting(stored, dtype)
    ]

    def lacks(key: str) -> None:
        report.error(
            "E0903",
            f"`{file.written}` lacks `{key}`",
            file.span,
            labels=[_layer(file.tensors[key])],
            help=did_you_mean(key, spare),
        )

    def has_no_place(key: str) -> None:
        report.error(
            "E0904",
            f"`{file.written}` has `{key}`, and the network has no such tensor",
            file.span,
            help=did_you_mean(key, missing or file.tensors),
        )

    def is_of_another_shape(key: str) -> None:
        stored = file.tensors[key]
        report.error(
            "E0905",
            f"`{key}` is {_shape(entries[key].dims)} in `{file.written}`, and "
            f"{_shape(stored.dims)} in the network",
            file.span,
            labels=[_layer(stored)],
        )

    def is_of_another_dtype(key: str) -> None:
        stored = file.tensors[key]
        report.error(
            "E0906",
            f"`{key}` is {entries[key].dtype} in `{file.written}`, and "
            f"{DTYPES[stored.dtype]} in the network",
            file.span,
            labels=[_layer(stored)],
        )

    name = f"`{file.written}`"
    for keys, tell, code, summary in (
        (missing, lacks, "E0903", f"{name} lacks {{}} of {len(file.tensors):,} tensors"),
        (spare, has_no_place, "E0904", f"{name} has {{}} tensors that the network has not"),
        (shapes, is_of_another_shape, "E0905", f"{{}} tensors are of another shape in {name}"),
        (dtypes, is_of_another_dtype, "E0906", f"{{}} tensors are of another dtype in {name}"),
    ):
        for key in keys[:MOST_REPORTED]:
            tell(key)
        if len(keys) > MOST_REPORTED:
            counted = summary.format(f"{len(keys):,}")
            report.error(code, f"{counted}, these among them", file.span)


def _suiting(stored: Stored, dtype: str | None) -> set[str]:
    """The dtypes that a tensor may have in a file."""
    own = {DTYPES[stored.dtype]}
    return own | {DTYPES[dtype]} if dtype is not None and stored.dtype in _FLOATING else own


def _layer(stored: Stored) -> Label:
    return Label(stored.span, "the layer that it is of")


def _shape(dims: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, dims))}]"
