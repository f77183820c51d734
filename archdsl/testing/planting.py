"""Mistakes planted in good texts: one edit each, with the codes that may name it and its place.

A kind finds the places in a text where it can be planted by a pattern over the text without its
comments. The place of a mistake is what was put in, or where a value that it spoils is refused:
`Where` says which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from archdsl.diagnostics.diagnostic import Diagnostic


class Where(Enum):
    """What the error must point into."""

    TOKEN = auto()
    """What was written."""
    LINE = auto()
    """The line that was changed."""
    STATEMENT = auto()
    """The statement that was changed, with its brackets."""
    JOIN = auto()
    """The join around what was changed."""
    AFTER = auto()
    """What was changed, and what stands behind it in its network."""
    OPENER = auto()
    """The bracket that is left open, or the line that was changed."""


@dataclass(frozen=True)
class Planted:
    """A text with a mistake; the error must overlap one of the `places`."""

    text: str
    places: tuple[tuple[int, int], ...]

    def is_found_by(self, error: Diagnostic, path: str) -> bool:
        """Whether an error points to it in the file at a path.

        Where a block or the standard library holds what refuses a value, the calls that led
        there count as well.
        """
        calls = [
            label.span
            for label in error.labels
            if label.text.startswith("in the call of") or label.text == "given here"
        ]
        return any(
            span.source.path == path and span.start < end and span.end > start
            for span in (error.span, *calls)
            for start, end in self.places
        )


@dataclass(frozen=True)
class Kind:
    """A mistake of a kind: what it replaces (the group `x`, else all of the pattern) by what."""

    name: str
    codes: tuple[str, ...]
    pattern: str
    new: str | Callable[[re.Match[str]], str]
    where: Where = Where.TOKEN
    join: str = "add|concat|mul"
    """The joins in which `Where.JOIN` plants it."""
    only: str = ""
    """A pattern that the text must have."""

    def plant(self, text: str) -> Iterator[Planted]:
        """Every way to plant it in a text."""
        if re.search(self.only, text) is None:
            return
        for match in re.finditer(self.pattern, without_comments(text), re.MULTILINE):
            group = "x" if "x" in match.re.groupindex else 0
            start, end = match.span(group)
            new = self.new if isinstance(self.new, str) else self.new(match)
            wrong = text[:start] + new + text[end:]
            found = self._places(wrong, start, start + len(new))
            if wrong != text and found:
                yield Planted(wrong, found)

    def _places(self, text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """The spans in which an error may be found; none where it cannot be planted."""
        line = text.rfind("\n", 0, start) + 1, _or_end(text, text.find("\n", end))
        match self.where:
            case Where.TOKEN:
                return ((max(start - 1, 0), end + 1),)
            case Where.LINE:
                return (line,)
            case Where.STATEMENT:
                return ((line[0], max(line[1], _closing(text, start))),)
            case Where.JOIN:
                return _join_around(text, start, self.join)
            case Where.AFTER:
                return ((line[0], _or_end(text, text.find("\n}", end))),)
            case Where.OPENER:
                opener = _opener(text, start)
                return ((opener, opener + 1), line)


def without_comments(text: str) -> str:
    """A text with spaces for its comments."""
    return re.sub(r"#.*", lambda m: " " * len(m.group()), text)


def _or_end(text: str, position: int) -> int:
    return len(text) if position < 0 else position


def _opener(text: str, position: int) -> int:
    """The innermost bracket that is open at a position."""
    clean, depth = without_comments(text), 0
    for at in range(position - 1, -1, -1):
        if clean[at] in ")]}":
            depth += 1
        elif clean[at] in "([{":
            if not depth:
                return at
            depth -= 1
    return position


def _closing(text: str, position: int) -> int:
    """The end of the first bracket that opens behind a position."""
    clean, depth = without_comments(text), 0
    for at in range(position, len(clean)):
        if clean[at] in "([{":
            depth += 1
        elif clean[at] in ")]}":
            depth -= 1
            if depth <= 0:
                return at + 1
        elif clean[at] == "\n" and not depth:
            return at
    return len(clean)


def _join_around(text: str, position: int, joins: str) -> tuple[tuple[int, int], ...]:
    """The innermost merge of paths around a position, if it is one of some joins."""
    at = position
    while (opener := _opener(text, at)) != at:
        if text[opener] == "{":
            word = re.search(r"\b(add|concat|mul|sub|max|mean)(\([^()]*\))? *$", text[:opener])
            if word is not None:
                if re.fullmatch(joins, word[1]) is None:
                    return ()
                return ((word.start(), _closing(text, opener)),)
        at = opener
    return ()


def swapped(match: re.Match[str]) -> str:
    """A word with two letters swapped."""
    word = match["x"]
    middle = max(1, len(word) // 2)
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
