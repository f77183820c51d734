"""Reads tokens by the grammar, and goes on behind what does not follow it.

What is said of a mistake, and how the text is to be read as if it had not been made, is
decided elsewhere; here is how reading stops, goes back, leaves out, puts in and goes on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archdsl.diagnostics.diagnostic import Edit, Label
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span
from archdsl.syntax import automaton
from archdsl.syntax.build_expressions import MOST_ERRORS, ParsePart
from archdsl.syntax.characters import Mended
from archdsl.syntax.kinds import (
    BAR,
    BLOCK,
    INIT,
    LBRACE,
    NAME,
    NETWORK,
    RBRACE,
    SCALING,
    STAGE,
    STATEMENTS,
)
from archdsl.syntax.lexer import END, Tokens
from archdsl.syntax.reading import LISTS, SYMBOL, CautiousBuilder, Reading, Token

_MOST_STOPS = 3 * MOST_ERRORS
_MOST_TOKENS = 50_000
"""Behind the first mistake."""
_NO_TOKEN = -3
_NEAR = 2
"""Tokens behind a mistake that are no second one."""
_VAGUE = ("E0201", "E0202")
"""What cannot stand where it is and brackets that do not match: nothing new behind what is said of
their line."""
_MOST_CONSEQUENCES = 3
"""In a row; then the statement is given up."""
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Cure:
    """How to read on: go back to the token `back`, leave out `drop` tokens, put in some."""

    put: Sequence[int] = ()
    drop: int = 0
    back: int | None = None
    resume: bool = False
    """Give up the statement instead, and go on at the next."""
    block: bool = False
    """The brace that is put in is closed where the lines stand less deep again."""
    finish: bool = False
    """What is unfinished in the innermost body is dropped."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of a mistake, and its cure; without a code nothing is said."""

    code: str
    message: str
    span: Span
    cure: Cure
    help: str | None = None
    labels: Sequence[Label] = ()
    edits: Sequence[Edit] = ()
    notes: Sequence[str] = ()


Diagnose = Callable[["Recovery"], Finding]


