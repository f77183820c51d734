"""Diagnostics as text: the fact, the lines of the file with carets under them, the help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archdsl.diagnostics.diagnostic import Diagnostic, Severity
from archdsl.diagnostics.source import Source, Span

MOST_SHOWN = 20
MOST_CHARACTERS = 60_000
"""Of a whole report, so that no text can flood a terminal."""
_MESSAGE = 1_000
_LABEL = 300
_LINES = 60
"""Of one diagnostic: labels, and lines of notes."""
_EXCERPT = 100
"""Columns of a source line."""

_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_RED = "\x1b[1;31m"
_YELLOW = "\x1b[1;33m"
_BLUE = "\x1b[1;34m"
_GREEN = "\x1b[1;32m"


def render(
    diagnostics: Iterable[Diagnostic], *, colour: bool = False, limit: int = MOST_SHOWN
) -> str:
    """The diagnostics as a person reads them, each ended by an empty line but the last.

    At most `limit` are shown, errors before warnings where not all are; a last line counts
    the rest. Text from the file is shown escaped, never interpreted by the terminal.
    """
    found = list(diagnostics)
    kept = _most_important(found, limit)
    shown: list[str] = []
    rest: list[Diagnostic] = []
    length = 0
    for number, diagnostic in enumerate(found):
        text = render_one(diagnostic, colour=colour) if number in kept else ""
        if not text or (shown and length + len(text) > MOST_CHARACTERS):
            rest.append(diagnostic)
            continue
        shown.append(text)
        length += len(text)
    if rest:
        shown.append(f"... and {count_of(rest, more=True)}\n")
    return "\n".join(shown)


def render_one(diagnostic: Diagnostic, *, colour: bool = False) -> str:
    """One diagnostic, its last line ended."""
    paint = _Paint(colour)
    mark = _RED if diagnostic.severity is Severity.ERROR else _YELLOW
    head = paint(f"{diagnostic.severity}[{diagnostic.code}]", mark)
    message = paint(clip(escape(diagnostic.message), _MESSAGE), _BOLD)
    lines = [f"{place(diagnostic.span)}: {head}: {message}"]
    lines += _excerpts(diagnostic, mark, paint)
    gutter = " " * _gutter(diagnostic)
    notes = [line for note in diagnostic.notes for line in _note_lines(note)]
    for line in notes[:_LINES]:
        lines.append(f"{gutter} {paint('=', _BLUE)} {line}")
    if len(notes) > _LINES:
        lines.append(f"{gutter} {paint('=', _BLUE)} ... {len(notes) - _LINES} more lines")
    if diagnostic.help is not None:
        helping = clip(escape(diagnostic.help), _MESSAGE)
        lines.append(f"{gutter} {paint('=', _BLUE)} {paint('help', _GREEN)}: {helping}")
    return "\n".join(lines) + "\n"


def place(span: Span) -> str:
    """`path:line:col`, the path escaped."""
    line, column = span.source.position(span.start)
    return f"{escape(span.source.path)}:{line}:{column}"


def count_of(diagnostics: Sequence[Diagnostic], *, more: bool = False) -> str:
    """`3 errors and 1 warning`; with `more`, `3 more errors and 1 more warning`."""
    parts = []
    for severity in Severity:
        number = sum(d.severity is severity for d in diagnostics)
        if number:
            further = " more" if more else ""
            parts.append(f"{number}{further} {severity}{'' if number == 1 else 's'}")
    return " and ".join(parts)


def escape(text: str) -> str:
    """Text with every character that could move a cursor or hide shown as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escaped, text))


def clip(text: str, length: int) -> str:
    """Text of at most `length` characters, cut with `...`."""
    return text if len(text) <= length else text[: length - 3] + "..."


