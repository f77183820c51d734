"""Any tree, printed and parsed, is the same tree; its print is its own form."""

import inspect
from collections import Counter
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.diagnostics.source import Source, Span
from archdsl.syntax import tree
from archdsl.syntax.build import TYPES
from archdsl.syntax.format import WIDTH, format_file, unparse_expression
from archdsl.syntax.number import exact
from archdsl.syntax.parse import parse, parse_expression

NOWHERE = Span(Source("made", ""), 0, 0)
CLASSES = {
    kind
    for kind in vars(tree).values()
    if inspect.isclass(kind) and issubclass(kind, tree.Tree)
} - {tree.Tree, tree.Statement}  # fmt: skip
DRAWN = Counter()


def make(kind, /, **fields):
    DRAWN[kind] += 1
    return kind(span=NOWHERE, **fields)


def made(kind, /, **fields):
    """Trees of a class from strategies of its fields."""
    return st.fixed_dictionaries(fields).map(lambda drawn: make(kind, **drawn))


def tuples(strategy, least=0, most=3):
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


def maybe(strategy):
    return st.none() | strategy


# Words and other leaves

WORD = st.sampled_from(
    ["a", "b", "conv", "relu", "input_", "In", "_", "x1", "stage2", "iff", "a_rather_long_name",
     "widths", "batch_norm"]
)  # fmt: skip
FIELD = WORD | st.sampled_from(["input", "weights", "in", "stage", "none"])
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters='"\n{}', exclude_categories=("Cs",)), max_size=8
)
NAME = made(tree.Name, name=WORD)
NUMBER_TEXT = st.sampled_from(
    ["0", "7", "007", "1_000", "60K", "4.1G", "1.1", "0.05", "1e3", "2.5e-4", "3.0", "2T"]
)
NUMBER = NUMBER_TEXT.map(lambda text: make(tree.Number, value=exact(text), text=text))
PERCENT = st.sampled_from(["1", "2.5", "10"]).map(
    lambda text: make(tree.Percent, value=_value(text), text=f"{text}%")
)
SIZE = made(tree.SizeLiteral, sides=tuples(st.integers(0, 11), 2, 4))
STRING = made(tree.String, text=TEXT)
CONSTANT = made(tree.Constant, value=st.sampled_from([True, False, None]))
INPUT = st.just("input").map(lambda name: make(tree.Name, name=name))


def _value(text):
    return exact(text) if exact(text) == int(exact(text)) else Fraction(text)


def layouts(first, last):
    """Line breaks as an author may set them before some items; comments need their own text."""
    return st.sets(st.integers(first, last)).map(
        lambda breaks: tree.Layout(tuple(sorted(breaks))) if breaks else None
    )


@st.composite
def with_layout(draw, kind, field, items, /, **fields):
    drawn = draw(items)
    rest = {name: draw(strategy) for name, strategy in fields.items()}
    first = 1 if kind is tree.Chain else 0
    last = len(drawn) - (kind in (tree.Chain, tree.Expect))
    return make(kind, **{field: drawn}, **rest, layout=draw(layouts(first, last)))


# Expressions

SIGNS = st.sampled_from("+-") , st.sampled_from(["*", "/", "//", "%"])  # fmt: skip


@st.composite
def arithmetic(draw, operand):
    sign = draw(st.sampled_from(SIGNS))
    operands = draw(tuples(operand, 2, 4))
    operators = tuple(draw(sign) for _ in operands[1:])
    return make(tree.Arithmetic, operands=operands, operators=operators)


@st.composite
def comparisons(draw, operand):
    within = draw(maybe(PERCENT))
    widened = st.sampled_from(["~", "<=", ">="])
    signs = widened if within else widened | st.sampled_from(["==", "!=", "<", ">", "in"])
    return make(
        tree.Comparison,
        operator=draw(signs),
        left=draw(operand),
        right=draw(operand),
        within=within,
    )


def targets(most=2):
    one = st.recursive(
        NAME, lambda inner: made(tree.TupleTarget, items=tuples(inner, 1)), max_leaves=3
    )
    return tuples(one, 1, most)


def templates(part):
    """A text with computed parts; those hold no text and no brace of their own."""
    plain = TEXT.filter(bool)
    return st.tuples(plain, part, maybe(plain)).map(
        lambda drawn: make(tree.Template, parts=tuple(p for p in drawn if p is not None))
    )


def arguments(value):
    named = made(tree.Argument, name=maybe(FIELD), value=value)
    return tuples(named)


