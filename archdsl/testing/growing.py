"""Growing a plan statement by statement: each is tried on the oracle before it is kept."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from torch import Tensor

from archdsl.testing import oracles, plan, recipes
from archdsl.testing.meanings import Refused
from archdsl.testing.oracles import State, TooLarge
from archdsl.testing.plan import INDEX, INPUT_CHANNELS, Int, Sides
from archdsl.testing.recipes import Choice, Kitchen, Shape

PERCENT_DISRUPTED = 20
_PERCENT_WORDS = 6
"""Networks that begin by looking words up."""
_LEAST, _MOST = 2, 9
"""Statements of a network's body."""
_DEEPEST = 3
_TRIES = 4
_TRIES_ALONE = 12

Statements = list[plan.Statement]


@oracles.sober()
def grow(choice: Choice) -> plan.Plan:
    """A random network, a fifth of them with one number moved so that it may not run."""
    grower = _Grower(choice)
    looks_up = choice.chance(_PERCENT_WORDS)
    inputs = grower.words() if looks_up else grower.inputs()
    state = oracles.start(inputs)
    body = grower.layer(state, "embedding") if looks_up else []
    oracles.run_body(body, state)
    body += grower.body(state, choice.integer(_LEAST, _MOST), depth=0)
    if not body or isinstance(body[-1], plan.Output):
        body.append(plan.Step("relu"))
    network = plan.Plan(inputs, tuple(grower.declarations), body)
    if choice.chance(PERCENT_DISRUPTED):
        _disrupt(network, choice)
    return network


@oracles.sober()
def grow_around(kind: str, choice: Choice) -> plan.Plan | None:
    """A network of one layer, half of them with one of its numbers moved; None where none suits."""
    grower = _Grower(choice)
    for _ in range(_TRIES_ALONE):
        inputs = grower.words() if kind == "embedding" else grower.inputs()
        state = oracles.start(inputs)
        make = grower.join if kind in recipes.MERGES else grower.layer
        made = make(state, kind)
        if made:
            network = plan.Plan(inputs, (), made)
            if choice.chance(50):
                _disrupt(network, choice)
            return network
    return None


def _disrupt(network: plan.Plan, choice: Choice) -> None:
    """Move one number: mostly one of a layer, each kind and each of its arguments as often."""
    by_kind: dict[str, dict[str, list[Int]]] = {}
    for statement in network.statements():
        if isinstance(statement, plan.Step):
            of_kind = by_kind.setdefault(statement.kind, {})
            for name, numbers in plan.numbers_by_argument(statement).items():
                of_kind.setdefault(name, []).extend(numbers)
    kinds = [of_kind for of_kind in by_kind.values() if of_kind]
    if kinds and choice.chance(80):
        moved = choice.pick(choice.pick(list(choice.pick(kinds).values())))
    else:
        moved = choice.pick(list(network.numbers()))
    others = (moved.plus + 1, moved.plus - 1, 0, -1, 2 * moved.plus + 1, moved.plus + 7)
    moved.plus = choice.pick(others)
    network.disrupted = True


