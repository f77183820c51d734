"""The tree of a `.arch` file: one frozen class for each construct of the grammar.

Equality ignores spans, so a tree equals the parse of its own printing. Children stand
in source order. Statements keep the comments around them; numbers keep their spelling,
because `~` rounds to the digits that were written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from archdsl.diagnostics.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Anything with a place in the text."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comments:
    """Comment lines above a construct, the one behind it, and those before its closing bracket.

    Texts keep their `#` or `##`. An empty string in `leading` is a blank line. `opening` is
    the comment behind the opening brace, `between` those before the `else` of an `if`.
    """

    leading: tuple[str, ...] = ()
    trailing: str | None = None
    closing: tuple[str, ...] = ()
    opening: str | None = None
    between: tuple[str, ...] = ()


NO_COMMENTS = Comments()


@dataclass(frozen=True, slots=True)
class Layout:
    """How the author broke the lines between two brackets.

    `breaks` are the items that begin a line (their number: the closing bracket does);
    `comments` hold the item each comment stands before, its text, and whether it has a line
    of its own.
    """

    breaks: tuple[int, ...]
    comments: tuple[tuple[int, str, bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Tree):
    """A declaration or a flow statement.

    `own_line` says that the author began a line with the `->` in front of it.
    """

    comments: Comments = field(default=NO_COMMENTS)
    own_line: bool = field(default=False, compare=False, repr=False)

    @property
    def doc(self) -> str | None:
        """The `##` comment right above, without its marks; None where there is none."""
        lines: list[str] = []
        for line in reversed(self.comments.leading):
            if not line.startswith("##"):
                break
            lines.append(line[2:].strip())
        return " ".join(reversed(lines)) if lines else None


# Expressions


@dataclass(frozen=True, slots=True)
class Name(Tree):
    """A word: a constant, parameter, symbol, block, layer or function."""

    name: str


@dataclass(frozen=True, slots=True)
class Number(Tree):
    """An integer, decimal or magnitude (`4.1G`), exact, with its spelling."""

    value: int | Fraction
    text: str


@dataclass(frozen=True, slots=True)
class Percent(Tree):
    """A percentage behind `within`; `value` is in percent (`1%` is 1)."""

    value: int | Fraction
    text: str


@dataclass(frozen=True, slots=True)
class SizeLiteral(Tree):
    """`3x3`: a size with one integer for each axis."""

    sides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class String(Tree):
    """A double-quoted text, without its quotes; `{...}` has not been computed."""

    text: str


@dataclass(frozen=True, slots=True)
class Template(Tree):
    """A string with computed parts, where a stage's name, a named value or a path is wanted."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True, slots=True)
class Constant(Tree):
    """`true`, `false` or `none`."""

    value: bool | None


LITERALS = (Number, SizeLiteral, String, Constant)
"""Expressions that are their own value."""


@dataclass(frozen=True, slots=True)
class ListDisplay(Tree):
    """`[a, b]`; `layout` keeps the author's line breaks."""

    items: tuple[Expression, ...]
    layout: Layout | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TupleDisplay(Tree):
    """`(a, b)` or `(a,)`."""

    items: tuple[Expression, ...]
    layout: Layout | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comprehension(Tree):
    """`[e for x in list if condition]`."""

    element: Expression
    targets: tuple[Target, ...]
    iterable: Expression
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class Argument(Tree):
    """One argument of a call; `name` is None for a positional one."""

    name: str | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Call(Tree):
    """`f(a, b=c)` in an expression."""

    callee: Expression
    arguments: tuple[Argument, ...]
    layout: Layout | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Attribute(Tree):
    """`a.b`."""

    value: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Index(Tree):
    """`a[i]`."""

    value: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Slice(Tree):
    """`a[i:j]`."""

    value: Expression
    start: Expression | None
    stop: Expression | None


@dataclass(frozen=True, slots=True)
class Negate(Tree):
    """`-a`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(Tree):
    """`a + b - c` or `a * b // c % d`, one level of precedence, kept flat.

    `operators[i]` stands between `operands[i]` and `operands[i + 1]`.
    """

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Power(Tree):
    """`base ** exponent`."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Tree):
    """`a == b` and the like; operators `== != < <= > >= ~ in`, `within` for `~ <= >=`."""

    operator: str
    left: Expression
    right: Expression
    within: Percent | None = None


