"""Which statement each comment and blank line belongs to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from archdsl.syntax import tree
from archdsl.syntax.lexer import KIND, Remark, Tokens

_OPENERS = frozenset((KIND["LBRACE"],))


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

    def take(self, first: int, last: int, braced: bool, between: int = -1) -> tree.Comments:
        """The comments of the statement from token `first` to `last`.

        `braced` says that the last token closes its body; `between` is the `else` of an `if`.
        """
        remarks = self.remarks
        places = self.places
        taken = self.taken
        at = bisect_left(places, first)
        leading = self.above(first, at)
        gap = first in self.tokens.gaps
        while at < len(places) and places[at] == first:
            at += 1
        opening: str | None = None
        closing: list[str] = []
        middle: list[str] = []
        stray: list[str] = []
        for i in range(at, bisect_left(places, last + 1)):
            if taken[i]:
                continue
            taken[i] = True
            remark = remarks[i]
            if braced and remark.before == last:
                if not remark.alone and self.tokens.kinds[last - 1] == KIND["LBRACE"]:
                    opening = remark.text
                else:
                    if remark.apart and closing:
                        closing.append("")
                    closing.append(remark.text)
            elif not remark.alone and self.tokens.kinds[remark.before - 1] == KIND["LBRACE"]:
                opening = remark.text
            elif 0 <= between and remark.before >= between - 1:
                middle.append(remark.text)
            else:
                stray.append(remark.text)
        trailing: str | None = None
        behind = bisect_left(places, last + 1)
        if (
            behind < len(places)
            and places[behind] == last + 1
            and not taken[behind]
            and not remarks[behind].alone
        ):
            taken[behind] = True
            trailing = remarks[behind].text
        if not (leading or gap or opening or closing or middle or stray or trailing):
            return tree.NO_COMMENTS
        if stray:
            leading = (*stray, *leading) if not leading or leading[0] else (*leading, *stray)
        return tree.Comments(leading, trailing, tuple(closing), opening, tuple(middle))

    def above(self, first: int, at: int = -1) -> tuple[str, ...]:
        """The comments and blank lines right above a token, taken."""
        if at < 0:
            at = bisect_left(self.places, first)
        lines: list[str] = []
        opened = first == 0 or self.tokens.kinds[first - 1] in _OPENERS
        while at < len(self.places) and self.places[at] == first:
            if not self.taken[at]:
                remark = self.remarks[at]
                if remark.alone:
                    self.taken[at] = True
                    if remark.apart and (lines or not opened):
                        lines.append("")
                    lines.append(remark.text)
            at += 1
        if first in self.tokens.gaps and (lines or not opened):
            lines.append("")
        return tuple(lines)

    def within(
        self, first: int, last: int, items: Sequence[tree.Tree]
    ) -> tuple[tuple[int, str, bool], ...]:
        """The comments inside brackets, taken: the item each precedes, text, and if it is alone."""
        found: list[tuple[int, str, bool]] = []
        starts = [item.span.start for item in items]
        for i in range(bisect_left(self.places, first + 1), bisect_left(self.places, last + 1)):
            if not self.taken[i]:
                remark = self.remarks[i]
                self.taken[i] = True
                found.append((bisect_left(starts, remark.start), remark.text, remark.alone))
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
