"""What a plan does when it is run: the shapes, weights and refusals a compiler must predict."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from archdsl.testing import plan
from archdsl.testing.meaning import run_layer
from archdsl.testing.meanings import Ran, Refused
from archdsl.testing.plan import INDEX, INPUT_CHANNELS

MOST_ELEMENTS = 1 << 16
"""A value larger than this is not run: random networks are small."""


class TooLarge(Exception):
    """A value that is not worth running."""


@dataclass
class Trace:
    """Every layer that ran: its kind and the shapes of its outputs, without the batch."""

    nodes: list[tuple[str, tuple[tuple[int, ...], ...]]] = field(default_factory=list)
    parameters: int = 0
    buffers: int = 0
    shares: dict[str, tuple[int, int]] = field(default_factory=dict)
    """What the weights of a share were made for: its elements and the input's channels."""


@dataclass
class State:
    """The flow and what is named while a plan runs."""

    x: Tensor
    values: dict[str, Tensor]
    names: dict[str, int]
    trace: Trace
    outputs: dict[str, Tensor] = field(default_factory=dict)

    @contextmanager
    def body(self, **names: int) -> Iterator[None]:
        """A body: what is named in it is forgotten after it."""
        values, before = self.values, self.names
        self.values = dict(values)
        self.names = {**before, **names}
        yield
        self.values, self.names = values, before

    def become(self, other: State) -> None:
        """Take over what another state has come to."""
        self.x, self.values, self.names = other.x, other.values, other.names
        self.trace, self.outputs = other.trace, other.outputs

    def copy(self) -> State:
        """A state that can be tried without harm to this one."""
        known = self.trace
        trace = Trace(list(known.nodes), known.parameters, known.buffers, dict(known.shares))
        return State(self.x, dict(self.values), dict(self.names), trace, dict(self.outputs))


