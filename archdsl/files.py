r"""The one reader and the one writer: every file the package touches passes through here.

Reading: a size limit before decoding, UTF-8 only (a byte-order mark is dropped, line ends
become `\n`), regular files only, judged on the opened descriptor, and for imports nothing
outside the root. Writing: all or nothing, by a temporary file beside the target that takes
its place in one step.
"""

from __future__ import annotations

import codecs
import errno
import fcntl
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

SIZE_LIMIT = 4 * 1024 * 1024
"""The most bytes of one `.arch` file."""

ROOT_MARKERS = ("pyproject.toml", "archdsl.toml", ".git")

SUFFIX = ".arch"


class FileProblem(Exception):
    """A file could not be read or written; the text says why, without its path.

    `path` is the file as the user knows it.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class Missing(FileProblem):
    """There is no such file."""


class Unreadable(FileProblem):
    """The file is there and cannot be read: not a regular file, no permission, a fault of the disk."""


class OutsideRoot(FileProblem):
    """An import leads out of the root, or is not a relative path; it was not opened."""


class Unwritable(FileProblem):
    """The output cannot be written; nothing was changed."""


class TooLarge(FileProblem):
    """The file has more bytes than the limit; it was not decoded."""

    def __init__(self, path: str, limit: int) -> None:
        super().__init__(path, f"the file is larger than {limit:,} bytes")
        self.limit = limit


class NotText(FileProblem):
    r"""The bytes are not UTF-8 text.

    `text` is what could be decoded, with `\ufffd` for the offending bytes, which stand at
    `start:end` of it; `offset` is their place in the file, in bytes. `help` mends it.
    """

    def __init__(
        self, path: str, reason: str, text: str, start: int, end: int, offset: int, help: str
    ) -> None:
        super().__init__(path, reason)
        self.text = text
        self.start = start
        self.end = end
        self.offset = offset
        self.help = help


# Reading


def read_text(path: str, *, limit: int = SIZE_LIMIT) -> str:
    """The text of a file the user named; a symbolic link is followed.

    Raises:
        Missing, Unreadable, TooLarge, NotText.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _reading_problem(path, error) from None
    return _read_descriptor(descriptor, path, limit)


def read_stdin(path: str = "<stdin>", *, limit: int = SIZE_LIMIT) -> str:
    """The text on standard input.

    Raises:
        Unreadable, TooLarge, NotText.
    """
    if sys.stdin is None:
        raise Unreadable(path, "standard input is closed")
    try:
        content = sys.stdin.buffer.read(limit + 1)
    except (OSError, ValueError) as error:
        raise Unreadable(path, f"standard input cannot be read: {_reason(error)}") from None
    if len(content) > limit:
        raise TooLarge(path, limit)
    return decode(content, path)


def read_import(real_path: str, root: str, shown: str, *, limit: int = SIZE_LIMIT) -> str:
    """The text of an imported file: `real_path` as `resolve_import` gave it.

    Every folder from the root down is opened without following links, so that the file
    read is the file judged, whatever changes meanwhile. `shown` names it in messages.

    Raises:
        Missing, Unreadable, OutsideRoot, TooLarge, NotText.
    """
    return _read_descriptor(_open_below(real_path, root, shown), shown, limit)


