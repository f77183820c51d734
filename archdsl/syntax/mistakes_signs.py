"""Mistakes with signs: comparisons, arrows, comments, signs of other languages."""

from __future__ import annotations

from archdsl.diagnostics.diagnostic import Edit
from archdsl.syntax.kinds import (
    AND,
    ARROW,
    BAR,
    COLON,
    COMMA,
    COMPARATORS,
    EQUAL,
    EQUALS,
    EXPECT,
    GREATER,
    LBRACE,
    MINUS,
    NAME,
    OR,
    POWER,
    SLASH,
    SLASHES,
    STAR,
    TILDE,
)
from archdsl.syntax.lexer import END
from archdsl.syntax.mistakes_brackets import MERGES
from archdsl.syntax.reading import SYMBOL
from archdsl.syntax.recovery import Cure, Finding
from archdsl.syntax.tables import MARKS
from archdsl.syntax.trouble import RESUME, Trouble, finding

_CHANGES = "values do not change: give the new one a name of its own with `let`"
_JOINED = {
    "===": (EQUALS, "E0208", "write `==`"),
    "!==": (MARKS["!="], "E0208", "write `!=`"),
    "<>": (MARKS["!="], "E0208", "write `!=`"),
    "=<": (MARKS["<="], "E0208", "write `<=`"),
    "=>": (MARKS[">="], "E0208", "write `>=`"),
    "~=": (TILDE, "E0208", "write `~`"),
    ":=": (EQUAL, "E0207", "write `=`"),
    "||": (OR, "E0207", "one of two conditions is written with `or`"),
    **dict.fromkeys(("|>", ">>", "~>", "->>"), (ARROW, "E0207", "steps are joined by `->`")),
    **dict.fromkeys(
        ("+=", "-=", "*=", "/=", "//=", "**=", "%=", "++", "--", "<-"), (END, "E0207", _CHANGES)
    ),
}


def joined(t: Trouble) -> Finding | None:
    """Two signs that touch and mean one in another language: `+=`, `=>`, `||`."""
    for back, ahead in ((1, 0), (0, 1)):
        found = _joined(t, back, ahead)
        if found is not None:
            return found
    return None


def _joined(t: Trouble, back: int, ahead: int) -> Finding | None:
    reading = t.reading
    if back:
        if not t.touches_before() or reading.origin[-1] < 0:
            return None
        span = t.span_of(t.count - 1).to(t.span)
    else:
        if not t.touch(1):
            return None
        span = t.span.to(t.span_at(1))
    sign = span.text
    if sign not in _JOINED:
        return None
    kind, code, help = _JOINED[sign]
    message = f"`{sign}` is not of the language"
    if sign == "=>" and reading.accepts([ARROW]) and not t.in_expression():
        kind, code, help = ARROW, "E0207", "steps are joined by `->`"
    if kind == END:
        return finding(code, message, span, RESUME, help)
    drop = back + ahead + 1
    if back and not reading.begins(t.count - 1):
        return None
    depth, state = reading.before(t.count - 1) if back else (None, None)
    if not reading.accepts([kind, *reading.following(1, ahead + 1)], depth, state):
        return None
    cure = Cure(back=t.count - 1 if back else None, drop=drop, put=[kind])
    return finding(code, message, span, cure, help, edits=[Edit(span, help.split("`")[1])])


def comment_of_c(t: Trouble) -> Finding | None:
    """`// a comment` and `/* a comment */`."""
    words = t.words_before()
    slashes = [i for i in words if t.reading.read.kinds[i] == SLASHES]
    help = "a comment begins with `#`"
    if t.kind == SLASHES and not t.in_expression():
        return finding(
            "E0207", "`//` begins no comment", t.span, Cure(drop=_rest_of_line(t)), help,
            edits=[Edit(t.span, "#")],
        )  # fmt: skip
    if t.kind == SLASH and t.kind_at(1) in (STAR, POWER) and t.touch(1):
        end = _end_of_comment(t)
        return finding("E0207", "`/*` begins no comment", t.span, Cure(drop=end), help)
    if slashes and not t.leads and t.kind in (NAME, COMMA, COLON, *COMPARATORS):
        span = t.span_of(slashes[0])
        cure = Cure(drop=_rest_of_line(t))
        edits = [Edit(span, "#")]
        return finding("E0207", "`//` begins no comment", span, cure, help, edits=edits)
    return None


def _rest_of_line(t: Trouble) -> int:
    ahead = 1
    while t.kind_at(ahead) != END and not t.reading.leads(t.reading.at + ahead):
        ahead += 1
    return ahead


