"""Where outputs go: `-o F` takes one network, `-o DIR/` a file for each, `-o -` standard output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from archdsl import files
from archdsl.cli.output import Usage, shown_path

if TYPE_CHECKING:
    from archdsl.network import Network

STDOUT = "-"


def is_folder(output: str) -> bool:
    """Whether `-o` names a folder: it ends with `/`, or is one already."""
    return output.endswith("/") or files.is_folder(output)


def in_folder(networks: Sequence[Network], folder: str, suffix: str) -> list[str]:
    """The file of each network in a folder: its name with the suffix.

    Raises:
        Usage: Two networks would share a file, here or on a disk that knows no capitals.
    """
    owners: dict[str, Network] = {}
    paths: list[str] = []
    for network in networks:
        name = f"{network.name}{suffix}"
        other = owners.setdefault(name.lower(), network)
        if other is not network:
            raise Usage(
                f"`{other.name}` of {shown_path(other.file)} and `{network.name}` of "
                f"{shown_path(network.file)} would both be written to `{shown_path(name)}`: "
                "name one of them as the target"
            )
        paths.append(str(PurePath(folder, name)))
    return paths
