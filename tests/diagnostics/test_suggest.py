"""Did you mean: which names are near, and that looking stays cheap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.diagnostics.suggest import did_you_mean, edit_distance, suggest
from archdsl.layers import registry

WORDS = st.text("abc_", max_size=8)


def reference(a, b):
    """The optimal string alignment distance, by the textbook's table."""
    table = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i][j] = min(
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
                table[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(WORDS, WORDS, st.integers(0, 4))
def test_the_distance_is_the_textbooks_up_to_the_limit(a, b, limit):
    assert edit_distance(a, b, limit) == min(reference(a, b), limit + 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cnov", "conv"),
        ("Conv2d", "conv"),
        ("BatchNorm2d", "batch_norm"),
        ("batchnorm", "batch_norm"),
        ("MaxPool1d", "max_pool"),
        ("ReLU", "relu"),
        ("rleu", "relu"),
        ("lienar", "linear"),
        ("drop_out", "dropout"),
        ("globalavgpool", "global_avg_pool"),
        ("soft_max", "softmax"),
        ("sigmiod", "sigmoid"),
    ],
)
def test_misspelt_layers(written, meant):
    assert suggest(written, registry.names()) == meant


@pytest.mark.parametrize("written", ["x", "transformer", "", "y" * 65, "qqqq"])
def test_what_is_near_to_nothing(written):
    assert suggest(written, registry.names()) is None


def test_a_name_is_not_suggested_for_itself():
    assert suggest("relu", ["relu"]) is None


def test_the_nearest_wins_and_of_equals_the_first_in_the_alphabet():
    assert suggest("width", ["wodth", "widths", "wadth"]) == "wadth"
    assert suggest("channel", ["chanel", "channels", "change"]) == "chanel"


@given(st.lists(WORDS, max_size=6), WORDS)
def test_the_order_of_the_candidates_does_not_matter(candidates, name):
    assert suggest(name, candidates) == suggest(name, sorted(candidates, reverse=True))


def test_the_help_line():
    assert did_you_mean("strid", ["stride", "padding"]) == "did you mean `stride`?"
    assert did_you_mean("qqqq", ["stride"]) is None


def test_very_long_names_and_very_many_candidates_are_not_measured():
    assert suggest("a" * 20_000, ["a" * 20_001]) is None
    assert suggest("width", [f"x{n}" for n in range(1_000)] + ["widht"]) is None
    assert suggest("width", [f"x{n}" for n in range(999)] + ["widht"]) == "widht"
