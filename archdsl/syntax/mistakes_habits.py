"""Habits of other languages: colons, `return`, `=` for a name, imports, conditions behind values."""

from __future__ import annotations

from archdsl.diagnostics.diagnostic import Edit
from archdsl.syntax.characters import clipped
from archdsl.syntax.kinds import (
    ARROW,
    AS,
    BAR,
    BLOCK,
    COLON,
    COMMA,
    DEF,
    DOT,
    ELSE,
    EQUAL,
    FROM,
    GREATER,
    IF,
    IMPORT,
    LBRACE,
    LET,
    LPAR,
    LSQB,
    NAME,
    RBRACE,
    RPAR,
    RSQB,
    STAR,
)
from archdsl.syntax.lexer import END
from archdsl.syntax.mistakes_words import FUNCTIONS
from archdsl.syntax.recovery import Cure, Finding
from archdsl.syntax.trouble import RESUME, Trouble, finding


def colon_for_brace(t: Trouble) -> Finding | None:
    """`if c:`, `if c: {`, `def f(x):`, `let x: int = 3`."""
    if t.kind != COLON:
        return None
    reading = t.reading
    if reading.accepts([LBRACE]):
        if t.kind_at(1) == LBRACE:
            message = "no colon stands before a body in braces"
            edits = [Edit(t.span, "")]
            return finding("E0207", message, t.span, Cure(drop=1), "leave it out", edits=edits)
        message = "a body stands in braces, not behind a colon"
        cure = Cure(drop=1, put=[LBRACE], block=True)
        return finding("E0207", message, t.span, cure, "write `{` here and `}` behind the body")
    if not reading.accepts([EQUAL]):
        return None
    head = reading.first_of_statement()
    if head is not None and reading.read.kinds[head] == DEF:
        drop = 2 if t.span_at(1).text == "return" else 1
        message = "the value of a function stands behind `=`"
        return finding("E0207", message, t.span, Cure(drop=drop, put=[EQUAL]), FUNCTIONS)
    ahead = t.find_on_line([EQUAL])
    if ahead is None:
        return None
    span = t.span.to(t.span_at(ahead - 1))
    message = "a constant has no type: its value says what it is"
    edits = [Edit(span, "")]
    return finding("E0207", message, span, Cure(drop=ahead), "leave the type out", edits=edits)


def block_as_function(t: Trouble) -> Finding | None:
    """`def unit(out) { ... }`."""
    head = t.reading.first_of_statement()
    if t.kind != LBRACE or head is None or t.reading.read.kinds[head] != DEF:
        return None
    if not t.reading.accepts([EQUAL]):
        return None
    span = t.span_of(head)
    message = "a function of values has no body in braces"
    cure = Cure(back=head, drop=1, put=[BLOCK])
    return finding("E0207", message, span, cure, FUNCTIONS, edits=[Edit(span, "block")])


def returned(t: Trouble) -> Finding | None:
    """`return x`."""
    for index in t.words_before():
        span = t.span_of(index)
        if t.reading.read.kinds[index] != NAME or span.text != "return":
            continue
        message = "there is no `return`: a function is its value, a body what flows out at its end"
        cure = RESUME
        if t.reading.begins(index) and index == t.count - 1:
            depth, state = t.reading.before(index)
            if t.reading.accepts(t.reading.following(1), depth, state):
                cure = Cure(back=index, drop=1)
        return finding("E0207", message, span, cure, "leave it out", edits=[Edit(span, "")])
    return None


def choice_of_python(t: Trouble) -> Finding | None:
    """`a if condition else b`."""
    help = "write `if condition then a else b`"
    message = "a choice between values begins with `if`"
    if t.kind == IF and not t.leads and t.find_on_line([ELSE]) is not None:
        if t.in_brackets() is None:
            return finding("E0207", message, t.span, RESUME, help)
        return finding("E0207", message, t.span, Cure(drop=_rest_of_item(t)), help)
    if t.kind == ELSE and t.reading.accepts([LBRACE]):
        head = t.reading.first_of_statement()
        words = t.words_before(40)
        if head is not None and words and head in words[1:] and t.kind_at(1) != LBRACE:
            return finding("E0207", message, t.span_of(head), RESUME, help)
    return None


