"""Write a commented specification to start from; it passes `archc check`.

A file that exists is left as it is.
"""

from __future__ import annotations

import argparse

from archdsl import files
from archdsl.cli.exits import Exit
from archdsl.cli.output import Output, Usage, shown_path, write_outputs
from archdsl.cli.targets import add_format

STARTER = """\
# A specification: networks, and the blocks they are made of. `archc explain language` is the
# whole language, `archc explain layers` lists the layers.

from "std" import conv_bn

## A residual block: two convolutions beside a skip, joined by addition.
block residual(width, stride = 1) {
    add {
        | conv_bn(width, 3x3, stride=stride) -> relu
          conv_bn(width, 3x3)
        # The skip needs a projection only where the shape changes.
        | if stride != 1 or input.channels != width { conv_bn(width, 1x1, stride=stride) }
    }
    relu
}

## A small residual network for images of 32 x 32.
network starter(classes: int = 10) {
    input image[3, H = 32, W = 32]

    stage stem { conv_bn(16, 3x3) -> relu }
    # One stage for each width; `first` marks the copy that halves the size.
    for i, width in enumerate([16, 32, 64]) {
        stage "stage{i + 1}" {
            repeat 2 { residual(width, stride=if first and i > 0 then 2 else 1) }
        }
    }
    stage head { global_avg_pool -> linear(classes) as fc }

    # What must be true of it: `archc check` proves it, `archc cost` shows all figures.
    expect stage3.shape == [64, 8, 8], head.shape == [10]
    expect params ~ 175K, depth == 14
}
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc new`."""
    parser.add_argument("file", metavar="FILE", help="the file to write: NAME.arch")
    add_format(parser)


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write the starter."""
    path: str = arguments.file
    if not path.endswith(files.SUFFIX):
        raise Usage(f"`{shown_path(path)}` does not end in {files.SUFFIX}")
    if files.exists(path):
        raise Usage(f"`{shown_path(path)}` exists already; it is left as it is")
    write_outputs({path: STARTER.encode()}, [])
    if output.is_text:
        output.result(f"{shown_path(path)} is written; next: archc check {shown_path(path)}\n")
    else:
        output.document({"file": path})
    return Exit.OK
