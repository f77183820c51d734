"""What the instances of one class have in common, with a hole wherever they have values of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from archdsl.backend.expression import Expression
from archdsl.backend.signatures import REQUIRED
from archdsl.backend.units import NOWHERE, Lane, Reach, Unit
from archdsl.graph.node import Node
from archdsl.graph.region import Region
from archdsl.layers.torch_call import Helper
from archdsl.syntax import tree


class Differ(Exception):
    """Instances are not alike enough for one class."""


@dataclass(eq=False, repr=False, slots=True)
class Hole:
    """A value of a call that each instance has its own of; `expression` gives all of them."""

    name: str | None
    values: Mapping[Unit, Any]
    default: Any = REQUIRED
    expression: Expression | None = None

    @property
    def filled(self) -> Expression:
        """The expression, once it has been found."""
        assert self.expression is not None
        return self.expression


class Slot(NamedTuple):
    """One argument of a call: its pattern is a hole, a placeholder, or something made of those."""

    name: str | None
    is_keyword: bool
    pattern: Any


@dataclass(eq=False, repr=False, slots=True)
class Call:
    """A call whose values are holes."""

    target: str | Helper
    slots: tuple[Slot, ...]

    def holes(self) -> Iterator[Hole]:
        """Its holes from left to right."""
        for slot in self.slots:
            yield from _holes(slot.pattern)


def _holes(pattern: Any) -> Iterator[Hole]:
    if isinstance(pattern, Hole):
        yield pattern
    elif isinstance(pattern, Call):
        yield from pattern.holes()
    elif isinstance(pattern, list | tuple):
        for part in pattern:
            yield from _holes(part)
    elif isinstance(pattern, Operation):
        yield from _holes((pattern.left, pattern.right))


@dataclass(eq=False, repr=False, slots=True)
class Operation:
    """An operator between two patterns."""

    operator: str
    left: Any
    right: Any


class Input(NamedTuple):
    """What a forward is given at a position."""

    position: int


class Output(NamedTuple):
    """One value that an element gives."""

    element: Element
    port: int


@dataclass(frozen=True, repr=False, slots=True)
class Phi:
    """What goes on after a branch: a value of the taken arm, under None that from before it."""

    branch: BranchElement
    sources: tuple[tuple[int | None, Ref], ...]

    def of(self, arm: int | None) -> Ref:
        """The value after one arm."""
        return dict(self.sources)[arm]


Ref: TypeAlias = Input | Output | Phi


@dataclass(eq=False, repr=False, slots=True)
class Element:
    """Something that a class's forward does; `around` are the branches and arms it stands in.

    One that is not called is made here and handed to what calls it.
    """

    lane: Lane
    around: tuple[tuple[BranchElement, int], ...]
    scopes: Mapping[Unit, Region]
    operands: tuple[Ref, ...] = ()
    ports: int = 1
    is_called: bool = True


@dataclass(eq=False, repr=False, slots=True)
class UseElement(Element):
    """A layer: a module kept under `name`, or a function.

    `reach` leads to its module, `constructor` makes it, `function` is what a pure function calls.
    `inits` pair the names of weights with the calls that fill them.
    """

    name: str = ""
    nodes: Mapping[Unit, Node] = field(default_factory=dict)
    constructor: Call | None = None
    function: Call | None = None
    reach: Reach = NOWHERE
    inits: tuple[tuple[str, Call], ...] = ()

    @property
    def is_made(self) -> bool:
        """Whether the class makes its module."""
        return self.constructor is not None and self.reach.is_own

    @property
    def node(self) -> Node:
        """One of its nodes."""
        return next(iter(self.nodes.values()))


@dataclass(eq=False, repr=False, slots=True)
class ChildElement(Element):
    """A module of our own: an instance of a class, or a chain written down where it is made."""

    name: str = ""
    units: Mapping[Unit, Unit] = field(default_factory=dict)
    template: Template | None = None
    chain: tuple[Element, ...] = ()
    reach: Reach = NOWHERE
    arguments: Mapping[str, Hole] = field(default_factory=dict)

    @property
    def is_made(self) -> bool:
        """Whether the class makes the module."""
        return self.reach.is_own

    @property
    def unit(self) -> Unit:
        """One of its units."""
        return next(iter(self.units.values()))


@dataclass(eq=False, repr=False, slots=True)
class LoopElement(Element):
    """Copies, numbered from `first`."""

    first: int = 0
    copies: Mapping[Unit, Sequence[Unit]] = field(default_factory=dict)
    parts: Any = None


@dataclass(eq=False, repr=False, slots=True)
class BranchElement(Element):
    """An `if` whose arm is not the same in all instances, or that is decided when it runs.

    Of two branches the one whose `serial` is larger begins later. `names` are what the text
    calls conditions.
    """

    serial: int = 0
    conditions: tuple[tree.Expression, ...] = ()
    arm_of: Mapping[Unit, int | None] = field(default_factory=dict)
    arms: dict[int, list[Element]] = field(default_factory=dict)
    tests: dict[int, Expression] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    training: bool = False


@dataclass(eq=False, repr=False, slots=True)
class Parameter:
    """An argument of a class's constructor."""

    name: str
    values: Mapping[Unit, Any]
    default: Any = REQUIRED
    source: str | None = None


@dataclass(eq=False, repr=False, slots=True)
class Template:
    """A class: what its instances run, with the arguments that make up their differences.

    `locals` are constants of the text that the constructor computes first. `channels` says in
    the arguments' terms how many channels each value has, where that can be said.
    """

    units: tuple[Unit, ...]
    elements: list[Element]
    outputs: tuple[Ref, ...]
    needs: tuple[str, ...]
    is_steps: bool = False
    parameters: list[Parameter] = field(default_factory=list)
    locals: dict[str, Expression] = field(default_factory=dict)
    channels: dict[Ref, Expression] = field(default_factory=dict)
    name: str = ""

    @property
    def unit(self) -> Unit:
        """One of its units."""
        return self.units[0]


def elements_of(elements: Sequence[Element]) -> Iterator[Element]:
    """Elements in order, each branch followed by what stands in its arms."""
    for element in elements:
        yield element
        if isinstance(element, BranchElement):
            for arm in sorted(element.arms):
                yield from elements_of(element.arms[arm])
