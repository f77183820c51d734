"""Files and imports: the standard library, relative paths, circles, what is refused."""

import os

import pytest

from archdsl import files
from archdsl.diagnostics.source import Source
from archdsl.elaborate import program as module
from archdsl.elaborate.program import Program

BLOCK = "block b { relu }\n"


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads `n.arch` of a folder with these files; gives the program and the module."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)

    def run(entry, **others):
        for name, text in {"n": entry, **others}.items():
            path = tmp_path / f"{name.replace('__', '/')}.arch"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        program = Program(str(tmp_path))
        loaded = program.load(Source("n.arch", entry), str((tmp_path / "n.arch").resolve()))
        return program, loaded

    return run


def findings(program):
    return [(f.code, f.span.source.path, f.span.text) for f in program.report.sorted()]


def test_an_import_brings_names_of_another_file(load):
    program, loaded = load('from "./other.arch" import b, width\n', other=BLOCK + "let width = 3\n")

    assert findings(program) == []
    assert loaded.scope.find("b").declaration.name.name == "b"
    assert loaded.scope.find("width") == 3


def test_a_name_that_was_imported_can_be_imported_on(load):
    program, _ = load(
        'from "./middle.arch" import b\n', middle='from "./other.arch" import b\n', other=BLOCK
    )

    assert findings(program) == []


def test_paths_are_relative_to_the_file_that_imports(load):
    program, _ = load(
        'from "./sub/a.arch" import b\n',
        sub__a='from "../other.arch" import b\n',
        other=BLOCK,
    )

    assert findings(program) == []


def test_a_file_is_read_once_however_it_is_spelt(load, monkeypatch):
    opened = []
    read = files.read_import
    monkeypatch.setattr(files, "read_import", lambda *a: opened.append(a) or read(*a))
    program, _ = load(
        'from "./other.arch" import b\nfrom "./sub/../other.arch" import c\n',
        other=BLOCK + "block c { gelu }\n",
        sub__x="let a = 1\n",
    )

    assert findings(program) == []
    assert len(opened) == 1


def test_a_doubling_of_imports_is_linear(load):
    chain = {
        f"f{i}": f'from "./f{i + 1}.arch" import a{i + 1}\nlet a{i} = a{i + 1}\n' for i in range(20)
    }
    program, loaded = load(
        'from "./f0.arch" import a0\nfrom "./f1.arch" import a1\n', **chain, f20="let a20 = 7\n"
    )

    assert findings(program) == []
    assert loaded.scope.find("a0") == 7


def test_the_standard_library(load):
    program, loaded = load('from "std" import conv_bn, bottleneck, mbconv\n')

    assert findings(program) == []
    assert loaded.scope.find("bottleneck").declaration.doc


def test_every_name_of_the_standard_library_is_declared_where_the_index_says():
    program = Program(None)
    names = ", ".join(module._std_index())
    program.load(Source("n.arch", f'from "std" import {names}\n'))

    assert findings(program) == []


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('from "std" import bottelneck', "E0704"),
        ('from "./other.arch" import c', "E0704"),
        ('from "./missing.arch" import b', "E0701"),
        ('from "./sub" import b', "E0701"),
        ('from "other.arch" import b, b', "E0402"),
        ('from "./other.arch" import b\nfrom "std" import conv_bn\nlet conv_bn = 3', "E0402"),
        ('from "" import b', "E0702"),
        ('from "." import b', "E0702"),
        ('from "/" import b', "E0702"),
        ('from "/etc/passwd" import b', "E0702"),
        ('from "../../etc/passwd" import b', "E0702"),
        ('from "./sub/../../../etc/passwd" import b', "E0702"),
        ('from "~/x.arch" import b', "E0702"),
        ('from "$HOME/x.arch" import b', "E0702"),
        ('from "http://x.org/x.arch" import b', "E0702"),
        ('from "file:x.arch" import b', "E0702"),
        ('from "C:x.arch" import b', "E0702"),
        ('from "sub\\\\x.arch" import b', "E0702"),
        ('from "|ls" import b', "E0702"),
        (f'from "{"x" * 300}.arch" import b', "E0702"),
        ('from "%2e%2e/x.arch" import b', "E0701"),
        ('from "*.arch" import b', "E0701"),
    ],
)
def test_imports_that_cannot_be_are_one_error(load, tmp_path, written, code):
    (tmp_path / "sub").mkdir()
    program, _ = load(f"{written}\nnetwork n {{ input i[3, 8, 8]\nrelu }}", other=BLOCK)

    assert [found[0] for found in findings(program)] == [code]


def test_a_misspelt_name_gets_a_suggestion_and_a_list(load):
    program, _ = load('from "std" import bottelneck\n')
    (finding,) = program.report.sorted()

    assert finding.help == "did you mean `bottleneck`?"
    assert "conv_bn_act" in finding.notes[0]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_is_shown_as_a_whole(load, length):
    circle = {
        f"f{i}": f'from "./f{(i + 1) % length}.arch" import a\nblock b{i} {{ relu }}\n'
        for i in range(length)
    }
    program, _ = load('from "./f0.arch" import b0\n', **circle)
    circles = [f for f in program.report.sorted() if f.code == "E0703"]

    assert len(circles) == 1
    assert len(circles[0].labels) == length - 1