class _Grower:
    """What has been declared so far, and where a statement stands.

    `once` says that the text at hand runs once, so that it may name an output; `labels` that
    values may be named; `parts` that it may hold parts with names, which no copy of it could.
    """

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.declarations: list[plan.Block | plan.Chain] = []
        self.count = 0
        self.once = True
        self.labels = True
        self.parts = True

    def fresh(self, word: str) -> str:
        """A name that nothing has yet."""
        self.count += 1
        return f"{word}{self.count}"

    # Inputs

    def inputs(self) -> tuple[plan.Input, ...]:
        """One input, or two of which the second often has the first one's shape."""
        shape = self._shape()
        shapes = [shape]
        if self.choice.chance(20):
            shapes.append(shape if self.choice.chance(60) else self._shape())
        return tuple(self._input(f"input{n}", shape) for n, shape in enumerate(shapes))

    def words(self) -> tuple[plan.Input, ...]:
        """One input of whole numbers, in one row or two axes of them."""
        return (self._input("input0", self._shape()[:2], "int64"),)

    def _shape(self) -> Shape:
        axes = self.choice.pick((2, 2, 2, 1, 1, 0, 3))
        longest = (0, 16, 12, 6)[axes]
        channels = self.choice.integer(1, 8)
        return (channels, *(self.choice.integer(1, longest) for _ in range(axes)))

    def _input(self, name: str, shape: Shape, dtype: str = "float32") -> plan.Input:
        symbols = [self.fresh("S") if self.choice.chance(60) else None for _ in shape[1:]]
        return plan.Input(name, tuple(map(Int, shape)), (None, *symbols), dtype)

    # Bodies

    def body(self, state: State, size: int, depth: int) -> Statements:
        """Up to `size` statements that run from a state, which moves on behind them."""
        body: Statements = []
        for _ in range(size):
            for _ in range(_TRIES):
                grown = self._statements(state, depth, body)
                if grown and self._runs(grown, state):
                    body += grown
                    break
        return body

    def _runs(self, grown: Statements, state: State) -> bool:
        """Run statements where they can be run; a state in which they cannot stays as it is."""
        trial = state.copy()
        try:
            oracles.run_body(grown, trial)
        except (Refused, TooLarge):
            return False
        state.become(trial)
        return True

    def _statements(self, state: State, depth: int, before: Statements) -> Statements:
        """One statement, or a few that belong together; nothing where none suits."""
        if self.choice.chance(60):
            kinds = [kind for kind in recipes.RECIPES if kind not in recipes.OF_WORDS]
            kinds += recipes.OF_POOLS
            return self.layer(state, self.choice.pick(kinds))
        makers: list[Callable[[State, int], Statements]] = [self._join]
        if self.labels:
            makers.append(self._let)
        if self.parts:
            makers.append(self._share)
        if depth < _DEEPEST:
            makers += [self._merge, self._merge, self._gate, self._product, self._if]
            makers += [self._block, self._chain]
            if self.parts:
                makers += [self._stage, self._repeat, self._for]
            if self.parts and self.once:
                makers.append(self._output)
        if before and _names_flow(before[-1]):
            makers.append(self._from)
        return self.choice.pick(makers)(state, depth)

    def _grown(
        self, state: State, depth: int, scope: AbstractContextManager[None], *, once: bool = False
    ) -> Statements:
        """A body one level down, on a state of its own."""
        before, self.once = self.once, self.once and once
        with scope:
            body = self.body(state, self.choice.integer(1, 3), depth + 1)
        self.once = before
        return body

    # Steps

    def _kitchen(self, state: State) -> Kitchen:
        def number(value: int) -> Int:
            names = [name for name, v in state.names.items() if -8 <= value - v <= 16]
            if not names or not self.choice.chance(30):
                return Int(value)
            name = self.choice.pick(names)
            known = state.names[name]
            if known > 0 and value % known == 0 and value and self.choice.chance(50):
                return Int(0, name, value // known)
            return Int(value - known, name)

        def named(suits: Callable[[Shape], bool]) -> Sequence[str]:
            values = _numbers(state)
            return [name for name, v in values.items() if suits(tuple(v.shape[1:]))]

        return Kitchen(self.choice, number, named)

    def layer(self, state: State, kind: str) -> Statements:
        """A call of a layer that mostly suits the flow, with what must stand before it."""
        if kind in recipes.OF_POOLS:
            return self._unpool(state)
        step = recipes.layer(kind, self._kitchen(state), _shape_of(state))
        if step is None:
            return []
        if self.labels and self.choice.chance(30):
            step.labels = (self.fresh("v"),)
            pieces = step.arguments.get("n") if kind == "chunk" else None
            if isinstance(pieces, Int) and pieces.value(state.names) > 1:
                step.labels = (*step.labels, self.fresh("v"))
        return [step]

    def _unpool(self, state: State) -> Statements:
        """A pool that names its indices, and behind it the way back."""
        if not self.labels or not 1 <= len(_shape_of(state)) - 1 <= 3:
            return []
        labels = (self.fresh("v"), self.fresh("v"))
        arguments: dict[str, plan.Argument] = {"kernel": Int(self.choice.integer(1, 3))}
        pool = plan.Step("max_pool", {**arguments, "return_indices": True}, 1, labels=labels)
        between = [plan.Step("relu")] if self.choice.chance(50) else []
        unpool = plan.Step("max_unpool", {"indices": plan.Word(labels[1])}, 1, labels=self._label())
        return [pool, *between, unpool]

    def _label(self) -> tuple[str, ...]:
        return (self.fresh("v"),) if self.labels and self.choice.chance(25) else ()

    def _join(self, state: State, depth: int) -> Statements:
        return self.join(state, self.choice.pick(recipes.MERGES))

    def join(self, state: State, kind: str) -> Statements:
        """The flow joined with named values."""
        shape = _shape_of(state)
        axis = 0
        if kind == "concat" and self.choice.chance(30):
            axis = self.choice.integer(-len(shape), len(shape) - 1)

        def suits(other: Shape) -> bool:
            if kind == "matmul":
                return len(shape) > 1 and other[:-2] == shape[:-2] and other[-2:-1] == shape[-1:]
            if kind != "concat":
                return other == shape
            return len(other) == len(shape) and all(
                a == b
                for i, (a, b) in enumerate(zip(shape, other, strict=True))
                if i != axis % len(shape)
            )

        names = self._kitchen(state).named(suits)
        if not names:
            return []
        most = 1 if kind == "matmul" else 2
        chosen = tuple(self.choice.pick(names) for _ in range(self.choice.integer(1, most)))
        return [plan.Join(kind, chosen, Int(axis) if axis else None, self._label())]

    def _let(self, state: State, depth: int) -> Statements:
        return [plan.Let(self.fresh("n"), self._kitchen(state).number(self.choice.integer(1, 6)))]

    def _share(self, state: State, depth: int) -> Statements:
        """A layer that keeps the shape, used twice."""
        kinds = ("conv", "linear", "batch_norm", "prelu", "affine", "group_norm", "relu")
        step = recipes.layer(self.choice.pick(kinds), self._kitchen(state), _shape_of(state))
        if step is None:
            return []
        width = _shape_of(state)[-1 if step.kind == "linear" else 0]
        if "out" in step.arguments:
            step.arguments["out"] = Int(width)
        share = plan.Share(self.fresh("shared"), step)
        return [share, *(plan.Use(share) for _ in range(self.choice.integer(1, 3)))]

    def _from(self, state: State, depth: int) -> Statements:
        names = list(_numbers(state))
        return [plan.From(self.choice.pick(names))] if names else []

    # Merges

    def _merge(self, state: State, depth: int) -> Statements:
        """Paths that fit: for a `concat` any that keep the size, else copies of one, or keepers."""
        kind = self.choice.pick(("add", "concat", "sub", "mul", "max", "mean"))
        flow = _shape_of(state)
        axis = 0
        if kind == "concat" and self.choice.chance(25):
            axis = self.choice.integer(-len(flow), len(flow) - 1)
        labels, self.labels = self.labels, False
        parts, self.parts = self.parts, False
        first = self._path(state, depth)
        reached = first[1]
        bodies = [first[0]]
        for _ in range(self.choice.integer(1, 2)):
            body, shape = self._path(state, depth)
            if not _fits(kind, axis, shape, reached):
                body = self._again(first[0])
                if reached == flow and self.choice.chance(50):
                    body = []
            bodies.append(body)
        self.labels, self.parts = labels, parts
        paths = [plan.Path(body) for body in bodies]
        if parts and self.choice.chance(20):
            self.choice.pick(paths).label = self.fresh("path")
        elif self.choice.chance(20):
            paths[-1].guard = self._condition(state)
        return [plan.Merge(kind, tuple(paths), Int(axis) if axis else None, self._label())]

    def _again(self, body: Statements) -> Statements:
        """The same statements once more; what is declared stays one thing."""
        return copy.deepcopy(body, {id(d): d for d in self.declarations})

    def _path(self, state: State, depth: int) -> tuple[Statements, Shape]:
        trial = state.copy()
        body = self._grown(trial, depth, trial.body())
        return body, _shape_of(trial)

    def _gate(self, state: State, depth: int) -> Statements:
        """A weight for each channel."""
        shape = _shape_of(state)
        keep = self.choice.chance(50)
        pool = plan.Step("global_avg_pool", {"keep": True} if keep else {})
        squeeze = plan.Step("conv", {"out": Int(shape[0]), "kernel": Int(1)}, 2)
        if not keep:
            squeeze = plan.Step("linear", {"out": Int(shape[0])}, 1)
        gate: Statements = [pool, squeeze, plan.Step("sigmoid")]
        return [plan.Merge("mul", (plan.Path([]), plan.Path(gate)), None, self._label())]

    def _product(self, state: State, depth: int) -> Statements:
        """A matrix times its transpose."""
        rank = len(_shape_of(state))
        if rank < 2:
            return []
        order = (*range(rank - 2), rank - 1, rank - 2)
        turned = plan.Step("permute", spread=tuple(map(Int, order)))
        paths = [plan.Path([]), plan.Path([turned])]
        if self.choice.chance(50):
            paths.reverse()
        return [plan.Merge("matmul", tuple(paths), None, self._label())]

    # Parts

    def _stage(self, state: State, depth: int) -> Statements:
        trial = state.copy()
        scope = trial.body(**{INPUT_CHANNELS: trial.x.shape[1]})
        return [plan.Stage(self.fresh("stage"), self._grown(trial, depth, scope, once=True))]

    def _repeat(self, state: State, depth: int) -> Statements:
        count = self.choice.integer(0, 3)
        trial = state.copy()
        scope = trial.body(**{INPUT_CHANNELS: trial.x.shape[1], INDEX: 0})
        return [plan.Repeat(self._kitchen(state).number(count), self._grown(trial, depth, scope))]

    def _for(self, state: State, depth: int) -> Statements:
        numbers = tuple(self.choice.integer(1, 6) for _ in range(self.choice.integer(1, 3)))
        variable = self.fresh("n")
        trial = state.copy()
        scope = trial.body(**{INPUT_CHANNELS: trial.x.shape[1], variable: numbers[0]})
        return [plan.For(variable, numbers, self._grown(trial, depth, scope))]

    def _condition(self, state: State) -> plan.Condition:
        kitchen = self._kitchen(state)
        left, right = (kitchen.number(self.choice.integer(0, 3)) for _ in range(2))
        return plan.Condition(left, self.choice.pick(("==", "!=", ">")), right)

    def _if(self, state: State, depth: int) -> Statements:
        """Both arms run from here, though one is taken; what they name stays inside."""
        condition = self._condition(state)
        labels, self.labels = self.labels, False
        arms = [self._arm(state, depth)]
        if self.choice.chance(50):
            arms.append(self._arm(state, depth))
        self.labels = labels
        return [plan.If(condition, arms[0], arms[1] if len(arms) > 1 else None)]

    def _arm(self, state: State, depth: int) -> Statements:
        trial = state.copy()
        return self._grown(trial, depth, trial.body())

    def _output(self, state: State, depth: int) -> Statements:
        trial = state.copy()
        body = self._grown(trial, depth, trial.body())
        return [plan.Output(self.fresh("output"), body, self.choice.chance(50))]

    # Declarations

    def _block(self, state: State, depth: int) -> Statements:
        """A call of a block: one that is there, or one that is declared for it."""
        blocks = [d for d in self.declarations if isinstance(d, plan.Block)]
        if blocks and self.choice.chance(40):
            block = self.choice.pick(blocks)
        else:
            block = self._declared(state, depth)
        kitchen = self._kitchen(state)
        given: dict[str, plan.Argument] = {}
        for name, default in block.parameters.items():
            if default is None or self.choice.chance(30):
                given[name] = kitchen.number(self.choice.integer(1, 6))
        positional = self.choice.integer(0, 1) if given and "width" in given else 0
        return [plan.Call(block, given, positional, self._label())]

    def _declared(self, state: State, depth: int) -> plan.Block:
        parameters: dict[str, int | None] = {"width": None}
        if self.choice.chance(50):
            parameters["more"] = self.choice.integer(1, 4)
        width = self.choice.integer(1, 6)
        trial = state.copy()
        trial.names = {
            INPUT_CHANNELS: trial.x.shape[1],
            **{name: width if default is None else default for name, default in parameters.items()},
        }
        trial.values = {}
        block = plan.Block(self.fresh("block"), parameters, self._grown(trial, depth, trial.body()))
        self.declarations.append(block)
        return block

    def _chain(self, state: State, depth: int) -> Statements:
        """A chain whose first member lacks its arguments, or none does."""
        axes = len(_shape_of(state)) - 1
        if not 1 <= axes <= 3:
            return []
        chains = [d for d in self.declarations if isinstance(d, plan.Chain)]
        if chains and self.choice.chance(40):
            chain = self.choice.pick(chains)
        else:
            rest = tuple(
                plan.Step(self.choice.pick(("batch_norm", "relu", "silu", "prelu", "skip")))
                for _ in range(self.choice.integer(1, 2))
            )
            lacks = self.choice.chance(70)
            first = plan.Step("conv", {"bias": False}) if lacks else plan.Step("elu")
            chain = plan.Chain(
                self.fresh("chain"), (first, *rest), ("out", "kernel") if lacks else ()
            )
            self.declarations.append(chain)
        given: dict[str, plan.Argument] = {}
        if chain.lacks:
            kernel: plan.Argument = Int(self.choice.pick((1, 3)))
            if axes > 1 and self.choice.chance(50):
                kernel = Sides(tuple(Int(3) for _ in range(axes)))
            out = self._kitchen(state).number(self.choice.integer(1, 6))
            given = {"out": out, "kernel": kernel}
        return [plan.Call(chain, given, self.choice.integer(0, len(given)), self._label())]


def _numbers(state: State) -> dict[str, Tensor]:
    """The named values that layers compute with: those that are not whole numbers."""
    return {name: v for name, v in state.values.items() if v.is_floating_point()}


def _shape_of(state: State) -> Shape:
    return tuple(state.x.shape[1:])


def _fits(kind: str, axis: int, shape: Shape, reached: Shape) -> bool:
    if kind != "concat" or len(shape) != len(reached):
        return shape == reached
    return all(
        a == b
        for i, (a, b) in enumerate(zip(shape, reached, strict=True))
        if i != axis % len(shape)
    )


def _names_flow(statement: plan.Statement) -> bool:
    """Whether a statement names the flow that leaves it, which may then be left."""
    match statement:
        case plan.Stage():
            return True
        case plan.Step(labels=labels) | plan.Join(labels=labels) | plan.Call(labels=labels):
            return bool(labels)
        case plan.Merge(labels=labels):
            return bool(labels)
    return False
