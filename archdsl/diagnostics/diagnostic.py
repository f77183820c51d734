"""What is said about a text: a fact with a code and a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict, Unpack

from archdsl.diagnostics.source import Span


class Severity(StrEnum):
    """How much a diagnostic weighs; only errors make a run fail."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Label:
    """What one more place contributed."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement that mends the text."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a message in the user's words at a span.

    `labels` say what other places contributed (a block call that led here, the
    first of two declarations), `notes` are lines without a place, `help` is one
    edit in words, `edits` the same for machines.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    edits: tuple[Edit, ...] = ()


class Further(TypedDict, total=False):
    """What a diagnostic can have beside its message and place."""

    labels: Iterable[Label]
    notes: Iterable[str]
    help: str | None
    edits: Iterable[Edit]


def warning(code: str, message: str, span: Span, **further: Unpack[Further]) -> Diagnostic:
    """A finding that does not make a run fail."""
    return finding(Severity.WARNING, code, message, span, **further)


def finding(
    severity: Severity, code: str, message: str, span: Span, **further: Unpack[Further]
) -> Diagnostic:
    """A diagnostic, of whatever iterables its parts are given as."""
    return Diagnostic(
        code,
        severity,
        message,
        span,
        tuple(further.get("labels", ())),
        tuple(further.get("notes", ())),
        further.get("help"),
        tuple(further.get("edits", ())),
    )