@pytest.mark.parametrize("target", ["/dev/zero", "/proc/self/environ", "/etc/passwd"])
def test_a_link_out_of_the_root_is_refused(load, tmp_path, target):
    (tmp_path / "link.arch").symlink_to(target)
    program, _ = load('from "./link.arch" import b\n')

    assert [found[0] for found in findings(program)] == ["E0702"]


def test_a_link_inside_the_root_is_the_file_it_leads_to(load, tmp_path):
    (tmp_path / "link.arch").symlink_to(tmp_path / "other.arch")
    program, _ = load(
        'from "./link.arch" import b\nfrom "./other.arch" import c\n',
        other="block b { relu }\nblock c { relu }\n",
    )

    assert findings(program) == []
    assert len(program.modules) == 2


def test_links_in_a_circle_and_pipes_do_not_hang(load, tmp_path):
    (tmp_path / "l1.arch").symlink_to(tmp_path / "l2.arch")
    (tmp_path / "l2.arch").symlink_to(tmp_path / "l1.arch")
    os.mkfifo(tmp_path / "pipe.arch")
    program, _ = load('from "./l1.arch" import a\nfrom "./pipe.arch" import b\n')

    assert {found[0] for found in findings(program)} <= {"E0701", "E0702"}
    assert len(findings(program)) == 2


def test_an_error_in_an_imported_file_stands_in_that_file(load):
    program, _ = load('from "./other.arch" import b\n', other="block b { relu \n")

    assert {path for _, path, _ in findings(program)} == {"other.arch"}


def test_bytes_that_are_no_text_are_shown_in_their_file_with_the_import(load, tmp_path):
    (tmp_path / "other.arch").write_bytes(b"let a = \xff\n")
    program, _ = load('from "./other.arch" import a\n')
    (finding,) = program.report.sorted()

    assert (finding.code, finding.span.source.path) == ("E0102", "other.arch")
    assert finding.labels[0].span.source.path == "n.arch"


def test_what_failed_in_another_file_fails_once(load):
    program, _ = load(
        'from "./missing.arch" import b\nlet c = b -> relu\nlet d = c\n'
        "network n { input i[3, 8, 8]\nb -> c -> d }"
    )

    assert [found[0] for found in findings(program)] == ["E0701"]


def test_a_text_without_a_place_imports_from_the_library_only():
    program = Program(None)
    program.load(Source("<text>", 'from "./other.arch" import b\n'))

    assert [found[0] for found in findings(program)] == ["E0702"]


def test_imports_are_bounded_in_depth_and_number(load, monkeypatch):
    deep = {f"f{i}": f'from "./f{i + 1}.arch" import a\nlet b{i} = 1\n' for i in range(40)}
    program, _ = load('from "./f0.arch" import b0\n', **deep, f40="let a = 1\n")
    assert "E0705" in [found[0] for found in findings(program)]

    monkeypatch.setattr(module, "MAX_TOTAL_CHARACTERS", 100)
    program, _ = load('from "./big.arch" import b\n', big=f"# {'x' * 200}\n{BLOCK}")
    assert [found[0] for found in findings(program)] == ["E0705"]


def test_a_file_declares_at_most_ten_thousand_names():
    program = Program(None)
    program.load(Source("n.arch", "".join(f"let a{i} = {i}\n" for i in range(10_001))))

    assert [found[0] for found in findings(program)] == ["E0304"]


# Names at top level


def test_constants_may_stand_in_any_order(load):
    program, loaded = load("let a = b + 1\nlet b, c = [c0, 5]\nlet c0 = 2\n")

    assert findings(program) == []
    assert loaded.scope.find("a") == 3


def test_a_constant_that_fails_is_one_error_even_if_nobody_uses_it(load):
    program, _ = load("let a = 1 / 0\nlet b = a + 1\nlet c = [b, a]\n")

    assert findings(program) == [("E0504", "n.arch", "0")]


def test_a_constant_made_of_itself_is_an_error(load):
    program, _ = load("let a = b\nlet b = c\nlet c = a\n")

    assert [found[0] for found in findings(program)] == ["E0418"]


def test_a_long_chain_of_constants_is_no_problem(load):
    lines = [f"let a{i} = a{i + 1}" for i in range(3000)]
    program, loaded = load("\n".join([*lines, "let a3000 = 7"]) + "\n")

    assert findings(program) == []
    assert loaded.scope.find("a0") == 7


def test_two_declarations_of_one_name_show_both_places(load):
    program, _ = load("let a = 1\nblock a { relu }\n")
    (finding,) = program.report.sorted()

    assert finding.code == "E0402"
    assert finding.span.line == 2
    assert finding.labels[0].span.line == 1


def test_a_file_that_declares_nothing_is_an_error(load):
    assert findings(load("# nothing\n")[0]) == [("E0101", "n.arch", "")]
    assert findings(load(BLOCK)[0]) == []
