"""The tree of every construct: what the grammar makes of a text, and what it does not."""

import inspect

import pytest

from archdsl.syntax import tree
from archdsl.syntax.build import Builder
from archdsl.syntax.tables import RULES

EXPRESSIONS = [
    ("conv", "conv"),
    ("4.1G", "4.1G"),
    ("1_000", "1_000"),
    ("1e-3", "1e-3"),
    ("60K", "60K"),
    ("3x3", "3x3"),
    ("1x7x2", "1x7x2"),
    ('"a text"', '"a text"'),
    ("true", "true"),
    ("false", "false"),
    ("none", "none"),
    ("input", "input"),
    ("(1)", "1"),
    ("(a, b)", "TupleDisplay([a, b])"),
    ("(a, b,)", "TupleDisplay([a, b])"),
    ("(a,)", "TupleDisplay([a])"),
    ("[]", "ListDisplay([])"),
    ("[1, 2]", "ListDisplay([1, 2])"),
    ("[1, 2,]", "ListDisplay([1, 2])"),
    ("[[1], [2]]", "ListDisplay([ListDisplay([1]), ListDisplay([2])])"),
    ("[x for x in xs]", "Comprehension(x, targets=[x], iterable=xs)"),
    (
        "[k * c for i, (k, c) in rows if k > 1 and i in seen]",
        "Comprehension(Arithmetic([k, c], operators=[*]), targets=[i, TupleTarget([k, c])], iterable=rows, condition=Logical(and, operands=[Comparison(>, left=k, right=1), Comparison(in, left=i, right=seen)]))",
    ),
    (
        "[x for x in if a then b else c if d]",
        "Comprehension(x, targets=[x], iterable=Conditional(a, then=b, otherwise=c), condition=d)",
    ),
    ("f()", "Call(f, arguments=[])"),
    ("f(1, stride=2,)", "Call(f, arguments=[1, stride=2])"),
    ("f(in=1, init=zeros, if=2)", "Call(f, arguments=[in=1, init=zeros, if=2])"),
    (
        'concat("enc{i + 1}.x", to="{j}")',
        "Call(concat, arguments=[Template([enc, Arithmetic([i, 1], operators=[+]), .x]), to=Template([j])])",
    ),
    ("a.b.c", "Attribute(Attribute(a, name=b), name=c)"),
    ("a.input.weights", "Attribute(Attribute(a, name=input), name=weights)"),
    ("conv4[3].conv2", "Attribute(Index(conv4, index=3), name=conv2)"),
    ("a[i:j]", "Slice(a, start=i, stop=j)"),
    ("a[:i]", "Slice(a, stop=i)"),
    ("a[i:]", "Slice(a, start=i)"),
    ("a[:]", "Slice(a)"),
    ("f(a)[0](b)", "Call(Index(Call(f, arguments=[a]), index=0), arguments=[b])"),
    ("-a", "Negate(a)"),
    ("--a", "Negate(Negate(a))"),
    ("-a ** -b ** c", "Negate(Power(a, exponent=Negate(Power(b, exponent=c))))"),
    ("a + b - c", "Arithmetic([a, b, c], operators=[+, -])"),
    ("a * b / c // d % e", "Arithmetic([a, b, c, d, e], operators=[*, /, //, %])"),
    ("a + b * c - d", "Arithmetic([a, Arithmetic([b, c], operators=[*]), d], operators=[+, -])"),
    ("(a + b) + c", "Arithmetic([Arithmetic([a, b], operators=[+]), c], operators=[+])"),
    ("a - (b - c)", "Arithmetic([a, Arithmetic([b, c], operators=[-])], operators=[-])"),
    ("(a + b) * c", "Arithmetic([Arithmetic([a, b], operators=[+]), c], operators=[*])"),
    ("a == b", "Comparison(==, left=a, right=b)"),
    ("a != b", "Comparison(!=, left=a, right=b)"),
    ("a < b", "Comparison(<, left=a, right=b)"),
    ("a <= b", "Comparison(<=, left=a, right=b)"),
    ("a > b", "Comparison(>, left=a, right=b)"),
    ("a >= b", "Comparison(>=, left=a, right=b)"),
    ("a ~ b", "Comparison(~, left=a, right=b)"),
    ("a in b", "Comparison(in, left=a, right=b)"),
    ("a ~ b within 1%", "Comparison(~, left=a, right=b, within=1%)"),
    (
        "a + 1 <= b within 2.5%",
        "Comparison(<=, left=Arithmetic([a, 1], operators=[+]), right=b, within=2.5%)",
    ),
    ("not a", "Not(a)"),
    ("not not a == b", "Not(Not(Comparison(==, left=a, right=b)))"),
    ("a and b and not c", "Logical(and, operands=[a, b, Not(c)])"),
    ("a or b and c or d", "Logical(or, operands=[a, Logical(and, operands=[b, c]), d])"),
    ("(a or b) or c", "Logical(or, operands=[Logical(or, operands=[a, b]), c])"),
    ("a in b and c", "Logical(and, operands=[Comparison(in, left=a, right=b), c])"),
    ("if a then b else c", "Conditional(a, then=b, otherwise=c)"),
    (
        "if a then b else if c then d else e",
        "Conditional(a, then=b, otherwise=Conditional(c, then=d, otherwise=e))",
    ),
    ("if a then b else c -> d", "Conditional(a, then=b, otherwise=Chain([c, d]))"),
    ("(if a then b else c) -> d", "Chain([Conditional(a, then=b, otherwise=c), d])"),
    ("a -> b -> c", "Chain([a, b, c])"),
    ("a -> if b then c else d", "Chain([a, Conditional(b, then=c, otherwise=d)])"),
    ("a -> b -> if c then d else e", "Chain([a, b, Conditional(c, then=d, otherwise=e)])"),
    ("(a -> b) -> c", "Chain([Chain([a, b]), c])"),
    (
        "scale(2 / 3) -> tanh -> scale(1.7159)",
        "Chain([Call(scale, arguments=[Arithmetic([2, 3], operators=[/])]), tanh, Call(scale, arguments=[1.7159])])",
    ),
    ("a or b -> c", "Chain([Logical(or, operands=[a, b]), c])"),
]

