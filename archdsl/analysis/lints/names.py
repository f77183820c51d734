"""Rules about names: those that nothing reads, and those that hide what is built in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from archdsl.analysis.lints.texts import Text, children_of
from archdsl.diagnostics.diagnostic import Diagnostic, warning
from archdsl.diagnostics.source import Source, Span
from archdsl.elaborate.statements import names_in
from archdsl.layers import registry
from archdsl.syntax import tree
from archdsl.values.functions import FUNCTIONS

_Declaration: TypeAlias = (
    tree.Def | tree.BlockDecl | tree.NetworkDecl | tree.InstanceDecl | tree.ScalingDecl
)
_WithParameters = (
    tree.Def,
    tree.BlockDecl,
    tree.NetworkDecl,
    tree.InstanceDecl,
    tree.ScalingDecl,
)
_DECLARING = (*_WithParameters, tree.Share, tree.Let, tree.Import, tree.Parameter)

_READING: dict[type, tuple[str, ...]] = {
    tree.Merge: ("arguments", "paths"),
    tree.MergePath: ("when", "iterable", "body"),
    tree.Repeat: ("count", "body"),
    tree.For: ("iterable", "body"),
    tree.Comprehension: ("element", "iterable", "condition"),
    tree.Share: ("value",),
    tree.Input: ("dims", "where"),
    tree.InputDim: ("value",),
    tree.Let: ("value",),
    tree.Assignment: ("value",),
    tree.Import: (),
    tree.Def: ("parameters", "value"),
    tree.BlockDecl: ("parameters", "body"),
    tree.NetworkDecl: ("parameters", "body"),
    tree.InstanceDecl: ("parameters", "base", "scaled", "body"),
    tree.ScalingDecl: ("parameters", "body"),
}
"""What reads names where another part of the same construct gives them."""


def unread(text: Text) -> Iterator[Diagnostic]:
    """W0402, W0403, W0404: parameters, names of a body and imports that nothing reads.

    What a file declares at its top can be imported by another, so it is not spoken of; nor are the
    parameters of a block that is passed to others or stands beside one with the same parameters:
    it takes what they take.
    """
    declarations = [d for d in text.file.declarations if isinstance(d, _WithParameters)]
    for declaration in declarations:
        found: list[Diagnostic] = []
        read = _scanned(declaration, found)
        yield from found
        unused = [p for p in declaration.parameters if p.name not in read]
        if not unused or _takes_what_others_take(declaration, declarations, text.file):
            continue
        for parameter in unused:
            start = parameter.span.start
            yield warning(
                "W0402",
                f"the parameter `{parameter.name}` of `{declaration.name.name}` is never read",
                Span(text.source, start, start + len(parameter.name)),
                help="take it away, and from the calls that give it",
            )
    yield from _imports(text.file)


def _takes_what_others_take(
    declaration: _Declaration, others: list[_Declaration], file: tree.File
) -> bool:
    """Whether a block or network is passed to others, or a block has its parameters from another."""
    if isinstance(declaration, tree.Def | tree.ScalingDecl):
        return False
    if declaration.name.name in _read(file, calls=False):
        return True
    names = _names(declaration)
    return isinstance(declaration, tree.BlockDecl) and any(
        isinstance(other, tree.BlockDecl) and other is not declaration and _names(other) == names
        for other in others
    )


def _imports(file: tree.File) -> Iterator[Diagnostic]:
    """The imports that a file with networks does not read; one without may hand them on."""
    imports = [d for d in file.declarations if isinstance(d, tree.Import)]
    declares = any(isinstance(d, tree.NetworkDecl | tree.InstanceDecl) for d in file.declarations)
    if not imports or not declares:
        return
    read = set(_read(file))
    for statement in imports:
        for name in statement.names:
            if name.name not in read:
                yield warning(
                    "W0404",
                    f"`{name.name}` is imported and never read",
                    name.span,
                    help="take it away from the import",
                )


def _names(declaration: _Declaration) -> tuple[str, ...]:
    return tuple(parameter.name for parameter in declaration.parameters)


def _scanned(declaration: _Declaration, found: list[Diagnostic]) -> set[str]:
    """What a declaration reads; the names of its bodies that nothing reads are added to `found`."""
    read = set(_read(declaration.parameters))
    match declaration:
        case tree.Def(value=value):
            read.update(_read(value))
        case tree.InstanceDecl(base=base, scaled=scaled, body=body):
            read.update(_read((base, *([scaled] if scaled is not None else []))))
            read |= _behind(body or (), set(), found)
        case tree.BlockDecl(body=body) | tree.NetworkDecl(body=body):
            read |= _behind(body, set(), found)
        case tree.ScalingDecl(body=assignments):
            read |= _behind(assignments, set(), found)
    return read


def _behind(body: Iterable[Any], later: set[str], found: list[Diagnostic]) -> set[str]:
    """The names that a body reads, and those that are read `later`, as it is gone through from its end."""
    read = set(later)
    for statement in reversed(tuple(body)):
        match statement:
            case tree.Let(targets=targets, value=value):
                names = names_in(targets) if len(targets) == 1 else []
                _tell(names, read, found, "take it away")
                read.update(_read(value))
            case tree.Share(name=name, value=value):
                _tell([name], read, found, "take it away")
                read.update(_read(value))
            case tree.If(condition=condition, then=then, otherwise=otherwise):
                # A name that an arm binds is seen behind the `if` too.
                read = _behind(then, read, found) | _behind(otherwise or (), read, found)
                read.update(_read(condition))
            case tree.Repeat(count=count, index=index, body=inner):
                below_it = _behind(inner, set(), found)
                if index is not None:
                    _tell([index], below_it, found, f"leave `as {index.name}` out")
                read |= below_it
                read.update(_read(count))
            case tree.For(iterable=iterable, body=inner):
                below_it = _behind(inner, set(), found)
                _told_of_loop(statement, below_it, found)
                read |= below_it
                read.update(_read(iterable))
            case tree.Stage(body=inner) | tree.Output(body=inner) if inner is not None:
                read |= _behind(inner, set(), found)
                read.update(_read(statement.name) if isinstance(statement, tree.Stage) else ())
            case tree.Merge(paths=paths, arguments=arguments):
                for path in paths:
                    read |= _behind(path.body, set(), found)
                    read.update(_read(tuple(e for e in (path.when, path.iterable) if e)))
                read.update(_read(arguments or ()))
            case _:
                read.update(_read(statement))
    return read


def _tell(names: Iterable[tree.Name], read: set[str], found: list[Diagnostic], help: str) -> None:
    found += [
        warning("W0403", f"`{name.name}` is never read", name.span, help=help)
        for name in names
        if name.name not in read and name.name != "_"
    ]


def _told_of_loop(loop: tree.For, read: set[str], found: list[Diagnostic]) -> None:
    """Names that take an element apart say what its parts are, read or not; a number is no part."""
    match loop:
        case tree.For(targets=(tree.Name() as name,)):
            _tell([name], read, found, "`repeat` makes copies that are alike")
        case tree.For(
            targets=(tree.Name() as name, _), iterable=tree.Call(callee=tree.Name("enumerate"))
        ):
            _tell([name], read, found, "go through the list itself, without `enumerate`")


def _read(item: Any, *, calls: bool = True) -> Iterator[str]:
    """The names that are read in a tree, those that a step or an instance calls only with `calls`."""
    stack = [item]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, tree.Name):
            yield item.name
        elif isinstance(item, tree.Step):
            if calls or not isinstance(item.callee, tree.Name):
                stack.append(item.callee)
            stack.append(item.arguments)
        elif isinstance(item, tree.InstanceDecl) and not calls:
            base = item.base
            stack.append((item.parameters, item.scaled, item.body))
            stack.append(base.arguments if isinstance(base, tree.Call) else ())
        elif isinstance(item, tree.Tree):
            reading = _READING.get(type(item))
            if reading is None:
                stack.extend(children_of(item))
            else:
                stack.extend([getattr(item, name) for name in reading])


def hiding(text: Text) -> Iterator[Diagnostic]:
    """W0405: a declaration that takes the name of a built-in layer or function.

    What can be called in its place counts: declarations, imports, shares, `let`s whose value can be
    a layer, and the parameters that take a layer or block. A number cannot be taken for a layer.
    """
    for item in text.items:
        if not isinstance(item, _DECLARING):
            continue
        for name, span in _declared(item, text.source):
            layer, function = registry.is_built_in(name), name in FUNCTIONS
            if layer or function:
                what = " and ".join(["layer"] * layer + ["function"] * function)
                yield warning(
                    "W0405",
                    f"`{name}` hides the built-in {what} of that name",
                    span,
                    help="give it another name",
                )


_CALLABLE = (tree.Name, tree.Call, tree.Chain, tree.Conditional)
"""Expressions whose value can be a layer or a block."""


def _computes(value: tree.Expression) -> bool:
    """Whether an expression is the call of a built-in function, which gives no layer."""
    match value:
        case tree.Call(callee=tree.Name(name=name)):
            return name in FUNCTIONS and not registry.is_built_in(name)
    return False


def _declared(item: tree.Tree, source: Source) -> list[tuple[str, Span]]:
    """The names that a tree declares and that can be called."""
    match item:
        case (
            tree.Def(name=name)
            | tree.BlockDecl(name=name)
            | tree.NetworkDecl(name=name)
            | tree.InstanceDecl(name=name)
            | tree.ScalingDecl(name=name)
            | tree.Share(name=name)
        ):
            return [(name.name, name.span)]
        case tree.Let(targets=(tree.Name(name=word, span=span),), value=value):
            return [(word, span)] if isinstance(value, _CALLABLE) and not _computes(value) else []
        case tree.Import(names=names):
            return [(name.name, name.span) for name in names]
        case tree.Parameter(name=word, type="layer" | "block", span=span):
            return [(word, Span(source, span.start, span.start + len(word)))]
    return []