def _rest_of_item(t: Trouble) -> int:
    """How many tokens lie before the next comma or closing bracket."""
    depth = 0
    for ahead in range(1, 200):
        kind = t.kind_at(ahead)
        if depth == 0 and kind in (COMMA, RPAR, RSQB, RBRACE, END):
            return ahead
        depth += (kind in (LPAR, LSQB)) - (kind in (RPAR, RSQB))
    return 1


def assigned(t: Trouble) -> Finding | None:
    """`x = conv(8, 3x3)` in a body, `width = 8` at the top of a file."""
    reading = t.reading
    put = Cure(put=[LET])
    if t.kind == NAME and t.kind_at(1) == EQUAL and t.at_declaration():
        edits = [Edit(t.span, f"let {t.text}")]
        help = f"write `let {clipped(t.text)} = ...`"
        return finding("E0207", "a constant begins with `let`", t.span, put, help, edits=edits)
    if t.kind != EQUAL or not t.behind_callee():
        return None
    head = reading.first_of_statement()
    if head is None or reading.origin[head] < 0 or reading.read.kinds[head] != NAME:
        return None
    span = t.span_of(head).to(t.span_before())
    name = clipped(span.text)
    cure = Cure(back=head, put=[LET]) if head == t.count - 1 else RESUME
    message = "`=` gives no name to the value of a step"
    help = f"write the step, then `as {name}`; a constant begins with `let`"
    if head != t.count - 1:
        help = "write the step, then `as` and a name of one word"
    return finding("E0207", message, span, cure, help)


def import_of_python(t: Trouble) -> Finding | None:
    """`import blocks`, `from "std" import *`, `from "std" import a as b`."""
    reading = t.reading
    help = 'write `from "./blocks.arch" import NAME`'
    if t.kind == IMPORT and t.kind_before(2) != FROM and (t.at_declaration() or t.at_statement()):
        return finding("E0207", "an import begins with its file", t.span, RESUME, help)
    if t.top() == ["IMPORT"] and t.kind == STAR:
        message = "names are imported one by one"
        return finding("E0207", message, t.span, Cure(drop=1, put=[NAME]), help)
    imported = any(reading.read.kinds[index] == IMPORT for index in t.words_before())
    if t.kind == AS and imported and reading.accepts([COMMA, NAME]):
        span = t.span.to(t.span_at(1))
        drop = 2 if t.kind_at(1) == NAME else 1
        message = "an imported name stays what it is"
        edits = [Edit(span, "")]
        return finding("E0207", message, span, Cure(drop=drop), "leave `as` out", edits=edits)
    return None


def value_of_block(t: Trouble) -> Finding | None:
    """`block b(x) = relu`."""
    head = t.reading.first_of_statement()
    if t.kind != EQUAL or head is None or t.reading.read.kinds[head] != BLOCK:
        return None
    if not t.reading.accepts([LBRACE]):
        return None
    message = "a block has a body in braces, and no value"
    help = "write `{ }` around the steps; a chain as a value is a constant, `let b = a -> b`"
    return finding("E0207", message, t.span, RESUME, help)


def sizes_of_input(t: Trouble) -> Finding | None:
    """`input image: [3, 224, 224]` and `input image = [3, 224, 224]`."""
    if t.top(2) != ["INPUT", "NAME"] or t.kind not in (COLON, EQUAL):
        return None
    if t.kind_at(1) != LSQB:
        return None
    message = "the sizes of an input stand right behind its name"
    edits = [Edit(t.span, "")]
    help = f"leave the `{t.text}` out"
    return finding("E0207", message, t.span, Cure(drop=1), help, edits=edits)


def joined_otherwise(t: Trouble) -> Finding | None:
    """Steps joined by something else than `->`."""
    reading = t.reading
    if t.in_brackets() is not None or not reading.accepts([ARROW]) or t.in_expression():
        return None
    signs = {GREATER, BAR, DOT}
    if t.kind not in signs or t.leads or not reading.goes_on([ARROW], drop=1):
        return None
    message = f"steps are joined by `->`, not by `{t.text}`"
    edits = [Edit(t.span, "->")]
    return finding("E0207", message, t.span, Cure(drop=1, put=[ARROW]), "write `->`", edits=edits)
