"""Collecting diagnostics, and results that come with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar, Unpack

from archdsl.diagnostics.diagnostic import Diagnostic, Further, Severity, finding, warning
from archdsl.diagnostics.source import Span

T = TypeVar("T")


@dataclass
class Report:
    """The diagnostics of a run, in the order found; `sorted()` gives them by place."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def error(self, code: str, message: str, span: Span, **further: Unpack[Further]) -> None:
        """Add an error."""
        self.diagnostics.append(finding(Severity.ERROR, code, message, span, **further))

    def warning(self, code: str, message: str, span: Span, **further: Unpack[Further]) -> None:
        """Add a warning."""
        self.diagnostics.append(warning(code, message, span, **further))

    def extend(self, other: Report) -> None:
        """Add the findings of another report."""
        self.diagnostics.extend(other.diagnostics)

    @property
    def has_errors(self) -> bool:
        """Whether anything here makes the run fail."""
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    @property
    def errors(self) -> int:
        """How many findings make the run fail."""
        return sum(d.severity is Severity.ERROR for d in self.diagnostics)

    def sorted(self) -> list[Diagnostic]:
        """By file, place, code and message, each finding once."""
        unique = {
            (d.span.source.path, d.span.start, d.span.end, d.code, d.message): d
            for d in self.diagnostics
        }
        return [unique[key] for key in sorted(unique)]

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.sorted())


def once(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The first finding of each code at each place: a mistake in a shared part is one mistake."""
    first: dict[tuple[str, str, int], Diagnostic] = {}
    for found in diagnostics:
        first.setdefault((found.code, found.span.source.path, found.span.start), found)
    return list(first.values())


@dataclass(frozen=True)
class Result(Generic[T]):
    """What a phase made, if it could, and what it had to say."""

    value: T | None
    report: Report