def grown(inner, part):
    """Expressions one level above `inner`; `part` are those that may stand in a text."""
    return st.one_of(
        with_layout(tree.ListDisplay, "items", tuples(inner)),
        with_layout(tree.TupleDisplay, "items", tuples(inner, 1)),
        made(
            tree.Comprehension,
            element=inner,
            targets=targets(),
            iterable=inner,
            condition=maybe(inner),
        ),
        with_layout(
            tree.Call, "arguments", arguments(inner if part is None else inner | templates(part)),
            callee=inner,
        ),
        made(tree.Attribute, value=inner, name=FIELD),
        made(tree.Index, value=inner, index=inner),
        made(tree.Slice, value=inner, start=maybe(inner), stop=maybe(inner)),
        made(tree.Negate, operand=inner),
        arithmetic(inner),
        made(tree.Power, base=inner, exponent=inner),
        comparisons(inner),
        made(tree.Not, operand=inner),
        made(tree.Logical, operator=st.sampled_from(["and", "or"]), operands=tuples(inner, 2)),
        made(tree.Conditional, condition=inner, then=inner, otherwise=inner),
        with_layout(tree.Chain, "members", tuples(inner, 2)),
    )  # fmt: skip


LEAF = NAME | NUMBER | SIZE | CONSTANT | INPUT
PART = st.recursive(LEAF, lambda inner: grown(inner, None), max_leaves=4)
EXPRESSION = st.recursive(LEAF | STRING, lambda inner: grown(inner, PART), max_leaves=8)
PATH = st.recursive(
    NAME | STRING | templates(PART),
    lambda inner: (
        made(tree.Attribute, value=inner, name=FIELD)
        | made(tree.Index, value=inner, index=EXPRESSION)
    ),
    max_leaves=3,
)
CALLEE = st.recursive(
    NAME, lambda inner: made(tree.Attribute, value=inner, name=FIELD), max_leaves=2
)

# Comments: a hash and what follows on the line.

REMARK = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=6).map(
    lambda text: f"# {text}".rstrip()
)
REMARKS = tuples(REMARK, 0, 2)


@st.composite
def commented(draw, statement, *, braced=False, first=False, chained=False):
    """A statement with comments around it, where it may have some."""
    above = draw(REMARKS)
    leading = above
    if not first and not chained and draw(st.booleans()):
        leading = ("", *above)
    if leading and draw(st.booleans()) and leading != ("",):
        leading = (*leading, "")
    drawn = draw(statement)
    closing = draw(REMARKS) if braced else ()
    otherwise = getattr(drawn, "otherwise", None)
    trailing = draw(maybe(REMARK))
    between = ()
    opening = draw(maybe(REMARK)) if braced else None
    if otherwise is not None:
        between = draw(REMARKS)
        inner = otherwise[0] if len(otherwise) == 1 else None
        if isinstance(inner, tree.If) and not inner.comments.leading:
            closing, trailing = (), None
        if not drawn.then:
            opening = None
    comments = tree.Comments(leading, trailing, closing, opening, between)
    fields = {name: getattr(drawn, name) for name in type(drawn).__dataclass_fields__}
    fields["comments"] = comments
    return type(drawn)(**fields)


# Statements: plain ones, and those that `->` may join.

STEP = with_layout(
    tree.Step, "arguments", arguments(EXPRESSION | templates(PART)), callee=CALLEE,
    labels=tuples(NAME),
)  # fmt: skip
BARE_STEP = made(tree.Step, callee=CALLEE, arguments=st.none(), labels=tuples(NAME))
DIM = made(tree.InputDim, symbol=maybe(NAME), value=EXPRESSION)
PATTERN = st.sampled_from(
    [("all",), ("conv*",), ("conv2", "[*]", "bn"), ("a", "b", "*"), ("_x", "[0]")]
).map(lambda segments: make(tree.Pattern, segments=segments))
ASSIGNMENT = made(tree.Assignment, name=NAME, value=EXPRESSION)
EXPECTATION = made(tree.Expectation, condition=EXPRESSION, source=maybe(STRING))
LET = made(tree.Let, targets=targets(), value=EXPRESSION)
REQUIRE = made(tree.Require, condition=EXPRESSION, message=maybe(STRING))
CITE = made(tree.Cite, authors=STRING, year=st.integers(0, 3000), title=STRING)
WHOLE_STATEMENTS = {
    tree.Share: made(tree.Share, name=NAME, value=EXPRESSION),
    tree.Input: made(
        tree.Input,
        name=NAME,
        dims=tuples(DIM),
        dtype=maybe(NAME),
        unbatched=st.booleans(),
        where=maybe(EXPRESSION),
    ),
    tree.Output: made(tree.Output, name=NAME, training=st.booleans(), body=st.none()),
    tree.Expect: with_layout(tree.Expect, "items", tuples(EXPECTATION, 1)),
    tree.Freeze: made(
        tree.Freeze, frozen=st.booleans(), patterns=tuples(PATTERN, 1), excepted=tuples(PATTERN)
    ),
    tree.Weights: made(tree.Weights, path=STRING),
    tree.Remove: made(tree.Remove, path=PATH),
    tree.Let: LET,
    tree.Require: REQUIRE,
    tree.Cite: CITE,
}
PIECES = {
    tree.Step: STEP,
    "step without brackets": BARE_STEP,
    tree.From: made(tree.From, value=PATH),
}
PIECE = st.one_of(*PIECES.values())
WHOLE_STATEMENT = st.one_of(*WHOLE_STATEMENTS.values())