def width(text: str) -> int:
    """How many columns a terminal gives to a text."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _most_important(found: Sequence[Diagnostic], limit: int) -> set[int]:
    """Positions of those to show: in order, errors before warnings where not all are shown."""
    if len(found) <= limit:
        return set(range(len(found)))
    by_weight = sorted(range(len(found)), key=lambda i: found[i].severity is not Severity.ERROR)
    return set(by_weight[:limit])


class _Paint:
    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, code: str) -> str:
        return f"{code}{text}{_RESET}" if self.colour else text


class _Mark:
    """A span on its first line, with what it says and how it is underlined."""

    def __init__(self, span: Span, text: str, sign: str) -> None:
        source = span.source
        self.source = source
        self.line, self.column = source.position(span.start)
        line_start = span.start - (self.column - 1)
        line_end = source.text.find("\n", span.start)
        line_end = len(source.text) if line_end < 0 else line_end
        self.start = span.start - line_start
        self.stop = max(self.start, min(span.end, line_end) - line_start)
        self.text = text
        self.sign = sign


def _gutter(diagnostic: Diagnostic) -> int:
    lines = [diagnostic.span.line, *(label.span.line for label in diagnostic.labels[:_LINES])]
    return len(str(max(lines)))


def _excerpts(diagnostic: Diagnostic, colour: str, paint: _Paint) -> list[str]:
    """The lines that the spans stand on, by file, the diagnostic's own first."""
    marks = [_Mark(diagnostic.span, "", "^")]
    marks += [_Mark(label.span, label.text, "-") for label in diagnostic.labels[:_LINES]]
    margin = _gutter(diagnostic)
    bar = paint("|", _BLUE)
    lines: list[str] = []
    sources: list[Source] = []
    for mark in marks:
        if not any(mark.source is known or mark.source.path == known.path for known in sources):
            sources.append(mark.source)
    for source in sources:
        here = [m for m in marks if m.source is source or m.source.path == source.path]
        if source is diagnostic.span.source:
            if not source.text:
                continue
            lines.append(f"{' ' * margin} {bar}")
        else:
            where = f"{escape(source.path)}:{here[0].line}:{here[0].column}"
            lines.append(f"{' ' * margin} {paint('in', _BLUE)} {where}")
        previous: int | None = None
        for number in sorted({m.line for m in here}):
            if previous is not None and number > previous + 1:
                lines.append(paint("...", _BLUE))
            previous = number
            on_line = [m for m in here if m.line == number]
            lines += _marked_line(source, number, on_line, margin, colour, paint)
    if len(diagnostic.labels) > _LINES:
        lines.append(f"{' ' * margin} {bar} ... {len(diagnostic.labels) - _LINES} more places")
    return lines


def _marked_line(
    source: Source, number: int, marks: list[_Mark], margin: int, colour: str, paint: _Paint
) -> list[str]:
    """A source line, clipped around its first mark, and one line below it for each mark."""
    bar = paint("|", _BLUE)
    text = source.line(number)
    first = min(mark.start for mark in marks)
    start = 0
    if len(text) > _EXCERPT and first > _EXCERPT * 2 // 3:
        start = first - _EXCERPT // 3
    window = text[start : start + _EXCERPT]
    columns = [0]
    pieces: list[str] = []
    for character in window:
        piece = "    " if character == "\t" else _escaped(character)
        pieces.append(piece)
        columns.append(columns[-1] + width(piece))
    before = "..." if start else ""
    after = "..." if start + _EXCERPT < len(text) else ""
    shown = f"{before}{''.join(pieces)}{after}".rstrip()
    lines = [f"{paint(str(number).rjust(margin), _BLUE)} {bar} {shown}".rstrip()]
    for mark in sorted(marks, key=lambda m: (m.sign == "-", m.start)):
        left = min(max(mark.start - start, 0), len(window))
        right = min(max(mark.stop - start, left), len(window))
        indent = " " * (len(before) + columns[left])
        length = max(1, columns[right] - columns[left])
        says = f" {clip(escape(mark.text), _LABEL)}" if mark.text else ""
        under = paint(mark.sign * length + says, colour if mark.sign == "^" else _BLUE)
        lines.append(f"{' ' * margin} {bar} {indent}{under}")
    return lines


def _note_lines(note: str) -> list[str]:
    first, *others = note.split("\n")
    lines = [f"note: {clip(escape(first), _MESSAGE)}"]
    return lines + [f"      {clip(escape(line), _MESSAGE)}" for line in others]


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
