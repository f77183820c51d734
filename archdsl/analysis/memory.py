"""Memory: bytes of weights, of activations alive at once in inference, and kept for backward.

Activations are counted as tensors are stored: a view (`flatten`, `chunk`, a slice) has no
bytes of its own and keeps the whole tensor that it looks into. Nothing is computed in place.
What a kernel needs inside one operation is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archdsl.analysis.uses import FLOATING, Use, Walk
from archdsl.graph.digest import Digest, Held
from archdsl.layers.definition import Family
from archdsl.shapes.formula import largest


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: of weights and buffers, of activations at their peak in inference, kept for backward."""

    weights: int
    inference_peak: int
    training_saved: int


def alive(walk: Walk) -> list[int]:
    """For each node the bytes of activations that are alive while it runs in inference.

    A value lives from the operation that makes it until the last one that reads it, both
    included; inputs from the start, outputs to the end. So an input that the caller holds on
    to after its last use is not counted. Nodes that run in training only count nothing.
    """
    return [largest(held) for held in _profile(walk, _storages(walk, inference=True))]


def _profile(walk: Walk, storage: list[int]) -> list[Held]:
    """For each node the bytes that are alive while it needs its operands, and from then on.

    Only a digested block goes on after its operands' last use.
    """
    sizes = walk.sizes
    last = _last_uses(walk, storage)
    released = [0] * (len(walk.uses) + 1)
    for value, index in last.items():
        released[index] += sizes[value]
    held = sum([sizes[walk.first[walk.position[given.node]]] for given in walk.graph.inputs])
    profile: list[Held] = []
    for index, node in enumerate(walk.graph.order):
        if node.training_only:
            profile.append(Held(0, 0))
            continue
        layer = node.layer
        if isinstance(layer, Digest):
            entered = storage[walk.operands[index][0]]
            dying = sizes[entered] if last[entered] == index else 0
            profile.append(Held(held + layer.held.first, held - dying + layer.held.rest))
        if layer.family is not Family.INPUT:
            held += sum([sizes[v] for v in walk.made(index) if storage[v] == v])
        if not isinstance(layer, Digest):
            profile.append(Held(held, 0))
        held -= released[index]
    return profile


def held_apart(walk: Walk, entered: int, left: int) -> Held | None:
    """What a block's own tensors take, where `entered` flows into its nodes and `left` out.

    None where it does not read what enters, or what leaves is a view of that, or of more than
    itself.
    """
    storage, sizes = _storages(walk, inference=True), walk.sizes
    last = _last_uses(walk, storage)[entered]
    own = storage[left]
    if last == len(walk.uses) or own == entered or sizes[own] != sizes[left]:
        return None
    size = sizes[entered]
    first = rest = 0
    for index, held in enumerate(_profile(walk, storage)):
        if index == 0:
            continue
        if index <= last:
            first = max(first, held.first - size)
        if index < last:
            first = max(first, held.rest - size)
        else:
            rest = max(rest, held.rest)
        if index > last:
            rest = max(rest, held.first)
    return Held(first, rest)


def _last_uses(walk: Walk, storage: list[int]) -> dict[int, int]:
    """The last node of inference that uses each tensor; outputs are used behind the last node.

    An input that nothing uses stays with the caller.
    """
    last: dict[int, int] = {}
    end = len(walk.uses)
    for index, node in enumerate(walk.graph.order):
        if node.layer.family is Family.INPUT:
            last[walk.first[index]] = end
        elif not node.training_only:
            for value in walk.operands[index]:
                last[storage[value]] = index
            for value in walk.made(index):
                last[storage[value]] = index
    for value in walk.results:
        last[storage[value]] = end
    return last


def kept(walk: Walk, trains: Sequence[bool]) -> list[int]:
    """For each node the bytes that it is the first to keep for backward, for a training step.

    A node keeps something only where a gradient flows through it: from a trainable weight of
    its own or of a node before it. Each tensor is kept once; weights are not counted.

    Args:
        walk: The graph.
        trains: For each node whether it has trainable weights.
    """
    storage = _storages(walk, inference=False)
    types = walk.types
    differentiable = [False] * len(types)
    seen: set[int] = set()
    result: list[int] = []
    for index, use in enumerate(walk.uses):
        operands = walk.operands[index]
        gradients = tuple([differentiable[v] for v in operands])
        if not trains[index] and True not in gradients:
            result.append(0)
            continue
        made = walk.made(index)
        for value in made:
            differentiable[value] = types[value].dtype in FLOATING
        if walk.graph.order[index].frozen:
            saved = use.saved_frozen
        else:
            saved = use.saved if all(gradients) else use.saved_for(gradients)
        copies = use.outputs[0].copies(walk.batch)
        size = saved.extra_bytes * copies + saved.fixed_bytes
        values = [operands[o] for o in saved.operands] + [made[o] for o in saved.outputs]
        for value in values:
            tensor = storage[value]
            if tensor not in seen:
                seen.add(tensor)
                size += walk.sizes[tensor]
        result.append(size)
    return result


def _storages(walk: Walk, *, inference: bool) -> list[int]:
    """For each value the value whose memory it is in: itself, or for a view what it looks into."""
    storage: list[int] = []
    for index, use in enumerate(walk.uses):
        operands = walk.operands[index]
        start = len(storage)
        storage.extend(walk.made(index))
        for output, operand in _views(use, inference=inference):
            storage[start + output] = storage[operands[operand]]
    return storage


def _views(use: Use, *, inference: bool) -> tuple[tuple[int, int], ...]:
    """Outputs that share an operand's memory; regularisation does nothing in inference."""
    if inference and use.layer.family is Family.REGULARISATION:
        return ((0, 0),)
    return use.saved.views