@contextmanager
def open_below(real_path: str, root: str, shown: str) -> Iterator[tuple[BinaryIO, int]]:
    """The bytes of a file that a text names, and how many they are; opened as `read_import` does.

    Raises:
        Missing, Unreadable.
    """
    descriptor = _open_below(real_path, root, shown)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(shown, f"it is {_kind(status.st_mode)}, not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            yield stream, status.st_size
    except OSError as error:
        raise _reading_problem(shown, error) from None
    finally:
        os.close(descriptor)


def _open_below(real_path: str, root: str, shown: str) -> int:
    """The descriptor of a file under a root, reached without following links."""
    parts = Path(real_path).relative_to(os.path.realpath(root)).parts
    folder_flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    with ExitStack() as stack:
        try:
            folder = os.open(os.path.realpath(root), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, folder)
            for part in parts[:-1]:
                folder = os.open(part, folder_flags, dir_fd=folder)
                stack.callback(os.close, folder)
            descriptor = os.open(
                parts[-1] if parts else ".",
                os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
                dir_fd=folder,
            )
        except (OSError, ValueError) as error:
            raise _reading_problem(shown, error) from None
    return descriptor


def resolve_import(written: str, importing: str, root: str, *, what: str = "an import") -> str:
    """The real path of `from "written" import` in the file `importing`; nothing is opened.

    `what` is how messages call the path.

    Raises:
        OutsideRoot: It is not a plain relative path, or leads out of the root.
    """
    if not written or written.endswith("/") or written in (".", ".."):
        raise OutsideRoot(written, f"{what} names a file, not a folder")
    if len(written) > 4096 or any(len(part) > 255 for part in written.split("/")):
        raise OutsideRoot(written, "the path is too long")
    if any(ord(c) < 32 or ord(c) == 127 for c in written):
        raise OutsideRoot(written, "the path contains a control character")
    if "\\" in written:
        raise OutsideRoot(written, f"folders in {what} are separated by `/`, not `\\`")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", written):
        raise OutsideRoot(written, f"{what} is a path, not a URL or a drive")
    if written[0] in "/~$|":
        raise OutsideRoot(written, f"{what} is a path relative to the file that it stands in")
    real_root = os.path.realpath(root)
    folder = os.path.dirname(os.path.realpath(importing))
    lexical = os.path.normpath(os.path.join(folder, written))
    if not _is_under(lexical, real_root):
        raise OutsideRoot(written, f"the path leads out of the root `{plain_path(root)}`")
    real = os.path.realpath(lexical)
    if not _is_under(real, real_root):
        raise OutsideRoot(written, f"a symbolic link leads out of the root `{plain_path(root)}`")
    return real


def find_root(entry: str) -> str:
    """The nearest folder at or above the entry file that holds a project, else the entry's folder."""
    start = Path(os.path.realpath(entry))
    folder = start if start.is_dir() else start.parent
    for candidate in (folder, *folder.parents):
        if any((candidate / marker).exists() for marker in ROOT_MARKERS):
            return str(candidate)
    return str(folder)


def find_specs(folder: str) -> list[str]:
    """Every `.arch` file below a folder, sorted by path; hidden folders are left out.

    Raises:
        Unreadable: A folder cannot be listed.
    """

    def stop(error: OSError) -> None:
        raise Unreadable(str(error.filename), _reason(error)) from None

    found: list[tuple[str, ...]] = []
    for where, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(
            Path(where, name).parts
            for name in names
            if name.endswith(SUFFIX) and not name.startswith(".")
        )
    return [str(Path(*parts)) for parts in sorted(found)]


def is_folder(path: str) -> bool:
    """Whether a path names a folder."""
    return os.path.isdir(path)


def exists(path: str) -> bool:
    """Whether something has this name, a broken link included."""
    return os.path.lexists(path)


def decode(content: bytes, path: str) -> str:
    r"""Bytes as text: UTF-8, without its byte-order mark, lines ended by `\n`.

    Raises:
        NotText: With the place of the first byte that is not UTF-8, or the format that the
            file really has.
    """
    if content.startswith(codecs.BOM_UTF8):
        content = content[3:]
        skipped = 3
    else:
        skipped = 0
    foreign = _foreign_format(content)
    if foreign is not None:
        reason, help = foreign
        raise NotText(path, reason, "\ufffd", 0, 1, 0, help)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = _newlines(content[: error.start].decode("utf-8"))
        rest = content[error.end :].split(b"\n", 1)[0].decode("utf-8", "replace")
        place = len(before)
        offset = error.start + skipped
        raise NotText(
            path,
            _why_not_utf8(content, error, offset),
            f"{before}\ufffd{rest}",
            place,
            place + 1,
            offset,
            "save the file as UTF-8",
        ) from None
    return _newlines(text)


def _read_descriptor(descriptor: int, path: str, limit: int) -> str:
    """The text behind a descriptor, which is closed."""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(path, f"it is {_kind(status.st_mode)}, not a regular file")
        if status.st_size > limit:
            raise TooLarge(path, limit)
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise _reading_problem(path, error) from None
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise TooLarge(path, limit)
    return decode(content, path)


def _reading_problem(path: str, error: OSError | ValueError) -> FileProblem:
    if isinstance(error, ValueError):
        return Missing(path, "no file can have this name")
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR | errno.ENAMETOOLONG:
            return Missing(path, "there is no such file")
        case errno.ELOOP:
            return Unreadable(path, "a symbolic link stands in the way")
        case errno.EISDIR:
            return Unreadable(path, "it is a folder, not a regular file")
        case _:
            return Unreadable(path, _reason(error))


_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip archive"),
    (b"PK\x03\x04", "zip archive"),
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"\x7fELF", "ELF program"),
    (b"%PDF-", "PDF document"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ", "xz archive"),
)


