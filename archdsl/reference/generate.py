"""Writes layers.md, initialisers.md and diagnostics.md: `python -m archdsl.reference.generate`.

The layers' page comes from their definitions and from the declarations of the standard library,
the others from the tables of initialisers and of codes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module, resources
from pathlib import Path
from typing import Any

from archdsl import files
from archdsl.diagnostics.code import Code
from archdsl.diagnostics.codes import CODES
from archdsl.diagnostics.source import Source
from archdsl.layers import registry
from archdsl.layers.definition import (
    REQUIRED,
    InitialiserValue,
    Kind,
    Layer,
    ParameterSpec,
    signature,
)
from archdsl.layers.initialisation import INITIALISERS, MOST_AXES, Initialiser
from archdsl.syntax import tree
from archdsl.syntax.format import unparse_expression
from archdsl.syntax.parse import parse
from archdsl.values.value import shown

_LAYERS_HEAD = """\
# Layers

Every layer of the language, then the blocks of the standard library. Shapes are written without
the batch, H' and so on stand for what comes out. An argument without a default must be given;
positional arguments fill the parameters from the left. A size is one number for every axis, or a
number for each: `3`, `3x3`, `(1, n)`.
"""

_STD_HEAD = """\
# Standard library

Blocks written in the language itself; `from "std" import NAME` brings them into a file. Their
signatures decide the names of weights, so they do not change within an edition.
"""

_INITIALISERS_HEAD = """\
# Initialisers

How weights start, where the text says it: `init` on a layer, or in a rule for many. Arguments have
PyTorch's names. Without a word of the text PyTorch's own rule holds.
"""

_CODES_HEAD = """\
# Diagnostics