@contextmanager
def sober() -> Iterator[None]:
    """Without gradients; weights without elements are an error, where PyTorch only warns."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("error", message="Initializing zero-element tensors")
        yield


@sober()
def run(network: plan.Plan) -> State:
    """Run a plan at batch 1 in evaluation mode.

    Raises:
        Refused: PyTorch does not run it, or only by what the language forbids.
        TooLarge: A value has too many elements to be tried.
    """
    state = start(network.inputs)
    run_body(network.body, state)
    return state


def start(inputs: tuple[plan.Input, ...]) -> State:
    """The state before the first statement.

    Raises:
        Refused: An input has no elements.
    """
    trace = Trace()
    values: dict[str, Tensor] = {}
    for given in inputs:
        shape = given.shape()
        if any(d < 1 for d in shape):
            raise Refused("an empty input")
        values[given.name] = _zeros(shape, given.dtype)
        trace.nodes.append(("input", (shape,)))
    first = values[inputs[0].name]
    return State(first, values, {INPUT_CHANNELS: first.shape[1]}, trace)


def _zeros(shape: tuple[int, ...], dtype: str) -> Tensor:
    count = 1
    for side in shape:
        count *= side
    if count > MOST_ELEMENTS:
        raise TooLarge
    return torch.zeros(1, *shape, dtype=getattr(torch, dtype))


def run_body(body: plan.Body, state: State) -> None:
    """Run statements in order."""
    for statement in body:
        run_statement(statement, state)


def run_statement(statement: plan.Statement, state: State) -> None:
    """Run one statement: the state moves on.

    Raises:
        Refused: as `run`.
        TooLarge: as `run`.
    """
    match statement:
        case plan.Step():
            _step(statement, state)
        case plan.Merge(kind, paths, axis, labels):
            _merge(kind, paths, axis, labels, state)
        case plan.Join(kind, names, axis, labels):
            operands = [state.x, *(state.values[n] for n in names)]
            _combine(kind, operands, axis, labels, state)
        case plan.Stage(_, body):
            with state.body(**_entering(state)):
                run_body(body, state)
        case plan.Repeat(count, body):
            copies = count.value(state.names)
            if copies < 0:
                raise Refused("fewer than no copies")
            for index in range(copies):
                with state.body(**_entering(state), **{INDEX: index}):
                    run_body(body, state)
        case plan.For(variable, numbers, body):
            for number in numbers:
                with state.body(**_entering(state), **{variable: number}):
                    run_body(body, state)
        case plan.If(condition, then, otherwise):
            if condition.holds(state.names):
                run_body(then, state)
            elif otherwise is not None:
                run_body(otherwise, state)
        case plan.Let(name, value):
            state.names[name] = value.value(state.names)
        case plan.Call():
            _call(statement, state)
        case plan.Share(name):
            state.trace.shares.pop(name, None)
        case plan.Use(share):
            _use(share, state)
        case plan.From(name):
            state.x = state.values[name]
        case plan.Output(name, body):
            before = state.x
            with state.body():
                run_body(body, state)
            state.outputs[name], state.x = state.x, before


def _entering(state: State) -> dict[str, int]:
    return {INPUT_CHANNELS: state.x.shape[1]}


def _record(kind: str, ran: Ran, labels: tuple[str, ...], state: State) -> None:
    if any(o.numel() > MOST_ELEMENTS for o in ran.outputs):
        raise TooLarge
    state.trace.nodes.append((kind, tuple(tuple(o.shape[1:]) for o in ran.outputs)))
    state.trace.parameters += ran.parameters
    state.trace.buffers += ran.buffers
    state.x = ran.outputs[0]
    if len(labels) > len(ran.outputs):
        raise Refused("more names than values")
    state.values.update(zip(labels, ran.outputs, strict=False))


def _step(step: plan.Step, state: State) -> None:
    if step.kind == "skip":
        return
    arguments = {name: concrete(value, state.names) for name, value in step.arguments.items()}
    named = [arguments.get(name) for name in ("like", "context", "indices")]
    operands = [state.x, *(state.values[n.text] for n in named if isinstance(n, plan.Word))]
    arguments["spread"] = tuple(i.value(state.names) for i in step.spread)
    _bound(arguments)
    _record(step.kind, run_layer(step.kind, arguments, operands), step.labels, state)


def _bound(arguments: Mapping[str, Any]) -> None:
    """Keep PyTorch from making weights that a random network should not have."""
    for name in ("out", "hidden", "layers", "factor", "channels", "size", "n", "count", "width"):
        value = arguments.get(name, 0)
        if isinstance(value, int) and value > MOST_ELEMENTS:
            raise TooLarge


def concrete(value: plan.Argument, names: Mapping[str, int]) -> Any:
    """An argument as PyTorch takes it."""
    match value:
        case plan.Int():
            return value.value(names)
        case plan.Sides(items):
            return tuple(concrete(i, names) for i in items)
        case list():
            return [concrete(i, names) for i in value]
        case plan.Word("same" | "valid" | "tf_same"):
            return value.text
        case plan.Word("none"):
            return None
        case Fraction():
            return value
    return value


def _merge(
    kind: str,
    paths: tuple[plan.Path, ...],
    axis: plan.Int | None,
    labels: tuple[str, ...],
    state: State,
) -> None:
    flow = state.x
    operands: list[Tensor] = []
    for path in paths:
        if path.guard is not None and not path.guard.holds(state.names):
            continue
        state.x = flow
        with state.body():
            run_body(path.body, state)
        operands.append(state.x)
    if not operands:
        raise Refused("no path")
    if len(operands) == 1:
        if labels:
            state.values[labels[0]] = operands[0]
        return
    _combine(kind, operands, axis, labels, state)


def _combine(
    kind: str,
    operands: list[Tensor],
    axis: plan.Int | None,
    labels: tuple[str, ...],
    state: State,
) -> None:
    if len({o.dim() for o in operands}) > 1 and kind != "mul":
        raise Refused("operands of different ranks")
    arguments: dict[str, Any] = {"kind": kind}
    if axis is not None:
        arguments["axis"] = axis.value(state.names)
    _record(kind, run_layer(kind, arguments, operands), labels, state)


def _call(call: plan.Call, state: State) -> None:
    given = call.arguments
    if isinstance(call.callee, plan.Chain):
        with state.body():
            for position, member in enumerate(call.callee.members):
                step = member
                if position == 0:
                    step = plan.Step(member.kind, {**member.arguments, **given})
                _step(step, state)
    else:
        parameters: dict[str, Any] = {
            name: concrete(given[name], state.names) if name in given else default
            for name, default in call.callee.parameters.items()
        }
        around, values = state.names, state.values
        state.names = {**parameters, **_entering(state)}
        state.values = {}
        run_body(call.callee.body, state)
        state.names, state.values = around, values
    if call.labels:
        state.values[call.labels[0]] = state.x


def _use(share: plan.Share, state: State) -> None:
    """Run a share; its weights count at its first use, and must fit at the others."""
    before = state.trace.parameters, state.trace.buffers
    operand = state.x
    _step(share.step, state)
    width = operand.shape[-1] if share.step.kind == "linear" else operand.shape[1]
    elements = state.trace.parameters - before[0]
    if share.name in state.trace.shares:
        state.trace.parameters, state.trace.buffers = before
        if elements and state.trace.shares[share.name] != (elements, width):
            raise Refused("a share of another width")
    else:
        state.trace.shares[share.name] = (elements, width)
