"""The one canonical form of a file, and an expression on one line."""

from __future__ import annotations

from archdsl.syntax import tree
from archdsl.syntax.fitting import NEWLINE, Doc, Join, Remark, flat, lay_out
from archdsl.syntax.format_expressions import POSTFIX, expression, filled, signature
from archdsl.syntax.format_flow import braced, lines_above, statement

WIDTH = 100
"""Columns of a line."""


def format_file(file: tree.File, width: int = WIDTH) -> str:
    """A file in its canonical form: its parse is the same tree, and its form is its own.

    Bodies, lists and chains stay broken where the author broke them, and are broken where a
    line would be longer than `width` columns; what nothing can break (a long text or name)
    stays. Blank lines come one at a time, comments stay with their statements.
    """
    parts: list[Doc] = []
    for declaration in file.declarations:
        parts += (*lines_above(declaration), _declaration(declaration), NEWLINE)
    if parts and file.comments.closing:
        parts.append(NEWLINE)
    for line in file.comments.closing:
        parts += (line, NEWLINE)
    return lay_out(Join(parts), width)


def unparse_expression(written: tree.Expression) -> str:
    """An expression on one line, as the canonical form writes it."""
    return flat(expression(written))


def _declaration(written: tree.Declaration) -> Doc:
    match written:
        case tree.Edition(number=number):
            doc: Doc = f"edition {number}"
        case tree.Import(path=path, names=names):
            imported = filled([name.name for name in names])
            doc = Join(["from ", expression(path), " import ", imported])
        case tree.Def(name=name, parameters=parameters, layout=layout, value=value):
            head = signature(parameters, layout)
            doc = Join([f"def {name.name}", head, " = ", expression(value)])
        case tree.BlockDecl(body=body):
            doc = Join(["block ", _headed(written), " ", braced(written, body)])
        case tree.NetworkDecl(body=body):
            doc = Join(["network ", _headed(written), " ", braced(written, body)])
        case tree.ScalingDecl(body=body):
            doc = Join(["scaling ", _headed(written), " ", braced(written, body)])
        case tree.InstanceDecl(base=base, scaled=scaled, body=body):
            parts = ["network ", _headed(written), " = ", expression(base, POSTFIX)]
            if scaled is not None:
                parts += (" scaled ", expression(scaled, POSTFIX))
            doc = Join(parts if body is None else [*parts, " ", braced(written, body)])
        case _:
            return statement(written)
    trailing = written.comments.trailing
    return doc if trailing is None else Join([doc, Remark(trailing)])


def _headed(
    written: tree.BlockDecl | tree.NetworkDecl | tree.InstanceDecl | tree.ScalingDecl,
) -> Doc:
    """A declared name and its parameters; brackets without any are left out."""
    if not written.parameters:
        return written.name.name
    return Join([written.name.name, signature(written.parameters, written.layout)])
