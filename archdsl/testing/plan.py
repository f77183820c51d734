"""Plans: small networks as data, from which a text is written and a run is made.

A plan is the common ancestor of a `.arch` text and of its meaning in PyTorch (`oracles`),
so that the two can be held against each other without the compiler in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

Names: TypeAlias = Mapping[str, int]

INPUT_CHANNELS = "input.channels"
INDEX = "index"


@dataclass(eq=False)
class Int:
    """`name * times + plus`, or the literal `plus`; a disruption moves `plus`."""

    plus: int
    name: str | None = None
    times: int = 1

    def value(self, names: Names) -> int:
        """The number it stands for."""
        return self.plus if self.name is None else names[self.name] * self.times + self.plus

    @property
    def text(self) -> str:
        """How it is written."""
        if self.name is None:
            return str(self.plus)
        product = self.name if self.times == 1 else f"{self.name} * {self.times}"
        if self.plus == 0:
            return product
        return f"{product} {'+' if self.plus > 0 else '-'} {abs(self.plus)}"


@dataclass(eq=False)
class Sides:
    """A number for each axis: `3x5`, `(3, 5)`, or pairs `((1, 2), (0, 1))`."""

    items: tuple[Int | Sides, ...]
    pair: bool = False

    @property
    def text(self) -> str:
        """How it is written: as a size where every side is a bare positive number."""
        if (
            not self.pair
            and len(self.items) > 1
            and all(isinstance(i, Int) and i.name is None and i.plus >= 0 for i in self.items)
        ):
            return "x".join(i.text for i in self.items)
        inner = ", ".join(i.text for i in self.items)
        return f"({inner},)" if len(self.items) == 1 else f"({inner})"


@dataclass(frozen=True)
class Word:
    """A word of the language (`same`), or the name of a value."""

    text: str


Argument: TypeAlias = Int | Sides | Word | str | bool | Fraction | list[Any]


def argument_text(value: Argument) -> str:
    """An argument as it is written."""
    match value:
        case Int() | Sides() | Word():
            return value.text
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case list():
            return "[" + ", ".join(map(argument_text, value)) + "]"


@dataclass(eq=False)
class Step:
    """A layer; `positional` of its arguments are written without their names."""

    kind: str
    arguments: dict[str, Argument] = field(default_factory=dict)
    positional: int = 0
    spread: tuple[Int, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(eq=False)
class Path:
    """A path of a merge; `guard` makes it a `when`."""

    body: Body
    label: str | None = None
    guard: Condition | None = None


@dataclass(eq=False)
class Merge:
    """Paths joined."""

    kind: str
    paths: tuple[Path, ...]
    axis: Int | None = None
    labels: tuple[str, ...] = ()


@dataclass(eq=False)
class Join:
    """The flow joined with named values."""

    kind: str
    names: tuple[str, ...]
    axis: Int | None = None
    labels: tuple[str, ...] = ()


@dataclass(eq=False)
class Condition:
    """`left op right`."""

    left: Int
    operator: str
    right: Int

    def holds(self, names: Names) -> bool:
        """Whether it is true."""
        left, right = self.left.value(names), self.right.value(names)
        return {"==": left == right, "!=": left != right, ">": left > right}[self.operator]

    @property
    def text(self) -> str:
        """How it is written."""
        return f"{self.left.text} {self.operator} {self.right.text}"


@dataclass(eq=False)
class Stage:
    """A named part."""

    name: str
    body: Body


@dataclass(eq=False)
class Repeat:
    """Copies with weights of their own."""

    count: Int
    body: Body


@dataclass(eq=False)
class For:
    """A copy for each number."""

    variable: str
    numbers: tuple[int, ...]
    body: Body


@dataclass(eq=False)
class If:
    """A part that depends on numbers."""

    condition: Condition
    then: Body
    otherwise: Body | None = None


@dataclass(eq=False)
class Let:
    """A named number."""

    name: str
    value: Int


@dataclass(eq=False)
class Block:
    """A declared block: its parameters with their defaults."""

    name: str
    parameters: dict[str, int | None]
    body: Body


@dataclass(eq=False)
class Chain:
    """A composed block, `let NAME = a -> b`; the arguments of its calls go to the first."""

    name: str
    members: tuple[Step, ...]
    lacks: tuple[str, ...]


@dataclass(eq=False)
class Call:
    """A call of a block or chain."""

    callee: Block | Chain
    arguments: dict[str, Argument]
    positional: int = 0
    labels: tuple[str, ...] = ()


@dataclass(eq=False)
class Share:
    """One set of weights under a name."""

    name: str
    step: Step


@dataclass(eq=False)
class Use:
    """A use of a share."""

    share: Share


@dataclass(eq=False)
class From:
    """The flow goes on from a named value."""

    name: str


@dataclass(eq=False)
class Output:
    """A further output with a body of its own."""

    name: str
    body: Body
    training: bool = False


Statement: TypeAlias = (
    Step | Merge | Join | Stage | Repeat | For | If | Let | Call | Share | Use | From | Output
)
Body: TypeAlias = list[Statement]


@dataclass(eq=False)
class Input:
    """An input: its dimensions, the names of those that are symbols, its dtype."""

    name: str
    dims: tuple[Int, ...]
    symbols: tuple[str | None, ...]
    dtype: str = "float32"

    def shape(self) -> tuple[int, ...]:
        """Its shape without the batch."""
        return tuple(d.plus for d in self.dims)


@dataclass(eq=False)
class Plan:
    """A network and what it is made of."""

    inputs: tuple[Input, ...]
    declarations: tuple[Block | Chain, ...]
    body: Body
    disrupted: bool = False

    def text(self, *, symbolic: bool = True) -> str:
        """The `.arch` file; its inputs' sizes are plain numbers if not `symbolic`."""
        lines: list[str] = []
        for declaration in self.declarations:
            lines += _declaration(declaration)
        lines.append("network n {")
        for given in self.inputs:
            dims = (
                d.text if s is None or not symbolic else f"{s} = {d.text}"
                for d, s in zip(given.dims, given.symbols, strict=True)
            )
            dtype = "" if given.dtype == "float32" else f": {given.dtype}"
            lines.append(f"    input {given.name}[{', '.join(dims)}]{dtype}")
        lines += _body(self.body, 1)
        lines.append("}")
        return "\n".join(lines) + "\n"

    def statements(self) -> Iterator[Statement]:
        """Every statement in it, those of its declarations first, each before what it holds."""
        for declaration in self.declarations:
            yield from _within(
                declaration.body if isinstance(declaration, Block) else declaration.members
            )
        yield from _within(self.body)

    def numbers(self) -> Iterator[Int]:
        """Every number that stands in it."""
        for given in self.inputs:
            yield from given.dims
        for statement in self.statements():
            yield from numbers_of(statement)

    def kinds(self) -> Iterator[str]:
        """The kinds of layers written in it, each as often as it is."""
        for statement in self.statements():
            if isinstance(statement, Step | Merge | Join):
                yield statement.kind


