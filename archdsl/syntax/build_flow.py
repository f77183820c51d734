"""Makes the tree of flow statements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archdsl.syntax import tree
from archdsl.syntax.build_expressions import FEW_TOKENS, ExpressionBuilder


class FlowBuilder(ExpressionBuilder):
    """Makes the statements of a body."""

    def body(
        self, v: list[Any], first: int, last: int
    ) -> tuple[tuple[tree.FlowStatement, ...], int]:
        """The statements of a body and the index of its opening brace."""
        return tuple(v[1]), v[0]

    def chained(self, v: list[Any], first: int, last: int) -> Any:
        piece = v[2]
        arrow = v[1]
        object.__setattr__(piece, "chained", True)
        text = self.text
        if (
            text.find("\n", self.ends[arrow - 1], self.starts[arrow]) >= 0
            or text.find("\n", self.ends[arrow], self.starts[arrow + 1]) >= 0
        ):
            object.__setattr__(piece, "own_line", True)
        if self.remarks is not None:
            comments = piece.comments
            leading = self.remarks.around(arrow, comments.leading)
            if leading != comments.leading:
                object.__setattr__(piece, "comments", replace(comments, leading=leading))
        v[0].append(piece)
        return v[0]

    def step(self, v: list[Any], first: int, last: int) -> tree.Step:
        return tree.Step(
            span=v[0].span, comments=self.comments(first, last), callee=v[0], arguments=None
        )

    def step_labelled(self, v: list[Any], first: int, last: int) -> tree.Step:
        return tree.Step(
            span=self.span(first, last),
            comments=self.comments(first, last),
            callee=v[0],
            arguments=None,
            labels=tuple(v[2]),
        )

    def step_with(self, v: list[Any], first: int, last: int) -> tree.Step:
        return tree.Step(
            span=self.span(first, last),
            layout=self.layout(v[1], v[3], v[2]),
            comments=self.comments(first, last),
            callee=v[0],
            arguments=tuple(v[2]),
        )

    def step_with_labelled(self, v: list[Any], first: int, last: int) -> tree.Step:
        return tree.Step(
            span=self.span(first, last),
            layout=self.layout(v[1], v[3], v[2]),
            comments=self.comments(first, last),
            callee=v[0],
            arguments=tuple(v[2]),
            labels=tuple(v[5]),
        )

    def _merge(
        self, first: int, last: int, callee: Any, call: Any, merged: Any, labels: Any
    ) -> tree.Merge:
        if last - first > FEW_TOKENS:
            self.long = True
        if not isinstance(callee, tree.Name):
            kind = callee.name
            message = "a merge has one word for its kind"
            self.report.error("E0213", message, callee.span, help=f"write `{kind} {{ ... }}`")
            callee = tree.Name(span=callee.span, name=callee.span.text)
        paths, brace, end = merged
        return tree.Merge(
            span=self.span(first, last),
            layout=None if call is None else self.layout(call[0], call[2], call[1]),
            comments=self.comments(first, last, end),
            kind=callee,
            arguments=None if call is None else tuple(call[1]),
            paths=paths,
            labels=tuple(labels),
            broken=self.spread(brace),
        )

    def paths(
        self, v: list[Any], first: int, last: int
    ) -> tuple[tuple[tree.MergePath, ...], int, int]:
        """The paths in the braces of a merge, and the indices of the braces."""
        return tuple(v[1]), first, last

    def merge(self, v: list[Any], first: int, last: int) -> tree.Merge:
        return self._merge(first, last, v[0], None, v[1], ())

    def merge_labelled(self, v: list[Any], first: int, last: int) -> tree.Merge:
        return self._merge(first, last, v[0], None, v[1], v[3])

    def merge_with(self, v: list[Any], first: int, last: int) -> tree.Merge:
        return self._merge(first, last, v[0], v[1:4], v[4], ())

    def merge_with_labelled(self, v: list[Any], first: int, last: int) -> tree.Merge:
        return self._merge(first, last, v[0], v[1:4], v[4], v[6])

    def path_plain(self, v: list[Any], first: int, last: int) -> tree.MergePath:
        return self._path(first, last, None, None, (), None, v[1])

    def path_labelled(self, v: list[Any], first: int, last: int) -> tree.MergePath:
        return self._path(first, last, self.word(v[1]), None, (), None, v[3])

    def path_when(self, v: list[Any], first: int, last: int) -> tree.MergePath:
        return self._path(first, last, None, v[2], (), None, v[4])

    def path_for(self, v: list[Any], first: int, last: int) -> tree.MergePath:
        return self._path(first, last, None, None, tuple(v[2]), v[4], v[6])

    def _path(
        self, first: int, last: int, label: Any, when: Any, targets: Any, iterable: Any, body: Any
    ) -> tree.MergePath:
        return tree.MergePath(
            span=self.span(first, last),
            comments=self.comments(first, last),
            label=label,
            when=when,
            targets=targets,
            iterable=iterable,
            body=tuple(body),
        )

    def from_(self, v: list[Any], first: int, last: int) -> tree.From:
        return tree.From(
            span=self.span(first, last), comments=self.comments(first, last), value=v[1]
        )

    def stage(self, v: list[Any], first: int, last: int) -> tree.Stage:
        return self._stage(v, first, last, self.word(v[1]))

    def stage_computed(self, v: list[Any], first: int, last: int) -> tree.Stage:
        return self._stage(v, first, last, self.template_of(v[1]))

    def _stage(self, v: list[Any], first: int, last: int, name: Any) -> tree.Stage:
        body, brace = v[2]
        return tree.Stage(
            span=self.span(first, last),
            comments=self.comments(first, last, last),
            name=name,
            body=body,
            broken=self.spread(brace),
        )

    def repeat(self, v: list[Any], first: int, last: int) -> tree.Repeat:
        body, brace = v[2]
        return tree.Repeat(
            span=self.span(first, last),
            comments=self.comments(first, last, last),
            count=v[1],
            index=None,
            body=body,
            broken=self.spread(brace),
        )

    def repeat_as(self, v: list[Any], first: int, last: int) -> tree.Repeat:
        body, brace = v[4]
        return tree.Repeat(
            span=self.span(first, last),
            comments=self.comments(first, last, last),
            count=v[1],
            index=self.word(v[3]),
            body=body,
            broken=self.spread(brace),
        )

    def for_(self, v: list[Any], first: int, last: int) -> tree.For:
        body, brace = v[4]
        return tree.For(
            span=self.span(first, last),
            comments=self.comments(first, last, last),
            targets=tuple(v[1]),
            iterable=v[3],
            body=body,
            broken=self.spread(brace),
        )

    def _if(
        self,
        v: list[Any],
        first: int,
        last: int,
        otherwise: tuple[tree.FlowStatement, ...] | None = None,
        brace: int = -1,
    ) -> tree.If:
        """An `if`; `brace` opens the body of its `else`, where it has one."""
        body, opening = v[2]
        comments = tree.NO_COMMENTS
        if self.remarks is not None:
            between = -1 if otherwise is None else v[3]
            closing = last if otherwise is None or brace >= 0 else -1
            comments = self.remarks.take(first, last, closing, between)
        return tree.If(
            span=self.span(first, last),
            comments=comments,
            condition=v[1],
            then=body,
            otherwise=otherwise,
            broken=self.spread(opening) or (brace >= 0 and self.spread(brace)),
        )

    def if_(self, v: list[Any], first: int, last: int) -> tree.If:
        return self._if(v, first, last)

    def if_else(self, v: list[Any], first: int, last: int) -> tree.If:
        return self._if(v, first, last, *v[4])

    def if_else_if(self, v: list[Any], first: int, last: int) -> tree.If:
        if last - first > FEW_TOKENS:
            self.long = True
        return self._if(v, first, last, (v[4],))

    def share(self, v: list[Any], first: int, last: int) -> tree.Share:
        return tree.Share(
            span=self.span(first, last),
            comments=self.comments(first, last),
            name=self.word(v[1]),
            value=v[3],
        )

    def input(self, v: list[Any], first: int, last: int) -> tree.Input:
        return tree.Input(
            span=self.span(first, last),
            comments=self.comments(first, last),
            name=self.word(v[1]),
            dims=tuple(v[3]),
            dtype=v[5],
            unbatched=v[6],
            where=v[7],
        )

    def dim(self, v: list[Any], first: int, last: int) -> tree.InputDim:
        return tree.InputDim(span=self.span(first, last), symbol=None, value=v[0])

    def dim_symbol(self, v: list[Any], first: int, last: int) -> tree.InputDim:
        return tree.InputDim(span=self.span(first, last), symbol=self.word(v[0]), value=v[2])

    def dtype(self, v: list[Any], first: int, last: int) -> tree.Name:
        return self.word(v[1])

    def _output(
        self, v: list[Any], first: int, last: int, training: bool, body: Any
    ) -> tree.Output:
        return tree.Output(
            span=self.span(first, last),
            comments=self.comments(first, last, -1 if body is None else last),
            name=self.word(v[1]),
            training=training,
            body=None if body is None else body[0],
            broken=body is not None and self.spread(body[1]),
        )

    def output(self, v: list[Any], first: int, last: int) -> tree.Output:
        return self._output(v, first, last, False, None)

    def output_body(self, v: list[Any], first: int, last: int) -> tree.Output:
        return self._output(v, first, last, False, v[2])

    def output_training(self, v: list[Any], first: int, last: int) -> tree.Output:
        return self._output(v, first, last, True, None)

    def output_training_body(self, v: list[Any], first: int, last: int) -> tree.Output:
        return self._output(v, first, last, True, v[4])

    def require(self, v: list[Any], first: int, last: int) -> tree.Require:
        return tree.Require(
            span=self.span(first, last), comments=self.comments(first, last), condition=v[1]
        )

    def require_because(self, v: list[Any], first: int, last: int) -> tree.Require:
        return tree.Require(
            span=self.span(first, last),
            comments=self.comments(first, last),
            condition=v[1],
            message=self.text_of(v[2]),
        )

    def expect(self, v: list[Any], first: int, last: int) -> tree.Expect:
        return tree.Expect(
            span=self.span(first, last),
            layout=self.layout(first, last, v[1], bracketed=False),
            comments=self.comments(first, last),
            items=tuple(v[1]),
        )

    def expectation(self, v: list[Any], first: int, last: int) -> tree.Expectation:
        return tree.Expectation(span=self.span(first, last), condition=v[0], source=None)

    def expectation_cited(self, v: list[Any], first: int, last: int) -> tree.Expectation:
        return tree.Expectation(
            span=self.span(first, last), condition=v[0], source=self.text_of(v[1])
        )

    def init(self, v: list[Any], first: int, last: int) -> tree.Init:
        return tree.Init(
            span=self.span(first, last),
            comments=self.comments(first, last, last),
            target=v[1],
            rules=tuple(v[3]),
            broken=self.spread(v[2]),
        )

    def _freeze(
        self, v: list[Any], first: int, last: int, frozen: bool, excepted: Any
    ) -> tree.Freeze:
        return tree.Freeze(
            span=self.span(first, last),
            comments=self.comments(first, last),
            frozen=frozen,
            patterns=tuple(v[1]),
            excepted=tuple(excepted),
        )

    def freeze(self, v: list[Any], first: int, last: int) -> tree.Freeze:
        return self._freeze(v, first, last, True, ())

    def freeze_except(self, v: list[Any], first: int, last: int) -> tree.Freeze:
        return self._freeze(v, first, last, True, v[3])

    def unfreeze(self, v: list[Any], first: int, last: int) -> tree.Freeze:
        return self._freeze(v, first, last, False, ())

    def unfreeze_except(self, v: list[Any], first: int, last: int) -> tree.Freeze:
        return self._freeze(v, first, last, False, v[3])

    def pattern(self, v: list[Any], first: int, last: int) -> list[tree.Pattern]:
        return [self._pattern(v[0])]

    def pattern_more(self, v: list[Any], first: int, last: int) -> list[tree.Pattern]:
        v[0].append(self._pattern(v[2]))
        return v[0]  # type: ignore[no-any-return]

    def _pattern(self, index: int) -> tree.Pattern:
        segments = tuple(self.spelling(index).replace("[", ".[").split("."))
        return tree.Pattern(span=self.span(index, index), segments=segments)

    def weights(self, v: list[Any], first: int, last: int) -> tree.Weights:
        return tree.Weights(
            span=self.span(first, last),
            comments=self.comments(first, last),
            path=self.text_of(v[1]),
        )

    def replace(self, v: list[Any], first: int, last: int) -> tree.Replace:
        body, brace = v[2]
        return tree.Replace(
            span=self.span(first, last),
            comments=self.comments(first, last, last),
            path=v[1],
            body=body,
            broken=self.spread(brace),
        )

    def remove(self, v: list[Any], first: int, last: int) -> tree.Remove:
        return tree.Remove(
            span=self.span(first, last), comments=self.comments(first, last), path=v[1]
        )

    def insert(self, v: list[Any], first: int, last: int) -> tree.Insert:
        body, brace = v[3]
        return tree.Insert(
            span=self.span(first, last),
            comments=self.comments(first, last, last),
            path=v[2],
            body=body,
            broken=self.spread(brace),
        )

    def cite(self, v: list[Any], first: int, last: int) -> tree.Cite:
        return tree.Cite(
            span=self.span(first, last),
            comments=self.comments(first, last),
            authors=self.text_of(v[1]),
            year=self.whole(v[2], "a year"),
            title=self.text_of(v[3]),
        )

    def let(self, v: list[Any], first: int, last: int) -> tree.Let:
        return tree.Let(
            span=self.span(first, last),
            comments=self.comments(first, last),
            targets=tuple(v[1]),
            value=v[3],
        )

    def assignment(self, v: list[Any], first: int, last: int) -> tree.Assignment:
        return tree.Assignment(
            span=self.span(first, last),
            comments=self.comments(first, last),
            name=self.word(v[0]),
            value=v[2],
        )
