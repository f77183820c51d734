"""Questions: `conv3[0].conv2.shape`, `macs`, `H`, `H % 32 == 0`."""

from __future__ import annotations

import re
from dataclasses import replace

from archdsl.analysis.cost import CostReport
from archdsl.analysis.legal_inputs import LegalInputs, SizeCondition, box_text
from archdsl.analysis.legal_sets import Box
from archdsl.analysis.parts import QUANTITIES, Part
from archdsl.analysis.why.derivation import Derivation
from archdsl.analysis.why.figures import SUMS, FigureParts
from archdsl.analysis.why.lengths import Lengths
from archdsl.analysis.why.tracing import letters
from archdsl.diagnostics.suggest import suggest
from archdsl.elaborate.paths import bracketed, unbracketed
from archdsl.elaborate.reserved import attribute_name
from archdsl.graph.graph import Graph
from archdsl.graph.node import Port
from archdsl.shapes.condition import AtLeast, Equal
from archdsl.shapes.dim import Dim, Product
from archdsl.shapes.tensor import TensorType

_SIDES = ("shape", "channels", "features", "height", "width")
_ALL = "all of these together"
_FAR = 24
_NEAR = 1
"""How many levels are told where nobody says: of a layer's formula, and of a sum over parts."""


class NoAnswer(Exception):
    """A question that cannot be answered; its text says why."""


def why(
    graph: Graph, report: CostReport, legal: LegalInputs, question: str, levels: int | None = None
) -> tuple[Derivation, ...]:
    """Where a figure, a shape or a condition comes from.

    Args:
        graph: The network.
        report: Its figures.
        legal: Its legal inputs.
        question: `PATH.FIGURE` (`conv3[0].conv2.shape`, `conv3.macs`), a figure of the whole network
            (`params`), a condition as `archc check` prints it, or a symbol for all of its conditions.
        levels: How many steps back are told; far enough where it is not given.

    Raises:
        NoAnswer: There is no such path, figure or condition, or the figure is no sum or formula.
    """
    asked = question.strip()
    if re.search(r"[=<>]| in ", asked) or asked in graph.symbols:
        return _conditions(graph, legal, asked, _FAR if levels is None else levels)
    if not asked:
        raise NoAnswer(f"ask for a figure: {_listed()}")
    path, _, figure = asked.rpartition(".")
    if figure not in QUANTITIES:
        raise NoAnswer(_no_figure(asked, figure))
    part = _part(graph, report, path)
    if figure in _SIDES:
        return (_sides(part, asked, figure, _FAR if levels is None else levels),)
    if figure not in SUMS:
        raise NoAnswer(f"`{figure}` is no sum or formula; what can be asked for is {_listed()}")
    parts = FigureParts(report, Lengths(graph))
    if part.node is not None:
        return (
            parts.of_node(
                graph.nodes[part.node], figure, asked, _FAR if levels is None else levels
            ),
        )
    region = graph.regions[part.region]
    return (parts.of_region(region, figure, asked, _NEAR if levels is None else levels),)


# Paths


def _part(graph: Graph, report: CostReport, path: str) -> Part:
    """The part of a network that has a path."""
    if not path:
        return Part(graph, report)
    key = ".".join(map(attribute_name, unbracketed(path).split(".")))
    found = Part(graph, report).keyed(key)
    if found is not None:
        return found
    known = [bracketed(each.path) for each in graph.regions if each.path]
    known += [bracketed(node.path) for node in graph.order]
    guess = suggest(path, known)
    hint = f"; did you mean `{guess}`?" if guess else ""
    raise NoAnswer(f"nothing in {graph.name} has the path `{path}`{hint}")


def _no_figure(asked: str, figure: str) -> str:
    guess = suggest(figure, (*SUMS, *_SIDES))
    if guess:
        return f"there is no figure `{figure}`; did you mean `{guess}`?"
    return f"`{asked}` asks for no figure: put one behind it, as `{asked}.shape`; it is one of {_listed()}"


def _listed() -> str:
    return ", ".join((*_SIDES, *SUMS)) + ", or a condition on the sizes"


# Shapes