STATEMENTS = [
    ("conv", "[Step(conv)]"),
    ("conv -> relu", "[Step(conv), Step(relu, chained=yes)]"),
    ("conv relu", "[Step(conv), Step(relu)]"),
    (
        "conv(64, 3x3, stride=2) -> batch_norm",
        "[Step(conv, arguments=[64, 3x3, stride=2]), Step(batch_norm, chained=yes)]",
    ),
    ("backbone.conv4", "[Step(Attribute(backbone, name=conv4))]"),
    ("backbone.input(3)", "[Step(Attribute(backbone, name=input), arguments=[3])]"),
    ("conv(8) as c1", "[Step(conv, arguments=[8], labels=[c1])]"),
    ("chunk(2) as a, _, b", "[Step(chunk, arguments=[2], labels=[a, _, b])]"),
    ("relu as x -> tanh as y", "[Step(relu, labels=[x]), Step(tanh, labels=[y], chained=yes)]"),
    ("add(c1)", "[Step(add, arguments=[c1])]"),
    (
        "add { | conv | skip }",
        "[Merge(add, paths=[MergePath(body=[Step(conv)]), MergePath(body=[Step(skip)])])]",
    ),
    ("add { }", "[Merge(add, paths=[])]"),
    ("add { | a } as b", "[Merge(add, paths=[MergePath(body=[Step(a)])], labels=[b])]"),
    (
        "concat(axis=0) { | a }",
        "[Merge(concat, arguments=[axis=0], paths=[MergePath(body=[Step(a)])])]",
    ),
    (
        "concat(axis=1) { | a -> b c | d } as joined",
        "[Merge(concat, arguments=[axis=1], paths=[MergePath(body=[Step(a), Step(b, chained=yes), Step(c)]), MergePath(body=[Step(d)])], labels=[joined])]",
    ),
    (
        "add { | projection: conv -> relu | skip }",
        "[Merge(add, paths=[MergePath(projection, body=[Step(conv), Step(relu, chained=yes)]), MergePath(body=[Step(skip)])])]",
    ),
    (
        "add { | when a == b: conv | for x in xs: conv(x) relu }",
        "[Merge(add, paths=[MergePath(when=Comparison(==, left=a, right=b), body=[Step(conv)]), MergePath(targets=[x], iterable=xs, body=[Step(conv, arguments=[x]), Step(relu)])])]",
    ),
    (
        "add { | let a = 1 | expect params == 0 conv }",
        "[Merge(add, paths=[MergePath(body=[Let([a], value=1)]), MergePath(body=[Expect([Expectation(Comparison(==, left=params, right=0))]), Step(conv)])])]",
    ),
    ("from c1", "[From(c1)]"),
    ("from input", "[From(input)]"),
    ("from enc1.x -> relu", "[From(Attribute(enc1, name=x)), Step(relu, chained=yes)]"),
    ('from "enc{i}"', "[From(Template([enc, i]))]"),
    (
        "from conv4[i + 1].conv2",
        "[From(Attribute(Index(conv4, index=Arithmetic([i, 1], operators=[+])), name=conv2))]",
    ),
    ("conv -> from c1 -> relu", "[Step(conv), From(c1, chained=yes), Step(relu, chained=yes)]"),
    ("stage conv1 { conv -> relu }", "[Stage(conv1, body=[Step(conv), Step(relu, chained=yes)])]"),
    (
        'stage "conv{i + 2}" { }',
        "[Stage(Template([conv, Arithmetic([i, 2], operators=[+])]), body=[])]",
    ),
    ('stage "plain" { conv }', '[Stage("plain", body=[Step(conv)])]'),
    ("repeat 3 { conv }", "[Repeat(3, body=[Step(conv)])]"),
    (
        "repeat n + 1 as i { conv(i) }",
        "[Repeat(Arithmetic([n, 1], operators=[+]), index=i, body=[Step(conv, arguments=[i])])]",
    ),
    ("for x in xs { conv(x) }", "[For([x], iterable=xs, body=[Step(conv, arguments=[x])])]"),
    (
        "for i, (k, c) in enumerate(rows) { conv(c, k) }",
        "[For([i, TupleTarget([k, c])], iterable=Call(enumerate, arguments=[rows]), body=[Step(conv, arguments=[c, k])])]",
    ),
    ("for (a,) in xs { }", "[For([TupleTarget([a])], iterable=xs, body=[])]"),
    ("if a { b }", "[If(a, then=[Step(b)])]"),
    ("if a { b } else { c }", "[If(a, then=[Step(b)], otherwise=[Step(c)])]"),
    (
        "if a { b } else if c { d } else { e }",
        "[If(a, then=[Step(b)], otherwise=[If(c, then=[Step(d)], otherwise=[Step(e)])])]",
    ),
    (
        "if a { b } else { if c { d } e }",
        "[If(a, then=[Step(b)], otherwise=[If(c, then=[Step(d)]), Step(e)])]",
    ),
    (
        "conv -> if a { b } -> repeat 2 { c } -> stage s { d } -> for x in y { z } -> add { | e }",
        "[Step(conv), If(a, then=[Step(b)], chained=yes), Repeat(2, body=[Step(c)], chained=yes), Stage(s, body=[Step(d)], chained=yes), For([x], iterable=y, body=[Step(z)], chained=yes), Merge(add, paths=[MergePath(body=[Step(e)])], chained=yes)]",
    ),
    (
        "share encode = conv(8) -> relu",
        "[Share(encode, value=Chain([Call(conv, arguments=[8]), relu]))]",
    ),
    (
        "input image[3, H = 224, W]",
        "[Input(image, dims=[InputDim(value=3), InputDim(H, value=224), InputDim(value=W)])]",
    ),
    ("input ids[T,]: int64", "[Input(ids, dims=[InputDim(value=T)], dtype=int64)]"),
    (
        "input rois[R, 5] unbatched",
        "[Input(rois, dims=[InputDim(value=R), InputDim(value=5)], unbatched=yes)]",
    ),
    (
        "input image[3, H, W]: float32 unbatched where H % 32 == 0",
        "[Input(image, dims=[InputDim(value=3), InputDim(value=H), InputDim(value=W)], dtype=float32, unbatched=yes, where=Comparison(==, left=Arithmetic([H, 32], operators=[%]), right=0))]",
    ),
    ("input scalar[]", "[Input(scalar, dims=[])]"),
    ("output deep", "[Output(deep)]"),
    ("output deep { conv }", "[Output(deep, body=[Step(conv)])]"),
    ("output aux when training", "[Output(aux, training=yes)]"),
    (
        "output aux when training { conv -> linear(10) }",
        "[Output(aux, training=yes, body=[Step(conv), Step(linear, arguments=[10], chained=yes)])]",
    ),
    ("let a = 1", "[Let([a], value=1)]"),
    ("let a, (b, c) = rows[0]", "[Let([a, TupleTarget([b, c])], value=Index(rows, index=0))]"),
    ("require a > 0", "[Require(Comparison(>, left=a, right=0))]"),
    ('require a > 0 "positive"', '[Require(Comparison(>, left=a, right=0), message="positive")]'),
    (
        'expect params == 25_557_032, macs ~ 4.1G "table 1", depth == 50',
        '[Expect([Expectation(Comparison(==, left=params, right=25_557_032)), Expectation(Comparison(~, left=macs, right=4.1G), source="table 1"), Expectation(Comparison(==, left=depth, right=50))])]',
    ),
    (
        'expect conv5.shape == [2048, 7, 7] "table 1"',
        '[Expect([Expectation(Comparison(==, left=Attribute(conv5, name=shape), right=ListDisplay([2048, 7, 7])), source="table 1")])]',
    ),
    (
        'init conv { weight = kaiming_normal(mode="fan_out")  bias = zeros }',
        '[Init(conv, rules=[Assignment(weight, value=Call(kaiming_normal, arguments=[mode="fan_out"])), Assignment(bias, value=zeros)])]',
    ),
    ('init "enc{i}" { }', "[Init(Template([enc, i]), rules=[])]"),
    ("freeze all", "[Freeze(yes, patterns=[Pattern([all])])]"),
    (
        "freeze conv1, conv2[*], layer*.bn[0].*",
        "[Freeze(yes, patterns=[Pattern([conv1]), Pattern([conv2, [*]]), Pattern([layer*, bn, [0], *])])]",
    ),
    (
        "freeze all except head, neck.conv1",
        "[Freeze(yes, patterns=[Pattern([all])], excepted=[Pattern([head]), Pattern([neck, conv1])])]",
    ),
    ("unfreeze head", "[Freeze(patterns=[Pattern([head])])]"),
    (
        "unfreeze conv* except conv1",
        "[Freeze(patterns=[Pattern([conv*])], excepted=[Pattern([conv1])])]",
    ),
    ('weights "resnet50.safetensors"', '[Weights("resnet50.safetensors")]'),
    (
        "replace head.fc { linear(17) }",
        "[Replace(Attribute(head, name=fc), body=[Step(linear, arguments=[17])])]",
    ),
    ("remove head.dropout1", "[Remove(Attribute(head, name=dropout1))]"),
    ("insert after conv5[2] { relu }", "[Insert(Index(conv5, index=2), body=[Step(relu)])]"),
    (
        'cite "K. He" 2016 "Deep residual learning"',
        '[Cite("K. He", year=2016, title="Deep residual learning")]',
    ),
    (
        "after -> by -> edition -> scaled -> training -> unbatched",
        "[Step(after), Step(by, chained=yes), Step(edition, chained=yes), Step(scaled, chained=yes), Step(training, chained=yes), Step(unbatched, chained=yes)]",
    ),
    (
        "let after = by + edition * scaled",
        "[Let([after], value=Arithmetic([by, Arithmetic([edition, scaled], operators=[*])], operators=[+]))]",
    ),
]

