"""A token that no rule goes on with, and what stands around it."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics.diagnostic import Edit, Label
from archdsl.diagnostics.source import Span
from archdsl.syntax.characters import clipped
from archdsl.syntax.kinds import (
    AS,
    LBRACE,
    LPAR,
    LSQB,
    NAME,
    NETWORK,
    NUMBER,
    RBRACE,
    RPAR,
    RSQB,
    STAGE,
    STAR,
)
from archdsl.syntax.lexer import END, RESERVED
from archdsl.syntax.reading import SYMBOL
from archdsl.syntax.recovery import Cure, Finding, Recovery

RESUME = Cure(resume=True)


class Trouble:
    """The token at which reading stopped: token 0; those behind it in the text are 1, 2 ..."""

    def __init__(self, reading: Recovery) -> None:
        self.reading = reading
        self.kind, start, end = reading.token()
        self.span = Span(reading.source, start, end)
        self.is_put_in = bool(reading.put)
        self.leads = not self.is_put_in and reading.leads(reading.at)
        self.count = len(reading.read.kinds)

    @property
    def text(self) -> str:
        """The token as it is written."""
        return self.span.text

    @property
    def named(self) -> str:
        """The token as a message names it."""
        if self.kind == END:
            return "the end of the file"
        return f"`{clipped(self.text)}`" if self.text else "the end of the body"

    # What was read

    def kind_before(self, back: int = 1) -> int:
        """The kind of a token before this one, END where there is none."""
        return self.reading.read.kinds[self.count - back] if back <= self.count else END

    def span_of(self, index: int) -> Span:
        """The place of a token that was read."""
        read = self.reading.read
        return Span(self.reading.source, read.starts[index], read.ends[index])

    def span_before(self) -> Span:
        """The place of the last token that was read and stands in the text, else the start."""
        for index in range(self.count - 1, max(-1, self.count - 4), -1):
            if self.reading.read.ends[index] > self.reading.read.starts[index]:
                return self.span_of(index)
        return Span(self.span.source, self.span.start, self.span.start)

    def text_before(self) -> str:
        """The last token that was read, as it is written."""
        return clipped(self.span_before().text)

    def touches_before(self) -> bool:
        """Whether no blank stands before the token."""
        return self.count > 0 and self.reading.read.ends[-1] == self.span.start

    def words_before(self, most: int = 12) -> list[int]:
        """The tokens read on this line, the first of them first, as far as nothing was put in."""
        read, text = self.reading.read, self.span.source.text
        found: list[int] = []
        end = self.span.start
        for index in range(self.count - 1, max(-1, self.count - 1 - most), -1):
            if self.reading.origin[index] < 0 or text.find("\n", read.ends[index], end) >= 0:
                break
            found.insert(0, index)
            end = read.starts[index]
        return found

    # What follows

    def kind_at(self, ahead: int) -> int:
        """The kind of a token of the text from this one on."""
        kinds = self.reading.kinds
        return kinds[min(self.reading.at + ahead, len(kinds) - 1)]

    def span_at(self, ahead: int) -> Span:
        """The place of a token of the text from this one on."""
        index = min(self.reading.at + ahead, len(self.reading.kinds) - 1)
        return Span(self.span.source, self.reading.starts[index], self.reading.ends[index])

    def touch(self, ahead: int) -> bool:
        """Whether the token stands right behind the one before it."""
        return self.span_at(ahead - 1).end == self.span_at(ahead).start

    def find_on_line(self, kinds: Sequence[int], most: int = 40) -> int | None:
        """The first token of these kinds behind this one on its line."""
        for ahead in range(1, most):
            index = self.reading.at + ahead
            if index >= len(self.reading.kinds) or self.reading.leads(index):
                return None
            if self.reading.kinds[index] in kinds:
                return ahead
        return None

    def partner(self, ahead: int = 0, most: int = 200) -> int | None:
        """The bracket that closes the one at `ahead`, None where none near does."""
        opener = self.kind_at(ahead)
        closer = {LPAR: RPAR, LSQB: RSQB, LBRACE: RBRACE}[opener]
        depth = 0
        for at in range(ahead, ahead + most):
            depth += (self.kind_at(at) == opener) - (self.kind_at(at) == closer)
            if depth == 0:
                return at
            if self.kind_at(at) == END:
                break
        return None

    # Where it stands

    def top(self, count: int = 1) -> list[str]:
        """The last things read: names of terminals and rules."""
        return self.reading.top(count)

    def at_statement(self) -> bool:
        """Whether a statement of a body may begin here."""
        return self.reading.accepts([STAGE])

    def at_declaration(self) -> bool:
        """Whether a declaration may begin here."""
        return self.reading.accepts([NETWORK])

    def behind_callee(self) -> bool:
        """Whether a step ends here that has no arguments yet."""
        accepts = self.reading.accepts
        return accepts([LPAR]) and accepts([AS]) and not self.in_expression()

    def in_brackets(self) -> int | None:
        """The round or square bracket that is open around the token."""
        index = self.reading.open_bracket()
        if index is None or self.reading.read.kinds[index] == LBRACE:
            return None
        return index

    def in_body(self) -> bool:
        """Whether a brace is open around the statement."""
        states = self.reading.states
        return any(SYMBOL[state] == "LBRACE" for state in states)

    def in_expression(self) -> bool:
        """Whether a value could end before the token, or begin with it."""
        return self.reading.accepts([STAR]) or self.reading.accepts([NUMBER])


def is_word(kind: int) -> bool:
    """Whether a token is a name or a word of the language."""
    return kind == NAME or kind in RESERVED


def insertion(at: int, text: str, like: Span) -> Edit:
    """An edit that puts text in."""
    return Edit(Span(like.source, at, at), text)


def finding(
    code: str,
    message: str,
    span: Span,
    cure: Cure = RESUME,
    help: str | None = None,
    *,
    labels: Sequence[Label] = (),
    edits: Sequence[Edit] = (),
    notes: Sequence[str] = (),
) -> Finding:
    """What is said of a mistake."""
    return Finding(code, message, span, cure, help, labels, edits, notes)
