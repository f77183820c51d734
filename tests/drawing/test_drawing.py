"""A drawing in Python: its texts, its files, how it shows itself."""

from pathlib import Path

import pytest

import archdsl

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture
def drawing(spec):
    return spec(SPECS / "lenet.arch", "lenet5").draw()


def test_it_shows_itself_in_a_notebook(drawing):
    assert drawing._repr_svg_() == drawing.svg


def test_it_is_saved_as_its_name_ends(drawing, tmp_path):
    for name, text in (("a.svg", drawing.svg), ("a.dot", drawing.dot), ("a.gv", drawing.dot)):
        drawing.save(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8") == text
        drawing.save(str(tmp_path / name))


@pytest.mark.parametrize("name", ["a.png", "a.pdf", "a"])
def test_no_other_format_is_pretended(drawing, tmp_path, name):
    with pytest.raises(ValueError, match=r"\.svg, \.dot, \.gv"):
        drawing.save(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_folder_that_is_not_there_is_said(drawing, tmp_path):
    with pytest.raises(archdsl.files.Unwritable, match="there is no folder"):
        drawing.save(tmp_path / "nowhere" / "a.svg")


def test_it_is_a_source_for_the_graphviz_package(drawing):
    source = drawing.graphviz()
    assert type(source).__name__ == "Source"
    assert source.source == drawing.dot


def test_levels_styles_and_engines_make_different_pictures(spec):
    network = spec(SPECS / "lenet.arch", "lenet5")
    pictures = {
        network.draw(detail, style=style, engine=engine).svg
        for detail in ("stages", "layers")
        for style in ("color", "paper", "dark")
        for engine in ("regions", "graphviz")
    }
    assert len(pictures) == 12


def test_dark_is_a_file_of_its_own(spec):
    svg = spec(SPECS / "lenet.arch", "lenet5").draw(style="dark").svg
    assert "#FFFFFF" not in svg
    assert "<style" not in svg
