"""What the package promises to those who import it."""

import inspect
import re
from importlib.metadata import version

import pytest

import archdsl


def test_the_public_names():
    assert set(archdsl.__all__) == {
        "DiagnosticError",
        "Network",
        "__version__",
        "check",
        "load",
        "loads",
    }


@pytest.mark.parametrize("name", archdsl.__all__)
def test_each_name_is_there(name):
    assert getattr(archdsl, name) is not None


def test_an_unknown_name_is_an_ordinary_error():
    with pytest.raises(AttributeError, match="no attribute 'laod'"):
        archdsl.laod  # noqa: B018


def test_the_names_are_listed():
    assert set(archdsl.__all__) <= set(dir(archdsl))


def test_the_version_is_that_of_the_distribution():
    assert re.fullmatch(r"\d+\.\d+\.\d+", archdsl.__version__)
    assert version("archdsl") == archdsl.__version__


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (
            archdsl.load,
            "path, name=None, *, max_nodes=None, root=None, at=None, **arguments",
        ),
        (
            archdsl.loads,
            "text, name=None, *, path='<text>', max_nodes=None, at=None, **arguments",
        ),
        (archdsl.check, "path, *, max_nodes=None, root=None, at=None, **arguments"),
        (archdsl.Network.cost, "self, *, batch=1, dtype=None"),
        (archdsl.Network.check, "self"),
        (archdsl.Network.expand, "self"),
        (archdsl.Network.why, "self, question, *, levels=None"),
        (archdsl.Network.draw, "self, detail='blocks', **options"),
        (archdsl.Network.emit, "self, style='modules'"),
        (
            archdsl.Network.compile,
            "self, *, device=None, dtype=None, seed=None, style='modules', weights=True",
        ),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_signatures(function, signature):
    parameters = inspect.signature(function).parameters.values()
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]

    assert str(inspect.Signature(bare)) == f"({signature})"
    assert function.__doc__


@pytest.mark.parametrize(
    "name", ["inputs", "outputs", "stages", "legal_inputs", "graph", "name", "file", "report"]
)
def test_attributes_of_a_network(name):
    network = archdsl.loads("network n {\n    input x[3]\n    relu\n}\n")

    assert getattr(network, name) is not None


def test_a_diagnostic_says_what_and_where():
    with pytest.raises(archdsl.DiagnosticError) as caught:
        archdsl.loads("network n {\n    input x[3]\n    reul\n}\n", path="n.arch")
    (diagnostic,) = caught.value.diagnostics

    assert (diagnostic.code, diagnostic.severity) == ("E0401", "error")
    assert (diagnostic.span.line, diagnostic.span.column) == (3, 5)
    assert diagnostic.help == "did you mean `relu`?"