def _end_of_comment(t: Trouble) -> int:
    for ahead in range(2, 2_000):
        if t.kind_at(ahead) == END:
            return ahead
        stars = t.kind_at(ahead - 1) in (STAR, POWER)
        if stars and t.kind_at(ahead) == SLASH and t.touch(ahead):
            return ahead + 1
    return _rest_of_line(t)


def equal_once(t: Trouble) -> Finding | None:
    """`expect params = 3`, `if x = 1 { ... }`."""
    if t.kind != EQUAL or not t.reading.goes_on([EQUALS], drop=1):
        return None
    message = "`=` gives a name to a value, and compares nothing"
    cure = Cure(drop=1, put=[EQUALS])
    return finding("E0208", message, t.span, cure, "write `==`", edits=[Edit(t.span, "==")])


def equal_twice(t: Trouble) -> Finding | None:
    """`let a == 3`."""
    if t.kind != EQUALS or not t.reading.goes_on([EQUAL], drop=1):
        return None
    message = "`==` compares values, and gives no name to one"
    cure = Cure(drop=1, put=[EQUAL])
    return finding("E0208", message, t.span, cure, "write `=`", edits=[Edit(t.span, "=")])


def comparisons_in_a_row(t: Trouble) -> Finding | None:
    """`1 < x < 3`."""
    if t.kind not in COMPARATORS or not _is_compared(t) or not t.in_expression():
        return None
    words = [t.span_of(index).text for index in t.words_before()]
    middle = words[-1] if words and words[-1].replace(".", "").isalnum() else "b"
    help = f"write the one in the middle twice: `a < {middle} and {middle} < c`"
    message = "comparisons do not chain"
    return finding("E0208", message, t.span, Cure(drop=1, put=[AND]), help)


def _is_compared(t: Trouble) -> bool:
    """Whether what stands before the token is the right side of a comparison."""
    depth = len(t.reading.firsts)
    while depth and (symbol := SYMBOL[t.reading.states[depth]]) != "comparator":
        if symbol in (
            "AND",
            "OR",
            "NOT",
            "COMMA",
            "LPAR",
            "LSQB",
            "LBRACE",
            "IF",
            "EQUAL",
            "ARROW",
        ):
            return False
        depth -= 1
    return depth > 0


def comparison_of_a_step(t: Trouble) -> Finding | None:
    """`expect params == 1 macs == 2`: what looks like a step belongs to the statement above."""
    if t.kind not in COMPARATORS or not t.behind_callee():
        return None
    words = t.words_before(40)
    expects = [i for i in words if t.reading.read.kinds[i] == EXPECT]
    head = t.reading.first_of_statement()
    if head is None or not expects or t.leads:
        return None
    before = t.span_of(head - 1)
    first = t.span_of(head)
    message = f"a comma is missing between `{before.text}` and `{first.text}`"
    return finding("E0204", message, first, RESUME, f"write `{before.text}, {first.text}`")


def arrow_without_step(t: Trouble) -> Finding | None:
    """An arrow that joins nothing, or one with a blank in it."""
    reading = t.reading
    if t.kind == MINUS and t.kind_at(1) == GREATER and reading.accepts([ARROW]):
        span = t.span.to(t.span_at(1))
        edits = [Edit(span, "->")]
        cure = Cure(drop=2, put=[ARROW])
        return finding(
            "E0201", "an arrow has no space in it", span, cure, "write `->`", edits=edits
        )
    before = t.kind_before()
    if t.kind != ARROW or not t.at_statement() or before in (ARROW, BAR):
        return None
    edits = [Edit(t.span, "")]
    if before == LBRACE or t.count == 0:
        message = "no step stands before this arrow: a body begins with a step"
    else:
        message = "`->` joins steps, and what stands before it is none"
    return finding("E0201", message, t.span, Cure(drop=1), "leave it out", edits=edits)


def bar_outside(t: Trouble) -> Finding | None:
    """A path that is not in the braces of a merge."""
    if t.kind != BAR or not (t.at_statement() or t.at_declaration()):
        return None
    if t.kind_before() in (BAR, ARROW):
        return None
    if t.reading.accepts([LBRACE, BAR]) and t.text_before() in MERGES:
        message = f"`{{` is missing behind `{t.text_before()}`"
        help = "the paths of a merge stand in braces"
        return finding("E0203", message, t.span_before(), Cure(put=[LBRACE]), help)
    message = "a path stands in the braces of a merge"
    return finding("E0201", message, t.span, Cure(drop=1), "write `add { | ... | ... }`")
