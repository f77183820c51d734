"""Imports that lead out, in circles, or to what is no file."""

import os

import pytest

NETWORK = "network n {\n    input x[1]\n    b\n}\n"


def importing(path, name="b"):
    return f'from "{path}" import {name}\n{NETWORK}'


@pytest.fixture
def inside(here, monkeypatch):
    """A root with a secret beside it."""
    (here / "secret.arch").write_text("block b { relu }\n# the secret\n")
    root = here / "root"
    (root / "sub").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (root / "good.arch").write_text("block b { relu }\n")
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "../secret.arch", "../../etc/passwd", "sub/../../secret.arch",
        "./sub/../../secret.arch", "%2e%2e/secret.arch", "..\\secret.arch", "C:\\secret.arch",
        "\\\\host\\share\\x.arch", "file:///etc/passwd", "http://example.org/x.arch",
        "data:text/plain,block", "~/secret.arch", "$HOME/secret.arch", "|cat /etc/passwd", ".", "..",
        "/", "", "sub/", "./", "good.arch/", "*.arch", "go?d.arch", "/dev/zero", "/dev/stdin",
        "/proc/self/environ", "good.arch\t", "x" * 300 + ".arch", "a/" * 2_500 + "x.arch",
        "\u202egood.arch", "..../secret.arch", "root/good.arch",
    ],
)  # fmt: skip
def test_a_path_that_is_none_of_ours(archc, inside, path):
    (inside / "case.arch").write_text(importing(path))
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ran.err.startswith("case.arch:1:6: error[E070"), ran.err[:300]
    assert "the secret" not in ran.err
    assert "root:" not in ran.err


@pytest.mark.parametrize("character", ["\n", "\0", "\x1b"])
def test_a_path_with_a_control_character(archc, inside, character):
    (inside / "case.arch").write_text(importing(f"good{character}.arch"))
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ran.err.startswith("case.arch:1:")


@pytest.mark.parametrize("written", ["good.arch", "./good.arch", "./sub/../good.arch"])
def test_a_path_inside_is_read(archc, inside, written):
    (inside / "case.arch").write_text(importing(written))

    assert archc("check", "case.arch").status == 0


def test_a_link_that_leads_out_is_refused(archc, here, inside):
    (inside / "link.arch").symlink_to(here / "secret.arch")
    (inside / "out").symlink_to(here)
    for path in ("link.arch", "out/secret.arch"):
        (inside / "case.arch").write_text(importing(path))
        ran = archc("check", "case.arch")

        assert ran.status == 1
        assert ran.err.startswith("case.arch:1:6: error[E0702]: ")
        assert "the secret" not in ran.err


def test_a_link_inside_is_followed(archc, inside):
    (inside / "link.arch").symlink_to("good.arch")
    (inside / "case.arch").write_text(importing("link.arch"))

    assert archc("check", "case.arch").status == 0


def test_a_link_to_itself(archc, inside):
    (inside / "loop.arch").symlink_to("loop.arch")
    (inside / "case.arch").write_text(importing("loop.arch"))
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ran.err.startswith("case.arch:1:6: error[E070")


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "empty", "blank"])
def test_what_is_no_file(archc, inside, kind):
    target = inside / "target.arch"
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    elif kind == "empty":
        target.write_text("")
    elif kind == "blank":
        target.write_text("let c = 1\n")
    (inside / "case.arch").write_text(importing("target.arch"))
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ": error[E" in ran.err.splitlines()[0]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_names_every_file(archc, inside, length):
    files = [f"f{i}.arch" for i in range(length)]
    for i, name in enumerate(files):
        following = files[(i + 1) % length]
        (inside / name).write_text(
            importing(following) if i == 0 else f'from "{following}" import b\n'
        )
    ran = archc("check", files[0])

    assert ran.status == 1
    assert ": error[E0703]: " in ran.err
    for name in files:
        assert name in ran.err


def test_an_error_in_an_imported_file_is_shown_there(archc, inside):
    (inside / "bad.arch").write_text("block b { relu\n")
    (inside / "case.arch").write_text(importing("bad.arch"))
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ran.err.startswith("bad.arch:")


def test_a_binary_import_is_shown_there(archc, inside):
    (inside / "bad.arch").write_bytes(b"\x7fELF\0\0")
    (inside / "case.arch").write_text(importing("bad.arch"))
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ran.err.startswith("bad.arch:1:1: error[E0102]: ")
    assert "imported here" in ran.err


def test_a_chain_of_imports_has_a_limit(archc, inside):
    for i in range(800):
        (inside / f"f{i}.arch").write_text(f'from "./f{i + 1}.arch" import b\n')
    (inside / "case.arch").write_text(importing("f0.arch"))
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ": error[E0705]: " in ran.err


def test_many_imports_have_a_limit(archc, inside):
    for i in range(300):
        (inside / f"f{i}.arch").write_text(f"block b{i} {{ relu }}\n")
    imports = "".join(f'from "./f{i}.arch" import b{i}\n' for i in range(300))
    (inside / "case.arch").write_text(f"{imports}network n {{\n    input x[1]\n    b0\n}}\n")
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ": error[E0705]: " in ran.err


def test_one_file_by_two_spellings_is_one(archc, inside):
    (inside / "case.arch").write_text(
        'from "good.arch" import b\nfrom "./sub/../good.arch" import b\n' + NETWORK
    )
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ran.err.startswith("case.arch:2:")
    assert ": error[E0402]: " in ran.err
    assert "first declared here" in ran.err


def test_one_name_from_two_files_shows_both(archc, inside):
    (inside / "other.arch").write_text("block b { tanh }\n")
    (inside / "case.arch").write_text(
        'from "good.arch" import b\nfrom "other.arch" import b\n' + NETWORK
    )
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert ": error[E0402]: " in ran.err


@pytest.mark.usefixtures("inside")
def test_a_text_without_a_place_imports_nothing_of_the_disk(archc):
    ran = archc("check", "-", stdin=importing("good.arch"))

    assert ran.status == 1
    assert ran.err.startswith("<stdin>:1:6: error[E0702]: ")


@pytest.mark.parametrize(
    "name",
    ["a'b.arch", 'a"b.arch', "$(touch canary).arch", "a b.arch", "a\nb.arch", "é漢.arch", "a;b.arch",
     "a\x1bb.arch", "[x].arch", "%s.arch", "a:1:1.arch"],
)  # fmt: skip
def test_entry_files_of_odd_names(archc, here, name):
    (here / name).write_text("network n {\n    input x[1]\n    relu\n}\n")
    good = archc("check", name)
    (here / name).write_text("network n {\n    input x[1]\n    reul\n}\n")
    bad = archc("check", name)

    assert good.status == 0
    assert "\x1b" not in good.out
    assert bad.status == 1
    assert len(bad.err.splitlines()[0].split(": error[E0401]: ")) == 2
    assert not (here / "canary").exists()


def test_an_entry_file_that_begins_with_a_dash(archc, here):
    (here / "-rf.arch").write_text("network n {\n    input x[1]\n    relu\n}\n")

    assert archc("check", "--", "-rf.arch").status == 0
    assert archc("check", "./-rf.arch").status == 0
