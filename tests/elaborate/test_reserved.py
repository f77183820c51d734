"""The names that a path writes with a trailing underscore, against the installed torch."""

import keyword

import pytest

from archdsl.elaborate.reserved import RESERVED, attribute_name

torch = pytest.importorskip("torch")


def taken():
    """Names that a module has, or that Python keeps for itself."""
    module = {name for name in dir(torch.nn.Module()) if not name.startswith("__")}
    lists = {"append", "extend", "insert", "pop"}
    return module | set(keyword.kwlist) | lists | {"self"}


def test_every_name_that_is_taken_is_reserved():
    assert taken() - RESERVED == set()


def test_names_that_registering_would_refuse_or_hide_are_reserved():
    module = torch.nn.Module()
    for name in ("conv", "features", "layer1", "x", "out", "weight"):
        module.add_module(name, torch.nn.ReLU())
        assert attribute_name(name) == name
    for name in ("train", "half", "type", "forward", "lambda", "modules"):
        assert attribute_name(name) == f"{name}_"
