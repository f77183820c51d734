"""What goes to which stream, and what happens where a stream refuses: real processes."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("here")

ARCHC = [sys.executable, "-c", "import sys; from archdsl.cli.main import main; sys.exit(main())"]


def archc(*words, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.run([*ARCHC, *words], timeout=120, check=False, **options)


def at_a_terminal(*words, **options):
    """Runs with a terminal as standard error; gives what the terminal was sent, too."""
    master, slave = pty.openpty()
    try:
        ran = archc(*words, stderr=slave, **options)
        return ran, os.read(master, 100_000).decode()
    finally:
        os.close(master)
        os.close(slave)


def test_results_and_diagnostics_are_apart():
    good = archc("check", "small.arch")
    bad = archc("check", "broken.arch")

    assert (good.returncode, good.stderr) == (0, "")
    assert bad.returncode == 1
    assert bad.stderr.startswith("broken.arch:3:5: error[E0401]: ")
    assert "error[" not in bad.stdout


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_full_disk_behind_standard_output(format):
    with Path("/dev/full").open("w") as full:
        ran = archc("check", "small.arch", "--format", format, stdout=full)

    assert ran.returncode == 3
    assert ran.stderr == "archc: cannot write to standard output: no space left on device\n"


def test_a_reader_that_went_away():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = archc("expand", "small.arch", stdout=writer)
    finally:
        os.close(writer)

    assert ran.returncode == 3
    assert ran.stderr == ""


def test_a_reader_that_stops_early():
    with subprocess.Popen(
        [*ARCHC, "expand", "zoo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.read(10)
        process.stdout.close()

        assert process.stderr.read() == b""
        assert process.wait(60) == 3


def test_a_closed_standard_output():
    ran = archc("check", "small.arch", stdout=None, preexec_fn=lambda: os.close(1))

    assert ran.returncode == 3
    assert ran.stderr == "archc: standard output is closed\n"


def test_a_closed_standard_error():
    ran = archc("check", "broken.arch", stderr=None, preexec_fn=lambda: os.close(2))

    assert ran.returncode == 1
    assert ran.stdout == "broken.arch::broken: 1 error\n"


def test_a_full_disk_behind_standard_error():
    with Path("/dev/full").open("w") as full:
        ran = archc("check", "broken.arch", stderr=full)

    assert ran.returncode == 1


def test_a_closed_standard_input():
    ran = archc("check", "-", preexec_fn=lambda: os.close(0))

    assert ran.returncode == 3
    assert "standard input" in ran.stderr


def test_an_interrupt_ends_quietly(here):
    (here / "long.arch").write_text(
        "network n {\n    input x[1]\n    repeat 900_000 { relu }\n    expect H == 1\n}\n"
    )
    process = subprocess.Popen(
        [*ARCHC, "check", "long.arch", "--max-nodes", "1000000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert (out, err) == (b"", b"")


def test_a_termination_ends_quietly_and_writes_nothing(here):
    (here / "long.arch").write_text("network n {\n    input x[1]\n    repeat 900_000 { relu }\n}\n")
    process = subprocess.Popen(
        [*ARCHC, "compile", "long.arch", "--max-nodes", "1000000", "-o", "out.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.5)
    process.terminate()
    out, err = process.communicate(timeout=60)

    assert process.returncode == 143
    assert (out, err) == (b"", b"")
    assert not [path.name for path in here.iterdir() if "out.py" in path.name]


def test_text_leaves_as_utf8_whatever_the_locale(here):
    (here / "é.arch").write_text((here / "small.arch").read_text())
    environment = {**os.environ, "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"}
    environment.pop("PYTHONIOENCODING", None)
    ran = archc("check", "é.arch", env=environment, text=False)

    assert ran.returncode == 0
    assert "é.arch::small".encode() in ran.stdout


def test_a_name_that_is_no_text_is_shown_escaped(here):
    name = b"\xff.arch"
    (here / os.fsdecode(name)).write_text((here / "small.arch").read_text())
    ran = subprocess.run(
        [*ARCHC, "check", name, "--format", "json"], capture_output=True, check=False, timeout=60
    )

    assert ran.returncode == 0
    assert json.loads(ran.stdout)["networks"][0]["name"] == "small"


def test_no_colour_and_no_progress_without_a_terminal():
    ran = archc("check", "broken.arch", "two.arch")

    assert "\x1b" not in ran.stdout + ran.stderr
    assert ran.stderr.startswith("broken.arch:3:5: error[E0401]: ")


@pytest.mark.parametrize(("variable", "coloured"), [(None, True), ("NO_COLOR", False)])
def test_colour_on_a_terminal(variable, coloured):
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    if variable:
        environment[variable] = "1"
    ran, shown = at_a_terminal("check", "broken.arch", env=environment)

    assert ran.returncode == 1
    assert ("\x1b[1;31merror[E0401]" in shown) is coloured


def test_progress_on_a_terminal_is_taken_away():
    _, shown = at_a_terminal("check", "small.arch", "two.arch")

    assert shown == "\r\x1b[2Kchecked small.arch\r\x1b[2Kchecked two.arch\r\x1b[2K"
