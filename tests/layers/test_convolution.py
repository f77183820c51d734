from fractions import Fraction

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from archdsl.layers.convolution import Conv, ConvTranspose, DepthwiseConv
from archdsl.layers.definition import Reject
from archdsl.layers.initialisation import InitialiserValue
from archdsl.shapes.dim import product, symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

IMAGE = TensorType((4, 9, 8))


@st.composite
def windows(draw, *, transposed=False):
    """A value of one to three spatial axes, and a window over it that mostly fits."""
    axes = draw(st.integers(1, 3))
    shape = (draw(st.sampled_from([1, 2, 4])), *(draw(st.integers(1, 8)) for _ in range(axes)))

    def sides(low, high):
        if draw(st.booleans()):
            return draw(st.integers(low, high))
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    padding = sides(0, 2)
    if not transposed:
        padding = draw(st.sampled_from(["same", "valid", "tf_same", padding]))
    arguments = {
        "kernel": sides(1, 4),
        "stride": sides(1, 3),
        "padding": padding,
        "dilation": sides(1, 2),
        "bias": draw(st.booleans()),
    }
    return shape, arguments


@given(windows(), st.sampled_from([4, 6, 1, 2, 3]), st.sampled_from([1, 1, 1, 2, 3, 4]))
def test_conv_accepts_and_gives_what_a_run_does(against_torch, window, out, groups):
    shape, arguments = window
    accepted = against_torch.accepts("conv", shape, out=out, groups=groups, **arguments)
    event(f"accepted: {accepted}")


@given(windows(), st.integers(1, 3))
def test_depthwise_conv_accepts_and_gives_what_a_run_does(against_torch, window, multiplier):
    shape, arguments = window
    accepted = against_torch.accepts("depthwise_conv", shape, multiplier=multiplier, **arguments)
    event(f"accepted: {accepted}")


@given(windows(transposed=True), st.integers(1, 4), st.integers(1, 2), st.integers(0, 2))
def test_conv_transpose_gives_what_a_run_does(against_torch, window, out, groups, added):
    shape, arguments = window
    arguments |= {"out": out, "groups": groups, "output_padding": added}
    layer = ConvTranspose(**arguments)
    try:
        (output,) = against_torch.outputs(layer, TensorType(shape))
    except Reject:
        event("refused")
        return
    assert against_torch.accepts("conv_transpose", shape, **arguments)
    assert min(output.shape) > 0


@given(st.sampled_from(["same", "valid", "tf_same", 1]), st.integers(1, 4), st.integers(1, 4))
def test_sizes_by_conditions_are_sizes_by_numbers(against_torch, padding, half, stride):
    kernel = 2 * half - 1
    conv = Conv(2, kernel, stride, padding=padding)
    symbolic, plain = against_torch.sizes(conv, (2, 40), range(1, 41))

    assert symbolic == plain


@given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 4), st.integers(1, 2))
def test_transposed_sizes_by_conditions_are_sizes_by_numbers(
    against_torch, kernel, stride, padding, dilation
):
    layer = ConvTranspose(2, kernel, stride, padding, dilation=dilation)
    symbolic, plain = against_torch.sizes(layer, (2, 40), range(1, 41))

    assert symbolic == plain


@given(st.integers(1, 4), st.integers(1, 3))
def test_an_output_of_a_transposed_convolution_sees_its_window(against_torch, kernel, stride):
    layer = ConvTranspose(1, kernel, stride, bias=False)
    x = TensorType((1, 12))
    (seen,) = layer.window(x).kernel
    signal = torch.zeros(1, 1, 12, requires_grad=True)
    extents = []
    for element in against_torch.run(layer, x).module(signal).flatten():
        places = torch.autograd.grad(element, signal, retain_graph=True)[0].flatten().nonzero()
        extents.append(int(places.max() - places.min()) + 1 if len(places) else 0)

    assert max(extents) == seen
    assert layer.window(x).stride == (Fraction(1, stride),)


@pytest.mark.parametrize("shape", [(4, 9), (4, 9, 8), (4, 5, 6, 7)])
@pytest.mark.parametrize(
    "layer",
    [
        Conv(6, 3),
        Conv(6, 3, 2, "valid", bias=False),
        Conv(6, 2, 1, 1, 2, 2),
        Conv(6, 3, 2, "tf_same"),
        Conv(6, 2, 1, "tf_same", groups=2, bias=False),
        Conv(6, 1, 2, "tf_same"),
        DepthwiseConv(3),
        DepthwiseConv(3, 2, "tf_same", multiplier=2, bias=False),
        ConvTranspose(6, 2, 2),
        ConvTranspose(6, 3, 2, 1, 1, 1, 2, bias=False),
    ],
    ids=str,
)
def test_a_convolution_is_pytorchs(against_torch, layer, shape):
    against_torch.check(layer, TensorType(shape))
    against_torch.check(layer, TensorType(shape, batched=False))


