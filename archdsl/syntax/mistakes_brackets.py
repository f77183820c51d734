"""Mistakes with brackets and commas: left open, closed twice, of the wrong kind, left out."""

from __future__ import annotations

from archdsl.diagnostics.diagnostic import Edit, Label
from archdsl.diagnostics.source import Span
from archdsl.syntax.build import TYPES
from archdsl.syntax.characters import clipped
from archdsl.syntax.kinds import (
    ARROW,
    AS,
    BAR,
    BLOCK,
    CLOSERS,
    COLON,
    COMMA,
    DECLARATIONS,
    ELSE,
    EQUAL,
    IN,
    LBRACE,
    LET,
    LPAR,
    LSQB,
    NAME,
    NUMBER,
    OPENERS,
    OUTPUT,
    RBRACE,
    RPAR,
    RSQB,
    SIZE,
    SPELLING,
    STAGE,
    STAR,
    STATEMENTS,
    STRING,
)
from archdsl.syntax.lexer import END
from archdsl.syntax.reading import SYMBOL
from archdsl.syntax.recovery import Cure, Finding
from archdsl.syntax.tables import MARKS
from archdsl.syntax.trouble import Trouble, finding, insertion

MERGES = frozenset(("add", "sub", "mul", "concat", "max", "mean", "matmul"))


def open_at_the_end(t: Trouble) -> Finding | None:
    """The file ends, and brackets are open."""
    opened = t.reading.open_brackets()
    if t.kind != END or not opened:
        return None
    if t.reading.wrapped and len(opened) == 1:
        return finding("", "", t.span, Cure(put=[RBRACE]))
    return _never_closed(t, opened, Cure(resume=True))


def open_at_a_declaration(t: Trouble) -> Finding | None:
    """A declaration begins at the left margin, and braces are open."""
    if t.kind not in DECLARATIONS or not t.leads or t.reading.indent(t.reading.at):
        return None
    opened = t.reading.open_brackets()
    if not opened:
        return None
    braces = [RBRACE for index in opened if t.reading.read.kinds[index] == LBRACE]
    cure = Cure(put=braces, finish=True)
    if t.reading.wrapped and len(opened) == 1:
        return finding("", "", t.span, cure)
    return _never_closed(t, opened, cure)


def open_before_else(t: Trouble) -> Finding | None:
    """`else` or `as` follows a brace that closes another body than that of its `if` or join.

    Of those that are open the innermost lacks its brace: the one whose seeming end comes first.
    """
    reading = t.reading
    if t.kind not in (ELSE, AS) or t.kind_before() != RBRACE:
        return None
    pairs = reading.misaligned()
    around = next((opener for opener, closer in pairs if closer == reading.at - 1), None)
    if around is None:
        return None
    opener, closer = next(pair for pair in pairs if pair[0] >= around)
    span = Span(reading.source, reading.starts[opener], reading.ends[opener])
    return _open(span, Cure(back=t.count - 1, put=[RBRACE]), [_too_far(t, closer)])


def _never_closed(t: Trouble, opened: list[int], cure: Cure) -> Finding:
    reading = t.reading
    opened = [index for index in opened if t.span_of(index).text]
    if not opened:
        return finding("", "", t.span, cure)
    innermost = t.span_of(opened[-1])
    others = [t.span_of(index) for index in opened[:-1]]
    if reading.read.kinds[opened[-1]] == LBRACE:
        for opener, closer in reading.misaligned():
            place = reading.starts[opener]
            if t.span_of(opened[0]).start < place < reading.starts[reading.at]:
                span = Span(reading.source, place, reading.ends[opener])
                return _open(span, cure, [_too_far(t, closer)])
    labels = [Label(span, "nor is this one") for span in others]
    return _open(innermost, cure, labels)


def _too_far(t: Trouble, closer: int) -> Label:
    span = Span(t.span.source, t.reading.starts[closer], t.reading.ends[closer])
    return Label(span, "this closes it, and stands too far to the left to be meant")


def _open(span: Span, cure: Cure, labels: list[Label]) -> Finding:
    closer = SPELLING[OPENERS[MARKS[span.text]]]
    help = f"close it with `{closer}`"
    return finding("E0202", f"this `{span.text}` is never closed", span, cure, help, labels=labels)


