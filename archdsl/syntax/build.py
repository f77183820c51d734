"""Makes the tree of a file."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from archdsl.diagnostics.source import Span
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.syntax import tree
from archdsl.syntax.build_flow import FlowBuilder

TYPES = (
    "int",
    "float",
    "bool",
    "string",
    "list",
    "size",
    "block",
    "layer",
    "value",
    "scale",
)


class Builder(FlowBuilder):
    """Makes declarations, and the file of them."""

    def file(self, v: list[Any], first: int, last: int) -> tree.File:
        comments = tree.NO_COMMENTS
        if self.remarks is not None:
            comments = self.remarks.take_rest()
        whole = Span(self.source, 0, len(self.text))
        return tree.File(span=whole, comments=comments, declarations=tuple(v[0]))

    def lone(self, v: list[Any], first: int, last: int) -> Any:
        return v[0]

    def edition(self, v: list[Any], first: int, last: int) -> tree.Edition:
        number = self.whole(v[1], "an edition")
        if first > 0:
            span = self.span(first, last)
            message = "`edition` stands first in a file"
            self.report.error("E0210", message, span, help="put it in the first line")
        return tree.Edition(
            span=self.span(first, last), comments=self.comments(first, last), number=number
        )

    def imports(self, v: list[Any], first: int, last: int) -> tree.Import:
        return tree.Import(
            span=self.span(first, last),
            comments=self.comments(first, last),
            path=self.text_of(v[1]),
            names=tuple(v[3]),
        )

    def definition(self, v: list[Any], first: int, last: int) -> tree.Def:
        return tree.Def(
            span=self.span(first, last),
            layout=self.layout(v[2], v[4], v[3]),
            comments=self.comments(first, last),
            name=self.word(v[1]),
            parameters=tuple(v[3]),
            value=v[6],
        )

    def signature_layout(self, name: int, parameters: list[tree.Parameter]) -> tree.Layout | None:
        if not parameters:
            return None
        behind = bisect_left(self.starts, parameters[-1].span.end)
        if self.spelling(behind) == ",":
            behind += 1
        return self.layout(name + 1, behind, parameters)

    def block(self, v: list[Any], first: int, last: int) -> tree.BlockDecl:
        body, brace = v[3]
        return tree.BlockDecl(
            span=self.span(first, last),
            layout=self.signature_layout(v[1], v[2]),
            comments=self.comments(first, last, last),
            name=self.word(v[1]),
            parameters=tuple(v[2]),
            body=body,
            broken=self.spread(brace),
        )

    def network(self, v: list[Any], first: int, last: int) -> tree.NetworkDecl:
        body, brace = v[3]
        return tree.NetworkDecl(
            span=self.span(first, last),
            layout=self.signature_layout(v[1], v[2]),
            comments=self.comments(first, last, last),
            name=self.word(v[1]),
            parameters=tuple(v[2]),
            body=body,
            broken=self.spread(brace),
        )

    def _instance(
        self, v: list[Any], first: int, last: int, scaled: Any, body: Any
    ) -> tree.InstanceDecl:
        return tree.InstanceDecl(
            span=self.span(first, last),
            layout=self.signature_layout(v[1], v[2]),
            comments=self.comments(first, last, -1 if body is None else last),
            name=self.word(v[1]),
            parameters=tuple(v[2]),
            base=v[4],
            scaled=scaled,
            body=None if body is None else body[0],
            broken=body is not None and self.spread(body[1]),
        )

    def instance(self, v: list[Any], first: int, last: int) -> tree.InstanceDecl:
        return self._instance(v, first, last, None, None)

    def instance_edited(self, v: list[Any], first: int, last: int) -> tree.InstanceDecl:
        return self._instance(v, first, last, None, v[5])

    def instance_scaled(self, v: list[Any], first: int, last: int) -> tree.InstanceDecl:
        return self._instance(v, first, last, v[6], None)

    def instance_scaled_edited(self, v: list[Any], first: int, last: int) -> tree.InstanceDecl:
        return self._instance(v, first, last, v[6], v[7])

    def scaling(self, v: list[Any], first: int, last: int) -> tree.ScalingDecl:
        return tree.ScalingDecl(
            span=self.span(first, last),
            layout=self.signature_layout(v[1], v[2]),
            comments=self.comments(first, last, last),
            name=self.word(v[1]),
            parameters=tuple(v[2]),
            body=tuple(v[4]),
            broken=self.spread(v[3]),
        )

    def parameter(self, v: list[Any], first: int, last: int) -> tree.Parameter:
        name = self.word(v[0])
        return tree.Parameter(
            span=self.span(first, last), name=name.name, type=v[1], domain=v[2], default=v[3]
        )

    def type(self, v: list[Any], first: int, last: int) -> str:
        written = self.spelling(v[1])
        if written not in TYPES:
            self.report.error(
                "E0211",
                f"no type is called `{written}`",
                self.span(v[1], v[1]),
                notes=[f"there are {', '.join(TYPES)}"],
                help=did_you_mean(written, TYPES),
            )
        return written

    def choices(self, v: list[Any], first: int, last: int) -> tree.ChoiceDomain:
        return tree.ChoiceDomain(span=self.span(first, last), choices=v[1])

    def range(self, v: list[Any], first: int, last: int) -> tree.RangeDomain:
        return tree.RangeDomain(span=self.span(first, last), low=v[1], high=v[3], step=None)

    def range_by(self, v: list[Any], first: int, last: int) -> tree.RangeDomain:
        return tree.RangeDomain(span=self.span(first, last), low=v[1], high=v[3], step=v[5])
