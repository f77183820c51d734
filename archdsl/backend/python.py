"""From a graph to standalone Python source, in the style `modules` or `flat`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from archdsl.backend import docstrings
from archdsl.backend.allow import IMPORTS, Known, check
from archdsl.backend.bodies import Body
from archdsl.backend.code import INDENT
from archdsl.backend.constructors import NUMBERED, STEPS, STEPS_FORWARD, Constructors, Needs
from archdsl.backend.flat import FlatForward
from archdsl.backend.forward import Forward
from archdsl.backend.frozen import Frozen
from archdsl.backend.groups import Groups
from archdsl.backend.holders import Holders
from archdsl.backend.names import TAKEN, Namespace, cap_words, network_class
from archdsl.backend.printer import Line
from archdsl.backend.skeleton import Skeleton
from archdsl.backend.template import Template
from archdsl.backend.units import LOOPS, Child, Unit, walk
from archdsl.graph.graph import Graph
from archdsl.graph.region import Region, RegionKind
from archdsl.layers.definition import Family
from archdsl.layers.torch_call import Helper, Infix, TorchCall
from archdsl.syntax import tree

STYLES = ("modules", "flat")


@dataclass(frozen=True, slots=True)
class PythonSource:
    """Emitted code: its text, the line that runs each node (by path), the network's class.

    `known` is what the text uses besides Python; `as_modules` are the layers without weights that
    stand as modules in a chain, where others are functions.
    """

    text: str
    line_of_node: Mapping[str, int] = field(default_factory=dict)
    class_name: str = ""
    known: Known = field(default_factory=Known)
    as_modules: frozenset[str] = frozenset()


_emitted: WeakKeyDictionary[Graph, dict[str, PythonSource]] = WeakKeyDictionary()


def emit(graph: Graph, style: str = "modules") -> PythonSource:
    """Standalone Python source of a network; equal graphs give equal text.

    Raises:
        ValueError: there is no such style.
    """
    if style not in STYLES:
        raise ValueError(f"the styles are {' and '.join(STYLES)}, and this is {style!r}")
    known = _emitted.setdefault(graph, {})
    if style not in known:
        known[style] = _File(graph, style).source()
    return known[style]


class _File:
    def __init__(self, graph: Graph, style: str) -> None:
        self.graph = graph
        self.style = style
        self.frozen = Frozen(graph)
        self.helpers = _helper_names(graph, self.frozen.helper)
        self.skeleton, self.groups = self._grouped()
        self.needs = Needs()
        self.constructors = Constructors(self.needs)
        self._name_classes()

    def _grouped(self) -> tuple[Skeleton, Groups]:
        """The modules and their classes; a share that one module cannot be is opened where it is used."""
        opened: frozenset[str] = frozenset()
        while True:
            skeleton = Skeleton(self.graph, opened=opened)
            groups = Groups(skeleton, TAKEN | self.helpers)
            unequal = groups.unequal_shares()
            if unequal <= opened:
                return skeleton, groups
            opened |= unequal

    def _name_classes(self) -> None:
        """The network's class has its name first, then the others in order of appearance."""
        classes = self.groups.classes
        taken = {*TAKEN, *self.helpers, *(value.names[0] for value in self.graph.inputs)}
        for template in classes:
            taken.update(p.name for p in template.parameters)
            taken.update(template.locals)
        names = Namespace(taken)
        for template in sorted(classes, key=lambda t: min(u.serial for u in t.units)):
            template.name = names.claim(self._class_name(template.unit))
        self.names = self.helpers | {template.name for template in classes}

    def _class_name(self, unit: Unit) -> str:
        region = unit.region
        if unit.is_network:
            return network_class(self.graph.name)
        if region.called is not None:
            named = cap_words if isinstance(region.declaration, tree.BlockDecl) else network_class
            return named(region.called)
        if region.kind in LOOPS:
            return f"{self._class_around(region)}Layer"
        name = region.name or ""
        units = self.groups.templates[unit].units
        if len({u.name for u in units}) > 1:
            name = name.rstrip("0123456789_")
        return cap_words(name)

    def _class_around(self, copy: Region) -> str:
        """What the text calls the part that copies stand in: its block, else its stage."""
        declaring = self.skeleton.text.declaring(copy)
        if declaring.kind is not RegionKind.NETWORK:
            assert declaring.called is not None
            return cap_words(declaring.called)
        around = self.skeleton.text.parent(copy)
        while around is not None and (around.name is None or around.kind in LOOPS):
            around = self.skeleton.text.parent(around)
        if around is None:
            return network_class(self.graph.name)
        return cap_words((around.name or "").rstrip("0123456789_"))

    def source(self) -> PythonSource:
        """The whole file."""
        self._holders = Holders(self.groups)
        self._flat = self._holders if self.style == "flat" else None
        classes = [self._class(template) for template in self._in_order()]
        sources = [helper.source for helper in self.needs.helpers.values()]
        if self.needs.has_steps:
            sources.append(STEPS if self._flat else STEPS + STEPS_FORWARD)
        if self.needs.has_numbered:
            sources.append(NUMBERED)
        parts = [*(source.rstrip("\n").split("\n") for source in sources), *classes]
        body = [line for part in parts for line in ("", "", *part)]
        imports = [line for name, line in IMPORTS.items() if _uses(body, name)]
        lines = [*docstrings.of_module(self.graph).split("\n"), "", *imports, *body]
        line_of_node: dict[str, int] = {}
        for number, line in enumerate(lines, 1):
            if isinstance(line, Line):
                for node in line.nodes:
                    line_of_node.setdefault(node, number)
        text = "\n".join(lines) + "\n"
        known = Known(frozenset(self.needs.targets), tuple(sources))
        check(text, known)
        root = self.groups.templates[self.skeleton.root]
        as_modules = frozenset() if self._flat else self.groups.as_modules()
        return PythonSource(text, line_of_node, root.name, known, as_modules)

    def _in_order(self) -> list[Template]:
        """The classes, each behind those it makes instances of."""
        found: dict[Template, None] = {}
        seen: set[Template] = set()

        def visit(unit: Unit) -> None:
            template = self.groups.templates.get(unit)
            if template in seen:
                return
            if template is not None:
                seen.add(template)
            for instance in (unit,) if template is None else template.units:
                for call in walk(instance.items):
                    if isinstance(call, Child):
                        visit(call.unit)
            if template is not None:
                found.setdefault(template)

        visit(self.skeleton.root)
        return list(found)

    def _class(self, template: Template) -> list[str]:
        root = template.unit.is_network
        base = "Steps" if template.is_steps else "nn.Module"
        said = docstrings.of_network(self.graph) if root else docstrings.of_class(template)
        head = [f"class {template.name}({base}):", f'{INDENT}"""{said}"""']
        body = Body(template, self.constructors)
        if root:
            body.remark = self._remark
            body.loop = self.skeleton.first_values.loop
            if self.frozen.helper is not None:
                body.frozen = self.frozen.arguments(self._holders.of)
                body.freeze = self.needs.target(self.frozen.helper)
        self.needs.has_steps |= template.is_steps
        forward: list[str] = []
        if root and self._flat is not None:
            forward = FlatForward(self.graph, self.constructors, self._flat, self.names).lines()
        elif not template.is_steps:
            made = Forward(
                self.graph, self.skeleton.text, template, body, self.constructors, self.names
            ).lines()
            forward = [] if self._flat is not None else made
        constructor = body.lines()
        lines = [*head, *(["", *constructor] if constructor else [])]
        return [*lines, *(["", *forward] if forward else [])]

    def _remark(self, name: str) -> str:
        region = self.graph.stages.get(name)
        return docstrings.shape(region.outputs[0].type) if region and region.outputs else ""


def _uses(lines: Iterable[str], name: str) -> bool:
    """Whether code asks a module for something."""
    asks = re.compile(rf"(?<![\w.`]){name}\.").search
    return any(map(asks, lines))


def _helper_names(graph: Graph, further: Helper | None) -> frozenset[str]:
    """The names of all helpers that the file may use."""
    found: set[str] = set()

    def visit(value: Any) -> None:
        match value:
            case TorchCall(target, args, kwargs):
                visit(target)
                for part in (*args, *kwargs.values()):
                    visit(part)
            case Helper(name, _, needs):
                found.add(name)
                for other in needs:
                    visit(other)
            case Infix(_, left, right):
                visit(left)
                visit(right)
            case list() | tuple():
                for part in value:
                    visit(part)

    visit(further)
    for node in graph.order:
        if node.layer.family is not Family.INPUT:
            types = tuple(map(graph.type_of, node.inputs))
            visit(node.layer.functional(*types))
            visit(node.layer.module(*types))
    return frozenset(found)


__all__ = ["STYLES", "PythonSource", "emit"]