def open_in_a_statement(t: Trouble) -> Finding | None:
    """Something begins that cannot stand in the round or square bracket that is open."""
    index = t.in_brackets()
    if index is None:
        return None
    reading = t.reading
    outer = reading.indent_at(reading.read.starts[index])
    outdented = t.leads and reading.indent(reading.at) <= outer and t.kind not in CLOSERS
    if not (t.kind in (LBRACE, RBRACE, BAR) or (t.leads and t.kind in STATEMENTS) or outdented) or (
        t.kind == LBRACE and _is_list(t)
    ):
        return None
    closers: list[int] = []
    arrows = False
    for depth in range(len(reading.firsts), 0, -1):
        symbol = SYMBOL[reading.states[depth]]
        if symbol == "LBRACE":
            break
        if symbol in ("LPAR", "LSQB"):
            closers.append(RPAR if symbol == "LPAR" else RSQB)
    arrows = ARROW in reading.read.kinds[index:]
    span = t.span_of(index)
    closer = SPELLING[OPENERS[reading.read.kinds[index]]]
    before = t.span_before()
    edits: list[Edit] = []
    if not arrows and len(closers) == 1 and before.line == span.line:
        edits.append(insertion(before.end, closer, before))
    cure = Cure(resume=True)
    for put in (closers, [NAME, *closers]):
        if reading.goes_on(put, look=1):
            cure = Cure(put=put)
            break
    help = f"close it with `{closer}`"
    return finding("E0202", f"this `{span.text}` is never closed", span, cure, help, edits=edits)


def closed_wrongly(t: Trouble) -> Finding | None:
    """A bracket closes one of another kind, or none."""
    if t.kind not in CLOSERS or t.is_put_in:
        return None
    index = t.reading.open_bracket()
    opener = END if index is None else t.reading.read.kinds[index]
    if opener == CLOSERS[t.kind]:
        return None
    span = None if index is None else t.span_of(index)
    last = t.reading.leads(t.reading.at + 1)
    on_line = span is not None and last and span.line == t.span.line
    if span is not None and t.kind != RBRACE and (opener != LBRACE or on_line):
        right = SPELLING[OPENERS[opener]]
        return finding(
            "E0202",
            f"`{span.text}` is closed by `{t.text}`",
            t.span,
            Cure(drop=1, put=[OPENERS[opener]]),
            f"write `{right}`",
            labels=[Label(span, "this is what it closes")],
            edits=[Edit(t.span, right)],
        )
    help = "take it out"
    edits = [Edit(t.span, "")]
    return finding(
        "E0202", f"this `{t.text}` closes nothing", t.span, Cure(drop=1), help, edits=edits
    )


def brace_left_out(t: Trouble) -> Finding | None:
    """Another sign where the brace of a body belongs: `stage a ( relu }`."""
    reading = t.reading
    if t.kind in (NAME, LBRACE, END, BAR, *STATEMENTS, *CLOSERS) or t.is_put_in or t.leads:
        return None
    if not reading.goes_on([LBRACE], drop=1, look=1) or reading.accepts([LBRACE, BAR]):
        return None
    if t.find_on_line([RBRACE]) is None and not reading.leads(reading.at + 1):
        return None
    message = f"a body begins with `{{`, not with {t.named}"
    cure = Cure(drop=1, put=[LBRACE])
    return finding("E0212", message, t.span, cure, "write `{`", edits=[Edit(t.span, "{")])


# Brackets of the wrong kind


def square_for_round(t: Trouble) -> Finding | None:
    """`conv[64, 3x3]`, `repeat`'s and `block`'s parameters in square brackets."""
    partner = t.partner() if t.kind == LSQB else None
    if partner is None or not t.reading.accepts([LPAR]) or t.in_expression():
        return None
    what = "parameters" if t.top(2)[0] in ("BLOCK", "NETWORK", "DEF", "SCALING") else "arguments"
    return _other_brackets(t, partner, LPAR, f"{what} stand in round brackets")


