import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.backend.expression import (
    Binary,
    Choice,
    Function,
    Literal,
    Logic,
    Name,
    Sequence,
    Unary,
    Unknown,
    evaluate,
    literal,
    names_in,
    negation,
    substitute,
    written,
)

NAMES = {"a": 3, "b": 7, "i": 2}
TRUTHS = {"p": True, "q": False}


@st.composite
def numbers(draw, depth=3):
    """Whole numbers made of names and literals."""
    form = draw(st.sampled_from(["literal", "name", "binary", "power", "minus", "least", "choice"]))
    if depth == 0 or form == "literal":
        return Literal(draw(st.integers(-5, 9)))
    inner = numbers(depth - 1)
    match form:
        case "name":
            return Name(draw(st.sampled_from(sorted(NAMES))))
        case "binary":
            operator = draw(st.sampled_from(["+", "-", "*", "//", "%"]))
            return Binary(operator, draw(inner), draw(inner))
        case "power":
            return Binary("**", draw(inner), Literal(draw(st.integers(0, 3))))
        case "minus":
            return Unary("-", draw(inner))
        case "least":
            return Function(draw(st.sampled_from(["min", "max"])), (draw(inner), draw(inner)))
    return Choice(draw(truths(depth - 1)), draw(inner), draw(inner))


@st.composite
def truths(draw, depth=3):
    """Conditions."""
    form = draw(st.sampled_from(["name", "compared", "not", "logic"]))
    if depth == 0 or form == "name":
        return Name(draw(st.sampled_from(sorted(TRUTHS))))
    if form == "compared":
        operator = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
        return Binary(operator, draw(numbers(depth - 1)), draw(numbers(depth - 1)))
    inner = truths(depth - 1)
    if form == "not":
        return Unary("not", draw(inner))
    return Logic(draw(st.sampled_from(["and", "or"])), (draw(inner), draw(inner)))


@given(st.one_of(numbers(), truths()))
def test_what_is_written_is_what_is_computed(expression):
    names = {**NAMES, **TRUTHS}
    try:
        wanted = evaluate(expression, names)
    except Unknown:
        return
    assert eval(written(expression), {}, names) == wanted


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.floats(allow_nan=False)),
        lambda inner: st.one_of(st.lists(inner), st.lists(inner).map(tuple)),
        max_leaves=5,
    )
)
def test_literals_are_ascii_and_mean_themselves(value):
    text = literal(value)

    assert text.isascii()
    assert "\n" not in text
    assert eval(text, {"float": float}) == value


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Binary("*", Binary("+", Name("a"), Literal(1)), Name("b")), "(a + 1) * b"),
        (Binary("-", Name("a"), Binary("-", Name("b"), Literal(1))), "a - (b - 1)"),
        (Binary("*", Literal(2), Binary("**", Literal(2), Name("i"))), "2 * 2 ** i"),
        (Binary("**", Literal(-2), Literal(2)), "(-2) ** 2"),
        (Unary("-", Binary("+", Name("a"), Name("b"))), "-(a + b)"),
        (Logic("and", (Logic("or", (Name("p"), Name("q"))), Name("p"))), "(p or q) and p"),
        (Unary("not", Binary("==", Name("a"), Name("b"))), "not a == b"),
        (Choice(Name("p"), Literal(1), Choice(Name("q"), Literal(2), Literal(3))),
         "1 if p else 2 if q else 3"),
        (Sequence((Name("a"),)), "(a,)"),
        (Sequence((Name("a"), Literal("s")), is_list=True), '[a, "s"]'),
    ],
)  # fmt: skip
def test_parentheses_where_they_are_needed(expression, text):
    assert written(expression) == text


@pytest.mark.parametrize(
    "expression",
    [
        Name("missing"),
        Binary("//", Literal(1), Literal(0)),
        Binary("%", Literal(1), Literal(0)),
        Binary("*", Literal(0.5), Literal(2)),
        Binary("**", Literal(2), Literal(-1)),
        Binary("**", Literal(10), Literal(10**9)),
        Binary("==", Literal(1), Literal(True)),
        Unary("not", Literal(1)),
    ],
)
def test_what_python_might_compute_otherwise_has_no_value(expression):
    with pytest.raises(Unknown):
        evaluate(expression, NAMES)


def test_names_and_substitution():
    expression = Binary("+", Name("a"), Choice(Name("p"), Name("b"), Name("a")))

    assert list(names_in(expression)) == ["a", "b", "p", "a"]
    assert written(substitute(expression, {"a": Literal(4)})) == "4 + (b if p else 4)"
    assert negation(negation(Name("p"))) == Name("p")
