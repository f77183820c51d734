"""The stack of the automaton, looked at: what was read, and what could be read next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source
from archdsl.syntax import tree
from archdsl.syntax.automaton import ACTIONS, GOTO
from archdsl.syntax.build import Builder
from archdsl.syntax.build_expressions import ParsePart
from archdsl.syntax.characters import Mended
from archdsl.syntax.kinds import EQUAL, LBRACE, NAME, RBRACE
from archdsl.syntax.lexer import END, IN_THEIR_PLACE, RESERVED, Tokens
from archdsl.syntax.tables import DEFAULTS, FINALS, NONTERMINALS, RULES, STARTS, TERMINALS


def _symbols() -> dict[int, str]:
    """What the last thing read was, for each state."""
    symbols = {state: f"start {name}" for name, state in STARTS.items()}
    for row in ACTIONS:
        symbols.update({s: TERMINALS[kind] for kind, s in row.items() if s >= 0})
    for row in GOTO:
        symbols.update({state: NONTERMINALS[symbol] for symbol, state in row.items()})
    return symbols


SYMBOL = _symbols()
_NUMBER_OF = {name: number for number, name in enumerate(NONTERMINALS)}
LISTS = frozenset(
    ("declarations", "flow", "run", "path_flow", "path_run", "paths", "rules", "assignments")
)
"""What holds statements that are finished."""
_RUNS = {"run": _NUMBER_OF["flow"], "path_run": _NUMBER_OF["path_flow"]}


class Token(NamedTuple):
    """A kind of token and where it stands; one that is put in stands nowhere, between two."""

    kind: int
    start: int
    end: int


class CautiousBuilder(Builder):
    """Does not look into what is not spelled as it should be."""

    def __init__(
        self,
        source: Source,
        tokens: Tokens,
        report: Report,
        expression: ParsePart,
        guessed: set[int],
    ) -> None:
        super().__init__(source, tokens, report, expression)
        self.guessed = guessed

    def value(self, index: int) -> Any:
        """What a number says, 0 where it is none."""
        start = self.starts[index]
        is_put_in = start == self.ends[index]
        return 0 if is_put_in or start in self.guessed else super().value(index)

    def type(self, v: list[Any], first: int, last: int) -> str:
        """The type of a parameter, nothing where it was left out."""
        is_put_in = self.starts[v[1]] == self.ends[v[1]]
        return "" if is_put_in else super().type(v, first, last)

    def computed(self, string: tree.String) -> tree.String | tree.Template:
        """A text with its computed parts, as it is where its quotes are not its own."""
        return string if string.span.start in self.guessed else super().computed(string)


class Reading:
    """The automaton in the middle of a text.

    `kinds`, `starts` and `ends` are the tokens of the text, `at` the next of them; `read` holds
    what has been read, with what was put in, `origin` where each of it stands in the text, and
    `put` what is to be read before the next, the first of it last.
    """

    def __init__(
        self, source: Source, tokens: Mended, report: Report, part: ParsePart, symbol: str
    ) -> None:
        self.source = source
        self.text = source.text
        self.symbol = symbol
        self.kinds, self.starts, self.ends = tokens.kinds, tokens.starts, tokens.ends
        self.report = report
        self.at = 0
        self.read = Tokens([], [], [], nesting=tokens.nesting)
        self.origin: list[int] = []
        self.guessed = tokens.guessed
        self.builder = CautiousBuilder(source, self.read, report, part, tokens.guessed)
        self.final = FINALS[symbol]
        self.states: list[int] = []
        self.values: list[Any] = []
        self.firsts: list[int] = []
        self.put: list[Token] = []
        self.pairs: list[tuple[int, int]] | None = None

    def token(self) -> Token:
        """The token that is next."""
        if self.put:
            return self.put[-1]
        at = self.at
        return Token(self.kinds[at], self.starts[at], self.ends[at])

    def follows(self, kind: int) -> bool:
        """Whether the next token may stand there.

        In a call any word of the language may, before `=`; one that is not before `=` is meant
        as the word that it is.
        """
        if not self.accepts([kind]):
            return False
        if kind not in RESERVED or self.put:
            return True
        return self.accepts(self.following(2)) or not self.accepts([kind, EQUAL])

    def reduce_before(self, kind: int) -> int | None:
        """Apply the rules that end before a token that follows: the state it leads to, if any."""
        while True:
            state = self.states[-1]
            rule = DEFAULTS[state]
            if rule < 0:
                action = ACTIONS[state].get(kind)
                if action is None:
                    kind = NAME
                    continue
                if action >= 0:
                    return action
                rule = -1 - action
            if self.reduce(rule):
                return None

    def shift(self, state: int, token: Token) -> None:
        """Read a token that leads to a state."""
        self.states.append(state)
        self.values.append(len(self.read.kinds))
        self.firsts.append(len(self.read.kinds))
        self.read.kinds.append(token.kind)
        self.read.starts.append(token.start)
        self.read.ends.append(token.end)
        if self.put:
            self.put.pop()
            self.origin.append(-1)
        else:
            self.origin.append(self.at)
            self.at += 1

    def reduce(self, rule: int) -> bool:
        """Apply a rule; whether it was the last."""
        symbol, count, name = RULES[rule]
        position = len(self.read.kinds)
        if count == 0:
            value = getattr(self.builder, name)((), position, position)
            self.firsts.append(position)
        else:
            taken = self.values[-count:]
            value = taken[0]
            if name:
                first = self.firsts[-count]
                value = getattr(self.builder, name)(taken, first, position - 1)
            del self.values[-count:]
            del self.states[-count:]
            del self.firsts[len(self.firsts) - count + 1 :]
        self.values.append(value)
        state = GOTO[self.states[-1]][symbol]
        self.states.append(state)
        return state == self.final

    def put_in(self, kinds: Sequence[int]) -> None:
        """Put tokens before the next."""
        place = self.read.ends[-1] if self.read.ends else self.starts[0]
        self.put.extend(Token(kind, place, place) for kind in reversed(kinds))

    def cut(self, depth: int, state: int | None = None) -> None:
        """Forget the stack above a depth; what is on top then may be in another state."""
        del self.states[depth + 1 :]
        del self.values[depth:]
        del self.firsts[depth:]
        if state is not None:
            self.states[depth] = state

    def before(self, index: int) -> tuple[int, int | None]:
        """How much of the stack was there before the token `index`, and the state on top."""
        depth = len(self.firsts)
        while depth and self.firsts[depth - 1] >= index:
            depth -= 1
        run = _RUNS.get(SYMBOL[self.states[depth]])
        return depth, None if run is None else GOTO[self.states[depth - 1]][run]

    def begins(self, index: int) -> bool:
        """Whether reading can go back to a token: something begins with it."""
        depth, _ = self.before(index)
        if self.origin[index] < 0:
            return False
        in_list = SYMBOL[self.states[depth]] in LISTS
        return in_list or (depth < len(self.firsts) and self.firsts[depth] == index)

    def accepts(
        self, kinds: Sequence[int], depth: int | None = None, state: int | None = None
    ) -> bool:
        """Whether these could be read next, of the stack only `depth`, with `state` on top."""
        return self.reach(kinds, depth, state) == len(kinds)

    def reach(
        self, kinds: Sequence[int], depth: int | None = None, state: int | None = None
    ) -> int:
        """How many of these could be read next."""
        below = (len(self.firsts) if depth is None else depth) + 1
        above: list[int] = []
        if state is not None:
            below -= 1
            above.append(state)
        for count, kind in enumerate(kinds):
            wanted = kind
            while True:
                state = above[-1] if above else self.states[below - 1]
                rule = DEFAULTS[state]
                if rule < 0:
                    action = ACTIONS[state].get(wanted)
                    if action is None:
                        if wanted not in IN_THEIR_PLACE:
                            return count
                        wanted = NAME
                        continue
                    if action >= 0:
                        above.append(action)
                        break
                    rule = -1 - action
                symbol, parts, _ = RULES[rule]
                taken = min(parts, len(above))
                del above[len(above) - taken :]
                below -= parts - taken
                state = GOTO[above[-1] if above else self.states[below - 1]][symbol]
                if state == self.final:
                    return count + (kind == END)
                above.append(state)
        return len(kinds)

    def following(self, count: int, skip: int = 0) -> list[int]:
        """The kinds of the next tokens of the text, not beyond its end."""
        kinds = self.kinds[self.at + skip : self.at + skip + count]
        return kinds[: kinds.index(END) + 1] if END in kinds else kinds

    def goes_on(self, put: Sequence[int], drop: int = 0, look: int = 2) -> bool:
        """Whether reading goes on with these instead of the next `drop` tokens."""
        return self.accepts([*put, *self.following(look, drop)])

    def top(self, count: int) -> list[str]:
        """The last things read: names of terminals and rules."""
        return [SYMBOL[state] for state in self.states[-count:]]

    def list_depth(self) -> int:
        """How much of the stack belongs to statements that are finished."""
        depth = len(self.firsts)
        while depth and SYMBOL[self.states[depth]] not in LISTS:
            depth -= 1
        return depth

    def first_of_statement(self) -> int | None:
        """The first token of the unfinished statement, None where it is the next."""
        depth = self.list_depth()
        index = self.firsts[depth] if depth < len(self.firsts) else len(self.read.kinds)
        return index if index < len(self.read.kinds) else None

    def open_bracket(self) -> int | None:
        """The innermost bracket that is open, by its position in what was read."""
        return next(self._open_brackets(), None)

    def open_brackets(self) -> list[int]:
        """All brackets that are open, the outermost first."""
        return list(self._open_brackets())[::-1]

    def _open_brackets(self) -> Iterator[int]:
        closed = 0
        for depth in range(len(self.firsts), 0, -1):
            symbol = SYMBOL[self.states[depth]]
            if symbol in ("RPAR", "RSQB", "RBRACE"):
                closed += 1
            elif symbol in ("LPAR", "LSQB", "LBRACE"):
                if not closed:
                    yield self.values[depth - 1]
                closed = max(0, closed - 1)

    def leads(self, index: int) -> bool:
        """Whether a token of the text is the first on its line."""
        before = self.ends[index - 1] if index else 0
        return (
            index == 0
            or self.kinds[index] == END
            or self.text.find("\n", before, self.starts[index]) >= 0
        )

    def indent(self, index: int) -> int:
        """The column in which the line of a token of the text begins, 0 at its end."""
        return self.indent_at(self.starts[index]) if self.kinds[index] != END else 0

    def indent_at(self, offset: int) -> int:
        """The column in which the line of a place begins."""
        line = self.text.rfind("\n", 0, offset) + 1
        column = line
        while column < offset and self.text[column] in " \t\r":
            column += 1
        return column - line

    def indent_of_statement(self) -> int:
        """The column in which the line begins on which the unfinished statement does."""
        first = self.first_of_statement()
        return self.indent_at(self.starts[self.at] if first is None else self.read.starts[first])

    def misaligned(self) -> list[tuple[int, int]]:
        """Braces of the text whose closing one begins a line further left than theirs."""
        if self.pairs is None:
            self.pairs = []
            opened: list[tuple[int, int]] = []
            indent = 0
            for index, kind in enumerate(self.kinds):
                if self.leads(index):
                    indent = self.indent(index)
                if kind == LBRACE:
                    opened.append((index, indent))
                elif kind == RBRACE and opened:
                    opener, outer = opened.pop()
                    if self.leads(index) and indent < outer:
                        self.pairs.append((opener, index))
        return self.pairs

    def leave_out(self, index: int) -> None:
        """Take a token that has not been read out of the text."""
        for column in (self.kinds, self.starts, self.ends):
            del column[index]
        self.pairs = None
