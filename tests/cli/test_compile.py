import ast
import json
import os

import pytest

pytestmark = pytest.mark.usefixtures("here")


def test_the_source_goes_to_standard_output(archc):
    ran = archc("compile", "small.arch")

    assert ran.status == 0
    assert ran.err == ""
    assert "class Small(nn.Module):" in ran.out
    ast.parse(ran.out)


def test_a_dash_is_standard_output(archc):
    assert archc("compile", "small.arch", "-o", "-") == archc("compile", "small.arch")


def test_a_file(archc, here):
    ran = archc("compile", "small.arch", "-o", "out.py")

    assert ran.status == 0
    text = (here / "out.py").read_text()
    assert text == archc("compile", "small.arch").out
    assert ran.out == f"out.py: small, {text.count(chr(10))} lines (modules)\n"


def test_a_folder_takes_a_file_for_each_network(archc, here):
    ran = archc("compile", "two.arch", "-o", "made/")

    assert ran.status == 0
    assert sorted(path.name for path in (here / "made").iterdir()) == ["one.py", "two.py"]


def test_styles_differ(archc):
    modules = archc("compile", "small.arch", "--style", "modules")
    flat = archc("compile", "small.arch", "--style", "flat")

    assert modules.out == archc("compile", "small.arch").out
    assert modules.out != flat.out


def test_several_networks_in_one_file_is_usage_that_lists_them(archc, here):
    ran = archc("compile", "two.arch", "-o", "out.py")

    assert ran == (
        2,
        "",
        "archc: 2 networks cannot be written to one file: name one of one, two\n",
    )
    assert not (here / "out.py").exists()


def test_networks_of_one_name_in_one_folder_is_usage(archc, here):
    (here / "other.arch").write_text(
        (here / "small.arch").read_text().replace("network small", "network SMALL")
    )
    ran = archc("compile", "small.arch", "other.arch", "-o", "made/")

    assert ran.status == 2
    assert "`small` of small.arch and `SMALL` of other.arch" in ran.err
    assert not (here / "made").exists()


def test_with_an_error_anywhere_nothing_is_written(archc, here):
    ran = archc("compile", "small.arch", "broken.arch", "-o", "made/")

    assert ran.status == 1
    assert ran.out == ""
    assert not (here / "made").exists()


def test_json(archc, here):
    ran = archc("compile", "small.arch", "-o", "out.py", "--format", "json")
    (row,) = json.loads(ran.out)["networks"]

    assert ran.status == 0
    assert row["output"] == "out.py"
    assert row["lines"] == (here / "out.py").read_text().count("\n")

    (row,) = json.loads(archc("compile", "small.arch", "--format", "json").out)["networks"]
    assert row["source"] == (here / "out.py").read_text()


@pytest.mark.parametrize("name", ["out.txt", "out", "o.PY", ""])
def test_an_output_that_is_no_python_file_is_usage(archc, name):
    ran = archc("compile", "small.arch", "-o", name)

    assert ran.status == 2
    assert ran.out == ""


def test_an_unknown_style_is_usage(archc):
    assert archc("compile", "small.arch", "--style", "loud").status == 2


def unwritable(here):
    os.mkfifo(here / "pipe.py")
    (here / "file").write_text("")
    (here / "link.py").symlink_to("target.py")
    (here / "folder.py").mkdir()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/out.py", "there is no folder `missing`"),
        ("file/out.py", "there is no folder `file`"),
        ("pipe.py", "it is a pipe, not a regular file"),
        ("link.py", "it is a symbolic link, not a regular file"),
        ("a/b/c/", "no such file or directory"),
        ("file/", "it is a file, not a folder"),
        ("x" * 300 + ".py", "file name too long"),
    ],
)
def test_an_output_that_cannot_be_written(archc, here, name, reason):
    unwritable(here)
    before = sorted(here.iterdir())
    ran = archc("compile", "small.arch", "-o", name)

    assert ran.status == 3
    assert ran.out == ""
    assert ran.err.startswith("archc: cannot write ")
    assert ran.err.endswith(f": {reason}\n")
    assert sorted(here.iterdir()) == before


def test_the_input_is_never_the_output(archc, here):
    text = (here / "small.arch").read_text()
    (here / "small.py").symlink_to("small.arch")
    (here / "hard.py").hardlink_to(here / "small.arch")

    assert archc("compile", "small.arch", "-o", "small.py").status == 3
    assert archc("compile", "small.arch", "-o", "hard.py").status == 3
    assert (here / "small.arch").read_text() == text


