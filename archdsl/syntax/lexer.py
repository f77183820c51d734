"""Text to tokens: one regular expression over the text, and one look at each spelling.

Every piece of the text carries the blanks behind it, so that the pieces join to the text and
offsets are running sums; what a spelling means is worked out once however often it occurs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from operator import add

from archdsl.diagnostics.source import Source
from archdsl.syntax import tables
from archdsl.syntax.tables import MARKS, NAME, NUMBER, PATTERN, SIZE, STRING, TERMINALS, WORDS

KIND = {name: kind for kind, name in enumerate(TERMINALS)}
END = KIND["$END"]
IN_THEIR_PLACE = frozenset(
    KIND[name] for name in ("AFTER", "BY", "EDITION", "SCALED", "TRAINING", "UNBATCHED")
)
RESERVED = frozenset(WORDS.values()) - IN_THEIR_PLACE
BAD = -1
COMMENT = -2

_MARK = "|".join(re.escape(m) for m in sorted(MARKS, key=len, reverse=True))
_TOKEN = (
    rf"(?:{NAME}|{SIZE}|{NUMBER}|{STRING}|{_MARK}|{tables.COMMENT}"
    r'|[0-9](?:[A-Za-z0-9_]|\.[A-Za-z0-9_])*|"[^"\n]*|[^ \t\r\n])[ \t\r\n]*'
)
_pieces = re.compile(_TOKEN).findall
_blanks = re.compile(r"[ \t\r\n]*").match
_number = re.compile(NUMBER).fullmatch
_size = re.compile(SIZE).fullmatch
_string = re.compile(STRING).fullmatch
_pattern = re.compile(PATTERN).match
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_DIGITS = frozenset("0123456789")
_UNITS = frozenset("KMGT")
_LISTS_OF_PATTERNS = frozenset((KIND["FREEZE"], KIND["UNFREEZE"], KIND["EXCEPT"]))
_COMMA = KIND["COMMA"]
_PATTERN = KIND["PATTERN"]
_DOT = KIND["DOT"]


@dataclass(slots=True)
class Remark:
    """A comment: its text, the index of the token behind it, and what precedes it.

    `alone` is False for one behind a token on the token's line; `apart` says that a blank
    line stands above.
    """

    text: str
    start: int
    before: int
    alone: bool
    apart: bool


@dataclass(slots=True)
class Tokens:
    """Kind, start and end of each token, the last one the end of the text.

    `gaps` holds the tokens behind a blank line, `longest` is the length of the longest but
    comments, `nesting` the most brackets open at once, and `bad` says that some piece is no
    token, or a unit stands apart from its number.
    """

    kinds: list[int]
    starts: list[int]
    ends: list[int]
    remarks: list[Remark] = field(default_factory=list)
    gaps: set[int] = field(default_factory=set)
    longest: int = 0
    nesting: int = 0
    bad: bool = False


class _Spellings(dict[str, tuple[int, int]]):
    """Kind and length of each piece, worked out when it is first met."""

    __slots__ = ("bad", "blank_lines", "comments", "longest", "patterns", "units")

    def __init__(self) -> None:
        self.comments = False
        self.blank_lines = False
        self.patterns = False
        self.units = False
        self.bad = False
        self.longest = 0

    def __missing__(self, piece: str) -> tuple[int, int]:
        text = piece.rstrip(" \t\r\n")
        kind = classify(text)
        if kind != COMMENT:
            self.longest = max(self.longest, len(text))
        if kind == COMMENT:
            self.comments = True
        elif kind == BAD:
            self.bad = True
        elif kind in _LISTS_OF_PATTERNS:
            self.patterns = True
        elif text in _UNITS:
            self.units = True
        if piece.count("\n", len(text)) > 1:
            self.blank_lines = True
        found = self[piece] = (kind, len(text))
        return found


def classify(text: str) -> int:
    """The kind of one piece of text."""
    start = text[0]
    if start in _LETTERS:
        return WORDS.get(text, KIND["NAME"])
    if start in _DIGITS:
        if _number(text):
            return KIND["NUMBER"]
        return KIND["SIZE"] if _size(text) else BAD
    if start == '"':
        return KIND["STRING"] if _string(text) else BAD
    if start == "#":
        return COMMENT
    return MARKS.get(text, BAD)


def tokenize(source: Source, start: int = 0, end: int | None = None) -> Tokens:
    """The tokens of a source, or of the part of it from `start` to `end`."""
    text = source.text
    if end is None:
        end = len(text)
    first = _blanks(text, start, end)
    assert first is not None
    pieces = _pieces(text, first.end(), end)
    spellings = _Spellings()
    found = [spellings[piece] for piece in pieces]
    starts = list(accumulate(map(len, pieces), initial=first.end()))
    kinds = [kind for kind, _ in found]
    kinds.append(END)
    ends = list(map(add, starts, [length for _, length in found]))
    ends.append(end)
    starts[-1] = end
    tokens = Tokens(kinds, starts, ends, longest=spellings.longest, bad=spellings.bad)
    if spellings.comments or spellings.blank_lines or spellings.patterns:
        _set_apart(tokens, text)
    if spellings.units and not tokens.bad:
        tokens.bad = any(unit_apart(source, tokens, i) for i in range(1, len(tokens.kinds)))
    return tokens


def unit_apart(source: Source, tokens: Tokens, index: int) -> bool:
    """Whether a token is a lone K, M, G or T behind a number on its line: `4.1 G`."""
    start, before = tokens.starts[index], tokens.ends[index - 1]
    return (
        tokens.kinds[index - 1] == KIND["NUMBER"]
        and source.text[start : tokens.ends[index]] in _UNITS
        and start > before
        and "\n" not in source.text[before:start]
    )


def _set_apart(tokens: Tokens, text: str) -> None:
    """Move the comments out of the tokens, find the blank lines, join each pattern's pieces."""
    kinds: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    last = len(tokens.kinds) - 1
    at = 0
    pattern_wanted = in_patterns = False
    joined = 0
    for i, start in enumerate(tokens.starts):
        if start < joined:
            continue
        kind, end = tokens.kinds[i], tokens.ends[i]
        lines = text.count("\n", at, start)
        if kind == COMMENT:
            alone = lines > 0 or not kinds
            tokens.remarks.append(Remark(text[start:end], start, len(kinds), alone, lines > 1))
        else:
            if lines > 1 and i < last:
                tokens.gaps.add(len(kinds))
            if pattern_wanted:
                found = _pattern(text, start, tokens.ends[-1])
                in_patterns = found is not None and kind not in RESERVED
                if found is not None and in_patterns:
                    kind, end = _PATTERN, found.end()
                    joined = end
                pattern_wanted = False
            elif kind in _LISTS_OF_PATTERNS:
                pattern_wanted = not kinds or kinds[-1] != _DOT
            else:
                pattern_wanted = in_patterns and kind == _COMMA
                in_patterns = False
            kinds.append(kind)
            starts.append(start)
            ends.append(end)
        at = end
    tokens.kinds, tokens.starts, tokens.ends = kinds, starts, ends
