"""What a person is shown where the text is too large to stand in a case, or takes a plugin."""

from dataclasses import dataclass
from functools import cache

import pytest

from archdsl.cli.main import main
from archdsl.files import SIZE_LIMIT
from archdsl.layers import registry
from archdsl.layers.definition import Family, Layer, Operations, Saved
from archdsl.layers.torch_call import Operand, TorchCall
from archdsl.shapes.condition import AtLeast, Equal

NETWORK = "network n {\n    input image[3, H = 32, W = 32]\n    relu\n}\n"


@pytest.fixture
def shown(tmp_path, monkeypatch, capsys):
    """What `archc check` shows a person of files, of which `n.arch` is the entry."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()

    def run(**files):
        for name, content in files.items():
            (tmp_path / f"{name}.arch").write_text(content, encoding="utf-8")
        main(["check", "n.arch"])
        return capsys.readouterr().err

    return run


def test_constants_without_end(shown, golden):
    golden(shown(n="".join(f"let a{i} = {i}\n" for i in range(10_001)) + NETWORK))


def test_blocks_without_end(shown, golden):
    golden(shown(n=NETWORK + "".join(f"block b{i} {{ relu }}\n" for i in range(10_000))))


def test_a_large_file(shown, golden):
    golden(shown(n=NETWORK + "#" * SIZE_LIMIT))


def test_a_file_of_blank_lines(shown, golden):
    golden(shown(n="\n" * (SIZE_LIMIT + 1)))


def test_imports_too_deep(shown, golden):
    deep = {f"f{i}": f'from "./f{i + 1}.arch" import a\n' for i in range(40)}
    golden(shown(n='from "./f0.arch" import a\n' + NETWORK, **deep, f40="let a = 1\n"))


def test_imports_too_many(shown, golden):
    many = {f"f{i}": f"let a{i} = {i}\n" for i in range(260)}
    imports = "".join(f'from "./f{i}.arch" import a{i}\n' for i in range(260))
    golden(shown(n=imports + NETWORK, **many))


@dataclass(frozen=True)
class _Plugin(Layer):
    """A layer that leaves what it asks for to its conditions."""

    family = Family.SHAPE

    def output(self, x):
        return x

    def operations(self, x, y):
        return Operations()

    def saved(self, x, y):
        return Saved()

    def functional(self, x):
        return TorchCall("+", (Operand(0),))


@dataclass(frozen=True)
class Halve(_Plugin):
    """It takes an even height."""

    kind = "halve"

    def conditions(self, x):
        yield Equal(x.dims[1] % 2, 0, "even")


@dataclass(frozen=True)
class Wide(_Plugin):
    """It takes a width of at least 64."""

    kind = "wide"

    def conditions(self, x):
        yield AtLeast(x.dims[2], 64, "at least 64 wide")


@dataclass(frozen=True)
class Peel(_Plugin):
    """It takes sixteen elements off each side and does not look whether there are any."""

    kind = "peel"

    def output(self, x):
        return x.with_dims(x.dims[0], x.dims[1] - 32, x.dims[2] - 32)


@pytest.fixture
def plugins(monkeypatch):
    own = {"halve": Halve, "wide": Wide, "peel": Peel}
    find = cache(registry.find.__wrapped__)
    monkeypatch.setattr(registry, "find", lambda name: own.get(name) or find(name))


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("step", ["halve", "wide", "peel", "repeat 2 { peel }"])
def test_a_layer_that_says_no_more(shown, golden, step):
    golden(shown(n=NETWORK.replace("relu", step).replace("H = 32", "H = 33")))