DECLARATIONS = [
    ("edition 1", "Edition(1)"),
    (
        'cite "K. He" 2016 "Deep residual learning"',
        'Cite("K. He", year=2016, title="Deep residual learning")',
    ),
    ('from "std" import conv_bn', 'Import("std", names=[conv_bn])'),
    ('from "./blocks.arch" import fire, dense', 'Import("./blocks.arch", names=[fire, dense])'),
    ("let a = 1", "Let([a], value=1)"),
    ('require a > 0 "positive"', 'Require(Comparison(>, left=a, right=0), message="positive")'),
    ("def f() = 1", "Def(f, parameters=[], value=1)"),
    (
        "def f(c, width = 1.0,) = c * width",
        "Def(f, parameters=[Parameter(c), Parameter(width, default=1.0)], value=Arithmetic([c, width], operators=[*]))",
    ),
    ("block b { relu }", "BlockDecl(b, parameters=[], body=[Step(relu)])"),
    ("block b() { relu }", "BlockDecl(b, parameters=[], body=[Step(relu)])"),
    (
        "block b(out, kernel: int in [3, 5, 7] = 3, act: layer = relu, next: block = skip) { }",
        "BlockDecl(b, parameters=[Parameter(out), Parameter(kernel, type=int, domain=ChoiceDomain(ListDisplay([3, 5, 7])), default=3), Parameter(act, type=layer, default=relu), Parameter(next, type=block, default=skip)], body=[])",
    ),
    (
        "block b(width: float in 0.25..1.4 by 0.05 = 1.0, k in 1..n + 1) { }",
        "BlockDecl(b, parameters=[Parameter(width, type=float, domain=RangeDomain(0.25, high=1.4, step=0.05), default=1.0), Parameter(k, domain=RangeDomain(1, high=Arithmetic([n, 1], operators=[+])))], body=[])",
    ),
    ("network n { }", "NetworkDecl(n, parameters=[], body=[])"),
    (
        "network n(classes: int = 10) { linear(classes) }",
        "NetworkDecl(n, parameters=[Parameter(classes, type=int, default=10)], body=[Step(linear, arguments=[classes])])",
    ),
    ("network n = m", "InstanceDecl(n, parameters=[], base=m)"),
    (
        "network n(c = 1) = m.k(c) { expect params == 0 }",
        "InstanceDecl(n, parameters=[Parameter(c, default=1)], base=Call(Attribute(m, name=k), arguments=[c]), body=[Expect([Expectation(Comparison(==, left=params, right=0))])])",
    ),
    (
        "network n = m() scaled compound(3)",
        "InstanceDecl(n, parameters=[], base=Call(m, arguments=[]), scaled=Call(compound, arguments=[3]))",
    ),
    (
        "network n = m() scaled rules { freeze all }",
        "InstanceDecl(n, parameters=[], base=Call(m, arguments=[]), scaled=rules, body=[Freeze(yes, patterns=[Pattern([all])])])",
    ),
    (
        "scaling compound(phi, alpha = 1.2) { depth = alpha ** phi  let w = 1  require w ~ 2 within 10% }",
        "ScalingDecl(compound, parameters=[Parameter(phi), Parameter(alpha, default=1.2)], body=[Assignment(depth, value=Power(alpha, exponent=phi)), Let([w], value=1), Require(Comparison(~, left=w, right=2, within=10%))])",
    ),
    ("scaling none_at_all { }", "ScalingDecl(none_at_all, parameters=[], body=[])"),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS, ids=[text for text, _ in EXPRESSIONS])
