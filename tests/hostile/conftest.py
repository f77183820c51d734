"""The promises that hold whatever a file holds: a diagnostic, no traceback, nothing written."""

import re

import pytest

FIRST_LINE = re.compile(
    r"^(?P<path>[^\n]*?):(?P<line>\d+):(?P<column>\d+): error\[(?P<code>E\d{4})\]: "
)


def tree(folder):
    """Every file below a folder with its content; links and pipes by their kind."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            found[path] = "special"
        else:
            found[path] = path.read_bytes() if path.is_file() else "folder"
    return found


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(archc, here):
    """Checks that a text is refused as promised, and gives what was said of it.

    `code` is the first diagnostic's; `command` the words in front of the file.
    """

    def judge(content, code=None, *, name="case.arch", command=("check",), place=None):
        if content is not None:
            data = (
                content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
            )
            (here / name).write_bytes(data)
        before = tree(here)
        ran = archc(*command, name)

        assert ran.status == 1, ran
        assert "Traceback" not in ran.err
        assert "internal fault" not in ran.err
        assert not re.search(r"^\w*(Error|Warning|Exception):", ran.err, re.MULTILINE)
        assert len(ran.err.encode()) < 64 * 1024 + 200
        assert ran.err.count("error[") <= 20
        assert not [c for c in ran.err if not (c.isprintable() or c == "\n")]
        first = FIRST_LINE.match(ran.err)
        assert first, ran.err[:500]
        if code is not None:
            assert first["code"] == code, ran.err[:500]
        if place is not None:
            assert f"{first['line']}:{first['column']}" == place, ran.err[:500]
        text = (
            (here / name).read_bytes().decode("utf-8", "replace") if (here / name).is_file() else ""
        )
        if first["path"] == name:
            lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
            assert 1 <= int(first["line"]) <= len(lines)
            assert 1 <= int(first["column"]) <= len(lines[int(first["line"]) - 1]) + 1
        assert tree(here) == before, "a file was written or changed"
        return ran

    return judge


@pytest.fixture
def accepted(archc, here):
    """Checks that a text is accepted without errors, and gives what was said of it."""

    def judge(content, *, name="case.arch", command=("check",)):
        data = content if isinstance(content, bytes) else content.encode()
        (here / name).write_bytes(data)
        ran = archc(*command, name)
        assert ran.status == 0, ran.err[:800]
        return ran

    return judge
