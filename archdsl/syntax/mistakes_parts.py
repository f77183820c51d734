"""Mistakes with whole parts: missing, out of place, or nothing that the language has."""

from __future__ import annotations

from archdsl.diagnostics.diagnostic import Label
from archdsl.syntax.kinds import (
    AFTER,
    BAR,
    BLOCK,
    CITE,
    COLON,
    DECLARATIONS,
    ELSE,
    EQUAL,
    EXPECT,
    FROM,
    IF,
    IMPORT,
    IN,
    LBRACE,
    LET,
    LPAR,
    LSQB,
    NAME,
    NETWORK,
    NUMBER,
    PATTERN,
    PERCENT,
    RBRACE,
    SIZE,
    SPELLING,
    STAGE,
    STATEMENTS,
    STRING,
    THEN,
    TRAINING,
    WITHIN,
)
from archdsl.syntax.lexer import END
from archdsl.syntax.recovery import Cure, Finding
from archdsl.syntax.tables import MARKS, TERMINALS, WORDS
from archdsl.syntax.trouble import RESUME, Trouble, finding

_WANTED = {
    "a value": ("=", "==", "!=", "<", ">", "<=", ">=", "~", "+", "-", "*", "/", "//", "%", "**", "then"),
    "a condition": ("if", "when", "where", "require", "and", "or", "not"),
    "a name": (
        "stage", "network", "block", "def", "scaling", "share", "as", "let", "import", "input",
        "output", "for", ".",
    ),
    "a file in double quotes": ("weights", "from"),
    "a path": ("replace", "remove", "init", "after", "freeze", "unfreeze", "except"),
    "a number": ("..", "by", "edition"),
    "a step": ("->", "|"),
    "a list": ("in",),
    "the number of copies": ("repeat",),
    "an expectation": ("expect",),
    "a scaling rule": ("scaled",),
    "a percentage": ("within",),
    "a value or body": ("else",),
    "`after`": ("insert",),
}  # fmt: skip
"""What is wanted, and behind which words and signs."""
_WANTED_BEHIND = {word: wanted for wanted, words in _WANTED.items() for word in words}
_FORMS = {
    "block": "block NAME(out) { ... }",
    "cite": 'cite "authors" 2016 "title"',
    "def": "def NAME(x) = ...",
    "edition": "edition 1",
    "expect": "expect params == 25_557_032",
    "for": "for x in LIST { ... }",
    "freeze": "freeze all except head",
    "from": 'from "./blocks.arch" import NAME',
    "if": "if CONDITION { ... } else { ... }",
    "init": "init conv { weight = zeros }",
    "input": "input image[3, H = 224, W = 224]",
    "insert": "insert after PATH { ... }",
    "let": "let NAME = ...",
    "network": "network NAME { ... }",
    "output": "output NAME",
    "remove": "remove PATH",
    "repeat": "repeat 3 { ... }",
    "replace": "replace PATH { ... }",
    "require": "require CONDITION",
    "scaling": "scaling NAME(phi) { ... }",
    "share": "share NAME = ...",
    "stage": "stage NAME { ... }",
    "unfreeze": "unfreeze head",
    "weights": 'weights "weights.safetensors"',
}
"""How a statement is written that begins with a word."""
_STATEMENTS = {
    "NAME": "step",
    "INPUT": "input",
    "STAGE": "stage",
    "OUTPUT": "output",
    "EXPECT": "expectation",
    "REPEAT": "repetition",
    "IF": "choice",
    "FOR": "loop",
    "SHARE": "share",
}
_LINKS = (LBRACE, EQUAL, LPAR, IN, THEN, ELSE, IMPORT, AFTER, PERCENT, COLON, TRAINING)


def else_without_if(t: Trouble) -> Finding | None:
    """An `else` that follows no `if`."""
    if t.kind != ELSE or not (t.at_statement() or t.at_declaration()):
        return None
    put = [IF, NAME] if t.kind_at(1) == LBRACE else []
    if t.at_declaration():
        t.reading.wrapped = True
        put = [NETWORK, NAME, LBRACE, *put]
    message = "this `else` follows no `if`"
    help = "`else` stands right behind the body of its `if`"
    return finding("E0201", message, t.span, Cure(drop=1, put=put), help)


