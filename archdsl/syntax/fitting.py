"""Text that is laid out to a width: pieces, and the places where a line may break.

After P. Wadler, "A prettier printer" (2003), with two additions: a group may be broken
because the author broke it, and a fill breaks only where the next part has no room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

STEP = 4
"""Columns of indentation."""


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the group around it may break the line; `flat` stands there otherwise."""

    flat: str


@dataclass(frozen=True, slots=True)
class NewLine:
    """The end of a line, whatever the group."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment at the end of a line. It takes no room: nothing breaks for it."""

    text: str


@dataclass(frozen=True, slots=True)
class WhenBroken:
    """A text that stands only where the group around it is broken."""

    text: str


@dataclass(slots=True)
class _Compound:
    """A piece made of others.

    `length` is its length on one line, `ends` says that there is a line end in it in any case.
    """

    length: int = field(init=False, default=0)
    ends: bool = field(init=False, default=False)

    def measure(self, parts: Iterable[Doc], between: int = 0) -> None:
        length = -between
        for part in parts:
            length += between
            match part:
                case str():
                    length += len(part)
                case Break(text):
                    length += len(text)
                case NewLine() | Remark():
                    self.ends = True
                case _Compound():
                    length += part.length
                    self.ends |= part.ends
        self.length = length


@dataclass(slots=True)
class Join(_Compound):
    """Pieces in a row."""

    parts: Sequence[Doc]

    def __post_init__(self) -> None:
        self.measure(self.parts)


@dataclass(slots=True)
class Indented(_Compound):
    """A piece whose further lines stand deeper, if the group around it is broken."""

    part: Doc
    by: int = STEP

    def __post_init__(self) -> None:
        self.measure((self.part,))


@dataclass(slots=True)
class Group(_Compound):
    """A piece that is on one line, or broken at all of its own places.

    It is broken in any case if it is `forced`, or if there is a line end in it.
    """

    part: Doc
    forced: bool = False

    def __post_init__(self) -> None:
        self.measure((self.part,))
        self.ends |= self.forced


@dataclass(slots=True)
class Fill(_Compound):
    """Parts with a space between, or a line end where there is no room or one is `forced`.

    From the first line end on, lines stand `by` columns deeper.
    """

    parts: Sequence[Doc]
    forced: Collection[int] = ()
    by: int = 0

    def __post_init__(self) -> None:
        self.measure(self.parts, 1)
        self.ends |= bool(self.forced)


@dataclass(slots=True)
class _Rest:
    """What is left of a fill from one of its parts on."""

    fill: Fill
    index: int
    indent: int


Doc: TypeAlias = str | Break | NewLine | Remark | WhenBroken | Join | Indented | Group | Fill

SPACE = Break(" ")
EDGE = Break("")
NEWLINE = NewLine()


def has_end(doc: Doc) -> bool:
    """Whether a piece has a line end in any case."""
    return doc.ends if isinstance(doc, _Compound) else isinstance(doc, NewLine | Remark)


def flat(doc: Doc) -> str:
    """A piece on one line, without its comments."""
    written: list[str] = []
    pending: list[Doc] = [doc]
    while pending:
        match pending.pop():
            case str(text) | Break(text):
                written.append(text)
            case Join(parts=parts):
                pending.extend(reversed(parts))
            case Indented(part=part) | Group(part=part):
                pending.append(part)
            case Fill(parts=parts):
                pending.extend(reversed(_spaced(parts)))
            case NewLine() | Remark() | WhenBroken():
                pass
    return "".join(written)


def lay_out(doc: Doc, width: int) -> str:
    """A piece as text whose lines have at most `width` columns wherever they can be broken."""
    return _Page(width).text(doc)


_Entry: TypeAlias = tuple[int, bool, Doc | _Rest]
"""Indentation, whether the group around is broken, and what to write."""


class _Page:
    """The text so far, and what is still to be written on top of a stack."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.written: list[str] = []
        self.column = 0
        self.blank = 0
        self.stack: list[_Entry] = []

    def text(self, doc: Doc) -> str:
        stack = self.stack
        stack.append((0, True, doc))
        while stack:
            indent, broken, piece = stack.pop()
            match piece:
                case str():
                    self.write(piece)
                case Break(between):
                    if broken:
                        self.end_line(indent)
                    else:
                        self.write(between)
                case NewLine():
                    self.end_line(indent)
                case Remark(text):
                    self.write(f"  {text}")
                case WhenBroken(text):
                    if broken:
                        self.write(text)
                case Join(parts=parts):
                    stack.extend((indent, broken, part) for part in reversed(parts))
                case Indented(part=part, by=by):
                    stack.append((indent + by if broken else indent, broken, part))
                case Group(part=part, ends=ends):
                    if ends or not self.fits(self.column, part):
                        stack.append((indent, True, part))
                    else:
                        self.write(flat(part))
                case Fill(parts=parts):
                    stack.append((indent, True, _Rest(piece, 1, indent)))
                    stack.append((indent, True, parts[0]))
                case _Rest():
                    self.go_on(piece, indent)
        return "".join(self.written)

    def go_on(self, rest: _Rest, indent: int) -> None:
        """Write the next part of a fill."""
        fill, index = rest.fill, rest.index
        if index == len(fill.parts):
            return
        part = fill.parts[index]
        if index in fill.forced or not self.fits(self.column + 1, part):
            indent = rest.indent + fill.by
            self.end_line(indent)
        else:
            self.write(" ")
        self.stack.append((indent, True, _Rest(fill, index + 1, rest.indent)))
        self.stack.append((indent, True, part))

    def write(self, text: str) -> None:
        if text:
            if self.blank:
                self.written.append(" " * self.blank)
                self.blank = 0
            self.written.append(text)
            self.column += len(text)

    def end_line(self, indent: int) -> None:
        self.written.append("\n")
        self.column = self.blank = indent

    def fits(self, column: int, piece: Doc) -> bool:
        """Whether a piece fits on the line, with what follows up to where a line may end."""
        room = self.width - column
        below = len(self.stack)
        pending: list[tuple[bool, Doc | _Rest]] = [(False, piece)]
        while room >= 0:
            if not pending:
                if not below:
                    return True
                below -= 1
                pending.append(self.stack[below][1:])
            broken, doc = pending.pop()
            match doc:
                case str():
                    room -= len(doc)
                case _Compound(ends=False, length=length) if not broken:
                    room -= length
                case Break(between):
                    if broken:
                        return True
                    room -= len(between)
                case NewLine() | Remark():
                    return True
                case WhenBroken(text):
                    room -= len(text) if broken else 0
                case Join(parts=parts):
                    pending.extend((broken, part) for part in reversed(parts))
                case Indented(part=part):
                    pending.append((broken, part))
                case Group(part=part, ends=ends):
                    pending.append((broken or ends, part))
                case Fill(parts=parts, forced=forced_parts):
                    if broken:
                        pending.append((broken, _Rest(doc, 1, 0)))
                        pending.append((broken, parts[0]))
                    else:
                        first = min(forced_parts, default=len(parts))
                        if first < len(parts):
                            pending.append((broken, NEWLINE))
                        pending.extend((broken, p) for p in reversed(_spaced(parts[:first])))
                case _Rest(fill=fill, index=index):
                    if index < len(fill.parts):
                        return True
        return False


def _spaced(parts: Sequence[Doc]) -> list[Doc]:
    spaced: list[Doc] = []
    for part in parts:
        spaced += (" ", part)
    return spaced[1:]
