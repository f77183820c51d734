"""`archc fmt`: files in their form, or left as they are."""

import json
import os
import subprocess
import sys

import pytest

LOOSE = "network   n {\ninput x[3]\n relu->relu # why\n}"
FORM = "network n {\n    input x[3]\n    relu -> relu  # why\n}\n"
WRONG = "network n {\n    relu ->\n}\n"


@pytest.fixture
def loose(here):
    path = here / "loose.arch"
    path.write_text(LOOSE)
    return path


@pytest.fixture
def wrong(here):
    path = here / "wrong.arch"
    path.write_text(WRONG)
    return path


def test_a_file_is_rewritten_where_it_stands(archc, loose):
    ran = archc("fmt", "loose.arch")

    assert (ran.status, ran.out, ran.err) == (0, "", "loose.arch is rewritten\n")
    assert loose.read_text() == FORM


def test_a_file_in_its_form_is_not_written(archc, here):
    path = here / "small.arch"
    os.utime(path, ns=(1, 1))
    ran = archc("fmt", "small.arch")

    assert ran == (0, "", "")
    assert path.stat().st_mtime_ns == 1


@pytest.mark.usefixtures("loose")
def test_what_is_written_is_in_its_form(archc):
    archc("fmt", "loose.arch")

    assert archc("fmt", "--check", "loose.arch") == (0, "", "")


def test_check_writes_nothing_and_fails(archc, loose):
    ran = archc("fmt", "--check", "loose.arch", "small.arch")

    assert (ran.status, ran.out) == (1, "")
    assert ran.err == "loose.arch is not in the canonical form\n"
    assert loose.read_text() == LOOSE


def test_diff_shows_and_writes_nothing(archc, loose, golden):
    ran = archc("fmt", "--diff", "loose.arch", "small.arch")

    assert (ran.status, ran.err) == (0, "")
    golden(ran.out)
    assert loose.read_text() == LOOSE


@pytest.mark.usefixtures("loose")
def test_diff_fails_where_check_is_asked_for(archc):
    ran = archc("fmt", "--diff", "--check", "loose.arch")

    assert ran.status == 1
    assert ran.out.startswith("--- loose.arch\n+++ loose.arch (formatted)\n@@ ")
    assert archc("fmt", "--diff", "--check", "small.arch") == (0, "", "")


def test_a_file_with_errors_is_left_as_it_is(archc, wrong, loose):
    ran = archc("fmt", "wrong.arch", "loose.arch")

    assert ran.status == 1
    assert ran.err.startswith("wrong.arch:2:10: error[E0203]: a step is missing behind `->`\n")
    assert wrong.read_text() == WRONG
    assert loose.read_text() == FORM


@pytest.mark.usefixtures("wrong")
def test_errors_of_several_files_are_sorted(archc, here):
    (here / "also.arch").write_text(WRONG)
    ran = archc("fmt", "wrong.arch", "also.arch")

    assert [line.split(":")[0] for line in ran.err.split("\n") if "error[" in line] == [
        "also.arch",
        "wrong.arch",
    ]


def test_standard_input_is_written_to_standard_output(archc):
    assert archc("fmt", "-", stdin=LOOSE) == (0, FORM, "")
    assert archc("fmt", "-", stdin=FORM) == (0, FORM, "")


def test_standard_input_with_errors_gives_nothing(archc):
    ran = archc("fmt", "-", stdin=WRONG)

    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("<stdin>:2:10: error[E0203]: ")


def test_standard_input_can_be_checked(archc):
    ran = archc("fmt", "-", "--check", stdin=LOOSE)

    assert ran == (1, "", "<stdin> is not in the canonical form\n")


@pytest.mark.usefixtures("loose")
def test_a_folder_is_all_its_files(archc, here):
    (here / "below").mkdir()
    (here / "below" / "deep.arch").write_text(LOOSE)
    (here / ".hidden.arch").write_text(WRONG)
    ran = archc("fmt", ".")

    assert (ran.status, ran.out) == (0, "")
    assert ran.err == "below/deep.arch is rewritten\nloose.arch is rewritten\n"