def _foreign_format(content: bytes) -> tuple[str, str] | None:
    """What a file that is no UTF-8 text is, by its first bytes, and what to do."""
    for mark, name in (
        (codecs.BOM_UTF32_LE, "UTF-32"),
        (codecs.BOM_UTF32_BE, "UTF-32"),
        (codecs.BOM_UTF16_LE, "UTF-16"),
        (codecs.BOM_UTF16_BE, "UTF-16"),
    ):
        if content.startswith(mark):
            return f"the file is encoded in {name}, not UTF-8", "save the file as UTF-8"
    first = content[:4]
    if len(first) == 4 and 0 in first:
        nul = tuple(byte == 0 for byte in first)
        if nul in ((False, True, True, True), (True, True, True, False)):
            return "the file is encoded in UTF-32, not UTF-8", "save the file as UTF-8"
        if nul in ((False, True, False, True), (True, False, True, False)):
            return "the file is encoded in UTF-16, not UTF-8", "save the file as UTF-8"
    help = "a specification is plain text, saved as UTF-8"
    for mark_bytes, name in _FORMATS:
        if content.startswith(mark_bytes):
            return f"this is a binary file ({name}), not text", help
    if content[:1] == b"\x80" and content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "this is a binary file (Python pickle), not text", help
    if b"\0" in content[:1024]:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return "this is a binary file, not text", help
    return None


def _why_not_utf8(content: bytes, error: UnicodeDecodeError, offset: int) -> str:
    byte = content[error.start]
    following = content[error.start + 1 : error.start + 2]
    place = f"byte 0x{byte:02X} at offset {offset:,}"
    if error.reason == "unexpected end of data":
        return f"the file ends within a character ({place})"
    if 0x80 <= byte <= 0xBF:
        return f"{place} is not UTF-8: it continues a character that was not begun"
    if byte in (0xC0, 0xC1) or (byte == 0xE0 and following and 0x80 <= following[0] < 0xA0):
        return f"{place} is not UTF-8: it spells a character in more bytes than it needs"
    if byte == 0xED and following and following[0] >= 0xA0:
        return f"{place} is not UTF-8: it spells half of a surrogate pair"
    if byte >= 0xF5 or (byte == 0xF4 and following and following[0] >= 0x90):
        return f"{place} is not UTF-8: there is no character beyond U+10FFFF"
    return f"{place} is not UTF-8"


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n") if "\r" in text else text


# Writing


def write_bytes(path: str, content: bytes, *, inputs: Iterable[str] = ()) -> None:
    """Write a file so that it is, at every moment, wholly old or wholly new.

    Raises:
        Unwritable: The target is a folder, a link, a device or one of `inputs`, or the disk
            refuses; what stood there before stands there still.
    """
    write_files({path: content}, inputs=inputs)