class Recovery(Reading):
    """The automaton with a way out of every error.

    `blocks` are the columns at which bodies without braces end, `wrapped` says that a body was
    opened around statements that stood in none.
    """

    def __init__(
        self, source: Source, tokens: Mended, report: Report, part: ParsePart, symbol: str
    ) -> None:
        super().__init__(source, tokens, report, part, symbol)
        self.part = part
        self.faults = tokens.faults
        self.blocks: list[int] = []
        self.wrapped = False
        self.mistake = 0
        self.said = -1
        self.mended_at = -_NEAR - 1
        self.tries = (-1, 0)
        self.stops = 0
        self.consequences = 0

    def token(self) -> Token:
        """The token that is next; before a line that ends a body without braces, one that does."""
        if not self.put and self.blocks and self.leads(self.at):
            indent = self.indent(self.at)
            if self.kinds[self.at] == END or indent <= self.blocks[-1]:
                closed = self.blocks.pop() == indent and self.kinds[self.at] == RBRACE
                if not closed:
                    self.put_in([RBRACE])
        return super().token()

    def run(self, diagnose: Diagnose, stopped: int | None) -> None:
        """Read to the end, with every mistake reported once; `stopped` is the first, if known.

        Whether a token follows is asked before anything is made of those before it, so that
        a mistake is looked at where it is.
        """
        first = self.first_mistake() if stopped is None else stopped
        if first is None:
            return
        self.advance(max(0, first - 1))
        last = first + _MOST_TOKENS
        while (
            len(self.report.diagnostics) < MOST_ERRORS
            and self.stops < _MOST_STOPS
            and self.at < last
        ):
            token = self.token()
            if not self.follows(token.kind):
                if not self.mend(diagnose):
                    return
            elif self.take(token):
                return

    def take(self, token: Token) -> bool:
        """Read a token that follows; whether it was the last."""
        action = self.reduce_before(token.kind)
        if action is None:
            return True
        self.shift(action, token)
        return False

    def first_mistake(self) -> int | None:
        """The first token that does not follow, None where all do."""
        known = len(self.report.diagnostics)
        tokens = Tokens(self.kinds, self.starts, self.ends, nesting=self.read.nesting)
        builder = CautiousBuilder(self.source, tokens, self.report, self.part, self.guessed)
        try:
            automaton.run(tokens, builder, self.symbol)
        except automaton.Unexpected as stop:
            del self.report.diagnostics[known:]
            return stop.position
        return None

    def advance(self, position: int) -> None:
        """Read the tokens before the first mistake."""
        self.read.kinds += [*self.kinds[:position], _NO_TOKEN]
        self.read.starts += self.starts[: position + 1]
        self.read.ends += self.ends[: position + 1]
        try:
            automaton.run(self.read, self.builder, self.symbol)
        except automaton.Unexpected as stop:
            self.states, self.values, self.firsts = stop.states, stop.values, stop.firsts
        for column in (self.read.kinds, self.read.starts, self.read.ends):
            del column[position:]
        self.origin = list(range(position))
        self.at = position

    def mend(self, diagnose: Diagnose) -> bool:
        """Report what is wrong with the next token and read on as it was meant."""
        if not self.is_progress():
            if self.kinds[self.at] == END:
                return False
            self.put.clear()
            self.at += 1
            return True
        self.stops += 1
        is_consequence = self.is_consequence()
        self.consequences = self.consequences + 1 if is_consequence else 0
        if self.consequences > _MOST_CONSEQUENCES:
            return self.resume()
        finding = diagnose(self)
        self.mistake = self.starts[self.at]
        if finding.code and not is_consequence and not self.is_vague(finding):
            self.said = finding.span.start
            self.report.error(
                finding.code,
                finding.message,
                finding.span,
                labels=finding.labels,
                notes=finding.notes,
                help=finding.help,
                edits=finding.edits,
            )
        cure = finding.cure
        if cure.resume:
            self.mended_at = -_NEAR - 1
            return self.resume()
        if cure.back is not None:
            self.go_back(cure.back)
        if cure.finish:
            self.settle()
            self.cut(self.list_depth())
        if cure.drop:
            self.put.clear()
            self.at += min(cure.drop, len(self.kinds) - 1 - self.at)
        if cure.block:
            one_line = not self.leads(self.at)
            self.blocks.append(10**9 if one_line else self.indent_of_statement())
        self.put_in(cure.put)
        self.mended_at = len(self.read.kinds) + len(cure.put)
        return True

    def is_progress(self) -> bool:
        """Whether an error is not one of many at the same token."""
        at, count = self.tries
        self.tries = (self.at, count + 1 if at == self.at else 1)
        return self.tries[1] <= _TRIES

    def is_consequence(self) -> bool:
        """Whether an error comes from one that is known: right behind it, or a bad character."""
        near = self.mended_at >= 0 and len(self.read.kinds) - self.mended_at <= _NEAR
        if near and self.text.find("\n", self.mistake, self.starts[self.at]) < 0:
            return True
        first = self.first_of_statement()
        start = self.starts[self.at] if first is None else self.read.starts[first]
        line = self.text.rfind("\n", 0, start) + 1
        fault = bisect_left(self.faults, line)
        return fault < len(self.faults) and self.faults[fault] <= self.ends[self.at]

    def is_vague(self, finding: Finding) -> bool:
        """Whether it says nothing new behind what is said of the same line."""
        if finding.code not in _VAGUE or self.said < 0:
            return False
        return "\n" not in self.text[slice(*sorted((self.said, finding.span.start)))]

    def go_back(self, index: int) -> None:
        """Forget what was read from the token `index` on."""
        depth, state = self.before(index)
        self.cut(depth, state)
        self.put.clear()
        self.at = self.origin[index]
        for column in (self.read.kinds, self.read.starts, self.read.ends, self.origin):
            del column[index:]

    def settle(self) -> None:
        """Make of what was read what it is, where the statement could end here."""
        for kind in (STAGE, NETWORK, BAR, RBRACE):
            if self.accepts([kind]):
                self.reduce_before(kind)
                return

    def resume(self) -> bool:
        """Give up the statement and go on elsewhere; whether there is more.

        That is the next line that may begin a statement, the next `|` of the merge, the brace of
        a body, or the one that closes the body around.
        """
        self.put.clear()
        self.settle()
        indent = self.indent_of_statement()
        head = self.first_of_statement()
        start = self.at
        depth = 0
        while self.kinds[self.at] != END:
            kind = self.kinds[self.at]
            if depth == 0:
                if kind == LBRACE and self.enter(head):
                    return True
                if kind in (RBRACE, BAR) and self.leave([kind]):
                    return True
                if (
                    (self.at > start or kind in STATEMENTS)
                    and self.leads(self.at)
                    and (kind in STATEMENTS or self.indent(self.at) <= indent)
                    and self.leave([kind])
                ):
                    return True
            depth = max(0, depth + (kind == LBRACE) - (kind == RBRACE))
            self.at += 1
        self.cut(self.list_depth())
        return self.accepts([END])

    def leave(self, kinds: Sequence[int]) -> bool:
        """Cut the stack to where a token may follow in the body at hand; whether it may."""
        depth = self.list_depth()
        while True:
            for put in ([], [BAR]):
                if self.accepts([*put, *kinds], depth):
                    self.cut(depth)
                    self.put_in(put)
                    return True
            while depth and SYMBOL[self.states[depth]] != "LBRACE":
                depth -= 1
                if SYMBOL[self.states[depth]] in LISTS:
                    break
            if SYMBOL[self.states[depth]] not in LISTS:
                return False

    def enter(self, head: int | None) -> bool:
        """Read on in the body that begins here, whatever was wrong with its head."""
        last = self.list_depth()
        inside = self.following(2)
        for depth in range(len(self.firsts), last, -1):
            for put in ([], [NAME]):
                if self.accepts([*put, *inside], depth):
                    self.cut(depth)
                    self.put_in(put)
                    return True
        first = None if head is None else self.read.kinds[head]
        heads = [[NAME], [STAGE, NAME], [BAR, STAGE, NAME], [BLOCK, NAME]]
        if first in (SCALING, INIT):
            heads.insert(0, [first, NAME])
        for put in heads:
            if self.accepts([*put, *inside], last):
                self.cut(last)
                self.put_in(put)
                return True
        return False
