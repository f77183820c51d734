import copy
import pickle  # noqa: TID251 - a pickle of this test's own

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.layers.convolution import Conv
from archdsl.layers.definition import Reject
from archdsl.layers.initialisation import InitialiserValue
from archdsl.layers.sparse_convolution import SparseConv
from archdsl.shapes.tensor import TensorType
from archdsl.testing.interpret import Bindings, evaluate

torch = pytest.importorskip("torch")

TABLE = ((0, 2), (1,), (3, 0, 1), (2, 3))
LAYER = SparseConv(4, 3, TABLE)


@st.composite
def connections(draw):
    """A value, and a table over its channels."""
    axes = draw(st.integers(1, 3))
    channels = draw(st.integers(1, 4))
    row = st.lists(st.integers(0, channels - 1), min_size=1, unique=True).map(tuple)
    table = draw(st.lists(row, min_size=1, max_size=4).map(tuple))
    return (channels, *(draw(st.integers(1, 6)) for _ in range(axes))), table


@given(connections(), st.integers(1, 3), st.integers(1, 2), st.sampled_from(["valid", 1, "same"]))
def test_sparse_conv_accepts_and_gives_what_a_run_does(
    against_torch, connected, kernel, stride, padding
):
    shape, table = connected
    arguments = {"kernel": kernel, "stride": stride, "padding": padding}

    against_torch.accepts("sparse_conv", shape, out=len(table), table=table, **arguments)


@given(connections())
def test_it_is_a_dense_convolution_with_zeros(against_torch, connected):
    shape, table = connected
    x = TensorType(shape)
    both = against_torch.run(SparseConv(len(table), 1, table), x)
    dense = evaluate(Conv(len(table), 1).module(x), Bindings())
    torch.nn.init.zeros_(dense.weight)
    windows = iter(both.module.weight)
    with torch.no_grad():
        for out, row in enumerate(table):
            for channel in row:
                dense.weight[out, channel] = next(windows)
        dense.bias.copy_(both.module.bias)

    assert torch.equal(both.runs[0].results[0], dense(both.runs[0].value))


@pytest.mark.parametrize("shape", [(4, 9), (4, 9, 8), (4, 5, 6, 7)])
@pytest.mark.parametrize("layer", [LAYER, SparseConv(4, 2, TABLE, 2, 1, bias=False)], ids=str)
def test_module_and_function_agree(against_torch, layer, shape):
    against_torch.check(layer, TensorType(shape))


def test_the_state_is_the_weights(against_torch):
    module = against_torch.run(LAYER, TensorType((4, 9, 8))).module

    assert {name: tuple(t.shape) for name, t in module.state_dict().items()} == {
        "weight": (8, 3, 3),
        "bias": (4,),
    }
    other = copy.deepcopy(module)
    other.load_state_dict(module.state_dict(), strict=True)
    assert torch.equal(other.places, module.places)


def test_each_row_starts_as_its_own_fan_in_says():
    torch.manual_seed(0)
    rows = (tuple(range(64)), (0,))
    module = evaluate(SparseConv(2, 3, rows).module(TensorType((64, 9, 8))), Bindings())
    many, one = 1 / (64 * 9) ** 0.5, 1 / 9**0.5

    assert many * 0.98 < module.weight[:64].abs().max() <= many
    assert one * 0.7 < module.weight[64:].abs().max() <= one
    assert module.bias[0].abs() <= many
    assert module.bias[1].abs() <= one


@pytest.mark.parametrize("how", ["compile", "export"])
def test_it_is_traced_whole(against_torch, how):
    module = against_torch.run(LAYER, TensorType((4, 9, 8))).module
    image = torch.randn(2, 4, 9, 8)
    if how == "compile":
        traced = torch.compile(module, fullgraph=True, backend="eager")
    else:
        traced = torch.export.export(module, (image,)).module()

    assert torch.equal(traced(image), module(image))


def test_it_moves_with_its_places(against_torch):
    module = against_torch.run(LAYER, TensorType((4, 9, 8))).module.to("meta")

    assert module(torch.empty(2, 4, 9, 8, device="meta")).shape == (2, 4, 9, 8)


def test_its_state_survives_a_pickle(against_torch):
    module = against_torch.run(LAYER, TensorType((4, 9, 8))).module
    state = pickle.loads(pickle.dumps(module.__dict__))

    assert torch.equal(state["_buffers"]["places"], module.places)
    assert state["table"] == [[0, 2], [1], [3, 0, 1], [2, 3]]


def test_only_connections_cost():
    x, y = TensorType((4, 9, 8)), TensorType((4, 9, 8))
    operations = LAYER.operations(x, y)

    assert (operations.macs, operations.other) == (8 * 9 * 72, {"bias": 4 * 72})
    assert LAYER.label(x) == "3×3 sparse conv, 4"


@pytest.mark.parametrize(
    ("layer", "code", "field", "part"),
    [
        (SparseConv(5, 3, TABLE), "E0618", "table", "has 4 rows, and there are 5 output"),
        (SparseConv(1, 3, ((4,),)), "E0618", "table", "names channel 4, and there are channels 0"),
        (SparseConv(1, 3, ((),)), "E0618", "table", "row 0 of `table` must list"),
        (SparseConv(1, 3, (3,)), "E0618", "table", "row 0 of `table` must list"),
        (SparseConv(1, 3, ((1, 1),)), "E0618", "table", "names a channel twice"),
        (SparseConv(4, 3, TABLE, padding="tf_same"), "E0603", "padding", "no `tf_same`"),
        (
            SparseConv(4, 3, TABLE, init=InitialiserValue("kaiming_normal")),
            "E0620",
            "init",
            "`kaiming_normal` fills kernels of the same number",
        ),
    ],
)
def test_refusals_name_the_argument(against_torch, layer, code, field, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(layer, TensorType((4, 9, 8)))

    assert (refused.value.code, refused.value.field) == (code, field)
    assert part in refused.value.message


def test_plain_numbers_initialise_it(against_torch):
    layer = SparseConv(4, 3, TABLE, init=InitialiserValue("uniform", (("b", 0.5),)))

    against_torch.check(layer, TensorType((4, 9, 8)))