def write_files(contents: Mapping[str, bytes], *, inputs: Iterable[str] = ()) -> None:
    """Write several files: all are staged beside their targets before the first is replaced.

    Raises:
        Unwritable: As `write_bytes`.
    """
    inputs = tuple(inputs)
    for path in contents:
        _check_target(path, inputs)
    with ExitStack() as stack:
        staged = [
            (stack.enter_context(_staged(path, content)), path)
            for path, content in contents.items()
        ]
        for temporary, path in staged:
            try:
                os.replace(temporary, path)
            except OSError as error:
                raise Unwritable(path, _reason(error)) from None
    for folder in sorted({os.path.dirname(path) or "." for path in contents}):
        _sync_folder(folder)


def make_folder(path: str) -> None:
    """Make a folder for outputs, where it is not there yet.

    Raises:
        Unwritable: It cannot be made.
    """
    try:
        os.mkdir(path)
    except FileExistsError:
        if not os.path.isdir(path):
            raise Unwritable(path, "it is a file, not a folder") from None
    except (OSError, ValueError) as error:
        raise Unwritable(path, _reason(error)) from None


def _check_target(path: str, inputs: tuple[str, ...]) -> None:
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        folder = os.path.dirname(path) or "."
        if not os.path.isdir(folder):
            raise Unwritable(path, f"there is no folder `{plain_path(folder)}`") from None
        return
    except (OSError, ValueError) as error:
        raise Unwritable(path, _reason(error)) from None
    if not stat.S_ISREG(status.st_mode):
        raise Unwritable(path, f"it is {_kind(status.st_mode)}, not a regular file")
    for source in inputs:
        with suppress(OSError, ValueError):
            if os.path.samestat(status, os.stat(source)):
                raise Unwritable(path, "it is the input")


@contextmanager
def _staged(path: str, content: bytes) -> Iterator[str]:
    """A finished temporary file beside its target, removed if it has not taken its place."""
    folder, name = os.path.split(path)
    _sweep(folder or ".", name)
    temporary = os.path.join(folder, f"{_prefix(name)}{os.urandom(8).hex()}.tmp")
    try:
        descriptor = _open_owned(temporary)
    except OSError as error:
        raise Unwritable(path, _reason(error)) from None
    try:
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            with suppress(FileNotFoundError):
                os.fchmod(descriptor, stat.S_IMODE(os.stat(path).st_mode))
            os.fsync(descriptor)
            yield temporary
        finally:
            os.close(descriptor)
            with suppress(OSError):
                os.unlink(temporary)
    except OSError as error:
        raise Unwritable(path, _reason(error)) from None


def _open_owned(temporary: str) -> int:
    """Create a temporary file and lock it: a lock that can be had marks an abandoned one.

    A sweep may take the file between creation and lock; then it has no name and another is made.
    """
    while True:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666
        )
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def _sweep(folder: str, name: str) -> None:
    """Remove the temporary files that killed runs left beside this target."""
    prefix = _prefix(name)
    with suppress(OSError):
        left = [n for n in os.listdir(folder) if n.startswith(prefix) and n.endswith(".tmp")]
        for leftover in left:
            path = os.path.join(folder, leftover)
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)
            except OSError:
                continue
            finally:
                os.close(descriptor)


def _prefix(name: str) -> str:
    return f".{name[:100]}.archc-"


def _sync_folder(folder: str) -> None:
    """Make the renames last, where the file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# Words


def _is_under(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def plain_path(path: str) -> str:
    """A path as text: UTF-8 whatever the locale, other bytes replaced."""
    try:
        content = os.fsencode(path)
    except UnicodeEncodeError:
        content = path.encode("utf-8", "replace")
    return content.decode("utf-8", "replace")


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "no file can have this name"
    reason = error.strerror or "the system refuses"
    return reason[:1].lower() + reason[1:]


def _kind(mode: int) -> str:
    for test, name in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return name
    return "something else"