@pytest.mark.usefixtures("loose")
def test_a_file_that_is_named_twice_is_one(archc):
    assert archc("fmt", "loose.arch", "loose.arch").err == "loose.arch is rewritten\n"


def test_the_form_of_a_file_with_a_mark_and_windows_line_ends(archc, here):
    path = here / "windows.arch"
    path.write_bytes(b"\xef\xbb\xbf" + LOOSE.replace("\n", "\r\n").encode())
    archc("fmt", "windows.arch")

    assert path.read_bytes() == FORM.encode()


def test_permissions_stay(archc, loose):
    loose.chmod(0o640)
    archc("fmt", "loose.arch")

    assert loose.stat().st_mode & 0o777 == 0o640


@pytest.mark.usefixtures("loose", "wrong")
def test_json_lists_the_files(archc):
    ran = archc("fmt", "--check", "--format", "json", "loose.arch", "small.arch", "wrong.arch")
    content = json.loads(ran.out)

    assert ran.status == 1
    assert content["format_version"] == 1
    assert content["files"] == [
        {"file": "loose.arch", "changed": True},
        {"file": "small.arch", "changed": False},
    ]
    assert [(d["code"], d["file"], d["line"]) for d in content["diagnostics"]] == [
        ("E0203", "wrong.arch", 2)
    ]


def test_json_of_standard_input_holds_its_form(archc):
    content = json.loads(archc("fmt", "--format", "json", "-", stdin=LOOSE).out)

    assert content["files"] == [{"file": "<stdin>", "changed": True, "text": FORM}]


@pytest.mark.usefixtures("wrong")
@pytest.mark.parametrize("form", ["sarif", "github"])
def test_findings_in_the_forms_of_services(archc, form):
    ran = archc("fmt", "--format", form, "wrong.arch")

    assert ran.status == 1
    assert "E0203" in ran.out


@pytest.mark.usefixtures("here")
def test_what_is_not_there(archc):
    missing = archc("fmt", "missing.arch")
    empty = archc("fmt", "empty")

    assert (missing.status, missing.err) == (2, "archc: missing.arch: there is no such file\n")
    assert (empty.status, empty.err) == (2, "archc: empty: the folder has no `.arch` files\n")
    assert archc("fmt").status == 2


def test_a_link_is_not_written_through(archc, loose, here):
    (here / "link.arch").symlink_to("loose.arch")
    ran = archc("fmt", "link.arch")

    assert ran.status == 3
    assert "symbolic link" in ran.err
    assert loose.read_text() == LOOSE


def test_nothing_is_written_if_one_file_cannot_be(archc, loose, here):
    """All are staged before the first is replaced."""
    (here / "link.arch").symlink_to("two.arch")
    (here / "two.arch").write_text(LOOSE)

    assert archc("fmt", "loose.arch", "link.arch").status == 3
    assert loose.read_text() == LOOSE


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("network n { relu }\n".encode("utf-16"), id="utf-16"),
        pytest.param(b"network n { relu } # caf\xe9\n", id="latin-1"),
        pytest.param(b"\x80\x04\x95\x00\x00", id="pickle"),
        pytest.param(b"# " + b"a" * (4 * 1024 * 1024), id="large"),
    ],
)
def test_a_file_that_is_no_specification(archc, here, golden, content):
    path = here / "other.arch"
    path.write_bytes(content)
    ran = archc("fmt", "other.arch")

    assert (ran.status, ran.out) == (1, "")
    golden(ran.err)
    assert path.read_bytes() == content


@pytest.mark.usefixtures("loose")
def test_it_loads_neither_lark_nor_networkx():
    program = (
        "import sys; from archdsl.cli.main import main; status = main(['fmt', 'loose.arch']); "
        "print(status, [m for m in ('lark', 'networkx', 'torch') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "0 []\n"
