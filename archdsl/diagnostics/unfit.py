"""Files that are no specification whatever they hold: not text, or too much of it."""

from __future__ import annotations

from archdsl import files
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span


def report_unfit(problem: files.NotText | files.TooLarge, report: Report) -> None:
    """Report a file that was refused before it was parsed, at the first place that shows why."""
    shown = files.plain_path(problem.path)
    if isinstance(problem, files.NotText):
        span = Span(Source(shown, problem.text), problem.start, problem.end)
        report.error("E0102", problem.reason, span, help=problem.help)
    else:
        report.error("E0309", problem.reason, Span(Source(shown, ""), 0, 0))
