"""What stands in a text and is no token: what it is called, and what was probably meant."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from archdsl.diagnostics.diagnostic import Edit
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span
from archdsl.syntax.kinds import NAME, NUMBER, POWER, SIZE, STRING
from archdsl.syntax.lexer import BAD, END, Tokens, classify, tokenize, unit_apart

_OPENING_QUOTES = "'‘‚‛“„‟«‹`"
_CLOSING_QUOTES = "'’”»›`"
_QUOTES = _OPENING_QUOTES + _CLOSING_QUOTES

_MEANT = {
    **dict.fromkeys("×✕✖⨯", "*"),
    **dict.fromkeys("−–—‐‑‒﹣", "-"),
    **dict.fromkeys("→⟶➔➜⇒", "->"),
    **dict.fromkeys("≤⩽", "<="),
    **dict.fromkeys("≥⩾", ">="),
    **dict.fromkeys("≈≃∼", "~"),
    **dict.fromkeys("·⋅∙∗", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    "≠": "!=",
    "∈": "in",
    "∧": "and",
    "∨": "or",
    "¬": "not",
}
_FOREIGN = {
    "&": ("and", "both of two conditions are joined by `and`"),
    "&&": ("and", "both of two conditions are joined by `and`"),
    "!": ("not", "the opposite of a condition is written with `not`"),
    "^": ("**", "a power is written `**`"),
    ";": ("", "a statement ends by itself: leave out the `;`"),
    "\\": ("", "a statement goes on over lines by itself: leave out the `\\`"),
    "?": ("", "a choice between values is written `if condition then a else b`"),
    "@": ("", "leave out the `@`; a matrix product is the merge `matmul`"),
}
_UNITS = {"k": "K", "m": "M", "g": "G", "t": "T", "b": "G", "B": "G"}
_tail = re.compile(r"[)\]},\s]*$").search
_side = re.compile(r" *([0-9]+)(?![A-Za-z0-9_.])").match


@dataclass(slots=True)
class Mended(Tokens):
    """Tokens in which what was none has been replaced or left out.

    `faults` are the positions in the text where that was reported, `guessed` the starts of
    tokens that are not spelled as they should be.
    """

    faults: list[int] = field(default_factory=list)
    guessed: set[int] = field(default_factory=set)


def mend(source: Source, tokens: Tokens, report: Report, most: int) -> Mended:
    """The tokens of a text with everything in it that is no token reported, at most so much."""
    return _Mender(source, tokens, report, most).mended()


class _Mender:
    def __init__(self, source: Source, tokens: Tokens, report: Report, most: int) -> None:
        self.source = source
        self.text = source.text
        self.tokens = tokens
        self.report = report
        self.most = most
        self.out = Mended([], [], [], nesting=tokens.nesting)
        self.skipped_to = 0

    def mended(self) -> Mended:
        pending = [iter(_triples(self.tokens))]
        end = self.tokens.ends[-1]
        while pending:
            token = next(pending[-1], None)
            if token is None:
                pending.pop()
                continue
            kind, start, stop = token
            if start < self.skipped_to:
                if stop > self.skipped_to:
                    rest = tokenize(self.source, self.skipped_to, stop)
                    pending.append(iter(_triples(rest)))
                continue
            before = self.skipped_to
            if kind == BAD or (kind == STRING and self.text.startswith('"""', start)):
                self.fault(start, stop, end)
            elif kind == NAME and self.is_unit(start, stop):
                self.unit(start, stop)
            else:
                self.put(kind, start, stop)
            if before < self.skipped_to < stop:
                rest = tokenize(self.source, self.skipped_to, stop)
                pending.append(iter(_triples(rest)))
        self.put(END, end, end)
        return self.out

    def put(self, kind: int, start: int, end: int, *, guessed: bool = False) -> None:
        self.out.kinds.append(kind)
        self.out.starts.append(start)
        self.out.ends.append(end)
        if guessed:
            self.out.guessed.add(start)

    def error(
        self,
        code: str,
        message: str,
        start: int,
        end: int,
        help: str | None,
        new: str | None = None,
    ) -> None:
        """Report a fault; `new` is what belongs there."""
        self.out.faults.append(start)
        if len(self.report.diagnostics) < self.most:
            span = Span(self.source, start, end)
            edits = [] if new is None else [Edit(span, new)]
            self.report.error(code, message, span, help=help, edits=edits)

    def fault(self, start: int, stop: int, end: int) -> None:
        """Report what stands at `start`, and put what was probably meant in its place."""
        first = self.text[start]
        if len(self.report.diagnostics) >= self.most:
            self.skipped_to = stop
        elif first == '"':
            if self.text.startswith('"""', start):
                self.three_quotes(start, end)
            else:
                self.unterminated(start, stop)
        elif first in _QUOTES:
            self.quoted(start, end)
        elif first.isascii() and first.isdigit():
            self.number(start, stop)
        elif first.isascii():
            self.mark(start, end)
        elif _is_of_word(first):
            self.word(start, end)
        else:
            self.character(start, end)

    # Texts

    def three_quotes(self, start: int, end: int) -> None:
        close = self.text.find('"""', start + 3, end)
        stop = self.line_end(start, end) if close < 0 else close + 3
        help = "a comment begins with `#`, the documentation of a declaration with `##`"
        self.error("E0104", "a text does not stand between three quotes", start, stop, help)
        self.skipped_to = stop

    def unterminated(self, start: int, stop: int) -> None:
        text = self.text
        for at in range(start + 1, stop):
            if text[at] in "”“„" and text.find('"', start + 1, stop) < 0:
                shown = text[at]
                message = f'the text that begins with `"` is closed by `{shown}`'
                help = f'write `{clipped(text[start:at])}"`'
                self.error("E0104", message, start, at + 1, help, text[start:at] + '"')
                self.text_token(start, at + 1)
                return
        cut = _end_of_text(text[start + 1 : stop]) + start + 1
        self.error("E0103", "this text is never closed", start, cut, 'close it with `"`')
        self.add_edit(cut, '"')
        self.text_token(start, cut)

    def add_edit(self, at: int, text: str) -> None:
        """Give the last fault an insertion."""
        found = self.report.diagnostics
        if found and len(found) < self.most:
            edit = Edit(Span(self.source, at, at), text)
            object.__setattr__(found[-1], "edits", (edit,))

    def quoted(self, start: int, end: int) -> None:
        line_end = self.line_end(start, end)
        closers = [self.text.find(mark, start + 1, line_end) for mark in _CLOSING_QUOTES + '"']
        close = min((at for at in closers if at >= 0), default=-1)
        if close < 0:
            shown = self.text[start]
            help = 'a text stands in double quotes, `"..."`'
            self.error("E0104", f"`{shown}` opens nothing", start, start + 1, help)
            self.skipped_to = start + 1
            return
        inside = self.text[start + 1 : close]
        help = f'write `"{clipped(inside)}"`'
        message = "a text stands in double quotes"
        self.error("E0104", message, start, close + 1, help, f'"{inside}"')
        self.text_token(start, close + 1)

    def text_token(self, start: int, end: int) -> None:
        self.put(STRING, start, end, guessed=True)
        self.skipped_to = end

    # Numbers and words

    def is_unit(self, start: int, stop: int) -> bool:
        """Whether a lone K, M, G or T stands behind a number on its line."""
        out = self.out
        if not out.kinds or stop - start != 1:
            return False
        pair = Tokens([out.kinds[-1], NAME], [out.starts[-1], start], [out.ends[-1], stop])
        return unit_apart(self.source, pair, 1)

    def unit(self, start: int, stop: int) -> None:
        before = self.out.starts[-1]
        number, unit = self.text[before : self.out.ends[-1]], self.text[start:stop]
        message = f"`{number} {unit}` is a number and a word"
        self.error("E0105", message, before, stop, f"write `{number}{unit}`", number + unit)
        self.out.ends[-1] = stop
        self.out.guessed.add(before)

    def number(self, start: int, stop: int) -> None:
        written = self.text[start:stop]
        kind, message, help, new = _number(written)
        following = _side(self.text, stop) if kind == SIZE and written[-1] in "xX" else None
        if following is not None:
            stop = following.end()
            new = "x".join(side for side in (*written.lower().split("x"), following[1]) if side)
            message, help = "a size is written without spaces", f"write `{new}`"
        self.error("E0105", message, start, stop, help, new)
        self.put(kind, start, stop, guessed=True)
        self.skipped_to = stop

    def word(self, start: int, end: int) -> None:
        """Letters or digits that are not ASCII, with those around them that touch them."""
        out = self.out
        joins = out.kinds and out.ends[-1] == start and out.starts[-1] not in out.guessed
        if joins and out.kinds[-1] in (NAME, NUMBER, SIZE):
            start = out.starts.pop()
            out.kinds.pop()
            out.ends.pop()
        stop = start
        while stop < end and (_is_of_word(self.text[stop]) or self.text[stop] == "×"):
            stop += 1
        written = self.text[start:stop]
        plain = _ascii(written)
        kind = NAME if plain is None else classify(plain)
        if kind not in (NUMBER, SIZE):
            kind = NAME
        strange = next(c for c in written if not c.isascii())
        what = "names" if kind == NAME else "numbers"
        message = f"{what} are written in ASCII, and {_called(strange)} is not"
        self.error("E0106", message, start, stop, plain and f"write `{clipped(plain)}`", plain)
        self.put(kind, start, stop, guessed=True)
        self.skipped_to = stop

    # Marks and other characters

    def run(self, start: int, end: int) -> int:
        """The end of the characters from `start` on that are all the same."""
        stop = start + 1
        while stop < end and self.text[stop] == self.text[start]:
            stop += 1
        return stop

    def mark(self, start: int, end: int) -> None:
        stop = self.run(start, end)
        written = self.text[start:stop]
        self.skipped_to = stop
        meant, help = _FOREIGN.get(written) or _FOREIGN.get(written[0]) or (None, None)
        if meant is None:
            message = f"{_called(written[0])} is not of the language"
            help = None if written.isprintable() else "take it out"
            self.error("E0106", message, start, stop, help)
            return
        self.error(
            "E0207", f"`{clipped(written)}` is not of the language", start, stop, help, meant
        )
        if meant:
            self.put(classify(meant), start, stop, guessed=True)

    def character(self, start: int, end: int) -> None:
        stop = self.run(start, end)
        self.skipped_to = stop
        character = self.text[start]
        message = f"{_called(character)} is not of the language"
        if _MEANT.get(character) == "*" and self.sign_in_size(message, start, stop):
            return
        power = unicodedata.digit(character, None)
        if power is not None:
            help = f"a power is written `** {power}`"
            self.error("E0106", message, start, start + 1, help, f" ** {power}")
            self.put(POWER, start, start, guessed=True)
            self.put(NUMBER, start, start + 1, guessed=True)
            self.skipped_to = start + 1
            return
        meant = _meant(character)
        help = f"write `{meant}`" if meant and meant != " " else "take it out"
        self.error("E0106", message, start, stop, help, meant)
        if meant and meant != " ":
            self.put(classify(meant), start, stop, guessed=True)

    def sign_in_size(self, message: str, start: int, stop: int) -> bool:
        """Whether a multiplication sign stands between the sides of a size."""
        out = self.out
        following = _side(self.text, stop)
        if following is None or not out.kinds or out.kinds[-1] not in (NUMBER, SIZE):
            return False
        before = out.starts[-1]
        number = self.text[before : out.ends[-1]]
        if not number.replace("x", "").isdigit():
            return False
        self.error("E0106", message, start, stop, f"write `{number}x{following[1]}`", "x")
        out.kinds[-1], out.ends[-1] = SIZE, following.end()
        out.guessed.add(before)
        self.skipped_to = following.end()
        return True

    def line_end(self, start: int, end: int) -> int:
        at = self.text.find("\n", start, end)
        return end if at < 0 else at