def round_for_square(t: Trouble) -> Finding | None:
    """`input image(3, 224, 224)`."""
    partner = t.partner() if t.kind in (LPAR, LBRACE) else None
    if partner is None or t.top(2) != ["INPUT", "NAME"]:
        return None
    return _other_brackets(t, partner, LSQB, "the sizes of an input stand in square brackets")


def list_in_braces(t: Trouble) -> Finding | None:
    """`let a = {1, 2}`."""
    partner = t.partner() if t.kind == LBRACE else None
    if partner is None or not _is_list(t):
        return None
    return _other_brackets(t, partner, LSQB, "a list stands in square brackets")


def _is_list(t: Trouble) -> bool:
    """Whether a brace stands where a value may, with values in it."""
    accepts = t.reading.accepts
    if not accepts([LSQB, NUMBER]) or accepts([STAR]):
        return False
    values = (NUMBER, SIZE, STRING, LPAR, LSQB)
    return t.kind_at(1) in values or t.kind_at(2) == COMMA


def _other_brackets(t: Trouble, partner: int, opener: int, message: str) -> Finding:
    closer = OPENERS[opener]
    reading = t.reading
    edits = [
        Edit(t.span, SPELLING[opener]),
        Edit(t.span_at(partner), SPELLING[closer]),
    ]
    reading.kinds[reading.at] = opener
    reading.kinds[reading.at + partner] = closer
    help = f"write `{SPELLING[opener]} {SPELLING[closer]}`"
    return finding("E0212", message, t.span, Cure(), help, edits=edits)


def loop_in_brackets(t: Trouble) -> Finding | None:
    """`for (i in range(3)) { ... }`."""
    if t.kind != IN or t.top(3)[:2] != ["FOR", "LPAR"]:
        return None
    opener = t.in_brackets()
    assert opener is not None
    ahead = t.find_on_line([LBRACE])
    if ahead is None or t.kind_at(ahead - 1) != RPAR or t.reading.origin[opener] < 0:
        return None
    edits = [Edit(t.span_of(opener), ""), Edit(t.span_at(ahead - 1), "")]
    t.reading.leave_out(t.reading.at + ahead - 1)
    message = "what a loop runs over stands without brackets"
    cure = Cure(back=opener, drop=1)
    return finding("E0212", message, t.span_of(opener), cure, "leave them out", edits=edits)


def import_in_brackets(t: Trouble) -> Finding | None:
    """`from "std" import (conv_bn, mbconv)`."""
    partner = t.partner() if t.kind in OPENERS and t.top() == ["IMPORT"] else None
    if partner is None:
        return None
    edits = [Edit(t.span, ""), Edit(t.span_at(partner), "")]
    t.reading.leave_out(t.reading.at + partner)
    message = "imported names stand without brackets"
    return finding("E0212", message, t.span, Cure(drop=1), "leave the brackets out", edits=edits)


def bar_left_out(t: Trouble) -> Finding | None:
    """`add { conv(8) | skip }`, and what looks like it: `conv{8}`, `relu { ... }`."""
    reading = t.reading
    brace = reading.open_bracket()
    if t.kind_before() != LBRACE or brace is None or t.kind in (BAR, END):
        return None
    if not reading.accepts([BAR]) or t.at_statement():
        return None
    callee = brace - 1
    if reading.read.kinds[callee] == NAME and reading.begins(callee):
        name = clipped(t.span_of(callee).text)
        if name not in MERGES and t.kind not in (NAME, *STATEMENTS):
            return _round_for_braces(t, brace)
        if name not in MERGES:
            message = f"the braces behind `{name}` hold no paths"
            help = (
                f"a part of the network is `stage {name} {{ ... }}`; "
                "each path of a merge begins with `|`"
            )
            cure = Cure(back=callee, put=[STAGE])
            return finding("E0201", message, t.span_of(brace), cure, help)
    edits = [insertion(t.span.start, "| ", t.span)]
    cure = Cure(put=[BAR]) if reading.goes_on([BAR], look=1) else Cure(resume=True)
    return finding(
        "E0203",
        "a path of a merge begins with `|`",
        t.span,
        cure,
        "write `|` in front",
        edits=edits,
    )


