"""Limits on the text and its nesting, checked before anything is built."""

from __future__ import annotations

import re
from itertools import accumulate

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span
from archdsl.syntax.lexer import KIND, Tokens

LINE = 64 * 1024
WORD = 255
STRING = 16_000
NESTING = 200

_STRING = KIND["STRING"]
_STEPS = dict.fromkeys(range(-2, len(KIND)), 0) | {
    KIND["LPAR"]: 1,
    KIND["LSQB"]: 1,
    KIND["LBRACE"]: 1,
    KIND["RPAR"]: -1,
    KIND["RSQB"]: -1,
    KIND["RBRACE"]: -1,
}
_long_line = re.compile(rf"[^\n]{{{LINE + 1}}}").search


def within_limits(source: Source, tokens: Tokens, report: Report) -> bool:
    """Whether the text keeps the limits; what exceeds one is reported."""
    count = len(report.diagnostics)
    begin, end = tokens.starts[0], tokens.ends[-1]
    if tokens.remarks:
        begin = min(begin, tokens.remarks[0].start)
    if end - begin > LINE:
        _check_lines(source, report)
    if tokens.longest > WORD:
        _check_words(source, tokens, report)
    depths = list(accumulate(map(_STEPS.__getitem__, tokens.kinds)))
    tokens.nesting = max(depths)
    if tokens.nesting > NESTING:
        at = next(i for i, depth in enumerate(depths) if depth > NESTING)
        outermost = next(i for i in range(at, -1, -1) if depths[i] <= 1)
        report.error(
            "E0320",
            f"brackets are nested more than {NESTING} deep",
            Span(source, tokens.starts[at], tokens.ends[at]),
            labels=[
                Label(
                    Span(source, tokens.starts[outermost], tokens.ends[outermost]),
                    "the outermost opens here",
                )
            ],
        )
    return len(report.diagnostics) == count


def _check_lines(source: Source, report: Report) -> None:
    found = _long_line(source.text)
    if found is not None:
        start = found.start()
        length = source.text.find("\n", start)
        length = (len(source.text) if length < 0 else length) - start
        report.error(
            "E0321",
            f"a line has at most {LINE:,} characters, and this one has {length:,}",
            Span(source, start, start + 1),
        )


def _check_words(source: Source, tokens: Tokens, report: Report) -> None:
    for kind, start, end in zip(tokens.kinds, tokens.starts, tokens.ends, strict=True):
        text = kind == _STRING or source.text[start : start + 1] == '"'
        most = STRING if text else WORD
        if kind and end - start > most:
            what = "a text" if text else "a word or number"
            report.error(
                "E0322",
                f"{what} has at most {most:,} characters, and this one has {end - start:,}",
                Span(source, start, end),
            )
