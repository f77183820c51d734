"""The names of emitted code: words of the text as Python's, and no name twice."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

TAKEN = frozenset(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *("F", "Steps", "nn", "numbered", "self", "torch"),
        *("abs", "dict", "float", "getattr", "max", "min", "range", "str", "super"),
        "i",
    }
)
"""What emitted code uses under its own name: keywords, modules, helpers, built-in functions."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Namespace:
    """Names of one kind, each given once.

    One that Python or emitted code has taken gets a `_`, one that was given before a number:
    `basic` and `basic2`, or `_2` behind a digit.
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._reserved = frozenset(reserved)
        self._given: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._given or name in self._reserved

    def claim(self, wanted: str) -> str:
        """The name itself where it is free, else the next like it."""
        if wanted in self._reserved:
            wanted += "_"
        name = wanted
        number = 2
        while name in self:
            joint = "_" if wanted[-1].isdigit() else ""
            name = f"{wanted}{joint}{number}"
            number += 1
        self._given.add(name)
        return name


def local_word(text: str) -> str:
    """A word that begins with a letter, so that Python does nothing special with it."""
    return text if _WORD.fullmatch(text) else f"v{text}" if text else "v"


def is_plain_attribute(name: str) -> bool:
    """Whether `self.NAME` means that attribute in a class: a word that Python does not mangle."""
    return name.isidentifier() and not name.startswith("__") and not keyword.iskeyword(name)


def cap_words(name: str) -> str:
    """`conv_bn_act` as `ConvBnAct`; digits that would meet digits stay apart."""
    return _joined(part[:1].upper() + part[1:] for part in name.split("_") if part)


def network_class(name: str) -> str:
    """A network's class: a part that holds `net` writes `Net`, as in `ResNet50`."""
    parts = [part for part in name.split("_") if part]
    return _joined(
        part[:1].upper() + part[1:].replace("net", "Net") if "net" in part[1:] else
        part[:1].upper() + part[1:]
        for part in parts
    )  # fmt: skip


def _joined(words: Iterable[str]) -> str:
    text = ""
    for word in words:
        text += f"_{word}" if text[-1:].isdigit() and word[:1].isdigit() else word
    if not text:
        return "Unnamed"
    return text if text[0].isalpha() else f"N{text}"
