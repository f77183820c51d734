"""Rules about windows: inputs that no window reads, uneven overlaps, nothing left to go over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import prod
from typing import Any

from archdsl.analysis.lints.reading import Reading, at
from archdsl.diagnostics.diagnostic import Diagnostic, warning
from archdsl.diagnostics.source import Span
from archdsl.graph.node import Node
from archdsl.layers.sides import each, size_text

_SLIDING = ("conv", "depthwise_conv", "sparse_conv", "max_pool", "avg_pool")


def unread(reading: Reading) -> Iterator[Diagnostic]:
    """W0603: a stride that steps over inputs.

    Taps d apart of windows s apart read the places d · i modulo s. A kernel of one tap is exempt:
    with a stride it takes samples, as projections on shortcuts do, and can be meant for nothing
    else. So is a window that stands in one position.
    """
    for node in reading.of(*_SLIDING):
        layer: Any = node.layer
        if layer.stride == 1 or not _may_miss(*_numbers(layer)):
            continue
        window = _window(node, reading)
        read = each_read = 1
        steps = []
        for k, s, d, positions in zip(*window, node.outputs[0].shape[1:], strict=True):
            seen = _seen(k, s, d)
            if k > 1 and positions > 1 and seen < s:
                read *= seen
                each_read *= s
                steps.append((k, s, d))
        if not steps:
            continue
        kernel, stride, dilation = window
        dilated = f", dilated by {size_text(dilation)}," if any(d != 1 for d in dilation) else ""
        yield warning(
            "W0603",
            f"`{layer.kind}` never reads {each_read - read} of every {each_read} inputs: its window is "
            f"{size_text(kernel)}{dilated} and its stride {size_text(stride)}",
            _argument_or_step(reading, node, "stride"),
            labels=reading.calls(node),
            notes=[at(node, reading.operand(node))],
            help=_read_all(steps, kernel, stride),
        )


def _numbers(layer: Any) -> tuple[Any, Any, Any]:
    stride = layer.kernel if layer.stride is None else layer.stride
    return layer.kernel, stride, getattr(layer, "dilation", 1)


@cache
def _may_miss(kernel: Any, stride: Any, dilation: Any) -> bool:
    """Whether a window leaves inputs out on some axis, as its arguments are written."""
    axes = max([len(side) for side in (kernel, stride, dilation) if isinstance(side, tuple)] or [1])
    sides = (each(side, axes, "") for side in (kernel, stride, dilation))
    return any(k > 1 and _seen(k, s, d) < s for k, s, d in zip(*sides, strict=True))


def _seen(kernel: int, stride: int, dilation: int) -> int:
    """Of as many inputs in a row as the stride, how many the windows read."""
    return len({dilation * tap % stride for tap in range(kernel)})


def _read_all(
    steps: list[tuple[int, int, int]], kernel: tuple[int, ...], stride: tuple[int, ...]
) -> str:
    if all(d == 1 for _, _, d in steps):
        least = tuple([min(k, s) if k > 1 else s for k, s in zip(kernel, stride, strict=True)])
        most = tuple([max(k, s) if k > 1 else k for k, s in zip(kernel, stride, strict=True)])
        return f"a stride of {size_text(least)} or a window of {size_text(most)} reads every input"
    still = f"with a stride of {size_text((1,) * len(stride))}"
    if all(k >= s for k, s, _ in steps):
        still = f"without the dilation, or {still},"
    return f"{still} it reads every input"


def uneven(reading: Reading) -> Iterator[Diagnostic]:
    """W0604: a transposed convolution that paints some outputs with more taps than others.

    Source: A. Odena, V. Dumoulin, C. Olah, 2016, "Deconvolution and checkerboard artifacts".
    """
    for node in reading.of("conv_transpose"):
        layer: Any = node.layer
        if layer.stride == 1:
            continue
        x = reading.operand(node)
        axes = len(x.dims) - 1
        kernel, stride = each(layer.kernel, axes, "kernel"), each(layer.stride, axes, "stride")
        dilation = each(layer.dilation, axes, "dilation")
        fewest = most = 1
        for k, s, d, n in zip(kernel, stride, dilation, x.shape[1:], strict=True):
            if n > 1:
                painted = Counter(d * tap % s for tap in range(k))
                fewest *= min(painted[place] for place in range(s))
                most *= max(painted.values())
        if fewest == most:
            continue
        yield warning(
            "W0604",
            f"`conv_transpose` paints unevenly: with a window of {size_text(kernel)} and a stride "
            f"of {size_text(stride)} some outputs are made of {_taps(most)} and some of "
            f"{fewest or 'none'}",
            _argument_or_step(reading, node, "kernel"),
            labels=reading.calls(node),
            notes=[at(node, x)],
            help=_even(layer, kernel, stride, dilation),
        )


def _taps(count: int) -> str:
    return f"{count} tap{'s' if count > 1 else ''}"


def _even(
    layer: Any,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> str:
    """The next kernel that the stride divides, with the padding that leaves the same size."""
    if any(d != 1 for d in dilation):
        return "leave the dilation out, and take a kernel that is a multiple of the stride"
    axes = len(kernel)
    larger = [-(-k // s) * s for k, s in zip(kernel, stride, strict=True)]
    paddings = each(layer.padding, axes, "padding")
    added = each(layer.output_padding, axes, "output_padding")
    doubled = [
        2 * p - o + new - k for p, o, new, k in zip(paddings, added, larger, kernel, strict=True)
    ]
    text = f"`{'x'.join(map(str, larger))}` is a multiple of the stride"
    if len({*doubled}) > 1 or doubled[0] < 0:
        return text
    padding, odd = divmod(doubled[0] + 1, 2)
    further = "" if odd else ", output_padding=1"
    return f"{text}, and with padding={padding}{further} it leaves the same size"


def spent(reading: Reading) -> Iterator[Diagnostic]:
    """W0606: a window that slides or steps over a value of one position.

    What counts are the axes on which the window is longer than one or steps by more: the value
    has one position on each of them at the default size, and so has what is made of it. Exempt
    are windows that go out into their padding, and enlarge it.
    """
    single: dict[int, bool] = {}
    for node in reading.of(*_SLIDING):
        layer: Any = node.layer
        x = reading.operand(node)
        known = single.get(id(x))
        if known is None:
            known = single[id(x)] = 1 in x.shape[1:]
        if not known:
            continue
        lengths = x.shape[1:]
        kernel, stride, _ = _window(node, reading)
        behind = node.outputs[0].shape[1:]
        moves = [
            max(n, m)
            for k, s, n, m in zip(kernel, stride, lengths, behind, strict=True)
            if k > 1 or s > 1
        ]
        if not moves or any(n > 1 for n in moves):
            continue
        steps = any(s > 1 for s in stride)
        field = "stride" if steps else "kernel"
        taps = prod(kernel)
        what = (
            f"steps by {size_text(stride)} over a value of {size_text(lengths)}: nothing is left to step over"
            if steps
            else f"slides a window of {size_text(kernel)} over a value of {size_text(lengths)}: "
            f"{taps - 1} of its {taps} taps read padding"
        )
        yield warning(
            "W0606",
            f"`{layer.kind}` {what}",
            _argument_or_step(reading, node, field),
            labels=reading.calls(node),
            notes=[at(node, x)],
            help="stride less before it, or begin with a larger input"
            if steps
            else f"a window of {size_text((1,) * len(kernel))} computes the same",
        )


def _window(
    node: Node, reading: Reading
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """A layer's kernel, stride and dilation for each axis."""
    window = node.layer.window(reading.operand(node))
    assert window is not None
    return window.kernel, tuple([int(s) for s in window.stride]), window.dilation


def _argument_or_step(reading: Reading, node: Node, field: str) -> Span:
    written = reading.argument(node, field)
    return reading.place(node) if written is None else written.span
