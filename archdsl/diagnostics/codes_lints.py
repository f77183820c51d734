"""Lints: texts that mean what they say, which is seldom what their author means."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

LINTS: tuple[Code, ...] = (
    Code(
        "W0201",
        "two steps on a line without `->`",
        "Each line is a step, and steps on one line are joined by `->`. Two steps side by side "
        "follow each other all the same, but they read as one step, and an arrow, a comma or an "
        "argument may have been left out between them. Join them, or begin a line.",
        network("conv(8, 3x3) relu"),
        network("conv(8, 3x3) -> relu"),
    ),
    Code(
        "W0402",
        "a parameter that is never read",
        "Whatever is given for it, the same is made: the calls that give it say something that is "
        "not so. Take it away, or use it where a number stands in its place. A block that is "
        "passed to others, or that has the same parameters as a block beside it, is exempt: it "
        "takes what they take, and may have no use for it.",
        network(
            "unit(8, 2)",
            before="block unit(out, stride) {\n    conv(out, 3x3, stride=2) -> relu\n}",
        ),
        network(
            "unit(8, 2)",
            before="block unit(out, stride) {\n    conv(out, 3x3, stride=stride) -> relu\n}",
        ),
    ),
    Code(
        "W0403",
        "a name that is never read",
        "A constant, a loop's variable or a share that nothing in its body reads is left over, or "
        "another name was written where it was meant. Take it away. The names that take a value "
        "apart, `for (kernel, width) in rows`, are exempt: they say what its parts are. So is what "
        "a file declares at its top, which other files can import.",
        network("let width = 16", "conv(8, 3x3)"),
        network("let width = 16", "conv(width, 3x3)"),
    ),
    Code(
        "W0404",
        "an import that is never read",
        "The file declares networks and reads this name nowhere, so a reader looks for its use in "
        "vain. Take it away from the import. A file without networks is exempt, since others may "
        "import the name from it.",
        network("conv(8, 3x3)", before='from "std" import squeeze_excite'),
        network("squeeze_excite(1)", before='from "std" import squeeze_excite'),
    ),
    Code(
        "W0405",
        "a built-in that is hidden",
        "The name stands for this declaration from here on, and the built-in layer or function of "
        "that name cannot be reached. Whoever knows the layer reads the text wrongly. It is no "
        "error, so that a layer that is added later breaks no file. Give it another name. What can "
        "be called counts: declarations, imports, shares, and `let`s and parameters of layers and "
        "blocks. Numbers and labels of that name are exempt: they cannot be taken for a layer.",
        network("relu", before="block relu {\n    max_pool(2x2)\n}"),
        network("halved", before="block halved {\n    max_pool(2x2)\n}"),
    ),
    Code(
        "W0406",
        "sibling stages whose weights are called differently",
        "A block call that is all that a stage holds takes the stage's name, `down1.conv1`; beside "
        "another step it has its own, `down2.double1.conv1`. Of stages that are called alike but "
        "for their number some hold the call alone: their weights are named unlike those of the "
        "others, and are renamed by the first step that is put beside the call, so that files of "
        "weights do not fit any more. A label on the call gives it the longer name for good.",
        network(
            "stage down1 { double(8) }",
            "stage down2 { max_pool(2x2) -> double(16) }",
            before="block double(out) {\n    repeat 2 { conv(out, 3x3) -> relu }\n}",
        ),
        network(
            "stage down1 { double(8) as double1 }",
            "stage down2 { max_pool(2x2) -> double(16) }",
            before="block double(out) {\n    repeat 2 { conv(out, 3x3) -> relu }\n}",
        ),
    ),
    Code(
        "W0602",
        "a bias that a batch norm takes away",
        "A batch norm subtracts the mean of each channel, and with it any bias that was added "
        "before: the bias has no effect and no gradient, and its parameters are kept, moved and "
        "saved for nothing. The norm adds a bias of its own. Write `bias=false`. Exempt are a value "
        "that something else takes too, a norm that is frozen, whose mean is that of the past, and "
        "a text that needs the bias in another of its uses.",
        network("conv(8, 3x3) -> batch_norm -> relu"),
        network("conv(8, 3x3, bias=false) -> batch_norm -> relu"),
    ),
    Code(
        "W0603",
        "inputs that no window reads",
        "The stride steps over more than the window covers, or shares a factor with its dilation, "
        "so a part of the input is computed and never read. Take a window of at least the stride. "
        "Windows of one element are exempt: a 1×1 convolution or pool with a stride takes samples, "
        "as the projections on the shortcuts of residual networks do, and cannot be meant for "
        "anything else. So is a window that stands in one position.",
        network("conv(8, 3x3, stride=4)"),
        network("conv(8, 5x5, stride=4)"),
    ),
    Code(
        "W0604",
        "a transposed convolution that paints unevenly",
        "Windows overlap unevenly where the stride does not divide the kernel: some outputs are "
        "sums of more taps than their neighbours, which shows as a checkerboard pattern "
        '(A. Odena, V. Dumoulin, C. Olah, 2016, "Deconvolution and checkerboard artifacts"). '
        "Take a kernel that is a multiple of the stride, or `upsample` and then `conv`.",
        network("conv_transpose(8, 3x3, stride=2, padding=1, output_padding=1)"),
        network("conv_transpose(8, 4x4, stride=2, padding=1)"),
    ),
    Code(
        "W0605",
        "groups that make a layer no cheaper",
        "With g groups a convolution has a g-th of the weights and MACs. One group, written out, "
        "is the plain layer, and so is a depthwise convolution of one channel: the text promises a "
        "saving that is none. Leave the groups out. A number of groups that is computed or passed "
        "in may be one, and so may the channels of a block that has more in another of its uses.",
        network("conv(8, 3x3, groups=1)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "W0606",
        "downsampling below one position",
        "At the default size the value has one position on every axis that the window is to slide "
        "or step over. Then a stride reduces nothing, and all taps of a window but one read "
        "padding: the weights are there and never do anything. Mostly the input is too small for "
        "the network, or a stride too many stands before. Take a larger input, a stride less, or a "
        "1×1 window, which computes the same.",
        network("max_pool(2x2) -> conv(8, 3x3)", image="3, H = 2, W = 2"),
        network("max_pool(2x2) -> conv(8, 3x3)", image="3, H = 4, W = 4"),
    ),
    Code(
        "W0607",
        "a head that sees less than the input",
        "Each position of the value that is pooled into one sees a part of the input only, at the "
        "default size, so that no feature joins parts that are farther apart. More layers, larger "
        "windows or dilation widen what is seen; `archc cost` shows it beside the depth. Exempt are "
        "linear layers behind a `flatten`, which have weights for every position; pools whose value "
        "goes back into a map, as in squeeze and excite; and values of as many positions as the "
        "input, whose mean is a statistic of what is nearby.",
        network("repeat 3 { conv(8, 3x3, stride=2) -> relu }", "global_avg_pool -> linear(10)"),
        network(
            "repeat 3 { conv(8, 3x3, stride=2) -> relu }",
            "repeat 2 { conv(8, 3x3) -> relu }",
            "global_avg_pool -> linear(10)",
        ),
    ),
)