def declaration_in_a_body(t: Trouble) -> Finding | None:
    """A block, network, function or import in the body of another."""
    if not t.in_body():
        return None
    help = "put it at the top of the file"
    if t.kind == IMPORT and FROM in (t.kind_before(2), t.kind_before(3)):
        return finding("E0215", "an import stands at the top of a file", t.span, RESUME, help)
    if t.kind not in DECLARATIONS or not t.reading.accepts([STAGE]):
        return None
    word = t.text
    message = f"`{word}` stands at the top of a file, not in a body"
    ahead = 2
    if t.kind_at(2) == LPAR:
        partner = t.partner(2)
        if partner is None:
            return finding("E0215", message, t.span, RESUME, help)
        ahead = partner + 1
    put = {LBRACE: STAGE, EQUAL: LET}.get(t.kind_at(ahead))
    if t.kind_at(1) != NAME or put is None:
        return finding("E0215", message, t.span, RESUME, help)
    return finding("E0215", message, t.span, Cure(drop=ahead, put=[put, NAME]), help)


def declaration_without_word(t: Trouble) -> Finding | None:
    """`unit(out) { ... }` at the top of a file."""
    if t.kind != NAME or not t.at_declaration():
        return None
    partner = t.partner(1) if t.kind_at(1) == LPAR else 0
    if partner is None or t.kind_at(partner + 1) != LBRACE or t.kind_at(partner + 2) == BAR:
        return None
    message = f"the body of {t.named} belongs to nothing"
    help = f"begin with `block {t.text}` or `network {t.text}`"
    return finding("E0203", message, t.span, Cure(put=[BLOCK]), help)


def outside_of_bodies(t: Trouble) -> Finding | None:
    """A step or another statement of a flow at the top of a file."""
    reading = t.reading
    if not t.at_declaration() or t.kind not in (NAME, *STATEMENTS):
        return None
    opening = [NETWORK, NAME, LBRACE]
    if not reading.goes_on(opening, look=1):
        return None
    what = _STATEMENTS.get(TERMINALS[t.kind], "statement")
    labels = []
    if t.kind_before() == RBRACE:
        labels.append(Label(t.span_of(t.count - 1), "the body above ends here"))
    reading.wrapped = True
    message = f"this {what} stands outside of every body"
    help = "put it in the body of a `network` or `block`"
    return finding("E0215", message, t.span, Cure(put=opening), help, labels=labels)


def missing(t: Trouble) -> Finding | None:
    """Something is left out in front of the token."""
    reading = t.reading
    look = 1 if t.leads or t.is_put_in else 2
    for kind in (NAME, STRING, NUMBER, PATTERN):
        if reading.goes_on([kind], look=look):
            return _missing(t, _wanted(t, kind), Cure(put=[kind]))
    extra = t.kind_at(1) == LBRACE and not t.leads
    head = reading.first_of_statement()
    is_declared = head is not None and reading.read.kinds[head] in DECLARATIONS
    if is_declared and reading.goes_on([LPAR]) and not reading.accepts([LPAR, EQUAL]):
        return _missing(t, "`(`", Cure(put=[LPAR]))
    for kind in _LINKS:
        if kind in (LPAR, IN) and (t.in_expression() or t.behind_callee()):
            continue
        if kind == PERCENT and t.kind_before(2) != WITHIN:
            continue
        if kind == LBRACE and reading.goes_on([kind], look=1) and not extra:
            return _missing(t, "a body in braces", _body_without_brace(t))
        for put in ([kind], [kind, NAME]):
            if kind != LBRACE and reading.goes_on(put, look=look):
                return _missing(t, f"`{SPELLING[kind]}`", Cure(put=put))
    if reading.accepts([LBRACE]) and (t.leads or t.kind in (END, RBRACE)):
        return _missing(t, "a body in braces", Cure(put=[LBRACE, RBRACE]))
    return None


