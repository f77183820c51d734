"""What `archc why` says: a derivation as a tree, or as questions with the answers below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archdsl.analysis.why.derivation import LIKEWISE, Derivation
from archdsl.diagnostics.render import escape
from archdsl.diagnostics.source import Span

_BLANK = "____"


def text(file: str, derivations: Sequence[Derivation], *, quiz: bool = False) -> str:
    """Derivations as trees, the places in another file than `file` with its name.

    With `quiz` every result is a numbered blank, and the results come below.
    """
    answers: list[str] = []
    lines: list[str] = []
    for each in derivations:
        if lines:
            lines.append("")
        lines += _tree(each, file, answers if quiz else None)
    if quiz:
        lines += ["", "answers", *[f"  ({n}) {answer}" for n, answer in enumerate(answers, 1)]]
    return "".join(f"{line}\n" for line in lines)


def _tree(derivation: Derivation, file: str, answers: list[str] | None) -> Iterator[str]:
    yield _line(derivation, file, answers)
    for number, part in enumerate(derivation.parts):
        is_last = number == len(derivation.parts) - 1
        first, *rest = _tree(part, file, answers)
        yield f"{'└─' if is_last else '├─'} {first}"
        for line in rest:
            yield f"{'  ' if is_last else '│ '} {line}"


def _line(each: Derivation, file: str, answers: list[str] | None) -> str:
    said = [each.name]
    if each.formula:
        said.append(each.formula)
    result = f"{each.value:_}" if isinstance(each.value, int) else each.value
    if answers is not None and each.origin == LIKEWISE:
        pass
    elif answers is not None and each.is_computed:
        answers.append(f"{result} = {each.symbolic}" if each.symbolic else result)
        said.append(f"{_BLANK} ({len(answers)})")
    else:
        if each.numbers and answers is None:
            said.append(each.numbers)
        said += [word for word in (result, each.symbolic) if word and word not in said[1:]]
    line = " = ".join(said)
    if each.is_cut:
        line += " ..."
    where = ", ".join([word for word in (each.origin, _place(each.span, file)) if word])
    return escape(f"{line}   {where}" if where else line)


def _place(span: Span | None, file: str) -> str:
    if span is None:
        return ""
    path = span.source.path
    return f"line {span.line}" if path == file else f"{path}:{span.line}"


def json(name: str, file: str, question: str, derivations: Sequence[Derivation]) -> dict[str, Any]:
    """The derivations in full."""
    return {
        "name": name,
        "file": file,
        "question": question,
        "derivations": [_json(each) for each in derivations],
    }


def _json(each: Derivation) -> dict[str, Any]:
    span = each.span
    return {
        "name": each.name,
        "value": None if each.value == "" else each.value,
        "formula": each.formula or None,
        "numbers": each.numbers or None,
        "symbolic": each.symbolic or None,
        "origin": each.origin or None,
        "file": None if span is None else span.source.path,
        "line": None if span is None else span.line,
        "parts": [_json(part) for part in each.parts],
    }
