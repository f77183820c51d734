"""The points of a parameter's domain: what a search tries."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archdsl.elaborate.state import Elaboration
from archdsl.syntax import tree
from archdsl.values import number
from archdsl.values.scope import Scope

MAX_POINTS = 10_000
"""Of one domain."""


def points(
    elaboration: Elaboration, parameter: tree.Parameter, scope: Scope
) -> tuple[Any, ...] | None:
    """The values of a domain in order, None where it has no end: none, or a range without `by`.

    Raises:
        Failed: its bounds are no numbers, its step none above 0, or it has too many points; that
            has been reported.
    """
    match parameter.domain:
        case tree.ChoiceDomain(choices=choices):
            found = elaboration.evaluate(choices, scope)
            return elaboration.items(found, choices.span)
        case tree.RangeDomain(low=low, high=high, step=tree.Tree() as step):
            first, last, by = [elaboration.evaluate(each, scope) for each in (low, high, step)]
            for value, written in ((first, low), (last, high), (by, step)):
                if not number.is_number(value):
                    raise elaboration.fail(
                        "E0510", "a domain is a range of numbers, and this is none", written.span
                    )
            if by <= 0:
                raise elaboration.fail(
                    "E0503",
                    f"the step of a domain must be above 0, and this is {number.text(by)}",
                    step.span,
                )
            start, width = Fraction(first), Fraction(by)
            count = int((Fraction(last) - start) / width) + 1 if last >= first else 0
            if count > MAX_POINTS:
                raise elaboration.fail(
                    "E0310",
                    f"a domain has at most {MAX_POINTS:,} points, and this has {count:,}",
                    parameter.domain.span,
                )
            return tuple([number.normal(start + width * i) for i in range(count)])
    return None