def _round_for_braces(t: Trouble, brace: int) -> Finding | None:
    reading = t.reading
    opener = reading.origin[brace]
    ahead = opener - reading.at
    if opener < 0:
        return None
    partner = t.partner(ahead)
    if partner is None:
        return None
    span, end = t.span_of(brace), t.span_at(partner)
    reading.kinds[opener] = LPAR
    reading.kinds[reading.at + partner] = RPAR
    message = "arguments stand in round brackets"
    edits = [Edit(span, "("), Edit(end, ")")]
    return finding("E0212", message, span, Cure(back=brace), "write `( )`", edits=edits)


# Commas


def comma_left_out(t: Trouble) -> Finding | None:
    """Two arguments, elements, parameters or names stand side by side."""
    if t.in_brackets() is None and t.leads:
        return None
    before = t.span_before()
    typed = _type_without_colon(t)
    if typed is not None:
        return typed
    if not t.reading.goes_on([COMMA], look=1 if t.in_brackets() is not None else 2):
        return None
    message = f"a comma is missing between `{t.text_before()}` and {t.named}"
    help = f"write `{t.text_before()}, {clipped(t.text)}`"
    edits = [insertion(before.end, ",", before)]
    place = Span(before.source, before.end, before.end)
    if t.span.start > before.end and "\n" not in before.source.text[before.end : t.span.start]:
        place = Span(before.source, before.end, t.span.start)
    return finding("E0204", message, place, Cure(put=[COMMA]), help, edits=edits)


def _type_without_colon(t: Trouble) -> Finding | None:
    """`block f(int n)` and `block f(n int)`."""
    if not t.reading.accepts([COLON, NAME]) or t.in_brackets() is None:
        return None
    if t.kind not in (NAME, BLOCK):
        return None
    before = t.span_before()
    if t.text in TYPES:
        cure = Cure(put=[COLON])
        new = f"{before.text}: {t.text}"
    elif before.text in TYPES and t.reading.begins(t.count - 1):
        cure = Cure(back=t.count - 1, drop=1)
        new = f"{clipped(t.text)}: {before.text}"
    else:
        return None
    span = before.to(t.span)
    message = "the type of a parameter stands behind a colon"
    return finding("E0207", message, span, cure, f"write `{new}`", edits=[Edit(span, new)])


def comma_too_many(t: Trouble) -> Finding | None:
    """A comma with nothing before it, behind it, or where one value stands."""
    if t.kind != COMMA:
        return None
    reading = t.reading
    if reading.accepts([NAME]) and t.kind_before() in (COMMA, LPAR, LSQB):
        what = "an argument" if t.in_brackets() is not None else "a name"
        message = f"{what} is missing before this comma"
        edits = [Edit(t.span, "")]
        return finding("E0203", message, t.span, Cure(drop=1), "take it out", edits=edits)
    if t.in_brackets() is not None:
        return None
    head = reading.first_of_statement()
    first = END if head is None else reading.read.kinds[head]
    if first == LET and not reading.accepts([EQUAL]):
        if t.kind_at(1) == NAME and t.kind_at(2) == EQUAL:
            message, help = "one `let` gives one value", "begin the next with `let` again"
            return finding("E0201", message, t.span, Cure(drop=1, put=[LET]), help)
        message, help = "a list of values stands in brackets", "write `[ ]` around it"
        return finding("E0201", message, t.span, Cure(resume=True), help)
    if first == OUTPUT and t.kind_at(1) == NAME:
        message, help = "one `output` names one value", "begin the next with `output` again"
        return finding("E0201", message, t.span, Cure(drop=1, put=[OUTPUT]), help)
    if reading.accepts([NAME, EQUAL]):
        message, help = "what a rule says stands side by side, without commas", "take the comma out"
        edits = [Edit(t.span, "")]
        return finding("E0207", message, t.span, Cure(drop=1), help, edits=edits)
    if reading.accepts([ARROW]):
        message = "steps are joined by `->`, not by commas"
        edits = [Edit(t.span, " ->")]
        return finding(
            "E0207", message, t.span, Cure(drop=1, put=[ARROW]), "write `->`", edits=edits
        )
    return None
