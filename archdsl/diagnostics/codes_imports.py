"""E07: files that import others."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

IMPORTS: tuple[Code, ...] = (
    Code(
        "E0701",
        "an import that cannot be read",
        "The imported file does not exist or cannot be read.",
        network("b", before='from "./missing.arch" import b'),
        network("b", before="block b { relu }"),
    ),
    Code(
        "E0702",
        "an import that is refused",
        "Imports are relative paths that stay under the root: the nearest folder above the entry "
        "file with a `pyproject.toml`, `archdsl.toml` or `.git`.",
        network("b", before='from "/etc/passwd" import b'),
        network("b", before="block b { relu }"),
    ),
    Code(
        "E0703",
        "imports in a circle",
        "Files cannot import each other in a circle; move what both need into a third.",
    ),
    Code(
        "E0704",
        "a name the other file lacks",
        "The imported file declares no such name.",
        network("relu", before='from "std" import bottelneck'),
        network("bottleneck(8)", before='from "std" import bottleneck'),
    ),
    Code(
        "E0705",
        "too many imports",
        "At most 256 files, 32 deep, 16 MiB together.",
    ),
)
