"""The parts of a skeleton: modules of our own, and what each of them runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from archdsl.diagnostics.source import Span
from archdsl.graph.node import Node, Port
from archdsl.graph.region import Region, RegionKind
from archdsl.layers.torch_call import TorchCall
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree

LOOPS = (RegionKind.REPEAT, RegionKind.FOR)


@dataclass(eq=False, repr=False, slots=True)
class Lane:
    """A flow of a module's body: the module's own, or that of a `|` path.

    `merge` is where the text of its merge begins and `position` its place there; `joined` says
    that there is a merge. `name` is that of an output with a body of its own.
    """

    parent: Lane | None = None
    merge: int = 0
    position: int = 0
    joined: bool = True
    name: str | None = None

    @property
    def place(self) -> tuple[int, ...]:
        """Equal for lanes that are the same path of the text in different instances."""
        around = () if self.parent is None else self.parent.place
        return (*around, self.merge, self.position)


@dataclass(eq=False, repr=False, slots=True)
class Item:
    """Something that a module's forward does: on a lane, written in the text of a region."""

    lane: Lane
    scope: Region


@dataclass(eq=False, repr=False, slots=True)
class Use(Item):
    """A use of a layer on operands of certain types.

    `module` is the constructor of its module, None for a pure function; `paths` are the lanes
    that it joins, where it joins paths. `share` is the path of the share that it is reached
    through, where its module is called by itself and not as part of that.
    """

    node: Node
    types: tuple[TensorType, ...]
    module: TorchCall | None
    paths: tuple[Lane, ...] = ()
    share: str = ""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.node.weights.rpartition(".")[2]

    @property
    def root(self) -> str:
        """The path of the module that is kept or handed in: its own, or the share's."""
        return self.share or self.node.weights

    def reach(self, unit: Unit) -> Reach:
        """How a unit gets at its module."""
        need, names = reach(unit, self.root)
        if not self.share:
            return Reach(need, names)
        return Reach(need, (*names, *self.node.weights[len(self.share) + 1 :].split(".")))


@dataclass(eq=False, repr=False, slots=True)
class Child(Item):
    """A call of a module of our own."""

    unit: Unit


@dataclass(eq=False, repr=False, slots=True)
class Loop(Item):
    """The copies of one `repeat` or `for`, each a module."""

    copies: list[Child]


@dataclass(eq=False, repr=False, slots=True)
class Keep(Item):
    """A module that is kept here and called further in, where it is handed to."""

    made: Use | Child


@dataclass(eq=False, repr=False, slots=True)
class If(Item):
    """What the taken arm of an `if` holds; `arm` is None where none was taken.

    A path that is left out where its condition fails is one too, with the merge it is part of;
    `otherwise` is then the lane whose flow goes on. `training` marks what is computed in
    training only, which is decided when it runs.
    """

    span: Span | None
    conditions: tuple[tree.Expression, ...]
    arm: int | None
    items: list[Item] = field(default_factory=list)
    otherwise: Lane | None = None
    training: bool = False


@dataclass(eq=False, repr=False, slots=True)
class Unit:
    """A module of our own: its path, its text, and what it runs.

    `region` is the block that is solely called where the named region `outer` holds nothing
    else. `needs` are the paths of modules that are kept further out and used inside. `serial`
    counts units in text order; the nodes of one stand in the order from `start` to before `stop`.
    """

    path: str
    outer: Region
    region: Region
    lane: Lane = field(default_factory=Lane)
    items: list[Item] = field(default_factory=list)
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    needs: tuple[str, ...] = ()
    serial: int = 0
    start: int = 0
    stop: int = 0
    input_types: tuple[TensorType, ...] = ()
    output_types: tuple[TensorType, ...] = ()

    @property
    def name(self) -> str:
        """The attribute it is kept under."""
        return self.path.rpartition(".")[2]

    @property
    def is_network(self) -> bool:
        """Whether it is the whole network."""
        return self.outer.kind is RegionKind.NETWORK


class Reach(NamedTuple):
    """How a unit gets at a module.

    `need` is the position among the modules handed in, None for what is below the unit itself;
    `names` lead from there down.
    """

    need: int | None
    names: tuple[str, ...]

    @property
    def is_own(self) -> bool:
        """Whether the unit keeps the module itself."""
        return self.need is None and len(self.names) == 1


NOWHERE = Reach(None, ())


def reach(unit: Unit, path: str) -> Reach:
    """How a unit gets at the module of a path."""
    if not is_under(path, unit.path):
        return Reach(unit.needs.index(path), ())
    start = len(unit.path) + 1 if unit.path else 0
    return Reach(None, tuple(path[start:].split(".")))


def walk(items: Iterable[Item]) -> Iterator[Use | Child]:
    """The calls of a body in order, those in branches and loops too."""
    for item in items:
        match item:
            case If(items=inner):
                yield from walk(inner)
            case Loop(copies=copies):
                yield from copies
            case Use() | Child():
                yield item


def nodes_of(item: Item) -> Iterator[Node]:
    """The nodes that an item runs, in order."""
    for call in walk([item]):
        if isinstance(call, Use):
            yield call.node
        else:
            for inner in call.unit.items:
                yield from nodes_of(inner)


def home_of(path: str) -> str:
    """The path of the module that keeps the module of a path."""
    return path.rpartition(".")[0]


def is_under(path: str, module: str) -> bool:
    """Whether a path is a module's own or below it."""
    return not module or path == module or path.startswith(f"{module}.")
