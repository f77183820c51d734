"""Trees as text, and texts as trees that must parse."""

from dataclasses import MISSING, fields

import pytest

from archdsl.diagnostics.source import Source
from archdsl.syntax import tree
from archdsl.syntax.parse import parse, parse_expression

_LAYOUT = {"span", "comments", "layout", "broken", "own_line"}


def shown(node):
    """A tree on one line: what it was written as for the leaves, `Class(first, field=...)` above.

    What is not given (None, an empty list, false) is left out, and so are comments and layout.
    """
    match node:
        case tree.Name(name=text) | tree.Number(text=text) | tree.Percent(text=text):
            return text
        case tree.String(text=text):
            return f'"{text}"'
        case tree.Constant(value=value):
            return {True: "true", False: "false", None: "none"}[value]
        case tree.SizeLiteral(sides=sides):
            return "x".join(map(str, sides))
        case tree.Argument(name=None, value=value):
            return shown(value)
        case tree.Argument(name=name, value=value):
            return f"{name}={shown(value)}"
        case tuple():
            return f"[{', '.join(map(shown, node))}]"
        case tree.Tree():
            parts = []
            for number, each in enumerate(f for f in fields(node) if f.name not in _LAYOUT):
                value = getattr(node, each.name)
                optional = each.default is not MISSING or each.name == "targets"
                if value in (None, False) or (value == () and optional):
                    continue
                parts.append(shown(value) if number == 0 else f"{each.name}={shown(value)}")
            return f"{type(node).__name__}({', '.join(parts)})"
        case bool():
            return "yes"
        case _:
            return str(node)


def of(result):
    """The tree of a result without findings."""
    found = [f"{d.span.line}:{d.span.column} {d.code} {d.message}" for d in result.report]
    assert found == []
    return result.value


@pytest.fixture(name="shown")
def shown_fixture():
    return shown


@pytest.fixture
def file():
    """The tree of a text that is a file."""
    return lambda text: of(parse(Source("n.arch", text)))


@pytest.fixture
def body():
    """The statements of a text that is a network's body."""
    return lambda text: of(parse(Source("n.arch", f"network n {{ {text} }}"))).declarations[0].body


@pytest.fixture
def expression():
    """The tree of a text that is an expression."""
    return lambda text: of(parse_expression(Source("n.arch", text)))


@pytest.fixture
def errors():
    """What is found in a text: line, code and message of each."""

    def found(text):
        report = parse(Source("n.arch", text)).report
        return [(d.span.line, d.code, d.message) for d in report]

    return found
