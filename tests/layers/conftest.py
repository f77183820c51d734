"""A layer's definition held against what PyTorch does on the CPU."""

import copy
from types import SimpleNamespace

import pytest

from archdsl.layers import registry
from archdsl.layers.definition import Reject, signature
from archdsl.shapes.condition import AtLeast
from archdsl.shapes.dim import substitute, symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

from archdsl.testing.interpret import Bindings, evaluate  # noqa: E402 - it imports torch
from archdsl.testing.meaning import Refused, run_layer  # noqa: E402


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def outputs_of(layer, *types):
    """The types of the outputs, as elaboration asks for them.

    Raises:
        Reject: a condition does not hold, or nothing is left.
    """
    for condition in layer.conditions(*types):
        if not condition.holds:
            raise Reject("", condition.reason, field=condition.field)
    result = layer.output(*types)
    outputs = result if isinstance(result, tuple) else (result,)
    for output in outputs:
        if any(side < 1 for side in output.shape):
            raise Reject("", "nothing is left")
    return outputs


def compare(kind, shape, *others, spread=(), **arguments):
    """Whether a layer is accepted: by its definition as by a run in evaluation, batch 1.

    Where both accept, their shapes, parameters and buffers agree. `others` are the shapes of the
    operands behind the first, `spread` what takes all positional arguments.
    """
    definition = registry.find(kind)
    fields = {signature(definition)[-1].name: spread} if spread else {}
    layer = definition(**arguments, **fields)
    types = [TensorType(tuple(s)) for s in (shape, *others)]
    try:
        outputs = outputs_of(layer, *types)
    except Reject:
        outputs = None
    try:
        with torch.no_grad():
            given = {**arguments, "spread": spread, "kind": kind}
            ran = run_layer(kind, given, [torch.zeros(1, *t.shape) for t in types])
    except Refused:
        ran = None

    assert (outputs is None) == (ran is None), (layer, types, outputs, ran)
    if outputs is None:
        return False
    assert [output.shape for output in outputs] == [tuple(o.shape[1:]) for o in ran.outputs]
    weights = layer.weights(*types)
    trained = sum(weight.elements for weight in weights if weight.trainable)
    buffers = sum(w.elements for w in weights if not w.trainable and w.dtype.startswith("float"))
    assert (trained, buffers) == (ran.parameters, ran.buffers)
    return True


def values(kind, shape, **arguments):
    """Whether a layer without weights is accepted; if so its values are those of a run."""
    if not compare(kind, shape, **arguments):
        return False
    torch.manual_seed(0)
    value = torch.randn(1, *shape)
    call = registry.find(kind)(**arguments).functional(TensorType(tuple(shape)))
    result = evaluate(call, Bindings([value], training=False))
    results = result if isinstance(result, tuple) else (result,)
    expected = run_layer(kind, arguments, [value]).outputs
    assert all(map(torch.equal, results, expected))
    return True


def run_both(layer, *types, batch=2, training=True):
    """A layer as module and as function on random values: outputs, state, what autograd kept."""
    torch.manual_seed(0)
    made = layer.module(*types)
    module = None if made is None else evaluate(made, Bindings()).train(training)
    own = () if module is None else (*module.parameters(), *module.buffers())
    leaves = [_leaf(x, batch) for x in types]
    twin = copy.deepcopy(module)
    counts = any(weight.name == "num_batches_tracked" for weight in layer.weights(*types))

    def by_module(*values):
        return module(*values)

    def by_function(*values):
        if counts and training:
            twin.num_batches_tracked.add_(1)
        return evaluate(layer.functional(*types), Bindings(values, twin, training))

    runs = []
    for run in (by_function,) if module is None else (by_module, by_function):
        values = [leaf * 1 for leaf in leaves]
        kept = []
        torch.manual_seed(1)

        def keep(tensor, kept=kept):
            kept.append(tensor)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            result = run(*values)
        results = result if isinstance(result, tuple) else (result,)
        loss = results[0].square().sum()
        gradients = torch.autograd.grad(loss, leaves, materialize_grads=True)
        runs.append(
            SimpleNamespace(
                value=values[0], values=values, results=results, kept=kept, gradients=gradients
            )
        )
    return SimpleNamespace(module=module, twin=twin, own=own, runs=runs)


def call(layer, values, *types):
    """A layer without weights as a function of tensors."""
    return evaluate(layer.functional(*types), Bindings(values))