Every code, what it means, a text that causes it and the same text mended. The family says which
phase speaks: E01 the characters, E02 the grammar, E03 limits, E04 names and the graph, E05 values,
E06 shapes, E07 imports, E08 expectations, E09 weights; W marks warnings, which never make a run
fail.
"""

_KINDS = {
    Kind.INT: "a whole number",
    Kind.FLOAT: "a number",
    Kind.BOOL: "true or false",
    Kind.STRING: "a text",
    Kind.SIZE: "a size",
    Kind.PADDING: "`same`, `valid`, `tf_same` or a size",
    Kind.LIST: "a list",
    Kind.AXIS: "an axis",
    Kind.VALUE: "a named value",
    Kind.INITIALISER: "an initialiser",
    Kind.SIDES: "a number, or a (before, after) pair for each axis",
    Kind.FACTOR: "a whole number or a fraction",
}


def layers_page() -> str:
    """The reference of all layers and of the standard library."""
    parts = [_LAYERS_HEAD]
    families: dict[str, list[str]] = {}
    for name in registry.names():
        definition = registry.find(name)
        assert definition is not None
        if definition.__module__.startswith("archdsl."):
            families.setdefault(str(definition.family), []).append(layer_section(name, definition))
    for family, sections in families.items():
        parts.append(f"# {family.capitalize()}\n")
        parts += sections
    parts.append(_STD_HEAD)
    parts += [_std_section(name, declaration) for name, declaration in _std_declarations()]
    return "\n".join(parts)


def layer_section(name: str, definition: type[Layer]) -> str:
    """The page of one layer: its signature, what it does, its arguments."""
    specs = signature(definition)
    written = ", ".join(map(_parameter, specs))
    about, arguments, rest = _split(inspect.getdoc(definition) or "")
    lines = [f"## {name}", "", f"`{name}({written})`" if written else f"`{name}`", "", about]
    if specs:
        lines += ["", *(_bullet(spec, arguments.get(spec.name, "")) for spec in specs)]
    if rest:
        lines += ["", rest]
    return "\n".join(lines) + "\n"


def initialisers_page() -> str:
    """The reference of all initialisers."""
    return "\n".join([_INITIALISERS_HEAD, *map(_initialiser_section, INITIALISERS.values())])


def _initialiser_section(initialiser: Initialiser) -> str:
    written = ", ".join(map(_parameter, initialiser.parameters))
    name = initialiser.name
    lines = [f"## {name}", "", f"`{name}({written})`" if written else f"`{name}`", ""]
    lines.append(initialiser.doc)
    least, most = initialiser.least_axes, initialiser.most_axes
    if least:
        sides = f"{least} to {most}" if most < MOST_AXES else f"at least {least}"
        lines[-1] += f" The weight has {sides} dimensions."
    if initialiser.parameters:
        lines += ["", *(_bullet(spec, "") for spec in initialiser.parameters)]
    return "\n".join(lines) + "\n"


def diagnostics_page() -> str:
    """The reference of all codes."""
    return "\n".join([_CODES_HEAD, *(_code_section(CODES[code]) for code in sorted(CODES))])


def pages() -> dict[str, str]:
    """The generated pages by file name."""
    return {
        "layers.md": layers_page(),
        "initialisers.md": initialisers_page(),
        "diagnostics.md": diagnostics_page(),
    }


def main() -> None:
    """Write the pages beside this module."""
    folder = Path(__file__).parent
    files.write_files({str(folder / name): text.encode() for name, text in pages().items()})


def _parameter(spec: ParameterSpec) -> str:
    if spec.variadic:
        return f"{spec.name}..."
    if spec.default is REQUIRED:
        return spec.name
    return f"{spec.name}={_default(spec)}"


def _default(spec: ParameterSpec) -> str:
    if spec.shown is not None:
        return spec.shown
    return _written(spec, spec.default)


def _written(spec: ParameterSpec, value: Any) -> str:
    if isinstance(value, InitialiserValue):
        return value.name
    if isinstance(value, str) and spec.kind is Kind.PADDING:
        return value
    if isinstance(value, tuple) and all(type(side) is int for side in value):
        return "x".join(map(str, value))
    return shown(value)


def _bullet(spec: ParameterSpec, says: str) -> str:
    what = _KINDS[spec.kind]
    if spec.choices:
        what = " or ".join(f'"{choice}"' for choice in spec.choices)
    if spec.at_least is not None:
        what += f", at least {spec.at_least}"
    return f"- `{spec.name}` ({what})" + (f": {says}" if says else "")


def _split(doc: str) -> tuple[str, dict[str, str], str]:
    """A docstring: what stands before `Args:`, the arguments' descriptions, what stands behind."""
    before, mark, after = doc.partition("\nArgs:\n")
    if not mark:
        return before.strip(), {}, ""
    arguments: dict[str, str] = {}
    name = ""
    lines = after.split("\n")
    end = len(lines)
    for number, line in enumerate(lines):
        found = re.fullmatch(r"    (\w+): (.*)", line)
        if found is not None:
            name = found.group(1)
            arguments[name] = found.group(2)
        elif line.startswith("        ") and name:
            arguments[name] += f" {line.strip()}"
        elif line.strip():
            end = number
            break
    return before.strip(), arguments, "\n".join(lines[end:]).strip()


def _std_declarations() -> Iterator[tuple[str, tree.BlockDecl | tree.Let]]:
    """The declarations of the standard library by name, in the order of its files."""
    folder = resources.files(import_module("archdsl.std"))
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if not entry.name.endswith(files.SUFFIX):
            continue
        file = parse(Source(entry.name, entry.read_text(encoding="utf-8"))).value
        assert file is not None
        for declaration in file.declarations:
            if isinstance(declaration, tree.BlockDecl):
                yield declaration.name.name, declaration
            elif isinstance(declaration, tree.Let) and isinstance(
                declaration.targets[0], tree.Name
            ):
                yield declaration.targets[0].name, declaration


def _std_section(name: str, declaration: tree.BlockDecl | tree.Let) -> str:
    if isinstance(declaration, tree.Let):
        written = f"{name} = {unparse_expression(declaration.value)}"
    else:
        written = f"{name}({', '.join(map(_declared, declaration.parameters))})"
    return f"## {name}\n\n`{written}`\n\n{declaration.doc or ''}\n"


def _declared(parameter: tree.Parameter) -> str:
    text = parameter.name
    if parameter.type is not None:
        text += f": {parameter.type}"
    if parameter.default is not None:
        equals = " = " if parameter.type is not None else "="
        text += f"{equals}{unparse_expression(parameter.default)}"
    return text


def _code_section(code: Code) -> str:
    parts = [f"## {code.code}: {code.title}", code.explanation]
    if code.wrong:
        parts += [f"```arch\n{code.wrong.rstrip()}\n```"]
    if code.right:
        parts += ["Mended:", f"```arch\n{code.right.rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
