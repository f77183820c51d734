import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from archdsl.layers.definition import Operations, Reject
from archdsl.layers.padding import Pad
from archdsl.layers.torch_call import Operand
from archdsl.shapes.dim import symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

IMAGE = TensorType((4, 5, 6))
PAIRS = st.tuples(st.integers(-3, 5), st.integers(-3, 5))
MODES = ("constant", "reflect", "replicate", "circular")


@st.composite
def pads(draw):
    """A shape and sides, as many as it has spatial axes."""
    axes = draw(st.integers(1, 3))
    shape = (draw(st.integers(1, 3)), *(draw(st.integers(1, 5)) for _ in range(axes)))
    sides = draw(st.integers(-3, 5) | st.tuples(*[PAIRS] * axes))
    return shape, sides, draw(st.sampled_from(MODES))


@given(pads())
def test_pad_accepts_and_gives_what_a_run_does(against_torch, pad):
    shape, sides, mode = pad
    event(f"{mode} accepted: {against_torch.accepts('pad', shape, sides=sides, mode=mode)}")


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.integers(0, 4))
def test_channels_behind_are_accepted_as_a_run_does(against_torch, shape, channels):
    assert against_torch.accepts("pad", shape, channels=channels) == (2 <= len(shape) <= 4)


@given(PAIRS, st.sampled_from(MODES))
def test_sizes_by_conditions_are_sizes_by_numbers(against_torch, pair, mode):
    pad = Pad(((0, 0), pair), mode)
    try:
        symbolic, plain = against_torch.sizes(pad, (2, 3, 20), range(1, 21))
    except Reject:
        assert mode == "circular"
        assert min(pair) < 0
        return

    assert symbolic == plain


@pytest.mark.parametrize("shape", [(4, 6), (4, 5, 6), (4, 5, 6, 3)])
@pytest.mark.parametrize(
    "pad",
    [Pad(2), Pad(-1), Pad(1, value=0.5), Pad(0), Pad(channels=3), Pad(channels=0)]
    + [Pad(2, mode) for mode in MODES]
    + [Pad(0, mode) for mode in MODES],
    ids=str,
)
def test_a_pad_is_pytorchs(against_torch, pad, shape):
    against_torch.check(pad, TensorType(shape))
    against_torch.check(pad, TensorType(shape, batched=False))
    assert pad.operations(TensorType(shape), TensorType(shape)) == Operations()


@pytest.mark.parametrize(
    ("pad", "arguments"),
    [
        (Pad(3), ((3, 3, 3, 3), {})),
        (Pad(((1, 2), (3, 4))), ((3, 4, 1, 2), {})),
        (Pad(1, "reflect"), ((1, 1, 1, 1), "reflect", {})),
        (Pad(1, value=-1.0), ((1, 1, 1, 1), {"value": -1.0})),
        (Pad(channels=8), ((0, 0, 0, 0, 0, 8), {})),
    ],
)
def test_calls_say_only_what_differs_from_the_defaults(pad, arguments):
    call = pad.functional(IMAGE)

    assert call.target == "torch.nn.functional.pad"
    assert (*call.args, call.kwargs) == (Operand(0), *arguments)


def test_channels_stay_numbers():
    height = symbol("H", 5)
    padded = Pad(channels=3).output(TensorType((4, height, 6)))

    assert padded.dims == (7, height, 6)
    assert Pad(1).output(TensorType((4, height, 6))).dims == (4, height + 2, 8)


@pytest.mark.parametrize(
    ("pad", "code", "field", "part"),
    [
        (Pad(), "E0635", None, "needs to know where"),
        (Pad(1, channels=2), "E0635", "channels", "both are given"),
        (Pad(channels=2, mode="reflect"), "E0635", "mode", "no mode to choose"),
        (Pad(channels=2, value=1.0), "E0635", "value", "no value to choose"),
        (Pad(1, "reflect", 1.0), "E0635", "value", "takes no value"),
        (Pad((1, 2)), "E0602", "sides", "a pair (before, after)"),
        (Pad(((1, 2, 3), (1, 2))), "E0602", "sides", "a pair (before, after)"),
        (Pad((((1, 1), 1), (1, 1))), "E0602", "sides", "a pair (before, after)"),
        (Pad(((1, 2),)), "E0602", "sides", "has 1 pair, and the value has two spatial axes"),
        (Pad(((0, 0), (-4, -2))), "E0605", "sides", "all of an axis of 6: 0 would be left"),
        (Pad(((0, 0), (-7, 9))), "E0605", "sides", "needs 7 elements on the axis, and there are 6"),
        (Pad(6, "reflect"), "E0605", "sides", "needs 7 elements on the axis, and there are 5"),
        (Pad(6, "circular"), "E0605", "sides", "needs 6 elements on the axis, and there are 5"),
        (Pad(((0, 0), (-1, 0)), "circular"), "E0503", "sides", "cannot cut off"),
    ],
)
def test_refusals_name_the_argument(against_torch, pad, code, field, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(pad, IMAGE)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert part in refused.value.message


DTYPES = ("float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "pad",
    [Pad(1, mode) for mode in MODES]
    + [Pad(1, value=v) for v in (-1.0, 0.5, 127.0, 128.0, 256.0, -32769.0, 1e6, 1e39, 1e300)],
    ids=str,
)
def test_dtypes_are_those_of_pytorch(against_torch, pad, dtype):
    x = TensorType((1, 3), dtype)
    call = pad.functional(x)
    tensor = torch.zeros(1, 1, 3, dtype=getattr(torch, dtype))
    try:
        torch.nn.functional.pad(tensor, *call.args[1:], **call.kwargs)
        runs = True
    except RuntimeError:
        runs = False
    try:
        accepted = against_torch.outputs(pad, x)[0].dtype == dtype
    except Reject:
        accepted = False

    assert accepted == runs


@pytest.mark.parametrize(
    ("pad", "label"),
    [
        (Pad(3), "pad, 3"),
        (Pad(((1, 2), (1, 2))), "pad, 1+2"),
        (Pad(((1, 1), (2, 2))), "pad, 1×2"),
        (Pad(1, "reflect"), "reflect pad, 1"),
        (Pad(channels=64), "pad, +64 channels"),
        (Pad(channels=1), "pad, +1 channel"),
    ],
)
def test_labels(pad, label):
    assert pad.label(IMAGE) == label
