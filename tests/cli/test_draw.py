"""`archc draw`: what goes into which file, and what is said of it."""

import json
from pathlib import Path

import pytest

from archdsl.cli import draw
from archdsl.cli.main import main
from archdsl.drawing.drawing import DETAILS, ENGINES, STYLES, SUFFIXES

TEXT = """
block unit(c) { add { | conv(c, 3x3) | skip } }
network small { input image[8, H = 8, W = 8]  stage one { repeat 2 { unit(8) -> relu } } }
network other { input image[8, H = 8, W = 8]  conv(4, 3x3) }
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "nets.arch"
    path.write_text(TEXT)
    return str(path)


@pytest.fixture
def archc(capfd):
    def run(*arguments):
        capfd.readouterr()
        status = main(["draw", *map(str, arguments)])
        return status, *capfd.readouterr()

    return run


def test_the_options_are_the_drawing_rooms():
    assert (draw.DETAILS, draw.STYLES, draw.ENGINES) == (DETAILS, STYLES, ENGINES)
    assert tuple(draw.FORMATS) == SUFFIXES


def test_a_file_is_written_and_named(archc, file, tmp_path):
    out = tmp_path / "small.svg"
    status, said, complaints = archc(f"{file}::small", "-o", out)
    assert (status, said, complaints) == (0, f"{out}: small, blocks (color)\n", "")
    assert out.read_text().startswith("<svg ")


@pytest.mark.parametrize("suffix", [".dot", ".gv", ".DOT"])
def test_the_ending_of_the_name_is_the_format(archc, file, tmp_path, suffix):
    out = tmp_path / f"small{suffix}"
    assert archc(f"{file}::small", "-o", out)[0] == 0
    assert out.read_text().startswith("digraph {")


@pytest.mark.parametrize("name", ["net.png", "net.pdf", "net", "net.html", ".svg"])
def test_another_ending_is_refused_with_a_way_to_it(archc, file, tmp_path, name):
    status, said, complaints = archc(f"{file}::small", "-o", tmp_path / name)
    assert (status, said) == (2, "")
    assert "ends in neither .svg nor .dot" in complaints
    assert "rsvg-convert" in complaints
    assert not (tmp_path / name).exists()


def test_standard_output_takes_one_drawing(archc, file):
    status, said, complaints = archc(f"{file}::small", "-o", "-")
    assert (status, complaints) == (0, "")
    assert said.startswith("<svg ")
    assert said.endswith("</svg>\n")
    assert archc(f"{file}::small", "-o", "-", "--to", "dot")[1].startswith("digraph {")


def test_several_networks_do_not_go_into_one_file(archc, file, tmp_path):
    for output in (tmp_path / "all.svg", "-"):
        status, said, complaints = archc(file, "-o", output)
        assert (status, said) == (2, "")
        assert "small, other" in complaints
    assert not (tmp_path / "all.svg").exists()


def test_a_folder_takes_a_file_for_each(archc, file, tmp_path):
    folder = f"{tmp_path}/pictures/"
    status, said, _ = archc(file, "-o", folder)
    assert status == 0
    assert said.count("\n") == 2
    assert sorted(p.name for p in Path(folder).iterdir()) == ["other.svg", "small.svg"]
    archc(file, "-o", folder, "--to", "dot")
    assert len(list(Path(folder).iterdir())) == 4


def test_names_that_differ_in_capitals_alone_do_not_share_a_file(archc, tmp_path):
    path = tmp_path / "twins.arch"
    path.write_text("network net { input x[8]  relu }\nnetwork Net { input x[8]  relu }\n")
    status, _, complaints = archc(path, "-o", f"{tmp_path}/out/")
    assert status == 2
    assert "`net`" in complaints
    assert "`Net`" in complaints
    assert not (tmp_path / "out").exists()


def test_the_format_and_the_name_may_not_contradict(archc, file, tmp_path):
    status, _, complaints = archc(f"{file}::small", "-o", tmp_path / "a.svg", "--to", "dot")
    assert status == 2
    assert "contradicts" in complaints


def test_json_says_what_was_written(archc, file, tmp_path):
    out = tmp_path / "small.svg"
    status, said, _ = archc(f"{file}::small", "-o", out, "--format", "json", "--style", "dark")
    document = json.loads(said)
    assert status == 0
    assert document["format_version"] == 1
    assert document["networks"] == [
        {
            "name": "small",
            "file": file,
            "detail": "blocks",
            "style": "dark",
            "engine": "regions",
            "format": "svg",
            "output": str(out),
            "notes": [],
        }
    ]


def test_json_holds_what_would_go_to_standard_output(archc, file):
    _, said, _ = archc(f"{file}::small", "-o", "-", "--format", "json")
    assert json.loads(said)["networks"][0]["drawing"].startswith("<svg ")


def test_a_stage_is_opened_and_a_copy_closed(archc, file):
    target = f"{file}::small"
    stages = archc(target, "-o", "-", "--detail", "stages")[1]
    opened = archc(target, "-o", "-", "--detail", "stages", "--open", "one")[1]
    assert 'data-path="one.0' not in stages
    assert 'data-path="one.0.unit1.conv1"' in opened
    closed = archc(target, "-o", "-", "--detail", "layers", "--closed", "one[1].unit1")[1]
    assert 'id="r-one.1.unit1"' in closed
    assert 'data-path="one.1.unit1.conv1"' not in closed
    assert 'data-path="one.0.unit1.conv1"' in closed


def test_a_path_that_is_not_there_is_refused_with_its_neighbour(archc, file):
    status, said, complaints = archc(f"{file}::small", "-o", "-", "--open", "one.0.unti1")
    assert (status, said) == (2, "")
    assert "--open" in complaints
    assert "did you mean `one.0.unit1`?" in complaints


def test_a_note_goes_to_the_other_stream(archc, file, tmp_path, monkeypatch):
    from archdsl.drawing import graphviz

    monkeypatch.setattr(graphviz, "LADDER", ())
    out = tmp_path / "small.svg"
    status, said, complaints = archc(f"{file}::small", "-o", out, "--engine", "graphviz")
    assert (status, said) == (0, f"{out}: small, blocks (color)\n")
    assert complaints.startswith("archc: small: Graphviz found no layout")


def test_a_layout_that_takes_too_long_is_the_environments(archc, file, monkeypatch):
    from archdsl.drawing import graphviz

    def never(*_):
        raise graphviz.TookTooLong("Graphviz found no layout in 60 s")

    monkeypatch.setattr(graphviz, "lay_out", never)
    status, said, complaints = archc(f"{file}::small", "-o", "-", "--engine", "graphviz")
    assert (status, said) == (3, "")
    assert complaints == "archc: small: Graphviz found no layout in 60 s\n"


def test_dot_needs_no_layout(archc, file, monkeypatch):
    from archdsl.drawing import graphviz

    def never(*_):
        raise AssertionError

    monkeypatch.setattr(graphviz, "lay_out", never)
    status, said, complaints = archc(
        f"{file}::small", "-o", "-", "--to", "dot", "--engine", "graphviz"
    )
    assert (status, complaints) == (0, "")
    assert said.startswith("digraph {")


def test_a_folder_that_is_not_there_is_not_made_for_a_file(archc, file, tmp_path):
    status, _, complaints = archc(f"{file}::small", "-o", tmp_path / "nowhere" / "a.svg")
    assert status == 3
    assert "there is no folder" in complaints
    assert not (tmp_path / "nowhere").exists()


def test_nothing_is_written_where_a_network_has_errors(archc, tmp_path):
    path = tmp_path / "half.arch"
    path.write_text(TEXT + "network wrong { input x[8]  conv(8, 3x3) }\n")
    status, said, complaints = archc(path, "-o", f"{tmp_path}/out/")
    assert (status, said) == (1, "")
    assert "error[" in complaints
    assert not (tmp_path / "out").exists()


def test_the_input_is_not_written_over(archc, tmp_path):
    path = tmp_path / "odd.svg"
    path.write_text(TEXT)
    status, _, complaints = archc(f"{path}::small", "-o", path)
    assert status == 3
    assert "it is the input" in complaints
    assert path.read_text() == TEXT


def test_an_output_is_asked_for(archc, file):
    status, _, complaints = archc(file)
    assert status == 2
    assert "-o" in complaints
