"""What a command's exit status means; a contract with scripts."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit status of `archc`."""

    OK = 0
    DIAGNOSED = 1
    """The input was diagnosed, or a check found a difference."""
    USAGE = 2
    """The command line is wrong, or names a file that does not exist."""
    ENVIRONMENT = 3
    """A file cannot be read or written, the disk is full, a program or package is missing."""
    INTERNAL = 70
    """A fault of the compiler."""
    INTERRUPTED = 130
    TERMINATED = 143
