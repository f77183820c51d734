"""The reference as `archc explain` finds it: whole pages, and their sections by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

PAGES = ("language", "layers", "initialisers", "diagnostics")


@dataclass(frozen=True, slots=True)
class Topic:
    """A page, or a section of one: `kind` is `page`, `layer`, `initialiser`, `diagnostic` or `language`."""

    name: str
    kind: str
    text: str


def find(name: str) -> Topic | None:
    """The topic of a name, whatever its capitals; None where there is none."""
    if name.lower() in PAGES:
        return Topic(name.lower(), "page", _page(name.lower()))
    return _topics().get(name.lower())


def names() -> list[str]:
    """The names of all topics."""
    return [name for listed in topics().values() for name in listed]


def topics() -> dict[str, list[str]]:
    """The names of all topics by kind, pages first."""
    listed = {"page": list(PAGES)}
    for topic in _topics().values():
        listed.setdefault(topic.kind, []).append(topic.name)
    return listed


@cache
def _topics() -> dict[str, Topic]:
    topics: dict[str, Topic] = {}
    for page, kind in (
        ("diagnostics", "diagnostic"),
        ("layers", "layer"),
        ("initialisers", "initialiser"),
        ("language", "language"),
    ):
        for title, text in _sections(_page(page)):
            name = title.partition(":")[0]
            topics.setdefault(name.lower(), Topic(name, kind, text))
    return topics


def _sections(page: str) -> Iterator[tuple[str, str]]:
    """Title and text of each section of the second level."""
    fenced = False
    title = ""
    lines: list[str] = []
    for line in page.split("\n"):
        if line.startswith("```"):
            fenced = not fenced
        if not fenced and re.match(r"##? ", line):
            if title:
                yield title, "\n".join(lines).strip() + "\n"
            title = line[3:] if line.startswith("## ") else ""
            lines = []
        lines.append(line)
    if title:
        yield title, "\n".join(lines).strip() + "\n"


def _page(name: str) -> str:
    return resources.files("archdsl.reference").joinpath(f"{name}.md").read_text(encoding="utf-8")
