"""Python that is printed into emitted files works there: it is copied, saved, traced, exported."""

import copy
import importlib.util
import io
import sys

import pytest

from archdsl.layers.torch_call import Helper, Operand, TorchCall

torch = pytest.importorskip("torch")

from archdsl.testing.interpret import helper, resolve  # noqa: E402

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n\n"


@pytest.mark.printed("any")
def test_a_helper_is_documented_python(tried, layer, types):
    for needed in tried.helpers(layer, types):
        assert needed.source.isascii(), needed.name
        assert needed.source.endswith("\n")
        assert max(map(len, needed.source.splitlines())) <= 100
        assert helper(needed).__name__ == needed.name
        assert helper(needed).__doc__, needed.name


@pytest.fixture(scope="module")
def known():
    """The sources seen so far, by name."""
    return {}


@pytest.mark.printed("any")
def test_a_name_stands_for_one_helper(tried, layer, types, known):
    for needed in tried.helpers(layer, types):
        assert known.setdefault(needed.name, needed.source) == needed.source


@pytest.mark.printed("module")
def test_a_module_is_copied_and_saved(tried, layer, types, tmp_path):
    """As in an emitted file: imports of torch, then the helpers."""
    file = tmp_path / "printed_helpers.py"
    file.write_text(HEAD + "\n\n".join(h.source for h in tried.helpers(layer, types)))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    emitted = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, file.stem, emitted)
        spec.loader.exec_module(emitted)
        call = layer.module(*types)
        module = getattr(emitted, call.target.name)(*call.args, **call.kwargs).eval()
        saved = io.BytesIO()
        torch.save(module, saved)
        saved.seek(0)
        loaded = torch.load(saved, weights_only=False)
        values = tried.tensors(layer, types)
        expected = module(*values)

        for other in (loaded, copy.deepcopy(module), copy.deepcopy(module).double().float()):
            assert torch.equal(other(*values), expected)


def closure(item):
    """A call as a function of its operands, with nothing left to look up."""
    match item:
        case TorchCall(target, args, kwargs):
            function = helper(target) if isinstance(target, Helper) else resolve(target)
            made = [closure(argument) for argument in args]
            return lambda values: function(*[make(values) for make in made], **kwargs)
        case tuple():
            made = [closure(part) for part in item]
            return lambda values: tuple([make(values) for make in made])
        case Operand(index):
            return lambda values: values[index]
    return lambda _: item


class Wrapped(torch.nn.Module):
    """A layer as a network of its own."""

    def __init__(self, inner, function):
        super().__init__()
        self.inner = inner
        self.function = function

    def forward(self, *values):
        return self.function(values) if self.inner is None else self.inner(*values)


@pytest.mark.printed("one of each kind")
def test_a_helper_is_compiled_whole_and_exported(tried, layer, types):
    """At once, without a graph break, and for every batch."""
    inner = tried.module(layer, types)
    function = closure(layer.functional(*types)) if inner is None else None
    model = Wrapped(inner, function).eval()
    values = tried.tensors(layer, types, batch=3)
    with torch.no_grad():
        torch._dynamo.reset()
        compiled = torch.compile(model, fullgraph=True, backend="eager", dynamic=True)
        torch.testing.assert_close(compiled(*values), model(*values))
        batch = torch.export.Dim("batch")
        free = tuple([{0: batch} if x.batched else {} for x in types])
        program = torch.export.export(model, tuple(values), dynamic_shapes=(free,))
        other = tried.tensors(layer, types, batch=5)
        torch.testing.assert_close(program.module()(*other), model(*other))
