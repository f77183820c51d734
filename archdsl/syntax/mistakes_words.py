"""Mistakes with words: misspelt, reserved, quoted or not, from another language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from archdsl.diagnostics.diagnostic import Edit
from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import edit_distance
from archdsl.syntax.characters import clipped
from archdsl.syntax.kinds import (
    DOT,
    ELSE,
    FREEZE,
    IF,
    IMPORT,
    LBRACE,
    NAME,
    NUMBER,
    PATTERN,
    RBRACE,
    SIZE,
    STATEMENTS,
    STRING,
    UNFREEZE,
)
from archdsl.syntax.lexer import RESERVED
from archdsl.syntax.recovery import Cure, Finding
from archdsl.syntax.tables import WORDS
from archdsl.syntax.trouble import RESUME, Trouble, finding, is_word

_PARTS = "a network is written `network NAME { ... }`, a part of one `block NAME { ... }`"
FUNCTIONS = "a function of values is `def f(x) = ...`, a part of a network `block f(x) { ... }`"
_ELSE_IF = "write `else if`"
_FOREIGN: dict[str, tuple[str, ...]] = {
    "class": ("network block", _PARTS),
    "model": ("network", _PARTS),
    "module": ("network block", _PARTS),
    "function": ("def block", FUNCTIONS),
    "func": ("def block", FUNCTIONS),
    "fn": ("def block", FUNCTIONS),
    "fun": ("def block", FUNCTIONS),
    "macro": ("block", _PARTS),
    "const": ("let", "a constant begins with `let`"),
    "var": ("let", "a constant begins with `let`"),
    "val": ("let", "a constant begins with `let`"),
    "loop": ("repeat", "write `repeat`"),
    "while": ("repeat", "the number of copies is known beforehand: `repeat n { ... }`"),
    "foreach": ("for", "write `for`"),
    "elif": ("if", _ELSE_IF),
    "elsif": ("if", _ELSE_IF),
    "elseif": ("if", _ELSE_IF),
    "assert": ("require", "a condition that must hold is written with `require`"),
    "section": ("stage", "a named part is a `stage`"),
    "layer": ("block stage", _PARTS),
}


def misspelt(t: Trouble) -> Finding | None:
    """A name on this line is nearly a word of the language, and with that word reading goes on."""
    reading = t.reading
    read = reading.read
    for index in t.words_before():
        if read.kinds[index] == NAME and reading.begins(index):
            if _is_else(t, index):
                cure = Cure(back=index, drop=1, put=[IF, NAME])
                return _word(t.span_of(index), ELSE, "E0206", "", cure)
            rest = [*read.kinds[index + 1 :], *reading.following(8)]
            span = t.span_of(index)
            found = _best(t, span.text, rest, t.count - index + 2, reading.before(index))
            if found is not None:
                kind, code, help = found
                return _word(span, kind, code, help, Cure(back=index, drop=1, put=[kind]))
    if t.kind == NAME and not t.is_put_in:
        found = _best(t, t.text, reading.following(8, 1), 3, (None, None))
        if found is not None:
            kind, code, help = found
            return _word(t.span, kind, code, help, Cure(drop=1, put=[kind]))
    return None


def _is_else(t: Trouble, index: int) -> bool:
    """Whether a word stands between two bodies, as only `else` may."""
    kinds = t.reading.read.kinds
    between = index > 0 and kinds[index - 1] == RBRACE and kinds[index + 1 :][:1] == [LBRACE]
    return between and "else" in near(t.span_of(index).text)


def _best(
    t: Trouble,
    word: str,
    rest: Sequence[int],
    least: int,
    before: tuple[int | None, int | None],
) -> tuple[int, str, str] | None:
    """The word of the language with which reading goes on longest, and beyond the token."""
    best: tuple[int, str, str] | None = None
    farthest = min(least, len(rest) + 1) - 1
    for kind, code, help in _meant(word):
        reached = t.reading.reach([kind, *_with_patterns(kind, rest)], *before)
        if reached > farthest:
            best, farthest = (kind, code, help), reached
    return best


def _with_patterns(kind: int, rest: Sequence[int]) -> list[int]:
    """What follows `freeze`: its paths are read as one token each."""
    patterns = kind in (FREEZE, UNFREEZE)
    return [PATTERN if patterns and other == NAME else other for other in rest]


def _word(span: Span, kind: int, code: str, help: str, cure: Cure) -> Finding:
    word = span.text
    if code == "E0207":
        if word == "class":
            cure = RESUME
        return finding(code, f"`{word}` is not a word of the language", span, cure, help)
    if kind in (FREEZE, UNFREEZE):
        cure = RESUME
    meant = next(text for text, other in WORDS.items() if other == kind)
    if kind in STATEMENTS or kind == ELSE:
        message = f"no statement begins with `{word}`"
    else:
        message = f"`{word}` cannot stand here"
    edits = [Edit(span, meant)]
    return finding(code, message, span, cure, f"did you mean `{meant}`?", edits=edits)


def _meant(word: str) -> Iterator[tuple[int, str, str]]:
    """The words of the language that a name may stand for: kind, code and help."""
    kinds, *help = _FOREIGN.get(word, ("",))
    for meant in kinds.split():
        yield WORDS[meant], "E0207", help[0]
    for meant in near(word):
        yield WORDS[meant], "E0206", ""


@lru_cache(maxsize=1_000)
def near(word: str) -> tuple[str, ...]:
    """The words of the language that are spelled nearly so, the nearest first."""
    limit = min(2, len(word) // 3)
    if not limit or len(word) > 12:
        return ()
    found: list[tuple[int, str]] = []
    for other in sorted(WORDS):
        if abs(len(other) - len(word)) <= limit and other != word:
            distance = edit_distance(word.lower(), other, limit)
            if distance <= limit:
                found.append((distance, other))
    return tuple(other for _, other in sorted(found))


def reserved_as_name(t: Trouble) -> Finding | None:
    """A reserved word where a name is wanted."""
    if t.kind not in RESERVED or t.is_put_in or t.leads:
        return None
    if not t.reading.goes_on([NAME], drop=1):
        return None
    message = f"`{t.text}` is a word of the language, and no name"
    help = f"take another name, such as `{t.text}_`"
    return finding("E0205", message, t.span, Cure(drop=1, put=[NAME]), help)


def quotes_left_out(t: Trouble) -> Finding | None:
    """A name where a text is wanted: `cite He 2016`, `from blocks import unit`."""
    reading = t.reading
    if not reading.accepts([STRING]) or reading.accepts([NAME]) or t.is_put_in:
        return None
    if t.top() == ["FROM"] and (is_word(t.kind) or t.kind == DOT):
        ahead = t.find_on_line([IMPORT])
        if ahead is None:
            return None
        span = t.span.to(t.span_at(ahead - 1))
        file = clipped(span.text.strip(".").replace(".", "/"))
        help = f'write `"./{file}.arch"`, or `"std"` for the standard library'
        message = "the file of an import stands in double quotes"
        return finding("E0207", message, span, Cure(drop=ahead, put=[STRING]), help)
    if t.leads or not is_word(t.kind):
        return None
    message = f"a text in double quotes is wanted here, and {t.named} is a name"
    quoted = f'"{t.text}"'
    help = f"write `{clipped(quoted)}`"
    edits = [Edit(t.span, quoted)]
    cure = Cure(drop=1, put=[STRING]) if reading.goes_on([STRING], drop=1) else RESUME
    return finding("E0201", message, t.span, cure, help, edits=edits)


def quotes_too_many(t: Trouble) -> Finding | None:
    """A text or number where a name is wanted; the `f` of Python in front of a text."""
    reading = t.reading
    before = t.span_before()
    last = t.count - 1
    prefixed = t.kind == STRING and t.touches_before() and before.text in ("f", "r", "b", "u")
    if prefixed and reading.begins(last):
        depth, state = reading.before(last)
        if reading.accepts([STRING, *reading.following(1, 1)], depth, state):
            message = f"a text has no `{before.text}` in front of it"
            help = "leave it out: `{...}` is computed wherever a name is wanted"
            cure = Cure(back=last, drop=1)
            return finding("E0207", message, before, cure, help, edits=[Edit(before, "")])
    if t.kind not in (STRING, NUMBER, SIZE) or not reading.goes_on([NAME], drop=1):
        return None
    if t.at_statement() or t.at_declaration():
        return None
    cure = Cure(drop=1, put=[NAME])
    if t.kind == STRING:
        inside = t.text[1:-1]
        plain = inside.isascii() and inside.isidentifier()
        help = f"write `{clipped(inside)}`" if plain else "take a name of letters, digits and `_`"
        edits = [Edit(t.span, inside)] if plain else []
        return finding("E0201", "a name stands without quotes", t.span, cure, help, edits=edits)
    message = f"a name is wanted here, and {t.named} is a number"
    return finding("E0201", message, t.span, cure, "a name begins with a letter")


def unit_of_size(t: Trouble) -> Finding | None:
    """`3 x 3` and `3 x3`."""
    before = t.span_before()
    if t.kind_before() not in (NUMBER, SIZE) or t.kind != NAME or t.text[0] != "x":
        return None
    sides = t.text[1:]
    drop, end = 1, t.span
    if not sides and t.kind_at(1) in (NUMBER, SIZE):
        sides, drop, end = t.span_at(1).text, 2, t.span_at(1)
    if not sides.replace("x", "").isdigit():
        return None
    span = before.to(end)
    size = f"{before.text}x{sides}"
    edits = [Edit(span, size)]
    message = "a size is written without spaces"
    return finding("E0105", message, span, Cure(drop=drop), f"write `{size}`", edits=edits)


def another_word(t: Trouble) -> Finding | None:
    """A name where one certain word of the language belongs: `for x on rows`."""
    if t.kind != NAME or t.is_put_in or t.leads:
        return None
    accepts = t.reading.accepts
    words = [word for word, kind in WORDS.items() if accepts([kind])]
    if len(words) != 1 or accepts([NAME]):
        return None
    meant = WORDS[words[0]]
    if not t.reading.goes_on([meant], drop=1):
        return None
    message = f"`{words[0]}` belongs here, not {t.named}"
    edits = [Edit(t.span, words[0])]
    cure = Cure(drop=1, put=[meant])
    return finding("E0206", message, t.span, cure, f"write `{words[0]}`", edits=edits)


def half_a_number(t: Trouble) -> Finding | None:
    """`.5` and `5.`."""
    if t.kind == DOT and t.kind_at(1) == NUMBER and t.touch(1) and t.reading.accepts([NUMBER]):
        span = t.span.to(t.span_at(1))
        new = f"0{span.text}"
        message = "a number has a digit before its point"
        cure = Cure(drop=2, put=[NUMBER])
        return finding("E0105", message, span, cure, f"write `{new}`", edits=[Edit(span, new)])
    if t.kind_before() == DOT and t.kind_before(2) == NUMBER:
        span = t.span_of(t.count - 2).to(t.span_of(t.count - 1))
        new = f"{span.text}0"
        message = "a number has a digit behind its point"
        cure = Cure(put=[NAME])
        return finding("E0105", message, span, cure, f"write `{new}`", edits=[Edit(span, new)])
    return None
