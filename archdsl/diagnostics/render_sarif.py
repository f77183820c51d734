"""Diagnostics as SARIF 2.1.0, the format of code-scanning services (OASIS, 2020)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from archdsl.diagnostics.codes import CODES
from archdsl.diagnostics.diagnostic import Diagnostic
from archdsl.diagnostics.source import Span


def sarif(diagnostics: Iterable[Diagnostic], *, version: str) -> dict[str, Any]:
    """One run of the tool with a result for each diagnostic, and the rules they break."""
    found = list(diagnostics)
    rules = sorted({diagnostic.code for diagnostic in found})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "archc",
                        "version": version,
                        "rules": [_rule(code) for code in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(diagnostic, rules) for diagnostic in found],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    known = CODES.get(code)
    if known is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.explanation},
    }


def _result(diagnostic: Diagnostic, rules: list[str]) -> dict[str, Any]:
    text = "\n".join(
        [
            diagnostic.message,
            *diagnostic.notes,
            *([f"help: {diagnostic.help}"] if diagnostic.help is not None else []),
        ]
    )
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rules.index(diagnostic.code),
        "level": str(diagnostic.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(diagnostic.span)}],
    }
    if diagnostic.labels:
        result["relatedLocations"] = [
            {"physicalLocation": _location(label.span), "message": {"text": label.text}}
            for label in diagnostic.labels
        ]
    if diagnostic.edits:
        result["fixes"] = [
            {
                "description": {"text": diagnostic.help or diagnostic.message},
                "artifactChanges": [
                    {
                        "artifactLocation": _artifact(edit.span),
                        "replacements": [
                            {
                                "deletedRegion": _region(edit.span),
                                "insertedContent": {"text": edit.replacement},
                            }
                        ],
                    }
                    for edit in diagnostic.edits
                ],
            }
        ]
    return result


def _location(span: Span) -> dict[str, Any]:
    return {"artifactLocation": _artifact(span), "region": _region(span)}


def _artifact(span: Span) -> dict[str, str]:
    return {"uri": quote(span.source.path, safe="/-._~")}


def _region(span: Span) -> dict[str, int]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
