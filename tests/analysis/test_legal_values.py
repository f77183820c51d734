import archdsl
from archdsl.analysis.legal_values import legal_values
from archdsl.layers.definition import Rows


def asked(text):
    found = legal_values(archdsl.loads(f"network n {{ {text} }}").graph)
    return {path.removeprefix("input."): values for path, values in found.items()}


def test_a_table_asks_for_its_rows():
    assert asked("input words[6]: int64\nembedding(5, 4)") == {"words": Rows(5)}


def test_the_smallest_table_counts():
    body = "embedding(5, 4) as a\nfrom words -> embedding(3, 4) -> add(a)"

    assert asked(f"input words[6]: int64\n{body}") == {"words": Rows(3)}


def test_whole_numbers_are_followed_to_their_inputs():
    body = "input more[2]: int64\nfrom words -> slice(0, 4) -> concat(more) -> embedding(5, 4)"

    assert asked(f"input words[6]: int64\n{body}") == {"words": Rows(5), "more": Rows(5)}


def test_other_inputs_take_any_number():
    body = "linear(4) as a\nfrom words -> embedding(5, 4) -> add(a)"

    assert asked(f"input x[6, 3]\ninput words[6]: int64\n{body}") == {"words": Rows(5)}