def test_an_expression(text, expected, expression, shown):
    assert shown(expression(text)) == expected


@pytest.mark.parametrize(("text", "expected"), STATEMENTS, ids=[text for text, _ in STATEMENTS])
def test_statements(text, expected, body, shown):
    assert shown(body(text)) == expected


@pytest.mark.parametrize(("text", "expected"), DECLARATIONS, ids=[text for text, _ in DECLARATIONS])
def test_a_declaration(text, expected, file, shown):
    (declaration,) = file(text).declarations
    assert shown(declaration) == expected


def test_every_rule_of_the_grammar_is_in_a_case(monkeypatch, expression, body, file):
    """The builder's methods are the aliases of the grammar: each makes a tree of some case."""
    used = set()
    aliases = {alias for _, _, alias in RULES if alias}
    for alias in aliases:
        method = inspect.getattr_static(Builder, alias)

        def noted(self, v, first, last, method=method, alias=alias):
            used.add(alias)
            return method(self, v, first, last)

        monkeypatch.setattr(Builder, alias, noted)
    for read, cases in ((expression, EXPRESSIONS), (body, STATEMENTS), (file, DECLARATIONS)):
        for text, _ in cases:
            read(text)

    assert aliases - used == set()


def test_every_class_of_the_tree_is_in_a_case():
    classes = {name for name, kind in vars(tree).items() if _is_concrete(kind)}
    leaves = {"Argument", "Constant", "File", "Name", "Number", "Percent", "SizeLiteral", "String"}
    written = "\n".join(expected for _, expected in EXPRESSIONS + STATEMENTS + DECLARATIONS)

    assert {name for name in classes - leaves if f"{name}(" not in written} == set()


