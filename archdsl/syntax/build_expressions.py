"""Makes the tree of expressions, and what every rule needs: spans, lists, comments.

A method of a builder belongs to one alias of `grammar.lark`. It gets the symbols of its
rule, tokens as their indices, and the indices of the first and the last token it covers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span
from archdsl.syntax import tree
from archdsl.syntax.comments import Remarks
from archdsl.syntax.lexer import KIND, Tokens
from archdsl.syntax.number import LARGEST, TooLarge, exact

_LPAR = KIND["LPAR"]

MOST_ERRORS = 500
"""After so many nothing more is looked for; nobody reads them."""
FEW_TOKENS = 100
FEW_BRACKETS = 20
SHORT_PART = 20
"""What covers no more tokens, brackets, or characters within a text, cannot be too deep."""

ParsePart: TypeAlias = Callable[[Source, int, int, Report], tree.Expression | None]


class ExpressionBuilder:
    """Makes expressions; what the grammar cannot say of them is reported here."""

    def __init__(
        self, source: Source, tokens: Tokens, report: Report, expression: ParsePart
    ) -> None:
        self.expression = expression
        self.source = source
        self.text = source.text
        self.kinds = tokens.kinds
        self.starts = tokens.starts
        self.ends = tokens.ends
        self.report = report
        self.remarks = Remarks(tokens) if tokens.remarks or tokens.gaps else None
        self.numbers: dict[str, int | Fraction] = {}
        self.long = tokens.nesting > FEW_BRACKETS

    def span(self, first: int, last: int) -> Span:
        return Span(self.source, self.starts[first], self.ends[last])

    def spelling(self, index: int) -> str:
        return self.text[self.starts[index] : self.ends[index]]

    def word(self, index: int) -> tree.Name:
        start = self.starts[index]
        end = self.ends[index]
        return tree.Name(span=Span(self.source, start, end), name=self.text[start:end])

    def comments(self, first: int, last: int, closing: int = -1) -> tree.Comments:
        """The comments of a statement; each belongs to the innermost that holds it."""
        if self.remarks is None:
            return tree.NO_COMMENTS
        return self.remarks.take(first, last, closing)

    def spread(self, token: int) -> bool:
        """Whether the author broke the line behind a token."""
        return self.text.find("\n", self.ends[token], self.starts[token + 1]) >= 0

    def begins_line(self, first: int, item: tree.Tree) -> bool:
        """Whether the author broke the line before an item, around the comma or arrow there.

        Round brackets around the item are not in its span, and line ends within them not meant.
        """
        at = bisect_left(self.starts, item.span.start)
        while at - 1 > first and self.kinds[at - 1] == _LPAR:
            at -= 1
        separated = at - 1 > first and self.spread(at - 2)
        return at > first and (separated or self.spread(at - 1))

    def layout(
        self, first: int, last: int, items: Sequence[tree.Tree], *, bracketed: bool = True
    ) -> tree.Layout | None:
        """The author's line breaks between the brackets, None where all is on one line.

        Without brackets the last token belongs to the last item.
        """
        if self.text.find("\n", self.ends[first], self.starts[last]) < 0:
            return None
        breaks = [i for i, item in enumerate(items) if self.begins_line(first, item)]
        if bracketed and self.spread(last - 1):
            breaks.append(len(items))
        remarks: tuple[tuple[int, str, bool], ...] = ()
        if self.remarks is not None:
            starts = [item.span.start for item in items]
            remarks = self.remarks.within(first, last, starts, bracketed=bracketed)
        return tree.Layout(tuple(breaks), remarks) if breaks or remarks else None

    # Lists and punctuation

    def nothing(self, v: list[Any], first: int, last: int) -> list[Any]:
        return []

    def none(self, v: list[Any], first: int, last: int) -> None:
        return None

    def no(self, v: list[Any], first: int, last: int) -> bool:
        return False

    def yes(self, v: list[Any], first: int, last: int) -> bool:
        return True

    def first(self, v: list[Any], first: int, last: int) -> list[Any]:
        return v

    def second(self, v: list[Any], first: int, last: int) -> Any:
        return v[1]

    def inside(self, v: list[Any], first: int, last: int) -> Any:
        return v[1]

    def with_comma(self, v: list[Any], first: int, last: int) -> Any:
        return v[0]

    def more(self, v: list[Any], first: int, last: int) -> Any:
        v[0].append(v[1])
        return v[0]

    def after_comma(self, v: list[Any], first: int, last: int) -> Any:
        v[0].append(v[2])
        return v[0]

    def pair(self, v: list[Any], first: int, last: int) -> Any:
        return [v[0], v[2]]

    def names(self, v: list[Any], first: int, last: int) -> Any:
        return [self.word(v[0])]

    def names_more(self, v: list[Any], first: int, last: int) -> Any:
        v[0].append(self.word(v[2]))
        return v[0]

    # Expressions

    def name(self, v: list[Any], first: int, last: int) -> tree.Name:
        return self.word(v[0])

    def number(self, v: list[Any], first: int, last: int) -> tree.Number:
        return tree.Number(
            span=self.span(first, first), value=self.value(first), text=self.spelling(first)
        )

    def value(self, index: int) -> int | Fraction:
        """What a number says; one that is too large is reported and reads 0."""
        text = self.spelling(index)
        value = self.numbers.get(text)
        if value is None:
            try:
                value = exact(text)
            except TooLarge:
                value = 0
                self.too_large(index)
            self.numbers[text] = value
        return value

    def too_large(self, index: int) -> None:
        """Report a number beyond the limit."""
        self.report.error("E0323", "a number can be at most 2**63 - 1", self.span(index, index))

    def size(self, v: list[Any], first: int, last: int) -> tree.SizeLiteral:
        sides = tuple(int(side) for side in self.spelling(first).split("x") if side.isdigit())
        if max(sides, default=0) > LARGEST:
            self.too_large(first)
        return tree.SizeLiteral(span=self.span(first, first), sides=sides)

    def text_of(self, index: int) -> tree.String:
        start = self.starts[index]
        end = self.ends[index]
        span = Span(self.source, start, end)
        return tree.String(span=span, text=self.text[start + 1 : end - 1])

    def template_of(self, index: int) -> Any:
        string = self.text_of(index)
        return self.computed(string) if "{" in string.text or "}" in string.text else string

    def computed(self, string: tree.String) -> tree.String | tree.Template:
        """A string whose `{...}` are computed; the string where a brace has no partner."""
        if len(self.report.diagnostics) >= MOST_ERRORS:
            return string
        parts: list[str | tree.Expression] = []
        text = string.text
        begin = string.span.start + 1
        at = 0
        while at < len(text):
            opening = text.find("{", at)
            stray = text.find("}", at, opening if opening >= 0 else len(text))
            closing = text.find("}", opening)
            if stray >= 0 or (opening >= 0 and closing < 0):
                lone = stray if stray >= 0 else opening
                span = Span(self.source, begin + lone, begin + lone + 1)
                help = "close it with `}`" if lone == opening else "leave it out"
                self.report.error("E0107", f"this `{text[lone]}` has no partner", span, help=help)
                return string
            if opening < 0:
                parts.append(text[at:])
                break
            if opening > at:
                parts.append(text[at:opening])
            if closing - opening > SHORT_PART:
                self.long = True
            remark = text.find("#", opening, closing)
            if remark >= 0:
                span = Span(self.source, begin + remark, begin + closing)
                self.report.error(
                    "E0107", "a comment cannot stand in a text", span, help="leave it out"
                )
                return string
            part = self.expression(self.source, begin + opening + 1, begin + closing, self.report)
            if part is None:
                return string
            parts.append(part)
            at = closing + 1
        return tree.Template(span=string.span, parts=tuple(parts))

    def whole(self, index: int, what: str) -> int:
        """A number that has to be whole."""
        value = self.value(index)
        if isinstance(value, int):
            return value
        self.report.error("E0214", f"{what} is a whole number", self.span(index, index))
        return 0

    def path_string(self, v: list[Any], first: int, last: int) -> Any:
        return self.template_of(v[0])

    def string(self, v: list[Any], first: int, last: int) -> tree.String:
        return self.text_of(v[0])

    def true(self, v: list[Any], first: int, last: int) -> tree.Constant:
        return tree.Constant(span=self.span(first, first), value=True)

    def false(self, v: list[Any], first: int, last: int) -> tree.Constant:
        return tree.Constant(span=self.span(first, first), value=False)

    def none_constant(self, v: list[Any], first: int, last: int) -> tree.Constant:
        return tree.Constant(span=self.span(first, first), value=None)

    def tuple_one(self, v: list[Any], first: int, last: int) -> tree.TupleDisplay:
        return tree.TupleDisplay(
            span=self.span(first, last), items=tuple(v[1]), layout=self.layout(first, last, v[1])
        )

    def tuple_(self, v: list[Any], first: int, last: int) -> tree.TupleDisplay:
        v[1].append(v[3])
        return self.tuple_one(v, first, last)

    def list_(self, v: list[Any], first: int, last: int) -> tree.ListDisplay:
        return tree.ListDisplay(
            span=self.span(first, last), items=tuple(v[1]), layout=self.layout(first, last, v[1])
        )

    def comprehension(self, v: list[Any], first: int, last: int) -> tree.Comprehension:
        return tree.Comprehension(
            span=self.span(first, last),
            element=v[1],
            targets=tuple(v[3]),
            iterable=v[5],
            condition=None,
        )

    def comprehension_if(self, v: list[Any], first: int, last: int) -> tree.Comprehension:
        return tree.Comprehension(
            span=self.span(first, last),
            element=v[1],
            targets=tuple(v[3]),
            iterable=v[5],
            condition=v[7],
        )

    def argument(self, v: list[Any], first: int, last: int) -> tree.Argument:
        value = v[0]
        if type(value) is tree.String and ("{" in value.text or "}" in value.text):
            value = self.computed(value)
        return tree.Argument(span=value.span, name=None, value=value)

    def argument_named(self, v: list[Any], first: int, last: int) -> tree.Argument:
        value = v[2]
        if type(value) is tree.String and ("{" in value.text or "}" in value.text):
            value = self.computed(value)
        return tree.Argument(span=self.span(first, last), name=self.spelling(v[0]), value=value)

    def call(self, v: list[Any], first: int, last: int) -> tree.Call:
        if last - first > FEW_TOKENS:
            self.long = True
        return tree.Call(
            span=self.span(first, last),
            callee=v[0],
            arguments=tuple(v[2]),
            layout=self.layout(v[1], v[3], v[2]),
        )

    def attribute(self, v: list[Any], first: int, last: int) -> tree.Attribute:
        if last - first > FEW_TOKENS:
            self.long = True
        return tree.Attribute(span=self.span(first, last), value=v[0], name=self.spelling(v[2]))

    def index(self, v: list[Any], first: int, last: int) -> tree.Index:
        if last - first > FEW_TOKENS:
            self.long = True
        return tree.Index(span=self.span(first, last), value=v[0], index=v[2])

    def slice(self, v: list[Any], first: int, last: int) -> tree.Slice:
        if last - first > FEW_TOKENS:
            self.long = True
        return tree.Slice(span=self.span(first, last), value=v[0], start=v[2], stop=v[4])

    def power(self, v: list[Any], first: int, last: int) -> tree.Power:
        if last - first > FEW_TOKENS:
            self.long = True
        return tree.Power(span=self.span(first, last), base=v[0], exponent=v[2])

    def negate(self, v: list[Any], first: int, last: int) -> tree.Negate:
        if last - first > FEW_TOKENS:
            self.long = True
        return tree.Negate(span=self.span(first, last), operand=v[1])

    def terms(self, v: list[Any], first: int, last: int) -> Any:
        return [v[0], v[2]], [self.spelling(v[1])]

    def terms_more(self, v: list[Any], first: int, last: int) -> Any:
        operands, operators = v[0]
        operands.append(v[2])
        operators.append(self.spelling(v[1]))
        return v[0]

    def arithmetic(self, v: list[Any], first: int, last: int) -> tree.Arithmetic:
        operands, operators = v[0]
        return tree.Arithmetic(
            span=self.span(first, last), operands=tuple(operands), operators=tuple(operators)
        )

    def comparison(self, v: list[Any], first: int, last: int) -> tree.Comparison:
        return tree.Comparison(
            span=self.span(first, last), operator=self.spelling(v[1]), left=v[0], right=v[2]
        )

    def comparison_within(self, v: list[Any], first: int, last: int) -> tree.Comparison:
        operator = self.spelling(v[1])
        if operator not in ("~", "<=", ">="):
            self.report.error(
                "E0209",
                f"`within` goes with `~`, `<=` and `>=`, and this is `{operator}`",
                self.span(v[3], last),
                help="write `~`, or leave `within` out",
            )
        percent = tree.Percent(
            span=self.span(v[4], last), value=self.value(v[4]), text=self.spelling(v[4]) + "%"
        )
        return tree.Comparison(
            span=self.span(first, last), operator=operator, left=v[0], right=v[2], within=percent
        )

    def not_(self, v: list[Any], first: int, last: int) -> tree.Not:
        if last - first > FEW_TOKENS:
            self.long = True
        return tree.Not(span=self.span(first, last), operand=v[1])

    def and_(self, v: list[Any], first: int, last: int) -> tree.Logical:
        return tree.Logical(span=self.span(first, last), operator="and", operands=tuple(v[0]))

    def or_(self, v: list[Any], first: int, last: int) -> tree.Logical:
        return tree.Logical(span=self.span(first, last), operator="or", operands=tuple(v[0]))

    def conditional(self, v: list[Any], first: int, last: int) -> tree.Conditional:
        if last - first > FEW_TOKENS:
            self.long = True
        return tree.Conditional(
            span=self.span(first, last), condition=v[1], then=v[3], otherwise=v[5]
        )

    def chain(self, v: list[Any], first: int, last: int) -> tree.Chain:
        members = v[0]
        # The brackets around the first member go, and what stands inside them belongs in front.
        start = bisect_left(self.starts, members[0].span.start)
        return tree.Chain(
            span=self.span(first, last),
            members=tuple(members),
            layout=self.layout(start, last, members, bracketed=False),
        )

    def chain_of_two(self, v: list[Any], first: int, last: int) -> tree.Chain:
        return self.chain([[v[0], v[2]]], first, last)

    def chain_to(self, v: list[Any], first: int, last: int) -> tree.Chain:
        v[0].append(v[2])
        return self.chain(v, first, last)

    def target_tuple(self, v: list[Any], first: int, last: int) -> tree.TupleTarget:
        return tree.TupleTarget(span=self.span(first, last), items=tuple(v[1]))
