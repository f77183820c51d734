"""The tables that run are those of the grammar, and the grammar has no conflict."""

import subprocess
import sys

import pytest
from lark.exceptions import GrammarError

from archdsl.syntax import generate
from archdsl.syntax.tables import MARKS, RULES, TERMINALS, WORDS

TABLES = generate.HERE / "tables.py"


def test_the_tables_are_made_from_the_grammar():
    assert TABLES.read_text(encoding="ascii") == generate.build()


def test_a_conflict_would_be_found(monkeypatch, tmp_path):
    """The analysis of `generate` refuses an ambiguous grammar: that it passes says something."""
    grammar = (generate.HERE / "grammar.lark").read_text(encoding="ascii")
    broken = grammar.replace('sum_sign: "+" | "-"', 'sum_sign: "+" | "-" | "*"')
    assert broken != grammar
    (tmp_path / "grammar.lark").write_text(broken, encoding="ascii")
    monkeypatch.setattr(generate, "HERE", tmp_path)
    with pytest.raises(GrammarError):
        generate.build()


def test_no_rule_is_without_a_method_unless_it_passes_one_thing_on():
    assert [rule for rule in RULES if not rule[2] and rule[1] != 1] == []


def test_words_and_marks_are_told_apart():
    assert all(word.isalpha() for word in WORDS)
    assert not any(mark[0].isalnum() for mark in MARKS)
    assert len(TERMINALS) == len(set(TERMINALS))


def test_what_runs_needs_no_lark():
    program = (
        "import sys; from archdsl.syntax.parse import parse; "
        "from archdsl.diagnostics.source import Source; "
        "parse(Source('n', 'network n { ')); print('lark' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
