"""Expressions on their own: texts to values."""

import pytest

from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source
from archdsl.elaborate.limits import DEFAULT_LIMITS
from archdsl.elaborate.state import Elaboration
from archdsl.shapes.dim import symbol
from archdsl.syntax.parse import parse_expression
from archdsl.values.scope import Failed, Scope


class Wrong(Exception):
    """An expression without a value; its text is the code, `message` what was said."""

    def __init__(self, report):
        (diagnostic,) = report.sorted()
        super().__init__(diagnostic.code)
        self.message = diagnostic.message
        self.place = diagnostic.span.text
        self.help = diagnostic.help


@pytest.fixture
def value():
    """The value of an expression; names may be given, H and W are sizes of 32 and 24."""

    def run(text, **names):
        report = Report()
        scope = Scope()
        for name, given in {"H": symbol("H", 32), "W": symbol("W", 24), **names}.items():
            scope.bind(name, given)
        result = parse_expression(Source("expression", text))
        assert result.value is not None, [d.message for d in result.report.diagnostics]
        try:
            return Elaboration(report, DEFAULT_LIMITS, {}).evaluate(result.value, scope)
        except Failed:
            raise Wrong(report) from None

    run.wrong = Wrong
    return run
