"""Statements as lines of Python, each line with the layers that it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archdsl.backend.code import INDENT, Code, Group, joined, lines
from archdsl.backend.expression import literal
from archdsl.backend.statements import (
    ATOM,
    Assign,
    Choose,
    Return,
    Statement,
    nodes_in,
    written,
)
from archdsl.backend.variables import Variables


class Line(str):
    """A line of emitted code, and the paths of the layers it runs."""

    __slots__ = ("nodes",)

    nodes: tuple[str, ...]


def noted(made: Iterable[str], nodes: Iterable[str]) -> Iterator[str]:
    """Lines, the first of them with the layers that they run."""
    paths = tuple(nodes)
    for position, text in enumerate(made):
        if position or not paths:
            yield text
        else:
            line = Line(text)
            line.nodes = paths
            yield line


class Printer:
    """Writes statements."""

    def __init__(self, variables: Variables) -> None:
        self.variables = variables

    def block(self, statements: Sequence[Statement], indent: str) -> Iterator[str]:
        """The lines of statements."""
        for statement in statements:
            match statement:
                case Assign():
                    yield from self.assigned(statement, indent)
                case Return():
                    yield from self.returned(statement, indent)
                case Choose():
                    yield from self.chosen(statement, indent)
            yield from self.after(statement, indent)

    def after(self, statement: Statement, indent: str) -> Iterator[str]:
        """What follows a statement."""
        return iter(())

    def assigned(self, statement: Assign, indent: str) -> Iterator[str]:
        """`a, b = call`; a call alone where nobody reads what it gives."""
        name = self.variables.of
        term = statement.term
        names = [name(t) if t is not None else "_" for t in statement.targets]
        code, _ = written(term, name)
        head = term.operation.head
        if head is None:
            is_read = any(t is not None for t in statement.targets)
            whole = joined(f"{', '.join(names)} = ", code) if is_read else code
            yield from noted(lines(whole, indent), nodes_in(term))
            return
        pieces = [written(operand, name) for operand in term.operands]
        if pieces[0][0] != names[0]:
            yield from lines(joined(f"{names[0]} = ", pieces[0][0]), indent)
        code, _ = term.operation.write([(names[0], ATOM), *pieces[1:]])
        yield f"{indent}{head}"
        yield from lines(joined(f"{names[0]} = ", code), indent + INDENT)

    def returned(self, statement: Return, indent: str) -> Iterator[str]:
        """A tensor, a tuple, or a dict from names."""
        codes = [written(term, self.variables.of)[0] for term in statement.terms]
        nodes = [node for term in statement.terms for node in nodes_in(term)]
        if statement.keys:
            keyed = zip(statement.keys, codes, strict=True)
            pairs = [joined(f"{literal(key)}: ", code) for key, code in keyed]
            whole = joined("return ", Group("{", tuple(pairs), "}"))
            yield from noted(lines(whole, indent), nodes)
            return
        pieces: list[Code] = codes[:1]
        for code in codes[1:]:
            pieces += [", ", code]
        yield from noted(lines(joined("return ", *pieces), indent), nodes)

    def chosen(self, statement: Choose, indent: str) -> Iterator[str]:
        """An `if` with its arms; those at the end that do nothing are left out."""
        deeper = indent + INDENT
        yield from self._copied(statement, None, indent)
        arms = [
            (test, [*self.block(body, deeper), *self._copied(statement, arm, deeper)])
            for arm, test, body in statement.arms
        ]
        while arms and not arms[-1][1]:
            del arms[-1]
        for position, (test, body) in enumerate(arms):
            yield f"{indent}else:" if test is None else f"{indent}{_word(position)} {test}:"
            yield from body or [f"{deeper}pass"]

    def _copied(self, statement: Choose, arm: int | None, indent: str) -> Iterator[str]:
        for phi, source in self.variables.copies.get((statement, arm), ()):
            value = "None" if source is None else self.variables.of(source)
            yield f"{indent}{self.variables.of(phi)} = {value}"


def _word(position: int) -> str:
    return "elif" if position else "if"
