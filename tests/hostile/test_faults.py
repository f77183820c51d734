"""Faults around the compiler: memory, several at once, input that changes, kills."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("here")

SPECS = Path(__file__).parents[2] / "specs"
ARCHC = [sys.executable, "-c", "import sys; from archdsl.cli.main import main; sys.exit(main())"]
SMALL = "network n {\n    input x[3, H = 8, W = 8]\n    conv(4, 3x3)\n}\n"


def process(*words, **options):
    return subprocess.run(
        [*ARCHC, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **options,
    )


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "small.arch").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_too_little_memory_is_said(here):
    lists = "".join(f"let a{i} = [{i}] * 1_000_000\n" for i in range(60))
    total = " + ".join(f"len(a{i})" for i in range(60))
    (here / "full.arch").write_text(
        f"{lists}network n {{\n    input x[1]\n    linear({total})\n}}\n"
    )
    limit = 160 * 2**20
    ran = process(
        "compile",
        "full.arch",
        "-o",
        "out.py",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )

    assert (ran.returncode, ran.stderr) == (3, "archc: out of memory\n")
    assert not (here / "out.py").exists()


@pytest.mark.parametrize("room", [0, 1, 100, 300])
def test_a_full_disk_leaves_the_old_file(here, room):
    (here / "out.py").write_text("old")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    ran = process("compile", "small.arch", "-o", "out.py", preexec_fn=limit)

    assert ran.returncode == 3
    assert ran.stderr.startswith("archc: cannot write out.py: ")
    assert (here / "out.py").read_text() == "old"
    assert sorted(path.name for path in here.iterdir()) == ["out.py", "small.arch"]


def test_a_kill_leaves_old_or_new_and_the_next_run_sweeps(here):
    new = process("compile", f"{SPECS}/resnet.arch::resnet152").stdout
    for delay in (0.05, 0.2, 0.3, 0.4, 0.5, 0.6):
        (here / "out.py").write_text("old")
        running = subprocess.Popen(
            [*ARCHC, "compile", f"{SPECS}/resnet.arch::resnet152", "-o", "out.py"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(delay)
        running.kill()
        running.wait()
        assert (here / "out.py").read_text() in ("old", new)

    assert process("compile", "small.arch", "-o", "out.py").returncode == 0
    assert sorted(path.name for path in here.iterdir()) == ["out.py", "small.arch"]


def test_several_at_once_write_the_same(here):
    running = [
        subprocess.Popen(
            [*ARCHC, "compile", "small.arch", "-o", "out.py"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    errors = [each.communicate(timeout=120)[1] for each in running]

    assert errors == [b""] * 4
    assert [each.returncode for each in running] == [0] * 4
    assert (here / "out.py").read_text() == process("compile", "small.arch").stdout
    assert sorted(path.name for path in here.iterdir()) == ["out.py", "small.arch"]


def test_an_output_keeps_its_mode(here):
    (here / "out.py").write_text("old")
    (here / "out.py").chmod(0o640)
    process("compile", "small.arch", "-o", "out.py")

    assert (here / "out.py").stat().st_mode & 0o777 == 0o640


def test_torch_is_not_needed_before_it_is():
    blocked = (
        "import sys\n"
        "class Blocked:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] in ('torch', 'numpy'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Blocked())\n"
        "from archdsl.cli.main import main\n"
        "sys.exit(main())\n"
    )
    statuses = {}
    for words in (
        ["check", "small.arch"],
        ["cost", "small.arch"],
        ["draw", "small.arch", "-o", "n.svg"],
        ["compile", "small.arch", "-o", "n.py"],
        ["fmt", "--check", "small.arch"],
        ["run", "small.arch"],
        ["verify", "small.arch"],
    ):
        ran = subprocess.run(
            [sys.executable, "-c", blocked, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        statuses[words[0]] = ran.returncode
        if ran.returncode == 3:
            assert "torch" in ran.stderr
            assert ran.stderr.startswith("archc: ")
            assert ran.stderr.count("\n") == 1

    assert statuses == {
        "check": 0,
        "cost": 0,
        "draw": 0,
        "compile": 0,
        "fmt": 0,
        "run": 3,
        "verify": 3,
    }


def test_a_text_is_read_once(archc, monkeypatch):
    opened = []
    real = os.open

    def count(path, *rest, **options):
        if str(path).endswith("small.arch"):
            opened.append(path)
        return real(path, *rest, **options)

    monkeypatch.setattr(os, "open", count)
    ran = archc("compile", "small.arch", "-o", "out.py")

    assert ran.status == 0
    assert len(opened) == 1
