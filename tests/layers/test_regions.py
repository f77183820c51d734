"""Regions of interest, held against the definitions in plain loops."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archdsl
from archdsl.layers.definition import Reject
from archdsl.layers.regions import RoiAlign, RoiPool
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")


def network(layer, channels=2, more=""):
    return archdsl.loads(
        f"network n {{\n    input image[{channels}, H = 9, W = 8]\n    input rois[R = 2, 5] unbatched\n"
        f"    from image -> {layer}\n    {more}\n}}\n"
    )


def bins_of(low, high, bins, length):
    """The elements of each bin of a side: Fast R-CNN's rounding."""
    low, high = math.floor(low + 0.5), math.floor(high + 0.5)
    step = max(high - low + 1, 1) / bins
    for b in range(bins):
        start, stop = low + math.floor(b * step), low + math.ceil((b + 1) * step)
        yield range(max(start, 0), min(max(stop, 0), length))


def pooled(x, roi, size, scale):
    image, x1, y1, x2, y2 = roi.tolist()
    maps = x[int(image)]
    y = torch.zeros(maps.shape[0], *size)
    for i, rows in enumerate(bins_of(y1 * scale, y2 * scale, size[0], maps.shape[1])):
        for j, columns in enumerate(bins_of(x1 * scale, x2 * scale, size[1], maps.shape[2])):
            if len(rows) and len(columns):
                y[:, i, j] = maps[:, list(rows)][:, :, list(columns)].amax((1, 2))
    return y


def sample(maps, y, x):
    """One bilinear sample; nothing where it lies more than one element outside."""
    _, height, width = maps.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return torch.zeros(maps.shape[0])
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    total = torch.zeros(maps.shape[0])
    for i in (math.floor(y), math.floor(y) + 1):
        for j in (math.floor(x), math.floor(x) + 1):
            if i < height and j < width:
                total += maps[:, i, j] * (1 - abs(y - i)) * (1 - abs(x - j))
    return total


def aligned(x, roi, size, scale, sampling):
    image, *corners = roi.tolist()
    x1, y1, x2, y2 = (corner * scale for corner in corners)
    maps = x[int(image)]
    rows, columns = max(y2 - y1, 1) / size[0], max(x2 - x1, 1) / size[1]
    y = torch.zeros(maps.shape[0], *size)
    for i in range(size[0]):
        for j in range(size[1]):
            samples = [
                sample(
                    maps,
                    y1 + (i + (a + 0.5) / sampling) * rows,
                    x1 + (j + (b + 0.5) / sampling) * columns,
                )
                for a in range(sampling)
                for b in range(sampling)
            ]
            y[:, i, j] = torch.stack(samples).mean(0)
    return y


corner = st.integers(0, 18).map(lambda n: n / 1.0)


@st.composite
def regions(draw):
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        x1, x2 = sorted((draw(corner), draw(corner)))
        y1, y2 = sorted((draw(corner), draw(corner)))
        rows.append([draw(st.integers(0, 1)), x1, y1, x2, y2])
    return torch.tensor(rows, dtype=torch.float32)


def maps(seed):
    return torch.randn(2, 2, 9, 8, generator=torch.Generator().manual_seed(seed))


@given(regions(), st.integers(0, 3), st.sampled_from([(1, 1), (2, 3), (3, 3), (7, 7)]))
def test_pooling_is_the_papers(rois, seed, size):
    module = network(f"roi_pool(rois, {size[0]}x{size[1]}, 1 / 2)").compile()
    x = maps(seed)

    expected = torch.stack([pooled(x, roi, size, 0.5) for roi in rois])
    assert torch.equal(module(x, rois), expected)


@given(regions(), st.integers(0, 3), st.sampled_from([(1, 1), (2, 3)]), st.integers(1, 3))
def test_aligning_is_the_papers(rois, seed, size, sampling):
    layer = f"roi_align(rois, {size[0]}x{size[1]}, 1 / 4, sampling={sampling})"
    module = network(layer).compile()
    x = maps(seed)

    expected = torch.stack([aligned(x, roi, size, 0.25, sampling) for roi in rois])
    torch.testing.assert_close(module(x, rois), expected, rtol=1e-5, atol=1e-6)


def test_the_batch_is_that_of_the_regions_from_there_on():
    made = network("roi_pool(rois, 3x3, 1) -> conv(4, 3x3) -> flatten -> linear(5)")
    module = made.compile(seed=0)

    assert made.outputs[0].shape == (5,)
    assert module(maps(0), torch.tensor([[0.0, 0, 0, 4, 4]] * 6)).shape == (6, 5)


def test_figures_count_all_regions():
    def figures(regions):
        text = network("roi_pool(rois, 3x3, 1) -> flatten -> linear(5)")
        found = archdsl.loads(
            "network n {\n    input image[2, H = 9, W = 8]\n"
            f"    input rois[R = {regions}, 5] unbatched\n"
            "    from image -> roi_pool(rois, 3x3, 1) -> flatten -> linear(5)\n}\n"
        ).cost()
        assert found.params == text.cost().params
        return found

    assert figures(1).macs == 90
    assert figures(7).macs == 7 * 90
    assert figures(7).activations == 35
    assert figures(7).flops == 7 * figures(1).flops
    # Regions are of the whole batch: more images add no more of them.
    more = network("roi_pool(rois, 3x3, 1) -> flatten -> linear(5)")
    grown = more.cost(batch=3).memory.inference_peak - more.cost(batch=2).memory.inference_peak
    assert grown == 4 * 2 * 9 * 8


@pytest.mark.parametrize(
    ("layer", "types", "code"),
    [
        (RoiPool(1, 3, 1.0), (TensorType((4, 9)), TensorType((3, 5), batched=False)), "E0601"),
        (RoiPool(1, 3, 1.0), (TensorType((4, 9, 8)), TensorType((3, 5))), "E0651"),
        (RoiAlign(1, 3, 1.0), (TensorType((4, 9, 8)), TensorType((3, 4), batched=False)), "E0651"),
        (RoiAlign(1, 3, 0.0), (TensorType((4, 9, 8)), TensorType((3, 5), batched=False)), "E0503"),
    ],
)
def test_what_is_refused(layer, types, code):
    with pytest.raises(Reject) as caught:
        list(layer.conditions(*types))

    assert caught.value.code == code