def test_what_stood_there_stays_when_a_write_fails(archc, here, monkeypatch):
    (here / "out.py").write_text("old")
    real = os.write

    def full(descriptor, content):
        if len(content) > 10:
            return real(descriptor, content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    ran = archc("compile", "small.arch", "-o", "out.py")
    monkeypatch.undo()

    assert ran.status == 3
    assert "no space left on device" in ran.err
    assert (here / "out.py").read_text() == "old"
    assert not list(here.glob(".*tmp"))


# Weights


def test_weights_are_written_and_read_again(archc, here):
    pytest.importorskip("torch")
    ran = archc("compile", "small.arch", "--to", "safetensors", "-o", "w.safetensors")
    content = (here / "w.safetensors").read_bytes()

    assert ran.status == 0
    assert ran.out.startswith("w.safetensors: small, ")
    assert ran.out.endswith(f" tensors, {len(content):,} bytes\n")
    (here / "named.arch").write_text(
        'from "./small.arch" import small\nnetwork named = small() { weights "w.safetensors" }\n'
    )
    again = archc("compile", "named.arch", "--to", "safetensors", "-o", "again/", "--seed", "9")

    assert again.status == 0
    written = (here / "again" / "named.safetensors").read_bytes()
    assert written.replace(b'"network":"named"', b'"network":"small"') == content


def test_a_seed_gives_the_same_bytes_and_another_others(archc, here):
    pytest.importorskip("torch")
    options = ("compile", "small.arch", "--to", "safetensors")
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        archc(*options, "-o", f"{name}.safetensors", "--seed", seed)
    a, b, c = ((here / f"{name}.safetensors").read_bytes() for name in "abc")

    assert a == b != c


def test_weights_of_another_dtype_say_so(archc, here):
    pytest.importorskip("torch")
    archc(
        "compile", "small.arch", "--to", "safetensors", "-o", "w.safetensors", "--dtype", "bfloat16"
    )

    assert b'"dtype":"BF16"' in (here / "w.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--to", "safetensors"], "weights are no text: -o F.safetensors or -o DIR/"),
        (["--to", "safetensors", "-o", "w.py"], "`w.py` does not end in .safetensors"),
        (["--to", "safetensors", "-o", "w.safetensors", "--seed", "-1"], "--seed takes"),
        (["--seed", "1"], "--seed is for --to safetensors"),
        (["--dtype", "float16"], "--dtype is for --to safetensors"),
    ],
)
def test_what_cannot_be_asked_of_weights(archc, here, options, said):
    before = sorted(here.iterdir())
    ran = archc("compile", "small.arch", *options)

    assert ran.status == 2
    assert said in ran.err
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("command", ["run", "verify", "compile"])
def test_weights_that_do_not_fit_are_diagnosed(archc, here, command):
    pytest.importorskip("torch")
    (here / "w.safetensors").write_bytes(b"\x02" + b"\0" * 7 + b"{}")
    (here / "named.arch").write_text(
        'from "./small.arch" import small\nnetwork named = small() { weights "w.safetensors" }\n'
    )
    options = ["--to", "safetensors", "-o", "out.safetensors"] if command == "compile" else []
    ran = archc(command, "named.arch", *options)
    as_json = archc(command, "named.arch", "--format", "json", *options)

    assert ran.status == 1
    assert ran.out == ""
    assert ran.err.startswith("named.arch:2:35: error[E0903]: `w.safetensors` lacks ")
    assert as_json.status == 1
    assert json.loads(as_json.out)["diagnostics"][0]["code"] == "E0903"
    assert not (here / "out.safetensors").exists()


def test_weights_too_large_to_be_made_are_refused(archc, here):
    (here / "large.arch").write_text(
        "network large {\n    input x[1000000]\n    linear(1000000)\n}\n"
    )
    ran = archc("compile", "large.arch", "--to", "safetensors", "-o", "w.safetensors")

    assert ran == (
        1,
        "",
        (
            "archc: large: its weights would need about 7,450.6 GiB, and at most 4 GiB are used unless "
            "more is allowed; --allow-large allows it\n"
        ),
    )
    assert not (here / "w.safetensors").exists()
