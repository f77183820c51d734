"""Where a command's words go: results to stdout, diagnostics and progress to stderr.

With `--format json` (and `sarif`) stdout is one JSON document. All text leaves as UTF-8,
whatever the locale. This is the one module that writes to the streams.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from archdsl import files
from archdsl.diagnostics.diagnostic import Diagnostic, Severity
from archdsl.diagnostics.render import clip, escape, render

if TYPE_CHECKING:
    from archdsl.reports.table import Table

FORMAT_VERSION = 1
_CLEAR = "\r\x1b[2K"
_LINE = 79
"""Columns of the line that says what is going on."""

FORMATS = ("text", "json", "sarif", "github")


class Usage(Exception):
    """The command line asks for something that cannot be; the text says what."""


class Environment(Exception):
    """Something around the command is missing or refuses; the text says what."""


class StreamClosed(Exception):
    """Standard output does not take more; `full` says that it refused rather than went away."""

    def __init__(self, reason: str, *, full: bool) -> None:
        super().__init__(reason)
        self.full = full


class Output:
    """The streams of one command, and the format it was asked for."""

    def __init__(self, stdout: TextIO | None, stderr: TextIO | None) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self.format = "text"
        self.colour = _is_terminal(stderr) and "NO_COLOR" not in os.environ
        self.shows_progress = _is_terminal(stderr)
        self._under_way = False

    @property
    def is_text(self) -> bool:
        """Whether a person reads stdout."""
        return self.format == "text"

    @property
    def is_table(self) -> bool:
        """Whether stdout is one table, as CSV or Markdown."""
        return self.format in ("csv", "markdown")

    def result(self, text: str) -> None:
        """Write text to stdout.

        Raises:
            StreamClosed: Nobody reads it, or there is no room.
        """
        self.clear_progress()
        if self._stdout is None:
            raise StreamClosed("standard output is closed", full=True)
        try:
            _write(self._stdout, text)
        except BrokenPipeError:
            _discard(self._stdout)
            raise StreamClosed("nobody reads standard output", full=False) from None
        except (OSError, ValueError) as error:
            _discard(self._stdout)
            reason = error.strerror if isinstance(error, OSError) else None
            raise StreamClosed(
                f"cannot write to standard output: {(reason or 'it is closed').lower()}", full=True
            ) from None

    def document(self, content: dict[str, Any]) -> None:
        """Write the one JSON document of this command to stdout."""
        import json

        versioned = {"format_version": FORMAT_VERSION, **content}
        self.result(json.dumps(versioned, ensure_ascii=False, indent=2) + "\n")

    def table(self, table: Table) -> None:
        """Write a table to stdout in the format it was asked for."""
        self.result(table.csv() if self.format == "csv" else table.markdown())

    def diagnose(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Show diagnostics to a person: on stderr, coloured on a terminal."""
        shown = render(diagnostics, colour=self.colour)
        if shown:
            self.message(shown.rstrip("\n"))

    def message(self, text: str) -> None:
        """Write a line to stderr; a closed stderr loses it."""
        self.clear_progress()
        self._tell(text + "\n")

    def progress(self, text: str) -> None:
        """Tell a person at a terminal what is going on, on a line that later words replace."""
        if self.shows_progress:
            self._under_way = True
            self._tell(f"{_CLEAR}{clip(escape(text), _LINE)}")

    def clear_progress(self) -> None:
        """Take the line of `progress` away."""
        if self._under_way:
            self._under_way = False
            self._tell(_CLEAR)

    def _tell(self, text: str) -> None:
        if self._stderr is not None:
            try:
                _write(self._stderr, text)
            except (OSError, ValueError):
                self._stderr = None

    def findings(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Write diagnostics in the machine formats `sarif` and `github` to stdout."""
        if self.format == "sarif":
            import json

            from archdsl import __version__
            from archdsl.diagnostics.render_sarif import sarif

            self.result(json.dumps(sarif(diagnostics, version=__version__), indent=2) + "\n")
        else:
            from archdsl.diagnostics.render_github import github

            self.result(github(diagnostics))


def write_outputs(contents: dict[str, bytes], inputs: Sequence[str]) -> None:
    """Write a command's files, all or none begun.

    Raises:
        files.Unwritable.
    """
    files.write_files(contents, inputs=[path for path in inputs if path != "-"])


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them makes the run fail."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def shown_path(path: str) -> str:
    """A path as it may stand in a message."""
    return clip(escape(files.plain_path(path)), 300)


def _write(stream: TextIO, text: str) -> None:
    """Write and flush as UTF-8; what has no UTF-8 form is escaped."""
    content = text.encode("utf-8", "backslashreplace")
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(content.decode("utf-8"))
    else:
        stream.flush()
        rest = memoryview(content)
        while rest:  # an unbuffered stream takes what fits
            rest = rest[buffer.write(rest) or 0 :]
    stream.flush()


def _discard(stream: TextIO) -> None:
    """Let what is still buffered vanish, so that the interpreter's last flush cannot fail."""
    try:
        if stream is sys.stdout:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        pass


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False
