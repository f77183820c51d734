from fractions import Fraction

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from archdsl.layers.definition import Reject, Window
from archdsl.layers.resize import Crop, PixelShuffle, Upsample
from archdsl.layers.torch_call import Infix, SizeOf
from archdsl.shapes.condition import AtLeast
from archdsl.shapes.dim import symbol
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

H, W = symbol("H", 8), symbol("W", 6)
IMAGE = TensorType((4, 9, 7))
SMALL = TensorType((2, 5, 4))
SIDES = st.lists(st.integers(1, 7), min_size=1, max_size=4)
FACTORS = st.integers(1, 4) | st.fractions(Fraction(1, 9), 4, max_denominator=9)
MODES = ("nearest", "linear", "bilinear", "trilinear")


@given(SIDES, SIDES)
def test_crop_accepts_and_gives_what_a_run_does(against_torch, shape, like):
    event(f"accepted: {against_torch.accepts('crop', shape, like, like=1)}")


@given(SIDES, FACTORS, st.sampled_from(MODES), st.booleans())
def test_upsampling_by_a_scale_is_accepted_as_a_run_does(
    against_torch, shape, scale, mode, corners
):
    corners = corners and mode != "nearest"
    accepted = against_torch.accepts(
        "upsample", shape, scale=scale, mode=mode, align_corners=corners
    )
    event(f"accepted: {accepted}")


@given(SIDES, st.integers(1, 9) | st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple))
def test_upsampling_to_a_size_is_accepted_as_a_run_does(against_torch, shape, size):
    event(f"accepted: {against_torch.accepts('upsample', shape, size=size)}")


@given(SIDES, SIDES)
def test_upsampling_like_a_value_is_accepted_as_a_run_does(against_torch, shape, like):
    event(f"accepted: {against_torch.accepts('upsample', shape, like, like=1)}")


@given(SIDES.map(lambda s: [s[0] * 4, *s[1:]]), st.integers(1, 3))
def test_pixel_shuffle_accepts_and_gives_what_a_run_does(against_torch, shape, factor):
    event(f"accepted: {against_torch.accepts('pixel_shuffle', shape, factor=factor)}")


@given(FACTORS)
def test_sizes_by_conditions_are_sizes_by_numbers(against_torch, scale):
    symbolic, plain = against_torch.sizes(Upsample(scale), (2, 9, 40), range(1, 41))

    assert symbolic == plain


@pytest.mark.parametrize(
    "layer", [Crop(1), Crop(1, 0), Crop(1, (4, 3))], ids=lambda layer: f"{layer.offset}"
)
def test_crop_is_a_view_from_the_offset_or_the_middle(against_torch, layer):
    against_torch.check(layer, IMAGE, SMALL)
    against_torch.check(layer, IMAGE, TensorType(SMALL.dims, batched=False))
    against_torch.check(layer, TensorType(IMAGE.dims, batched=False), SMALL)
    run = against_torch.run(layer, IMAGE, SMALL).runs[0]

    top, left = (2, 1) if layer.offset is None else (layer.offset,) * 2
    if isinstance(layer.offset, tuple):
        top, left = layer.offset
    assert torch.equal(run.results[0], run.value[..., top : top + 5, left : left + 4])


@pytest.mark.parametrize("shape", [(2, 5), (2, 5, 4), (2, 5, 4, 3)])
@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize(
    "arguments", [{"scale": 2}, {"scale": Fraction(3, 2)}, {"size": 4}], ids=str
)
def test_a_blend_is_pytorchs(against_torch, shape, corners, arguments):
    mode = MODES[len(shape) - 1]
    against_torch.check(Upsample(**arguments, mode=mode, align_corners=corners), TensorType(shape))
    against_torch.check(Upsample(**arguments), TensorType(shape))


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_a_size_is_taken_from_another_value(against_torch, mode, batched):
    layer = Upsample(like=1, mode=mode)
    against_torch.check(layer, SMALL, TensorType(IMAGE.dims, batched=batched))


@pytest.mark.parametrize("factor", [1, 2])
def test_pixel_shuffle_is_pytorchs(against_torch, factor):
    against_torch.check(PixelShuffle(factor), TensorType((8, 3, 5)))
    against_torch.check(PixelShuffle(factor), TensorType((8, 3, 5), batched=False))


def test_fractions_are_exact():
    """45 · 7 / 5 is 63; with the float 1.4 it would be 62."""
    layer = Upsample(Fraction(7, 5))
    x = TensorType((1, 45, 10))

    assert layer.output(x).shape == (1, 63, 14)
    assert layer.functional(x).kwargs["size"] == (
        Infix("//", Infix("*", SizeOf(0, 2), 7), 5),
        Infix("//", Infix("*", SizeOf(0, 3), 7), 5),
    )
    assert Upsample((2, Fraction(1, 2))).functional(x).kwargs["size"] == (
        Infix("*", SizeOf(0, 2), 2),
        Infix("//", SizeOf(0, 3), 2),
    )
    assert Upsample(2).functional(x).kwargs == {"scale_factor": 2}
    assert Upsample((2, 3)).functional(x).kwargs == {"scale_factor": (2, 3)}


def test_sizes_of_the_input_go_through():
    x = TensorType((8, H, W))

    assert Upsample(2).output(x).dims == (8, 2 * H, 2 * W)
    assert Upsample(like=1).output(SMALL, x).dims == (2, H, W)
    assert Crop(1).output(x, TensorType((3, H, 4))).dims == (8, H, 4)
    assert PixelShuffle(2).output(x).dims == (2, 2 * H, 2 * W)