@cache
def bodies(depth):
    """Bodies of statements that nest so deep."""
    return _body(depth, least=0)


@st.composite
def _body(draw, depth, least, path=False):
    statements = []
    joins = False
    for number in range(draw(st.integers(least, 2 if depth else 1))):
        chained = joins and draw(st.booleans())
        kind = draw(st.sampled_from(["piece", "piece", "plain", "braced"] if depth else ["piece"]))
        first = number == 0
        if chained or kind == "piece":
            statement = draw(pieces(depth, first=first, chained=chained, bare=path and first))
        else:
            choice = (
                WHOLE_STATEMENT
                if kind == "plain"
                else st.one_of(*_braced_statements(depth - 1).values())
            )
            remarks = commented(choice, braced=kind == "braced", first=first)
            statement = draw(choice if path and first else remarks)
        joins = chained or kind == "piece"
        statements.append(statement)
    return tuple(statements)


@cache
def _braced_statements(depth):
    body = bodies(depth)
    broken = st.booleans()
    return {
        "output with a body": made(
            tree.Output, name=NAME, training=st.booleans(), body=body, broken=broken
        ),
        tree.Init: made(tree.Init, target=PATH, rules=tuples(ASSIGNMENT), broken=broken),
        tree.Replace: made(tree.Replace, path=PATH, body=body, broken=broken),
        tree.Insert: made(tree.Insert, path=PATH, body=body, broken=broken),
    }


@st.composite
def pieces(draw, depth, *, first, chained, bare):
    """A step or what else `->` may join, with its comments unless they would belong elsewhere."""
    braced = depth > 0 and draw(st.booleans())
    choice = st.one_of(*_braced_pieces(depth - 1).values()) if braced else PIECE
    remarks = commented(choice, braced=braced, first=first, chained=chained)
    drawn = draw(choice if bare else remarks)
    fields = {name: getattr(drawn, name) for name in type(drawn).__dataclass_fields__}
    return type(drawn)(**fields | {"chained": chained, "own_line": draw(st.booleans())})


@cache
def _braced_pieces(depth):
    body = bodies(depth)
    broken = st.booleans()
    path = st.one_of(
        made(
            tree.MergePath,
            label=maybe(NAME),
            when=st.none(),
            targets=st.just(()),
            iterable=st.none(),
            body=_body(depth, 1, path=True),
        ),
        made(
            tree.MergePath,
            label=st.none(),
            when=EXPRESSION,
            targets=st.just(()),
            iterable=st.none(),
            body=_body(depth, 1, path=True),
        ),
        made(
            tree.MergePath,
            label=st.none(),
            when=st.none(),
            targets=targets(),
            iterable=EXPRESSION,
            body=_body(depth, 1, path=True),
        ),
    )
    stage = made(tree.Stage, name=NAME | STRING | templates(PART), body=body, broken=broken)
    merge = made(
        tree.Merge,
        kind=NAME,
        arguments=maybe(arguments(EXPRESSION)),
        paths=tuples(path, 0, 2),
        labels=tuples(NAME, 0, 2),
        broken=broken,
    )
    choice = made(tree.If, condition=EXPRESSION, then=body, otherwise=maybe(body), broken=broken)
    return {
        tree.Stage: stage,
        tree.Merge: merge,
        tree.If: choice,
        tree.Repeat: made(
            tree.Repeat, count=EXPRESSION, index=maybe(NAME), body=body, broken=broken
        ),
        tree.For: made(tree.For, targets=targets(), iterable=EXPRESSION, body=body, broken=broken),
    }


# Declarations