def _call_text(callee: str, arguments: Mapping[str, Argument], positional: int) -> str:
    if not arguments:
        return callee
    written = [
        argument_text(value) if position < positional else f"{name}={argument_text(value)}"
        for position, (name, value) in enumerate(arguments.items())
    ]
    return f"{callee}({', '.join(written)})"


def _step(step: Step) -> str:
    if step.spread:
        return f"{step.kind}({', '.join(i.text for i in step.spread)})"
    return _call_text(step.kind, step.arguments, step.positional)


def _declaration(declaration: Block | Chain) -> list[str]:
    if isinstance(declaration, Chain):
        return [f"let {declaration.name} = {' -> '.join(map(_step, declaration.members))}"]
    parameters = ", ".join(
        name if default is None else f"{name} = {default}"
        for name, default in declaration.parameters.items()
    )
    return [f"block {declaration.name}({parameters}) {{", *_body(declaration.body, 1), "}"]


def _labelled(text: str, labels: tuple[str, ...]) -> str:
    return f"{text} as {', '.join(labels)}" if labels else text


def _body(body: Body, depth: int) -> list[str]:
    indent = "    " * depth
    return [indent + line for statement in body for line in _lines(statement)]


def _braced(head: str, body: Body) -> list[str]:
    return [f"{head} {{", *_body(body, 1), "}"]


