"""Write files in the one canonical form.

A file is rewritten where it stands, and only if that changes it; `-` reads standard input and
writes to standard output. Comments stay, and so do the line breaks of lists and chains. A file
with syntax errors is left as it is.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from archdsl import files
from archdsl.cli.exits import Exit
from archdsl.cli.output import FORMATS, Output, Usage, shown_path
from archdsl.cli.targets import add_format
from archdsl.diagnostics.render_json import diagnostics_json
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source
from archdsl.diagnostics.unfit import report_unfit
from archdsl.syntax.format import format_file
from archdsl.syntax.parse import parse

STDIN = "-"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc fmt`."""
    parser.add_argument(
        "targets", nargs="+", metavar="TARGET", help="FILE, a folder or - (standard input)"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; the exit status is 1 if a file is not in this form",
    )
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    add_format(parser, FORMATS)


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Bring every file of the targets into its form, or say which are not."""
    report = Report()
    forms = [form for path in _paths(arguments.targets) if (form := _formatted(path, report))]
    changed = [form for form in forms if form.changes]
    writes = not (arguments.check or arguments.diff)
    found = report.sorted()
    output.diagnose(found)
    if writes:
        contents = {form.path: form.after.encode() for form in changed if form.path != STDIN}
        files.write_files(contents)
    if output.format == "json":
        listed = [form.json() for form in forms]
        output.document({"files": listed, "diagnostics": diagnostics_json(found)})
    elif output.format != "text":
        output.findings(found)
    elif arguments.diff:
        output.result("".join(form.difference() for form in changed))
    else:
        for form in changed if arguments.check else forms:
            _tell(form, arguments.check, output)
    if found or (arguments.check and changed):
        return Exit.DIAGNOSED
    return Exit.OK


@dataclass(frozen=True)
class _Form:
    """A file as it stands and as it should."""

    path: str
    name: str
    before: str
    after: str

    @property
    def changes(self) -> bool:
        """Whether the file is not in its form."""
        return self.before != self.after

    def json(self) -> dict[str, str | bool]:
        """What was found, with the form itself where it has no file to stand in."""
        found: dict[str, str | bool] = {"file": self.name, "changed": self.changes}
        return {**found, "text": self.after} if self.path == STDIN else found

    def difference(self) -> str:
        """The lines that change, as `diff -u` shows them."""
        from difflib import unified_diff

        name = shown_path(self.name)
        before, after = (_lines(text) for text in (self.before, self.after))
        changes = unified_diff(before, after, name, f"{name} (formatted)")
        marked = (line if line.endswith("\n") else f"{line}\n{_NO_END}\n" for line in changes)
        return "".join(marked)


_NO_END = "\\ No newline at end of file"


def _lines(text: str) -> list[str]:
    """Lines with their ends, which are line feeds only."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _tell(form: _Form, check: bool, output: Output) -> None:
    """Say what was done to a file, or give the text that came in its form."""
    if check:
        output.message(f"{shown_path(form.name)} is not in the canonical form")
    elif form.path == STDIN:
        output.result(form.after)
    elif form.changes:
        output.message(f"{shown_path(form.name)} is rewritten")


def _paths(targets: list[str]) -> list[str]:
    """The files of the targets, each once."""
    paths: list[str] = []
    for target in targets:
        if target == STDIN or not files.is_folder(target):
            found = [target]
        else:
            found = files.find_specs(target)
            if not found:
                raise Usage(f"{shown_path(target)}: the folder has no `{files.SUFFIX}` files")
        paths += found
    return list(dict.fromkeys(paths))


def _formatted(path: str, report: Report) -> _Form | None:
    """The canonical form of a file, None where it has errors."""
    name = "<stdin>" if path == STDIN else path
    try:
        text = files.read_stdin(name) if path == STDIN else files.read_text(path)
    except (files.NotText, files.TooLarge) as problem:
        report_unfit(problem, report)
        return None
    result = parse(Source(name, text))
    report.extend(result.report)
    return None if result.value is None else _Form(path, name, text, format_file(result.value))
