"""Where the modules of a network are found: the path of a module as Python reads it."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.backend.constructors import attribute
from archdsl.backend.groups import Groups
from archdsl.backend.units import Child, Item, Loop, Unit, home_of, walk


class Holders:
    """The expressions that reach modules from a network."""

    def __init__(self, groups: Groups) -> None:
        self._sequences: set[str] = set()
        self._known = {"": "self"}
        self._visit(groups.skeleton.root, groups)

    def _visit(self, unit: Unit, groups: Groups) -> None:
        chain = groups.chains.get(unit)
        if chain is not None and unit not in groups.templates and is_sequence(chain):
            self._sequences.add(unit.path)
        for call in walk(unit.items):
            if isinstance(call, Child):
                self._visit(call.unit, groups)

    def of(self, path: str) -> str:
        """The expression for the module at a path."""
        known = self._known.get(path)
        if known is None:
            home = home_of(path)
            name = path.rpartition(".")[2]
            holder = self.of(home)
            known = f"{holder}[{name}]" if home in self._sequences else attribute(holder, name)
            self._known[path] = known
        return known


def is_sequence(chain: Sequence[Item]) -> bool:
    """Whether a chain is nothing but copies from 0 on, which `nn.Sequential` numbers alike."""
    number = 0
    for item in chain:
        if not isinstance(item, Loop) or item.copies[0].unit.outer.index != number:
            return False
        number += len(item.copies)
    return True
