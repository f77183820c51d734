"""TARGET and the options that go with it: what commands share that work on networks."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archdsl import files
from archdsl.cli.exits import Exit
from archdsl.cli.output import Output, Usage, has_errors, shown_path
from archdsl.diagnostics.diagnostic import Diagnostic
from archdsl.diagnostics.render_json import diagnostics_json

if TYPE_CHECKING:
    from archdsl.network import Failure, Loaded, Network

_LARGEST = 2**63 - 1
_WHOLE = re.compile(r"[0-9][0-9_]{0,39}")


def configure(
    parser: argparse.ArgumentParser,
    *,
    several: bool = False,
    default: str | None = None,
    formats: Sequence[str] = ("text", "json"),
) -> None:
    """Add TARGET, `-D`, `--at`, `--root`, `--max-nodes` and `--format`.

    Args:
        parser: The command's parser.
        several: Whether it takes more than one target.
        default: The target where none is given; without, one must be.
        formats: What `--format` may be.
    """
    parser.add_argument(
        "targets",
        nargs=("*" if default is not None else "+") if several else 1,
        default=[] if default is None else [default],
        metavar="TARGET",
        help="FILE, FILE::NETWORK, a folder, - (standard input), zoo or zoo::NETWORK",
    )
    parser.add_argument(
        "-D",
        action="append",
        default=[],
        dest="definitions",
        metavar="NAME=VALUE",
        help="give a parameter of the network a literal; may be repeated",
    )
    parser.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="H=320,W=320",
        help="sizes of the inputs, in place of their defaults",
    )
    parser.add_argument(
        "--root", metavar="DIR", help="the folder that imports may not leave (found by its marks)"
    )
    parser.add_argument(
        "--max-nodes",
        metavar="N",
        help="how many nodes a network may have (100,000; at most 1,000,000)",
    )
    add_format(parser, formats)


def add_format(parser: argparse.ArgumentParser, formats: Sequence[str] = ("text", "json")) -> None:
    """Add `--format`."""
    parser.add_argument(
        "--format", choices=formats, default="text", help="what stdout is: %(choices)s (text)"
    )


@dataclass
class Opened:
    """What the targets came to: networks without errors, those with errors, every finding.

    `files` are the files that were read, over which no output may be written.
    """

    networks: list[Network] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def status(self) -> Exit:
        """DIAGNOSED where there is an error, else OK."""
        return Exit.DIAGNOSED if has_errors(self.diagnostics) else Exit.OK


def open_networks(arguments: argparse.Namespace, output: Output) -> Opened:
    """Open the networks that the command line names, and show what was found on the way.

    A command works on `networks` and ends with `status`: with errors in one network the
    others can still be shown.

    Raises:
        Usage: A target or option cannot be understood, or there is no network to work on.
        files.FileProblem: An entry file cannot be read.
    """
    opened = Opened()
    options = Options.of(arguments)
    for target in arguments.targets:
        loaded = options.open(target)
        opened.networks += loaded.networks
        opened.failed += loaded.failed
        opened.diagnostics += loaded.report.sorted()
        opened.files += loaded.files
    output.diagnose(opened.diagnostics)
    if not opened.networks and opened.status is Exit.OK:
        listed = ", ".join(shown_path(target) for target in arguments.targets)
        raise Usage(
            f"{listed} declares no network that can be built as it stands; "
            "FILE::NETWORK with -D NAME=VALUE fills in a template"
        )
    return opened


def refuse(opened: Opened, found: Sequence[Diagnostic], output: Output) -> None:
    """Show what was found wrong while a module was built, and keep it with the other findings."""
    output.diagnose(found)
    opened.diagnostics += found


def document(output: Output, opened: Opened, networks: list[dict[str, Any]]) -> None:
    """Write the one JSON document of a command: its networks, and every finding."""
    findings = diagnostics_json(opened.diagnostics)
    output.document({"networks": networks, "diagnostics": findings})


def one_network(opened: Opened, what: str) -> Network | None:
    """The only network, for a command that can do one; None where it has errors.

    Args:
        opened: What the target came to.
        what: What cannot be done with several, as it ends a sentence: `be written to one file`.

    Raises:
        Usage: There are several; they are listed.
    """
    names = [network.name for network in opened.networks] + [
        failure.name for failure in opened.failed
    ]
    if len(names) > 1:
        raise Usage(f"{len(names)} networks cannot {what}: name one of {', '.join(names)}")
    return opened.networks[0] if opened.networks else None


@dataclass(frozen=True)
class Options:
    """The options that say how targets are opened, checked for form."""

    definitions: Mapping[str, str]
    at: Mapping[str, int]
    root: str | None
    max_nodes: int | None

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Options:
        """The options of a command line.

        Raises:
            Usage: One of them is malformed.
        """
        if arguments.root is not None and not files.is_folder(arguments.root):
            raise Usage(f"--root: there is no folder `{shown_path(arguments.root)}`")
        return cls(
            _definitions(arguments.definitions),
            _sizes(arguments.at),
            arguments.root,
            _max_nodes(arguments.max_nodes),
        )

    def open(self, target: str) -> Loaded:
        """What a target comes to.

        Raises:
            Usage: The target or a definition cannot be understood.
            files.FileProblem: The entry file cannot be read.
        """
        from archdsl.elaborate.limits import DEFAULT_LIMITS, Limits
        from archdsl.network import UsageError, open_target

        limits = DEFAULT_LIMITS if self.max_nodes is None else Limits(self.max_nodes, raised=True)
        try:
            return open_target(
                target, root=self.root, limits=limits, arguments=self.definitions, at=self.at
            )
        except UsageError as error:
            raise Usage(str(error)) from None


def _definitions(given: Sequence[str]) -> dict[str, str]:
    definitions: dict[str, str] = {}
    for text in given:
        name, mark, value = text.partition("=")
        if not mark or not name.isidentifier() or not name.isascii():
            raise Usage(f"-D takes NAME=VALUE, and `{shown_path(text)}` is not of this form")
        if name in definitions:
            raise Usage(f"-D gives `{name}` twice")
        definitions[name] = value
    return definitions


def _sizes(given: Sequence[str]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for text in ",".join(given).split(",") if given else ():
        name, mark, value = text.partition("=")
        if not mark or not name.isidentifier() or not name.isascii():
            raise Usage(f"--at takes NAME=SIZE,..., and `{shown_path(text)}` is not of this form")
        size = _whole(value)
        if size is None or not 1 <= size <= _LARGEST:
            raise Usage(f"--at: the size {name} must be a whole number from 1 to 2**63 - 1")
        if name in sizes:
            raise Usage(f"--at gives `{name}` twice")
        sizes[name] = size
    return sizes


def _max_nodes(given: str | None) -> int | None:
    if given is None:
        return None
    from archdsl.elaborate.limits import HARD_MAX_NODES

    nodes = _whole(given)
    if nodes is None or not 1 <= nodes <= HARD_MAX_NODES:
        raise Usage(f"--max-nodes takes a whole number from 1 to {HARD_MAX_NODES:,}")
    return nodes


def _whole(text: str) -> int | None:
    """A whole number written in digits, None for anything else."""
    return int(text) if _WHOLE.fullmatch(text) and not text.endswith("_") else None
