from pathlib import Path

import pytest

import archdsl
from archdsl.reference import generate

FOLDER = Path(archdsl.__file__).parent / "reference"


@pytest.mark.parametrize("name", ["layers.md", "initialisers.md", "diagnostics.md"])
def test_the_page_is_up_to_date(name):
    found = (FOLDER / name).read_text(encoding="utf-8")

    assert found == generate.pages()[name], "run `python -m archdsl.reference.generate`"


def test_main_writes_the_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "__file__", str(tmp_path / "generate.py"))
    generate.main()

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "diagnostics.md",
        "initialisers.md",
        "layers.md",
    ]


def test_a_signature_shows_its_defaults():
    page = generate.layers_page()

    assert "`max_pool(kernel, stride=kernel, padding=0, " in page
    assert "`reshape(dims...)`" in page
    assert "`relu`\n" in page


def test_every_argument_of_every_layer_is_described():
    page = generate.layers_page()
    bullets = [line for line in page.split("\n") if line.startswith("- `")]

    assert bullets
    assert [line for line in bullets if "): " not in line] == []


def test_what_stands_behind_the_arguments_is_kept():
    page = generate.layers_page()

    assert "MACs: out · (C / groups) · kernel · output positions." in page
    assert "Args:" not in page
