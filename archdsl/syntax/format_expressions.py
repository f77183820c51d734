"""The canonical form of expressions, parameters and the lists that the author broke."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.syntax import tree
from archdsl.syntax.fitting import (
    EDGE,
    NEWLINE,
    SPACE,
    STEP,
    Doc,
    Fill,
    Group,
    Indented,
    Join,
    Remark,
    WhenBroken,
    flat,
)

# How tightly an expression binds, from the loosest; one that is looser than its place asks
# for stands in brackets.
WHOLE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, UNARY, POWER, POSTFIX = range(10)

_DISPLAYS = (tree.ListDisplay, tree.TupleDisplay, tree.Comprehension)
_CONSTANTS = {True: "true", False: "false", None: "none"}


def expression(written: tree.Expression, least: int = WHOLE) -> Doc:
    """An expression, in brackets where it binds less tightly than `least`."""
    doc = _bare(written)
    if _tightness(written) >= least:
        return doc
    return Group(Join(["(", Indented(Join([EDGE, doc])), EDGE, ")"]))


def _tightness(written: tree.Expression) -> int:
    match written:
        case tree.Conditional() | tree.Chain():
            return WHOLE
        case tree.Logical(operator=operator):
            return OR if operator == "or" else AND
        case tree.Not():
            return NOT
        case tree.Comparison():
            return COMPARISON
        case tree.Arithmetic(operators=operators):
            return SUM if operators[0] in "+-" else PRODUCT
        case tree.Negate():
            return UNARY
        case tree.Power():
            return POWER
        case _:
            return POSTFIX


def _bare(written: tree.Expression) -> Doc:
    match written:
        case tree.Name(name=name):
            return name
        case tree.Number(text=text) | tree.Percent(text=text):
            return text
        case tree.SizeLiteral(sides=sides):
            return "x".join(map(str, sides))
        case tree.String(text=text):
            return f'"{text}"'
        case tree.Template(parts=parts):
            return _template(parts)
        case tree.Constant(value=value):
            return _CONSTANTS[value]
        case tree.ListDisplay(items=items, layout=layout):
            return listed("[", list(map(expression, items)), "]", layout)
        case tree.TupleDisplay(items=items, layout=layout):
            docs = list(map(expression, items))
            return listed("(", docs, ")", layout, always_comma=len(docs) == 1)
        case tree.Comprehension():
            return _comprehension(written)
        case tree.Call(callee=callee, arguments=arguments, layout=layout):
            return Join([expression(callee, POSTFIX), called(arguments, layout)])
        case tree.Attribute(value=value, name=name):
            return Join([_before_a_dot(value), ".", name])
        case tree.Index(value=value, index=index):
            return Join([expression(value, POSTFIX), "[", expression(index), "]"])
        case tree.Slice(value=value, start=start, stop=stop):
            bounds: list[Doc] = ["" if b is None else expression(b) for b in (start, stop)]
            return Join([expression(value, POSTFIX), "[", bounds[0], ":", bounds[1], "]"])
        case tree.Negate(operand=operand):
            return Join(["-", expression(operand, UNARY)])
        case tree.Arithmetic(operands=operands, operators=operators):
            return _terms(operands, operators, _tightness(written) + 1)
        case tree.Power(base=base, exponent=exponent):
            return Join([expression(base, POSTFIX), " ** ", expression(exponent, UNARY)])
        case tree.Comparison():
            return _comparison(written)
        case tree.Not(operand=operand):
            return Join(["not ", expression(operand, NOT)])
        case tree.Logical(operands=operands, operator=operator):
            return _terms(operands, [operator] * len(operands), _tightness(written) + 1)
        case tree.Conditional():
            return _conditional(written)
        case tree.Chain(members=members, layout=layout):
            return _chain(members, layout)


def _template(parts: Sequence[str | tree.Expression]) -> str:
    """A text with its computed parts; it cannot be broken."""
    texts = [p if isinstance(p, str) else f"{{{flat(expression(p))}}}" for p in parts]
    return f'"{"".join(texts)}"'


def _before_a_dot(value: tree.Expression) -> Doc:
    """A value whose field is asked for: `3.x` would be a number gone wrong."""
    if isinstance(value, tree.Number | tree.SizeLiteral):
        return f"({flat(_bare(value))})"
    return expression(value, POSTFIX)


def _terms(operands: Sequence[tree.Expression], operators: Sequence[str], least: int) -> Doc:
    first, *others = operands
    parts: list[Doc] = []
    for operator, operand in zip(operators, others, strict=False):
        parts += (SPACE, operator, " ", expression(operand, least))
    return Group(Join([expression(first, least), Indented(Join(parts))]))


def _comparison(written: tree.Comparison) -> Doc:
    left, right = expression(written.left, SUM), expression(written.right, SUM)
    widened = "" if written.within is None else f" within {written.within.text}"
    if isinstance(written.right, _DISPLAYS):
        return Join([left, f" {written.operator} ", right, widened])
    return Group(Join([left, Indented(Join([SPACE, f"{written.operator} ", right, widened]))]))


def _conditional(written: tree.Conditional) -> Doc:
    branches: list[Doc] = [SPACE, "then ", expression(written.then)]
    branches += (SPACE, "else ", expression(written.otherwise))
    return Group(Join(["if ", expression(written.condition), Indented(Join(branches))]))


def _comprehension(written: tree.Comprehension) -> Doc:
    parts: list[Doc] = [EDGE, expression(written.element), SPACE, "for "]
    parts += (targets(written.targets), " in ", expression(written.iterable))
    if written.condition is not None:
        parts += (SPACE, "if ", expression(written.condition))
    return Group(Join(["[", Indented(Join(parts)), EDGE, "]"]))


def _chain(members: Sequence[tree.Expression], layout: tree.Layout | None) -> Doc:
    last = len(members) - 1
    docs: list[Doc] = []
    for i, member in enumerate(members):
        choice = i == last and isinstance(member, tree.Conditional)
        doc = expression(member, WHOLE if choice else OR)
        docs.append(Join(["-> ", doc]) if i else doc)
    remarks = Remarks(layout)
    parts = [Join([*remarks.above(i), doc, *remarks.behind(i)]) for i, doc in enumerate(docs)]
    return Fill(parts, remarks.breaks - {0}, STEP)


class Remarks:
    """The comments and line breaks among items, as the author set them."""

    def __init__(self, layout: tree.Layout | None) -> None:
        self.breaks: set[int] = set()
        self.by_item: dict[int, list[tuple[str, bool]]] = {}
        if layout is not None:
            self.breaks.update(layout.breaks)
            for item, text, alone in layout.comments:
                self.by_item.setdefault(item, []).append((text, alone))
            self.breaks.update(self.by_item)

    def behind(self, item: int) -> list[Doc]:
        """The comment at the end of an item's line; -1 stands for the opening bracket."""
        found = self.by_item.get(item + 1)
        return [Remark(found[0][0])] if found and not found[0][1] else []

    def above(self, item: int) -> list[Doc]:
        """The comment lines above an item, the number of items standing for the closing bracket."""
        found = self.by_item.get(item, [])
        own = found[1:] if found and not found[0][1] else found
        return [part for text, _ in own for part in (text, NEWLINE)]


