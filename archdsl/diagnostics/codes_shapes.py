"""E06: layers that do not suit what flows into them."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

_VECTOR = "8"
_SEQUENCE = "10, 8"

LAYERS: tuple[Code, ...] = (
    Code(
        "E0600",
        "a value of other axes",
        "Convolution, pooling and most norms take `[C, L]`, `[C, H, W]` or `[C, D, H, W]`; "
        "recurrent layers and attention take `[T, D]`, time first.",
        network("flatten -> conv(8, 3x3)"),
        network("conv(8, 3x3) -> flatten"),
    ),
    Code(
        "E0601",
        "a value of another dtype",
        "Weights are float32, and PyTorch computes most functions for floating point only. "
        "The values that a join takes are of one dtype.",
        "network n {\n    input tokens[8]: int64\n    linear(4)\n}\n",
        "network n {\n    input tokens[8]\n    linear(4)\n}\n",
    ),
    Code(
        "E0602",
        "a size for other axes",
        "A size is one number for every spatial axis, or one for each: `3x3` for an image, "
        "`3` for a sequence.",
        network("conv(8, 3x3x3)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0603",
        "a padding that has no meaning here",
        "`same` pads both sides alike so that the size stays, which an even kernel does not allow; "
        "`tf_same` is for convolutions. A transposed convolution cuts its padding off.",
        network("conv(8, 2x2)"),
        network("conv(8, 2x2, padding=valid)"),
    ),
    Code(
        "E0604",
        "channels that do not split evenly",
        "Groups and heads divide the channels, or features, into equal parts.",
        network("conv(8, 3x3, groups=2)"),
        network("conv(9, 3x3, groups=3)"),
    ),
    Code(
        "E0605",
        "a window that does not fit",
        "A kernel, spread by its dilation, is at most as long as the value with its padding; "
        "padding and cropping leave something of it.",
        network("conv(8, 5x5, padding=valid)", image="3, H = 4, W = 4"),
        network("conv(8, 5x5)", image="3, H = 4, W = 4"),
    ),
    Code(
        "E0606",
        "a pool padded too much",
        "A pool is padded by at most half of its kernel, so that no window lies outside the value.",
        network("max_pool(3x3, padding=2)"),
        network("max_pool(3x3, padding=1)"),
    ),
    Code(
        "E0607",
        "an output padding that is too large",
        "What is added behind the output of a transposed convolution is less than its stride or "
        "its dilation.",
        network("conv_transpose(8, 2x2, stride=2, output_padding=2)"),
        network("conv_transpose(8, 2x2, stride=2, output_padding=1)"),
    ),
    Code(
        "E0608",
        "an axis that is not there",
        "Axes are counted without the batch, from 0, and negative ones from the end.",
        network("softmax(axis=3)"),
        network("softmax(axis=2)"),
    ),
    Code(
        "E0617",
        "a side that depends on the input's size",
        "Kernels, strides and the new sides of a `reshape` are numbers that hold for every size.",
        network("conv(8, H)"),
        network("conv(8, 3)"),
    ),
    Code(
        "E0618",
        "a connection table that does not fit",
        "The table of a `sparse_conv` has a row for each output channel, which lists input "
        "channels that exist, each once.",
        network("sparse_conv(2, 3x3, [[0, 1], [2, 3]])"),
        network("sparse_conv(2, 3x3, [[0, 1], [1, 2]])"),
    ),
    Code(
        "E0619",
        "a value without a batch",
        "The layer works on a batch, and the input was declared `unbatched`.",
        "network n {\n    input table[8, 4, 4] unbatched\n    batch_norm\n}\n",
        "network n {\n    input table[8, 4, 4]\n    batch_norm\n}\n",
    ),
    Code(
        "E0620",
        "an initialiser that cannot fill the weight",
        "Initialisers that count inputs and outputs need a weight of at least two dimensions; "
        "a layer without weights has none to fill.",
        network("batch_norm(init=kaiming_normal)"),
        network("batch_norm(init=ones)"),
    ),
    Code(
        "E0621",
        "centres that do not fit",
        "Each centre of an `rbf` has a number, or a letter of its bitmap, for each feature.",
        network("rbf([[1, -1]])", image=_VECTOR),
        network("rbf([[1, -1]])", image="2"),
    ),
    Code(
        "E0622",
        "a divisor that PyTorch does not take",
        "`avg_pool` divides by a number of one's own on two and three spatial axes only.",
        network("avg_pool(2, divisor=3)", image="3, L = 32"),
        network("avg_pool(2) -> scale(2/3)", image="3, L = 32"),
    ),
    Code(
        "E0623",
        "statistics of one value",
        "A norm over a single value would always give 0; PyTorch refuses it.",
        network("global_avg_pool(keep=true) -> instance_norm"),
        network("instance_norm -> global_avg_pool(keep=true)"),
    ),
    Code(
        "E0624",
        "an axis that must be named",
        "Over `[T, D]` a softmax could go along time or along the features, so it names its axis.",
        network("softmax", image=_SEQUENCE),
        network("softmax(axis=1)", image=_SEQUENCE),
    ),
    Code(
        "E0631",
        "a shape of other elements",
        "`reshape` keeps every element; one side may be -1 and is worked out.",
        network("reshape(3, 1000)"),
        network("reshape(3, 1024)"),
    ),
    Code(
        "E0632",
        "axes that are no permutation",
        "`permute` names each axis once, in the new order.",
        network("permute(0, 1)"),
        network("permute(1, 2, 0)"),
    ),
    Code(
        "E0633",
        "a value that cannot be cut so often",
        "`chunk` makes parts of one length, the last maybe shorter; none may be empty.",
        network("chunk(2)", image="1, H = 32, W = 32"),
        network("chunk(2)", image="2, H = 32, W = 32"),
    ),
    Code(
        "E0634",
        "a slice of nothing",
        "A slice goes from `start` to before `stop`, and holds at least one element.",
        network("slice(3, 5)"),
        network("slice(1, 3)"),
    ),
    Code(
        "E0635",
        "arguments that exclude each other",
        "Some arguments are alternatives (`scale`, `size` and `like` of `upsample`), and some "
        "only make sense beside others.",
        network("upsample(scale=2, size=64)"),
        network("upsample(scale=2)"),
    ),
    Code(
        "E0636",
        "an interpolation for other axes",
        "`linear` interpolates along one axis, `bilinear` two, `trilinear` three.",
        network('upsample(scale=2, mode="linear")'),
        network('upsample(scale=2, mode="bilinear")'),
    ),
    Code(
        "E0637",
        "a join of too few values",
        "A merge joins the flow with named values, or several paths.",
        network("add"),
        network("conv(3, 3x3) -> add(image)"),
    ),
)

SIZES: tuple[Code, ...] = (
    Code(
        "E0640",
        "a size that a layer does not take",
        "At its default size (or the one given with `--at`) the input does not suit this layer, "
        "which comes from a plugin: the package's own say more about it.",
    ),
    Code(
        "E0641",
        "paths that do not fit together",
        "A join takes values of equal shape (but for the axis of a `concat`). The notes show each "
        "path from where they part.",
        network("add { | conv(3, 3x3, stride=2) | skip }"),
        network("add { | conv(3, 3x3) | skip }"),
    ),
    Code(
        "E0642",
        "a size that `where` rules out",
        "An input promises its sizes with `where`; the size at hand is not among them.",
        "network n {\n    input image[3, H = 30, W = 30] where H % 4 == 0\n    relu\n}\n",
        "network n {\n    input image[3, H = 32, W = 32] where H % 4 == 0\n    relu\n}\n",
    ),
    Code(
        "E0643",
        "nothing is left",
        "A value has no elements. The package's own layers say more about why.",
    ),
    Code(
        "E0644",
        "sizes that need other weights",
        "`archc check --at` asks for sizes at which the shapes hold, but a layer would need other "
        "weights than those of the network as it is declared: it cannot run on them. The nearest "
        "sizes that it can run on are named.",
    ),
    Code(
        "E0645",
        "a promise that the network does not keep",
        "An input's `where` allows sizes that a join or a layer does not take. What it asks for is "
        "named, with the smallest sizes that are allowed and not legal.",
        "network n {\n    input image[3, H = 32, W = 32] where H % 2 == 0\n"
        "    conv(8, 40x3, padding=(8, 1))\n}\n",
        "network n {\n    input image[3, H = 32, W = 32] where H >= 24\n"
        "    conv(8, 40x3, padding=(8, 1))\n}\n",
    ),
    Code(
        "E0646",
        "legal sizes without a closed form",
        "The legal sizes could not be written down: the message says what asks for the condition, "
        "why it has no closed form, and at how many sizes it was tried instead. Sizes given with "
        "`--at` are decided all the same. Only `archc check --strict` makes it an error.",
    ),
    Code(
        "E0650",
        "what cannot be unpooled",
        "`max_unpool` puts a value back where a pool took it from. It takes the second value of a "
        "`max_pool` with `return_indices`, which also remembers the size, and one index for each "
        "element.",
        network("max_pool(2x2) as pooled -> max_unpool(pooled)"),
        network("max_pool(2x2, return_indices=true) as pooled, switches -> max_unpool(switches)"),
    ),
    Code(
        "E0651",
        "what are no regions",
        "`roi_pool` and `roi_align` take regions as an unbatched input of rows with 5 numbers: the "
        "image's number in the batch, and two corners in its pixels.",
        "network n {\n    input image[3, H = 32, W = 32]\n    input rois[4]\n"
        "    from image -> roi_pool(rois, 7x7, 1)\n}\n",
        "network n {\n    input image[3, H = 32, W = 32]\n    input rois[R = 1, 5] unbatched\n"
        "    from image -> roi_pool(rois, 7x7, 1)\n}\n",
    ),
    Code(
        "E0652",
        "regions beside whole images",
        "Behind `roi_pool` and `roi_align` the batch holds the regions of all images, so that a value "
        "there cannot be joined with one of the images.",
        "network n {\n    input image[3, H = 7, W = 7]\n    input rois[R = 1, 5] unbatched\n"
        "    from image -> roi_pool(rois, 7x7, 1) -> add(image)\n}\n",
        "network n {\n    input image[3, H = 7, W = 7]\n    input rois[R = 1, 5] unbatched\n"
        "    from image -> roi_pool(rois, 7x7, 1) as a -> relu -> add(a)\n}\n",
    ),
)

WARNINGS: tuple[Code, ...] = (
    Code(
        "W0601",
        "statistics of one value in training",
        "In training a batch norm takes the mean and variance of each channel over the batch and "
        "all positions. With one position and a batch of one sample there is one value, which "
        "PyTorch refuses; a larger batch trains.",
        network("global_avg_pool(keep=true) -> batch_norm"),
        network("batch_norm -> global_avg_pool(keep=true)"),
    ),
)