def _body_without_brace(t: Trouble) -> Cure:
    """How a body without its opening brace is read: on, where its closing one is there."""
    if not t.leads and t.find_on_line([RBRACE]) is not None:
        return Cure(put=[LBRACE])
    if t.leads and t.reading.indent(t.reading.at) <= t.reading.indent_of_statement():
        return Cure(put=[LBRACE, RBRACE])
    return Cure(put=[LBRACE], block=True)


def _missing(t: Trouble, what: str, cure: Cure) -> Finding:
    before = t.span_before()
    behind = f" behind `{t.text_before()}`" if before.text else ""
    help = _form(t, before.text, what)
    return finding("E0203", f"{what} is missing{behind}", before, cure, help)


def _form(t: Trouble, before: str, what: str) -> str | None:
    """How that is written in which something is missing."""
    if what in ("`then`", "`else`"):
        return "a choice between values is written `if CONDITION then A else B`"
    if what == "`%`":
        return f"write `{before}%`"
    if before == "->":
        return "write what follows, or leave the arrow out"
    if before == "|":
        return "the path that leaves the flow as it is is `skip`"
    if before == "," and t.in_brackets() is None:
        return "a list without brackets has no comma at its end"
    head = t.reading.first_of_statement()
    if head is None or t.in_brackets() is not None:
        return None
    form = _FORMS.get(t.span_of(head).text)
    in_head = what == "a body in braces" or before == "=" or t.count - head <= 2
    if form is None or not in_head:
        return None
    if form == _FORMS["from"] and t.in_body():
        return "`from x` goes on from the value that is named `x`"
    return f"it is written `{form}`"


def _wanted(t: Trouble, kind: int) -> str:
    """What a rule wants behind what was read."""
    before = t.span_before().text
    if not before:
        return "an expression"
    head = t.reading.first_of_statement()
    first = END if head is None else t.reading.read.kinds[head]
    if first == CITE:
        return "the year" if kind == NUMBER else "a text in double quotes"
    if first == NETWORK and before == "=":
        return "the call of a network"
    bracket = t.in_brackets()
    if before == "->" and not t.at_statement():
        return "a layer or block"
    if before == "from" and not t.reading.accepts([STRING, IMPORT]):
        return "the name of a value"
    if before == "," or before in "([":
        if bracket is None:
            return "an expectation" if first == EXPECT else "a name"
        if t.reading.read.kinds[bracket] != LPAR:
            return "an element"
        return "a parameter" if first in DECLARATIONS else "an argument"
    if before == ":":
        return "a step" if t.at_statement() else "a type"
    return _WANTED_BEHIND.get(before, "something")


def unexpected(t: Trouble) -> Finding:
    """Nothing is known of what was meant."""
    if t.kind == END:
        message = "the file ends in the middle of a statement"
        if t.text_before():
            message = f"nothing follows `{t.text_before()}`, and something must"
        return finding("E0203", message, t.span_before() if t.text_before() else t.span)
    cure = Cure(drop=1) if t.reading.goes_on([], drop=1, look=3) else RESUME
    if t.kind in (NUMBER, STRING, SIZE, LPAR, LSQB) and not t.leads:
        message = f"{t.named} cannot stand behind `{t.text_before()}`"
        notes = ["a list of values stands in brackets, with commas between them"]
        return finding("E0201", message, t.span, cure, notes=notes)
    notes = [] if t.in_expression() else _notes(t)
    return finding("E0201", f"{t.named} cannot stand here", t.span, cure, notes=notes)


def _notes(t: Trouble) -> list[str]:
    """What may stand there, where that can be said in a few words."""
    if t.at_statement():
        return ["a statement begins with a word: a step, `stage`, `repeat`, `let` ..."]
    if t.at_declaration():
        return ["a file holds `network`, `block`, `let`, `def`, `from ... import`, `cite` ..."]
    accepted = sorted(
        f"`{text}`" for text, kind in (WORDS | MARKS).items() if t.reading.accepts([kind])
    )
    return [f"here may stand {' or '.join(accepted)}"] if 0 < len(accepted) <= 3 else []