def test_a_crop_lies_within_the_value_for_each_size():
    conditions = list(Crop(1, 2).conditions(TensorType((8, H + 3, 9)), TensorType((3, H, 4))))

    assert [(c.value, c.bound) for c in conditions if isinstance(c, AtLeast)] == [
        (H + 3, H + 2),
        (9, 6),
    ]


@pytest.mark.parametrize(
    ("layer", "window"),
    [
        (Upsample(2), Window((1, 1), (Fraction(1, 2),) * 2, (1, 1))),
        (Upsample(2, mode="bilinear"), Window((2, 2), (Fraction(1, 2),) * 2, (1, 1))),
        (Upsample(size=(3, 14)), Window((1, 1), (Fraction(3), Fraction(1, 2)), (1, 1))),
        (PixelShuffle(2), Window((1, 1), (Fraction(1, 2),) * 2, (1, 1))),
    ],
)
def test_windows(layer, window):
    assert layer.window(IMAGE) == window


@pytest.mark.parametrize(
    ("mode", "shape", "cost"),
    [("linear", (2, 6), 3), ("bilinear", (2, 6, 6), 7), ("trilinear", (2, 6, 6, 6), 15)],
)
def test_a_blend_weighs_and_adds_its_neighbours(mode, shape, cost):
    x = TensorType(shape)

    assert Upsample(1, mode=mode).operations(x, x).other == {"upsample": cost * x.elements}
    assert Upsample(1).operations(x, x).other == {}


@pytest.mark.parametrize(
    ("layer", "types", "code", "field", "part"),
    [
        (Crop(1), (SMALL, IMAGE), "E0605", "like", "9×7 cannot be cut out of 5×4"),
        (Crop(1, (5, 0)), (IMAGE, SMALL), "E0605", "offset", "5×4 from 5×0 on cannot be cut out"),
        (Crop(1, (1, 2, 3)), (IMAGE, SMALL), "E0602", "offset", "has 3 sides"),
        (Crop(1), (IMAGE, TensorType((2, 5))), "E0602", "like", "size of [2, 5], and the value"),
        (Crop(1), (TensorType((2,)), SMALL), "E0600", None, "takes [C, L]"),
        (Upsample(), (IMAGE,), "E0635", None, "and none is given"),
        (Upsample(2, size=3), (IMAGE,), "E0635", "size", "`scale` and `size` are given"),
        (Upsample(0), (IMAGE,), "E0503", "scale", "more than 0 on each axis, and this is 0"),
        (Upsample((2, 2, 2)), (IMAGE,), "E0602", "scale", "has 3 sides"),
        (Upsample(((2, 2), 2)), (IMAGE,), "E0503", "scale", "more than 0"),
        (Upsample(Fraction(1, 8)), (IMAGE,), "E0605", "scale", "nothing of an axis of 7"),
        (Upsample(size=(H, 2)), (IMAGE,), "E0617", "size", "must be known"),
        (Upsample(2, mode="linear"), (IMAGE,), "E0636", "mode", '"linear" is for one spatial axis'),
        (Upsample(2, align_corners=True), (IMAGE,), "E0636", "align_corners", "no corners"),
        (Upsample(2), (TensorType((2, 5), batched=False),), "E0619", None, "unbatched"),
        (PixelShuffle(3), (IMAGE,), "E0604", "factor", "9 does not divide them"),
        (PixelShuffle(1), (TensorType((2, 5)),), "E0600", None, "takes [C, H, W]"),
    ],
)
def test_refusals_name_the_argument(against_torch, layer, types, code, field, part):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(layer, *types)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert part in refused.value.message


def test_a_size_of_the_input_is_named_by_its_value(against_torch):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(Upsample(size=(H, W)), IMAGE)

    assert refused.value.help == "name a value that has this size: `like=image`"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "int64", "uint8", "bool"])
def test_dtypes_are_those_of_pytorch(against_torch, mode, dtype):
    x = TensorType((2, 4, 4, 4)[: max(2, MODES.index(mode) + 1)], dtype)
    layer = Upsample(2, mode=mode)
    call = layer.functional(x)
    try:
        torch.nn.functional.interpolate(
            torch.zeros(1, *x.shape).to(getattr(torch, dtype)), **call.kwargs
        )
        runs = True
    except (RuntimeError, NotImplementedError):
        runs = False
    try:
        accepted = against_torch.outputs(layer, x)[0].dtype == dtype
    except Reject:
        accepted = False

    assert accepted == runs


@pytest.mark.parametrize(
    ("layer", "label"),
    [
        (Crop(1), "crop"),
        (Crop(1, 19), "crop, from 19"),
        (Crop(1, (5, 9)), "crop, from 5×9"),
        (Upsample(2), "upsample, ×2"),
        (Upsample(Fraction(3, 2), mode="bilinear"), "bilinear, ×3/2"),
        (Upsample((2, 3)), "upsample, ×2×3"),
        (Upsample(size=7), "upsample, to 7×7"),
        (Upsample(like=1), "upsample"),
        (PixelShuffle(2), "pixel shuffle, ×2"),
    ],
)
def test_labels(layer, label):
    assert layer.label(IMAGE) == label
