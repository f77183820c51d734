"""Turns `grammar.lark` into `tables.py`: `python -m archdsl.syntax.generate`.

lark analyses the grammar once, here; what runs is a table of numbers, since building lark's
parser takes longer than checking a network. A test holds `tables.py` against the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lark import Lark
from lark.parsers.lalr_analysis import LALR_Analyzer, Shift

STARTS = ("file", "lone")
END = "$END"
HERE = Path(__file__).parent
LINE = 96
_OPENING = re.compile(r"(?<!\\)\((?!\?)")

_HEADING = '''"""The parser's tables and the lexer's patterns; generated from `grammar.lark`, do not edit.

A terminal is its position in TERMINALS. A rule is the nonterminal it makes, the number of
symbols it takes, and the builder's method (empty: the one symbol passes through). A state's
row holds terminal and action by turns: an action from 0 shifts to that state, one below 0
reduces by rule -1 - action. DEFAULTS has the rule of a state that can only reduce by one,
else -1. GOTOS holds nonterminal and state by turns.
"""
# ruff: noqa
# fmt: off

'''


def build() -> str:
    """The text of `tables.py`."""
    grammar = (HERE / "grammar.lark").read_text(encoding="ascii")
    lark: Any = Lark(
        grammar, parser="lalr", lexer="basic", start=list(STARTS), maybe_placeholders=False
    )
    analysis: Any = LALR_Analyzer(lark.parser.parser_conf, strict=True)
    analysis.compute_lalr()
    table = analysis.parse_table
    literals: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for terminal in lark.terminals:
        if terminal.pattern.type == "str":
            literals[terminal.name] = terminal.pattern.value
        else:
            patterns[terminal.name] = _OPENING.sub("(?:", terminal.pattern.value)
    names = sorted({t for row in table.states.values() for t in row if _is_terminal(t)} - {END})
    terminals = [END, *names]
    kind = {name: i for i, name in enumerate(terminals)}
    rules: list[tuple[Any, int, str]] = []
    number: dict[Any, int] = {}
    for rule in lark.rules:
        action = rule.alias or ""
        if not action and len(rule.expansion) != 1:
            raise ValueError(f"the rule for {rule.origin.name} needs an alias")
        if rule not in number:
            number[rule] = len(rules)
            rules.append((str(rule.origin.name), len(rule.expansion), str(action)))
    nonterminals = sorted({origin for origin, _, _ in rules})
    symbol = {name: i for i, name in enumerate(nonterminals)}
    rows: list[list[int]] = []
    gotos: list[list[int]] = []
    defaults: list[int] = []
    order = _in_order(table)
    for old in order:
        row = table.states[old]
        actions: dict[int, int] = {}
        targets: dict[int, int] = {}
        for name, (act, argument) in sorted(row.items()):
            if not _is_terminal(name):
                if name in symbol:
                    targets[symbol[name]] = order[argument]
            elif act is Shift:
                actions[kind[name]] = order[argument]
            else:
                actions[kind[name]] = -1 - number[argument]
        only = set(actions.values())
        defaults.append(-1 - only.pop() if len(only) == 1 and min(only) < 0 else -1)
        rows.append([n for pair in actions.items() for n in pair])
        gotos.append([n for pair in targets.items() for n in pair])
    words = {v: kind[k] for k, v in literals.items() if v[0].isalpha()}
    marks = {v: kind[k] for k, v in literals.items() if not v[0].isalpha()}
    starts = {name: order[table.start_states[name]] for name in STARTS}
    finals = {name: order[table.end_states[name]] for name in STARTS}
    parts = [
        _HEADING,
        _entry("TERMINALS", "tuple[str, ...]", terminals),
        _entry("NONTERMINALS", "tuple[str, ...]", nonterminals),
        _mapping("WORDS", "str, int", words),
        _mapping("MARKS", "str, int", marks),
        *(f"{name} = {patterns[name]!r}\n" for name in sorted(patterns)),
        _mapping("STARTS", "str, int", starts),
        _mapping("FINALS", "str, int", finals),
        _entry(
            "RULES", "tuple[tuple[int, int, str], ...]", [(symbol[o], n, a) for o, n, a in rules]
        ),
        _entry("DEFAULTS", "tuple[int, ...]", defaults),
        _entry("ROWS", "tuple[tuple[int, ...], ...]", map(tuple, rows)),
        _entry("GOTOS", "tuple[tuple[int, ...], ...]", map(tuple, gotos)),
    ]
    return "".join(parts)


def _in_order(table: Any) -> dict[int, int]:
    """New numbers for the states, in the order in which they are reached.

    lark numbers them as it comes upon them in sets, so differently in every process.
    """
    order: dict[int, int] = {}
    reached = [table.start_states[name] for name in STARTS]
    for state in reached:
        if state not in order:
            order[state] = len(order)
            row = table.states[state]
            reached += [to for _, (act, to) in sorted(row.items()) if act is Shift]
    return order


def _is_terminal(name: str) -> bool:
    return name == END or (name.isupper() and not name.startswith("__START"))


def _entry(name: str, type: str, items: Iterable[Any]) -> str:
    return f"{name}: {type} = (\n{_wrapped(repr(item) for item in items)})\n"


def _mapping(name: str, types: str, items: dict[str, int]) -> str:
    pairs = (f"{key!r}: {value}" for key, value in sorted(items.items()))
    return f"{name}: dict[{types}] = {{\n{_wrapped(pairs)}}}\n"


def _wrapped(items: Iterable[str]) -> str:
    """The items with commas, on lines of at most LINE characters where their words allow it."""
    lines = [""]
    for word in " ".join(item + "," for item in items).split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > LINE:
            lines.append("")
        lines[-1] += " " + word if lines[-1] else word
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (HERE / "tables.py").write_text(build(), encoding="ascii")
