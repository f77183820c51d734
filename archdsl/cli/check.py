"""Prove the shapes of networks and hold their expectations against the figures.

Warns of what is seldom meant. Says of each network for which sizes of its inputs it is legal, and
which join or layer asks for each condition; shows both figures of each expectation that fails. What
cannot be decided is listed; with --strict it is an error. With --at it says whether these sizes are
legal, what refuses them, and the nearest sizes that are.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from typing import TYPE_CHECKING

from archdsl import files
from archdsl.cli import targets
from archdsl.cli.exits import Exit
from archdsl.cli.output import FORMATS, Environment, Output, Usage, has_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.reports.check import CheckReport

_MOST_JOBS = 256
_MANY = 8


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc check`."""
    targets.configure(parser, several=True, formats=FORMATS)
    parser.add_argument(
        "-j", "--jobs", metavar="N", help="check N files at a time (of many as many as cores)"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="an expectation that cannot be decided is an error",
    )


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Check every network of the targets."""
    from archdsl.reports import check as report
    from archdsl.workspace import UsageError, files_of

    options = targets.Options.of(arguments)
    try:
        units = [unit for target in arguments.targets for unit in files_of(target)]
    except UsageError as error:
        raise Usage(str(error)) from None
    jobs = _usual_jobs(len(units)) if arguments.jobs is None else _jobs(arguments.jobs)
    checked = report.CheckReport()
    for unit, found in zip(units, _check_all(units, options, arguments.strict, jobs), strict=True):
        output.progress(f"checked {unit}")
        checked.add(found)
    diagnostics = checked.diagnostics()
    output.diagnose(diagnostics)
    if output.format == "text":
        output.result(report.text(checked))
    elif output.format == "json":
        output.document(report.json(checked))
    else:
        output.findings(diagnostics)
    return Exit.DIAGNOSED if has_errors(diagnostics) else Exit.OK


def _check_all(
    units: list[str], options: targets.Options, strict: bool, jobs: int
) -> Iterator[CheckReport]:
    """The reports on files, in their order."""
    if jobs == 1 or len(units) == 1:
        yield from (_check(unit, options, strict) for unit in units)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(min(jobs, len(units)), initializer=_leave_signals) as pool:
        waiting = [pool.submit(_check_apart, unit, options, strict) for unit in units]
        try:
            for each in waiting:
                result = each.result()
                if isinstance(result, Exception):
                    raise result
                yield result
        except BrokenProcessPool:
            raise Environment("a process that checked a file was ended from outside") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_signals() -> None:
    """Let the first process alone answer an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _check_apart(unit: str, options: targets.Options, strict: bool) -> CheckReport | Exception:
    """The report on a file, in a process of its own; a problem of the file is handed back."""
    try:
        return _check(unit, options, strict)
    except (files.FileProblem, Usage) as problem:
        return problem


def _check(unit: str, options: targets.Options, strict: bool) -> CheckReport:
    from archdsl.analysis.legal_inputs import legal_inputs
    from archdsl.network import Failure
    from archdsl.reports.at_sizes import judged_at
    from archdsl.reports.check import Checked, CheckReport, judged

    loaded = options.open(unit)
    checked = CheckReport(common=loaded.common.sorted())
    for result in loaded.results:
        name, file, found = result.name, result.file, tuple(result.report.sorted())
        if isinstance(result, Failure):
            each = Checked(name, file, found=found)
        else:
            verdicts, legal = result.check(), result.legal_inputs
            each = judged(name, file, result.graph, found, verdicts, legal, strict=strict)
        if options.at and (declared := result.declared()) is not None:
            each = each.asked_at(judged_at(legal_inputs(declared), options.at))
        checked.networks.append(each)
    return checked


def _usual_jobs(units: int) -> int:
    """How many files are checked at a time where nobody says: of a few files one.

    In a process that has loaded torch one too: it has threads, which must not be forked.
    """
    if units < _MANY or "torch" in sys.modules:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, units, _MOST_JOBS)


def _jobs(given: str) -> int:
    if re.fullmatch(r"[0-9]{1,4}", given) and 1 <= int(given) <= _MOST_JOBS:
        return int(given)
    raise Usage(f"-j takes a whole number from 1 to {_MOST_JOBS}")
