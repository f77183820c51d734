"""Diagnostics as JSON: the one definition that every command's document uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archdsl.diagnostics.diagnostic import Diagnostic
from archdsl.diagnostics.source import Span


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Each diagnostic as an object, in order, none left out."""
    return [diagnostic_json(diagnostic) for diagnostic in diagnostics]


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """One diagnostic: code, severity, message, its place, and what helps."""
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **place_json(diagnostic.span),
        "labels": [{**place_json(label.span), "text": label.text} for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
        "edits": [
            {**place_json(edit.span), "replacement": edit.replacement} for edit in diagnostic.edits
        ],
    }


def place_json(span: Span) -> dict[str, Any]:
    """File, first and last place of a span: lines and columns from 1, in characters, the end exclusive."""
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