def _triples(tokens: Tokens) -> list[tuple[int, int, int]]:
    return list(zip(tokens.kinds[:-1], tokens.starts, tokens.ends, strict=False))


def _end_of_text(line: str) -> int:
    """Where a text without its closing quote probably ends in what is left of the line."""
    body = re.search(r"\s*\{\s*$|\s+\{\s", line)
    if body is not None:
        return body.start()
    tail = _tail(line)
    assert tail is not None
    end = tail.start()
    for at in range(end, len(line)):
        pair = {")": "(", "]": "[", "}": "{"}.get(line[at])
        if pair is not None and line.count(pair, 0, end) > line.count(line[at], 0, end):
            end = at + 1
    return end


def _number(written: str) -> tuple[int, str, str | None, str | None]:
    """Kind, message, help and replacement for digits that are no number."""
    sizes = written.lower()
    if re.fullmatch(r"[0-9]+(x[0-9]+)*x", sizes):
        other = sizes + sizes.split("x")[0]
        return SIZE, f"`{written}` lacks a side", f"a size is written `{other}`", None
    if classify(sizes) == SIZE:
        return SIZE, "the sides of a size are joined by a small `x`", f"write `{sizes}`", sizes
    if written[-1] in _UNITS and classify(written[:-1]) == NUMBER:
        new = written[:-1] + _UNITS[written[-1]]
        return NUMBER, f"`{written}` has no such unit", f"write `{new}`; units are K, M, G, T", new
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", written):
        new = str(int(written, 16))
        return NUMBER, "numbers are written in decimal", f"write `{clipped(new)}`", new
    plain = re.sub(r"_+", "_", written).strip("_")
    if classify(plain) in (NUMBER, SIZE):
        return NUMBER, "a `_` stands between two digits", f"write `{clipped(plain)}`", plain
    if re.fullmatch(r"[0-9._]+", written):
        help = "digits are grouped by `_`: `1_000_000`"
        return NUMBER, f"`{clipped(written)}` has more than one point", help, None
    if re.fullmatch(r"[0-9.]+[eE]", written):
        return NUMBER, f"the exponent of `{clipped(written)}` has no digits", None, None
    message = f"`{clipped(written)}` is neither a number nor a name"
    product = re.fullmatch(r"([0-9]+)([A-Za-z_][A-Za-z0-9_]*)", written)
    if product is None:
        return NAME, message, None, None
    times = clipped(f"{product[1]} * {product[2]}")
    help = f"a name begins with a letter, and a product is written `{times}`"
    return NAME, message, help, None