DOMAIN = made(tree.ChoiceDomain, choices=EXPRESSION) | made(
    tree.RangeDomain, low=EXPRESSION, high=EXPRESSION, step=maybe(EXPRESSION)
)
PARAMETER = made(
    tree.Parameter,
    name=WORD,
    type=maybe(st.sampled_from(TYPES)),
    domain=maybe(DOMAIN),
    default=maybe(EXPRESSION),
)


def declared(kind, /, **fields):
    return with_layout(kind, "parameters", tuples(PARAMETER), name=NAME, **fields)


BODY = bodies(2)
BROKEN = st.booleans()
BRACED_DECLARATIONS = {
    tree.BlockDecl: declared(tree.BlockDecl, body=BODY, broken=BROKEN),
    tree.NetworkDecl: declared(tree.NetworkDecl, body=BODY, broken=BROKEN),
    tree.InstanceDecl: declared(
        tree.InstanceDecl, base=EXPRESSION, scaled=maybe(EXPRESSION), body=BODY, broken=BROKEN
    ),
    tree.ScalingDecl: declared(
        tree.ScalingDecl, body=tuples(ASSIGNMENT | LET | REQUIRE), broken=BROKEN
    ),
}
PLAIN_DECLARATIONS = {
    tree.Import: made(tree.Import, path=STRING, names=tuples(NAME, 1)),
    tree.Def: declared(tree.Def, value=EXPRESSION),
    "instance without a body": declared(
        tree.InstanceDecl, base=EXPRESSION, scaled=maybe(EXPRESSION), body=st.none()
    ),
    tree.Let: LET,
    tree.Require: REQUIRE,
    tree.Cite: CITE,
}


@st.composite
def files(draw):
    edition = draw(st.booleans())
    declarations = []
    if edition:
        first = made(tree.Edition, number=st.integers(0, 9))
        declarations.append(draw(commented(first, first=True)))
    for _ in range(draw(st.integers(0, 2))):
        braced = draw(st.booleans())
        kinds = BRACED_DECLARATIONS if braced else PLAIN_DECLARATIONS
        kind = st.one_of(*kinds.values())
        declarations.append(draw(commented(kind, braced=braced, first=not declarations)))
    closing = draw(REMARKS)
    comments = tree.Comments(closing=closing) if closing else tree.NO_COMMENTS
    return make(tree.File, declarations=tuple(declarations), comments=comments)


@given(EXPRESSION)
def test_parse_of_the_print_of_an_expression_is_the_expression(expression):
    text = unparse_expression(expression)
    result = parse_expression(Source("n.arch", text))

    assert [d.message for d in result.report] == [], text
    assert result.value == expression
    assert unparse_expression(result.value) == text


def assert_is_printed_as_it_is(file, width):
    text = format_file(file, width)
    result = parse(Source("n.arch", text))

    assert [(d.span.line, d.message) for d in result.report] == [], text
    assert result.value == file, text
    assert format_file(result.value, width) == text


@pytest.mark.parametrize("width", [1, 20, WIDTH])
@given(files())
def test_parse_of_format_is_identity(width, file):
    assert_is_printed_as_it_is(file, width)


def named(kinds):
    """The kinds of a dictionary, with names for the test's report."""
    return [
        pytest.param(strategy, id=kind if isinstance(kind, str) else kind.__name__)
        for kind, strategy in kinds.items()
    ]


@pytest.mark.parametrize("kind", named(PLAIN_DECLARATIONS) + named(BRACED_DECLARATIONS))
@given(st.data(), st.sampled_from([1, 20, WIDTH]))
@settings(max_examples=20)
def test_each_declaration_alone(kind, data, width):
    declaration = data.draw(kind)
    assert_is_printed_as_it_is(make(tree.File, declarations=(declaration,)), width)


STATEMENTS = PIECES | _braced_pieces(1) | _braced_statements(1) | WHOLE_STATEMENTS


@pytest.mark.parametrize("kind", named(STATEMENTS))
@given(st.data(), st.sampled_from([1, 20, WIDTH]))
@settings(max_examples=20)
def test_each_statement_alone(kind, data, width):
    body = (data.draw(kind),)
    block = make(tree.BlockDecl, name=make(tree.Name, name="b"), parameters=(), body=body)
    assert_is_printed_as_it_is(make(tree.File, declarations=(block,)), width)


def test_every_class_of_the_tree_was_drawn():
    """Runs after the properties above: none of them passed for want of trees."""
    edition = make(tree.Edition, number=1)
    assert_is_printed_as_it_is(make(tree.File, declarations=(edition,)), WIDTH)

    assert CLASSES - set(DRAWN) == set()
