"""The kinds of tokens that a mistake may be made with, by name."""

from __future__ import annotations

from archdsl.syntax.lexer import KIND
from archdsl.syntax.tables import MARKS, WORDS

NAME, NUMBER, SIZE, STRING, PATTERN = (
    KIND[name] for name in ("NAME", "NUMBER", "SIZE", "STRING", "PATTERN")
)

LPAR, RPAR, LSQB, RSQB, LBRACE, RBRACE = (MARKS[mark] for mark in "()[]{}")
COMMA, COLON, DOT, BAR, EQUAL, MINUS, STAR, SLASH = (MARKS[mark] for mark in ",:.|=-*/")
ARROW, EQUALS, GREATER, TILDE, PERCENT, POWER, SLASHES = (
    MARKS[mark] for mark in ("->", "==", ">", "~", "%", "**", "//")
)

AFTER, AND, AS, BLOCK, CITE, DEF, ELSE, EXPECT = (
    WORDS[word] for word in ("after", "and", "as", "block", "cite", "def", "else", "expect")
)
FOR, FREEZE, FROM, IF, IMPORT, IN, INIT, INPUT = (
    WORDS[word] for word in ("for", "freeze", "from", "if", "import", "in", "init", "input")
)
LET, NETWORK, OR, OUTPUT, SCALING, STAGE, THEN, TRAINING, UNFREEZE, WITHIN = (
    WORDS[word]
    for word in (
        "let", "network", "or", "output", "scaling", "stage", "then", "training", "unfreeze",
        "within",
    )
)  # fmt: skip

OPENERS = {LPAR: RPAR, LSQB: RSQB, LBRACE: RBRACE}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}
COMPARATORS = frozenset((IN, *(MARKS[m] for m in ("==", "!=", "<=", ">=", "<", ">", "~"))))
DECLARATIONS = frozenset((BLOCK, DEF, NETWORK, SCALING))
STATEMENTS = DECLARATIONS | {
    WORDS[word]
    for word in (
        "cite", "expect", "for", "freeze", "from", "if", "init", "input", "insert", "let",
        "output", "remove", "repeat", "replace", "require", "share", "stage", "unfreeze",
        "weights",
    )
}  # fmt: skip
"""Words that begin a statement or a declaration."""

SPELLING = {kind: text for text, kind in (WORDS | MARKS).items()}