_LOOKALIKES = dict(zip("аеорсхуіјѕԁһԛԝАВЕКМНОРСТХІЈЅ", "aeopcxyijsdhqwABEKMHOPCTXIJS", strict=True))
_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "eps", "λ": "lam", "μ": "mu"}


def _ascii(written: str) -> str | None:
    """A word in ASCII: accents left out, look-alikes replaced; None where that leaves no word."""
    letters: list[str] = []
    for character in written:
        if character == "×":
            letters.append("x")
            continue
        known = _LOOKALIKES.get(character) or _GREEK.get(character)
        digit = unicodedata.decimal(character, None)
        folded = unicodedata.normalize("NFKD", character)
        plain = "".join(c for c in folded if unicodedata.category(c)[0] != "M")
        letters.append(known or (plain if digit is None else str(digit)))
    word = "".join(letters)
    return word if word.isascii() and word and classify(word) in (NAME, NUMBER, SIZE) else None


def _is_of_word(character: str) -> bool:
    category = unicodedata.category(character)
    return character == "_" or category[0] in "LM" or category == "Nd"


def _meant(character: str) -> str | None:
    """What a character stands for in ASCII, an empty text where it is best left out."""
    if character in _MEANT:
        return _MEANT[character]
    category = unicodedata.category(character)
    if category[0] in "CZ":
        return " " if category[0] == "Z" else ""
    folded = unicodedata.normalize("NFKC", character)
    return folded if classify(folded) != BAD and folded.isascii() else None


def _called(character: str) -> str:
    """A character as it may be spoken of: itself, code point and name."""
    if character.isascii() and character.isprintable():
        return f"`{character}`"
    point = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "").lower()
    if character.isprintable() and unicodedata.category(character)[0] not in "ZM":
        return f"`{character}` ({point}{name and ', '}{name})"
    return f"the character {point}{name and f' ({name})'}"


def clipped(text: str) -> str:
    """A piece of the text in a message, not longer than a person reads."""
    return text if len(text) <= 60 else text[:57] + "..."