def _sides(part: Part, asked: str, figure: str, levels: int) -> Derivation:
    graph = part.graph
    port = _leaving(part)
    if port is None:
        raise NoAnswer(f"no value leaves `{asked.rpartition('.')[0]}`")
    type: TensorType = graph.type_of(port)
    node = graph.nodes[port.node]
    lengths = Lengths(graph)
    if figure == "shape":
        sides = lengths.shape(port, levels)
        symbolic = any(isinstance(d, Dim | Product) for d in type.dims)
        return Derivation(
            asked,
            f"[{', '.join(map(str, type.shape))}]",
            f"[{', '.join([side.name for side in sides])}]",
            symbolic=f"[{', '.join(map(str, type.dims))}]" if symbolic else "",
            origin=f"what leaves {bracketed(port.node)}" if part.node is None else "",
            span=node.span,
            parts=sides,
        )
    axis = _axis(figure, type)
    if axis is None:
        raise NoAnswer(f"`{asked.rpartition('.')[0]}` has no {figure}")
    name = f"{letters(type.rank)[axis]}_out"
    side = lengths.side(port, axis, name, levels, is_asked=True)
    return replace(side, name=asked, formula=side.formula or name)


def _leaving(part: Part) -> Port | None:
    if part.node is not None:
        return Port(part.node, 0)
    graph = part.graph
    if part.region == 0:
        return graph.outputs[0].value.source if graph.outputs else None
    outputs = graph.regions[part.region].outputs
    return outputs[0].source if outputs else None


def _axis(figure: str, type: TensorType) -> int | None:
    """Which side a word speaks of."""
    rank = type.rank
    match figure:
        case "channels" if rank:
            return 0
        case "features" if rank:
            return rank - 1
        case "height" if rank >= 3:
            return rank - 2
        case "width" if rank >= 3:
            return rank - 1
    return None


# Conditions


def _conditions(
    graph: Graph, legal: LegalInputs, asked: str, levels: int
) -> tuple[Derivation, ...]:
    lengths = Lengths(graph)
    whole = {symbol: box_text({symbol: these}) for symbol, these in _first_box(legal).items()}
    if _squeezed(asked) == _squeezed(legal.text):
        symbols = list(graph.symbols)
    else:
        wanted = [_squeezed(each) for each in asked.split(" and ")]
        symbols = [s for s in graph.symbols if asked == s or _squeezed(whole.get(s, "")) in wanted]
    asking = [each for each in legal.conditions if set(each.symbols) & set(symbols)]
    if asking:
        answers = {id(each): _condition(graph, lengths, each, levels) for each in asking}
        together: list[Derivation] = []
        for symbol in symbols:
            parts = [answers.pop(id(c)) for c in asking if symbol in c.symbols and id(c) in answers]
            if len(parts) > 1 and symbol in whole:
                together.append(Derivation(whole[symbol], "", origin=_ALL, parts=tuple(parts)))
            else:
                together += parts
        return tuple(together)
    found = [
        each
        for each in legal.conditions
        if _squeezed(asked) in (_squeezed(each.text), _squeezed(each.relation))
    ]
    if found:
        return tuple([_condition(graph, lengths, each, levels) for each in found])
    if not legal.conditions:
        raise NoAnswer(f"{graph.name} runs on every size: there is no condition")
    texts = (*whole.values(), *[each.text for each in legal.conditions])
    known = ", ".join([f"`{each}`" for each in dict.fromkeys(texts)])
    raise NoAnswer(f"`{asked}` is no condition of {graph.name}; its conditions are {known}")


def _first_box(legal: LegalInputs) -> Box:
    return legal.boxes[0] if legal.boxes else {}


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def _condition(graph: Graph, lengths: Lengths, each: SizeCondition, levels: int) -> Derivation:
    """The relation that a layer asks for, and the sides of its operands that are in it."""
    node = None if each.path is None else graph.nodes[each.path]
    claim = each.condition
    if node is None or not isinstance(claim, AtLeast | Equal):
        return Derivation(each.text, "", origin=each.reason, span=each.span)
    held = (claim.left, claim.right) if isinstance(claim, Equal) else (claim.value, claim.bound)
    parts: list[Derivation] = []
    for number, port in enumerate(node.inputs):
        type: TensorType = graph.type_of(port)
        end = "in" if len(node.inputs) == 1 else f"in{number + 1}"
        for axis, length in enumerate(type.dims):
            speaks = length in held if len(node.inputs) > 1 else _is_in(length, each.symbols)
            if speaks and isinstance(length, Dim | Product):
                name = f"{letters(type.rank)[axis]}_{end}"
                parts.append(lengths.side(port, axis, name, levels))
    path = bracketed(node.path)
    asks = f"{path} must be {each.reason}"
    origin = asks if each.relation == each.text else f"since {each.relation}: {asks}"
    if len(node.inputs) > 1 and isinstance(claim, Equal):
        origin = f"since {path} joins {claim.left} and {claim.right}"
    return Derivation(each.text, "", origin=origin, span=each.span, parts=tuple(parts))


def _is_in(length: object, symbols: tuple[str, ...]) -> bool:
    return isinstance(length, Dim | Product) and bool(length.symbols & set(symbols))
