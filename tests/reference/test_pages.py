import re
from pathlib import Path

import archdsl
from archdsl.cli.main import COMMANDS
from archdsl.diagnostics.source import Source
from archdsl.layers import registry
from archdsl.reference import pages
from archdsl.syntax import tree
from archdsl.syntax.lexer import RESERVED
from archdsl.syntax.parse import parse
from archdsl.syntax.tables import WORDS
from archdsl.values.functions import FUNCTIONS

LANGUAGE = (Path(archdsl.__file__).parent / "reference" / "language.md").read_text()


def test_names_are_unique_and_all_are_found():
    names = pages.names()

    assert len(set(map(str.lower, names))) == len(names)
    for name in names:
        assert pages.find(name).name == name


def test_a_section_ends_where_the_next_begins():
    text = pages.find("conv").text

    assert text.startswith("## conv\n")
    assert text.count("\n## ") == 0


def test_a_heading_inside_a_text_block_is_none():
    assert "A first network" in pages.names()
    assert not any("32 x 32" in name for name in pages.names())


def test_nothing_is_found_for_an_unknown_name():
    assert pages.find("no such topic") is None


def test_the_language_page_names_every_reserved_word_and_function():
    words = set(re.findall(r"[a-z_0-9]+", LANGUAGE))

    assert {word for word, kind in WORDS.items() if kind in RESERVED} - words == set()
    assert set(FUNCTIONS) - words == set()


def test_the_commands_it_names_exist():
    named = set(re.findall(r"`archc ([a-z]+)", LANGUAGE))

    assert named
    assert named - set(COMMANDS) == set()


def test_every_layer_is_on_the_page_of_layers():
    text = pages.find("layers").text

    for name in registry.names():
        assert f"\n## {name}\n" in text


def test_examples_of_codes_parse_as_they_say():
    for code in pages.topics()["diagnostic"]:
        blocks = re.findall(r"```arch\n(.*?)```", pages.find(code).text, re.DOTALL)
        for mended in blocks[1:]:
            assert isinstance(parse(Source("mended", mended)).value, tree.File), code
