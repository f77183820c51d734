"""Bytes that are no specification: encodings, binary files, control characters, great lengths."""

import gzip
import io
import pickle  # noqa: TID251  (what it writes is refused)
import zipfile

import pytest

GOOD = "network n {\n    input x[1]\n    relu\n}\n"


class Evil:
    def __reduce__(self):
        return (open, ("canary", "w"))


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("n.arch", GOOD)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        pytest.param(b"", "E0101", "1:1", id="empty"),
        pytest.param(b"\n\n  \n", "E0101", "1:1", id="blank"),
        pytest.param(b"# nothing\n", "E0101", "1:1", id="comment alone"),
        pytest.param("\ufeff".encode() + b"", "E0101", "1:1", id="mark alone"),
        pytest.param(GOOD.encode("utf-16"), "E0102", "1:1", id="utf-16"),
        pytest.param(GOOD.encode("utf-16-le"), "E0102", "1:1", id="utf-16 little"),
        pytest.param(GOOD.encode("utf-16-be"), "E0102", "1:1", id="utf-16 big"),
        pytest.param(GOOD.encode("utf-32"), "E0102", "1:1", id="utf-32"),
        pytest.param(GOOD.encode("utf-32-be"), "E0102", "1:1", id="utf-32 big"),
        pytest.param(b"# \xe9t\xe9\n" + GOOD.encode(), "E0102", "1:3", id="latin-1"),
        pytest.param(GOOD.encode() + b"# \x80", "E0102", "5:3", id="lone continuation"),
        pytest.param(GOOD.encode() + b"# \xc0\xaf", "E0102", "5:3", id="overlong"),
        pytest.param(GOOD.encode() + b"# \xed\xa0\x80", "E0102", "5:3", id="half a surrogate"),
        pytest.param(GOOD.encode() + b"# \xf4\x90\x80\x80", "E0102", "5:3", id="beyond unicode"),
        pytest.param(GOOD.encode() + b"# \xf5\x80", "E0102", "5:3", id="no first byte"),
        pytest.param(GOOD.encode() + b"# \xe2\x82", "E0102", "5:3", id="cut"),
        pytest.param(gzip.compress(GOOD.encode()), "E0102", "1:1", id="gzip"),
        pytest.param(zipped(), "E0102", "1:1", id="zip"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(30), "E0102", "1:1", id="png"),
        pytest.param(b"\x7fELF" + bytes(60), "E0102", "1:1", id="elf"),
        pytest.param(b"%PDF-1.7\n", "E0102", "1:1", id="pdf"),
        pytest.param(pickle.dumps(Evil(), 4), "E0102", "1:1", id="pickle"),
        pytest.param(bytes(range(256)), "E0102", None, id="every byte"),
        pytest.param(b"\0" + GOOD.encode(), None, "1:1", id="nul first"),
        pytest.param(b"netw\0ork n {}", None, "1:5", id="nul in a word"),
        pytest.param(GOOD.encode() + bytes(4096), None, "5:1", id="torn file"),
        pytest.param(b"x" * (17 * 2**20), "E0309", "1:1", id="17 MB"),
    ],
)
def test_is_refused(refused, here, content, code, place):
    refused(content, code, place=place)

    assert not (here / "canary").exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\ufeff" + GOOD, id="byte-order mark"),
        pytest.param(GOOD.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(GOOD.rstrip("\n"), id="no last line end"),
        pytest.param("# -*- coding: utf-7 -*-\n# +ADw-script+AD4-\n" + GOOD, id="coding cookie"),
        pytest.param("\n" * 1_000_000 + GOOD, id="blank lines"),
        pytest.param("# é \u200b \u202e 漢字 \U0001f600\n" + GOOD, id="any text in a comment"),
    ],
)
def test_is_accepted(accepted, content):
    accepted(content)


def test_a_byte_order_mark_shifts_no_column(refused):
    refused("\ufeffnetwork n { input x[1] relo }", "E0401", place="1:24")


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\x1b", "\\x1b"),
        ("\x08", "\\x08"),
        ("\x7f", "\\x7f"),
        ("\x00", "\\x00"),
        ("\x0b", "\\x0b"),
        ("\x0c", "\\x0c"),
        ("\x85", "\\x85"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
        ("\u202e", "\\u202e"),
        ("\u2066", "\\u2066"),
        ("\u200b", "\\u200b"),
        ("\u200d", "\\u200d"),
        ("\u00a0", "\\xa0"),
        ("\ufeff", "\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
@pytest.mark.parametrize("where", ["in a name", "between"])
def test_a_character_that_hides_is_shown_escaped(refused, character, shown, where):
    text = f"network n {{\n    input x[1]\n    re{character}lu\n}}\n"
    if where == "between":
        text = f"network n {{\n    input x[1]\n    {character} relu\n}}\n"
    ran = refused(text)

    assert shown in ran.err
    assert ran.err.startswith("case.arch:3:")


@pytest.mark.parametrize(
    "attack",
    ["\x1b[2J\x1b[H", "\x1b]52;c;cm0gLXJmIC8=\x07", "\x1b]0;title\x07", "\x9b2J", "a\x08\x08b"],
)
@pytest.mark.parametrize(
    "frame", ["{}", '"{}"', "conv({})", 'stage "{}" {{ relu }}', "relu as {}", "# {}\n    reul"]
)
def test_a_terminal_is_never_moved(refused, attack, frame):
    refused(f"network n {{\n    input x[1]\n    {frame.format(attack)}\n}}\n")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param("let a = [" + "1, " * 400_000 + "]", "E0321", id="a line of a megabyte"),
        pytest.param(" " * 1_000_000 + "relo", None, id="spaces"),
        pytest.param("network " + "n" * 100_000 + " {}", None, id="a name of 100,000"),
        pytest.param('let a = "' + "x" * 20_000 + '"', "E0322", id="a text of 20,000"),
        pytest.param("let a = " + "9" * 5_000, "E0322", id="a number of 5,000 digits"),
        pytest.param("let a = " + "9" * 200, None, id="a number of 200 digits"),
        pytest.param("#" * 100_000, None, id="a comment of 100,000"),
    ],
)
def test_great_lengths(refused, content, code):
    ran = refused(content, code)

    assert max(map(len, ran.err.splitlines())) < 1_200
