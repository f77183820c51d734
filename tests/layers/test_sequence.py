import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.layers.definition import Reject, Weight, Window
from archdsl.layers.sequence import Attention, Gru, Lstm, Rnn
from archdsl.shapes.condition import Equal
from archdsl.shapes.dim import product, symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

T, S = symbol("T", 6), symbol("S", 5)
X = TensorType((6, 8))
CONTEXT = TensorType((5, 8))
WIDE = TensorType((5, 12))
RECURRENT = [Rnn, Gru, Lstm]
PAGES = 7 * 4095
"""oneDNN rounds each of seven buffers up to 4,096 bytes."""


def kept_bytes(against_torch, layer, *types, batch):
    """What autograd keeps of a use, in bytes: weights left out, each storage once."""
    both = against_torch.run(layer, *types, batch=batch)
    known = {t.untyped_storage().data_ptr() for t in both.module.parameters()}
    storages = {
        t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in both.runs[0].kept
    }
    return sum(size for place, size in storages.items() if place not in known)


def predicted_bytes(layer, *types, batch):
    y = layer.output(*types)
    saved = layer.saved(*types, y)
    kept = [types[i] for i in saved.operands] + [y for _ in saved.outputs]
    return batch * (saved.extra_bytes + sum(t.bytes for t in kept)) + saved.fixed_bytes


def theirs(layer, features):
    """PyTorch's own layer for one of ours."""
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[layer.kind]
    return kind(
        features,
        layer.hidden,
        layer.layers,
        bias=layer.bias,
        batch_first=True,
        bidirectional=layer.bidirectional,
    )


LAYERS = st.builds(
    lambda definition, *fields: definition(*fields),
    st.sampled_from(RECURRENT),
    st.integers(1, 40),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)


@given(LAYERS, st.integers(1, 9), st.integers(1, 40), st.integers(1, 4))
def test_a_recurrent_layer_gives_the_sequence_of_pytorchs(
    against_torch, layer, steps, features, batch
):
    x = TensorType((steps, features))
    both = against_torch.run(layer, x, batch=batch, training=False)
    reference = theirs(layer, features)
    reference.load_state_dict(both.module.state_dict())

    assert against_torch.outputs(layer, x) == (
        TensorType((steps, layer.hidden * (2 if layer.bidirectional else 1))),
    )
    assert torch.equal(both.runs[0].results[0], reference(both.runs[0].value)[0])
    assert [w.name for w in layer.weights(x)] == [name for name, _ in reference.named_parameters()]


@given(LAYERS, st.integers(1, 9), st.integers(1, 40), st.integers(1, 4))
def test_what_recurrent_layers_keep(against_torch, layer, steps, features, batch):
    x = TensorType((steps, features))
    measured = kept_bytes(against_torch, layer, x, batch=batch)
    predicted = predicted_bytes(layer, x, batch=batch)
    rounding = layer.layers * (2 if layer.bidirectional else 1) * PAGES

    if isinstance(layer, Lstm):
        assert 0 <= measured - predicted <= rounding
    else:
        assert measured == predicted


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("definition", [Rnn, Gru])
def test_modules_and_functions_are_one(against_torch, definition, layers, bidirectional):
    against_torch.check(definition(7, layers, bidirectional), X)
    against_torch.check(definition(7, layers, bidirectional), X, batch=1)


@pytest.mark.parametrize("definition", RECURRENT)
def test_other_features_are_refused_at_run_time(against_torch, definition):
    module = against_torch.run(definition(3), X).module

    with pytest.raises(ValueError, match="made for 8 features, not 9"):
        module(torch.zeros(1, 6, 9))


ATTENTIONS = st.builds(Attention, st.sampled_from([1, 2, 4]), bias=st.booleans())


@given(ATTENTIONS, st.integers(1, 9), st.integers(1, 3), st.integers(1, 4))
def test_self_attention_is_pytorchs(against_torch, layer, steps, width, batch):
    x = TensorType((steps, width * layer.heads))
    both = against_torch.run(layer, x, batch=batch)
    reference = torch.nn.MultiheadAttention(
        x.features, layer.heads, bias=layer.bias, batch_first=True
    )
    reference.load_state_dict(both.module.state_dict())
    value = both.runs[0].value

    assert against_torch.outputs(layer, x) == (x,)
    expected = reference(value, value, value, need_weights=False)[0]
    torch.testing.assert_close(both.runs[0].results[0], expected, rtol=1e-5, atol=1e-6)
    assert kept_bytes(against_torch, layer, x, batch=batch) == predicted_bytes(
        layer, x, batch=batch
    )


