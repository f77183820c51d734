"""The LALR(1) automaton over the tables that lark made of `grammar.lark`."""

from __future__ import annotations

from typing import Any

from archdsl.syntax.build import Builder
from archdsl.syntax.lexer import END, IN_THEIR_PLACE, KIND, Tokens
from archdsl.syntax.tables import DEFAULTS, FINALS, GOTOS, ROWS, RULES, STARTS

ACTIONS = [dict(zip(row[::2], row[1::2], strict=True)) for row in ROWS]
GOTO = [dict(zip(row[::2], row[1::2], strict=True)) for row in GOTOS]
NAME = KIND["NAME"]
_SETTLED: dict[tuple[int, int, int], int] = {}


class Unexpected(Exception):
    """No rule goes on with the token at `position`; the stack is as it stood there."""

    def __init__(
        self, position: int, states: list[int], values: list[Any], firsts: list[int]
    ) -> None:
        super().__init__(position)
        self.position = position
        self.states = states
        self.values = values
        self.firsts = firsts


def run(tokens: Tokens, builder: Builder, start: str) -> Any:
    """Drive the automaton over the tokens.

    Rules of one symbol without a method only change the state; the state that a run of them
    ends in is remembered for each state, symbol and token.

    Raises:
        Unexpected: the tokens do not follow the grammar.
    """
    kinds = tokens.kinds
    rules: list[tuple[int, int, Any]] = [
        (lhs, count, getattr(builder, name) if name else None) for lhs, count, name in RULES
    ]
    rows = ACTIONS
    gotos = GOTO
    defaults = DEFAULTS
    known = _SETTLED
    final = FINALS[start]
    state = STARTS[start]
    states = [state]
    values: list[Any] = []
    firsts: list[int] = []
    position = 0
    kind = kinds[0]
    while True:
        rule = defaults[state]
        if rule < 0:
            action = rows[state].get(kind)
            if action is None:
                if kind in IN_THEIR_PLACE:
                    kind = NAME
                    continue
                raise Unexpected(position, states, values, firsts)
            if action >= 0:
                state = action
                states.append(state)
                values.append(position)
                firsts.append(position)
                position += 1
                kind = kinds[position] if kind else END
                continue
            rule = -1 - action
        symbol, count, method = rules[rule]
        if count == 1:
            del states[-1]
            if method is not None:
                values[-1] = method(values[-1:], firsts[-1], position - 1)
        elif count == 0:
            values.append(method((), position, position))
            firsts.append(position)
        else:
            taken = values[-count:]
            del values[1 - count :]
            del states[-count:]
            del firsts[1 - count :]
            values[-1] = method(taken, firsts[-1], position - 1)
        under = states[-1]
        state = gotos[under][symbol]
        if state == final:
            if kind != END:
                raise Unexpected(position, states, values, firsts)
            return values[0]
        key = (under, state, kind)
        settled = known.get(key)
        state = _settle(key) if settled is None else settled
        states.append(state)


def _settle(key: tuple[int, int, int]) -> int:
    """The state that the rules of one symbol without a method lead to."""
    under, state, kind = key
    while True:
        rule = DEFAULTS[state]
        if rule < 0:
            rule = -1 - ACTIONS[state].get(kind, 0)
        if rule < 0 or RULES[rule][2]:
            break
        state = GOTO[under][RULES[rule][0]]
    _SETTLED[key] = state
    return state