def _leaf(x, batch):
    sides = (batch, *x.shape) if x.batched else x.shape
    return torch.randn(sides, dtype=getattr(torch, x.dtype), requires_grad=True)


def check(layer, *types, batch=2):
    """A definition agrees with PyTorch: shapes, state, module and function, saved tensors."""
    outputs = outputs_of(layer, *types)
    for training in (True, False):
        both = run_both(layer, *types, batch=batch, training=training)
        for run in both.runs:
            assert [tuple(r.shape) for r in run.results] == [
                (batch, *o.shape) if o.batched else o.shape for o in outputs
            ]
            assert [str(r.dtype) for r in run.results] == [f"torch.{o.dtype}" for o in outputs]
        first, last = both.runs[0], both.runs[-1]
        for ours, theirs in zip(first.results, last.results, strict=True):
            assert torch.equal(ours, theirs)
        for ours, theirs in zip(first.gradients, last.gradients, strict=True):
            assert torch.equal(ours, theirs)
        _check_state(layer, types, both)
        if training:
            for run in both.runs:
                own = both.own if run is first else (*both.own, *_tensors(both.twin))
                _check_saved(layer.saved(*types, outputs[0]), outputs, batch, run, own)


def _tensors(module):
    return () if module is None else (*module.parameters(), *module.buffers())


def _check_state(layer, types, both):
    weights = layer.weights(*types)
    if both.module is None:
        assert weights == ()
        return
    state = both.module.state_dict()
    assert [(w.name, w.dims, f"torch.{w.dtype}") for w in weights] == [
        (name, tuple(tensor.shape), str(tensor.dtype)) for name, tensor in state.items()
    ]
    trained = {name for name, _ in both.module.named_parameters()}
    assert {w.name for w in weights if w.trainable} == trained
    after = both.twin.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in state.items())


def _check_saved(saved, outputs, batch, run, own):
    """What is predicted is what autograd kept, each storage once and weights left out."""
    samples = batch if outputs[0].batched else 1
    known = {t.untyped_storage().data_ptr(): None for t in own if t.numel()}
    for position, result in reversed([*enumerate(run.results)]):
        known[result.untyped_storage().data_ptr()] = ("output", position)
    for position, value in enumerate(run.values):
        known[value.untyped_storage().data_ptr()] = ("operand", position)
    named, extra, seen = set(), 0, set()
    for tensor in run.kept:
        place = tensor.untyped_storage().data_ptr()
        if place in known:
            named.add(known[place])
        elif place not in seen and tensor.numel():
            seen.add(place)
            extra += tensor.untyped_storage().nbytes()
    expected = {("operand", o) for o in saved.operands} | {("output", o) for o in saved.outputs}

    assert named - {None} == expected
    assert extra == saved.extra_bytes * samples + saved.fixed_bytes
    views = {
        position
        for position, result in enumerate(run.results)
        if result.untyped_storage().data_ptr() == run.value.untyped_storage().data_ptr()
    }
    assert views == {output for output, _ in saved.views}


def accepted_sizes(layer, shape, sizes):
    """For each size of the last axis, its shape, None where the layer does not take it.

    Once by conditions on a symbol whose default is the last of the sizes, once by plain numbers.
    """
    default = sizes[-1]
    x = TensorType((*shape[:-1], symbol("n", default)))
    conditions = list(layer.conditions(x))
    output = layer.output(x)
    if isinstance(output, tuple):
        output = output[0]
    symbolic, plain = [], []
    for size in sizes:
        at = {"n": size}
        holds = all(
            substitute(c.value, at) >= substitute(c.bound, at)
            if isinstance(c, AtLeast)
            else substitute(c.left, at) == substitute(c.right, at)
            for c in conditions
        )
        dims = tuple(substitute(d, at) for d in output.dims)
        symbolic.append(dims if holds else None)
        try:
            plain.append(outputs_of(layer, TensorType((*shape[:-1], size)))[0].shape)
        except Reject:
            plain.append(None)
    return symbolic, plain


@pytest.fixture(scope="session")
def against_torch():
    """Functions that hold a layer's definition against PyTorch."""
    return SimpleNamespace(
        accepts=compare,
        values=values,
        call=call,
        check=check,
        run=run_both,
        sizes=accepted_sizes,
        outputs=outputs_of,
    )