def _lines(statement: Statement) -> list[str]:
    match statement:
        case Step(labels=labels):
            return [_labelled(_step(statement), labels)]
        case Merge(kind, paths, axis, labels):
            head = kind if axis is None else f"{kind}(axis={axis.text})"
            lines = [f"{head} {{"]
            for path in paths:
                lines += _path(path)
            return [*lines, _labelled("}", labels)]
        case Join(kind, names, axis, labels):
            listed = ", ".join((*names, *(() if axis is None else (f"axis={axis.text}",))))
            return [_labelled(f"{kind}({listed})", labels)]
        case Stage(name, body):
            return _braced(f"stage {name}", body)
        case Repeat(count, body):
            return _braced(f"repeat {count.text}", body)
        case For(variable, numbers, body):
            return _braced(f"for {variable} in {list(numbers)}", body)
        case If(condition, then, otherwise):
            lines = _braced(f"if {condition.text}", then)
            if otherwise is not None:
                lines[-1] = "} else {"
                lines += [*_body(otherwise, 1), "}"]
            return lines
        case Let(name, value):
            return [f"let {name} = {value.text}"]
        case Call(callee, arguments, positional, labels):
            return [_labelled(_call_text(callee.name, arguments, positional), labels)]
        case Share(name, step):
            return [f"share {name} = {_step(step)}"]
        case Use(share):
            return [share.name]
        case From(name):
            return [f"from {name}"]
        case Output(name, body, training):
            return _braced(f"output {name}{' when training' if training else ''}", body)


def _path(path: Path) -> list[str]:
    head = "| "
    if path.label is not None:
        head += f"{path.label}: "
    if path.guard is not None:
        head += f"when {path.guard.text}: "
    inner = [line for statement in path.body for line in _lines(statement)] or ["skip"]
    return [
        "    " + (head if position == 0 else "  ") + line for position, line in enumerate(inner)
    ]


def _within(body: Iterable[Statement]) -> Iterator[Statement]:
    for statement in body:
        yield statement
        match statement:
            case Merge(paths=paths):
                for path in paths:
                    yield from _within(path.body)
            case Stage(body=inner) | For(body=inner) | Output(body=inner) | Repeat(body=inner):
                yield from _within(inner)
            case If(_, then, otherwise):
                yield from _within(then)
                yield from _within(otherwise or [])
            case Share(step=step):
                yield step


def numbers_by_argument(step: Step) -> dict[str, list[Int]]:
    """The numbers of a layer's arguments, of those that have some."""
    found = {name: list(_in_argument(value)) for name, value in step.arguments.items()}
    found["spread"] = list(step.spread)
    return {name: numbers for name, numbers in found.items() if numbers}


def numbers_of(statement: Statement) -> Iterator[Int]:
    """The numbers of a statement itself, without those of what it holds."""
    match statement:
        case Step():
            for numbers in numbers_by_argument(statement).values():
                yield from numbers
        case Call(arguments=arguments):
            for value in arguments.values():
                yield from _in_argument(value)
        case Merge(axis=Int() as axis) | Join(axis=Int() as axis):
            yield axis
        case Repeat(count=count):
            yield count
        case Let(value=value):
            yield value


def _in_argument(value: Argument) -> Iterator[Int]:
    match value:
        case Int():
            yield value
        case Sides(items):
            for item in items:
                yield from _in_argument(item)
        case list():
            for item in value:
                yield from _in_argument(item)