@given(ATTENTIONS, st.sampled_from([CONTEXT, WIDE]), st.integers(1, 3))
def test_cross_attention_is_pytorchs(against_torch, layer, context, batch):
    layer = Attention(layer.heads, 1, layer.bias)
    both = against_torch.run(layer, X, context, batch=batch)
    width = context.features
    reference = torch.nn.MultiheadAttention(
        8, layer.heads, bias=layer.bias, kdim=width, vdim=width, batch_first=True
    )
    reference.load_state_dict(both.module.state_dict())
    value, other = both.runs[0].values

    expected = reference(value, other, other, need_weights=False)[0]
    torch.testing.assert_close(both.runs[0].results[0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("types", [(X,), (X, CONTEXT), (X, WIDE)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_attention_keeps_what_it_says(against_torch, types, bias, dropout):
    context = 1 if len(types) > 1 else None
    against_torch.check(Attention(2, context, bias, dropout), *types)


def test_weights_keep_pytorchs_names():
    assert Lstm(3).weights(X) == (
        Weight("weight_ih_l0", (12, 8)),
        Weight("weight_hh_l0", (12, 3)),
        Weight("bias_ih_l0", (12,)),
        Weight("bias_hh_l0", (12,)),
    )
    assert [w.name for w in Gru(3, 2, bidirectional=True, bias=False).weights(X)] == [
        "weight_ih_l0",
        "weight_hh_l0",
        "weight_ih_l0_reverse",
        "weight_hh_l0_reverse",
        "weight_ih_l1",
        "weight_hh_l1",
        "weight_ih_l1_reverse",
        "weight_hh_l1_reverse",
    ]
    assert [(w.name, w.dims) for w in Attention(2, 1).weights(X, WIDE)] == [
        ("q_proj_weight", (8, 8)),
        ("k_proj_weight", (8, 12)),
        ("v_proj_weight", (8, 12)),
        ("in_proj_bias", (24,)),
        ("out_proj.weight", (8, 8)),
        ("out_proj.bias", (8,)),
    ]


def test_operations_of_a_cell():
    y = TensorType((6, 3))
    lstm, gru, rnn = (layer(3).operations(X, y) for layer in (Lstm, Gru, Rnn))

    assert [o.macs for o in (lstm, gru, rnn)] == [6 * g * 3 * (8 + 3) for g in (4, 3, 1)]
    units = 6 * 3
    assert lstm.other == {
        "add": 5 * units,
        "mul": 3 * units,
        "sigmoid": 3 * units,
        "tanh": 2 * units,
        "bias": 8 * units,
    }
    assert gru.other == {
        "add": 4 * units,
        "sub": units,
        "mul": 3 * units,
        "sigmoid": 2 * units,
        "tanh": units,
        "bias": 6 * units,
    }
    assert rnn.other == {"add": units, "tanh": units, "bias": 2 * units}
    assert "bias" not in Lstm(3, bias=False).operations(X, y).other


def test_upper_layers_read_both_directions():
    macs = Lstm(3, 2, bidirectional=True).operations(X, TensorType((6, 6))).macs

    assert macs == 6 * 2 * 12 * ((8 + 3) + (6 + 3))
    assert Lstm(3, 2, bidirectional=True).depth() == 2
    assert Lstm(3).depth() == 1


def test_operations_of_attention():
    operations = Attention(2).operations(X, X)
    cross = Attention(2, 1, bias=False).operations(X, WIDE, X)

    assert operations.macs == 4 * 6 * 8 * 8 + 2 * 6 * 6 * 8
    assert operations.other == {"scale": 72, "softmax": 216, "bias": 4 * 6 * 8}
    assert cross.macs == 2 * 6 * 8 * 8 + 2 * 5 * 12 * 8 + 2 * 6 * 5 * 8
    assert cross.other == {"scale": 60, "softmax": 180}
    assert Attention(2).depth() == 0


def test_time_is_free_and_features_are_fixed():
    tokens = TensorType((product((T, S)), 8))
    wide = TensorType((5, T))

    for layer in (Lstm(3), Gru(3), Rnn(3), Attention(2)):
        assert list(layer.conditions(tokens)) == []
        (condition,) = layer.conditions(wide)
        assert condition == Equal(T, 6, condition.reason)
    assert Lstm(3).output(tokens).dims == (product((T, S)), 3)
    assert list(Attention(2, 1).conditions(tokens, TensorType((S, 12)))) == []
    assert len(list(Attention(2, 1).conditions(X, wide))) == 1


def test_an_output_sees_all_positions():
    assert Lstm(3).window(X) == Window(whole=True)
    assert Attention(2, 1).window(X, CONTEXT) == Window(whole=True)


@pytest.mark.parametrize(
    ("layer", "types", "code", "field", "part"),
    [
        (Lstm(3), (TensorType((8,)),), "E0600", None, "takes [T, D], time first"),
        (Gru(3), (TensorType((4, 5, 6)),), "E0600", None, "this is [4, 5, 6]"),
        (Rnn(3), (TensorType((4, 5), batched=False),), "E0619", None, "unbatched"),
        (Lstm(3), (TensorType((4, 5), "float64"),), "E0601", None, "float32 weights"),
        (Lstm(3, 1001), (X,), "E0503", "layers", "at most 1000"),
        (Attention(3), (X,), "E0604", "heads", "cannot split 8 features into 3 equal heads"),
        (Attention(2, dropout=1.5), (X,), "E0503", "dropout", "rate from 0 to 1"),
        (Attention(2, 1), (X, TensorType((5, 8), batched=False)), "E0619", None, "unbatched"),
        (Attention(2, 1), (X, TensorType((5,))), "E0600", None, "this is [5]"),
    ],
)
def test_refusals_name_the_argument(against_torch, layer, types, code, field, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(layer, *types)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert part in refused.value.message


def test_labels():
    assert Lstm(512).label(X) == "LSTM, 512"
    assert Gru(256, 2, bidirectional=True).label(X) == "GRU, 256, 2 layers, bidirectional"
    assert Rnn(64).label(X) == "RNN, 64"
    assert Attention(8).label(X) == "attention, 8 heads"
    assert Attention(1, 1).label(X, CONTEXT) == "cross-attention, 1 head"
