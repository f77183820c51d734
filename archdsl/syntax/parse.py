"""From text to tree: `parse` for a file, `parse_expression` for a text that is one expression."""

from __future__ import annotations

import gc
from typing import Any

from archdsl.diagnostics.report import Report, Result
from archdsl.diagnostics.source import Source
from archdsl.syntax import tree
from archdsl.syntax.automaton import Unexpected, run
from archdsl.syntax.build import Builder
from archdsl.syntax.depth import within_depth
from archdsl.syntax.lexer import tokenize
from archdsl.syntax.limits import within_limits


def parse(source: Source) -> Result[tree.File]:
    """The tree of a file, or every syntax error in it.

    Takes time in proportion to the text. Nesting is limited to 200 brackets and 200
    operators, a line to 64 KiB, a word or number to 255 characters, a string to 16,000,
    a number to 2**63 - 1.
    """
    report = Report()
    collecting = gc.isenabled()
    gc.disable()  # a large tree makes it walk the tree over and over
    try:
        file = _parsed(source, 0, len(source.text), report, "file")
    finally:
        if collecting:
            gc.enable()
    return Result(None if report.has_errors else file, report)


def parse_expression(source: Source) -> Result[tree.Expression]:
    """The tree of a text that is one expression, or every syntax error in it."""
    report = Report()
    expression = _part(source, 0, len(source.text), report)
    return Result(None if report.has_errors else expression, report)


def _part(source: Source, start: int, end: int, report: Report) -> tree.Expression | None:
    return _parsed(source, start, end, report, "lone")  # type: ignore[no-any-return]


def _parsed(source: Source, start: int, end: int, report: Report, symbol: str) -> Any:
    tokens = tokenize(source, start, end)
    if not within_limits(source, tokens, report):
        return None
    known = len(report.diagnostics)
    stopped: int | None = None
    if not tokens.bad:
        builder = Builder(source, tokens, report, _part)
        try:
            result = run(tokens, builder, symbol)
        except Unexpected as stop:
            stopped = stop.position
            del report.diagnostics[known:]  # they are found again below, with all others
        else:
            return result if not builder.long or within_depth(result, report) else None
    from archdsl.syntax.syntax_errors import report_errors

    report_errors(source, tokens, _part, report, symbol, stopped)
    return None