@dataclass(frozen=True, slots=True)
class Not(Tree):
    """`not a`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Logical(Tree):
    """`a and b and c` or `a or b`, kept flat; `operator` is `and` or `or`."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Tree):
    """`if condition then a else b`."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Chain(Tree):
    """`a -> b` in an expression: a composed block."""

    members: tuple[Expression, ...]
    layout: Layout | None = field(default=None, compare=False, repr=False)


Expression: TypeAlias = (
    Name
    | Number
    | Percent
    | SizeLiteral
    | String
    | Template
    | Constant
    | ListDisplay
    | TupleDisplay
    | Comprehension
    | Call
    | Attribute
    | Index
    | Slice
    | Negate
    | Arithmetic
    | Power
    | Comparison
    | Not
    | Logical
    | Conditional
    | Chain
)


@dataclass(frozen=True, slots=True)
class TupleTarget(Tree):
    """`(k, c)` where names are bound."""

    items: tuple[Target, ...]


Target: TypeAlias = Name | TupleTarget


# Parameters


@dataclass(frozen=True, slots=True)
class ChoiceDomain(Tree):
    """`in [3, 5, 7]`."""

    choices: Expression


@dataclass(frozen=True, slots=True)
class RangeDomain(Tree):
    """`in 0.25..1.4 by 0.05`."""

    low: Expression
    high: Expression
    step: Expression | None


@dataclass(frozen=True, slots=True)
class Parameter(Tree):
    """A parameter of a block, network, function or scaling; `type` is a word or None."""

    name: str
    type: str | None
    domain: ChoiceDomain | RangeDomain | None
    default: Expression | None


# Flow statements. `chained` says that `->` stood in front.


@dataclass(frozen=True, slots=True)
class Step(Statement):
    """A call of a layer, block, chain or network; `arguments` is None without parentheses.

    `labels` are the names behind `as` (`_` drops an output). A merge of named values,
    `add(c1)`, is a step too.
    """

    callee: Expression
    arguments: tuple[Argument, ...] | None
    labels: tuple[Name, ...] = ()
    chained: bool = False
    layout: Layout | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MergePath(Statement):
    """One `|` path: `label`, `when` a condition, or one copy for each element of a list."""

    label: Name | None
    when: Expression | None
    targets: tuple[Target, ...]
    iterable: Expression | None
    body: tuple[FlowStatement, ...]


@dataclass(frozen=True, slots=True)
class Merge(Statement):
    """`add { | path | path }`."""

    kind: Name
    arguments: tuple[Argument, ...] | None
    paths: tuple[MergePath, ...]
    labels: tuple[Name, ...] = ()
    chained: bool = False
    layout: Layout | None = field(default=None, compare=False, repr=False)
    broken: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class From(Statement):
    """`from c1`, `from enc1.x`, `from "enc{i}"`, `from input` (the Name `input`)."""

    value: Expression
    chained: bool = False


@dataclass(frozen=True, slots=True)
class Stage(Statement):
    """`stage conv1 { ... }`, its name a Name, a String or a Template."""

    name: Name | String | Template
    body: tuple[FlowStatement, ...]
    chained: bool = False
    broken: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Repeat(Statement):
    """`repeat n as i { ... }`."""

    count: Expression
    index: Name | None
    body: tuple[FlowStatement, ...]
    chained: bool = False
    broken: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class For(Statement):
    """`for i, (k, c) in enumerate(list) { ... }`."""

    targets: tuple[Target, ...]
    iterable: Expression
    body: tuple[FlowStatement, ...]
    chained: bool = False
    broken: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class If(Statement):
    """`if c { ... } else { ... }`; an `else if` is an `otherwise` of one `If`."""

    condition: Expression
    then: tuple[FlowStatement, ...]
    otherwise: tuple[FlowStatement, ...] | None
    chained: bool = False
    broken: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Share(Statement):
    """`share encode = encoder(32)`."""

    name: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class InputDim(Tree):
    """One dimension of an input: `3`, `H = 224` (a symbol with a default) or a bare `H`."""

    symbol: Name | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Input(Statement):
    """`input image[3, H = 224, W = 224]: float32 unbatched where H % 32 == 0`."""

    name: Name
    dims: tuple[InputDim, ...]
    dtype: Name | None = None
    unbatched: bool = False
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Output(Statement):
    """`output NAME`, `output NAME { body }`, `output NAME when training { body }`."""

    name: Name
    training: bool
    body: tuple[FlowStatement, ...] | None
    broken: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Let(Statement):
    """`let a, b = expr`."""

    targets: tuple[Target, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class Require(Statement):
    """`require expr "message"`."""

    condition: Expression
    message: String | None = None


@dataclass(frozen=True, slots=True)
class Expectation(Tree):
    """One expectation and the source it cites."""

    condition: Expression
    source: String | None


@dataclass(frozen=True, slots=True)
class Expect(Statement):
    """`expect params == 25_557_032, macs ~ 4.1G "table 1"`."""

    items: tuple[Expectation, ...]
    layout: Layout | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assignment(Statement):
    """`weight = kaiming_normal(...)` in an `init` rule, `depth = alpha ** phi` in a scaling."""

    name: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class Init(Statement):
    """`init conv { weight = zeros }`; `target` a layer kind or a path."""

    target: Expression
    rules: tuple[Assignment, ...]
    broken: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Pattern(Tree):
    """A path with `*` and `[*]`: its segments as written (`conv2`, `[*]`, `[0]`), or `all`."""

    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Freeze(Statement):
    """`freeze all except head`; `unfreeze` too, when `frozen` is False."""

    frozen: bool
    patterns: tuple[Pattern, ...]
    excepted: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights(Statement):
    """`weights "resnet50.safetensors"`."""

    path: String


@dataclass(frozen=True, slots=True)
class Replace(Statement):
    """`replace head.fc { linear(17) }`."""

    path: Expression
    body: tuple[FlowStatement, ...]
    broken: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Remove(Statement):
    """`remove head.dropout1`."""

    path: Expression


@dataclass(frozen=True, slots=True)
class Insert(Statement):
    """`insert after conv5 { ... }`."""

    path: Expression
    body: tuple[FlowStatement, ...]
    broken: bool = field(default=False, compare=False, repr=False)


# Declarations


@dataclass(frozen=True, slots=True)
class Edition(Statement):
    """`edition 1`."""

    number: int


@dataclass(frozen=True, slots=True)
class Cite(Statement):
    """`cite "authors" 2016 "title"`."""

    authors: String
    year: int
    title: String


@dataclass(frozen=True, slots=True)
class Import(Statement):
    """`from "./blocks.arch" import conv_bn_relu, fire`."""

    path: String
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Def(Statement):
    """`def f(c, width = 1.0) = expr`."""

    name: Name
    parameters: tuple[Parameter, ...]
    value: Expression
    layout: Layout | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class BlockDecl(Statement):
    """`block NAME(params) { body }`."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: tuple[FlowStatement, ...]
    broken: bool = field(default=False, compare=False, repr=False)
    layout: Layout | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NetworkDecl(Statement):
    """`network NAME(params) { body }`."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: tuple[FlowStatement, ...]
    broken: bool = field(default=False, compare=False, repr=False)
    layout: Layout | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InstanceDecl(Statement):
    """`network NAME(params) = CALL scaled RULE { body }`; `body` is None without braces."""

    name: Name
    parameters: tuple[Parameter, ...]
    base: Expression
    scaled: Expression | None
    body: tuple[FlowStatement, ...] | None
    broken: bool = field(default=False, compare=False, repr=False)
    layout: Layout | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ScalingDecl(Statement):
    """`scaling NAME(params) { depth = alpha ** phi }`; `body` holds assignments, lets, requires."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: tuple[Assignment | Require | Let, ...]
    broken: bool = field(default=False, compare=False, repr=False)
    layout: Layout | None = field(default=None, compare=False, repr=False)


FlowStatement: TypeAlias = (
    Step
    | Merge
    | From
    | Stage
    | Repeat
    | For
    | If
    | Share
    | Input
    | Output
    | Let
    | Require
    | Expect
    | Init
    | Freeze
    | Weights
    | Replace
    | Remove
    | Insert
    | Cite
)

Declaration: TypeAlias = (
    Edition
    | Cite
    | Import
    | Let
    | Def
    | BlockDecl
    | NetworkDecl
    | InstanceDecl
    | ScalingDecl
    | Require
)


@dataclass(frozen=True, slots=True)
class File(Statement):
    """A whole file; `comments.closing` holds the comments at its end."""

    declarations: tuple[Declaration, ...]