@pytest.mark.parametrize(
    ("layer", "target", "keywords"),
    [
        (Conv(6, 3, 1, "tf_same"), "torch.nn.Conv2d", {"padding": 1}),
        (Conv(6, 1, 2, "tf_same"), "torch.nn.Conv2d", {"stride": 2}),
        (Conv(6, 3, 1, "tf_same", 2), "torch.nn.Conv2d", {"padding": 2, "dilation": 2}),
        (
            Conv(6, (1, 3), (2, 1), "tf_same"),
            "torch.nn.Conv2d",
            {"stride": (2, 1), "padding": (0, 1)},
        ),
        (Conv(6, 3, 2, "tf_same"), "Conv2dSame", {"stride": 2}),
        (Conv(6, 2, 1, "tf_same"), "Conv2dSame", {}),
    ],
)
def test_tf_same_needs_help_only_where_its_padding_is_uneven(layer, target, keywords):
    call = layer.module(IMAGE)

    assert (getattr(call.target, "name", call.target), call.kwargs) == (target, keywords)


def test_tf_same_puts_the_odd_element_behind(against_torch):
    both = against_torch.run(Conv(1, 3, 2, "tf_same", bias=False), TensorType((1, 8)))
    padded = torch.nn.functional.pad(both.runs[0].value, (0, 1))
    expected = torch.nn.functional.conv1d(padded, both.module.weight, stride=2)

    assert torch.equal(both.runs[0].results[0], expected)


@pytest.mark.parametrize("fullgraph", ["compile", "export"])
def test_tf_same_is_traced_whole(against_torch, fullgraph):
    module = against_torch.run(Conv(2, 3, 2, "tf_same"), TensorType((1, 9, 8))).module
    image = torch.randn(2, 1, 9, 8)
    if fullgraph == "compile":
        traced = torch.compile(module, fullgraph=True, backend="eager")
    else:
        traced = torch.export.export(module, (image,)).module()

    assert torch.equal(traced(image), module(image))


def test_macs_of_each_kind():
    x, y = TensorType((4, 8, 8)), TensorType((6, 4, 4))

    assert Conv(6, 3, 2).operations(x, y).macs == 6 * 16 * 4 * 9
    assert Conv(6, 3, 2, groups=2).operations(x, y).macs == 6 * 16 * 2 * 9
    assert Conv(6, 3, 2).operations(x, y).other == {"bias": 6 * 16}
    assert DepthwiseConv(3).operations(x, x).macs == 4 * 64 * 9
    assert ConvTranspose(6, 2, 2).operations(x, y).macs == 4 * 6 * 4 * 64


def test_identity_is_one_in_every_group():
    init = InitialiserValue("identity")

    assert DepthwiseConv(3, init=init).weights(IMAGE)[0].init.arguments == (("groups", 4),)
    assert Conv(4, 3, groups=2, init=init).weights(IMAGE)[0].init.arguments == (("groups", 2),)
    assert Conv(4, 3, init=init).weights(IMAGE)[0].init == init


def test_a_product_of_sizes_is_held_to_its_default():
    """What a `flatten` behind the channels leaves is a product, over which windows can slide."""
    flat = product((symbol("H", 3), symbol("W", 5)))
    x = TensorType((4, flat))
    conditions = list(Conv(2, 3).conditions(x))

    assert [(c.left, c.right) for c in conditions] == [(flat, 15)]
    assert Conv(2, 3).output(x).dims == (2, 15)


@pytest.mark.parametrize("layer", [Conv(2, 3), DepthwiseConv(3), ConvTranspose(2, 3)], ids=str)
def test_channels_that_depend_on_a_size_are_held(layer):
    conditions = layer.conditions(TensorType((symbol("T", 4), 9)))

    assert [c.right for c in conditions] == [4]


@pytest.mark.parametrize(
    ("layer", "shape", "code", "field", "part"),
    [
        (Conv(6, 2), (4, 9), "E0603", "kernel", "even kernel (2)"),
        (Conv(6, 7, padding="valid"), (4, 5), "E0605", "kernel", "7 is more than 5"),
        (Conv(6, 3, groups=3), (4, 9), "E0604", "groups", "split 4 input channels into 3"),
        (Conv(5, 3, groups=2), (4, 9), "E0604", "groups", "split 5 output channels into 2"),
        (ConvTranspose(6, 3, padding="same"), (4, 9), "E0603", "padding", "no size to keep"),
        (ConvTranspose(6, 3, 2, 0, 2), (4, 9), "E0607", "output_padding", "is 2, and must be"),
        (ConvTranspose(6, 1, padding=5), (4, 9), "E0605", "padding", "-1 would be left"),
    ],
)
def test_refusals_name_the_argument(against_torch, layer, shape, code, field, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(layer, TensorType(shape))

    assert (refused.value.code, refused.value.field) == (code, field)
    assert part in refused.value.message


@pytest.mark.parametrize(
    ("layer", "label"),
    [
        (Conv(64, 3, 2), "3×3 conv, 64, /2"),
        (Conv(64, (1, 7)), "1×7 conv, 64"),
        (Conv(64, 3, groups=2, dilation=2), "3×3 conv, 64, groups 2, dilation 2"),
        (DepthwiseConv(3, 2), "3×3 depthwise, /2"),
        (ConvTranspose(64, 2, 2), "2×2 up-conv, 64"),
        (ConvTranspose(64, 4, 4), "4×4 up-conv, 64, ×4"),
    ],
)
def test_labels_are_the_papers(layer, label):
    assert layer.label(IMAGE) == label
