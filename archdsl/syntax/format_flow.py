"""The canonical form of flow statements and of the bodies that hold them."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.syntax import tree
from archdsl.syntax.fitting import (
    NEWLINE,
    SPACE,
    STEP,
    Break,
    Doc,
    Fill,
    Group,
    Indented,
    Join,
    Remark,
    has_end,
)
from archdsl.syntax.format_expressions import (
    Remarks,
    called,
    expression,
    filled,
    listed,
    targets,
)

_BAR = 2
"""Columns that a path stands in from its `|`."""


def lines_above(written: tree.Statement) -> list[Doc]:
    """The comments and blank lines above a statement, each with its line end."""
    return [part for line in written.comments.leading for part in (line, NEWLINE)]


def statement(written: tree.Statement) -> Doc:
    """A statement without the comments and blank lines above it, and without its arrow."""
    parts: list[Doc]
    match written:
        case tree.Step():
            parts = _step(written)
        case tree.Merge():
            parts = _merge(written)
        case tree.If():
            parts = [_if(written)]
        case tree.From(value=value):
            parts = ["from ", expression(value)]
        case tree.Stage(name=name, body=body):
            parts = ["stage ", expression(name), " ", braced(written, body)]
        case tree.Repeat(count=count, index=index, body=body):
            named = f" as {index.name} " if index is not None else " "
            parts = ["repeat ", expression(count), named, braced(written, body)]
        case tree.For(targets=names, iterable=iterable, body=body):
            head = f"for {targets(names)} in "
            parts = [head, expression(iterable), " ", braced(written, body)]
        case tree.Share(name=name, value=value):
            parts = [f"share {name.name} = ", expression(value)]
        case tree.Input():
            parts = [_input(written)]
        case tree.Output(name=name, training=training, body=body):
            head = f"output {name.name}{' when training' if training else ''}"
            parts = [head] if body is None else [head, " ", braced(written, body)]
        case tree.Let(targets=names, value=value):
            parts = [f"let {targets(names)} = ", expression(value)]
        case tree.Require(condition=condition, message=message):
            parts = ["require ", _cited(condition, message)]
        case tree.Expect():
            parts = [_expect(written)]
        case tree.Assignment(name=name, value=value):
            parts = [f"{name.name} = ", expression(value)]
        case tree.Init(target=target, rules=rules):
            parts = ["init ", expression(target), " ", braced(written, rules, Break("  "))]
        case tree.Freeze():
            parts = _freeze(written)
        case tree.Weights(path=path):
            parts = ["weights ", expression(path)]
        case tree.Replace(path=path, body=body):
            parts = ["replace ", expression(path), " ", braced(written, body)]
        case tree.Remove(path=path):
            parts = ["remove ", expression(path)]
        case tree.Insert(path=path, body=body):
            parts = ["insert after ", expression(path), " ", braced(written, body)]
        case tree.Cite(authors=authors, year=year, title=title):
            titled = Indented(Join([SPACE, expression(title)]))
            parts = [Group(Join(["cite ", expression(authors), f" {year}", titled]))]
        case _:
            raise AssertionError(written)
    if written.comments.trailing is not None:
        parts.append(Remark(written.comments.trailing))
    return Join(parts)


def _step(written: tree.Step) -> list[Doc]:
    parts = [expression(written.callee)]
    if written.arguments is not None:
        parts.append(called(written.arguments, written.layout))
    return [*parts, _labels(written.labels)]


def _labels(labels: Sequence[tree.Name]) -> str:
    return f" as {', '.join(label.name for label in labels)}" if labels else ""


def _merge(written: tree.Merge) -> list[Doc]:
    parts: list[Doc] = [written.kind.name]
    if written.arguments is not None:
        parts.append(called(written.arguments, written.layout))
    paths: list[Doc] = [Join([*lines_above(path), _path(path)]) for path in written.paths]
    parts += (" ", _braces(paths, written.comments, SPACE, forced=written.broken))
    return [*parts, _labels(written.labels)]


def _path(written: tree.MergePath) -> Doc:
    head: list[Doc] = ["| "]
    if written.label is not None:
        head.append(f"{written.label.name}: ")
    elif written.when is not None:
        head += ("when ", expression(written.when), ": ")
    elif written.iterable is not None:
        head += ("for ", targets(written.targets), " in ", expression(written.iterable), ": ")
    return Indented(Join([*head, *_separated(_runs(written.body), NEWLINE)]), _BAR)


def _if(written: tree.If) -> Doc:
    """An `if` with its branches, on one line or all of them broken."""
    parts: list[Doc] = []
    forced = False
    branch = written
    while True:
        comments, otherwise = branch.comments, branch.otherwise
        forced = forced or branch.broken
        parts += ("if ", expression(branch.condition), " {")
        ending = comments.closing if otherwise is None else comments.between
        parts += (*_inside(_runs(branch.then), comments.opening, ending), "}")
        if otherwise is None:
            break
        following = _else_if(branch)
        if following is None:
            parts += (" else {", *_inside(_runs(otherwise), None, comments.closing), "}")
            break
        parts.append(" else ")
        branch = following
    if branch is not written and branch.comments.trailing is not None:
        parts.append(Remark(branch.comments.trailing))
    return Group(Join(parts), forced or any(map(has_end, parts)))


def _else_if(written: tree.If) -> tree.If | None:
    """The `if` that may follow `else` without braces: no comment stands at the braces."""
    match written.otherwise:
        case (tree.If() as following,):
            ours, its = written.comments, following.comments
            return None if ours.closing or ours.trailing or its.leading else following
    return None


def _input(written: tree.Input) -> Doc:
    dims: list[Doc] = []
    for dim in written.dims:
        value = expression(dim.value)
        dims.append(value if dim.symbol is None else Join([f"{dim.symbol.name} = ", value]))
    parts: list[Doc] = [f"input {written.name.name}", listed("[", dims, "]", None)]
    if written.dtype is not None:
        parts.append(f": {written.dtype.name}")
    if written.unbatched:
        parts.append(" unbatched")
    if written.where is not None:
        parts.append(Indented(Join([SPACE, "where ", expression(written.where)])))
    return Group(Join(parts))


def _expect(written: tree.Expect) -> Doc:
    remarks = Remarks(written.layout)
    last = len(written.items) - 1
    parts: list[Doc] = []
    for i, item in enumerate(written.items):
        comma = "," if i < last else ""
        cited = Join([_cited(item.condition, item.source), comma])
        parts.append(Join([*remarks.above(i), cited, *remarks.behind(i)]))
    if 0 not in remarks.breaks:
        return Fill([Join(["expect ", parts[0]]), *parts[1:]], remarks.breaks, STEP)
    parts.insert(0, Join(["expect", *remarks.behind(-1)]))
    return Fill(parts, {item + 1 for item in remarks.breaks}, STEP)


def _cited(condition: tree.Expression, text: tree.String | None) -> Doc:
    """A condition and the text behind it."""
    doc = expression(condition)
    if text is None:
        return doc
    return Group(Join([doc, Indented(Join([SPACE, expression(text)]))]))


def _freeze(written: tree.Freeze) -> list[Doc]:
    parts: list[Doc] = ["freeze " if written.frozen else "unfreeze "]
    parts.append(filled(list(map(_pattern, written.patterns))))
    if written.excepted:
        parts += (" except ", filled(list(map(_pattern, written.excepted))))
    return parts


def _pattern(written: tree.Pattern) -> str:
    return ".".join(written.segments).replace(".[", "[")


# Bodies


def braced(
    written: tree.Statement, body: Sequence[tree.Statement], between: Break | None = None
) -> Doc:
    """A body in braces: on one line where the author left it there and it is one run of steps.

    `between` may stand between statements on one line; without it each has its own.
    """
    forced: bool = getattr(written, "broken", False)
    if between is None:
        return _braces(_runs(body), written.comments, NEWLINE, forced=forced)
    docs: list[Doc] = [Join([*lines_above(each), statement(each)]) for each in body]
    return _braces(docs, written.comments, between, forced=forced)


def _braces(docs: Sequence[Doc], comments: tree.Comments, between: Doc, *, forced: bool) -> Doc:
    inside = _inside(docs, comments.opening, comments.closing, between)
    return Group(Join(["{", *inside, "}"]), forced or any(map(has_end, inside)))


def _inside(
    docs: Sequence[Doc], opening: str | None, closing: Sequence[str], between: Doc = NEWLINE
) -> list[Doc]:
    """What stands between two braces, from the break behind the first to that before the last."""
    if not docs and opening is None and not closing:
        return []
    edge: Doc = SPACE if opening is None and not closing else NEWLINE
    parts: list[Doc] = [] if opening is None else [Remark(opening)]
    lines = _separated(docs, between)
    for text in closing:
        lines += (NEWLINE, text) if lines else (text,)
    if lines:
        parts.append(Indented(Join([edge, *lines])))
    return [*parts, edge]


def _separated(docs: Sequence[Doc], between: Doc) -> list[Doc]:
    parts: list[Doc] = []
    for doc in docs:
        parts += (between, doc) if parts else (doc,)
    return parts


def _runs(body: Sequence[tree.Statement]) -> list[Doc]:
    """The statements of a body, those that `->` joins as one piece."""
    runs: list[Doc] = []
    at = 0
    while at < len(body):
        first = body[at]
        parts = [statement(first)]
        forced: set[int] = set()
        end = at + 1
        while end < len(body) and getattr(body[end], "chained", False):
            piece = body[end]
            above = lines_above(piece)
            if piece.own_line or above or _ends_with_remark(body[end - 1]):
                forced.add(end - at)
            parts.append(Join([*above, "-> ", statement(piece)]))
            end += 1
        run: Doc = Fill(parts, forced, STEP) if len(parts) > 1 else parts[0]
        runs.append(Join([*lines_above(first), run]))
        at = end
    return runs


def _ends_with_remark(written: tree.Statement) -> bool:
    if written.comments.trailing is not None:
        return True
    following = _else_if(written) if isinstance(written, tree.If) else None
    return following is not None and _ends_with_remark(following)
