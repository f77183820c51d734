"""What a lint says of a layer is what PyTorch shows: of random networks, in both directions."""

import pytest

from archdsl.analysis import lints
from archdsl.diagnostics.codes_lints import LINTS
from archdsl.testing.interpret import Interpreter
from archdsl.testing.measure import batch_of, inputs_of

CODES = {code.code for code in LINTS}


@pytest.fixture(scope="module")
def linted(running):
    """Graphs with their lints."""
    return [(case.graph, lints.of_network(case.graph, lints.Texts(())), case) for case in running]


def found_at(graph, found, code):
    """The paths that the notes of a lint name, and the calls there: copies give one finding."""
    notes = [note for d in found if d.code == code for note in d.notes]
    paths = {note.split(",")[0].removeprefix("at ") for note in notes}
    return paths, {graph.nodes[path].span for path in paths}


def test_they_are_distinct_warnings_at_places_of_the_text(linted):
    for _, found, case in linted:
        assert {d.code for d in found} <= CODES
        assert len({(d.code, d.span, d.labels) for d in found}) == len(found), case.text
        assert all(d.span.text for d in found), case.text


def test_a_bias_that_is_taken_away_has_no_gradient(linted):
    torch = pytest.importorskip("torch")
    met = 0
    for graph, found, case in linted:
        spans = {d.span for d in found if d.code == "W0602"}
        named = [node for node in graph.order if node.span in spans]
        if not named or not hasattr(named[0].layer, "bias"):
            continue
        torch.manual_seed(case.seed)
        network = Interpreter(graph).train()
        for module in network.modules.values():
            module.double()
        inputs = [
            x.double() if x.is_floating_point() else x
            for x in inputs_of(graph, batch=max(3, batch_of(graph)))
        ]
        result = network(*inputs)
        outputs = list(result.values()) if isinstance(result, dict) else [result]
        loss = sum((y * torch.rand_like(y)).sum() for y in outputs if y.is_floating_point())
        loss.backward()
        for node in named:
            module = network.modules[node.weights]
            if module.bias.grad is not None:
                met += 1
                assert module.bias.grad.abs().max() < 1e-6, f"{node.path}\n{case.text}"
    assert met > 5


def test_inputs_that_no_window_reads_have_no_gradient(linted):
    """Far from the borders of a longer input, on the axes that the rule speaks of."""
    torch = pytest.importorskip("torch")
    met = {True: 0, False: 0}
    for graph, found, case in linted:
        paths, calls = found_at(graph, found, "W0603")
        for node in graph.order:
            if node.layer.kind not in ("conv", "depthwise_conv", "avg_pool"):
                continue
            type = graph.type_of(node.inputs[0])
            window = node.layer.window(type)
            sizes = zip(window.kernel, window.stride, node.outputs[0].shape[1:], strict=True)
            axes = [a for a, (k, s, n) in enumerate(sizes) if k > 1 and s > 1 and n > 1]
            length = 6 * max(int(s) for s in window.stride) + 4 * max(
                d * k for d, k in zip(window.dilation, window.kernel, strict=True)
            )
            if not axes or length ** len(window.kernel) > 40_000:
                continue
            x = torch.rand(1, type.channels, *[length] * len(window.kernel), requires_grad=True)
            _output(graph, node, x).sum().backward()
            read = x.grad[0].abs().sum(0) > 0
            middle = slice(length // 3, 2 * length // 3)
            gaps = any(not along(read, axis)[middle].all() for axis in axes)
            met[gaps] += 1
            assert node.span in calls if gaps else node.path not in paths, case.text
    assert min(met.values()) > 5, met


def test_windows_over_one_position_use_one_tap(linted):
    torch = pytest.importorskip("torch")
    met = 0
    for graph, found, case in linted:
        paths, calls = found_at(graph, found, "W0606")
        for node in graph.order:
            type = graph.type_of(node.inputs[0]) if node.inputs else None
            if node.layer.kind != "conv" or any(n != 1 for n in type.shape[1:]):
                continue
            if any(n != 1 for n in node.outputs[0].shape[1:]):
                assert node.path not in paths
                continue
            if set(node.layer.window(type).kernel) == {1}:
                continue
            network = Interpreter(graph, only=node)
            (y,) = network.run(node, [torch.rand(1, *type.shape)])
            y.sum().backward()
            weight = network.modules[node.weights].weight
            met += 1
            assert int((weight.grad.abs().sum((0, 1)) > 0).sum()) == 1, case.text
            assert node.span in calls, case.text
    assert met > 0


def along(read, axis):
    """What is read anywhere of each position of an axis."""
    others = tuple(other for other in range(read.dim()) if other != axis)
    return read.amax(others) if others else read


def _output(graph, node, x):
    """What a layer makes of another input, all its weights one."""
    import torch

    network = Interpreter(graph, only=node)
    if node.weights in network.modules:
        torch.nn.init.ones_(network.modules[node.weights].weight)
    return network.run(node, [x])[0]