def listed(
    opening: str,
    items: Sequence[Doc],
    closing: str,
    layout: tree.Layout | None,
    *,
    always_comma: bool = False,
) -> Doc:
    """Items in brackets; broken where the author broke them, else where there is no room."""
    count = len(items)
    remarks = Remarks(layout)
    ending = remarks.above(count)[:-1]
    if not count:
        if not ending and not remarks.behind(-1):
            return opening + closing
        inside = [*remarks.behind(-1), *([NEWLINE, *ending] if ending else [])]
        return Group(Join([opening, Indented(Join(inside)), EDGE, closing]), forced=True)
    comma: Doc = "," if always_comma else WhenBroken(",")
    parts: list[Doc] = []
    for i, item in enumerate(items):
        punctuated = [*remarks.above(i), item]
        if i < count - 1:
            punctuated += (",", *remarks.behind(i))
        parts.append(Join(punctuated))
    inside = [*remarks.behind(-1), EDGE, Fill(parts, remarks.breaks - {0, count}), comma]
    inside += remarks.behind(count - 1)
    if ending:
        inside += (NEWLINE, *ending)
    return Group(Join([opening, Indented(Join(inside)), EDGE, closing]), bool(remarks.breaks))


def called(arguments: Sequence[tree.Argument], layout: tree.Layout | None) -> Doc:
    """The arguments of a call in their brackets; around a lone list these are not broken."""
    if layout is None and len(arguments) == 1 and arguments[0].name is None:
        alone = arguments[0].value
        if isinstance(alone, _DISPLAYS):
            return Join(["(", expression(alone), ")"])
    docs: list[Doc] = []
    for argument in arguments:
        value = expression(argument.value)
        docs.append(value if argument.name is None else Join([argument.name, "=", value]))
    return listed("(", docs, ")", layout)


def targets(written: Sequence[tree.Target]) -> str:
    """The names that a `let`, `for` or comprehension binds."""
    return ", ".join(map(_target, written))


def _target(written: tree.Target) -> str:
    if isinstance(written, tree.Name):
        return written.name
    comma = "," if len(written.items) == 1 else ""
    return f"({targets(written.items)}{comma})"


def signature(parameters: Sequence[tree.Parameter], layout: tree.Layout | None) -> Doc:
    """Parameters in their brackets."""
    return listed("(", [_parameter(p) for p in parameters], ")", layout)


def _parameter(written: tree.Parameter) -> Doc:
    parts: list[Doc] = [written.name]
    if written.type is not None:
        parts.append(f": {written.type}")
    match written.domain:
        case tree.ChoiceDomain(choices=choices):
            parts += (" in ", expression(choices, SUM))
        case tree.RangeDomain(low=low, high=high, step=step):
            parts += (" in ", expression(low, SUM), "..", expression(high, SUM))
            if step is not None:
                parts += (" by ", expression(step, SUM))
    if written.default is not None:
        parts += (" = ", expression(written.default))
    return Join(parts)


def filled(items: Sequence[Doc], by: int = STEP) -> Doc:
    """Items with commas and no brackets."""
    last = len(items) - 1
    return Fill([Join([item, "," if i < last else ""]) for i, item in enumerate(items)], (), by)
