"""Imports run one way, as pyproject.toml says."""

from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "pyproject.toml"


def lint(config, monkeypatch):
    monkeypatch.chdir(ROOT)
    return lint_imports(config_filename=str(config), no_cache=True)


def test_the_contracts_are_kept(monkeypatch, capsys):
    status = lint(CONFIG, monkeypatch)

    assert status == 0, capsys.readouterr().out


def test_a_contract_can_be_broken(monkeypatch, tmp_path):
    wrong = tmp_path / "contract.toml"
    wrong.write_text(
        '[tool.importlinter]\nroot_package = "archdsl"\n'
        '[[tool.importlinter.contracts]]\nname = "upside down"\ntype = "layers"\n'
        'layers = ["archdsl.files", "archdsl.cli"]\n'
    )

    assert lint(wrong, monkeypatch) != 0


def test_every_room_has_its_place():
    """A new room is put into the order of layers, or the order says nothing of it."""
    rooms = {
        path.stem
        for path in (ROOT / "archdsl").iterdir()
        if (path.is_dir() and (path / "__init__.py").exists()) or path.suffix == ".py"
    } - {"__init__"}
    text = CONFIG.read_text()

    left_out = {room for room in rooms if f"archdsl.{room}" not in text.split("importlinter", 1)[1]}
    assert left_out == {"std", "reference"}