def _is_concrete(kind):
    return (
        inspect.isclass(kind)
        and issubclass(kind, tree.Tree)
        and kind not in (tree.Tree, tree.Statement)
    )


def test_what_follows_a_plain_statement_is_a_statement_of_its_own(body, shown):
    """A constant takes the arrow behind it; a label, an input or an output does not."""
    assert shown(body("let a = b -> c d")) == "[Let([a], value=Chain([b, c])), Step(d)]"
    assert shown(body("output a b -> c")) == "[Output(a), Step(b), Step(c, chained=yes)]"


def test_lines_mean_nothing(body):
    text = "conv(8, 3x3) as c -> relu add { | skip | conv -> tanh } if a { b } else { c }"
    spread = text.replace(" ", "\n\n")

    assert [type(s) for s in body(text)] == [type(s) for s in body(spread)]
    assert [s.chained for s in body(text) if hasattr(s, "chained")] == [
        s.chained for s in body(spread) if hasattr(s, "chained")
    ]


def test_spans_cover_what_was_written(file):
    text = "## Doc.\nblock b(out) {\n    conv(out, 3x3) as c -> relu\n}\n"
    (block,) = file(text).declarations

    assert block.span.text == text.split("\n", 1)[1].rstrip()
    assert [s.span.text for s in block.body] == ["conv(out, 3x3) as c", "relu"]
    assert block.body[0].arguments[1].span.text == "3x3"
    assert block.body[0].labels[0].span.column == 23


def test_a_file_of_nothing(file):
    assert file("").declarations == ()
    assert file("\n  # only a comment\n").comments.closing == ("# only a comment",)
