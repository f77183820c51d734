"""Warnings that a text allows: `# allow W0601: it is trained with many samples at once`.

Such a comment speaks of its line, or of the next where it has a line of its own. A warning is
allowed by a comment at its place or at a call that led there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archdsl.diagnostics.diagnostic import Diagnostic, Severity, warning
from archdsl.diagnostics.source import Source, Span

_COMMENT = re.compile(r"#[ \t]*allow[ \t]+(W[0-9]{4}(?:[ \t]*,[ \t]*W[0-9]{4})*)[ \t]*(:?)(.*)")


@dataclass
class _Allowance:
    """A comment: what it allows on which line, and which of the codes it has been of use for."""

    codes: tuple[str, ...]
    line: int
    span: Span
    has_reason: bool
    used: set[str] = field(default_factory=set)


class Allowed:
    """What the texts of a run allow."""

    def __init__(self) -> None:
        self._by_source: dict[int, tuple[Source, list[_Allowance]]] = {}

    def kept(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The findings that no text allows."""
        return [d for d in found if d.severity is not Severity.WARNING or not self._allows(d)]

    def judged(self, source: Source, unseen: Sequence[Span]) -> Iterator[Diagnostic]:
        """What is wrong with the allowances of a text, all of whose findings have been looked at.

        `unseen` are the declarations that no network was made of, so that nothing is known of them.
        """
        for each in self._of(source):
            if not each.has_reason:
                yield warning(
                    "W0102",
                    "this allows a warning and does not say why",
                    each.span,
                    help=f"`# allow {', '.join(each.codes)}: the reason`",
                )
            if any(span.start <= each.span.start < span.end for span in unseen):
                continue
            for code in each.codes:
                if code not in each.used:
                    yield warning(
                        "W0101",
                        f"there is no {code} here to be allowed",
                        each.span,
                        help="take the comment away",
                    )

    def _allows(self, found: Diagnostic) -> bool:
        allowed = False
        for span in (found.span, *[label.span for label in found.labels]):
            for each in self._of(span.source):
                if each.line == span.line and found.code in each.codes:
                    each.used.add(found.code)
                    allowed = True
        return allowed

    def _of(self, source: Source) -> list[_Allowance]:
        if id(source) not in self._by_source:
            self._by_source[id(source)] = (source, list(_allowances(source)))
        return self._by_source[id(source)][1]


def _allowances(source: Source) -> Iterator[_Allowance]:
    if "allow" not in source.text:
        return
    for number in range(1, len(source.line_starts) + 1):
        text = source.line(number)
        match = _COMMENT.search(text)
        if match is not None:
            start = source.line_starts[number - 1]
            line = number
            if not text[: match.start()].strip():
                while line < len(source.line_starts) and source.line(line).lstrip()[:1] in (
                    "#",
                    "",
                ):
                    line += 1
            yield _Allowance(
                tuple(re.findall(r"W[0-9]{4}", match[1])),
                line,
                Span(source, start + match.start(), start + len(text.rstrip())),
                bool(match[2] and match[3].strip()),
            )
