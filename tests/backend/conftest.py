"""Networks to emit, and the comparison of both styles with the graph itself."""

from pathlib import Path

import pytest

import archdsl

CASES = Path(__file__).parents[1] / "cases" / "backend"


@pytest.fixture
def case():
    """A small network after a known one, by its file's name and its own."""

    def load(file, name=None):
        return archdsl.load(CASES / f"{file}.arch", name or file)

    return load


@pytest.fixture
def emitted():
    """The code of a network that is given as text, without what stands above its own classes."""

    def emit(text, style="modules", **options):
        source = archdsl.loads(text, **options).emit(style).text
        return source[source.index("\nclass ") :]

    return emit


@pytest.fixture
def same():
    """Holds both styles against the interpreter, bit for bit; gives the modules style's module."""
    torch = pytest.importorskip("torch")
    from archdsl.backend.module import build
    from archdsl.backend.run import random_inputs
    from archdsl.testing.interpret import Interpreter

    def equal(left, right):
        return left.dtype == right.dtype and torch.equal(left, right)

    def check(network, batch=2):
        graph = network.graph
        torch.manual_seed(5)
        reference = Interpreter(graph)
        made = {style: build(graph, style, seed=5) for style in ("modules", "flat")}
        initial = reference.state_dict()
        for module in made.values():
            state = module.state_dict()
            assert list(state) == list(initial)
            assert all(equal(state[key], initial[key]) for key in initial)

        cpu = torch.device("cpu")
        inputs = random_inputs(graph, batch=batch, dtype="float32", seed=1, device=cpu).values()
        for training in (False, True):
            ran = [_run(m.train(training), inputs) for m in (reference, *made.values())]
            for outputs in ran[1:]:
                assert list(outputs) == list(ran[0])
                assert all(equal(outputs[name], ran[0][name]) for name in outputs)
        gradients = []
        for module, outputs in zip((reference, *made.values()), ran, strict=True):
            sum(o.square().mean() for o in outputs.values() if o.requires_grad).backward()
            gradients.append({n: p.grad for n, p in module.named_parameters()})
        for found in gradients[1:]:
            assert found.keys() == gradients[0].keys()
            for name, gradient in found.items():
                wanted = gradients[0][name]
                assert (gradient is None) == (wanted is None), name
                assert gradient is None or equal(gradient, wanted), name
        for module in made.values():
            state, wanted = module.state_dict(), reference.state_dict()
            assert all(equal(state[key], wanted[key]) for key in wanted)
        return made["modules"]

    def _run(module, inputs):
        torch.manual_seed(9)
        result = module(*inputs)
        return result if isinstance(result, dict) else {"output": result}

    torch.set_num_threads(1)
    return check
