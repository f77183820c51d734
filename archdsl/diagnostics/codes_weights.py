"""E09: files of weights."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

WEIGHTS: tuple[Code, ...] = (
    Code(
        "E0901",
        "a file of weights that cannot be opened",
        "Weights are safetensors files, named relative to the file that the statement stands in "
        "and below the root. They are opened when a module is built, and by nothing else.",
        network("conv(8, 3x3)", 'weights "resnet50.pth"'),
        network("conv(8, 3x3)", 'weights "resnet50.safetensors"'),
    ),
    Code(
        "E0902",
        "no sound safetensors file",
        "The file is of another format, cut off, or its header contradicts itself. Nothing of it "
        "is used.",
    ),
    Code(
        "E0903",
        "a tensor that the file lacks",
        "A file of weights holds every tensor of the network under its key, but for parts that "
        "are replaced or removed.",
    ),
    Code(
        "E0904",
        "a tensor that the network has no place for",
        "A file of weights holds the tensors of the network and no others.",
    ),
    Code(
        "E0905",
        "a tensor of another shape",
        "A tensor in the file has the dimensions that the layer needs.",
    ),
    Code(
        "E0906",
        "a tensor of another dtype",
        "A tensor in the file has the dtype that the network has, or that it is built with.",
    ),
    Code(
        "E0907",
        "weights of a part",
        "`weights` stands in the body of a network, and its file holds the whole of it.",
        network('stage a { conv(8, 3x3)  weights "w.safetensors" }'),
        network("stage a { conv(8, 3x3) }", 'weights "w.safetensors"'),
    ),
)
