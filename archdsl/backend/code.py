"""Lines of Python: calls that fit stay on one line, others get a line for each argument."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 100
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Group:
    """A bracket: what opens it, items with commas between them, what closes it."""

    opening: str
    items: tuple[Code, ...]
    closing: str = ")"


@dataclass(frozen=True, slots=True)
class Joined:
    """Pieces one behind the other."""

    pieces: tuple[Code, ...]


Code: TypeAlias = str | Group | Joined


def joined(*pieces: Code) -> Code:
    """Pieces one behind the other."""
    return Joined(pieces)


def flat(code: Code) -> str:
    """Code on one line."""
    match code:
        case str():
            return code
        case Group(opening, items, closing):
            return f"{opening}{', '.join(map(flat, items))}{closing}"
        case Joined(pieces):
            return "".join(map(flat, pieces))


def lines(code: Code, indent: str, *, comment: str = "") -> Iterator[str]:
    """Code as lines, the comment on the first of them."""
    text = flat(code)
    remark = f"  # {comment}" if comment else ""
    if len(indent) + len(text) + len(remark) <= WIDTH:
        yield f"{indent}{text}{remark}"
        return
    yield from _broken(list(_pieces(code)), indent, remark, text)


def _pieces(code: Code) -> Iterator[str | Group]:
    if isinstance(code, Joined):
        for piece in code.pieces:
            yield from _pieces(piece)
    else:
        yield code


def _broken(pieces: Sequence[str | Group], indent: str, remark: str, text: str) -> Iterator[str]:
    """Code with its last bracket broken, which is the outermost of a call."""
    brackets = [i for i, piece in enumerate(pieces) if isinstance(piece, Group) and piece.items]
    if not brackets:
        yield f"{indent}{text}{remark}"
        return
    at = brackets[-1]
    group = pieces[at]
    assert isinstance(group, Group)
    before = "".join(map(flat, pieces[:at]))
    after = "".join(map(flat, pieces[at + 1 :]))
    yield f"{indent}{before}{group.opening}{remark}"
    together = ", ".join(map(flat, group.items))
    if len(indent) + len(INDENT) + len(together) <= WIDTH and not any(
        map(_has_bracket, group.items)
    ):
        yield f"{indent}{INDENT}{together}"
        yield f"{indent}{group.closing}{after}"
        return
    for item in group.items:
        yield from lines(joined(item, ","), indent + INDENT)
    yield f"{indent}{group.closing}{after}"


def _has_bracket(code: Code) -> bool:
    return any(isinstance(piece, Group) for piece in _pieces(code))
