"""The interpreter: a graph run node by node."""

import pytest

import archdsl

torch = pytest.importorskip("torch")

from archdsl.layers.definition import InitialiserValue  # noqa: E402
from archdsl.layers.torch_call import Helper  # noqa: E402
from archdsl.testing.interpret import Interpreter, helper, initialise, resolve  # noqa: E402


def interpreter(*steps, image="3, 8, 8"):
    body = "\n".join(steps)
    return Interpreter(archdsl.loads(f"network n {{ input image[{image}]\n{body} }}", "n").graph)


def test_it_computes_what_the_text_says():
    network = interpreter("conv(4, 3x3) as c -> relu", "add { | skip | from c }").eval()
    image = torch.randn(2, 3, 8, 8)
    conv = torch.nn.Conv2d(3, 4, 3, padding=1)
    network.load_state_dict({"c.weight": conv.weight, "c.bias": conv.bias})

    expected = conv(image).relu() + conv(image)
    assert torch.equal(network(image), expected)


def test_modules_are_built_in_the_graphs_order_from_one_stream_of_random_numbers():
    torch.manual_seed(0)
    network = interpreter("conv(4, 3x3) -> flatten -> linear(2)")
    torch.manual_seed(0)
    conv, linear = torch.nn.Conv2d(3, 4, 3), torch.nn.Linear(256, 2)

    assert torch.equal(network.state_dict()["conv1.weight"], conv.weight)
    assert torch.equal(network.state_dict()["linear1.weight"], linear.weight)


def test_uses_of_a_share_hold_one_module():
    network = interpreter("share f = conv(3, 1x1)", "f -> relu -> f")

    assert list(network.state_dict()) == ["f.weight", "f.bias"]


def test_several_outputs_are_a_dict_main_first_and_training_adds_some():
    network = interpreter("relu as a", "output a", "output t when training { gelu }", "silu")
    image = torch.randn(1, 3, 8, 8)

    assert list(network.train()(image)) == ["output", "a", "t"]
    assert list(network.eval()(image)) == ["output", "a"]


def test_one_output_in_evaluation_is_a_tensor():
    network = interpreter("relu", "output t when training { gelu }", "silu").eval()

    assert isinstance(network(torch.randn(1, 3, 8, 8)), torch.Tensor)


def test_dropout_follows_the_mode():
    network = interpreter("dropout(0.5)")
    image = torch.ones(1, 3, 8, 8)

    assert torch.equal(network.eval()(image), image)
    assert not torch.equal(network.train()(image), image)


def test_every_node_is_observed_with_its_outputs():
    seen = {}
    network = interpreter("conv(4, 3x3) -> chunk(2) as a, b", "from a -> concat(b)").eval()
    network(torch.randn(2, 3, 8, 8), observe=lambda node, outs: seen.update({node.path: outs}))

    assert list(seen) == ["input.image", "conv1", "chunk1", "concat1"]
    assert [tuple(t.shape) for t in seen["chunk1"]] == [(2, 2, 8, 8)] * 2


def test_values_are_dropped_after_their_last_use():
    import gc
    import weakref

    alive = []
    network = interpreter("relu -> gelu -> silu -> tanh").eval()

    def observe(_node, outputs):
        gc.collect()
        alive.append(sum(ref() is not None for ref in refs))
        refs.append(weakref.ref(outputs[0]))

    refs = []
    with torch.no_grad():
        network(torch.randn(1, 3, 8, 8), observe=observe)

    assert max(alive) <= 2


def test_a_state_with_other_keys_is_refused():
    with pytest.raises(KeyError):
        interpreter("conv(4, 3x3)").load_state_dict({"conv2.weight": torch.zeros(1)})


@pytest.mark.parametrize(
    ("init", "check"),
    [
        (InitialiserValue("zeros"), lambda t: not t.any()),
        (InitialiserValue("ones"), lambda t: bool((t == 1).all())),
        (InitialiserValue("constant", (("val", 0.25),)), lambda t: bool((t == 0.25).all())),
        (
            InitialiserValue("identity"),
            lambda t: torch.equal(t[0, 0], t[1, 1]) and t[0, 0, 1, 1] == 1,
        ),
        (InitialiserValue("bilinear"), lambda t: t[0, 0, 1, 1] == 1 and t[0, 0, 0, 0] == 0.25),
        (InitialiserValue("truncated_normal"), lambda t: bool((t.abs() <= 2).all())),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_initialisers(init, check):
    tensor = torch.full((2, 2, 3, 3), 7.0)
    initialise(tensor, init)

    assert check(tensor)


def test_only_names_below_torch_are_resolved():
    assert resolve("torch.nn.functional.relu") is torch.nn.functional.relu
    with pytest.raises(LookupError):
        resolve("os.system")


def test_a_helper_may_need_another():
    inner = Helper("inner", "def inner(x):\n    return x + 1\n")
    outer = Helper("outer", "def outer(x):\n    return inner(x) * 2\n", (inner,))

    assert helper(outer)(3) == 8


def test_one_node_may_be_run_alone():
    graph = archdsl.loads("network n { input image[3, 8, 8]\nconv(4, 3x3) -> relu }", "n").graph
    network = Interpreter(graph, only=graph.nodes["conv1"])
    (out,) = network.run(graph.nodes["conv1"], [torch.zeros(1, 3, 8, 8)])

    assert list(network.modules) == ["conv1"]
    assert out.shape == (1, 4, 8, 8)
