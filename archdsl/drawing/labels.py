"""What a drawing writes: shapes, figures, a layer's call, a block's name and what it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any, Final

from archdsl.drawing.text import plain
from archdsl.graph.node import Node
from archdsl.graph.region import Region
from archdsl.layers.definition import REQUIRED, Family, signature
from archdsl.shapes.tensor import TensorType
from archdsl.syntax import tree
from archdsl.values.value import shown

_UNITS: Final = ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"))

_QUIET: Final = frozenset(
    {Family.POOLING, Family.NORMALISATION, Family.ACTIVATION, Family.REGULARISATION}
    | {Family.SHAPE, Family.SCALE, Family.MERGE, Family.INPUT}
)


def shape_text(type: TensorType) -> str:
    """A shape as it is printed, at the symbols' defaults: `64×112×112`."""
    return "×".join(map(str, type.shape)) if type.dims else "scalar"


def count_text(count: int) -> str:
    """A figure with three digits from a million on (`25.6 M`, `4.09 G`), in full below."""
    for unit, letter in _UNITS:
        if count < unit:
            continue
        digits = 2 if count < 10 * unit else 1 if count < 100 * unit else 0
        scaled = Fraction(count * 10**digits, unit)
        rounded = int(scaled + Fraction(1, 2))
        return f"{rounded / 10**digits:.{digits}f} {letter}"
    return f"{count:,}"


def layer_text(node: Node, x: TensorType | None) -> str:
    """A layer in one line, in the papers' order: `3×3 conv, 64, /2`."""
    kind = node.layer.kind
    return plain(kind.replace("_", " ") if x is None else node.layer.label(x))


def call_text(node: Node) -> str:
    """A layer's call with the arguments that are not its defaults: `conv(64, (7, 7), stride=2)`."""
    written: list[str] = []
    for position, spec in enumerate(signature(type(node.layer))):
        value = getattr(node.layer, spec.name)
        if spec.default is not REQUIRED and value == spec.default:
            continue
        required = spec.default is REQUIRED and len(written) == position
        written.append(_value_text(value) if required else f"{spec.name}={_value_text(value)}")
    return f"{node.layer.kind}({', '.join(written)})" if written else node.layer.kind


def _value_text(value: Any) -> str:
    if isinstance(value, tuple) and len(value) > 16:
        return f"({len(value)} entries)"
    if isinstance(value, tuple) and len(value) > 1 and all(type(v) is int for v in value):
        return "x".join(map(str, value))
    return shown(value)


def argument_of(region: Region) -> int | None:
    """The whole number that a block was called with, its own defaults left out.

    Of several the channels that leave it, else the first that are those of one of its layers.
    """
    declaration = region.declaration
    if not isinstance(declaration, tree.BlockDecl):
        return None
    given = [
        value
        for parameter in declaration.parameters
        if (parameter.default is None or parameter.name in region.argument_expressions)
        and isinstance(value := region.arguments.get(parameter.name), int)
        and not isinstance(value, bool)
    ]
    leaving = region.outputs[0].type.shape[:1] if region.outputs else ()
    if len(given) > 1 and leaving and leaving[0] in given:
        return leaving[0]
    if len(given) > 1:
        widths = {getattr(node.layer, "out", None) for node in region.nodes()}
        given = [value for value in given if value in widths] or given
    return given[0] if given else None


def stride_text(entering: TensorType | None, leaving: TensorType | None) -> str:
    """`/2` where height and width become half of what they were, nothing otherwise."""
    if entering is None or leaving is None or entering.rank != leaving.rank or entering.rank < 2:
        return ""
    before, after = entering.shape[1:], leaving.shape[1:]
    if not all(after) or before == after:
        return ""
    factor = (before[0] + after[0] - 1) // after[0]
    for candidate in (factor, factor - 1):
        if candidate > 1 and all(
            b // candidate <= a <= -(-b // candidate) for b, a in zip(before, after, strict=True)
        ):
            return f"/{candidate}"
    return ""


def block_name(region: Region) -> str:
    """What a block is called: its declared name, else the name it has in its path."""
    if region.called is not None:
        return region.called
    return region.name or region.kind.value


def block_text(region: Region, entering: TensorType | None, leaving: TensorType | None) -> str:
    """A folded block's first line: `bottleneck 128, /2`."""
    name = block_name(region)
    argument = argument_of(region)
    if argument is not None:
        name = f"{name} {argument}"
    stride = stride_text(entering, leaving)
    return plain(f"{name}, {stride}" if stride else name)


def head_of(text: str) -> str:
    """A layer's label without its figures: `3×3 conv` of `3×3 conv, 64, /2`."""
    return text.partition(",")[0]


def times(texts: Iterable[str]) -> list[str]:
    """Neighbours that are alike written once: `3×3 × 4`."""
    found = [(text, len(list(group))) for text, group in groupby(texts)]
    return [text if count == 1 else f"{text} × {count}" for text, count in found]


def kernels_text(main: Sequence[tuple[Node, str]], channels: int | None, told: int | None) -> str:
    """A folded block's second line: its kernels, and the channels that leave it unless told above.

    `main` holds the nodes of the flow through the block, the bypass left out, with their labels.
    """
    weighted = [(n, t) for n, t in main if n.layer.family not in _QUIET]
    kept = weighted or [(n, t) for n, t in main if n.layer.family is Family.POOLING] or list(main)
    if kept and all(
        n.layer.family is Family.CONVOLUTION and head_of(t).endswith((" conv", " depthwise"))
        for n, t in kept
    ):
        line = ", ".join(times([head_of(t).removesuffix(" conv") for _, t in kept]))
    else:
        line = ", ".join(times([head_of(t) for _, t in kept]))
    if channels is not None and channels != told:
        line = f"{line} ({channels})" if line else f"({channels})"
    return plain(line)


def is_quiet(node: Node) -> bool:
    """Whether a stage's second line passes over the layer while there is anything else."""
    return node.layer.family in _QUIET


def sentence(doc: str | None) -> str:
    """The first sentence of a documentation."""
    if not doc:
        return ""
    text = plain(doc).replace("`", "")
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]
