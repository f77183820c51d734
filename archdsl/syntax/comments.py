"""Which statement each comment and blank line belongs to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from archdsl.syntax import tree
from archdsl.syntax.lexer import KIND, Tokens

_LBRACE = KIND["LBRACE"]
_HEADED = frozenset((KIND["VBAR"], KIND["COLON"], KIND["ELSE"]))
"""What stands right before a statement and belongs to the statement around it."""


class Remarks:
    """The comments of a text, given out to statements from the inside out.

    A statement is asked for after those inside it: what is left between its first and last
    token then stands in the middle of it, and goes above it.
    """

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.remarks = tokens.remarks
        self.places = [remark.before for remark in tokens.remarks]
        self.taken = bytearray(len(tokens.remarks))

    def take(self, first: int, last: int, closing: int = -1, between: int = -1) -> tree.Comments:
        """The comments of the statement from token `first` to `last`.

        `closing` is the bracket that ends its body, `between` the `else` of an `if`.
        """
        remarks = self.remarks
        kinds = self.tokens.kinds
        leading = self.above(first)
        headed = first > 0 and kinds[first - 1] in _HEADED
        opening: str | None = None
        ending: list[str] = []
        middle: list[str] = []
        stray: list[str] = []
        places = self.places
        for i in range(bisect_left(places, first + 1), bisect_left(places, last + 1)):
            if self.taken[i]:
                continue
            remark = remarks[i]
            before = remark.before
            behind_brace = not remark.alone and kinds[before - 1] == _LBRACE
            if before == closing and not behind_brace:
                if remark.apart and ending:
                    ending.append("")
                ending.append(remark.text)
            elif between >= 0 and between - 1 <= before <= between + 1 + behind_brace:
                middle.append(remark.text)
            elif behind_brace and opening is None:
                opening = remark.text
            elif headed:
                continue
            else:
                stray.append(remark.text)
            self.taken[i] = True
        trailing = self._behind(last)
        if stray:
            leading = _above_the_doc(leading, stray)
        if not (leading or opening or ending or middle or trailing):
            return tree.NO_COMMENTS
        return tree.Comments(leading, trailing, tuple(ending), opening, tuple(middle))

    def above(self, first: int) -> tuple[str, ...]:
        """The comments and blank lines right above a token, taken."""
        kinds = self.tokens.kinds
        if first and kinds[first - 1] in _HEADED:
            return ()
        at = bisect_left(self.places, first)
        lines: list[str] = []
        opened = first == 0 or kinds[first - 1] == _LBRACE
        while at < len(self.places) and self.places[at] == first:
            remark = self.remarks[at]
            if remark.alone and not self.taken[at]:
                self.taken[at] = True
                if remark.apart and (lines or not opened):
                    lines.append("")
                lines.append(remark.text)
            at += 1
        if first in self.tokens.gaps and (lines or not opened):
            lines.append("")
        return tuple(lines)

    def around(self, arrow: int, leading: tuple[str, ...]) -> tuple[str, ...]:
        """The comments above the step behind an arrow: those around the arrow, then its own."""
        lines = list(self.above(arrow))
        behind = self._behind(arrow)
        if behind is not None:
            lines.append(behind)
        for line in leading:
            if line or not lines or lines[-1]:
                lines.append(line)
        return tuple(lines)

    def _behind(self, last: int) -> str | None:
        """The comment behind a token on its line, taken."""
        at = bisect_left(self.places, last + 1)
        if at == len(self.places) or self.places[at] != last + 1:
            return None
        if self.taken[at] or self.remarks[at].alone:
            return None
        self.taken[at] = True
        return self.remarks[at].text

    def within(
        self, first: int, last: int, starts: Sequence[int], *, bracketed: bool
    ) -> tuple[tuple[int, str, bool], ...]:
        """The comments among items, taken: the item each precedes, text, and if it is alone.

        Without brackets around them, those inside the last item are left to others.
        """
        found: list[tuple[int, str, bool]] = []
        for i in range(bisect_left(self.places, first + 1), bisect_left(self.places, last + 1)):
            remark = self.remarks[i]
            item = bisect_left(starts, remark.start)
            if not self.taken[i] and (bracketed or item < len(starts)):
                self.taken[i] = True
                found.append((item, remark.text, remark.alone))
        return tuple(found)

    def take_rest(self) -> tree.Comments:
        """What no statement has taken: the comments at the end of the file."""
        lines: list[str] = []
        for i, remark in enumerate(self.remarks):
            if not self.taken[i]:
                self.taken[i] = True
                if remark.apart and lines:
                    lines.append("")
                lines.append(remark.text)
        return tree.Comments((), None, tuple(lines)) if lines else tree.NO_COMMENTS


def _above_the_doc(leading: tuple[str, ...], stray: list[str]) -> tuple[str, ...]:
    """Comments from the middle of a statement, put above it so that its documentation stays."""
    at = len(leading)
    while at and leading[at - 1].startswith("##"):
        at -= 1
    return (*leading[:at], *stray, *leading[at:])
